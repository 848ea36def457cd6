"""One run with what lists leave out: datasets, logged models, parent and children."""

from __future__ import annotations

import sqlalchemy as sa

from ...entities import DatasetInput, LoggedModel, RunDetail, RunReference
from ...errors import NotFound
from ..assembly import DATASET_CONTEXT_TAG, PARENT_TAG
from ..redaction import redact, redact_json
from ..store import ArtifactOwner, LoggedModelId
from . import runs, schema
from .engine import Reader

#: `LoggedModelStatus` of MLflow 3, as its database stores it.
_MODEL_STATUS = {0: "UNSPECIFIED", 1: "PENDING", 2: "READY", 3: "FAILED"}


def get(reader: Reader, run_id: str) -> RunDetail:
    """Return one run, deleted ones included."""
    found = runs.by_id(reader, [run_id])
    if not found:
        raise NotFound(f"There is no run '{run_id}' in this store.")
    run = found[0]
    parent = runs.by_id(reader, [run.parent_run_id]) if run.parent_run_id else []
    return RunDetail.model_construct(
        **run.__dict__,
        inputs=_inputs(reader, run_id),
        models=_models(reader, run_id),
        parent=RunReference(run_id=parent[0].run_id, run_name=parent[0].run_name) if parent else None,
        children=_children(reader, run_id),
    )


def artifact_uri(reader: Reader, owner: ArtifactOwner) -> str | None:
    """Return where the artifacts of a run or logged model are, credentials included: for opening, not for showing."""
    if isinstance(owner, LoggedModelId):
        models = schema.logged_models
        if not reader.facts.has(models):
            raise NotFound(f"There is no logged model '{owner.model_id}': this store is older than MLflow 3.")
        rows = reader.rows(
            sa.select(models.c.artifact_location)
            .where(models.c.model_id == owner.model_id)
            .where(sa.or_(models.c.lifecycle_stage.is_(None), models.c.lifecycle_stage != "deleted"))
        )
        if not rows:
            raise NotFound(f"There is no logged model '{owner.model_id}' in this store.")
    else:
        rows = reader.rows(sa.select(schema.runs.c.artifact_uri).where(schema.runs.c.run_uuid == owner))
        if not rows:
            raise NotFound(f"There is no run '{owner}' in this store.")
    return str(rows[0][0]) if rows[0][0] else None


def _children(reader: Reader, run_id: str) -> int:
    table = schema.tags
    children = (
        sa.select(sa.func.count())
        .select_from(table.join(schema.runs, schema.runs.c.run_uuid == table.c.run_uuid))
        .where(table.c.key == PARENT_TAG, table.c.value == run_id, schema.runs.c.lifecycle_stage == "active")
    )
    return int(reader.rows(children)[0][0])


def _inputs(reader: Reader, run_id: str) -> list[DatasetInput]:
    inputs, datasets, input_tags = schema.inputs, schema.datasets, schema.input_tags
    if not all(reader.facts.columns.get(table.name) for table in (inputs, datasets, input_tags)):
        return []
    context = sa.and_(input_tags.c.input_uuid == inputs.c.input_uuid, input_tags.c.name == DATASET_CONTEXT_TAG)
    statement = (
        sa.select(
            datasets.c.name,
            datasets.c.digest,
            datasets.c.dataset_source_type,
            datasets.c.dataset_source,
            input_tags.c.value,
        )
        .select_from(
            inputs.join(datasets, datasets.c.dataset_uuid == inputs.c.source_id).outerjoin(input_tags, context)
        )
        .where(inputs.c.destination_type == "RUN", inputs.c.destination_id == run_id)
        .order_by(datasets.c.name, datasets.c.digest, input_tags.c.value)
    )
    return [
        DatasetInput.model_construct(
            name=name, digest=digest, source_type=source_type, source=redact_json(source or ""), context=used_for
        )
        for name, digest, source_type, source, used_for in reader.rows(statement)
    ]


def _models(reader: Reader, run_id: str) -> list[LoggedModel]:
    """Return the models that a run logged (MLflow 3): its outputs, and those that name it as their source."""
    models, outputs = schema.logged_models, schema.inputs
    if not reader.facts.has(models) or not reader.facts.has(outputs):
        return []
    is_output = sa.and_(
        outputs.c.source_type == "RUN_OUTPUT",
        outputs.c.source_id == run_id,
        outputs.c.destination_type == "MODEL_OUTPUT",
        outputs.c.destination_id == models.c.model_id,
    )
    statement = (
        sa.select(
            models.c.model_id, models.c.name, models.c.status, sa.func.max(outputs.c.step), models.c.artifact_location
        )
        .select_from(models.outerjoin(outputs, is_output))
        .where(sa.or_(outputs.c.source_id.is_not(None), models.c.source_run_id == run_id))
        .where(sa.or_(models.c.lifecycle_stage.is_(None), models.c.lifecycle_stage != "deleted"))
        .group_by(models.c.model_id)
        .order_by(models.c.creation_timestamp_ms, models.c.model_id)
    )
    return [
        LoggedModel.model_construct(
            model_id=model_id,
            name=name,
            status=_MODEL_STATUS.get(status),
            step=step,
            artifact_location=redact(location) if location else None,
        )
        for model_id, name, status, step, location in reader.rows(statement)
    ]
