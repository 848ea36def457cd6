"""Selections for the tests of cells."""

from __future__ import annotations

from typing import Any

from jupyter_mlflow_explorer.cells import RECIPES, Selection
from jupyter_mlflow_explorer.entities import Experiment, Run


def a_run(number: int, name: str, **fields: Any) -> Run:
    """Return a finished run whose id is `number` written as 32 hex digits."""
    defaults: dict[str, Any] = {
        "experiment_id": "1",
        "status": "FINISHED",
        "lifecycle_stage": "active",
        "artifact_uri": "mlflow-artifacts:/1/x/artifacts",
    }
    return Run(run_id=f"{number:032x}", run_name=name, **{**defaults, **fields})


def an_experiment(identifier: str = "1", name: str = "churn") -> Experiment:
    """Return an active experiment."""
    return Experiment(experiment_id=identifier, name=name, lifecycle_stage="active")


def a_selection(recipe: str, **fields: Any) -> Selection:
    """Return a selection that suits `recipe`: two runs, or the first of them where the recipe takes one."""
    runs = (
        a_run(0xA1, "simple__MOMENT-gt-finetune__SAITS__CatBoost", metrics={"auroc": 0.91, "train_loss": 0.2}),
        a_run(0xB2, "baseline", metrics={"auroc": 0.88, "train_loss": 0.3, "brier": 0.1}),
    )
    defaults: dict[str, Any] = {
        "connection_id": "local",
        "connection_name": "Local store",
        "store_kind": "database",
        "tracking_uri": "sqlite:////data/mlflow.db",
        "experiments": (an_experiment(),),
        "runs": runs[:1] if recipe == "run-summary" or RECIPES[recipe].max_runs == 1 else runs,
        "artifact_path": "tables/scores.csv",
        "filter": "metrics.auroc > 0.8",
        "order_by": ("metrics.auroc DESC",),
    }
    if recipe == "migrate-file-store":
        defaults |= {"store_kind": "files", "tracking_uri": "file:///data/my%20runs/mlruns"}
    return Selection(**{**defaults, **fields})
