"""Filters evaluated in memory, for stores that look at things one by one; `database.where` says the same in SQL.

A filter asks a `Subject` for single values, left to right, and stops as soon as the answer is known, so a subject may
read them from disk when asked.

Where MLflow's own evaluation in memory differs from its SQL, this follows the former: the wildcards of ``LIKE`` do not
match a newline, a pattern without a final ``%`` also matches before a newline at the end, and ``ILIKE`` ignores the
case of all letters. Source: `mlflow/utils/search_utils.py` of MLflow 3.17.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from .filters import COMPARE, And, Comparison, Key, Node, Not

Predicate = Callable[["Subject"], bool]
Test = Callable[[Any], bool]


class Subject(Protocol):
    """What filters and orders look at: a run or an experiment. None stands for missing."""

    def value(self, key: Key) -> str | int | float | None:
        """Return the value of an attribute, param, metric or tag."""
        ...

    def dataset_values(self, name: str) -> Iterable[str]:
        """Return the ``name``, ``digest`` or ``context`` of each dataset used."""
        ...


def predicate(node: Node) -> Predicate:
    """Return the test that a filter means."""
    if isinstance(node, Comparison):
        return _leaf(node)
    if isinstance(node, Not):
        inner = predicate(node.part)
        return lambda subject: not inner(subject)
    parts = [predicate(part) for part in node.parts]
    if isinstance(node, And):
        return lambda subject: all(part(subject) for part in parts)
    return lambda subject: any(part(subject) for part in parts)


def like(pattern: str, ignore_case: bool) -> Callable[[str], bool]:
    """Return the test for ``LIKE`` or ``ILIKE``: ``%`` is any text and ``_`` any character, on one line.

    The parts between the ``%`` are looked for one after the other, which takes time in proportion to the text; one
    regular expression for all of them may take for ever, and nothing could stop it.
    """
    flags = re.IGNORECASE if ignore_case else 0
    texts = re.split("%+", pattern)
    parts = [re.compile("".join("." if c == "_" else re.escape(c) for c in text), flags) for text in texts]
    first, *middle = parts
    last = middle.pop() if middle else None
    last_length = len(texts[-1])

    def matches(text: str) -> bool:
        found = first.match(text)
        if found is None:
            return False
        if last is None:
            return _ends(text, found.end())
        at = found.end()
        for part in middle:
            found = part.search(text, at)
            if found is None or "\n" in text[at : found.start()]:
                return False
            at = found.end()
        if not last_length:
            return True
        for start in {len(text) - last_length, len(text.removesuffix("\n")) - last_length}:
            if start >= at and last.match(text, start) and "\n" not in text[at:start]:
                return True
        return False

    return matches


def _ends(text: str, at: int) -> bool:
    return at == len(text) or (at == len(text) - 1 and text[at] == "\n")


def _leaf(leaf: Comparison) -> Predicate:
    key = leaf.key
    if leaf.operator == "IS NULL":
        return lambda subject: subject.value(key) is None
    if leaf.operator == "IS NOT NULL":
        return lambda subject: subject.value(key) is not None
    test = _test(leaf)
    if key.kind == "dataset":
        return lambda subject: any(test(value) for value in subject.dataset_values(key.name))

    def compare(subject: Subject) -> bool:
        value = subject.value(key)
        return value is not None and test(value)

    return compare


def _test(leaf: Comparison) -> Test:
    """Return the test of one value that is not missing."""
    wanted: Any = leaf.value
    negated = leaf.operator.startswith("NOT ")
    plain = leaf.operator.removeprefix("NOT ")
    test: Test
    if plain in ("LIKE", "ILIKE"):
        test = like(wanted, ignore_case=plain == "ILIKE")
    elif plain == "IN":
        values = frozenset(wanted)
        test = values.__contains__
    else:
        compare = COMPARE[leaf.operator]
        if leaf.key.kind == "metric":
            wanted = float(wanted)
        if leaf.key.kind == "param" and isinstance(wanted, int | float):
            return lambda text: (number := _number(text)) is not None and compare(number, wanted)
        return lambda value: compare(value, wanted)
    return (lambda value: not test(value)) if negated else test


def _number(text: str) -> float | None:
    """Return the number that a param's text holds, None for other text and for NaN."""
    try:
        number = float(text)
    except ValueError:
        return None
    return None if math.isnan(number) else number
