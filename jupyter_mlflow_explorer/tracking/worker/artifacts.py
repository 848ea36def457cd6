"""Artifacts through MLflow in the child: listings, and bytes by way of a copy in a private folder.

MLflow's client downloads whole files only. So the child downloads, and the parent reads the copy, in chunks and ranges;
it is kept for a short while, because viewers ask for one range after another.

Not read this way, because a location is text that a hostile store may announce: this machine's disk, and addresses to
which MLflow's client would send the credentials of the connection (``http:``, ``mlflow-artifacts://host``).
"""

from __future__ import annotations

import asyncio
import builtins
import os
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ...entities import ArtifactEntry, ArtifactsPage
from ...errors import NotFound, NotSupported
from .. import paging
from ..artifacts.local import LocalArtifacts, no_chunks
from ..artifacts.location import named
from ..artifacts.paths import clean, file_path
from ..redaction import redact
from ..rest import convert
from ..store import ArtifactOwner, ArtifactStream
from .client import WorkerClient
from .copies import Copies, CopyLimits, Key

T = TypeVar("T")


class WorkerArtifacts:
    """Reads artifacts at any URI whose scheme MLflow or a plugin of it knows; an `ArtifactReader`.

    Parameters
    ----------
    client
        The child to use, which its owner closes; None for one of its own without a tracking store.
    environment
        For a child of its own, as for `WorkerClient`.
    """

    def __init__(
        self,
        client: WorkerClient | None = None,
        *,
        request_timeout_s: float = 10.0,
        environment: Mapping[str, str] | None = None,
        limits: CopyLimits | None = None,
    ) -> None:
        self._is_owner = client is None
        self._client = client or WorkerClient(None, None, request_timeout_s=request_timeout_s, environment=environment)
        self._request_timeout_s = request_timeout_s
        self._local = LocalArtifacts(request_timeout_s=request_timeout_s)
        self._copies = Copies(self._client, limits or CopyLimits())

    async def list(
        self, root: str, owner: ArtifactOwner, path: str, max_results: int, page_token: str | None
    ) -> ArtifactsPage:
        """List one folder, sorted by path. MLflow lists a folder whole; the pages are cut here."""
        paging.check_max_results(max_results)
        path = clean(path)
        _check_location(root, owner)
        await self._client.ready()
        entries = await self._limited(self._entries(root, path))
        if path and not entries and not await self._is_folder(root, path):
            raise NotFound(f"There is no artifact folder '{path}' in this {_kind(owner)}.")
        page, token = paging.cut_by_name(entries, path, max_results, page_token)
        return ArtifactsPage.model_construct(path=path, entries=page, next_page_token=token, total=len(entries))

    async def open(
        self, root: str, owner: ArtifactOwner, path: str, start: int | None, stop: int | None
    ) -> ArtifactStream:
        """Open a file, whole or a range of it. Waits for the download of all of it where there is no copy yet.

        Raises
        ------
        TooLarge
            The file is larger than a copy may be.
        """
        key = Key(root, file_path(path))
        _check_location(root, owner)
        copy = self._copies.find(key)
        if copy is None:
            entry = await self._entry(key, owner)
            copy = await self._copies.obtain(key, entry.size_bytes or 0)
        else:
            self._copies.use(copy)
        try:
            stream = await self._local.open(copy.folder, copy.relative, start, stop)
        except BaseException:
            self._copies.release(key, copy)
            raise
        stream.name, stream.etag, stream.modified_ms = _name(key), copy.etag, None
        stream.chunks = _Chunks(stream.chunks, lambda: self._copies.release(key, copy))
        return stream

    async def stat(self, root: str, owner: ArtifactOwner, path: str) -> ArtifactStream:
        """Return what is known about a file: MLflow knows its size, and a copy of it has a tag."""
        key = Key(root, file_path(path))
        _check_location(root, owner)
        copy = self._copies.find(key)
        size = copy.size_bytes if copy else (await self._entry(key, owner)).size_bytes
        return ArtifactStream(
            name=_name(key),
            size_bytes=size,
            start=0,
            stop=size,
            etag=copy.etag if copy else None,
            modified_ms=None,
            chunks=no_chunks(),
        )

    async def close(self) -> None:
        """Remove all copies, and end the child where it is our own; safe to call twice."""
        await self._copies.stop()
        if self._is_owner:
            await self._client.close()
        await self._copies.close()
        await self._local.close()

    async def _entries(self, root: str, path: str) -> builtins.list[ArtifactEntry]:
        answer = await self._client.post("artifacts/list", {"uri": root, "path": path or None})
        with convert.checked(self._client.name):
            return convert.artifacts(answer, path)

    async def _is_folder(self, root: str, path: str) -> bool:
        # MLflow answers a file and a missing folder with an empty list, so look where it should be.
        above = await self._limited(self._entries(root, path.rpartition("/")[0]))
        return any(entry.path == path and entry.is_dir for entry in above)

    async def _entry(self, key: Key, owner: ArtifactOwner) -> ArtifactEntry:
        await self._client.ready()
        for entry in await self._limited(self._entries(key.root, key.path.rpartition("/")[0])):
            if entry.path == key.path and not entry.is_dir:
                return entry
        raise NotFound(f"There is no artifact '{key.path}' in this {_kind(owner)}.")

    async def _limited(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return await asyncio.wait_for(work, self._request_timeout_s)
        except asyncio.TimeoutError:
            raise self._client.speaker.timeout() from None


class _Chunks(AsyncIterator[bytes]):
    """The chunks of a copy; says once when it is no longer read."""

    def __init__(self, chunks: AsyncIterator[bytes], release: Any) -> None:
        self._chunks = chunks
        self._release = release

    async def __anext__(self) -> bytes:
        try:
            return await self._chunks.__anext__()
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Close the copy; safe to call twice."""
        release, self._release = self._release, None
        if release is not None:
            release()
        close = getattr(self._chunks, "aclose", None)
        if close is not None:
            await close()


def _name(key: Key) -> str:
    return key.path.rpartition("/")[2]


def _kind(owner: ArtifactOwner) -> str:
    return "run" if isinstance(owner, str) else "logged model"


def _check_location(uri: str, owner: ArtifactOwner) -> None:
    """Raise `NotSupported` for locations that MLflow in the child is not to be asked for."""
    parts = urlsplit(uri)
    scheme = parts.scheme.lower()
    if not scheme or len(scheme) == 1 or scheme == "file" or os.path.isabs(uri):
        raise NotSupported(
            f"The artifacts of {named(owner)} are at {redact(uri)}, a path on the machine that wrote them. They are not"
            " looked for on this one."
        )
    if scheme in ("http", "https", "runs", "models") or (scheme == "mlflow-artifacts" and parts.netloc):
        raise NotSupported(
            f"The artifacts of {named(owner)} are at {redact(uri)}, which is not followed, because the credentials of"
            " this connection would be sent there. Insert loading code, or connect to that server's address."
        )
