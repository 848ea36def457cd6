"""Our stores against hand-written SQL and `MlflowClient`, with the budgets beside.

usage: python -m benchmarks.stores [--quick] [--json FILE]

Writes its stores into a temporary folder. Exits with 1 where a budget is missed. ``--quick`` has a tenth of the data
and leaves out the client's slow cases; its ratios say little about the budgets and do not count.
"""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import Any

from jupyter_mlflow_explorer.tracking.database import DatabaseStore
from jupyter_mlflow_explorer.tracking.store import RunsQuery

from . import sqlite_store
from .handwritten import Handwritten
from .timing import Budget, Row, main, medians_s

_STORES = ("big", "curves", "listing")
_TABLE_METRICS = ("x", "m01", "m02")
_TABLE_PARAMS = ("y", "p01", "p02")


async def measure(folder: Path, is_quick: bool) -> list[Row]:
    """Write the stores and measure all cases."""
    scale = 10 if is_quick else 1
    runs, points, files = 10_000 // scale, 1_000_000 // scale, 10_000 // scale
    repeats = 3 if is_quick else 7
    print(f"writing {runs:,} runs and a history of {points:,} points ...", file=sys.stderr)
    sqlite_store.write(folder / "big.db", folder, runs, long_history=points)
    # Many more runs log the metric than are charted, as in a real store.
    charted = sqlite_store.write(folder / "curves.db", folder, 1_000 // scale, points=2_000)[:100]
    (run_id, *_) = sqlite_store.write(folder / "listing.db", folder, 2)
    root = folder / "artifacts" / run_id / "artifacts"
    root.mkdir(parents=True)
    for i in range(files):
        (root / f"file-{i:05d}.txt").write_text("x")
    big, curves, listing = (DatabaseStore(folder / f"{name}.db", request_timeout_s=60) for name in _STORES)
    rows = _pages(big, folder / "big.db", runs)
    rows += _histories(curves, folder / "curves.db", charted)
    rows.append(_long_history(big, folder / "big.db", points))
    rows += _listings(listing, folder / "listing.db", run_id, root, files)
    for row in rows:
        row.seconds = await medians_s(row.ways, repeats)
    (history,) = await big.metric_histories([sqlite_store.LONG_RUN], ["loss"], 1_000)
    size = len(history.model_dump_json())
    print(f"{points:,} points become {len(history.points):,} points, {size:,} bytes on the wire", file=sys.stderr)
    for store in (big, curves, listing):
        await store.close()
    # Last, because a process that has imported MLflow collects garbage for longer, and the server's never has.
    for row in rows:
        if row.by_client is not None and not (is_quick and row.is_client_slow):
            row.seconds |= await medians_s({"client": row.by_client}, min(repeats, 3))
    return rows


def _pages(store: DatabaseStore, path: Path, runs: int) -> list[Row]:
    sql, one = Handwritten(path), [sqlite_store.EXPERIMENT]
    page, large = (RunsQuery(tuple(one), max_results=size) for size in (100, 1_000))
    best = RunsQuery(tuple(one), order_by=("metrics.x DESC",), max_results=50)
    whole = RunsQuery(tuple(one), max_results=runs)
    columns = [f"metrics.{key}" for key in _TABLE_METRICS] + [f"params.{key}" for key in _TABLE_PARAMS]
    return [
        Row(
            f"runs, page of 100 of {runs:,}",
            {"ours": lambda: store.runs(page), "sql": lambda: sql.newest(100)},
            [Budget("sql", 4.0), Budget("client", 1 / 5)],
            lambda: _client(path).search_runs(one, max_results=100),
        ),
        Row(
            f"runs, page of 1,000 of {runs:,}",
            {"ours": lambda: store.runs(large), "sql": lambda: sql.newest(1_000)},
            [],
            lambda: _client(path).search_runs(one, max_results=1_000),
        ),
        Row(
            f"runs sorted by a metric, page of 50 of {runs:,}",
            {"ours": lambda: store.runs(best), "sql": lambda: sql.best(50)},
            [Budget("client", 1 / 50)],
            lambda: _client(path).search_runs(one, max_results=50, order_by=["metrics.x DESC"]),
        ),
        Row(
            f"table, {runs:,} runs x 6 columns",
            {
                "ours": lambda: store.table(whole, columns),
                "sql": lambda: sql.table(_TABLE_METRICS, _TABLE_PARAMS, runs),
            },
            [Budget("sql", 3.0)],
            lambda: _client(path).search_runs(one, max_results=runs),
            is_client_slow=True,
        ),
    ]


def _histories(store: DatabaseStore, path: Path, charted: list[str]) -> list[Row]:
    sql, many = Handwritten(path), f"{len(charted)} runs x 2,000 points"
    return [
        Row(
            many,
            {"ours": lambda: store.metric_histories(charted, ["loss"]), "sql": lambda: sql.histories(charted)},
            [Budget("sql", 3.0)],
            lambda: [_client(path).get_metric_history(run_id, "loss") for run_id in charted],
            is_client_slow=True,
        ),
        Row(
            f"{many} to 500",
            {"ours": lambda: store.metric_histories(charted, ["loss"], 500), "sql": lambda: sql.histories(charted)},
            [Budget("sql", 3.0)],
        ),
    ]


def _long_history(store: DatabaseStore, path: Path, points: int) -> Row:
    sql, run_id = Handwritten(path), sqlite_store.LONG_RUN
    return Row(
        f"{points:,} points to 1,000",
        {"ours": lambda: store.metric_histories([run_id], ["loss"], 1_000), "sql": lambda: sql.column(run_id)},
        [Budget("sql", 2.0)],
        lambda: _client(path).get_metric_history(run_id, "loss"),
        is_client_slow=True,
    )


def _listings(store: DatabaseStore, path: Path, run_id: str, root: Path, files: int) -> list[Row]:
    def scan() -> list[tuple[str, bool, int]]:
        with os.scandir(root) as entries:
            return [(entry.name, entry.is_dir(), entry.stat().st_size) for entry in entries]

    return [
        Row(
            f"artifacts, 1,000 of {files:,} files",
            {"ours": lambda: store.artifacts(run_id, max_results=1_000), "scandir": scan},
            [Budget("scandir", 2.0)],
        ),
        Row(
            f"artifacts, {files:,} of {files:,} files",
            {"ours": lambda: store.artifacts(run_id, max_results=files), "scandir": scan},
            [Budget("scandir", 2.0)],
            lambda: _client(path).list_artifacts(run_id),
        ),
    ]


@functools.cache
def _client(path: Path) -> Any:
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    from mlflow import MlflowClient

    return MlflowClient(f"sqlite:///{path}")


if __name__ == "__main__":
    sys.exit(main(__doc__, measure))
