"""Our stores against hand-written SQL and `MlflowClient`, with DESIGN's budgets beside.

usage: python -m benchmarks.stores [--quick] [--json FILE]

Writes its stores into a temporary folder. Exits with 1 where a budget is missed. ``--quick`` has a tenth of the data
and leaves out the client's slow cases; its ratios say little about the budgets and do not count.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_mlflow_explorer.tracking.database import DatabaseStore
from jupyter_mlflow_explorer.tracking.store import RunsQuery

from . import sqlite_store
from .handwritten import Handwritten
from .timing import Budget, Row, median_s, render

_TABLE_METRICS = ("x", "m01", "m02")
_TABLE_PARAMS = ("y", "p01", "p02")


async def measure(folder: Path, is_quick: bool) -> list[Row]:
    """Write the stores and measure all cases."""
    scale = 10 if is_quick else 1
    runs, points = 10_000 // scale, 1_000_000 // scale
    big, curves = folder / "big.db", folder / "curves.db"
    print(f"writing {runs:,} runs and a history of {points:,} points ...", file=sys.stderr)
    sqlite_store.write(big, folder, runs, long_history=points)
    # Many more runs log the metric than are charted, as in a real store.
    charted = sqlite_store.write(curves, folder, 1_000 // scale, points=2_000)[:100]
    repeats = 3 if is_quick else 7
    rows = await _pages(big, runs, repeats, is_quick)
    rows += await _histories(big, curves, charted, points, repeats, is_quick)
    rows += await _listing(folder, 10_000 // scale, repeats)
    # Last, because a process that has imported MLflow collects garbage for longer, and the server's never has.
    for row in rows:
        if row.by_client is not None:
            row.seconds["client"] = await median_s(row.by_client, min(repeats, 3))
    return rows


async def _pages(path: Path, runs: int, repeats: int, is_quick: bool) -> list[Row]:
    store, sql = DatabaseStore(path, request_timeout_s=60), Handwritten(path)
    one = [sqlite_store.EXPERIMENT]
    rows = []
    for size in (100, 1_000):
        query = RunsQuery(tuple(one), max_results=size)
        rows.append(
            Row(
                f"runs, page of {size:,} of {runs:,}",
                {
                    "ours": await median_s(lambda query=query: store.runs(query), repeats),  # type: ignore[misc]
                    "sql": await median_s(lambda size=size: sql.newest(size), repeats),  # type: ignore[misc]
                },
                [Budget("sql", 4.0), Budget("client", 1 / 5)] if size == 100 else [],
                lambda size=size: _client(path).search_runs(one, max_results=size),  # type: ignore[misc]
            )
        )
    best = RunsQuery(tuple(one), order_by=("metrics.x DESC",), max_results=50)
    rows.append(
        Row(
            f"runs sorted by a metric, page of 50 of {runs:,}",
            {
                "ours": await median_s(lambda: store.runs(best), repeats),
                "sql": await median_s(lambda: sql.best(50), repeats),
            },
            [Budget("client", 1 / 50)],
            lambda: _client(path).search_runs(one, max_results=50, order_by=["metrics.x DESC"]),
        )
    )
    columns = [f"metrics.{key}" for key in _TABLE_METRICS] + [f"params.{key}" for key in _TABLE_PARAMS]
    whole = RunsQuery(tuple(one), max_results=runs)
    rows.append(
        Row(
            f"table, {runs:,} runs x 6 columns",
            {
                "ours": await median_s(lambda: store.table(whole, columns), repeats),
                "sql": await median_s(lambda: sql.table(_TABLE_METRICS, _TABLE_PARAMS, runs), repeats),
            },
            [Budget("sql", 3.0)],
            None if is_quick else lambda: _client(path).search_runs(one, max_results=runs),
        )
    )
    await store.close()
    return rows


async def _histories(
    big: Path, curves: Path, charted: list[str], points: int, repeats: int, is_quick: bool
) -> list[Row]:
    store, sql = DatabaseStore(curves, request_timeout_s=60), Handwritten(curves)
    charts = {
        "ours": await median_s(lambda: store.metric_histories(charted, ["loss"]), repeats),
        "sql": await median_s(lambda: sql.histories(charted), repeats),
    }
    thinned = {
        "ours": await median_s(lambda: store.metric_histories(charted, ["loss"], 500), repeats),
        "sql": charts["sql"],
    }
    await store.close()
    long_store, long_sql = DatabaseStore(big, request_timeout_s=60), Handwritten(big)
    run = sqlite_store.LONG_RUN
    long = {
        "ours": await median_s(lambda: long_store.metric_histories([run], ["loss"], 1_000), repeats),
        "sql": await median_s(lambda: long_sql.column(run), repeats),
    }
    (history,) = await long_store.metric_histories([run], ["loss"], 1_000)
    await long_store.close()
    size = len(history.model_dump_json())
    print(f"{points:,} points become {len(history.points):,} points, {size:,} bytes on the wire", file=sys.stderr)

    def by_client() -> list[Any]:
        return [_client(curves).get_metric_history(run_id, "loss") for run_id in charted]

    return [
        Row(f"{len(charted)} runs x 2,000 points", charts, [Budget("sql", 3.0)], None if is_quick else by_client),
        Row(f"{len(charted)} runs x 2,000 points to 500", thinned, [Budget("sql", 3.0)]),
        Row(f"{points:,} points to 1,000", long, [Budget("sql", 2.0)]),
    ]


async def _listing(folder: Path, files: int, repeats: int) -> list[Row]:
    path = folder / "listing.db"
    (run_id, *_) = sqlite_store.write(path, folder, 2)
    root = folder / "artifacts" / run_id / "artifacts"
    root.mkdir(parents=True)
    for i in range(files):
        (root / f"file-{i:05d}.txt").write_text("x")

    def scan() -> list[tuple[str, bool, int]]:
        with os.scandir(root) as entries:
            return [(entry.name, entry.is_dir(), entry.stat().st_size) for entry in entries]

    store = DatabaseStore(path, request_timeout_s=60)
    least = await median_s(scan, repeats)
    rows = []
    for count in (1_000, files):
        seconds = {
            "ours": await median_s(lambda count=count: store.artifacts(run_id, max_results=count), repeats),  # type: ignore[misc]
            "scandir": least,
        }
        rows.append(Row(f"artifacts, {count:,} of {files:,} files", seconds, [Budget("scandir", 2.0)]))
    rows[-1].by_client = lambda: _client(path).list_artifacts(run_id)
    await store.close()
    return rows


@functools.cache
def _client(path: Path) -> Any:
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    from mlflow import MlflowClient

    return MlflowClient(f"sqlite:///{path}")


def main() -> int:
    """Measure, print, and say whether the budgets hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the data; budgets do not count")
    parser.add_argument("--json", type=Path, help="also write the measurements to this file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlflow-explorer-benchmark-") as folder:
        rows = asyncio.run(measure(Path(folder), arguments.quick))
    print(render(rows))
    if arguments.json:
        found = [{"case": row.name, "seconds": row.seconds, "is_met": row.is_met} for row in rows]
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0 if arguments.quick or all(row.is_met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
