"""`export-duckdb`: everything that was logged in some experiments, as tables of a DuckDB file.

It takes experiments and not runs: run again, the cell brings the file up to date, with the runs that have come since,
and a cell need not list thousands of ids. The selection's filter narrows it.
"""

from __future__ import annotations

import re

from pydantic import Field

from ...errors import BadInput
from .. import literals
from ..recipe import Options, Recipe, Source, code
from ..selection import Selection


class ExportDuckdbOptions(Options):
    """Options of `export-duckdb`."""

    file: str = Field(
        default="mlflow-runs.duckdb",
        min_length=1,
        max_length=1000,
        description="File to write, in the notebook's folder or below; another's file is never overwritten.",
    )
    history: bool = Field(default=True, description="Read metric histories too, one request for each metric of a run.")
    artifacts: bool = Field(default=True, description="List artifacts too, one request for each folder of a run.")


def write(selection: Selection, options: ExportDuckdbOptions) -> list[Source]:
    """Describe the tables and open the file; then copy the runs into it, and drop those that are gone."""
    parts = re.split(r"[/\\]", options.file)
    if ".." in parts or parts[0] == "" or re.match(r"[A-Za-z]:", options.file) or "\0" in options.file:
        raise BadInput("Recipe export-duckdb: the file has to be in the notebook's folder or below.")
    return [_opening(selection, options), _copying(selection, options)]


def _opening(selection: Selection, options: ExportDuckdbOptions) -> Source:
    return code(
        '''
        from pathlib import Path

        import duckdb
        import pyarrow as pa

        # Tables: columns and their types; key columns. Times are UTC.
        export_tables = {
            "runs": (
                {
                    "run_id": pa.string(),
                    "experiment_id": pa.string(),
                    "run_name": pa.string(),
                    "status": pa.string(),
                    "lifecycle_stage": pa.string(),
                    "start_time": pa.timestamp("ms"),
                    "end_time": pa.timestamp("ms"),
                    "user_id": pa.string(),
                    "artifact_uri": pa.string(),
                },
                "run_id",
            ),
            "params": (
                {"run_id": pa.string(), "key": pa.string(), "value": pa.string()},
                "run_id, key",
            ),
            "metrics": (
                {"run_id": pa.string(), "key": pa.string(), "value": pa.float64()},
                "run_id, key",
            ),
            "metric_history": (
                {
                    "run_id": pa.string(),
                    "key": pa.string(),
                    "step": pa.int64(),
                    "time": pa.timestamp("ms"),
                    "value": pa.float64(),
                },
                "run_id, key, step, time, value",
            ),
            "tags": (
                {"run_id": pa.string(), "key": pa.string(), "value": pa.string()},
                "run_id, key",
            ),
            "artifacts": (
                {
                    "run_id": pa.string(),
                    "path": pa.string(),
                    "is_dir": pa.bool_(),
                    "size_bytes": pa.int64(),
                },
                "run_id, path",
            ),
        }
        # A comment on each table tells a file of this export from any other.
        export_mark = $mark


        def open_export(path):
            """Return a connection to the file; one that is not of this export stays as it is."""
            if path.exists():
                refusal = f"{path} is no file of this export, or is in use: choose another name."
                try:
                    with duckdb.connect(str(path), read_only=True) as database:
                        comments = dict(
                            database.execute(
                                "SELECT table_name, comment FROM duckdb_tables() UNION ALL"
                                " SELECT view_name, comment FROM duckdb_views() WHERE NOT internal"
                            ).fetchall()
                        )
                except duckdb.Error as error:
                    raise FileExistsError(refusal) from error
                # Without any table, it is what an interrupted first export left.
                if comments and any(comments.get(table) != export_mark for table in export_tables):
                    raise FileExistsError(refusal)
            return duckdb.connect(str(path))


        def create_export_tables(database):
            """Create the tables that are not there yet."""
            for table, (columns, key) in export_tables.items():
                if not database.execute(
                    "SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [table]
                ).fetchall():
                    # DuckDB finds Python's tables by the names of their variables.
                    no_rows = pa.Table.from_pylist([], pa.schema(columns))
                    database.execute(f"CREATE TABLE {table} AS FROM no_rows")
                    database.execute(f"ALTER TABLE {table} ADD PRIMARY KEY ({key})")
                    mark = export_mark.replace("'", "''")
                    database.execute(f"COMMENT ON TABLE {table} IS '{mark}'")


        def replace_export_rows(database, table, run_ids, rows):
            """Make the table hold these rows of these runs, each once."""
            new_rows = pa.Table.from_pylist(rows, pa.schema(export_tables[table][0]))
            database.execute(
                f"DELETE FROM {table} WHERE run_id IN (SELECT unnest(?::VARCHAR[]))", [run_ids]
            )
            database.execute(f"INSERT INTO {table} SELECT DISTINCT * FROM new_rows")


        export_file = Path($file).resolve()
        open_export(export_file).close()
        ''',
        mark=literals.python(f"Runs of the MLflow connection {selection.connection_id} (export-duckdb, version 1)"),
        file=literals.python(options.file),
    )


