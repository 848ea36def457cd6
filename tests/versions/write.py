"""Writes a small store with whichever MLflow runs this, and what its client answers.

usage: python write.py FOLDER

Makes ``FOLDER/mlflow.db``, ``FOLDER/mlruns`` and ``FOLDER/answers.json``. Uses nothing but MLflow and the standard
library, so that any version's own environment can run it.
"""

from __future__ import annotations

import json
import math
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true", MLFLOW_ALLOW_FILE_STORE="true")

FILTERS = (
    "",
    "metrics.acc > 0.4",
    "metrics.acc != 0.5",
    "params.lr = '0.1'",
    "params.`a b` ILIKE 'X%' AND tags.group != 'B'",
    "tags.`mlflow.parentRunId` IS NOT NULL",
    "datasets.name = 'train'",
    "status = 'FAILED'",
    "start_time >= 1700000002000",
)
ORDERS: tuple[tuple[str, ...], ...] = ((), ("metrics.acc DESC",), ("params.lr ASC", "start_time ASC"), ("tags.group",))
VIEWS = {"active": 1, "deleted": 2, "all": 3}


def number(value: float) -> object:
    """Return a value that survives JSON: NaN and infinities as text, SQLite's largest numbers as the infinities."""
    if math.isnan(value):
        return "NaN"
    if abs(value) >= sys.float_info.max:
        return "Infinity" if value > 0 else "-Infinity"
    return value


def write(uri: str) -> list[str]:
    """Write the same runs into any store; return the ids of the experiments."""
    from mlflow import MlflowClient
    from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param

    client = MlflowClient(uri)
    # Far from where the store is made, so that no path of that machine is in it.
    experiments = [
        client.create_experiment(name, f"file:///data/artifacts/{i}", {"team": "ä"})
        for i, name in enumerate(("first", "Größe & co"))
    ]
    run_ids: list[str] = []
    for i, value in enumerate((0.5, math.nan, math.inf, -math.inf, None, 0.5, 0.25, 1e-300)):
        tags = {"group": "AB"[i % 2], "mlflow.user": "ann", "mlflow.source.git.commit": "c0ffee"}
        if i > 5:
            tags["mlflow.parentRunId"] = run_ids[0]
        run = client.create_run(
            experiments[i % 3 == 2], start_time=1_700_000_000_000 + i // 2 * 1000, tags=tags, run_name=f"run {i} 'é'"
        )
        run_id = run.info.run_id
        run_ids.append(run_id)
        metrics = [Metric("curve", math.sin(step), 1_700_000_000_000 + step, step) for step in range(12)]
        metrics += [] if value is None else [Metric("acc", value, 1_700_000_000_000, 0)]
        params = [Param("lr", ("0.1", "1e-3", "10")[i % 3]), Param("a b", f"x{i}"), Param("nested/key", "v")]
        client.log_batch(run_id, metrics=metrics, params=params)
        if i == 0:
            context = [InputTag("mlflow.data.context", "training")]
            client.log_inputs(run_id, [DatasetInput(Dataset("train", "d1", "local", '{"uri": "/data"}'), context)])
        if i != 7:
            client.set_terminated(run_id, ("FINISHED", "FAILED", "KILLED")[i % 3], end_time=1_700_000_009_000)
    client.delete_run(run_ids[5])
    client.delete_experiment(client.create_experiment("deleted", "file:///data/artifacts/2"))
    return [str(experiment) for experiment in experiments]


def answers(uri: str, experiments: list[str]) -> dict[str, Any]:
    """Return what the client that wrote the store finds in it."""
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    client = MlflowClient(uri)
    searches = []
    for text in FILTERS:
        for order in ORDERS:
            for view, code in VIEWS.items():
                try:
                    found = [run.info.run_id for run in client.search_runs(experiments, text, code, 1000, list(order))]
                except MlflowException:
                    continue  # Older versions know less of the grammar.
                searches.append([text, order, view, found])
    runs = {}
    for run in client.search_runs(experiments, "", 3, 1000):
        runs[run.info.run_id] = {
            "run_name": run.info.run_name,
            "experiment_id": run.info.experiment_id,
            "status": run.info.status,
            "lifecycle_stage": run.info.lifecycle_stage,
            "start": run.info.start_time,
            "end": run.info.end_time or None,
            "params": run.data.params,
            "metrics": {key: number(value) for key, value in run.data.metrics.items()},
            "tags": run.data.tags,
            "curve": [
                [m.step, m.timestamp, number(m.value)] for m in client.get_metric_history(run.info.run_id, "curve")
            ],
            "datasets": [item.dataset.name for item in run.inputs.dataset_inputs],
        }
    names = sorted(one.name for one in client.search_experiments(view_type=3))
    return {"experiments": experiments, "names": names, "runs": runs, "searches": searches}


def main() -> None:
    from mlflow import __version__

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    os.chdir(folder)
    stores = {"database": "sqlite:///mlflow.db", "files": "mlruns"}
    written = {kind: write(uri) for kind, uri in stores.items()}
    found = {kind: answers(uri, written[kind]) for kind, uri in stores.items()}
    connection = sqlite3.connect("mlflow.db")
    connection.execute("VACUUM")
    connection.close()
    document = {"mlflow": __version__, **found}
    Path("answers.json").write_text(json.dumps(document, indent=1, sort_keys=True), encoding="utf-8")


if __name__ == "__main__":
    main()
