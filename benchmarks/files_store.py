"""The file store against a hand-written reader and `MlflowClient`, on one folder, with the budgets beside.

usage: python -m benchmarks.files_store [--quick] [--json FILE]

Writes its folder into a temporary one. Exits with 1 where a budget is missed. ``--quick`` has a tenth of the data; its
ratios say little about the budgets and do not count.
"""

from __future__ import annotations

import functools
import os
import random
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from jupyter_mlflow_explorer.entities import RunsPage
from jupyter_mlflow_explorer.tracking.files import FilesStore
from jupyter_mlflow_explorer.tracking.store import RunsQuery

from .timing import Budget, Row, main, medians_s

EXPERIMENT = "253031330985650090"
START_MS = 1_700_000_000_000
PAGE = 50
_TAGS = ("mlflow.user", "mlflow.source.name", "mlflow.source.git.commit", "mlflow.runName", "mlflow.note.content")
#: Files that changed less than two seconds ago are read again, so the folder has to lie for a while.
_SETTLE_S = 2.5


def write(root: Path, runs: int, long_history: int = 0, seed: int = 0) -> None:
    """Write a file store of one experiment: each run has 20 params, 20 metrics and 10 tags.

    With `long_history` the newest run also has the metric ``loss`` with that many values.
    """
    chance = random.Random(seed)
    experiment = root / EXPERIMENT
    experiment.mkdir(parents=True)
    (experiment / "meta.yaml").write_text(
        f"artifact_location: {experiment.as_uri()}\ncreation_time: {START_MS}\nexperiment_id: '{EXPERIMENT}'\n"
        f"last_update_time: {START_MS}\nlifecycle_stage: active\nname: bench\n"
    )
    for i in range(runs):
        run_id, start = uuid.UUID(int=chance.getrandbits(128)).hex, START_MS + i * 60_000
        folder = experiment / run_id
        for kind in ("params", "metrics", "tags", "artifacts"):
            (folder / kind).mkdir(parents=True)
        (folder / "meta.yaml").write_text(
            f"artifact_uri: {folder.as_uri()}/artifacts\nend_time: {start + 55_000}\nentry_point_name: ''\n"
            f"experiment_id: '{EXPERIMENT}'\nlifecycle_stage: active\nrun_id: {run_id}\nrun_name: run-{i:06d}\n"
            f"run_uuid: {run_id}\nsource_name: ''\nsource_type: 4\nsource_version: ''\nstart_time: {start}\nstatus: 3\n"
            f"tags: []\nuser_id: user{i % 17:02d}\n"
        )
        for j in range(20):
            (folder / "params" / f"p{j:02d}").write_text(f"{chance.random():.6g}")
            (folder / "metrics" / f"m{j:02d}").write_text(f"{start} {chance.random()} 0\n")
        for key in (*_TAGS, *(f"t{j:02d}" for j in range(5))):
            (folder / "tags" / key).write_text(f"run-{i:06d}" if key == "mlflow.runName" else f"value-{i % 7}")
    if not long_history:
        return
    with (folder / "metrics" / "loss").open("w") as file:
        for step in range(long_history):
            file.write(f"{START_MS + step * 20} {1 / (1 + step * 1e-2) + chance.gauss(0, 0.01)} {step}\n")


class Handwritten:
    """The least that reading the files takes: no checks, nothing kept, plain dictionaries."""

    def __init__(self, root: Path) -> None:
        self._experiment = f"{root}/{EXPERIMENT}"

    def page(self, start: int, count: int) -> list[dict[str, Any]]:
        """One page of runs, newest first."""
        found = []
        for run_id in os.listdir(self._experiment):
            folder = f"{self._experiment}/{run_id}"
            if os.path.isdir(folder):
                with open(f"{folder}/meta.yaml") as file:
                    fields = dict(line.rstrip("\n").split(": ", 1) for line in file)
                found.append((-int(fields["start_time"]), run_id, folder, fields))
        found.sort(key=lambda item: item[:2])
        return [
            {"info": fields, **{kind: _values(f"{folder}/{kind}") for kind in ("params", "metrics", "tags")}}
            for _, _, folder, fields in found[start : start + count]
        ]

    def look(self, start: int, count: int) -> int:
        """The least that checking a page in memory takes: a look at each file that it was made of."""
        marks = 0
        folders = sorted(entry.path for entry in os.scandir(self._experiment) if entry.is_dir())
        for folder in folders:
            marks ^= os.stat(f"{folder}/meta.yaml").st_mtime_ns
        for folder in folders[start : start + count]:
            for kind in ("params", "metrics", "tags"):
                with os.scandir(f"{folder}/{kind}") as scan:
                    for entry in scan:
                        marks ^= entry.stat().st_mtime_ns
        return marks

    def history(self) -> list[tuple[int, int, float]]:
        """All points of the long metric."""
        points = []
        for folder in os.scandir(self._experiment):
            path = f"{folder.path}/metrics/loss"
            if os.path.exists(path):
                with open(path) as file:
                    for line in file:
                        stamp, value, step = line.split()
                        points.append((int(step), int(stamp), float(value)))
        return points


