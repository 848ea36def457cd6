"""Plain text search, for stores that look at runs one by one; `database` says the same in SQL."""

from __future__ import annotations

from collections.abc import Callable

from ..entities import Run

_LOWER = {c: c + 32 for c in range(ord("A"), ord("Z") + 1)}


def matcher(needle: str) -> Callable[[str], bool]:
    """Return a test for "contains `needle`, ignoring case".

    A needle of ASCII letters ignores the case of ASCII letters, as SQLite does; any other one uses Unicode's rules.
    """
    if needle.isascii():
        lowered = needle.lower()
        return lambda text: lowered in text.translate(_LOWER)
    folded = needle.casefold()
    return lambda text: folded in text.casefold()


def run_matches(run: Run, contains: Callable[[str], bool]) -> bool:
    """Return whether a run's name, id, params or tags (keys and values) contain the text."""
    return (
        contains(run.run_name)
        or contains(run.run_id)
        or any(contains(key) or contains(value) for key, value in run.params.items())
        or any(contains(key) or contains(value) for key, value in run.tags.items())
    )
