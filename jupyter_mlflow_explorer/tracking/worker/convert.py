"""MLflow's entities as the JSON of its REST API, and its exceptions as JSON. For the child process.

Only attributes that MLflow documents are read, so stores of plugins and MLflow 2.22 to 3.x serve alike. Numbers that
are not finite stay what they are: both ends of the pipe are Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

#: Codes beside MLflow's own.
CONNECTION = "WORKER_CONNECTION"
TIMEOUT = "WORKER_TIMEOUT"
MODULE = "WORKER_MODULE"
SCHEME = "WORKER_SCHEME"
UNFINISHED = "WORKER_NOT_IMPLEMENTED"
SYSTEM = "WORKER_SYSTEM"
TOO_LARGE = "WORKER_TOO_LARGE"
FAILED = "WORKER_FAILED"

_TIMEOUTS = {"TimeoutError", "Timeout"}
_CONNECTIONS = {"ConnectionError", "gaierror", "NewConnectionError", "MaxRetryError"}


class Refusal(Exception):
    """Raised by the child itself; `code` is MLflow's or one of ours."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.error_code = code


def run(found: Any) -> dict[str, Any]:
    """Return a run as ``runs/get`` does."""
    info, data = found.info, found.data
    answer: dict[str, Any] = {
        "info": {
            "run_id": info.run_id,
            "run_name": getattr(info, "run_name", None),
            "experiment_id": str(info.experiment_id),
            "user_id": info.user_id,
            "status": _status(info.status),
            "start_time": info.start_time,
            "end_time": info.end_time,
            "artifact_uri": info.artifact_uri,
            "lifecycle_stage": info.lifecycle_stage,
        },
        "data": {"params": _pairs(data.params), "metrics": _pairs(data.metrics), "tags": _pairs(data.tags)},
    }
    inputs = getattr(getattr(found, "inputs", None), "dataset_inputs", None) or ()
    outputs = getattr(getattr(found, "outputs", None), "model_outputs", None) or ()
    if inputs:
        answer["inputs"] = {"dataset_inputs": [_dataset(item) for item in inputs]}
    if outputs:
        answer["outputs"] = {"model_outputs": [{"model_id": item.model_id, "step": item.step} for item in outputs]}
    return answer


def experiment(found: Any) -> dict[str, Any]:
    """Return an experiment as ``experiments/get`` does."""
    return {
        "experiment_id": str(found.experiment_id),
        "name": found.name,
        "artifact_location": found.artifact_location,
        "lifecycle_stage": found.lifecycle_stage,
        "creation_time": getattr(found, "creation_time", None),
        "last_update_time": getattr(found, "last_update_time", None),
        "tags": _pairs(found.tags or {}),
    }


def point(found: Any) -> dict[str, Any]:
    """Return one value of a metric as ``metrics/get-history`` does."""
    return {"value": found.value, "timestamp": found.timestamp, "step": found.step}


def model(found: Any) -> dict[str, Any]:
    """Return a logged model as ``logged-models/{id}`` does."""
    return {
        "info": {
            "model_id": found.model_id,
            "experiment_id": str(found.experiment_id),
            "name": found.name,
            "artifact_uri": found.artifact_location,
            "status": _status(found.status),
            "source_run_id": found.source_run_id,
        }
    }


def file(found: Any) -> dict[str, Any]:
    """Return one entry as ``artifacts/list`` does."""
    return {"path": found.path, "is_dir": bool(found.is_dir), "file_size": found.file_size}


def listed(items: Iterable[Any], convert: Any) -> list[dict[str, Any]]:
    """Return each item converted."""
    return [convert(item) for item in items]


def token(page: Any) -> str | None:
    """Return where the next page begins; MLflow's stores say it in text or bytes."""
    found = getattr(page, "token", None)
    return found.decode() if isinstance(found, bytes) else found or None


def plain(value: Any) -> Any:
    """Return a number or text for what JSON does not know, such as numpy's numbers from a plugin."""
    item = getattr(value, "item", None)
    return item() if callable(item) else str(value)


def describe(error: BaseException) -> dict[str, Any]:
    """Return what an exception means, as far as can be said without knowing the store."""
    code, message = getattr(error, "error_code", None), str(getattr(error, "message", None) or error)
    kind = type(error).__name__
    found = {"code": code if isinstance(code, str) else FAILED, "message": message, "kind": kind}
    if found["code"] not in (FAILED, "INTERNAL_ERROR"):
        return found
    if isinstance(error, NotImplementedError):
        return {**found, "code": UNFINISHED}
    for cause in _causes(error):
        names = {base.__name__ for base in type(cause).__mro__}
        if isinstance(cause, ImportError):
            return {**found, "code": MODULE, "module": (cause.name or "").partition(".")[0], "message": str(cause)}
        if names & _TIMEOUTS:
            return {**found, "code": TIMEOUT}
        if names & _CONNECTIONS:
            return {**found, "code": CONNECTION, "is_certificate": "SSLError" in names or "CERTIFICATE" in str(cause)}
    if isinstance(error, OSError):
        # The name of the file would be one of our temporary ones.
        return {**found, "code": SYSTEM, "message": error.strerror or kind}
    return found


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what led to it."""
    cause: BaseException | None = error
    for _ in range(10):
        if cause is None:
            return
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _pairs(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def _dataset(item: Any) -> dict[str, Any]:
    dataset = item.dataset
    return {
        "dataset": {
            "name": dataset.name,
            "digest": dataset.digest,
            "source_type": dataset.source_type,
            "source": dataset.source,
        },
        "tags": [{"key": tag.key, "value": tag.value} for tag in item.tags or ()],
    }


def _status(status: Any) -> str | None:
    """Return a status as text: MLflow has texts, enumerations and, in old plugins, numbers."""
    if status is None or isinstance(status, str):
        # An enumeration of texts is a text whose name is what counts.
        return getattr(status, "name", None) or status
    if isinstance(status, int):
        from mlflow.entities import RunStatus

        return str(RunStatus.to_string(status))
    return str(getattr(status, "name", status))
