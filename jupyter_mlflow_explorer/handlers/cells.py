"""Recipes and cells: fetches what a recipe needs from the store, then lets `cells` write."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..errors import NotFound
from ..tracking.store import LoggedModelId
from ..visible import visible
from .base import ExplorerHandler

if TYPE_CHECKING:
    from ..cells import Selection
    from ..entities import LoggedModel, SelectionRequest
    from ..tracking.connections import ConnectionRegistry
    from ..tracking.store import ArtifactOwner, TrackingStore


async def select(connections: ConnectionRegistry, wanted: SelectionRequest) -> Selection:
    """Fetch what was selected.

    Raises
    ------
    NotFound
        A run or experiment does not exist; the message names it.
    """
    from ..cells import Selection

    spec = connections.spec(wanted.connection)
    store = connections.store(wanted.connection)
    runs = (await store.runs_by_id(wanted.run_ids)).runs if wanted.run_ids else []
    missing = set(wanted.run_ids) - {run.run_id for run in runs}
    if missing:
        raise NotFound(f"No run with id {', '.join(sorted(missing))} in {spec.name}.")
    experiments = await asyncio.gather(*(store.experiment(one) for one in wanted.experiment_ids))
    model = await _model(store, wanted) if wanted.model_id else None
    is_dir = False
    if wanted.artifact_path and model is not None:
        is_dir = await _is_dir(store, LoggedModelId(model.model_id), wanted.artifact_path)
    elif wanted.artifact_path and len(wanted.run_ids) == 1:
        is_dir = await _is_dir(store, wanted.run_ids[0], wanted.artifact_path)
    return Selection(
        connection_id=spec.id,
        connection_name=spec.name,
        store_kind=store.kind,
        tracking_uri=spec.tracking_uri,
        registry_uri=spec.registry_uri,
        experiments=tuple(experiments),
        runs=tuple(runs),
        model=model,
        artifact_path=wanted.artifact_path,
        artifact_is_dir=is_dir,
        filter=wanted.filter or "",
        order_by=tuple(wanted.order_by),
        options=wanted.options,
    )


async def _model(store: TrackingStore, wanted: SelectionRequest) -> LoggedModel:
    """Return the logged model, with its name where the run that logged it is among the chosen ones."""
    from ..entities import LoggedModel

    for run_id in wanted.run_ids[:1]:
        for model in (await store.run(run_id)).models:
            if model.model_id == wanted.model_id:
                return model
    return LoggedModel(model_id=wanted.model_id or "")


async def _is_dir(store: TrackingStore, owner: ArtifactOwner, path: str) -> bool:
    """Whether an artifact is a folder; `NotFound` where there is nothing."""
    try:
        await store.stat_artifact(owner, path)
    except NotFound:
        await store.artifacts(owner, path, 1)
        return True
    return False


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
        from ..cells import find, render
        from ..entities import Cells, CellsRequest

        wanted: CellsRequest = self.body(CellsRequest)
        version = (await asyncio.to_thread(find, wanted.recipe)).info.version
        selection = await self.run(select(self.connections, wanted))
        rendered = await asyncio.to_thread(render, wanted.recipe, selection, setup=wanted.setup)
        cells = [dict(cell) for cell in rendered]
        await self.reply(Cells(cells=cells, recipe=wanted.recipe, version=version, warnings=damaged(selection)))
