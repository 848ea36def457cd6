"""Artifacts as read-only Jupyter contents models and as streamed files, for the drive.

Paths are ``<connection>/<run_id>/<artifact path>`` and, for logged models, ``<connection>/models/<model_id>/<artifact
path>``. Own handlers: subclassing Jupyter's would share one `@authorized` closure between its routes and ours.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..errors import BadInput, NotFound, TooLarge
from ..tracking.store import LoggedModelId
from .base import ExplorerHandler
from .streams import StreamHandler, content_type

if TYPE_CHECKING:
    from ..tracking.store import ArtifactOwner, TrackingStore

#: Enough to tell text from bytes, as `file` does.
_SNIFF_BYTES = 8192

#: JupyterLab lists a folder in one answer; the panel's own listing pages.
_MAX_ENTRIES = 10_000


#: The part of a path that logged models are below; no run has this id.
MODELS = "models"


def split(drive_path: str) -> tuple[str, ArtifactOwner | None, str]:
    """Return connection, owner and artifact path of a drive path; empty or None where the path ends earlier."""
    connection, _, rest = drive_path.strip("/").partition("/")
    owner, _, path = rest.partition("/")
    if owner != MODELS:
        return connection, owner or None, path
    model_id, _, path = path.partition("/")
    return connection, LoggedModelId(model_id) if model_id else None, path


def _when(milliseconds: int | None) -> str:
    moment = datetime.fromtimestamp((milliseconds or 0) / 1000, tz=timezone.utc)
    return moment.isoformat().replace("+00:00", "Z")


def _model(path: str, kind: str, **fields: Any) -> dict[str, Any]:
    name = path.rsplit("/", 1)[-1]
    empty = dict.fromkeys(("size", "mimetype", "format", "content", "hash", "hash_algorithm"))
    times = {"created": _when(None), "last_modified": _when(None)}
    return {"name": name, "path": path, "type": kind, "writable": False, **times, **empty, **fields}


def is_text(data: bytes) -> bool:
    """Whether the beginning of a file looks like UTF-8 text; a character cut at the end does not count against it."""
    if b"\0" in data:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and error.start >= len(data) - 3
    return True


class ContentsHandler(ExplorerHandler):
    """`GET contents/{connection}/{run_id}/{path}`."""

    @web.authenticated
    @authorized
    async def get(self, drive_path: str) -> None:
        from ..entities import ContentsModel

        model = await self.run(self._read(drive_path))
        await self.reply(ContentsModel.model_construct(**model))

    async def _read(self, drive_path: str) -> dict[str, Any]:
        connection, owner, path = split(drive_path)
        with_content = self.get_query_argument("content", "1") != "0"
        if not connection:
            entries = [_model(one.id, "directory") for one in self.connections.list().connections]
            return _model("", "directory", format="json", content=entries if with_content else None)
        store = self.connections.store(connection)
        here = drive_path.strip("/")
        if owner is None:
            # Runs are found in the panel; a folder of ten thousand ids would help nobody.
            return _model(here, "directory", format="json", content=[] if with_content else None)
        if path and self.get_query_argument("type", "") != "directory":
            try:
                return await self._file(store, here, owner, path, with_content)
            except NotFound:
                if self.get_query_argument("type", "") in ("file", "notebook"):
                    raise
        return await self._folder(store, here, owner, path, with_content)

    async def _folder(
        self, store: TrackingStore, here: str, owner: ArtifactOwner, path: str, with_content: bool
    ) -> dict[str, Any]:
        page = await store.artifacts(owner, path, _MAX_ENTRIES)
        if not with_content:
            return _model(here, "directory")
        root = here[: len(here) - len(path)].rstrip("/") if path else here
        entries = [
            _model(
                f"{root}/{entry.path}",
                "directory" if entry.is_dir else "notebook" if entry.name.endswith(".ipynb") else "file",
                size=entry.size_bytes,
                mimetype=None if entry.is_dir else content_type(entry.name).split(";")[0],
            )
            for entry in page.entries
        ]
        return _model(here, "directory", format="json", content=entries)

    async def _file(
        self, store: TrackingStore, here: str, owner: ArtifactOwner, path: str, with_content: bool
    ) -> dict[str, Any]:
        about = await store.stat_artifact(owner, path)
        await about.aclose()
        as_file = self.get_query_argument("type", "") == "file"
        kind = "notebook" if path.endswith(".ipynb") and not as_file else "file"
        size = about.size_bytes
        fields: dict[str, Any] = {
            "size": size,
            "mimetype": content_type(about.name).split(";")[0] if kind == "file" else None,
            "created": _when(about.modified_ms),
            "last_modified": _when(about.modified_ms),
        }
        if not with_content:
            start = await _bytes(store, owner, path, _SNIFF_BYTES) if size else b""
            fields["format"] = "json" if kind == "notebook" else "text" if is_text(start) else "base64"
            return _model(here, kind, **fields)
        ceiling = self.settings["mlflow_explorer_max_document_bytes"]
        limit = min(self.number("max_bytes", ceiling, least=0, most=2**63), ceiling)
        if size is not None and size > limit:
            raise TooLarge(
                f"{about.name} has {size:,} bytes, more than the limit of {limit:,} for opening."
                " Download it or insert code that loads it."
            )
        data = await _bytes(store, owner, path, limit + 1)
        if len(data) > limit:
            raise TooLarge(f"{about.name} is larger than the limit of {limit:,} bytes for opening. Download it.")
        fields["size"] = len(data)
        if kind == "notebook":
            return _model(here, kind, format="json", content=_notebook(about.name, data), **fields)
        return _model(here, kind, **fields, **self._encoded(about.name, data))

    def _encoded(self, name: str, data: bytes) -> dict[str, Any]:
        wanted = self.get_query_argument("format", "")
        if wanted == "text" or (wanted != "base64" and is_text(data[:_SNIFF_BYTES])):
            try:
                return {"format": "text", "content": data.decode("utf-8")}
            except UnicodeDecodeError as error:
                if wanted == "text":
                    raise BadInput(f"{name} is not UTF-8 text. Download it or insert code that loads it.") from error
        return {"format": "base64", "content": base64.encodebytes(data).decode("ascii")}


def _notebook(name: str, data: bytes) -> Any:
    import nbformat

    try:
        return nbformat.reads(data.decode("utf-8"), as_version=4)
    except Exception as error:  # nbformat raises what its parsers and validators happen to raise.
        try:
            json.loads(data)
        except ValueError:
            raise BadInput(f"{name} is not a notebook: it is no JSON. Open it as text.") from error
        raise BadInput(f"{name} is not a valid notebook. Open it as text.") from error


async def _bytes(store: TrackingStore, owner: ArtifactOwner, path: str, at_most: int) -> bytes:
    stream = await store.open_artifact(owner, path)
    try:
        parts, length = [], 0
        async for chunk in stream.chunks:
            parts.append(chunk)
            length += len(chunk)
            if length >= at_most:
                break
        return b"".join(parts)[:at_most]
    finally:
        await stream.aclose()


class FilesHandler(StreamHandler):
    """`GET` and `HEAD files/{drive_path}`: for media, images in Markdown and downloads."""

    @web.authenticated
    @authorized
    async def get(self, drive_path: str) -> None:
        connection, owner, path = split(drive_path)
        await self.send(self.connections.store(connection), owner or "", path)

    @web.authenticated
    @authorized
    async def head(self, drive_path: str) -> None:
        connection, owner, path = split(drive_path)
        await self.send(self.connections.store(connection), owner or "", path)
