"""One run with what lists leave out, and where the artifacts of runs and logged models are."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

from ...entities import LoggedModel, RunDetail, RunReference
from ...errors import NotFound, NotSupported
from ..artifacts.location import local_folder, named, way
from ..assembly import PARENT_TAG
from ..redaction import redact
from ..store import ArtifactOwner, LoggedModelId
from . import datasets, runs
from .cache import RunFiles
from .engine import Reader
from .layout import ARTIFACTS, MODELS, is_part

_STATUSES = {0: "UNSPECIFIED", 1: "PENDING", 2: "READY", 3: "FAILED"}


def get(reader: Reader, run_id: str) -> RunDetail:
    """Return one run, deleted ones included."""
    found = runs.get(reader, run_id)
    if found is None:
        raise NotFound(f"There is no run '{run_id}' in this store.")
    run = found.build()
    parent = runs.get(reader, run.parent_run_id) if run.parent_run_id else None
    return RunDetail.model_construct(
        **run.__dict__,
        inputs=datasets.inputs(reader, found.files),
        models=_models(reader, found.files),
        parent=RunReference(run_id=parent.meta.run_id, run_name=parent.name() or "") if parent else None,
        children=_children(reader, run_id),
    )


def artifact_location(reader: Reader, owner: ArtifactOwner) -> str | None:
    """Return where the artifacts of a run or logged model are, credentials included: for opening, not for showing.

    MLflow writes absolute paths, which are wrong once the store was moved or is mounted elsewhere. So where a path does
    not exist, and the store itself has the folder that MLflow makes by default, it is that.
    """
    if isinstance(owner, LoggedModelId):
        folder, model = next(_logged(reader, owner.model_id), (None, {}))
        uri = _text(model.get("artifact_location"))
    else:
        found = runs.get(reader, owner)
        folder, uri = (found.files.path, found.meta.artifact_uri) if found else (None, None)
    if folder is None:
        raise NotFound(f"There is no {named(owner)} in this store.")
    own = f"{folder}/{ARTIFACTS}"
    if not uri or way(uri, is_remote=False) == "local":
        # The folder of another machine is refused where it is opened.
        with contextlib.suppress(NotFound, NotSupported):
            if os.path.isdir(local_folder(uri, owner, relative_base(reader.layout.root))):
                return uri
        if os.path.isdir(own):
            return own
    return uri


def relative_base(root: str) -> str:
    """Return where relative artifact paths start: old versions of MLflow wrote ``./mlruns/0/…``."""
    return os.path.dirname(root)


def _children(reader: Reader, run_id: str) -> int:
    """Return the number of active runs, in all experiments, whose parent this is."""
    count = 0
    for experiment_id, folder in reader.layout.experiments(is_trash=False):
        try:
            folders = reader.layout.runs(folder)
        except OSError:
            continue
        for child_id, path in folders:
            files = reader.cache.run(child_id, experiment_id, path)
            if files.text("tags", PARENT_TAG, reader.job) == run_id:
                meta = files.meta(reader.job)
                count += meta is not None and not meta.problem and meta.stage == "active"
    return count


def _models(reader: Reader, files: RunFiles) -> list[LoggedModel]:
    """Return the models that a run logged (MLflow 3): its outputs, and those that name it as their source."""
    steps: dict[str, int | None] = {}
    for _, output in datasets.documents(reader, f"{files.path}/outputs"):
        model_id, step = output.get("destination_id"), output.get("step")
        if output.get("destination_type") == "MODEL_OUTPUT" and isinstance(model_id, str):
            steps[model_id] = step if isinstance(step, int) else None
    found = {}
    for name, model in datasets.documents(reader, f"{os.path.dirname(files.path)}/{MODELS}"):
        if name in steps or model.get("source_run_id") == files.run_id:
            found[name] = model
    for model_id in steps.keys() - found.keys():
        for _, model in _logged(reader, model_id):
            found[model_id] = model
            break
    answers = [
        (model.get("creation_timestamp") or 0, _model(model_id, model, steps.get(model_id)))
        for model_id, model in found.items()
        if model.get("lifecycle_stage") != "deleted"
    ]
    return [model for _, model in sorted(answers, key=lambda answer: (str(answer[0]).zfill(20), answer[1].model_id))]


def _model(model_id: str, model: Mapping[str, Any], step: int | None) -> LoggedModel:
    status, location = model.get("status"), _text(model.get("artifact_location"))
    return LoggedModel.model_construct(
        model_id=model_id,
        name=_text(model.get("name")),
        status=_STATUSES.get(status) if isinstance(status, int) else _text(status),
        step=step,
        artifact_location=redact(location) if location else None,
    )


def _logged(reader: Reader, model_id: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield folder and ``meta.yaml`` of the logged model with this id."""
    if not is_part(model_id) or "\ufffd" in model_id:
        return
    for _, experiment in reader.experiments:
        folder = f"{experiment}/{MODELS}/{model_id}"
        if os.path.isdir(folder):
            yield folder, datasets.document(reader, folder) or {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
