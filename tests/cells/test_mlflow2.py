"""What is generated runs on MLflow 2 too, and shows the same: on a store that MLflow 2 itself wrote."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_mlflow_explorer.cells import RECIPES, Selection, render
from jupyter_mlflow_explorer.cells.observation import Observation, observation_notebook
from jupyter_mlflow_explorer.entities import Run
from jupyter_mlflow_explorer.reports.execute import execute
from jupyter_mlflow_explorer.reports.selecting import select_by_search
from jupyter_mlflow_explorer.tracking.connections import open_store

from .conftest import HOSTILE
from .kernel import Kernel, a_kernel, printed, shown

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(600)]

VERSION = "2.22.5"
#: Beside the other packages of this environment; it needs an older SQLAlchemy than MLflow 3.
PACKAGES = (f"mlflow=={VERSION}", f"mlflow-skinny=={VERSION}", "sqlalchemy<2.1")
AUROC = {"raw__forest": 0.7, "clean__forest": 0.8, "raw__boost": 0.9, HOSTILE: 0.2}

WRITE = """
import json, pickle, sys, tempfile
from pathlib import Path
import mlflow
import numpy as np

folder, named = Path(sys.argv[1]), json.loads(sys.argv[2])
client = mlflow.MlflowClient(f"sqlite:///{folder}/mlflow.db")
experiment = client.create_experiment("written by 2", artifact_location=(folder / "artifacts").as_uri())
for i, (name, auroc) in enumerate(named.items()):
    run_id = client.create_run(experiment, run_name=name, start_time=1_700_000_000_000 + i).info.run_id
    client.log_param(run_id, "depth", str(i % 2))
    for step in range(3):
        client.log_metric(run_id, "train_loss", 1 / (1 + step + i), 1_700_000_000_000 + step, step)
    client.log_metric(run_id, "auroc", auroc)
    client.log_metric(run_id, "odd", float("inf") if i else float("nan"))
    files = Path(tempfile.mkdtemp())
    (files / "scores.csv").write_text(f"name,score\\n{i},{auroc}\\n")
    (files / "boot.json").write_text(json.dumps({"auroc": (np.arange(101) / 100 + i).tolist()}))
    client.log_artifacts(run_id, str(files))
    client.set_terminated(run_id)
