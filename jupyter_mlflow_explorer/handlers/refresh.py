"""Refreshing: what would change in a notebook if its generated cells were written today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..errors import NotFound
from .base import ExplorerHandler
from .cells import place_of
from .documents import template_folder

if TYPE_CHECKING:
    from ..cells import Selection
    from ..tracking.connections import ConnectionRegistry
    from ..tracking.store import TrackingStore


class RefreshHandler(ExplorerHandler):
    """`POST cells/refresh`: reads only, and changes nothing; who asked has the notebook."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        from ..entities import RefreshChange, Refreshed, RefreshRequest
        from ..reports.refresh import plan_refresh

        wanted: RefreshRequest = self.body(RefreshRequest)

        def connect(connection: str) -> tuple[TrackingStore, Selection]:
            found = _find(self.connections, connection, wanted.connection)
            return self.connections.store(found), place_of(self.connections, found)

        cells = [cell.model_dump() for cell in wanted.cells]
        templates = template_folder(self.settings)
        plan = await self.run(plan_refresh(cells, connect, templates, chosen=wanted.chosen))
        changes = [
            RefreshChange(
                kind=change.kind,
                index=change.index,
                cells=[dict(cell) for cell in change.cells],
                edited=change.edited,
            )
            for change in plan.changes
        ]
        answer = Refreshed(changes=changes, unchanged=plan.unchanged, live=plan.live, warnings=plan.warnings)
        await self.reply(answer)


def _find(connections: ConnectionRegistry, named: str, instead: str | None) -> str:
    """Return the id of a connection that a cell names: by its id, or by its redacted URI as a terminal does.

    Raises
    ------
    NotFound
        There is none, and no other was given.
    """
    known = connections.list().connections
    for connection in known:
        if named in (connection.id, connection.tracking_uri):
            return connection.id
    if instead is None:
        raise NotFound(f"No connection {named!r} is known here. Add it, or choose the one to refresh from.")
    return instead
