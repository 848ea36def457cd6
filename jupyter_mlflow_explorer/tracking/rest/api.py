"""What reading needs of MLflow's REST API: JSON to it, JSON from it; over HTTP, or to a process of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Api(Protocol):
    """Answers requests as a tracking server does; `name` is its address as it may be shown."""

    name: str
    request_timeout_s: float

    async def get(self, path: str, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the JSON object at `path`."""
        ...

    async def post(self, path: str, body: Mapping[str, Any], is_filtered: bool = False) -> dict[str, Any]:
        """Return the JSON object that answers `body`; `is_filtered` where that holds a filter or order."""
        ...
