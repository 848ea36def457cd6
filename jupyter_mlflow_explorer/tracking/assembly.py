"""Builds runs and numbers from what stores keep, in one way for all stores."""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Mapping
from typing import Any, get_args

from ..entities import ColumnKind, LifecycleStage, Run, RunSource, RunStatus
from ..errors import BadInput
from .redaction import redact

RUN_NAME_TAG = "mlflow.runName"
PARENT_TAG = "mlflow.parentRunId"
NOTE_TAG = "mlflow.note.content"
USER_TAG = "mlflow.user"
DATASET_CONTEXT_TAG = "mlflow.data.context"
#: Tags that hold a URL as git knows it, which may have a password in it.
_URL_TAGS = ("mlflow.source.git.repoURL", "mlflow.gitRepoURL", "mlflow.source.name")
_STATUSES: frozenset[str] = frozenset(get_args(RunStatus))
_COLUMN_KINDS: dict[str, ColumnKind] = {kind: kind for kind in get_args(ColumnKind)}

#: MLflow's database stores write infinities as the largest finite numbers.
LARGEST = sys.float_info.max


def number(value: float, is_nan: object = False) -> float:
    """Return a stored metric value as the number that was logged."""
    if is_nan:
        return math.nan
    if value >= LARGEST:
        return math.inf
    return -math.inf if value <= -LARGEST else value


def run_status(text: object) -> str:
    """Return a status we know; a missing or unknown one is SCHEDULED, which is also MLflow's default."""
    return text if isinstance(text, str) and text in _STATUSES else "SCHEDULED"


def stage(text: object) -> LifecycleStage:
    """Return a lifecycle stage we know; MLflow's default is active."""
    return "deleted" if text == "deleted" else "active"


def run_fields(
    *,
    run_id: str,
    name: str | None,
    experiment_id: object,
    status: str | None,
    lifecycle_stage: str | None,
    start_time_ms: int | None,
    end_time_ms: int | None,
    user: str | None,
    artifact_uri: str | None,
    params: dict[str, str],
    metrics: dict[str, float],
    tags: dict[str, str],
) -> dict[str, Any]:
    """Return the fields of `Run`, those that come from system tags included; URIs are redacted."""
    for key in _URL_TAGS:
        if key in tags:
            tags[key] = redact(tags[key])
    return {
        "run_id": run_id,
        # As MLflow: the column, and where it is empty (before MLflow 1.30) the tag.
        "run_name": name or tags.get(RUN_NAME_TAG) or "",
        "experiment_id": str(experiment_id),
        "status": run_status(status),
        "lifecycle_stage": stage(lifecycle_stage),
        "start_time_ms": start_time_ms,
        "end_time_ms": end_time_ms,
        # MLflow writes "unknown" where only the tag knows.
        "user": user if user and user != "unknown" else tags.get(USER_TAG) or user or None,
        "artifact_uri": redact(artifact_uri) if artifact_uri else None,
        "parent_run_id": tags.get(PARENT_TAG) or None,
        "source": _source(tags),
        "note": tags.get(NOTE_TAG) or None,
        "params": params,
        "metrics": metrics,
        "tags": tags,
    }


def build_run(**fields: Any) -> Run:
    """Return a run without validation: stores read thousands, and their columns are typed already."""
    return Run.model_construct(**run_fields(**fields))


def _source(tags: Mapping[str, str]) -> RunSource:
    return _shared_source(
        tags.get("mlflow.source.name"),
        tags.get("mlflow.source.type"),
        tags.get("mlflow.source.git.commit"),
        tags.get("mlflow.source.git.branch") or tags.get("mlflow.gitBranch"),
        tags.get("mlflow.source.git.dirty"),
        tags.get("mlflow.source.git.repoURL") or tags.get("mlflow.gitRepoURL"),
        tags.get("mlflow.project.entryPoint"),
    )


@functools.lru_cache(maxsize=1024)
def _shared_source(
    name: str | None,
    kind: str | None,
    commit: str | None,
    branch: str | None,
    dirty: str | None,
    repo_url: str | None,
    entry_point: str | None,
) -> RunSource:
    """Return one object for all runs of the same code, of which an experiment has many."""
    return RunSource(
        name=name,
        type=kind,
        git_commit=commit,
        git_branch=branch,
        git_dirty=None if dirty is None else dirty.lower() == "true",
        git_repo_url=repo_url,
        entry_point=entry_point,
    )


def split_column(column: str) -> tuple[ColumnKind, str]:
    """Split ``metrics.val loss`` into kind and key; the key may stand in backticks or double quotes."""
    prefix, _, key = column.partition(".")
    kind = _COLUMN_KINDS.get(prefix)
    if kind is None or not key:
        raise BadInput(f"'{column}' is no column. Write for example metrics.accuracy or attributes.start_time.")
    if len(key) > 2 and key[0] == key[-1] and key[0] in '`"':
        key = key[1:-1]
    return kind, key
