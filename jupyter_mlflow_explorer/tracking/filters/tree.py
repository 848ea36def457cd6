"""What a filter or an order means, as frozen values: no text, no SQL.

A comparison on a key that a run lacks is false, whatever the operator (``IS NULL`` apart), as in MLflow. `Not` is
plain negation, so ``NOT params.a = 'x'`` also holds for runs without that param, while ``params.a != 'x'`` does not.
"""

from __future__ import annotations

import operator as op
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

KeyKind: TypeAlias = Literal["attribute", "param", "metric", "tag", "dataset"]
Operator: TypeAlias = Literal[
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "LIKE",
    "ILIKE",
    "NOT LIKE",
    "NOT ILIKE",
    "IN",
    "NOT IN",
    "IS NULL",
    "IS NOT NULL",
]
#: Text, a number, several texts (for IN), or None (for IS NULL).
Value: TypeAlias = "str | int | float | tuple[str, ...] | None"


#: What the symbols do with two values of Python, or make of two expressions of SQL.
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": op.eq,
    "!=": op.ne,
    "<": op.lt,
    "<=": op.le,
    ">": op.gt,
    ">=": op.ge,
}


@dataclass(frozen=True)
class Key:
    """A column of a filter or order. ``name`` is free of quotes and aliases (``Created`` is ``start_time``)."""

    kind: KeyKind
    name: str


@dataclass(frozen=True)
class Comparison:
    """One condition. ``source`` is the value as written, quotes included; ``position`` is where the key starts."""

    key: Key
    operator: Operator
    value: Value
    source: str
    position: int
    is_mlflow: bool


@dataclass(frozen=True)
class And:
    """All parts hold; there are at least two."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    """At least one part holds; there are at least two."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: Node


Node: TypeAlias = "Comparison | And | Or | Not"


@dataclass(frozen=True)
class Filter:
    """A parsed filter; ``tree`` is None where the text was empty, which every run passes."""

    tree: Node | None

    @property
    def is_mlflow(self) -> bool:
        """Whether MLflow's own grammar can say this, so that a tracking server will understand it."""
        return all(is_conjunct and leaf.is_mlflow for leaf, is_conjunct in _leaves(self.tree, True))

    def mlflow_text(self) -> str:
        """Return the filter in MLflow's grammar; call it only where `is_mlflow` holds."""
        return " AND ".join(_text(leaf) for leaf, _ in _leaves(self.tree, True))


@dataclass(frozen=True)
class OrderTerm:
    """One key to sort by."""

    key: Key
    descending: bool

    def mlflow_text(self) -> str:
        """Return the clause in MLflow's grammar."""
        return f"{_key_text(self.key)} {'DESC' if self.descending else 'ASC'}"


def _leaves(node: Node | None, is_conjunct: bool) -> Iterator[tuple[Comparison, bool]]:
    """Yield every comparison, and whether only ANDs stand above it."""
    if isinstance(node, Comparison):
        yield node, is_conjunct
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from _leaves(part, is_conjunct and isinstance(node, And))
    elif isinstance(node, Not):
        yield from _leaves(node.part, False)


def _text(leaf: Comparison) -> str:
    # MLflow's lexer does not take the plus of 1e+16.
    source = leaf.source.replace("+", "") if isinstance(leaf.value, int | float) else leaf.source
    return " ".join(part for part in (_key_text(leaf.key), leaf.operator, source) if part)


def _key_text(key: Key) -> str:
    # A name that holds a backtick came in double quotes, or doubled in backticks.
    quote = '"' if "`" in key.name and '"' not in key.name else "`"
    return f"{key.kind}.{quote}{key.name}{quote}"
