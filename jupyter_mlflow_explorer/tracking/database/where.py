"""A filter tree as SQL, with MLflow's meaning.

Conditions on params, metrics, tags and datasets become ``EXISTS`` with the key and the run, which the primary keys
``(key, run_uuid)`` answer with one probe. MLflow joins subqueries instead; the runs found are the same.

Where MLflow surprises: ``run_name`` is compared with the tag ``mlflow.runName`` and not with the column; ``metrics.x !=
1`` holds where x is NaN, every other comparison with NaN does not.
"""

from __future__ import annotations

import operator as op
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa

from ..assembly import DATASET_CONTEXT_TAG, RUN_NAME_TAG
from ..filters import And, Comparison, Node, Not, Value
from . import schema

Condition = sa.ColumnElement[bool]
_INTEGER_LIMIT = 2**63

_ATTRIBUTES: dict[str, sa.Column[Any]] = {
    "run_id": schema.runs.c.run_uuid,
    "status": schema.runs.c.status,
    "user_id": schema.runs.c.user_id,
    "artifact_uri": schema.runs.c.artifact_uri,
    "start_time": schema.runs.c.start_time,
    "end_time": schema.runs.c.end_time,
}
_SYMBOLS: dict[str, Callable[[Any, Any], Any]] = {
    "=": op.eq,
    "!=": op.ne,
    "<": op.lt,
    "<=": op.le,
    ">": op.gt,
    ">=": op.ge,
}


def runs_condition(node: Node) -> Condition:
    """Return the condition on `schema.runs` that a filter of runs means."""
    return _condition(node, _run_leaf)


def experiments_condition(node: Node) -> Condition:
    """Return the condition on `schema.experiments` that a filter of experiments means."""
    return _condition(node, _experiment_leaf)


def in_experiments(experiment_ids: Iterable[str]) -> Condition:
    """Return "the run is in one of these experiments"; a text that is no experiment id matches nothing."""
    return schema.runs.c.experiment_id.in_(known_ids(experiment_ids))


def known_ids(experiment_ids: Iterable[str]) -> list[int]:
    """Return the ids as the database has them, without those that cannot exist there."""
    return [int(text) for text in experiment_ids if text.isascii() and text.isdigit() and len(text) <= 18]


def contains(column: sa.ColumnElement[Any], text: str) -> Condition:
    """Return "the column contains `text`, ignoring case", as `matching.matcher` defines it."""
    if text.isascii():
        return sa.func.instr(sa.func.lower(column), text.lower()) > 0
    return sa.func.instr(sa.func.explorer_casefold(column), text.casefold()) > 0


def run_contains(text: str) -> Condition:
    """Return "the run's name, id, params or tags contain `text`"."""
    conditions = [contains(schema.runs.c.name, text), contains(schema.runs.c.run_uuid, text)]
    for table in (schema.params, schema.tags):
        conditions.append(_exists(table, contains(table.c.key, text) | contains(table.c.value, text)))
    return sa.or_(*conditions)


def _condition(node: Node, leaf: Callable[[Comparison], Condition]) -> Condition:
    if isinstance(node, Comparison):
        return leaf(node)
    if isinstance(node, Not):
        # A comparison with NULL is NULL, and so would be its negation.
        return sa.not_(sa.func.coalesce(_condition(node.part, leaf), sa.false()))
    parts = [_condition(part, leaf) for part in node.parts]
    return sa.and_(*parts) if isinstance(node, And) else sa.or_(*parts)


def _run_leaf(leaf: Comparison) -> Condition:
    key = leaf.key
    if key.kind == "dataset":
        return _dataset(leaf)
    if key.kind == "attribute" and key.name != "run_name":
        return _compare(_ATTRIBUTES[key.name], leaf)
    if key.kind == "attribute":
        table, name = schema.tags, RUN_NAME_TAG
    else:
        table = {"param": schema.params, "tag": schema.tags, "metric": schema.latest_metrics}[key.kind]
        name = key.name
    if leaf.operator in ("IS NULL", "IS NOT NULL"):
        found = _exists(table, table.c.key == name)
        return sa.not_(found) if leaf.operator == "IS NULL" else found
    if table is schema.latest_metrics:
        compared = _compare(table.c.value, leaf)
        is_nan = table.c.is_nan == sa.literal_column("1")
        compared = sa.or_(compared, is_nan) if leaf.operator == "!=" else sa.and_(compared, sa.not_(is_nan))
    elif isinstance(leaf.value, int | float):
        compared = _compare(sa.func.explorer_number(table.c.value), leaf)
    else:
        compared = _compare(table.c.value, leaf)
    return _exists(table, table.c.key == name, compared)


def _experiment_leaf(leaf: Comparison) -> Condition:
    table = schema.experiment_tags
    if leaf.key.kind == "tag":
        found = [table.c.experiment_id == schema.experiments.c.experiment_id, table.c.key == leaf.key.name]
        if leaf.operator not in ("IS NULL", "IS NOT NULL"):
            found.append(_compare(table.c.value, leaf))
        exists = sa.exists(sa.literal_column("1")).where(*found)
        return sa.not_(exists) if leaf.operator == "IS NULL" else exists
    column = schema.experiments.c[leaf.key.name]
    if leaf.key.name == "experiment_id":
        ids: Value = leaf.value
        numbers = [int(text) for text in ids] if isinstance(ids, tuple) else int(str(ids))
        return _compare_with(column, leaf.operator, numbers)
    return _compare(column, leaf)


def _dataset(leaf: Comparison) -> Condition:
    inputs, datasets, input_tags = schema.inputs, schema.datasets, schema.input_tags
    used = [inputs.c.destination_type == "RUN", inputs.c.destination_id == schema.runs.c.run_uuid]
    if leaf.key.name == "context":
        used += [
            input_tags.c.input_uuid == inputs.c.input_uuid,
            input_tags.c.name == DATASET_CONTEXT_TAG,
            _compare(input_tags.c.value, leaf),
        ]
    else:
        used += [datasets.c.dataset_uuid == inputs.c.source_id, _compare(datasets.c[leaf.key.name], leaf)]
    return sa.exists(sa.literal_column("1")).where(*used)


def _exists(table: sa.Table, *conditions: Condition) -> Condition:
    return sa.exists(sa.literal_column("1")).where(table.c.run_uuid == schema.runs.c.run_uuid, *conditions)


def _compare(column: sa.ColumnElement[Any], leaf: Comparison) -> Condition:
    return _compare_with(column, leaf.operator, leaf.value)


def _compare_with(column: sa.ColumnElement[Any], operator: str, value: Any) -> Condition:
    if isinstance(value, int) and abs(value) >= _INTEGER_LIMIT:
        value = float(value)
    negated = operator.startswith("NOT ")
    plain = operator.removeprefix("NOT ")
    condition: Condition
    if operator in ("IS NULL", "IS NOT NULL"):
        return column.is_(None) if operator == "IS NULL" else column.is_not(None)
    if plain == "LIKE":
        condition = column.like(value)
    elif plain == "ILIKE":
        condition = column.ilike(value)
    elif plain == "IN":
        return column.not_in(list(value)) if negated else column.in_(list(value))
    else:
        condition = _SYMBOLS[operator](column, _bound(value))
    return sa.not_(condition) if negated else condition


def _bound(value: Any) -> Any:
    """Bind a number as what it is, whatever the type of the column: 1.5 compared with a time stays 1.5."""
    if isinstance(value, float):
        return sa.literal(value, sa.Float)
    return sa.literal(value, sa.BigInteger) if isinstance(value, int) else value
