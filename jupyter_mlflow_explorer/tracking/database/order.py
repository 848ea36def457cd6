"""An order as SQL, and the condition for "what comes after this row", so that pages neither repeat nor lose rows.

Runs sort as in MLflow: each key by presence first (numbers, then NaN, then missing; in both directions), then by value;
then newest start first, then run id. Params and tags sort as text, by the rules of the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from ...errors import BadInput
from ..assembly import LARGEST
from ..filters import Key, OrderTerm
from . import schema
from .dialects import Dialect

Expression = sa.ColumnElement[Any]

#: Written into the SQL and not bound, so that SQLite sees that it selects and sorts by the same expression.
_ZERO, _ONE, _TWO = (sa.literal_column(digit, sa.Integer) for digit in "012")


@dataclass(frozen=True)
class SortKey:
    """One expression to sort by.

    ``nulls`` is where its NULLs come: a key before it may tell them apart, else they are first or last. That is where
    the database puts them by itself, so nothing is said about it in SQL, which MySQL could not read.
    """

    expression: Expression
    descending: bool
    nulls: Literal["apart", "first", "last"] = "apart"

    def clause(self) -> Expression:
        """Return it for ORDER BY."""
        return self.expression.desc() if self.descending else self.expression.asc()

    def fits(self, value: Any) -> bool:
        """Return whether a value, from a page token, may be one of this expression's."""
        if value is None:
            return True
        kind = self.expression.type
        if isinstance(kind, sa.String):
            return isinstance(value, str)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        # Neither NaN nor an infinity, which JSON of ours does not hold.
        is_finite = -LARGEST <= value <= LARGEST
        return is_finite if isinstance(kind, sa.Float) else isinstance(value, int) and abs(value) < 2**63


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
        if len(values) != len(self.keys) or not all(map(SortKey.fits, self.keys, values)):
            raise BadInput("The page token does not fit this order. Start again without a token.")
        condition: sa.ColumnElement[bool] = sa.false()
        for key, value in reversed(list(zip(self.keys, values, strict=True))):
            missing = key.expression.is_(None)
            if value is None:
                # All missing ones are equal, and the key before says "missing" where it tells them apart.
                if key.nulls != "apart":
                    condition = sa.and_(missing, condition)
                if key.nulls == "first":
                    condition = sa.or_(key.expression.is_not(None), condition)
                continue
            kind = key.expression.type
            bound = sa.literal(float(value) if isinstance(kind, sa.Float) else value, kind)
            beyond = key.expression < bound if key.descending else key.expression > bound
            if key.nulls == "last":
                beyond = sa.or_(beyond, missing)
            condition = sa.or_(beyond, sa.and_(key.expression == bound, condition))
        return condition


def runs_order(terms: Sequence[OrderTerm], dialect: Dialect) -> Order:
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
                sa.case((source.c.is_nan == sa.true(), _ONE), missing, else_=_ZERO)
                if term.key.kind == "metric"
                else sa.case(missing, else_=_ZERO)
            )
        keys += [SortKey(rank, False), SortKey(value, term.descending)]
    if not any(term.key == Key("attribute", "start_time") for term in terms):
        keys.append(SortKey(runs.c.start_time, True, "first" if dialect.nulls_are_largest else "last"))
    keys.append(SortKey(runs.c.run_uuid, False))
    return Order(tuple(keys), tuple(joins))


def experiments_order(terms: Sequence[OrderTerm], dialect: Dialect) -> Order:
    """Return the order of `schema.experiments`; missing values are where the database puts them, as in MLflow."""
    terms = terms or (
        OrderTerm(Key("attribute", "creation_time"), True),
        OrderTerm(Key("attribute", "experiment_id"), False),
    )
    nulls_first = not dialect.nulls_are_largest
    keys: list[SortKey] = []
    for term in terms:
        column = schema.experiments.c[term.key.name]
        keys.append(SortKey(column, term.descending, "first" if nulls_first != term.descending else "last"))
    if not any(term.key.name == "experiment_id" for term in terms):
        keys.append(SortKey(schema.experiments.c.experiment_id, True))
    return Order(tuple(keys))


_RUN_COLUMNS = {"run_id": "run_uuid", "run_name": "name"}
_TABLES = {"param": schema.params, "tag": schema.tags, "metric": schema.latest_metrics}
