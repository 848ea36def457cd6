"""The project's vocabulary, and the one definition of the wire.

Every layer speaks these frozen models and none of MLflow's classes, so a change in MLflow is absorbed by the stores.
The OpenAPI document and the TypeScript types are generated from this module.

Conventions used throughout: times are integer milliseconds since the Unix epoch, UTC; sizes are bytes; ids are opaque
strings; artifact paths are relative POSIX paths with ``""`` for the root; a null page token is the end; NaN and
infinities are written to JSON as the strings ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

LifecycleStage = Literal["active", "deleted"]
ViewType = Literal["active", "deleted", "all"]
RunStatus = Literal["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]
ColumnKind = Literal["attributes", "params", "metrics", "tags"]
StoreKind = Literal["database", "rest", "files", "worker"]
Number = Annotated[
    float, WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "enum": ["NaN", "Infinity", "-Infinity"]}]})
]


class Entity(BaseModel):
    """Base of everything that is sent: immutable, no unknown fields, non-finite numbers as strings."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings", protected_namespaces=())


class Experiment(Entity):
    """One MLflow experiment."""

    experiment_id: str
    name: str
    lifecycle_stage: LifecycleStage
    artifact_location: str | None = Field(default=None, description="Root URI of its runs' artifacts, redacted.")
    creation_time_ms: int | None = None
    last_update_time_ms: int | None = None
    tags: dict[str, str] = {}
    problem: str | None = Field(default=None, description="Why it is damaged; null for one that was read in full.")


class ExperimentsPage(Entity):
    """Experiments, newest first unless ordered otherwise."""

    experiments: list[Experiment]
    next_page_token: str | None = None


class RunSource(Entity):
    """Where a run's code came from, read from its ``mlflow.source.*`` tags; null where not recorded."""

    name: str | None = None
    type: str | None = None
    git_commit: str | None = None
    git_branch: str | None = None
    git_dirty: bool | None = None
    git_repo_url: str | None = None
    entry_point: str | None = None


class Run(Entity):
    """One run with its params, the last value of each metric, and its tags (system tags included)."""

    run_id: str
    run_name: str
    experiment_id: str
    status: RunStatus
    lifecycle_stage: LifecycleStage
    start_time_ms: int | None = None
    end_time_ms: int | None = None
    user: str | None = None
    artifact_uri: str | None = None
    parent_run_id: str | None = None
    source: RunSource = RunSource()
    note: str | None = Field(default=None, description="Markdown written by the user (tag mlflow.note.content).")
    params: dict[str, str] = {}
    metrics: dict[str, Number] = Field(default={}, description="Last value by metric; may be NaN or infinite.")
    tags: dict[str, str] = {}
    problem: str | None = Field(default=None, description="Why it is damaged; null for one that was read in full.")


class RunsPage(Entity):
    """One page of runs, in the order asked for."""

    runs: list[Run]
    next_page_token: str | None = None
    total: int | None = Field(default=None, description="Runs that match, over all pages; null where unknown.")


class DatasetInput(Entity):
    """A dataset that a run used."""

    name: str
    digest: str
    source_type: str | None = None
    source: str | None = None
    context: str | None = None


class LoggedModel(Entity):
    """A model that a run logged (MLflow 3)."""

    model_id: str
    name: str | None = None
    status: str | None = None
    step: int | None = None
    artifact_location: str | None = None


class RunReference(Entity):
    """Enough of a run to name it and to open it."""

    run_id: str
    run_name: str


class RunDetail(Run):
    """One run with everything that lists leave out."""

    inputs: list[DatasetInput] = []
    models: list[LoggedModel] = []
    parent: RunReference | None = None
    children: int = Field(default=0, description="Number of active runs whose parent this is.")


class Column(Entity):
    """One column of a runs table. ``values[i]`` belongs to ``run_ids[i]``; null where the run has no such value."""

    kind: ColumnKind
    key: str
    values: list[str | Number | int | None]


class RunsTable(Entity):
    """Columnar answer for big lists and charts; every column is as long as ``run_ids``."""

    run_ids: list[str]
    columns: list[Column]
    total: int | None = None
    next_page_token: str | None = None


class Columns(Entity):
    """Keys that occur in the runs of some experiments, sorted."""

    params: list[str]
    metrics: list[str]
    tags: list[str]
    truncated: bool = Field(default=False, description="True where the store could look at some of the runs only.")


class MetricHistory(Entity):
    """The values of one metric of one run."""

    run_id: str
    key: str
    points: list[tuple[int, int, Number]] = Field(
        description="[step, timestamp_ms, value], sorted by step, then time; values may be NaN or infinite."
    )
    total: int = Field(description="Number of values logged; 0 where the run never logged this metric.")
    downsampled: bool = Field(description="True where `points` is a selection that keeps extremes and gaps.")


