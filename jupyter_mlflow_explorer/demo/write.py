"""Writes a plan into a tracking store through MLflow's own client."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import sklearn
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException

from ..errors import Conflict
from ..tracking.uris import kind_of, scheme_of
from . import files, trainings
from .plan import EXPERIMENT_NOTES, LAST_START_MS, PlannedRun, plan
from .target import AlreadyThere, database_file
from .trainings import Outcome

__all__ = ["DemoStore", "MlflowException", "create"]

#: Names that MLflow's file store takes; its databases take any name of a tag.
_FILE_NAME = re.compile(r"[/\w.\- :]+")
#: MLflow takes at most this many metric values in one call.
_BATCH = 1000


@dataclass(frozen=True)
class DemoStore:
    """What was written: experiment ids by name, and run ids in the order of the plan."""

    experiments: dict[str, str]
    run_ids: tuple[str, ...]


def create(
    tracking_uri: str,
    *,
    runs: int = 36,
    seed: int = 0,
    force: bool = False,
    last_start_ms: int = LAST_START_MS,
    progress: Callable[[int, str], None] = lambda done, name: None,
) -> DemoStore:
    """Create the demo experiments and `runs` runs in the store at `tracking_uri` (absolute).

    Parameters
    ----------
    force
        Add the runs to demo experiments that exist already.
    last_start_ms
        When the newest run starts, milliseconds UTC; the default is a fixed day, so that a seed gives equal times.
    progress
        Called before each run with the number of runs done and the next one's name.

    Raises
    ------
    AlreadyThere
        A demo experiment exists already; nothing was written.
    Conflict
        A demo experiment is in the way otherwise, or the database would have to be upgraded; nothing was written.
    """
    _refuse_old_database(tracking_uri)
    # The fluent interface, which alone can log models, knows one store a process.
    mlflow.set_tracking_uri(tracking_uri)
    client = mlflow.MlflowClient(tracking_uri=tracking_uri)
    planned = plan(runs, seed, last_start_ms)
    experiments = _experiments(client, tracking_uri, force)
    run_ids: list[str] = []
    for run in planned:
        progress(run.index, run.name)
        parent_id = None if run.parent is None else run_ids[run.parent]
        outcome = _outcome(run, [other for other in planned if other.parent == run.index], seed)
        run_ids.append(_write(client, tracking_uri, experiments[run.experiment], run, parent_id, outcome))
    return DemoStore(experiments=experiments, run_ids=tuple(run_ids))


def _experiments(client: Any, tracking_uri: str, force: bool) -> dict[str, str]:
    """Return the ids of the demo experiments by name, created unless they are there."""
    found = {name: client.get_experiment_by_name(name) for name in EXPERIMENT_NOTES}
    for name, experiment in found.items():
        if experiment is not None and experiment.lifecycle_stage == "deleted":
            raise Conflict(
                f"The experiment {name!r} was deleted in MLflow and keeps its name until `mlflow gc` removes it."
                " Restore it, remove it, or choose another store."
            )
        if experiment is not None and not force:
            raise AlreadyThere(name)
    return {
        name: client.create_experiment(
            name,
            artifact_location=_artifact_location(tracking_uri, f"demo-{number}"),
            tags={"mlflow.note.content": note},
        )
        if found[name] is None
        else found[name].experiment_id
        for number, (name, note) in enumerate(EXPERIMENT_NOTES.items(), start=1)
    }


def _refuse_old_database(tracking_uri: str) -> None:
    """Raise `Conflict` where MLflow would upgrade a SQLite database on opening it, which its owner did not ask for.

    MLflow has no public way to ask for the newest schema revision; the function used is there from 2.22 to 3.17.
    """
    from mlflow.store.db.utils import _get_latest_schema_revision

    database = database_file(tracking_uri)
    if database is None or not database.exists() or not database.stat().st_size:
        return
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        try:
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        except sqlite3.DatabaseError as error:
            raise Conflict(f"{database} is not an MLflow database ({error}). Choose another path.") from error
    newest = _get_latest_schema_revision()
    if rows and rows[0][0] != newest:
        raise Conflict(
            f"{database} has another schema than MLflow {mlflow.__version__} writes. Back it up and run"
            f" `mlflow db upgrade sqlite:///{database}`, or choose another store."
        )


def _artifact_location(tracking_uri: str, folder: str) -> str | None:
    """Return a folder beside a SQLite file, as MLflow would take one in the working directory; else its default."""
    database = database_file(tracking_uri)
    return None if database is None else str(database.parent / "mlartifacts" / folder)


def _outcome(run: PlannedRun, children: list[PlannedRun], seed: int) -> Outcome:
    """Do a run's work. A search's outcome is the best of its children so far, trial by trial."""
    if run.kind == "network":
        params = run.params
        return trainings.network(
            int(params["hidden_units"]), float(params["learning_rate"]), int(params["epochs"]), run.variant, seed
        )
    if run.kind == "diverged":
        return trainings.diverged(float(run.params["learning_rate"]), int(run.params["epochs"]), seed)
    if run.kind == "search":
        best = [_outcome(child, [], seed).metrics["best_val_accuracy"] for child in children]
        return Outcome(
            metrics={}, histories={"best_val_accuracy": [max(best[: trial + 1]) for trial in range(len(best))]}
        )
    if run.kind == "classifier":
        params = run.params
        return trainings.classifier(
            params["outlier_method"], params["imputation_method"], params["classifier"], run.variant, seed
        )
    if run.kind == "simulated":
        outcome = trainings.classifier("IQR-clip", "iterative", "GradBoost", 0, seed)
        noise = random.Random(seed)
        metrics = {key: min(max(value + noise.gauss(0, 0.002), 0.0), 1.0) for key, value in outcome.metrics.items()}
        return Outcome(
            metrics=metrics,
            truth=outcome.truth,
            scores=outcome.scores,
            predicted=outcome.predicted,
            labels=outcome.labels,
            bootstrap=outcome.bootstrap,
        )
    outcome = trainings.classifier("none", "mean", "KNN", 0, seed)
    odd = {
        "metric with spaces/slash:colon-dash.dot": outcome.metrics["brier"],
        "not a number": float("nan"),
        "infinity": float("inf"),
        "minus infinity": float("-inf"),
        "tiny": 1e-300,
        "huge": 1e300,
    }
    return Outcome(
        metrics={"auroc": outcome.metrics["auroc"], **odd},
        truth=outcome.truth,
        scores=outcome.scores,
        predicted=outcome.predicted,
        labels=outcome.labels,
    )


def _write(
    client: Any, tracking_uri: str, experiment_id: str, run: PlannedRun, parent_id: str | None, outcome: Outcome
) -> str:
    tags = {**run.tags, **({"mlflow.parentRunId": parent_id} if parent_id else {})}
    if kind_of(tracking_uri) == "files":
        tags = {key: value for key, value in tags.items() if _FILE_NAME.fullmatch(key)}
    run_id: str = client.create_run(experiment_id, start_time=run.start_ms, tags=tags, run_name=run.name).info.run_id
    interval_ms = 2_000 + 500 * (run.index % 7)
    points = _points(run, outcome, interval_ms)
    client.log_batch(run_id, params=[Param(key, value) for key, value in run.params.items()])
    for start in range(0, len(points), _BATCH):
        client.log_batch(run_id, metrics=points[start : start + _BATCH])
    if run.status == "FINISHED":
        with tempfile.TemporaryDirectory() as folder:
            files.write(Path(folder), run, outcome, remote=scheme_of(tracking_uri) in ("http", "https"))
            client.log_artifacts(run_id, folder)
    if run.log_model:
        _log_model(run_id, outcome)
    if run.status != "RUNNING":
        steps = max((len(history) for history in outcome.histories.values()), default=0)
        client.set_terminated(run_id, run.status, end_time=run.start_ms + max(run.lasts_ms, interval_ms * (steps + 3)))
    return run_id


def _points(run: PlannedRun, outcome: Outcome, interval_ms: int) -> list[Any]:
    """Return the metric values to log: of a run that is not finished, the first part of its histories alone."""
    share = {"FINISHED": 1.0, "FAILED": 0.4, "RUNNING": 0.6}[run.status]
    points = []
    for key, history in outcome.histories.items():
        for step, value in enumerate(history[: max(1, round(len(history) * share))]):
            points.append(Metric(key, value, run.start_ms + interval_ms * (step + 1), step))
    if run.status == "FINISHED":
        steps = max((len(history) for history in outcome.histories.values()), default=0)
        end_ms = run.start_ms + interval_ms * (steps + 2)
        points += [Metric(key, value, end_ms, 0) for key, value in outcome.metrics.items()]
    return points


def _log_model(run_id: str, outcome: Outcome) -> None:
    # MLflow 3 names models; in MLflow 2 they have a path among the run's artifacts.
    named = {"name": "model"} if int(mlflow.__version__.split(".")[0]) >= 3 else {"artifact_path": "model"}
    with mlflow.start_run(run_id=run_id):
        mlflow.sklearn.log_model(
            outcome.model,
            **named,
            input_example=np.asarray(outcome.example),
            # Given, because MLflow would find them out by loading the model in another process.
            pip_requirements=[f"scikit-learn=={sklearn.__version__}", f"numpy=={np.__version__}"],
        )


# Read when a run is started; our runs bring their own.
os.environ.pop("MLFLOW_RUN_ID", None)
