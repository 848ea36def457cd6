"""Our stores against hand-written SQL and `MlflowClient`, with DESIGN's budgets beside.

usage: python -m benchmarks.stores [--quick] [--json FILE]

Writes its stores into a temporary folder. Exits with 1 where a budget is missed. ``--quick`` has a tenth of the data
and leaves out the client's slow cases; its ratios say little about the budgets and do not count.
"""

from __future__ import annotations

import argparse
import asyncio
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
    rows.append(await _listing(folder, 10_000 // scale, repeats))
    return rows


async def _pages(path: Path, runs: int, repeats: int, is_quick: bool) -> list[Row]:
    store, sql, client = DatabaseStore(path, request_timeout_s=60), Handwritten(path), _client(path)
    one = (sqlite_store.EXPERIMENT,)
    newest: dict[int, Row] = {}
    for size in (100, 1_000):
        budgets = [Budget("sql", 4.0), Budget("client", 1 / 5)] if size == 100 else []
        newest[size] = Row(
            f"runs, page of {size:,} of {runs:,}",
            {
                "ours": await median_s(lambda: store.runs(RunsQuery(one, max_results=size)), repeats),  # noqa: B023
                "sql": await median_s(lambda: sql.newest(size), repeats),  # noqa: B023
                "client": await median_s(lambda: client.search_runs(list(one), max_results=size), min(repeats, 3)),  # noqa: B023
            },
            budgets,
        )
    by_metric = RunsQuery(one, order_by=("metrics.x DESC",), max_results=50)
    best = {
        "ours": await median_s(lambda: store.runs(by_metric), repeats),
        "sql": await median_s(lambda: sql.best(50), repeats),
        "client": await median_s(lambda: client.search_runs(list(one), max_results=50, order_by=["metrics.x DESC"]), 1),
    }
    columns = [f"metrics.{key}" for key in _TABLE_METRICS] + [f"params.{key}" for key in _TABLE_PARAMS]
    whole = RunsQuery(one, max_results=runs)
    table = {
        "ours": await median_s(lambda: store.table(whole, columns), repeats),
        "sql": await median_s(lambda: sql.table(_TABLE_METRICS, _TABLE_PARAMS, runs), repeats),
    }
    if not is_quick:
        table["client"] = await median_s(lambda: client.search_runs(list(one), max_results=runs), 0)
    await store.close()
    return [
        *newest.values(),
        Row(f"runs sorted by a metric, page of 50 of {runs:,}", best, [Budget("client", 1 / 50)]),
        Row(f"table, {runs:,} runs x 6 columns", table, [Budget("sql", 3.0)]),
    ]


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
    if not is_quick:
        client = _client(curves)
        charts["client"] = await median_s(lambda: [client.get_metric_history(run_id, "loss") for run_id in charted], 0)
    await store.close()
    store, sql = DatabaseStore(big, request_timeout_s=60), Handwritten(big)
    long = {
        "ours": await median_s(lambda: store.metric_histories([sqlite_store.LONG_RUN], ["loss"], 1_000), repeats),
        "sql": await median_s(lambda: sql.column(sqlite_store.LONG_RUN), repeats),
    }
    (history,) = await store.metric_histories([sqlite_store.LONG_RUN], ["loss"], 1_000)
    size = len(history.model_dump_json())
    print(
        f"a history of {points:,} points is {len(history.points):,} points and {size:,} bytes on the wire",
        file=sys.stderr,
    )
    await store.close()
    return [
        Row(f"{len(charted)} runs x 2,000 points", charts, [Budget("sql", 3.0)]),
        Row(f"{len(charted)} runs x 2,000 points to 500", thinned, [Budget("sql", 3.0)]),
        Row(f"{points:,} points to 1,000", long, [Budget("sql", 2.0)]),
    ]


async def _listing(folder: Path, files: int, repeats: int) -> Row:
    path = folder / "listing.db"
    (run_id, *_) = sqlite_store.write(path, folder, 2)
    root = folder / "artifacts" / run_id / "artifacts"
    root.mkdir(parents=True)
    for i in range(files):
        (root / f"file-{i:05d}.txt").write_text("x")

    def scan() -> list[tuple[str, bool, int]]:
        with os.scandir(root) as entries:
            return [(entry.name, entry.is_dir(), entry.stat().st_size) for entry in entries]

    store, client = DatabaseStore(path, request_timeout_s=60), _client(path)
    seconds = {
        "ours": await median_s(lambda: store.artifacts(run_id, max_results=files), repeats),
        "sql": await median_s(scan, repeats),
        "client": await median_s(lambda: client.list_artifacts(run_id), min(repeats, 3)),
    }
    await store.close()
    # The baseline here is the system's own listing, in the column of the least that is possible.
    return Row(f"artifact listing of {files:,} files (sql: os.scandir)", seconds, [Budget("sql", 2.0)])


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
