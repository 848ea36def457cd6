"""`collect-artifact`: the same artifact of every run, in one table where it is one, else by run."""

from __future__ import annotations

from pydantic import Field

from .. import literals
from ..recipe import Options, Recipe, Source, code, prose
from ..selection import Selection
from . import collecting, loading
from .readers import READERS, Kind, Reader, kind_of


class CollectArtifactOptions(Options):
    """Options of `collect-artifact`."""

    kind: Kind = Field(default="auto", description="How to read the file; auto goes by its name.")
    table: bool = Field(
        default=True, description="Put tables, JSON and arrays into one table; if not, keep them by run."
    )
    workers: int = Field(default=8, ge=1, le=64, description="Runs read at the same time; a Dask cluster has its own.")


_JSON_TABLE = '''\
def json_table(data):
    """Return JSON as a table: a table of MLflow's, columns, records, or one row of values."""
    if isinstance(data, dict):
        if {"columns", "data"} <= set(data) <= {"columns", "data", "index"}:
            return pd.DataFrame(data["data"], columns=data["columns"])
        lengths = {len(value) if isinstance(value, list) else None for value in data.values()}
        if len(lengths) == 1 and None not in lengths:
            return pd.DataFrame(data)
        return pd.json_normalize(data)
    if isinstance(data, list):
        records = bool(data) and all(isinstance(item, dict) for item in data)
        return pd.json_normalize(data) if records else pd.DataFrame({"value": data})
    return pd.DataFrame({"value": [data]})


'''

_ONE_TABLE = '''


def one_table(tables, runs):
    """Return the tables one below the other, with run and run_id as first columns."""
    marked = []
    for name, table in tables.items():
        # Columns that would be mistaken for ours move aside.
        table = table.rename(columns={"run": "artifact_run", "run_id": "artifact_run_id"})
        table.insert(0, "run_id", runs[name].info.run_id)
        table.insert(0, "run", name)
        marked.append(table)
    return pd.concat(marked) if marked else pd.DataFrame(columns=["run", "run_id"])'''

#: Lines after a reader's that make its variable a table, by kind.
_AS_TABLE = {
    "csv": "",
    "tsv": "",
    "parquet": "",
    "jsonl": "",
    "json": "artifact_table = json_table(artifact_data)",
    "npy": "artifact_table = pd.DataFrame(np.atleast_1d(artifact_array))",
    "npz": "artifact_table = pd.DataFrame(\n"
    "    {name: pd.Series(np.atleast_1d(array)) for name, array in artifact_arrays.items()}\n"
    ")",
}


def write(selection: Selection, options: CollectArtifactOptions) -> list[Source]:
    """Load the runs, read their artifacts at the same time, and show them together."""
    path = collecting.artifact_path(RECIPE.name, selection)
    kind = kind_of(path) if options.kind == "auto" else options.kind
    reader = READERS[kind]
    as_table = options.table and kind in _AS_TABLE
    read, variable = reader.read, reader.variable
    if as_table:
        read, variable = "\n".join(filter(None, [read, _AS_TABLE[kind]])), "artifact_table"
    show = _SHOW_TABLE if as_table else _display(reader)
    display = ("from IPython.display import display",) if "display(" in show else ()
    return [
        prose(
            loading.heading(
                f"{literals.markdown_code(literals.shorten(path, 80))} of {loading.count(selection)}", selection
            )
        ),
        code(
            """
            $imports


            $function


            $json_table$collect$as_table


            collected_runs = load_mlflow_runs(
                $experiment_ids,
                $names,
            )
            ${note}collected_artifacts = collect_artifacts(collected_runs)
            $show
            """,
            imports=reader.import_lines(*collecting.imports(selection, path), *display),
            function=loading.function(selection),
            json_table=_JSON_TABLE if as_table and kind == "json" else "",
            collect=collecting.functions(selection, path, read=read, variable=variable, workers=options.workers),
            note=reader.note_lines() if kind == "pickle" else "",
            as_table=_ONE_TABLE if as_table else "",
            show=show,
            **loading.arguments(selection),
        ),
    ]


_SHOW_TABLE = """\
collected_table = one_table(collected_artifacts, collected_runs)
print(f"{len(collected_table)} rows from {len(collected_artifacts)} runs")
collected_table"""


_SHOW_IMAGES = """\
for artifact_name, artifact_image in collected_artifacts.items():
    print(artifact_name)
    display(artifact_image)"""


def _display(reader: Reader) -> str:
    if reader.variable == "artifact_image":
        return _SHOW_IMAGES
    return """\
pd.DataFrame(
    [
        (name, collected_runs[name].info.run_id, type(value).__name__)
        for name, value in collected_artifacts.items()
    ],
    columns=["run", "run_id", "type"],
)"""


RECIPE = Recipe(
    name="collect-artifact",
    version=1,
    title="Collect artifact",
    description="Reads the same artifact of every run at once, into one table where it is one.",
    needs="artifact",
    write=write,
    options=CollectArtifactOptions,
    min_runs=1,
    max_runs=1000,
)
