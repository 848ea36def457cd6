"""A filter tree as SQL, with MLflow's meaning.

Conditions on params, metrics, tags and datasets become ``EXISTS`` with the key and the run, which the primary keys
``(key, run_uuid)`` answer with one probe. MLflow joins subqueries instead; the runs found are the same. How texts and
numbers compare is a matter of the `Dialect`.

Where MLflow surprises: ``run_name`` is compared with the tag ``mlflow.runName`` and not with the column; ``metrics.x !=
1`` holds where x is NaN, every other comparison with NaN does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa

from ..assembly import DATASET_CONTEXT_TAG, RUN_NAME_TAG
from ..filters import And, Comparison, Node, Not
from . import schema
from .dialects import Condition, Dialect

_ATTRIBUTES: dict[str, sa.Column[Any]] = {
    "run_id": schema.runs.c.run_uuid,
    "status": schema.runs.c.status,
    "user_id": schema.runs.c.user_id,
    "artifact_uri": schema.runs.c.artifact_uri,
    "start_time": schema.runs.c.start_time,
    "end_time": schema.runs.c.end_time,
}


def runs_condition(node: Node, dialect: Dialect) -> Condition:
    """Return the condition on `schema.runs` that a filter of runs means."""
    return _condition(node, lambda leaf: _run_leaf(leaf, dialect))


def experiments_condition(node: Node, dialect: Dialect) -> Condition:
    """Return the condition on `schema.experiments` that a filter of experiments means."""
    return _condition(node, lambda leaf: _experiment_leaf(leaf, dialect))


def in_experiments(experiment_ids: Iterable[str]) -> Condition:
    """Return "the run is in one of these experiments"; a text that is no experiment id matches nothing."""
    return schema.runs.c.experiment_id.in_(known_ids(experiment_ids))


def known_ids(experiment_ids: Iterable[str]) -> list[int]:
    """Return the ids as the database has them, without those that cannot exist there."""
    return [int(text) for text in experiment_ids if text.isascii() and text.isdigit() and len(text) <= 18]


def run_contains(text: str, dialect: Dialect) -> Condition:
    """Return "the run's name, id, params or tags contain `text`"."""
    conditions = [dialect.contains(column, text) for column in (schema.runs.c.name, schema.runs.c.run_uuid)]
    for table in (schema.params, schema.tags):
        conditions.append(_exists(table, dialect.contains(table.c.key, text) | dialect.contains(table.c.value, text)))
    return sa.or_(*conditions)


def _condition(node: Node, leaf: Callable[[Comparison], Condition]) -> Condition:
    if isinstance(node, Comparison):
        return leaf(node)
    if isinstance(node, Not):
        # A comparison with NULL is NULL, and so would be its negation.
        return sa.not_(sa.func.coalesce(_condition(node.part, leaf), sa.false()))
    parts = [_condition(part, leaf) for part in node.parts]
    return sa.and_(*parts) if isinstance(node, And) else sa.or_(*parts)


def _run_leaf(leaf: Comparison, dialect: Dialect) -> Condition:
    key = leaf.key
    if key.kind == "dataset":
        return _dataset(leaf, dialect)
    if key.kind == "attribute" and key.name != "run_name":
        return _compare(_ATTRIBUTES[key.name], leaf, dialect)
    if key.kind == "attribute":
        table, name = schema.tags, RUN_NAME_TAG
    else:
        table = {"param": schema.params, "tag": schema.tags, "metric": schema.latest_metrics}[key.kind]
        name = key.name
    if leaf.operator in ("IS NULL", "IS NOT NULL"):
        found = _exists(table, table.c.key == name)
        return sa.not_(found) if leaf.operator == "IS NULL" else found
    if table is schema.latest_metrics:
        compared = _compare(table.c.value, leaf, dialect)
        is_nan = table.c.is_nan == sa.true()
        compared = sa.or_(compared, is_nan) if leaf.operator == "!=" else sa.and_(compared, sa.not_(is_nan))
    elif isinstance(leaf.value, int | float):
        compared = _compare(dialect.number(table.c.value), leaf, dialect)
    else:
        compared = _compare(table.c.value, leaf, dialect)
    return _exists(table, dialect.compare_text(table.c.key, "=", name), compared)


def _experiment_leaf(leaf: Comparison, dialect: Dialect) -> Condition:
    table = schema.experiment_tags
    if leaf.key.kind == "tag":
        found = [table.c.experiment_id == schema.experiments.c.experiment_id]
        if leaf.operator in ("IS NULL", "IS NOT NULL"):
            found.append(table.c.key == leaf.key.name)
        else:
            found += [
                dialect.compare_text(table.c.key, "=", leaf.key.name),
                _compare(table.c.value, leaf, dialect),
            ]
        exists = sa.exists(sa.literal_column("1")).where(*found)
        return sa.not_(exists) if leaf.operator == "IS NULL" else exists
    column = schema.experiments.c[leaf.key.name]
    if leaf.key.name == "experiment_id":
        # The grammar lets whole numbers through, and =, != and IN.
        ids = [int(text) for text in leaf.value] if isinstance(leaf.value, tuple) else [int(str(leaf.value))]
        return column.not_in(ids) if leaf.operator in ("!=", "NOT IN") else column.in_(ids)
    return _compare(column, leaf, dialect)


def _dataset(leaf: Comparison, dialect: Dialect) -> Condition:
    inputs, datasets, input_tags = schema.inputs, schema.datasets, schema.input_tags
    used = [inputs.c.destination_type == "RUN", inputs.c.destination_id == schema.runs.c.run_uuid]
    if leaf.key.name == "context":
        used += [
            input_tags.c.input_uuid == inputs.c.input_uuid,
            input_tags.c.name == DATASET_CONTEXT_TAG,
            _compare(input_tags.c.value, leaf, dialect),
        ]
    else:
        used += [datasets.c.dataset_uuid == inputs.c.source_id, _compare(datasets.c[leaf.key.name], leaf, dialect)]
    return sa.exists(sa.literal_column("1")).where(*used)


def _exists(table: sa.Table, *conditions: Condition) -> Condition:
    return sa.exists(sa.literal_column("1")).where(table.c.run_uuid == schema.runs.c.run_uuid, *conditions)


def _compare(column: sa.ColumnElement[Any], leaf: Comparison, dialect: Dialect) -> Condition:
    if leaf.operator in ("IS NULL", "IS NOT NULL"):
        return column.is_(None) if leaf.operator == "IS NULL" else column.is_not(None)
    if isinstance(leaf.value, int | float):
        return dialect.compare_number(column, leaf.operator, leaf.value)
    condition = dialect.compare_text(column, leaf.operator.removeprefix("NOT "), leaf.value)
    return sa.not_(condition) if leaf.operator.startswith("NOT ") else condition