def _copying(selection: Selection, options: ExportDuckdbOptions) -> Source:
    reading = history = artifacts = ""
    if options.history:
        history = '\n        "metric_history": try_to_read(run, read_metric_history),'
        reading += _READ_HISTORY
    if options.artifacts:
        artifacts = '\n        "artifacts": try_to_read(run, list_artifacts),'
        reading += _LIST_ARTIFACTS
    if reading:
        reading += _TRY_TO_READ
    names = literals.labels((experiment.experiment_id, experiment.name) for experiment in selection.experiments)
    experiments = "".join(
        f"\n    {literals.python(identifier)},  # {literals.comment(name)}" for identifier, name in names.items()
    )
    return code(
        '''
        import re
        import sys
        from concurrent.futures import ThreadPoolExecutor

        export_experiments = [$experiments
        ]
        exported_runs = mlflow.search_runs(
            experiment_ids=export_experiments,$filter
            # Oldest first: runs that start meanwhile do not move the pages.
            order_by=["attributes.start_time ASC"],
            max_results=sys.maxsize,
            output_format="list",
        )
        # SQL stores keep an infinite metric as the largest float.
        infinities = {sys.float_info.max: float("inf"), -sys.float_info.max: float("-inf")}


        ${reading}def read_export_rows(run):
            """Return the rows of a run by table, or None for a table that could not be read."""
            run_id = run.info.run_id
            return {
                "runs": [
                    {
                        **{name: getattr(run.info, name) for name in export_tables["runs"][0]},
                        # Without the password that a URI may hold.
                        "artifact_uri": re.sub(r"//[^/@]*:[^/@]*@", "//", run.info.artifact_uri or ""),
                    }
                ],
                "params": [
                    {"run_id": run_id, "key": key, "value": value}
                    for key, value in run.data.params.items()
                ],
                "metrics": [
                    {"run_id": run_id, "key": key, "value": infinities.get(value, value)}
                    for key, value in run.data.metrics.items()
                ],
                "tags": [
                    {"run_id": run_id, "key": key, "value": value}
                    for key, value in run.data.tags.items()
                ],$history$artifacts
            }


        def copy_runs(runs, database, pool):
            """Make the file hold these runs, and no others of the experiments; return how many went."""
            earlier_ids = database.execute(
                "SELECT run_id FROM runs WHERE experiment_id IN (SELECT unnest(?::VARCHAR[]))",
                [export_experiments],
            ).fetchall()
            gone_ids = {run_id for (run_id,) in earlier_ids} - {run.info.run_id for run in runs}
            for table in export_tables:
                replace_export_rows(database, table, sorted(gone_ids), [])
            for start in range(0, len(runs), 100):
                copies = list(pool.map(read_export_rows, runs[start : start + 100]))
                for table in copies[0]:
                    readable = [rows for rows in copies if rows[table] is not None]
                    run_ids = [rows["runs"][0]["run_id"] for rows in readable]
                    new_rows = [row for rows in readable for row in rows[table]]
                    replace_export_rows(database, table, run_ids, new_rows)
            return len(gone_ids)


        with open_export(export_file) as export_database, ThreadPoolExecutor(8) as export_pool:
            # All or nothing: when this is interrupted, the file stays as it was.
            export_database.begin()
            create_export_tables(export_database)
            dropped_count = copy_runs(exported_runs, export_database, export_pool)
            export_database.commit()
            export_counts = {
                table: export_database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in export_tables
            }
        print(f"{len(exported_runs)} runs copied to {export_file}, {dropped_count} dropped.")
        export_counts
        ''',
        experiments=experiments,
        filter=f"\n    filter_string={literals.python(selection.filter)}," if selection.filter.strip() else "",
        reading=reading,
        history=history,
        artifacts=artifacts,
    )


_READ_HISTORY = '''\
def read_metric_history(run):
    """Return the rows of a run for metric_history."""
    return [
        {
            "run_id": run.info.run_id,
            "key": key,
            "step": point.step,
            "time": point.timestamp,
            "value": infinities.get(point.value, point.value),
        }
        for key in run.data.metrics
        for point in mlflow_client.get_metric_history(run.info.run_id, key)
    ]


'''

_LIST_ARTIFACTS = '''\
def list_artifacts(run, folder=None):
    """Return the rows of a run for artifacts, those of folders after the folder."""
    rows = []
    for entry in mlflow_client.list_artifacts(run.info.run_id, folder):
        rows.append(
            {
                "run_id": run.info.run_id,
                "path": entry.path,
                "is_dir": entry.is_dir,
                "size_bytes": entry.file_size,
            }
        )
        if entry.is_dir:
            rows += list_artifacts(run, entry.path)
    return rows


'''

_TRY_TO_READ = '''\
def try_to_read(run, read):
    """Return what reading a run gives; None with a message where it fails."""
    try:
        return read(run)
    except Exception as error:  # Each kind of artifact storage has its own.
        print(f"{read.__name__} of {run.info.run_name!r} ({run.info.run_id}) failed: {error}")
        return None


'''

RECIPE = Recipe(
    name="export-duckdb",
    version=1,
    title="Export to DuckDB",
    description="Everything logged in the current experiments as tables of a DuckDB file, updated by each run.",
    needs="experiments",
    write=write,
    options=ExportDuckdbOptions,
)
