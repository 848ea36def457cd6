"""A real SQLite store with the runs that go wrong, and a kernel that is connected to it."""

from __future__ import annotations

import json
import math
import os
import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_mlflow_explorer.cells import Selection, render
from jupyter_mlflow_explorer.entities import Experiment, Run

from .kernel import Kernel, a_kernel

HOSTILE = "</script><img src=x onerror=alert(1)>\n'\"`{x}` $a$ 😀 | _"


@dataclass
class Store:
    """A store, and a client for it. Runs are made by `log` and come back as our entities."""

    uri: str
    client: Any
    experiment_id: str
    runs: dict[str, Run] = field(default_factory=dict)

    def log(
        self,
        name: str,
        *,
        params: dict[str, str] | None = None,
        metrics: dict[str, float | list[float]] | None = None,
        tags: dict[str, str] | None = None,
        status: str = "FINISHED",
        start_time_ms: int | None = None,
    ) -> Run:
        """Log one run; a metric that is a list is a history, with steps from 0, a second apart."""
        from mlflow.entities import Metric, Param

        run_id = self.client.create_run(
            self.experiment_id, run_name=name, tags=tags or {}, start_time=start_time_ms
        ).info.run_id
        points = [
            Metric(key, value, 1_700_000_000_000 + 1000 * step, step)
            for key, values in (metrics or {}).items()
            for step, value in enumerate(values if isinstance(values, list) else [values])
        ]
        entries = [Param(key, value) for key, value in (params or {}).items()]
        for start in range(0, max(len(entries), 1), 100):
            self.client.log_batch(run_id, params=entries[start : start + 100], metrics=points if start == 0 else [])
        if status != "RUNNING":
            self.client.set_terminated(run_id, status)
        return self.read(run_id)

    def read(self, run_id: str) -> Run:
        """Return a run as our entity."""
        run = self.client.get_run(run_id)
        return Run(
            run_id=run_id,
            run_name=run.info.run_name,
            experiment_id=run.info.experiment_id,
            status=run.info.status,
            lifecycle_stage=run.info.lifecycle_stage,
            artifact_uri=run.info.artifact_uri,
            params=run.data.params,
            metrics=run.data.metrics,
            tags=run.data.tags,
        )

    def selection(self, *runs: Run, **fields: Any) -> Selection:
        """Return a selection of runs in this store."""
        experiment = self.client.get_experiment(self.experiment_id)
        defaults: dict[str, Any] = {
            "connection_id": "test",
            "connection_name": "Test store",
            "store_kind": "database",
            "tracking_uri": self.uri,
            "experiments": (
                Experiment(experiment_id=self.experiment_id, name=experiment.name, lifecycle_stage="active"),
            ),
            "runs": runs,
        }
        return Selection(**{**defaults, **fields})


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A SQLite store with local artifacts and a handful of runs, good and bad."""
    from mlflow import MlflowClient

    folder = tmp_path_factory.mktemp("store")
    uri = f"sqlite:///{folder}/mlflow.db"
    client = MlflowClient(tracking_uri=uri)
    experiment_id = client.create_experiment("cells", artifact_location=(folder / "artifacts").as_uri())
    store = Store(uri, client, experiment_id)
    nan, inf = math.nan, math.inf
    store.runs = {
        "alpha": store.log(
            "model",
            params={"lr": "0.1", "model": "forest", "seed": "1", "only": "here"},
            metrics={
                "auroc": 0.9,
                "loss": 0.31,
                "rmse": nan,
                "f1": nan,
                "accuracy": 0.5,
                "gain": -inf,
                "train_loss": [3.0, nan, 1.5, inf, 0.25],
            },
        ),
        "beta": store.log(
            "model",
            params={"lr": "0.01", "model": "forest", "seed": "1"},
            metrics={"auroc": 0.95, "loss": 0.42, "rmse": 2.5, "f1": 0.1, "gain": -5.0, "train_loss": [2.0, 1.0]},
        ),
        "hostile": store.log(
            HOSTILE,
            params={"lr": HOSTILE, "model": "forest", "seed": "1"},
            metrics={"auroc": 0.2, "loss": 0.05, "rmse": 3.5, "f1": 0.7, "gain": -7.0},
            tags={"mlflow.note.content": HOSTILE},
        ),
        "running": store.log("still running", metrics={"auroc": 0.3, "train_loss": [5.0]}, status="RUNNING"),
        "empty": store.log("empty", status="FAILED"),
    }
    return store


@pytest.fixture(scope="session")
def kernel(store: Store) -> Iterator[Kernel]:
    """A kernel in which the setup cell has run."""
    with a_kernel() as kernel:
        kernel.run(render("setup", store.selection()))
        yield kernel


@pytest.fixture(scope="session")
def artifacts(store: Store, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Log one file of each kind to the run `alpha`; return what each holds, by path."""
    import numpy as np
    import pandas as pd
    from PIL import Image

    folder = tmp_path_factory.mktemp("files")
    frame = pd.DataFrame({"name": ["a", "é"], "score": [0.5, 1.5]})
    contents: dict[str, Any] = {
        "notes.txt": "first\nsecond é\n",
        "empty.txt": "",
        "README.md": "# Title <script>alert(1)</script>\n",
        "config.json": {"a": [1, None, "é"], "b": {"c": 1.5}},
        "events.jsonl": [{"name": "a", "score": 0.5}, {"name": "é", "score": 1.5}],
        "report.html": '<p>hello</p><script>parent.alert("x")</script>',
        "model.bin": "\x00\x01binary",
    }
    for name, value in contents.items():
        if name == "config.json":
            text = json.dumps(value)
        elif name == "events.jsonl":
            text = "\n".join(json.dumps(line) for line in value)
        else:
            text = value
        (folder / name).write_text(text, encoding="utf-8")
    frame.to_csv(folder / "scores.csv", index=False)
    frame.to_csv(folder / "scores.tsv", index=False, sep="\t")
    frame.to_parquet(folder / "scores.parquet")
    for odd in ("odd #1.csv", "100%.csv", "a%20b.csv", "why?.csv", "with space é.csv"):
        frame.to_csv(folder / odd, index=False)
    np.save(folder / "weights.npy", np.arange(6.0).reshape(2, 3))
    np.savez(folder / "weights.npz", first=np.arange(3), second=np.ones((2, 2)))
    (folder / "bootstrap_results.pkl").write_bytes(pickle.dumps({"auroc": np.linspace(0, 1, 1000), "brier": [0.1]}))
    Image.new("RGB", (3, 2), "red").save(folder / "red.png")
    Image.new("RGB", (3, 2), "red").save(folder / "red.tiff")
    (folder / "dot.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><circle r="1"/></svg>')
    nbformat.write(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Hi"), nbformat.v4.new_code_cell("1 + 1")]),
        folder / "analysis.ipynb",
    )
    deep = Path(folder, "deep", "er", "est")
    deep.mkdir(parents=True)
    (deep / "x.txt").write_text("deep")
    store.client.log_artifacts(store.runs["alpha"].run_id, str(folder))
    return contents


@pytest.fixture(scope="session")
def logged_models(store: Store, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Log scikit-learn models in each way there is; return the runs and what the models predict.

    ``run`` has two logged models (MLflow 3), ``plain`` one without example and signature, ``in_run`` one among its
    artifacts with the tag that MLflow 2 writes, ``folder`` one without.
    """
    import mlflow
    import numpy as np
    import pandas as pd
    import sklearn
    from sklearn.linear_model import LinearRegression, LogisticRegression

    frame = pd.DataFrame({"age": [20.0, 40.0, 60.0], "<b>dose</b>": [1.0, 0.0, 1.0]})
    array = np.array([[0.0, 0.0], [1.0, 1.0], [3.0, 3.0], [4.0, 4.0]])
    regressor = LinearRegression().fit(frame, [1.0, 2.0, 3.0])
    classifier = LogisticRegression().fit(array, [0, 0, 1, 1])
    needed = {"pip_requirements": [f"scikit-learn=={sklearn.__version__}"]}
    runs = {name: store.log(f"{name} of models", status="RUNNING") for name in ("run", "plain", "in_run", "folder")}
    mlflow.set_tracking_uri(store.uri)
    try:
        with mlflow.start_run(run_id=runs["run"].run_id):
            first = mlflow.sklearn.log_model(regressor, name="regressor", input_example=frame, **needed)
            second = mlflow.sklearn.log_model(classifier, name="classifier", input_example=array, **needed)
        with mlflow.start_run(run_id=runs["plain"].run_id):
            mlflow.sklearn.log_model(classifier, name="plain", **needed)
    finally:
        # The fluent interface sets the process's environment, which the tests of the command line would inherit.
        mlflow.set_tracking_uri(None)
        os.environ.pop("MLFLOW_TRACKING_URI", None)
    saved = tmp_path_factory.mktemp("models") / "saved"
    mlflow.sklearn.save_model(regressor, str(saved), input_example=frame, **needed)
    store.client.log_artifacts(runs["in_run"].run_id, str(saved), "models/best")
    history = json.dumps([{"run_id": runs["in_run"].run_id, "artifact_path": "models/best", "flavors": {}}])
    store.client.set_tag(runs["in_run"].run_id, "mlflow.log-model.history", history)
    store.client.log_artifacts(runs["folder"].run_id, str(saved), "net")
    ids = {"regressor": first.model_id, "classifier": second.model_id}
    return {
        **{name: store.read(run.run_id) for name, run in runs.items()},
        "ids": ids,
        "locations": {name: store.client.get_logged_model(ids[name]).artifact_location for name in ids},
        "input": {"regressor": frame.to_numpy().tolist(), "classifier": array.tolist()},
        "predicted": {
            "regressor": regressor.predict(frame).tolist(),
            "classifier": classifier.predict(array).tolist(),
        },
    }