class MetricHistories(Entity):
    """One history for each run and key asked for, in the order asked for (runs first, then keys)."""

    histories: list[MetricHistory]


class ArtifactEntry(Entity):
    """One file or folder among a run's artifacts."""

    path: str
    name: str
    is_dir: bool
    size_bytes: int | None = None


class ArtifactsPage(Entity):
    """The entries of one folder, sorted by path."""

    path: str
    entries: list[ArtifactEntry]
    next_page_token: str | None = None
    total: int | None = None


class Connection(Entity):
    """A named tracking store, as the browser may know it: no credentials."""

    id: str
    name: str
    kind: StoreKind
    tracking_uri: str = Field(description="Redacted: userinfo is shown as ***.")
    registry_uri: str | None = None
    origin: Literal["config", "environment", "user", "default"]
    is_default: bool = False
    removable: bool = False


class Connections(Entity):
    """All connections, the default one first."""

    connections: list[Connection]
    can_add: bool
    allowed_schemes: list[str]


class NewConnection(Entity):
    """Body of the request that adds a connection."""

    name: str = Field(min_length=1, max_length=100)
    tracking_uri: str = Field(min_length=1, max_length=4096)
    registry_uri: str | None = Field(default=None, max_length=4096)


class ConnectionCheck(Entity):
    """Whether a connection's store can be used now."""

    reachable: bool
    latency_ms: int
    message: str
    code: str | None = Field(default=None, description="The error code that a read would answer with, if any.")


class Status(Entity):
    """Versions and features, without a look at the tracking store."""

    version: str
    mlflow_version: str | None = Field(description="Of the MLflow installed beside the server; null where none is.")
    connection: Connection | None
    features: dict[str, bool]


class RecipeInfo(Entity):
    """What can be inserted, and for which selection."""

    name: str
    version: int
    title: str
    description: str
    needs: Literal["none", "run", "runs", "experiments", "artifact"]
    min_runs: int = 0
    max_runs: int | None = None
    options: dict[str, Any] = Field(description="A JSON schema (type object) of the options, with defaults.")
    source: str = Field(default="jupyter-mlflow-explorer", description="The package that it comes from.")


class RecipeProblem(Entity):
    """A recipe of an installed package that is switched off, and why."""

    name: str
    source: str = Field(description="Name and version of the package.")
    message: str


class Recipes(Entity):
    """All recipes, in the order of the menu: the built-in ones first, then those of installed packages by name."""

    recipes: list[RecipeInfo]
    problems: list[RecipeProblem] = []


class TemplateInfo(Entity):
    """A template for whole notebooks."""

    name: str
    title: str
    description: str = ""
    source: str = Field(description="The package for the built-in one, else the file's name in the folder.")
    problem: str | None = Field(default=None, description="Why it cannot be used; null for one that can.")


class Templates(Entity):
    """All templates, the built-in one first, then those of the folder by name."""

    templates: list[TemplateInfo]
    folder: str = Field(description="Where the server looks for templates; it need not exist.")


class NamingRequest(Entity):
    """How names are split into columns: the setting of a user."""

    pattern: str = Field(min_length=1, max_length=1000, description="Such as {model}__{data}.")
    source: str = Field(default="attributes.run_name", max_length=500, description="Or a param or tag.")
    registry: str | None = Field(
        default=None, max_length=1000, description="YAML file of allowed values, a path in Jupyter's contents."
    )


class SelectionRequest(Entity):
    """What to write about."""

    connection: str | None = None
    run_ids: list[str] = Field(default=[], max_length=1000)
    experiment_ids: list[str] = Field(default=[], max_length=100)
    artifact_path: str | None = None
    model_id: str | None = Field(default=None, description="The logged model that has the artifact; null for the run.")
    filter: str | None = None
    order_by: list[str] = []
    options: dict[str, Any] = {}
    setup: bool = Field(default=False, description="Put the connection's setup cell before the cells.")
    naming: NamingRequest | None = Field(
        default=None, description="For recipes with an option `naming`, unless the options have it."
    )


class CellsRequest(SelectionRequest):
    """Body of `POST cells`: what to insert, for which selection."""

    recipe: str


class Cells(Entity):
    """Cells to insert, in nbformat 4.5 form."""

    cells: list[dict[str, Any]]
    recipe: str
    version: int
    warnings: list[str] = []


