"""`load-model` finds and loads the models of a run, however they were logged."""

from __future__ import annotations

import time
from typing import Any

import pytest

from jupyter_mlflow_explorer.cells import literals, render
from jupyter_mlflow_explorer.entities import Run

from .conftest import HOSTILE, Store
from .kernel import Kernel, printed

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(240)]


def load(kernel: Kernel, store: Store, run: Run, **options: Any) -> str:
    """Run the recipe; return what was printed."""
    return printed(kernel.run(render("load-model", store.selection(run, options=options))))


def predicted(kernel: Kernel, inputs: list[list[float]]) -> list[float]:
    """Return what the loaded model predicts for rows without names."""
    kernel.ask(f"[globals().update(raw_model=loaded_model.get_raw_model()), {inputs}][1]")
    values: list[float] = kernel.ask(f"raw_model.predict(__import__('numpy').array({inputs})).tolist()")
    return values


def test_the_model_logged_last_is_loaded_and_all_are_listed(
    kernel: Kernel, store: Store, logged_models: dict[str, Any]
) -> None:
    text = load(kernel, store, logged_models["run"])
    ids = logged_models["ids"]
    assert kernel.ask("loaded_models") == {
        f"models:/{ids['regressor']}": "regressor",
        f"models:/{ids['classifier']}": "classifier",
    }
    lines = text.splitlines()
    assert lines[:5] == [
        "The run has several models; the last is loaded:",
        f"- regressor: models:/{ids['regressor']}",
        f"- classifier: models:/{ids['classifier']}",
        f"models:/{ids['classifier']} is loaded as loaded_model.",
        "Flavours: python_function, sklearn",
    ]
    assert lines[5].startswith("Signature: inputs:")
    assert "Tensor('float64', (-1, 2))" in text
    assert predicted(kernel, logged_models["input"]["classifier"]) == logged_models["predicted"]["classifier"]


@pytest.mark.parametrize("by", ["name", "id", "uri"])
def test_a_model_is_chosen_by_name_or_id(kernel: Kernel, store: Store, logged_models: dict[str, Any], by: str) -> None:
    model_id = logged_models["ids"]["regressor"]
    wanted = {"name": "regressor", "id": model_id, "uri": f"models:/{model_id}"}[by]
    text = load(kernel, store, logged_models["run"], model=wanted)
    assert text.startswith(f"models:/{model_id} is loaded")
    assert predicted(kernel, logged_models["input"]["regressor"]) == logged_models["predicted"]["regressor"]


@pytest.mark.parametrize(("name", "path"), [("in_run", "models/best"), ("folder", "net")])
def test_models_among_the_artifacts_are_loaded(
    kernel: Kernel, store: Store, logged_models: dict[str, Any], name: str, path: str
) -> None:
    run = logged_models[name]
    text = load(kernel, store, run)
    assert text.splitlines()[:2] == [
        f"runs:/{run.run_id}/{path} is loaded as loaded_model.",
        "Flavours: python_function, sklearn",
    ]
    assert "'age': double (required)" in text
    assert predicted(kernel, logged_models["input"]["regressor"]) == logged_models["predicted"]["regressor"]
    assert load(kernel, store, run, model=path).splitlines()[0] == text.splitlines()[0]


def test_a_model_without_signature_says_so(kernel: Kernel, store: Store, logged_models: dict[str, Any]) -> None:
    assert load(kernel, store, logged_models["plain"]).endswith("Signature: none was logged\n")


def test_no_model_is_said(kernel: Kernel, store: Store, logged_models: dict[str, Any]) -> None:
    alpha = store.runs["alpha"]
    assert load(kernel, store, alpha) == f"Run model ({alpha.run_id}) has no model.\n"
    assert kernel.ask("loaded_model is None")
    run = logged_models["run"]
    wanted = "x'\n\"{y}"
    assert load(kernel, store, run, model=wanted) == (
        f"Run run of models ({run.run_id}) has no model {literals.visible(wanted)}.\n"
    )
    assert kernel.ask("loaded_model is None")
    hostile = store.runs["hostile"]
    assert "has no model" in load(kernel, store, hostile)


def test_a_model_that_is_gone_is_named(kernel: Kernel, store: Store) -> None:
    run = store.log("lost", tags={"mlflow.log-model.history": '[{"artifact_path": "nowhere/net"}]'})
    text = load(kernel, store, run)
    assert f"Model runs:/{run.run_id}/nowhere/net cannot be loaded:" in text
    assert kernel.ask("loaded_model is None")
    deleted = store.log(HOSTILE, status="RUNNING")
    model = store.client.create_logged_model(deleted.experiment_id, name="net", source_run_id=deleted.run_id)
    from mlflow.entities import LoggedModelOutput

    store.client.log_outputs(deleted.run_id, models=[LoggedModelOutput(model.model_id, 0)])
    assert f"Model models:/{model.model_id} cannot be loaded:" in load(kernel, store, deleted)
    store.client.delete_logged_model(model.model_id)
    text = load(kernel, store, deleted)
    assert f"Model {model.model_id} cannot be read:" in text
    assert "has no model" in text


def test_models_are_listed_in_the_order_of_logging(kernel: Kernel, store: Store) -> None:
    from mlflow.entities import LoggedModelOutput

    run = store.log("checkpoints", status="RUNNING")
    for number in range(8):
        model = store.client.create_logged_model(run.experiment_id, name=f"step-{number}", source_run_id=run.run_id)
        store.client.log_outputs(run.run_id, models=[LoggedModelOutput(model.model_id, number)])
        time.sleep(0.002)  # Models are told apart by the millisecond.
    load(kernel, store, run)
    assert kernel.ask("list(loaded_models.values())") == [f"step-{number}" for number in range(8)]
    assert kernel.ask("loaded_model_uri") == f"models:/{model.model_id}"


def test_a_deleted_run_s_model_is_loaded_with_a_word(
    kernel: Kernel, store: Store, logged_models: dict[str, Any]
) -> None:
    run = logged_models["folder"]
    store.client.delete_run(run.run_id)
    try:
        text = load(kernel, store, run)
    finally:
        store.client.restore_run(run.run_id)
    assert text.startswith(f"Run folder of models ({run.run_id}) was deleted in MLflow")
    assert kernel.ask("loaded_model_uri") == f"runs:/{run.run_id}/net"
