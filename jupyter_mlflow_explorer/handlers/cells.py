"""Recipes, cells and notebooks: fetches what a recipe needs from the store, then lets `cells` write."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..errors import NotFound
from ..tracking.store import LoggedModelId
from .base import ExplorerHandler
from .writing import below_root, free_path, save

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from ..cells import Selection
    from ..entities import CellsRequest, LoggedModel, NotebookRequest
    from ..tracking.connections import ConnectionRegistry
    from ..tracking.store import ArtifactOwner, TrackingStore


async def select(connections: ConnectionRegistry, wanted: CellsRequest) -> Selection:
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


async def write_notebook(connections: ConnectionRegistry, wanted: NotebookRequest) -> NotebookNode:
    """Return the notebook asked for; raises as `select`."""
    from ..cells import build_notebook, render

    selection = await select(connections, wanted)
    cells = render(wanted.recipe, selection, setup=True)
    return build_notebook(wanted.title, selection, cells, created_ms=round(time.time() * 1000))


async def _model(store: TrackingStore, wanted: CellsRequest) -> LoggedModel:
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


class RecipesHandler(ExplorerHandler):
    """`GET recipes`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        from ..cells import RECIPES
        from ..entities import Recipes

        await self.reply(Recipes(recipes=[recipe.info for recipe in RECIPES.values()]))


class CellsHandler(ExplorerHandler):
    """`POST cells`: reads only, but the selection is too long for a URL."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        from ..cells import RECIPES, render
        from ..entities import Cells, CellsRequest

        wanted: CellsRequest = self.body(CellsRequest)
        if wanted.recipe not in RECIPES:
            raise NotFound(f"No recipe {wanted.recipe!r}. Choose one of: {', '.join(RECIPES)}.")
        selection = await self.run(select(self.connections, wanted))
        cells = render(wanted.recipe, selection, setup=wanted.setup)
        version = RECIPES[wanted.recipe].info.version
        await self.reply(Cells(cells=[dict(cell) for cell in cells], recipe=wanted.recipe, version=version))


class NotebooksHandler(ExplorerHandler):
    """`POST notebooks`: writes a notebook through Jupyter's contents manager, so its rules for paths hold."""

    @web.authenticated
    @authorized("write", "contents")  # type: ignore[untyped-decorator]
    async def post(self) -> None:
        from ..entities import NotebookRequest, NotebookWritten

        wanted: NotebookRequest = self.body(NotebookRequest)
        folder = below_root(wanted.path)
        notebook = await self.run(write_notebook(self.connections, wanted))
        path = await free_path(self.contents_manager, folder, wanted.title, ".ipynb")
        await save(self.contents_manager, {"type": "notebook", "content": notebook, "format": "json"}, path)
        await self.reply(NotebookWritten(path=path), 201)
