"""Pages over a server whose own pages count from the start.

A server's token says "skip N", so a run that starts in between would shift everything and be shown twice. For the
default order, newest first, later pages therefore ask only for runs that started no later than the first one shown.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ...errors import BadInput
from .. import paging

T = TypeVar("T")

#: Items in one request: larger answers take MLflow seconds.
REQUEST_SIZE = 500
#: What one search through texts may look at before it hands back what it has.
SCAN_LIMIT = 5_000


@dataclass(frozen=True)
class Position:
    """Where to go on: the server's token (None: its first page), items of that page to skip, and the newest start."""

    token: str | None = None
    skip: int = 0
    newest: int | None = None

    @classmethod
    def decode(cls, token: str | None, mark: str) -> Position:
        """Read one of our tokens; raises `BadInput`."""
        if not token:
            return cls()
        found = paging.decode(token, mark)
        if len(found) != 3 or not isinstance(found[0], str | None) or not isinstance(found[1], int) or found[1] < 0:
            raise BadInput("The page token is not one that was handed out. Start again without a token.")
        if not isinstance(found[2], int | None):
            raise BadInput("The page token is not one that was handed out. Start again without a token.")
        return cls(*found)

    def encode(self, mark: str) -> str:
        """Write our token."""
        return paging.encode(mark, [self.token, self.skip, self.newest])


@dataclass(frozen=True)
class Collected(Generic[T]):
    """The items of one of our pages, and where the next one begins (None at the end)."""

    items: list[T]
    next: Position | None


async def collect(
    fetch: Callable[[str | None, int], Awaitable[tuple[Sequence[T], str | None]]],
    position: Position,
    wanted: int,
    matches: Callable[[T], bool] | None,
    until: float,
) -> Collected[T]:
    """Fetch pages until there are `wanted` items, or none are left.

    With `matches` only some items count, and the search stops after `SCAN_LIMIT` items or at the monotonic time
    `until`; a page may then be short, or even empty, and still have a next one.
    """
    items: list[T] = []
    token, skip, scanned = position.token, position.skip, 0
    while True:
        size = REQUEST_SIZE if matches or skip else min(wanted - len(items), REQUEST_SIZE)
        page, following = await fetch(token, size)
        for number, item in enumerate(page):
            if number < skip or (matches is not None and not matches(item)):
                continue
            items.append(item)
            if len(items) == wanted and number + 1 < len(page):
                return Collected(items, Position(token, number + 1))
        scanned += len(page)
        if not following or (not page and following == token):
            return Collected(items, None)
        token, skip = following, 0
        if len(items) >= wanted or (matches and (scanned >= SCAN_LIMIT or time.monotonic() >= until)):
            return Collected(items, Position(token, 0))
