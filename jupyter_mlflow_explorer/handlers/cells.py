"""Recipes, cells and notebooks: fetches what a recipe needs from the store, then lets `cells` write."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import ensure_async
from tornado import web

from ..errors import BadInput, Conflict, NotFound
from ..tracking.store import LoggedModelId
from .base import ExplorerHandler

if TYPE_CHECKING:
    from ..cells import Selection
    from ..entities import CellsRequest, LoggedModel
    from ..tracking.store import ArtifactOwner, TrackingStore


class _SelectionHandler(ExplorerHandler):
    async def selection(self, wanted: CellsRequest) -> Selection:
        """Fetch what was selected.

        Raises
        ------
        NotFound
            A run or experiment does not exist; the message names it.
        """
        from ..cells import Selection

        spec = self.connections.spec(wanted.connection)
        store = self.connections.store(wanted.connection)
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


class CellsHandler(_SelectionHandler):
    """`POST cells`: reads only, but the selection is too long for a URL."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        from ..cells import RECIPES, render
        from ..entities import Cells, CellsRequest

        wanted: CellsRequest = self.body(CellsRequest)
        if wanted.recipe not in RECIPES:
            raise NotFound(f"No recipe {wanted.recipe!r}. Choose one of: {', '.join(RECIPES)}.")
        selection = await self.run(self.selection(wanted))
        cells = render(wanted.recipe, selection, setup=wanted.setup)
        version = RECIPES[wanted.recipe].info.version
        await self.reply(Cells(cells=[dict(cell) for cell in cells], recipe=wanted.recipe, version=version))


class NotebooksHandler(_SelectionHandler):
    """`POST notebooks`: writes a notebook through Jupyter's contents manager, so its rules for paths hold."""

    @web.authenticated
    @authorized("write", "contents")  # type: ignore[untyped-decorator]
    async def post(self) -> None:
        from ..cells import build_notebook, render
        from ..entities import NotebookRequest, NotebookWritten

        wanted: NotebookRequest = self.body(NotebookRequest)
        parts = wanted.path.strip("/").split("/")
        if ".." in parts or "\\" in wanted.path or "\0" in wanted.path:
            raise BadInput("The path must lie below the server's root folder.")
        selection = await self.run(self.selection(wanted))
        cells = render(wanted.recipe, selection, setup=True)
        notebook = build_notebook(wanted.title, selection, cells, created_ms=round(time.time() * 1000))
        path = await self._free_path("/".join(parts), wanted.title)
        manager: Any = self.contents_manager
        try:
            await ensure_async(manager.save({"type": "notebook", "content": notebook, "format": "json"}, path))
        except OSError as error:
            raise BadInput(f"{path} cannot be written: {error.strerror or error}.") from error
        await self.reply(NotebookWritten(path=path), 201)

    async def _free_path(self, path: str, title: str) -> str:
        manager: Any = self.contents_manager
        if path.endswith(".ipynb"):
            if await ensure_async(manager.exists(path)):
                raise Conflict(f"{path} exists already. Choose another name.")
            return path
        if path and not await ensure_async(manager.dir_exists(path)):
            raise NotFound(f"No folder {path!r} below the server's root folder.")
        name = re.sub(r"[^\w\-. ]+", " ", title).strip(" .")[:80] or "MLflow runs"
        free = await ensure_async(manager.increment_filename(f"{name}.ipynb", path, insert="-"))
        return f"{path}/{free}" if path else str(free)
