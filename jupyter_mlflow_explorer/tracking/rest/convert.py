"""MLflow's JSON as our entities.

What a server sends is not trusted to have the right shape: `checked` turns surprises into `TrackingBroken`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from ...entities import ArtifactEntry, DatasetInput, Experiment, LoggedModel, Run
from ...errors import ExplorerError
from .. import assembly
from ..artifacts.paths import clean
from ..redaction import redact, redact_json
from . import failures


@contextlib.contextmanager
def checked(server: str) -> Iterator[None]:
    """Turn the errors of reading JSON of an unexpected shape into `TrackingBroken`."""
    try:
        yield
    except ExplorerError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        raise failures.no_mlflow(server, "JSON of another shape") from None


def integer(value: Any) -> int | None:
    """Return a whole number; some servers send 64-bit numbers as text."""
    return None if value is None else int(value)


def text(value: Any) -> str | None:
    """Return a text or None; anything else is a `TypeError`."""
    if value is not None and not isinstance(value, str):
        raise TypeError
    return value


def pairs(items: Any) -> dict[str, str]:
    """Return MLflow's list of key and value as a dict."""
    found = {item["key"]: item.get("value") or "" for item in items or ()}
    if not all(isinstance(key, str) and isinstance(value, str) for key, value in found.items()):
        raise TypeError
    return found


def metrics(items: Any) -> dict[str, float]:
    """Return last values by metric; MLflow writes non-finite numbers as text, and infinities as the largest numbers."""
    return {str(item["key"]): assembly.number(float(item.get("value", 0.0))) for item in items or ()}


def run(found: Mapping[str, Any]) -> Run:
    """Return one run of `runs/get` or `runs/search`."""
    info, data = found["info"], found.get("data") or {}
    return assembly.build_run(**run_arguments(info, data))


def run_arguments(info: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `assembly.run_fields` takes."""
    return {
        "run_id": str(info.get("run_id") or info["run_uuid"]),
        "name": text(info.get("run_name")),
        "experiment_id": info["experiment_id"],
        "status": text(info.get("status")),
        "lifecycle_stage": text(info.get("lifecycle_stage")),
        "start_time_ms": integer(info.get("start_time")),
        "end_time_ms": integer(info.get("end_time")) or None,
        "user": text(info.get("user_id")),
        "artifact_uri": text(info.get("artifact_uri")),
        "params": pairs(data.get("params")),
        "metrics": metrics(data.get("metrics")),
        "tags": pairs(data.get("tags")),
    }


def experiment(found: Mapping[str, Any]) -> Experiment:
    """Return one experiment."""
    location = text(found.get("artifact_location"))
    return Experiment.model_construct(
        experiment_id=str(found["experiment_id"]),
        name=text(found.get("name")) or "",
        lifecycle_stage=assembly.stage(found.get("lifecycle_stage")),
        artifact_location=redact(location) if location else None,
        creation_time_ms=integer(found.get("creation_time")),
        last_update_time_ms=integer(found.get("last_update_time")),
        tags=pairs(found.get("tags")),
    )


def inputs(found: Mapping[str, Any]) -> list[DatasetInput]:
    """Return the datasets of a run, sorted by name and digest."""
    answers = []
    for item in (found.get("inputs") or {}).get("dataset_inputs") or ():
        dataset = item["dataset"]
        answers.append(
            DatasetInput(
                name=dataset["name"],
                digest=dataset["digest"],
                source_type=dataset.get("source_type"),
                source=redact_json(dataset.get("source") or ""),
                context=pairs(item.get("tags")).get(assembly.DATASET_CONTEXT_TAG),
            )
        )
    return sorted(answers, key=lambda answer: (answer.name, answer.digest))


def model(info: Mapping[str, Any], step: int | None) -> LoggedModel:
    """Return one logged model (MLflow 3)."""
    location, status = text(info.get("artifact_uri")), text(info.get("status"))
    return LoggedModel(
        model_id=info["model_id"],
        name=text(info.get("name")),
        status=status.removeprefix("LOGGED_MODEL_").removeprefix("STATUS_") if status else None,
        step=step,
        artifact_location=redact(location) if location else None,
    )


def artifacts(answer: Mapping[str, Any], path: str) -> list[ArtifactEntry]:
    """Return the entries of the folder `path`, sorted by name; a server that names others is not believed."""
    found = []
    for item in answer.get("files") or ():
        entry = clean(item["path"])
        folder, _, name = entry.rpartition("/")
        if name and folder == path:
            is_dir = bool(item.get("is_dir"))
            size = None if is_dir else integer(item.get("file_size"))
            found.append(ArtifactEntry.model_construct(path=entry, name=name, is_dir=is_dir, size_bytes=size))
    return sorted(found, key=lambda entry: entry.name)
