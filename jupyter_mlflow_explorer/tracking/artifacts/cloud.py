"""Artifacts in a cloud's storage: which file system reads a location, and how long an answer may take.

File systems are made on first use and belong to one store. Their packages are optional: what is missing says which
extra installs it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from .. import paging
from ..store import ArtifactOwner, ArtifactStream
from . import s3failures
from .location import CloudFolder, cloud_folder
from .paths import clean, file_path

if TYPE_CHECKING:
    from ...entities import ArtifactsPage

T = TypeVar("T")


class _Storage(Protocol):
    """One cloud's storage; paths are clean."""

    async def list(self, folder: CloudFolder, path: str, max_results: int, page_token: str | None) -> ArtifactsPage: ...

    async def open(self, folder: CloudFolder, path: str, start: int | None, stop: int | None) -> ArtifactStream: ...

    async def stat(self, folder: CloudFolder, path: str) -> ArtifactStream: ...

    async def close(self) -> None: ...


class CloudArtifacts:
    """Reads ``s3:``, ``gs:`` and Azure's locations with the credentials of this server's environment.

    Parameters
    ----------
    request_timeout_s
        Limit for one answer, all its requests included. For bytes: until they begin, and between chunks.
    """

    def __init__(self, *, request_timeout_s: float) -> None:
        self._request_timeout_s = request_timeout_s
        self._storages: dict[str, _Storage] = {}

    async def list(
        self, root: str, owner: ArtifactOwner, path: str, max_results: int, page_token: str | None
    ) -> ArtifactsPage:
        """List the folder `path` below the URI `root`, sorted by path."""
        paging.check_max_results(max_results)
        folder, cleaned = cloud_folder(root, owner), _clean(path)
        return await self._limited(folder, self._storage(folder).list(folder, cleaned, max_results, page_token))

    async def open(
        self, root: str, owner: ArtifactOwner, path: str, start: int | None, stop: int | None
    ) -> ArtifactStream:
        """Open a file below the URI `root`."""
        folder, cleaned = cloud_folder(root, owner), _clean_file(path)
        stream = await self._limited(folder, self._storage(folder).open(folder, cleaned, start, stop))
        stream.chunks = _Limited(stream.chunks, folder, self._request_timeout_s)
        return stream

    async def stat(self, root: str, owner: ArtifactOwner, path: str) -> ArtifactStream:
        """Return what is known about a file below the URI `root`."""
        folder, cleaned = cloud_folder(root, owner), _clean_file(path)
        return await self._limited(folder, self._storage(folder).stat(folder, cleaned))

    async def close(self) -> None:
        """Close all connections; safe to call twice."""
        storages, self._storages = self._storages, {}
        for storage in storages.values():
            await storage.close()

    def _storage(self, folder: CloudFolder) -> _Storage:
        key = f"{folder.scheme}:{folder.account}"
        if key not in self._storages:
            if folder.scheme == "s3":
                from .s3 import S3Artifacts

                self._storages[key] = S3Artifacts(self._request_timeout_s)
            else:
                from .filesystem import FileSystemArtifacts

                self._storages[key] = FileSystemArtifacts(self._request_timeout_s)
        return self._storages[key]

    async def _limited(self, folder: CloudFolder, work: Coroutine[Any, Any, T]) -> T:
        try:
            return await asyncio.wait_for(work, self._request_timeout_s)
        except asyncio.TimeoutError:
            raise s3failures.timeout(folder, self._request_timeout_s) from None


class _Limited(AsyncIterator[bytes]):
    """Chunks that each come in time; whatever ends them closes what is below."""

    def __init__(self, chunks: AsyncIterator[bytes], folder: CloudFolder, limit_s: float) -> None:
        self._chunks = chunks
        self._folder = folder
        self._limit_s = limit_s

    async def __anext__(self) -> bytes:
        try:
            return await asyncio.wait_for(self._chunks.__anext__(), self._limit_s)
        except asyncio.TimeoutError:
            await self.aclose()
            raise s3failures.timeout(self._folder, self._limit_s) from None
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Close what is below; safe to call twice."""
        close = getattr(self._chunks, "aclose", None)
        if close is not None:
            await close()


def _clean(path: str) -> str:
    """Return `path` checked as `paths.clean` does, but with its empty parts: in a key they are names like others."""
    return path if clean(path) else ""


def _clean_file(path: str) -> str:
    file_path(path)
    return path
