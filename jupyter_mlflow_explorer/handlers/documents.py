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
from .cells import damaged, place_of, select
from .naming import read_naming
from .writing import below_root, free_path, save

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from ..cells import Selection
    from ..cells.naming import Naming
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
    connections: ConnectionRegistry, templates: TemplateFolder, manager: Any, wanted: NotebookRequest
) -> Written:
    """Return the notebook asked for; ``manager`` is Jupyter's contents manager, which has the registry of names.

    Raises
    ------
    NotFound
        There is no such recipe, template, run or experiment, or no run matches.
    BadInput
        The template cannot be used, or there is nothing to write about.
    RecipeFailed
        A recipe of another package is broken.
    """
    naming = await read_naming(manager, wanted.naming)
    if wanted.recipe:
        return await _of_recipe(connections, wanted, naming)
    return await _of_template(connections, templates, wanted, naming)


async def _of_recipe(connections: ConnectionRegistry, wanted: NotebookRequest, naming: Naming | None) -> Written:
    from ..cells import build_notebook, find, render, with_naming

    name = wanted.recipe or ""
    await asyncio.to_thread(find, name)
    selection = await select(connections, wanted)
    selection = replace(selection, options=with_naming(name, selection.options, naming))
    cells = await asyncio.to_thread(render, name, selection, setup=True)
    notebook = build_notebook(wanted.title, selection, cells, created_ms=_now_ms())
    return Written(notebook, len(selection.runs), damaged(selection))


async def _of_template(
    connections: ConnectionRegistry, templates: TemplateFolder, wanted: NotebookRequest, naming: Naming | None
) -> Written:
    from ..cells.documents import write_document
    from ..cells.naming import derive
    from ..cells.observation import Observation

    if wanted.template != "observation":
        # Before the store is asked: a template that cannot be used is known at once.
        await asyncio.to_thread(templates, wanted.template)
    selection, warnings = await _runs(connections, wanted)
    document = Observation(
        wanted.title,
        wanted.rank_by,
        wanted.sections,
        _now_ms(),
        wanted.template,
        group_by=tuple(wanted.group_by),
        naming=naming,
    )
    if naming is not None:
        warnings += derive(selection.runs, naming).warnings
    notebook = await asyncio.to_thread(write_document, selection, document, templates)
    return Written(notebook, len(selection.runs), warnings)


async def _runs(connections: ConnectionRegistry, wanted: NotebookRequest) -> tuple[Selection, list[str]]:
    """Return the runs that a whole notebook is about, and what to tell about them."""
    from ..cells import Search
    from ..reports.selecting import select_by_id, select_by_search

    place = place_of(connections, wanted.connection)
    store = connections.store(wanted.connection)
    if wanted.run_ids:
        selection, warnings = await select_by_id(store, place, wanted.run_ids)
    elif wanted.experiment_ids:
        experiments, order_by = tuple(wanted.experiment_ids), tuple(wanted.order_by)
        search = Search(experiments, wanted.filter or "", order_by, wanted.max_runs)
        selection, warnings = await select_by_search(store, place, search)
    else:
        raise BadInput("A notebook needs runs: give run_ids, or experiment_ids to search in.")
    return selection, [*warnings, *damaged(selection)]


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
        templates = template_folder(self.settings)
        written = await self.run(write_notebook(self.connections, templates, self.contents_manager, wanted))
        path = await free_path(self.contents_manager, folder, wanted.title, ".ipynb")
        await save(self.contents_manager, {"type": "notebook", "content": written.notebook, "format": "json"}, path)
        cells = len(written.notebook["cells"])
        await self.reply(NotebookWritten(path=path, runs=written.runs, cells=cells, warnings=written.warnings), 201)
