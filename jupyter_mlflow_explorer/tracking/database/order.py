"""An order as SQL, and the condition for "what comes after this row", so that pages neither repeat nor lose rows.

Runs sort as in MLflow: each key by presence first (numbers, then NaN, then missing; in both directions), then by value;
then newest start first, then run id. Params and tags sort as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ...errors import BadInput
from ..filters import Key, OrderTerm
from . import schema

Expression = sa.ColumnElement[Any]

#: Written into the SQL and not bound, so that SQLite sees that it selects and sorts by the same expression.
_ZERO, _ONE, _TWO = (sa.literal_column(digit, sa.Integer) for digit in "012")


@dataclass(frozen=True)
class SortKey:
    """One expression to sort by. Its NULLs are told apart by a key before it, or come last by themselves."""

    expression: Expression
    descending: bool
    nulls_last: bool = False

    def clause(self) -> Expression:
        """Return it for ORDER BY."""
        clause = self.expression.desc() if self.descending else self.expression.asc()
        return clause.nulls_last() if self.nulls_last else clause


@dataclass(frozen=True)
class Order:
    """A complete order: no two rows are equal in it."""

    keys: tuple[SortKey, ...]
    #: Tables to outer-join, each with its condition.
    joins: tuple[tuple[sa.FromClause, sa.ColumnElement[bool]], ...] = ()

    def columns(self) -> list[Expression]:
        """Return the expressions to select, so that the last row's values can be put into a token."""
        return [key.expression.label(f"sort_{i}") for i, key in enumerate(self.keys)]

    def clauses(self) -> list[Expression]:
        """Return the expressions for ORDER BY."""
        return [key.clause() for key in self.keys]

    def after(self, values: Sequence[Any]) -> sa.ColumnElement[bool]:
        """Return "sorts after the row with these values"; raises `BadInput` for values that are not of this order."""
        if len(values) != len(self.keys) or not all(isinstance(v, str | int | float | None) for v in values):
            raise BadInput("The page token does not fit this order. Start again without a token.")
        condition: sa.ColumnElement[bool] = sa.false()
        for key, value in reversed(list(zip(self.keys, values, strict=True))):
            if value is None:
                # All missing ones are equal, and the key before says "missing" where they do not come last anyway.
                condition = sa.and_(key.expression.is_(None), condition) if key.nulls_last else condition
                continue
            bound = sa.literal(value)
            beyond = key.expression < bound if key.descending else key.expression > bound
            if key.nulls_last:
                beyond = sa.or_(beyond, key.expression.is_(None))
            condition = sa.or_(beyond, sa.and_(key.expression == bound, condition))
        return condition


def runs_order(terms: Sequence[OrderTerm]) -> Order:
    """Return the order of `schema.runs`, with the tables that it needs beside it."""
    runs = schema.runs
    keys: list[SortKey] = []
    joins: list[tuple[sa.FromClause, sa.ColumnElement[bool]]] = []
    for number, term in enumerate(terms):
        if term.key.kind == "attribute":
            value: Expression = runs.c[_RUN_COLUMNS.get(term.key.name, term.key.name)]
            rank: Expression = sa.case((value.is_(None), _ONE), else_=_ZERO)
        else:
            source = _TABLES[term.key.kind].alias(f"order_{number}")
            joins.append((source, sa.and_(source.c.key == term.key.name, source.c.run_uuid == runs.c.run_uuid)))
            value = source.c.value
            missing = (value.is_(None), _TWO)
            rank = (
                sa.case((source.c.is_nan == _ONE, _ONE), missing, else_=_ZERO)
                if term.key.kind == "metric"
                else sa.case(missing, else_=_ZERO)
            )
        keys += [SortKey(rank, False), SortKey(value, term.descending)]
    if not any(term.key == Key("attribute", "start_time") for term in terms):
        keys.append(SortKey(runs.c.start_time, True, nulls_last=True))
    keys.append(SortKey(runs.c.run_uuid, False))
    return Order(tuple(keys), tuple(joins))


def experiments_order(terms: Sequence[OrderTerm]) -> Order:
    """Return the order of `schema.experiments`; missing values are smaller than all others, as in MLflow."""
    terms = terms or (
        OrderTerm(Key("attribute", "creation_time"), True),
        OrderTerm(Key("attribute", "experiment_id"), False),
    )
    keys: list[SortKey] = []
    for term in terms:
        column = schema.experiments.c[term.key.name]
        keys.append(SortKey(sa.case((column.is_(None), _ZERO), else_=_ONE), term.descending))
        keys.append(SortKey(column, term.descending))
    if not any(term.key.name == "experiment_id" for term in terms):
        keys.append(SortKey(schema.experiments.c.experiment_id, True))
    return Order(tuple(keys))


_RUN_COLUMNS = {"run_id": "run_uuid", "run_name": "name"}
_TABLES = {"param": schema.params, "tag": schema.tags, "metric": schema.latest_metrics}
