"""One page of an order in which damaged things come last, by id: MLflow leaves them out, so they come in addition."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any, TypeVar

from ...errors import BadInput
from .. import paging
from ..evaluation import Subject
from ..ordering import Order
from ..store import ExperimentsQuery, RunsQuery

S = TypeVar("S", bound=Subject)

_SOUND, _DAMAGED = 0, 1


def start(order: Order, query: RunsQuery | ExperimentsQuery) -> tuple[Any, ...] | None:
    """Return the sort key in a query's page token, None for the first page; raises `BadInput`."""
    paging.check_max_results(query.max_results)
    if not query.page_token:
        return None
    kind, *position = paging.decode(query.page_token, paging.fingerprint(query)) or [None]
    if kind == _DAMAGED and len(position) == 1 and isinstance(position[0], str):
        return (_DAMAGED, position[0])
    if kind != _SOUND:
        raise BadInput("The page token does not fit this order. Start again without a token.")
    return (_SOUND, *order.sort_key(position))


def cut(
    order: Order,
    sound: Sequence[S],
    damaged: Sequence[tuple[str, S]],
    query: RunsQuery | ExperimentsQuery,
    after: tuple[Any, ...] | None,
) -> tuple[list[S], str | None]:
    """Return the things of one page and the next token. `after` comes from `start`."""
    keyed: list[tuple[tuple[Any, ...], list[Any], S]] = []
    for subject in sound:
        position = order.position(subject)
        keyed.append(((_SOUND, *order.sort_key(position)), [_SOUND, *position], subject))
    keyed += [((_DAMAGED, identity), [_DAMAGED, identity], subject) for identity, subject in damaged]
    if after is not None:
        keyed = [item for item in keyed if item[0] > after]
    # Unlike a sort of everything, this lets other threads run in between, the event loop's above all.
    page = heapq.nsmallest(query.max_results, keyed, key=lambda item: item[0])
    token = paging.encode(paging.fingerprint(query), page[-1][1]) if len(keyed) > len(page) else None
    return [subject for _, _, subject in page], token


def said(problems: Sequence[str], what: str, folder: str) -> str | None:
    """Return problems as a message for people, None where there are none."""
    if not problems:
        return None
    rest = f", and {len(problems) - 3} more" if len(problems) > 3 else ""
    listed = ", ".join(problem if problem.isprintable() else ascii(problem)[1:-1] for problem in problems[:3])
    place = folder.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return (
        f"Damaged: {listed}{rest}. Look into the folder {place}: restore the file from a copy, or move the folder away"
        f" if {what} is not needed."
    )
