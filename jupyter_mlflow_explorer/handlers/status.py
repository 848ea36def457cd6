"""Versions and features; the API's own description."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado import web

from .. import __version__
from ..reports.browser import has_chromium
from .base import ExplorerHandler

_DOCUMENT = Path(__file__).with_name("openapi.json")


@lru_cache
def mlflow_version() -> str | None:
    """Return the version of the MLflow installed beside the server from its metadata, without importing it."""
    from importlib.metadata import PackageNotFoundError, version

    for package in ("mlflow", "mlflow-skinny"):
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return None


@lru_cache
def _can_execute() -> bool:
    """Whether what makes reports is installed; looks without importing it."""
    return all(importlib.util.find_spec(name) is not None for name in ("nbclient", "nbconvert"))


class StatusHandler(ExplorerHandler):
    """`GET status`: never waits for the tracking store."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        from ..entities import Status

        connections = self.connections.list()
        features = {
            "add_connections": connections.can_add,
            "registry": False,
            "write": False,
            "reports": _can_execute(),
            "report_pdf": _can_execute() and has_chromium(),
        }
        await self.reply(
            Status(
                version=__version__,
                mlflow_version=mlflow_version(),
                connection=self.connections.public(self.connection_id),
                features=features,
            )
        )


class OpenApiHandler(ExplorerHandler):
    """`GET openapi.json`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        await self.finish(_DOCUMENT.read_text(encoding="utf-8"))


class DocsHandler(ExplorerHandler):
    """`GET docs`: the same as a page, without scripts or anything from elsewhere."""

    @property
    def content_security_policy(self) -> str:
        return "frame-ancestors 'self'; default-src 'none'; style-src 'unsafe-inline'; sandbox"

    @web.authenticated
    @authorized
    async def get(self) -> None:
        from .docs import page

        await self.finish(page(_DOCUMENT.read_text(encoding="utf-8")), set_content_type="text/html; charset=UTF-8")
