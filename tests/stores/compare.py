"""What `MlflowClient` answers, in our vocabulary, so that stores can be held to it."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

from jupyter_mlflow_explorer.entities import Experiment, MetricHistory, Run

_VIEWS = {"active": 1, "deleted": 2, "all": 3}


def number(value: float) -> object:
    """Return a metric value so that equal ones compare equal: NaN as text, MLflow's largest numbers as infinity."""
    if math.isnan(value):
        return "NaN"
    if abs(value) >= sys.float_info.max:
        return math.copysign(math.inf, value)
    return value


def our_run(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "run_name": run.run_name,
        "experiment_id": run.experiment_id,
        "status": run.status,
        "lifecycle_stage": run.lifecycle_stage,
        "start": run.start_time_ms,
        "end": run.end_time_ms,
        "artifact_uri": run.artifact_uri,
        "params": run.params,
        "metrics": {key: number(value) for key, value in run.metrics.items()},
        "tags": run.tags,
    }


def their_run(run: Any) -> dict[str, Any]:
    return {
        "run_id": run.info.run_id,
        "run_name": run.info.run_name,
        "experiment_id": run.info.experiment_id,
        "status": run.info.status,
        "lifecycle_stage": run.info.lifecycle_stage,
        "start": run.info.start_time,
        "end": run.info.end_time or None,
        "artifact_uri": run.info.artifact_uri,
        "params": dict(run.data.params),
        "metrics": {key: number(value) for key, value in run.data.metrics.items()},
        "tags": dict(run.data.tags),
    }


def our_experiment(experiment: Experiment) -> dict[str, Any]:
    return experiment.model_dump()


def their_experiment(experiment: Any) -> dict[str, Any]:
    return {
        "experiment_id": experiment.experiment_id,
        "name": experiment.name,
        "lifecycle_stage": experiment.lifecycle_stage,
        "artifact_location": experiment.artifact_location,
        "creation_time_ms": experiment.creation_time,
        "last_update_time_ms": experiment.last_update_time,
        "tags": dict(experiment.tags),
        "problem": None,
    }


def their_runs(
    client: Any, experiment_ids: Sequence[str], filter_text: str = "", order: Sequence[str] = (), view: str = "active"
) -> list[dict[str, Any]]:
    found = client.search_runs(
        list(experiment_ids), filter_text, run_view_type=_VIEWS[view], max_results=1000, order_by=list(order)
    )
    return [their_run(run) for run in found]


def their_experiments(client: Any, filter_text: str = "", order: Sequence[str] = (), view: str = "active") -> list[Any]:
    found = client.search_experiments(
        view_type=_VIEWS[view], max_results=1000, filter_string=filter_text or None, order_by=list(order) or None
    )
    return [their_experiment(experiment) for experiment in found]


def our_points(history: MetricHistory) -> list[tuple[int, int, object]]:
    return [(step, timestamp, number(value)) for step, timestamp, value in history.points]


def their_points(client: Any, run_id: str, key: str) -> list[tuple[int, int, object]]:
    found = client.get_metric_history(run_id, key)
    return sorted(
        ((m.step, m.timestamp, number(m.value)) for m in found), key=lambda point: (point[0], point[1], str(point[2]))
    )
