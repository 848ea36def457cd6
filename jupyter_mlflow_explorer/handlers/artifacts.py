"""A run's artifacts: listings and bytes."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from .base import ExplorerHandler
from .streams import StreamHandler


class ArtifactsHandler(ExplorerHandler):
    """`GET runs/{run_id}/artifacts`."""

    @web.authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        listing = self.store.artifacts(
            run_id,
            self.get_query_argument("path", "", strip=False),
            self.number("max_results", 1000),
            self.get_query_argument("page_token", None),
        )
        await self.reply(await self.run(listing))


class ArtifactContentHandler(StreamHandler):
    """`GET` and `HEAD runs/{run_id}/artifacts/content`."""

    @web.authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        await self.send(self.store, run_id, self.get_query_argument("path", "", strip=False))

    @web.authenticated
    @authorized
    async def head(self, run_id: str) -> None:
        await self.send(self.store, run_id, self.get_query_argument("path", "", strip=False))