def _values(folder: str) -> dict[str, str]:
    found = {}
    for key in os.listdir(folder):
        with open(f"{folder}/{key}") as file:
            found[key] = file.read()
    return found


async def measure(folder: Path, is_quick: bool) -> list[Row]:
    """Write the folder and measure all cases."""
    runs, points = (54, 100_000) if is_quick else (542, 1_000_000)
    repeats = 3 if is_quick else 7
    root, long = folder / "mlruns", folder / "long"
    print(f"writing {runs:,} runs and a history of {points:,} points ...", file=sys.stderr)
    write(root, runs)
    write(long, 1, points)
    time.sleep(_SETTLE_S)
    hand, store = Handwritten(root), FilesStore(root, request_timeout_s=60)
    long_store = FilesStore(long, request_timeout_s=60)
    first = RunsQuery((EXPERIMENT,), max_results=PAGE)
    second = RunsQuery((EXPERIMENT,), max_results=PAGE, page_token=(await store.runs(first)).next_page_token)
    (long_id,) = (await long_store.table(first, [])).run_ids

    async def unprepared() -> RunsPage:
        fresh = FilesStore(root, request_timeout_s=60)
        try:
            return await fresh.runs(first)
        finally:
            await fresh.close()

    rows = [
        Row(
            f"first page of {PAGE} of {runs} runs, nothing in memory",
            {"ours": unprepared, "handwritten": lambda: hand.page(0, PAGE)},
            [Budget("handwritten", 3.0), Budget("client", 1 / 4)],
            lambda: _client(root).search_runs([EXPERIMENT], max_results=PAGE),
        ),
        Row(
            f"second page of {PAGE}",
            {"ours": lambda: store.runs(second), "handwritten": lambda: hand.look(PAGE, PAGE)},
            [Budget("handwritten", 4.0), Budget("client", 1 / 10)],
            lambda: _client(root).search_runs([EXPERIMENT], max_results=PAGE, page_token=_client_token(root)),
        ),
        Row(
            f"page of {PAGE} sorted by a metric, again",
            {"ours": lambda: store.runs(RunsQuery((EXPERIMENT,), order_by=("metrics.m01 DESC",), max_results=PAGE))},
            [Budget("client", 1 / 10)],
            lambda: _client(root).search_runs([EXPERIMENT], max_results=PAGE, order_by=["metrics.m01 DESC"]),
        ),
        Row(
            f"{points:,} points to 1,000",
            {
                "ours": lambda: long_store.metric_histories([long_id], ["loss"], 1_000),
                "handwritten": Handwritten(long).history,
            },
            [Budget("handwritten", 2.0)],
        ),
    ]
    for row in rows:
        row.seconds = await medians_s(row.ways, repeats)
    await store.close()
    await long_store.close()
    # Last, because a process that has imported MLflow collects garbage for longer, and the server's never has.
    for row in rows:
        if row.by_client is not None:
            row.seconds |= await medians_s({"client": row.by_client}, min(repeats, 3))
    return rows


@functools.cache
def _client(root: Path) -> Any:
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    from mlflow import MlflowClient

    return MlflowClient(str(root))


@functools.cache
def _client_token(root: Path) -> str:
    token: str = _client(root).search_runs([EXPERIMENT], max_results=PAGE).token
    return token


if __name__ == "__main__":
    sys.exit(main(__doc__, measure))
