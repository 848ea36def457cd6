"""The protocol that every tracking store answers, in the vocabulary of `entities`.

One set of contract tests (`tests/tracking/`) runs against all stores and compares their answers with `MlflowClient`.
Reading never changes a store. Every method may raise `TrackingError` and its children, `BadFilter` for a filter or
order that does not parse, and `NotFound` for an id that does not exist. Cancelling a call ends its query or request.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:  # pydantic is loaded on first use, not with the server.
    from ..entities import (
        ArtifactsPage,
        Columns,
        Experiment,
        ExperimentsPage,
        MetricHistory,
        RunDetail,
        RunsPage,
        RunsTable,
        StoreKind,
        ViewType,
    )


@dataclass(frozen=True)
class RunsQuery:
    """Which runs, in which order, and which page of them.

    ``search`` is plain text, looked for (ignoring case) in the run's name, id, param values, tag values and their keys.
    ``filter`` is MLflow's filter grammar. ``order_by`` holds clauses such as ``metrics.auc DESC``. The default order
    is newest start first, then run id; it also breaks ties of every other order, so that pages are stable.
    """

    experiment_ids: tuple[str, ...]
    search: str = ""
    filter: str = ""
    order_by: tuple[str, ...] = ()
    view: ViewType = "active"
    max_results: int = 100
    page_token: str | None = None


@dataclass(frozen=True)
class ExperimentsQuery:
    """As `RunsQuery`, for experiments. ``search`` is looked for in names; the default order is newest first."""

    search: str = ""
    filter: str = ""
    order_by: tuple[str, ...] = ()
    view: ViewType = "active"
    max_results: int = 100
    page_token: str | None = None


@dataclass(frozen=True)
class LoggedModelId:
    """A logged model (MLflow 3), which has artifacts of its own."""

    model_id: str


#: Whose artifacts: a run, by its id, or a logged model.
ArtifactOwner: TypeAlias = "str | LoggedModelId"


@dataclass
class ArtifactStream:
    """The bytes of one artifact, or of one range of it.

    ``start`` and ``stop`` are the half-open byte range that ``chunks`` yields; ``size_bytes`` is the size of the whole
    file, None where the server did not say. ``etag`` is quoted as HTTP wants it. Always `aclose` it.
    """

    name: str
    size_bytes: int | None
    start: int
    stop: int | None
    etag: str | None
    modified_ms: int | None
    chunks: AsyncIterator[bytes] = field(repr=False)

    async def aclose(self) -> None:
        """Release the file or connection; safe to call twice."""
        close = getattr(self.chunks, "aclose", None)
        if close is not None:
            await close()


class TrackingStore(Protocol):
    """Read access to one MLflow tracking store."""

    kind: StoreKind

    async def check(self) -> str:
        """Return one sentence about a store that can be used; raise a `TrackingError` otherwise."""
        ...

    async def experiments(self, query: ExperimentsQuery) -> ExperimentsPage:
        """Return one page of experiments."""
        ...

    async def experiment(self, experiment_id: str) -> Experiment:
        """Return one experiment, deleted ones included."""
        ...

    async def runs(self, query: RunsQuery) -> RunsPage:
        """Return one page of runs. An unknown experiment id has no runs, as in MLflow."""
        ...

    async def table(self, query: RunsQuery, columns: Sequence[str]) -> RunsTable:
        """Return one page of runs as columns named as MLflow's filters name them.

        Values are text for params and tags, numbers for metrics and for ``attributes.start_time`` and ``end_time``
        (milliseconds), text for other attributes, None where missing. An unknown key gives a column of None.
        """
        ...

    async def columns(self, experiment_ids: Sequence[str]) -> Columns:
        """Return the keys of params, metrics and tags that occur in these experiments' runs."""
        ...

    async def run(self, run_id: str) -> RunDetail:
        """Return one run, deleted ones included."""
        ...

    async def runs_by_id(self, run_ids: Sequence[str]) -> RunsPage:
        """Return these runs in the order asked for, deleted ones included; unknown ids are left out."""
        ...

    async def metric_histories(
        self, run_ids: Sequence[str], keys: Sequence[str], max_points: int | None = None
    ) -> tuple[MetricHistory, ...]:
        """Return one history for each run and key, runs first, each sorted by (step, timestamp).

        With ``max_points``, longer histories are thinned: the first and last point, the smallest and largest value of
        each stretch and the edges of NaN gaps stay. A key that a run never logged gives an empty history.
        """
        ...

    async def artifacts(
        self, owner: ArtifactOwner, path: str = "", max_results: int = 1000, page_token: str | None = None
    ) -> ArtifactsPage:
        """List one folder of the artifacts of a run or logged model, sorted by path.

        An owner without artifacts has an empty root. `NotFound` for a folder that does not exist, and for a file.
        """
        ...

    async def open_artifact(
        self, owner: ArtifactOwner, path: str, start: int | None = None, stop: int | None = None
    ) -> ArtifactStream:
        """Open one artifact for reading, whole or the half-open byte range [start, stop).

        A negative ``start`` with ``stop`` None means the last bytes. A range outside the file raises `BadInput`.
        """
        ...

    async def stat_artifact(self, owner: ArtifactOwner, path: str) -> ArtifactStream:
        """As `open_artifact` without bytes: the name, size, tag and time of one file; ``chunks`` is empty."""
        ...

    async def close(self) -> None:
        """Release connections and threads; safe to call twice."""
        ...
