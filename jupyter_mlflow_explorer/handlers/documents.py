"""Notebooks over HTTP: of one recipe, or whole ones by a template."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..errors import BadInput
from .base import ExplorerHandler
from .cells import damaged, select
from .writing import below_root, free_path, save

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from ..cells import Selection
    from ..entities import NotebookRequest
    from ..reports.template_folder import TemplateFolder
    from ..tracking.connections import ConnectionRegistry


@dataclass(frozen=True)
class Written:
    """A notebook, the number of runs that it is about, and what was left out, in sentences for people."""

    notebook: NotebookNode
    runs: int
    warnings: list[str]


def template_folder(settings: Mapping[str, Any]) -> TemplateFolder:
    """Return this server's folder of templates."""
    from ..reports.template_folder import TemplateFolder, default_folder

    configured = settings["mlflow_explorer_templates_dir"]
    return TemplateFolder(Path(configured).expanduser().absolute() if configured else default_folder())


async def write_notebook(
    connections: ConnectionRegistry, templates: TemplateFolder, wanted: NotebookRequest
) -> Written:
    """Return the notebook asked for.

    Raises
    ------
    NotFound
        There is no such recipe, template, run or experiment, or no run matches.
    BadInput
        The template cannot be used, or there is nothing to write about.
    RecipeFailed
        A recipe of another package is broken.
    """
    return await (_of_recipe(connections, wanted) if wanted.recipe else _of_template(connections, templates, wanted))


async def _of_recipe(connections: ConnectionRegistry, wanted: NotebookRequest) -> Written:
    from ..cells import build_notebook, find, render

    name = wanted.recipe or ""
    await asyncio.to_thread(find, name)
    selection = await select(connections, wanted)
    cells = await asyncio.to_thread(render, name, selection, setup=True)
    notebook = build_notebook(wanted.title, selection, cells, created_ms=_now_ms())
    return Written(notebook, len(selection.runs), damaged(selection))


async def _of_template(connections: ConnectionRegistry, templates: TemplateFolder, wanted: NotebookRequest) -> Written:
    from ..cells.documents import write_document
    from ..cells.observation import Observation

    if wanted.template != "observation":
        # Before the store is asked: a template that cannot be used is known at once.
        await asyncio.to_thread(templates, wanted.template)
    selection, warnings = await _runs(connections, wanted)
    document = Observation(wanted.title, wanted.rank_by, wanted.sections, _now_ms(), wanted.template)
    notebook = await asyncio.to_thread(write_document, selection, document, templates)
    return Written(notebook, len(selection.runs), warnings)


async def _runs(connections: ConnectionRegistry, wanted: NotebookRequest) -> tuple[Selection, list[str]]:
    """Return the runs that a whole notebook is about, and what to tell about them."""
    from ..cells import Search, Selection
    from ..reports.choosing import choose_by_id, choose_by_search
    from ..tracking.store import RunsQuery

    spec = connections.spec(wanted.connection)
    store = connections.store(wanted.connection)
    selection = Selection(spec.id, spec.name, store.kind, spec.tracking_uri, spec.registry_uri)
    if wanted.run_ids:
        chosen = await choose_by_id(store, wanted.run_ids, spec.name)
    elif wanted.experiment_ids:
        order_by = tuple(wanted.order_by)
        query = RunsQuery(tuple(wanted.experiment_ids), filter=wanted.filter or "", order_by=order_by)
        chosen = await choose_by_search(store, query, wanted.max_runs)
        search = Search(query.experiment_ids, query.filter, order_by, wanted.max_runs)
        selection = replace(selection, filter=query.filter, order_by=order_by, search=search)
    else:
        raise BadInput("A notebook needs runs: give run_ids, or experiment_ids to search in.")
    selection = replace(selection, runs=tuple(chosen.runs), experiments=tuple(chosen.experiments))
    return selection, [*chosen.warnings, *damaged(selection)]


def _now_ms() -> int:
    return round(time.time() * 1000)


class TemplatesHandler(ExplorerHandler):
    """`GET templates`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        await self.reply(await asyncio.to_thread(template_folder(self.settings).listed))


class NotebooksHandler(ExplorerHandler):
    """`POST notebooks`: writes a notebook through Jupyter's contents manager, so its rules for paths hold."""

    @web.authenticated
    @authorized("write", "contents")  # type: ignore[untyped-decorator]
    async def post(self) -> None:
        from ..entities import NotebookRequest, NotebookWritten

        wanted: NotebookRequest = self.body(NotebookRequest)
        folder = below_root(wanted.path)
        written = await self.run(write_notebook(self.connections, template_folder(self.settings), wanted))
        path = await free_path(self.contents_manager, folder, wanted.title, ".ipynb")
        await save(self.contents_manager, {"type": "notebook", "content": written.notebook, "format": "json"}, path)
        cells = len(written.notebook["cells"])
        await self.reply(NotebookWritten(path=path, runs=written.runs, cells=cells, warnings=written.warnings), 201)
