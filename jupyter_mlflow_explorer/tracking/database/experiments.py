"""Experiments of a database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ...entities import Experiment, ExperimentsPage
from ...errors import NotFound
from .. import paging
from ..assembly import stage
from ..filters import parse_experiments_filter, parse_experiments_order
from ..redaction import redact
from ..store import ExperimentsQuery
from . import schema, where
from .engine import Reader
from .order import experiments_order

_COLUMNS = (
    schema.experiments.c.experiment_id,
    schema.experiments.c.name,
    schema.experiments.c.lifecycle_stage,
    schema.experiments.c.artifact_location,
    schema.experiments.c.creation_time,
    schema.experiments.c.last_update_time,
)


def search(reader: Reader, query: ExperimentsQuery) -> ExperimentsPage:
    """Return one page of experiments."""
    paging.check_max_results(query.max_results)
    tree = parse_experiments_filter(query.filter).tree
    order = experiments_order(parse_experiments_order(query.order_by), reader.dialect)
    conditions = []
    if tree is not None:
        conditions.append(where.experiments_condition(tree, reader.dialect))
    if query.view != "all":
        conditions.append(schema.experiments.c.lifecycle_stage == query.view)
    if query.search:
        conditions.append(reader.dialect.contains(schema.experiments.c.name, query.search))
    mark = paging.fingerprint(query)
    if query.page_token:
        conditions.append(order.after(paging.decode(query.page_token, mark)))
    statement = sa.select(*_COLUMNS, *order.columns()).where(*conditions)
    rows = reader.rows(statement.order_by(*order.clauses()).limit(query.max_results + 1))
    page = rows[: query.max_results]
    token = paging.encode(mark, list(page[-1][len(_COLUMNS) :])) if len(rows) > len(page) else None
    return ExperimentsPage.model_construct(experiments=_build(reader, page), next_page_token=token)


def get(reader: Reader, experiment_id: str) -> Experiment:
    """Return one experiment, deleted ones included."""
    ids = where.known_ids([experiment_id])
    rows = reader.rows(sa.select(*_COLUMNS).where(schema.experiments.c.experiment_id.in_(ids))) if ids else []
    if not rows:
        raise NotFound(f"There is no experiment '{experiment_id}' in this store.")
    return _build(reader, rows)[0]


def _build(reader: Reader, rows: list[Any]) -> list[Experiment]:
    table = schema.experiment_tags
    tags: dict[int, dict[str, str]] = {row[0]: {} for row in rows}
    ids = list(tags)
    for start in range(0, len(ids), 500):
        chosen = table.c.experiment_id.in_(ids[start : start + 500])
        for experiment_id, key, value in reader.rows(
            sa.select(table.c.experiment_id, table.c.key, table.c.value).where(chosen)
        ):
            tags[experiment_id][key] = value or ""
    return [
        Experiment.model_construct(
            experiment_id=str(experiment_id),
            name=name or "",
            lifecycle_stage=stage(lifecycle),
            artifact_location=redact(location) if location else None,
            creation_time_ms=created,
            last_update_time_ms=updated,
            tags=tags[experiment_id],
        )
        for experiment_id, name, lifecycle, location, created, updated, *_ in rows
    ]
