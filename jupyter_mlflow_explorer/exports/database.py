"""DuckDB: one row a fact, in the tables that the recipe `export-duckdb` writes, with its types and keys."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..entities import Run
from ..errors import ExplorerError
from ..tracking.store import RunsQuery, TrackingStore
from .needs import duckdb, pyarrow
from .parquet import array
from .runs import ATTRIBUTES, Progress, pages, transposed

#: Columns and their Arrow types, and key columns, by table; a test holds them to the recipe's.
TABLES: dict[str, tuple[dict[str, str], str]] = {
    "runs": (
        {
            "run_id": "string",
            "experiment_id": "string",
            "run_name": "string",
            "status": "string",
            "lifecycle_stage": "string",
            "start_time": "timestamp[ms]",
            "end_time": "timestamp[ms]",
            "user_id": "string",
            "artifact_uri": "string",
        },
        "run_id",
    ),
    "params": ({"run_id": "string", "key": "string", "value": "string"}, "run_id, key"),
    "metrics": ({"run_id": "string", "key": "string", "value": "double"}, "run_id, key"),
    "metric_history": (
        {"run_id": "string", "key": "string", "step": "int64", "time": "timestamp[ms]", "value": "double"},
        "run_id, key, step, time, value",
    ),
    "tags": ({"run_id": "string", "key": "string", "value": "string"}, "run_id, key"),
    "artifacts": (
        {"run_id": "string", "path": "string", "is_dir": "bool", "size_bytes": "int64"},
        "run_id, path",
    ),
}
#: Histories of so many runs are read in one request.
_RUNS_AT_ONCE = 25
#: Rows that are handed over in one piece.
_ROWS_AT_ONCE = 100_000
#: Folders of artifacts that are listed at once.
_LISTINGS_AT_ONCE = 8


async def write_duckdb(
    store: TrackingStore,
    query: RunsQuery,
    path: Path,
    *,
    mark: str,
    history: bool = True,
    artifacts: bool = True,
    max_runs: int | None = None,
    progress: Progress | None = None,
) -> tuple[int, list[str]]:
    """Write the runs into the new file `path`; return how many, and the ids of runs whose artifacts cannot be listed.

    Parameters
    ----------
    mark
        The comment on each table, by which the recipe knows its own files.

    Raises
    ------
    NotInstalled
        There is no duckdb or no pyarrow.
    """
    found, pa = duckdb(), pyarrow()
    path.unlink(missing_ok=True)  # A reserved name: DuckDB makes its own file.
    count = 0
    unread: list[str] = []
    try:
        with (
            tempfile.TemporaryDirectory(prefix="mlflow-explorer-export-") as scratch,
            found.connect(str(path), config={"temp_directory": scratch}) as database,
        ):
            tables = _Tables(database, pa)
            async for runs in pages(store, query, max_runs, progress):
                count += len(runs)
                _add_runs(tables, runs)
                if history:
                    await _add_histories(tables, store, runs)
                if artifacts:
                    unread += await _add_artifacts(tables, store, runs)
            tables.finish(mark)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}.wal").unlink()
    return count, unread


class _Tables:
    """The tables of a new file. Keys are added at the end, which is faster and takes less memory."""

    def __init__(self, database: Any, pa: Any) -> None:
        self._database, self._pa = database, pa
        self._schemas = {
            table: pa.schema([(name, pa.type_for_alias(kind)) for name, kind in columns.items()])
            for table, (columns, _) in TABLES.items()
        }
        for table, schema in self._schemas.items():
            database.register("new_rows", schema.empty_table())
            database.execute(f"CREATE TABLE {table} AS FROM new_rows")

    def add(self, table: str, rows: Sequence[list[Any]]) -> None:
        """Add rows, each in the order of the table's columns."""
        schema = self._schemas[table]
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            columns = transposed(rows[start : start + _ROWS_AT_ONCE], len(schema))
            arrays = [array(self._pa, column, field.type) for column, field in zip(columns, schema, strict=True)]
            self._database.register("new_rows", self._pa.Table.from_arrays(arrays, schema=schema))
            self._database.execute(f"INSERT INTO {table} SELECT DISTINCT * FROM new_rows")

    def finish(self, mark: str) -> None:
        """Add keys and comments."""
        self._database.unregister("new_rows")
        comment = mark.replace("'", "''")
        for table, (_, key) in TABLES.items():
            self._database.execute(f"ALTER TABLE {table} ADD PRIMARY KEY ({key})")
            self._database.execute(f"COMMENT ON TABLE {table} IS '{comment}'")


def _add_runs(tables: _Tables, runs: list[Run]) -> None:
    tables.add("runs", [[value(run) for _, _, value in ATTRIBUTES] for run in runs])
    for table, values in (
        ("params", [(run.run_id, run.params) for run in runs]),
        ("metrics", [(run.run_id, run.metrics) for run in runs]),
        ("tags", [(run.run_id, run.tags) for run in runs]),
    ):
        tables.add(table, [[run_id, key, value] for run_id, pairs in values for key, value in pairs.items()])


async def _add_histories(tables: _Tables, store: TrackingStore, runs: list[Run]) -> None:
    for start in range(0, len(runs), _RUNS_AT_ONCE):
        few = [run for run in runs[start : start + _RUNS_AT_ONCE] if run.metrics]
        keys = sorted({key for run in few for key in run.metrics})
        if not keys:
            continue
        rows = []
        for one in await store.metric_histories([run.run_id for run in few], keys):
            rows += [[one.run_id, one.key, step, time, value] for step, time, value in one.points]
        tables.add("metric_history", rows)


async def _add_artifacts(tables: _Tables, store: TrackingStore, runs: list[Run]) -> list[str]:
    at_once = asyncio.Semaphore(_LISTINGS_AT_ONCE)

    async def one(run: Run) -> list[list[Any]] | None:
        async with at_once:
            try:
                return [row async for row in _artifacts(store, run.run_id)]
            except ExplorerError:  # One run's storage is no reason to lose the others.
                return None

    found = await asyncio.gather(*map(one, runs))
    tables.add("artifacts", [row for rows in found for row in rows or ()])
    return [run.run_id for run, rows in zip(runs, found, strict=True) if rows is None]


async def _artifacts(store: TrackingStore, run_id: str) -> Any:
    folders: list[str] = [""]
    while folders:
        folder = folders.pop()
        token: str | None = None
        while True:
            page = await store.artifacts(run_id, folder, page_token=token)
            for entry in page.entries:
                yield [run_id, entry.path, entry.is_dir, entry.size_bytes]
            folders += _folders(page.entries)
            token = page.next_page_token
            if token is None:
                break


def _folders(entries: Iterable[Any]) -> list[str]:
    return [entry.path for entry in entries if entry.is_dir]
