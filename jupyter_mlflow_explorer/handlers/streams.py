"""Artifact bytes over HTTP: ranges, entity tags, disposition, and the headers that keep hostile bytes harmless."""

from __future__ import annotations

import mimetypes
import re
from email.utils import formatdate
from typing import TYPE_CHECKING
from urllib.parse import quote

from tornado.iostream import StreamClosedError

from ..errors import BadInput
from .base import ExplorerHandler

if TYPE_CHECKING:
    from ..tracking.store import ArtifactOwner, ArtifactStream, TrackingStore

_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def content_type(name: str) -> str:
    """Return the media type that a file's name stands for; bytes where it stands for none."""
    kind, encoding = mimetypes.guess_type(name)
    if kind is None or encoding is not None:
        return "application/octet-stream"
    return f"{kind}; charset=UTF-8" if kind.startswith("text/") else kind


def disposition(name: str, *, download: bool) -> str:
    """Return a Content-Disposition header; the name is percent-encoded, so no name can break out of it."""
    return f"{'attachment' if download else 'inline'}; filename*=UTF-8''{quote(name, safe='')}"


def parse_range(header: str | None, size: int | None) -> tuple[int, int] | None:
    """Return the half-open range that a Range header asks for, None for the whole file.

    Several ranges and other units are ignored, as HTTP allows. Raises `ValueError` for a range outside the file.
    """
    match = _RANGE.match((header or "").replace(" ", ""))
    if match is None or size is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first == "":
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
    if start >= size or start >= stop:
        raise ValueError("range outside the file")
    return start, stop


class StreamHandler(ExplorerHandler):
    """Sends one artifact, chunk by chunk; never holds a whole file."""

    @property
    def content_security_policy(self) -> str:
        # Artifacts are untrusted: a sandbox without allow-same-origin keeps their scripts out of Lab's origin.
        return "frame-ancestors 'self'; sandbox allow-scripts"

    async def send(self, store: TrackingStore, owner: ArtifactOwner, path: str) -> None:
        """Answer GET or HEAD for one artifact.

        Raises
        ------
        NotFound
            There is no such run, logged model or file; folders have no bytes.
        """
        if not path:
            raise BadInput("Name an artifact with path=…; a folder has no bytes.")
        head = self.request.method == "HEAD"
        wanted = self.request.headers.get("Range")
        cached = self.request.headers.get("If-None-Match")
        byte_range: tuple[int, int] | None = None
        if head or wanted or cached:
            about = await self.run(store.stat_artifact(owner, path))
            await about.aclose()
            if cached and about.etag and about.etag in [tag.strip() for tag in cached.split(",")]:
                self.set_status(304)
                self.set_header("ETag", about.etag)
                await self.finish(set_content_type=content_type(about.name))
                return
            condition = self.request.headers.get("If-Range")
            if wanted and (condition is None or condition == about.etag):
                try:
                    byte_range = parse_range(wanted, about.size_bytes)
                except ValueError:
                    self.set_header("Content-Range", f"bytes */{about.size_bytes}")
                    self.set_status(416)
                    self.write_error(416)
                    return
            if head:
                self._describe(about, byte_range)
                await self.finish(set_content_type=content_type(about.name))
                return
        start, stop = byte_range or (None, None)
        stream = await self.run(store.open_artifact(owner, path, start, stop))
        try:
            self._describe(stream, byte_range)
            # Jupyter compresses answers; that would drop Content-Length and void the ranges.
            self._transforms = []
            await self.run(self._forward(stream))
            await self.finish(set_content_type=content_type(stream.name))
        except StreamClosedError:
            pass  # The client has gone.
        finally:
            await stream.aclose()

    async def _forward(self, stream: ArtifactStream) -> None:
        """Send chunk by chunk, each when the one before has left: a slow client slows the reading."""
        async for chunk in stream.chunks:
            self.write(chunk)
            await self.flush()

    def _describe(self, stream: ArtifactStream, byte_range: tuple[int, int] | None) -> None:
        self.set_header("Content-Type", content_type(stream.name))
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Accept-Ranges", "bytes")
        self.set_header("Cache-Control", "private, no-cache")
        download = self.get_query_argument("download", "0") not in ("", "0", "false")
        self.set_header("Content-Disposition", disposition(stream.name, download=download))
        if stream.etag:
            self.set_header("ETag", stream.etag)
        if stream.modified_ms is not None:
            self.set_header("Last-Modified", formatdate(stream.modified_ms / 1000, usegmt=True))
        if byte_range is not None:
            self.set_status(206)
            self.set_header("Content-Range", f"bytes {byte_range[0]}-{byte_range[1] - 1}/{stream.size_bytes}")
            self.set_header("Content-Length", str(byte_range[1] - byte_range[0]))
        elif stream.size_bytes is not None:
            self.set_header("Content-Length", str(stream.size_bytes))

    def compute_etag(self) -> str | None:
        """Tornado would hash the body; the store's own tag is set instead."""
        return None
