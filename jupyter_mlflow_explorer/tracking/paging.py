"""Page tokens: where a page ended, bound to the query it belongs to. Opaque to everybody else."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any, Protocol, TypeVar

from ..errors import BadInput
from .store import ExperimentsQuery, RunsQuery

#: MLflow's own limit for one page.
MAX_RESULTS = 50_000


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_NamedT = TypeVar("_NamedT", bound=_Named)


def fingerprint(query: RunsQuery | ExperimentsQuery) -> str:
    """Return a short text that differs where two queries list different things or in another order."""
    scope = query.experiment_ids if isinstance(query, RunsQuery) else None
    parts = [scope, query.search, query.filter, query.order_by, query.view]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def encode(mark: str, position: list[Any]) -> str:
    """Return the token for what follows `position` in the query with fingerprint `mark`."""
    return base64.urlsafe_b64encode(json.dumps([mark, position]).encode()).decode().rstrip("=")


def decode(token: str, mark: str) -> list[Any]:
    """Return the position in `token`; raises `BadInput` for a token of another query, or none of ours."""
    try:
        found, position = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise BadInput("The page token is not one that was handed out. Start again without a token.") from None
    if not isinstance(position, list):
        raise BadInput("The page token is not one that was handed out. Start again without a token.")
    if found != mark:
        raise BadInput("The page token belongs to another query. Start again without a token.")
    return position


def cut_by_name(
    entries: list[_NamedT], path: str, max_results: int, token: str | None
) -> tuple[list[_NamedT], str | None]:
    """Return one page of the entries of the folder `path`, which are sorted by name, and the next token."""
    mark = f"artifacts:{path}"
    start = 0
    if token:
        last = decode(token, mark)
        start = sum(1 for entry in entries if [entry.name] <= last)
    page = entries[start : start + max_results]
    following = encode(mark, [page[-1].name]) if page and start + len(page) < len(entries) else None
    return page, following


def check_max_results(max_results: int) -> None:
    """Raise `BadInput` unless 1 <= max_results <= 50,000, as in MLflow."""
    if not 1 <= max_results <= MAX_RESULTS:
        raise BadInput(f"max_results is {max_results}, and must be from 1 to {MAX_RESULTS:,}.")
