"""Artifacts read where they are: on this machine, or in a cloud's storage. For stores whose locations are our own.

A tracking server on the network announces locations that are not; `rest` decides by itself which of them it follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ...errors import NotFound, NotSupported
from ..store import ArtifactOwner, ArtifactStream
from . import location
from .local import LocalArtifacts

if TYPE_CHECKING:
    from ...entities import ArtifactsPage
    from .cloud import CloudArtifacts


class ArtifactReader(Protocol):
    """One way to read artifacts. ``root`` is where the owner's artifacts are: a URI, as the store holds it."""

    async def list(
        self, root: str, owner: ArtifactOwner, path: str, max_results: int, page_token: str | None
    ) -> ArtifactsPage:
        """List one folder, sorted by path."""
        ...

    async def open(
        self, root: str, owner: ArtifactOwner, path: str, start: int | None, stop: int | None
    ) -> ArtifactStream:
        """Open a file, whole or a range of it."""
        ...

    async def stat(self, root: str, owner: ArtifactOwner, path: str) -> ArtifactStream:
        """Return what is known about a file."""
        ...

    async def close(self) -> None:
        """Release everything; safe to call twice."""
        ...


class DirectArtifacts:
    """Reads the artifacts of one store.

    Parameters
    ----------
    base
        The folder at which relative paths start.
    request_timeout_s
        Limit for one answer; for the bytes of a file: until they begin, and between chunks.
    threads
        Local folders and files that are read at the same time.
    others
        Reads schemes that are neither local nor a known cloud's, such as ``dbfs:``; MLflow in a process of its own,
        started when first needed, unless given.
    """

    def __init__(
        self, base: str, *, request_timeout_s: float, threads: int = 4, others: ArtifactReader | None = None
    ) -> None:
        self._base = base
        self._request_timeout_s = request_timeout_s
        self._local = LocalArtifacts(request_timeout_s=request_timeout_s, threads=threads)
        self._cloud: CloudArtifacts | None = None
        self._others = others

    async def list(
        self, uri: str | None, owner: ArtifactOwner, path: str, max_results: int, page_token: str | None
    ) -> ArtifactsPage:
        """List one folder, sorted by path."""
        reader = self._reader(uri, owner)
        if uri is None or reader is None:
            return await self._local.list(self._folder(uri, owner), path, max_results, page_token)
        return await reader.list(uri, owner, path, max_results, page_token)

    async def open(
        self, uri: str | None, owner: ArtifactOwner, path: str, start: int | None, stop: int | None
    ) -> ArtifactStream:
        """Open a file, whole or a range of it."""
        reader = self._reader(uri, owner)
        if uri is None or reader is None:
            return await self._local.open(self._folder(uri, owner), path, start, stop)
        return await reader.open(uri, owner, path, start, stop)

    async def stat(self, uri: str | None, owner: ArtifactOwner, path: str) -> ArtifactStream:
        """Return what is known about a file."""
        reader = self._reader(uri, owner)
        if uri is None or reader is None:
            return await self._local.stat(self._folder(uri, owner), path)
        return await reader.stat(uri, owner, path)

    async def close(self) -> None:
        """End threads and connections; safe to call twice."""
        await self._local.close()
        cloud, self._cloud = self._cloud, None
        if cloud is not None:
            await cloud.close()
        others, self._others = self._others, None
        if others is not None:
            await others.close()

    def _folder(self, uri: str | None, owner: ArtifactOwner) -> str:
        return location.local_folder(uri, owner, self._base)

    def _reader(self, uri: str | None, owner: ArtifactOwner) -> ArtifactReader | None:
        """Return who reads `uri`, None for a local folder."""
        if not uri:
            raise NotFound(f"There is no artifact location for {location.named(owner)}.")
        way = location.way(uri, is_remote=False)
        if way == "local":
            return None
        if way == "cloud":
            if self._cloud is None:
                from .cloud import CloudArtifacts

                self._cloud = CloudArtifacts(request_timeout_s=self._request_timeout_s)
            return self._cloud
        if way == "elsewhere":
            if self._others is None:
                from ..worker import WorkerArtifacts

                self._others = WorkerArtifacts(request_timeout_s=self._request_timeout_s)
            return self._others
        raise NotSupported(location.elsewhere(uri, owner))


class OwnArtifacts:
    """The artifact calls of a store whose own records say where artifacts are."""

    _artifacts: DirectArtifacts

    async def artifacts(
        self, owner: ArtifactOwner, path: str = "", max_results: int = 1000, page_token: str | None = None
    ) -> ArtifactsPage:
        """List one folder of the artifacts of a run or logged model."""
        return await self._artifacts.list(await self._location(owner), owner, path, max_results, page_token)

    async def open_artifact(
        self, owner: ArtifactOwner, path: str, start: int | None = None, stop: int | None = None
    ) -> ArtifactStream:
        """Open one artifact for reading."""
        return await self._artifacts.open(await self._location(owner), owner, path, start, stop)

    async def stat_artifact(self, owner: ArtifactOwner, path: str) -> ArtifactStream:
        """Return what is known about one artifact."""
        return await self._artifacts.stat(await self._location(owner), owner, path)

    async def _location(self, owner: ArtifactOwner) -> str | None:
        """Return the URI of the owner's artifacts, as the store holds it."""
        raise NotImplementedError
