"""Orders evaluated in memory, and where a page ended in one; `database.order` says the same in SQL.

A *position* is what goes into a page token: for each key of the order its rank and its value; the last key is the id.
No two things have the same position, and what comes after a position stays the same while others arrive.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import BadInput
from .evaluation import Subject
from .filters import Key, OrderTerm

#: Ranks of a key: numbers and texts come first, then NaN, then what is missing, in both directions.
_PRESENT, _NAN, _MISSING = 0, 1, 2

_NUMERIC = frozenset({"start_time", "end_time", "creation_time", "last_update_time"})


class _Descending:
    """A text that sorts the other way round."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __lt__(self, other: _Descending) -> bool:
        return other.text < self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and other.text == self.text

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Order:
    """A complete order of things that have a text in the attribute `identity`."""

    terms: tuple[OrderTerm, ...]

    def position(self, subject: Subject) -> list[Any]:
        """Return where a thing stands: rank and value of each term."""
        found: list[Any] = []
        for term in self.terms:
            value = subject.value(term.key)
            if value is None:
                found += (_MISSING, None)
            elif value != value:
                found += (_NAN, None)
            else:
                found += (_PRESENT, value)
        return found

    def sort_key(self, position: Sequence[Any]) -> tuple[Any, ...]:
        """Return `position` so that Python sorts by it; raises `BadInput` for one that is not of this order."""
        if len(position) != 2 * len(self.terms):
            raise _foreign()
        key: list[Any] = []
        for number, term in enumerate(self.terms):
            rank, value = position[2 * number : 2 * number + 2]
            if rank not in (_PRESENT, _NAN, _MISSING):
                raise _foreign()
            key.append(rank)
            if rank != _PRESENT:
                key.append(0)
            elif is_numeric(term.key):
                if not isinstance(value, int | float) or math.isnan(value):
                    raise _foreign()
                key.append(-value if term.descending else value)
            elif isinstance(value, str):
                key.append(_Descending(value) if term.descending else value)
            else:
                raise _foreign()
        return tuple(key)


def is_numeric(key: Key) -> bool:
    """Return whether a key has numbers for values."""
    return key.kind == "metric" or (key.kind == "attribute" and key.name in _NUMERIC)


def runs_order(terms: Sequence[OrderTerm]) -> Order:
    """Return MLflow's order of runs: as asked for, then newest start first, then run id."""
    return _completed(
        terms, OrderTerm(Key("attribute", "start_time"), True), OrderTerm(Key("attribute", "run_id"), False)
    )


def experiments_order(terms: Sequence[OrderTerm]) -> Order:
    """Return the order of experiments in MLflow's file store: newest first unless asked for otherwise.

    Ids are texts here, so '10' comes before '9'; ties are broken by id, descending.
    """
    identity = Key("attribute", "experiment_id")
    if not terms:
        return _completed((), OrderTerm(Key("attribute", "creation_time"), True), OrderTerm(identity, False))
    return _completed(terms, OrderTerm(identity, True))


def _completed(terms: Sequence[OrderTerm], *following: OrderTerm) -> Order:
    asked = {term.key for term in terms}
    return Order((*terms, *(term for term in following if term.key not in asked)))


def _foreign() -> BadInput:
    return BadInput("The page token does not fit this order. Start again without a token.")