if len(sys.argv) > 3:
    from sklearn.linear_model import LinearRegression

    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    model = LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0])
    with mlflow.start_run(run_id=run_id):
        mlflow.sklearn.log_model(model, "model", input_example=np.array([[2.0]]))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables with which a Python of this environment has MLflow 2."""
    folder = tmp_path_factory.mktemp("mlflow2")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"MLflow {VERSION} cannot be installed: {done.stderr}"
    return {"PYTHONPATH": f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}


@pytest.fixture(scope="module")
def selection(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Selection:
    """The runs of a store that MLflow 2 wrote, as our own reader has them."""
    folder = tmp_path_factory.mktemp("written")
    command = [sys.executable, "-c", WRITE, str(folder), json.dumps(AUROC), "model"]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    uri = f"sqlite:///{folder}/mlflow.db"

    async def read() -> Selection:
        from jupyter_mlflow_explorer.cells import Search

        store = open_store(uri)
        try:
            place = Selection("two", "Two", store.kind, uri)
            found, _ = await select_by_search(store, place, Search(("1",), order_by=("metrics.auroc DESC",)))
            return found
        finally:
            await store.close()

    return asyncio.run(read())


@pytest.fixture(scope="module")
def kernel(environment: dict[str, str], selection: Selection) -> Iterator[Kernel]:
    with a_kernel(environment) as kernel:
        kernel.run(render("setup", selection))
        assert kernel.ask("mlflow.__version__") == VERSION
        yield kernel


TRIED: set[str] = set()


def run(kernel: Kernel, selection: Selection, recipe: str, **fields: Any) -> list[Any]:
    TRIED.add(recipe)
    return kernel.run(render(recipe, dataclasses.replace(selection, **fields)))


def named(selection: Selection, name: str) -> Run:
    return next(run for run in selection.runs if run.run_name == name)


def test_tables(kernel: Kernel, selection: Selection) -> None:
    assert printed(run(kernel, selection, "overview")).startswith("4 of 4 runs are there")
    assert kernel.ask("runs_overview['status'].tolist()") == ["FINISHED"] * 4
    assert kernel.ask("runs_values['metric', 'auroc'].tolist()") == [0.9, 0.8, 0.7, 0.2]
    assert [repr(value) for value in kernel.ask("runs_values['metric', 'odd'].tolist()")].count("inf") == 3

    run(kernel, selection, "search-runs", filter="metrics.auroc > 0.75")
    assert kernel.ask("found_runs['metrics.auroc'].tolist()") == [0.9, 0.8]

    run(kernel, selection, "leaderboard", filter="", order_by=(), options={"metric": "auroc", "top": 2})
    assert kernel.ask("leaderboard[['rank', 'run']].values.tolist()") == [[1, "raw__boost"], [2, "clean__forest"]]

    options = {"naming": {"pattern": "{data}__{model}"}, "group_by": ["derived.model"], "metrics": ["auroc"]}
    assert "1 names do not fit the pattern" in printed(run(kernel, selection, "group-runs", options=options))
    assert kernel.ask("group_summary['auroc', 'mean'].round(6).tolist()") == [0.9, 0.75, 0.2]

    for recipe in ("compare-runs", "run-summary"):
        assert shown(run(kernel, selection, recipe), "text/html")


def test_figures(kernel: Kernel, selection: Selection) -> None:
    for recipe in ("metric-history", "compare-metrics", "distributions", "scatter", "parallel-coordinates"):
        assert shown(run(kernel, selection, recipe), "image/png"), recipe
    assert kernel.ask("metric_curves[metric_curves['metric'] == 'train_loss'].shape[0]") == 12
    assert kernel.ask("len(parallel_table)") == 4


def test_artifacts_and_data(kernel: Kernel, selection: Selection, tmp_path: Path) -> None:
    best = (named(selection, "raw__boost"),)
    run(kernel, selection, "load-artifact", runs=best, artifact_path="scores.csv")
    assert kernel.ask("artifact_table['score'].tolist()") == [0.9]
    run(kernel, selection, "collect-artifact", artifact_path="scores.csv")
    assert kernel.ask("sorted(collected_table['score'].tolist())") == [0.2, 0.7, 0.8, 0.9]
    run(kernel, selection, "bootstrap-summary", artifact_path="boot.json", options={"plot": False})
    # 101 equally spaced values: the bounds lie 2.5 from either end.
    low, high = 0.025, 0.975
    rows = kernel.ask("bootstrap_summary.reset_index().to_dict('records')")
    first = next(row for row in rows if row["run"] == "raw__forest")
    assert (first["n"], round(first["mean"], 6)) == (101, 0.5)
    assert [round(value, 6) for value in first.values() if value in (low, high)] == [low, high]
    kernel.run([nbformat.v4.new_code_cell(f"import os\nos.chdir({str(tmp_path)!r})")])
    run(kernel, selection, "export-duckdb", filter="")
    assert kernel.ask("__import__('duckdb').connect('mlflow-runs.duckdb').sql('from runs').fetchall().__len__()") == 4


def test_models_and_origin(kernel: Kernel, selection: Selection) -> None:
    with_model = (named(selection, HOSTILE),)
    run(kernel, selection, "load-model", runs=with_model)
    outputs = run(kernel, selection, "predict", runs=with_model)
    assert "5" in "".join(shown(outputs, "text/plain") or [printed(outputs)])
    assert "depth" in printed(run(kernel, selection, "reproduce", runs=with_model)) + "".join(
        shown(kernel.run(render("reproduce", dataclasses.replace(selection, runs=with_model))), "text/plain")
    )


def test_every_recipe_was_run(kernel: Kernel, selection: Selection) -> None:
    run(kernel, selection, "load-run", runs=selection.runs[:1])
    assert kernel.ask("loaded_run.data.metrics['auroc']") == 0.9
    # The setup cell ran first, and a migration needs MLflow 3.
    assert set(RECIPES) - TRIED == {"setup", "migrate-file-store"}


def test_the_whole_notebook(environment: dict[str, str], selection: Selection, tmp_path: Path) -> None:
    notebook = observation_notebook(selection, Observation("On MLflow 2", metric="auroc", sections=2))
    execute(notebook, tmp_path, environment=environment)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert not [output for output in outputs if output.output_type == "error"]
    texts = "".join(str(output.get("text", "")) + str(output.get("data", "")) for output in outputs)
    assert "4 of 4 runs are there" in texts
    assert "The best 2 of 4 runs by `auroc`" in "".join(cell.source for cell in notebook.cells)
