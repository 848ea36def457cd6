"""Connections: list, add, remove, check."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from .base import ExplorerHandler


class ConnectionsHandler(ExplorerHandler):
    """`GET` and `POST connections`. The only route that takes a tracking URI is this POST."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        await self.reply(self.connections.list())

    @web.authenticated
    @authorized
    async def post(self) -> None:
        from ..entities import NewConnection

        new: NewConnection = self.body(NewConnection)
        added = self.connections.add(new.name, new.tracking_uri, new.registry_uri or None)
        await self.reply(self.connections.public(added.id), 201)


class ConnectionHandler(ExplorerHandler):
    """`DELETE connections/{id}`."""

    @web.authenticated
    @authorized
    async def delete(self, connection_id: str) -> None:
        await self.connections.remove(connection_id)
        self.set_status(204)
        await self.finish()


class ConnectionCheckHandler(ExplorerHandler):
    """`GET connections/{id}/check`."""

    @web.authenticated
    @authorized
    async def get(self, connection_id: str) -> None:
        await self.reply(await self.run(self.connections.check(connection_id)))
