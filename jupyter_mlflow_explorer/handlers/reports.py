"""Reports: a notebook is executed and exported in a process of its own, and the file saved through Jupyter's contents.

Making one runs code and writes a file, so both of Jupyter's own permissions are asked for.
"""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import ApiPath, ensure_async, to_os_path
from tornado import web

from ..errors import BadInput, NotFound
from ..reports.jobs import Task
from ..reports.secrets import kernel_environment
from .base import ExplorerHandler
from .documents import template_folder, write_notebook
from .writing import below_root, free_path, save

if TYPE_CHECKING:
    from ..entities import NotebookRequest, ReportRequest
    from ..reports.jobs import Reports


class ReportsHandler(ExplorerHandler):
    """`GET reports`, `POST reports`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        from ..entities import Reports as All

        reports: Reports = self.settings["mlflow_explorer_reports"]
        await self.reply(All(reports=reports.list()))

    @web.authenticated
    @authorized("execute", "kernels")  # type: ignore[untyped-decorator]
    @authorized("write", "contents")  # type: ignore[untyped-decorator]
    async def post(self) -> None:
        from ..entities import ReportRequest
        from ..reports.export import SUFFIXES, check_format

        wanted: ReportRequest = self.body(ReportRequest)
        if (wanted.path is None) == (wanted.notebook is None):
            raise BadInput("Give either path, a notebook that exists, or notebook, which describes a new one.")
        check_format(wanted.format)
        reports: Reports = self.settings["mlflow_explorer_reports"]
        manager: Any = self.contents_manager
        suffix = SUFFIXES[wanted.format]
        output = below_root(wanted.output)
        if wanted.notebook is not None:
            title, source = wanted.notebook.title, ""
            self.connections.store(wanted.notebook.connection)
        else:
            source = below_root(wanted.path or "")
            title = posixpath.basename(source).removesuffix(".ipynb")
            if not source.endswith(".ipynb") or not await ensure_async(manager.file_exists(source)):
                raise NotFound(f"There is no notebook {source!r} below the server's root folder.")
        path = await free_path(manager, output, title, suffix)

        async def prepare() -> Task:
            if wanted.notebook is not None:
                return await self._new(wanted.notebook, posixpath.dirname(path))
            return await self._existing(source)

        async def keep(file: Path) -> str:
            # The name may have been taken meanwhile.
            free = await free_path(manager, output, title, suffix)
            await save(manager, _model(file), free)
            return free

        report = reports.start(
            title=title, form=wanted.format, path=path, run_cells=wanted.execute, prepare=prepare, save=keep
        )
        self.set_header("Location", f"{self.request.path.rstrip('/')}/{report.report_id}")
        await self.reply(report, 202)

    async def _new(self, wanted: NotebookRequest, folder: str) -> Task:
        spec = self.connections.spec(wanted.connection)
        notebook = (
            await write_notebook(self.connections, template_folder(self.settings), self.contents_manager, wanted)
        ).notebook
        uris = tuple(uri for uri in (spec.tracking_uri, spec.registry_uri) if uri)
        return Task(notebook, self._on_disk(folder), kernel_environment(*uris), uris)

    async def _existing(self, path: str) -> Task:
        manager: Any = self.contents_manager
        model = await ensure_async(manager.get(path, content=True, type="notebook"))
        specs = self.connections.specs()
        environment: dict[str, str] = {}
        for connection in _connections_of(model["content"]):
            for spec in specs:
                if spec.id == connection:
                    environment |= kernel_environment(spec.tracking_uri, spec.registry_uri)
        # Whichever connections its cells use: none of their credentials may show.
        uris = tuple(uri for spec in specs for uri in (spec.tracking_uri, spec.registry_uri) if uri)
        return Task(model["content"], self._on_disk(posixpath.dirname(path)), environment, uris)

    def _on_disk(self, folder: str) -> str:
        """Return the folder to execute in: where Jupyter itself would start a kernel for a notebook there."""
        root = getattr(self.contents_manager, "root_dir", None) or self.settings.get("server_root_dir") or "."
        found = Path(to_os_path(ApiPath(folder), str(Path(root).expanduser())))
        return str(found if found.is_dir() else Path(root).expanduser())


class ReportHandler(ExplorerHandler):
    """`GET reports/{id}`, `DELETE reports/{id}`."""

    @web.authenticated
    @authorized
    async def get(self, report_id: str) -> None:
        await self.reply(self.settings["mlflow_explorer_reports"].get(report_id))

    @web.authenticated
    @authorized
    async def delete(self, report_id: str) -> None:
        await self.settings["mlflow_explorer_reports"].remove(report_id)
        self.set_status(204)
        await self.finish()


def _connections_of(notebook: dict[str, Any]) -> list[str]:
    """Return the connections of a notebook's set-up cells: their kernel needs to log in."""
    from ..cells.provenance import METADATA_KEY

    marks = [cell.get("metadata", {}).get(METADATA_KEY) for cell in notebook.get("cells", ())]
    return [
        mark["connection"]
        for mark in marks
        if isinstance(mark, dict) and mark.get("recipe") == "setup" and isinstance(mark.get("connection"), str)
    ]


def _model(file: Path) -> dict[str, Any]:
    """Return the file as a contents model."""
    from base64 import b64encode

    content = file.read_bytes()
    if file.suffix == ".pdf":
        return {"type": "file", "format": "base64", "content": b64encode(content).decode("ascii")}
    return {"type": "file", "format": "text", "content": content.decode("utf-8")}
