"""The artifacts of runs and logged models: listings and bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..tracking.store import LoggedModelId
from .base import ExplorerHandler
from .streams import StreamHandler

if TYPE_CHECKING:
    from ..tracking.store import ArtifactOwner


class _ListingHandler(ExplorerHandler):
    async def list_folder(self, owner: ArtifactOwner) -> None:
        """Answer with one page of a folder."""
        listing = self.store.artifacts(
            owner,
            self.get_query_argument("path", "", strip=False),
            self.number("max_results", 1000),
            self.get_query_argument("page_token", None),
        )
        await self.reply(await self.run(listing))


class _ContentHandler(StreamHandler):
    async def send_content(self, owner: ArtifactOwner) -> None:
        """Answer with the bytes of a file."""
        await self.send(self.store, owner, self.get_query_argument("path", "", strip=False))


class ArtifactsHandler(_ListingHandler):
    """`GET runs/{run_id}/artifacts`."""

    @web.authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        await self.list_folder(run_id)


class ArtifactContentHandler(_ContentHandler):
    """`GET` and `HEAD runs/{run_id}/artifacts/content`."""

    @web.authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        await self.send_content(run_id)

    @web.authenticated
    @authorized
    async def head(self, run_id: str) -> None:
        await self.send_content(run_id)


class ModelArtifactsHandler(_ListingHandler):
    """`GET logged-models/{model_id}/artifacts`."""

    @web.authenticated
    @authorized
    async def get(self, model_id: str) -> None:
        await self.list_folder(LoggedModelId(model_id))


class ModelArtifactContentHandler(_ContentHandler):
    """`GET` and `HEAD logged-models/{model_id}/artifacts/content`."""

    @web.authenticated
    @authorized
    async def get(self, model_id: str) -> None:
        await self.send_content(LoggedModelId(model_id))

    @web.authenticated
    @authorized
    async def head(self, model_id: str) -> None:
        await self.send_content(LoggedModelId(model_id))
