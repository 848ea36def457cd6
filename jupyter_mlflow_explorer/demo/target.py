"""Where a demo goes: what can be known without MLflow."""

from __future__ import annotations

from pathlib import Path

from ..errors import Conflict
from ..tracking.uris import scheme_of


class AlreadyThere(Conflict):
    """A demo experiment exists; nothing was written."""

    def __init__(self, experiment: str) -> None:
        super().__init__(f"The experiment {experiment!r} exists already; nothing was added.")


def database_file(tracking_uri: str) -> Path | None:
    """Return the file of a SQLite store, whether it exists or not, else None. The URI is absolute."""
    if scheme_of(tracking_uri) != "sqlite" or "file:" in tracking_uri:
        return None
    return Path("/" + tracking_uri.split(":///", 1)[1].partition("?")[0].lstrip("/"))