class NotebookRequest(SelectionRequest):
    """Body of `POST notebooks`: one recipe or a whole notebook, about which runs, and where to write.

    Without `recipe` it is a whole notebook by `template` about the runs of `run_ids`, or, where there are none, about
    those that a search of `experiment_ids` by `filter` and `order_by` finds.
    """

    title: str = Field(min_length=1, max_length=200)
    path: str = Field(default="", description="Folder in Jupyter's contents, or a path that ends in .ipynb.")
    recipe: str | None = Field(default=None, description="Null for a whole notebook; the fields below are for those.")
    template: str = Field(default="observation", description="A name from GET templates.")
    sections: int = Field(default=20, ge=0, le=1000, description="The best runs get a section of their own.")
    rank_by: str | None = Field(default=None, description="Metric that says what is best; null for a usual score.")
    max_runs: int = Field(default=1000, ge=1, le=1000, description="The most runs to take from a search.")
    group_by: list[str] = Field(default=[], max_length=5, description="Columns such as params.model, derived.model.")


class NotebookWritten(Entity):
    """Where a notebook was written, as Jupyter's contents manager names it, and what is in it."""

    path: str
    runs: int
    cells: int
    warnings: list[str] = Field(default=[], description="What was left out, for people.")


ReportFormat = Literal["html", "markdown", "pdf"]


class ReportRequest(Entity):
    """Body of `POST reports`: either an existing notebook (`path`) or a new one (`notebook`)."""

    format: ReportFormat = "html"
    path: str | None = Field(default=None, max_length=4096, description="A notebook in Jupyter's contents.")
    notebook: NotebookRequest | None = Field(
        default=None, description="As for `POST notebooks`; its path is not used, as it is not kept."
    )
    output: str = Field(
        default="",
        max_length=4096,
        description="Folder in Jupyter's contents, or a path that ends in .html, .md or .pdf, by format.",
    )
    execute: bool = Field(default=True, description="Run the cells first, in a kernel of its own.")


class Report(Entity):
    """A report that is being made, or was."""

    report_id: str
    state: Literal["running", "done", "failed", "cancelled"] = Field(
        description="A report about a failed cell is done: `failed_cell` says which one."
    )
    phase: Literal["preparing", "executing", "exporting", "saving"] = Field(description="The last one it came to.")
    done: int = Field(description="Code cells that were run.")
    total: int = Field(description="Code cells of the notebook; 0 while not known, and where none are run.")
    title: str
    format: ReportFormat
    path: str = Field(description="Where it is, in Jupyter's contents; while it is running, where it should be.")
    message: str | None = Field(default=None, description="What went wrong.")
    code: str | None = Field(default=None, description="Stable, for programs; cell_failed with a failed cell.")
    failed_cell: int | None = Field(default=None, description="Position in the notebook, from 1; null where none did.")
    created_ms: int
    finished_ms: int | None = None


class Reports(Entity):
    """The reports of this server since it was started, newest first; old ones are forgotten."""

    reports: list[Report]


class NotebookCell(Entity):
    """A cell as it is in the notebook; those that were not generated may come without source and metadata."""

    cell_type: str
    source: str = ""
    metadata: dict[str, Any] = {}


class RefreshRequest(Entity):
    """Body of `POST cells/refresh`: a notebook's cells, and which of them to write again."""

    cells: list[NotebookCell] = Field(max_length=20_000)
    chosen: list[int] | None = Field(default=None, description="Indices into cells; null for the whole notebook.")
    connection: str | None = Field(
        default=None, description="For cells whose own connection is not known here; null to leave them."
    )


class RefreshChange(Entity):
    """One step. Indices are those of the request; for insert, the cells go behind `index` (-1: to the top)."""

    kind: Literal["replace", "insert", "remove", "mark"]
    index: int
    cells: list[dict[str, Any]] = Field(description="nbformat 4.5; one for replace and mark, none for remove.")
    edited: bool = Field(description="The user's own text would be lost.")


class Refreshed(Entity):
    """What refreshing changes; nothing was changed yet."""

    changes: list[RefreshChange]
    unchanged: int = Field(description="Generated cells that stay as they are, outputs included.")
    live: list[int] = Field(description="Those of them that search anew when they run.")
    warnings: list[str]


class ContentsModel(Entity):
    """A read-only model of one artifact or folder, with the keys of Jupyter's contents API."""

    name: str
    path: str
    type: Literal["file", "directory", "notebook"]
    writable: Literal[False] = False
    created: str
    last_modified: str
    size: int | None
    mimetype: str | None
    format: Literal["text", "base64", "json"] | None
    content: Any = Field(description="Text, base64, notebook, list of models, or null where left out.")
    hash: str | None = None
    hash_algorithm: str | None = None


class Problem(Entity):
    """The body of every error."""

    message: str = Field(description="For people: names the thing and the next step.")
    reason: str | None = Field(description="The HTTP reason phrase, as Jupyter sends it.")
    code: str = Field(description="Stable, for programs, for example tracking_unavailable.")
    position: int | None = Field(
        default=None, description="For bad_filter: 0-based index into the expression where it goes wrong."
    )
