"""Parquet: the same wide table with types, one row group a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..tracking.store import RunsQuery, TrackingStore
from .needs import pyarrow
from .runs import Kind, Progress, clean, pages, transposed, wide


async def write_parquet(
    store: TrackingStore, query: RunsQuery, path: Path, *, max_runs: int | None = None, progress: Progress | None = None
) -> tuple[int, set[str]]:
    """Write the runs; return how many, and the keys that came meanwhile and have no column.

    Raises
    ------
    NotInstalled
        There is no pyarrow.
    """
    pa = pyarrow()
    import pyarrow.parquet as pq

    table = await wide(store, query, max_runs)
    columns = table.columns()
    types: dict[Kind, Any] = {"text": pa.string(), "time": pa.timestamp("ms", tz="UTC"), "number": pa.float64()}
    schema = pa.schema([(clean(name), types[kind]) for name, kind in columns])
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        async for runs in pages(store, query, max_runs, progress):
            count += len(runs)
            values = transposed([table.row(run) for run in runs], len(columns))
            arrays = [array(pa, column, field.type) for column, field in zip(values, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=len(runs))
    return count, table.unknown


def array(pa: Any, values: list[Any], kind: Any) -> Any:
    """Return values as an Arrow array; text that is not valid Unicode is made so."""
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:
        return pa.array([clean(value) if isinstance(value, str) else value for value in values], kind)
