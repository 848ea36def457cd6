"""Recipes and cells: fetches what a recipe needs from the store, then lets `cells` write."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..visible import visible
from .base import ExplorerHandler
from .naming import read_naming

if TYPE_CHECKING:
    from ..cells import Selection
    from ..entities import SelectionRequest
    from ..tracking.connections import ConnectionRegistry


def place_of(connections: ConnectionRegistry, connection_id: str | None) -> Selection:
    """Return an empty selection in a connection; `NotFound` where there is none of this id."""
    from ..cells import Selection

    spec = connections.spec(connection_id)
    store = connections.store(spec.id)
    return Selection(spec.id, spec.name, store.kind, spec.tracking_uri, spec.registry_uri)


async def select(connections: ConnectionRegistry, wanted: SelectionRequest) -> Selection:
    """Fetch what was selected; raises `NotFound` as `reports.selecting.select`."""
    from ..reports import selecting

    place = place_of(connections, wanted.connection)
    return await selecting.select(connections.store(wanted.connection), place, wanted)


def damaged(selection: Selection) -> list[str]:
    """Return a sentence for each chosen run whose record is damaged."""
    return [f"{visible(run.run_name) or run.run_id}: {run.problem}" for run in selection.runs if run.problem]


class RecipesHandler(ExplorerHandler):
    """`GET recipes`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        from ..cells import catalogue
        from ..entities import Recipes

        # In a thread: the first call imports what packages bring.
        found = await asyncio.to_thread(catalogue)
        await self.reply(Recipes(recipes=found.infos, problems=list(found.problems)))


class CellsHandler(ExplorerHandler):
    """`POST cells`: reads only, but the selection is too long for a URL."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        from ..cells import find, render, with_naming
        from ..cells.naming import derive
        from ..entities import Cells, CellsRequest

        wanted: CellsRequest = self.body(CellsRequest)
        version = (await asyncio.to_thread(find, wanted.recipe)).info.version
        naming = await read_naming(self.contents_manager, wanted.naming)
        selection = await self.run(select(self.connections, wanted))
        warnings = damaged(selection)
        options = with_naming(wanted.recipe, selection.options, naming)
        if naming is not None and options is not selection.options:
            warnings += derive(selection.runs, naming).warnings
            selection = dataclasses.replace(selection, options=options)
        rendered = await asyncio.to_thread(render, wanted.recipe, selection, setup=wanted.setup)
        cells = [dict(cell) for cell in rendered]
        await self.reply(Cells(cells=cells, recipe=wanted.recipe, version=version, warnings=warnings))
