"""Artifacts whose location a tracking server announced: read from a cloud's storage directly, or through the server.

Directly, where the storage's package is installed and this machine may read it: that spares the server, sends ranges
as ranges, and lists in pages. Whatever stands in the way (no credentials, another network, another endpoint), the
server is asked instead, which may reach what we do not. Its own paths and ``file:`` URIs are never opened here.
"""

from __future__ import annotations

import asyncio
import importlib.util
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from ...errors import BadInput, ExplorerError, NotFound, TrackingError
from ..store import ArtifactOwner, ArtifactStream
from . import proxied
from .location import CloudFolder, cloud_folder, way

if TYPE_CHECKING:
    from ...entities import ArtifactsPage
    from ..rest.client import Client
    from .cloud import CloudArtifacts

T = TypeVar("T")

#: The package that reads a scheme.
_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", **dict.fromkeys(("abfs", "abfss", "wasb", "wasbs"), "adlfs")}
#: Seconds for which a bucket that could not be read directly is left to the server.
_LEAVE_S = 60.0
#: Locations that are kept; a run's does not change.
_MOST_KNOWN = 1000

_Locate = Callable[[ArtifactOwner], Awaitable["str | None"]]


class AnnouncedArtifacts:
    """Reads the artifacts of one tracking server. ``locate`` asks it where an owner's artifacts are."""

    def __init__(self, client: Client, locate: _Locate) -> None:
        self._client = client
        self._locate = locate
        self._cloud: CloudArtifacts | None = None
        self._known: dict[ArtifactOwner, str] = {}
        self._left: dict[tuple[str, str], float] = {}

    async def list(self, owner: ArtifactOwner, path: str, max_results: int, page_token: str | None) -> ArtifactsPage:
        """List one folder, sorted by path."""

        async def direct(cloud: CloudArtifacts, uri: str) -> ArtifactsPage:
            return await cloud.list(uri, owner, path, max_results, page_token)

        uri = await self._location(owner) if _can_read_any() else None
        page = await self._direct(uri, owner, direct)
        if page is not None:
            return page
        return await proxied.listing(self._client, owner, path, max_results, page_token)

    async def open(self, owner: ArtifactOwner, path: str, start: int | None, stop: int | None) -> ArtifactStream:
        """Open a file, whole or a range of it."""

        async def direct(cloud: CloudArtifacts, uri: str) -> ArtifactStream:
            return await cloud.open(uri, owner, path, start, stop)

        uri = await self._location(owner)
        stream = await self._direct(uri, owner, direct)
        if stream is not None:
            return stream
        return await proxied.open_stream(self._client, owner, uri, path, start, stop)

    async def stat(self, owner: ArtifactOwner, path: str) -> ArtifactStream:
        """Return what is known about a file."""

        async def direct(cloud: CloudArtifacts, uri: str) -> ArtifactStream:
            return await cloud.stat(uri, owner, path)

        uri = await self._location(owner)
        stream = await self._direct(uri, owner, direct)
        if stream is not None:
            return stream
        return await proxied.stat(self._client, owner, uri, path)

    async def close(self) -> None:
        """Close the connections to storage; safe to call twice."""
        cloud, self._cloud = self._cloud, None
        if cloud is not None:
            await cloud.close()

    async def _location(self, owner: ArtifactOwner) -> str | None:
        if owner in self._known:
            return self._known[owner]
        uri = await self._locate(owner)
        if uri and way(uri, is_remote=True) == "cloud":
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[owner] = uri
        return uri

    async def _direct(
        self, uri: str | None, owner: ArtifactOwner, read: Callable[[CloudArtifacts, str], Awaitable[T]]
    ) -> T | None:
        """Return what `read` gives, None where the server is to be asked."""
        if not uri or way(uri, is_remote=True) != "cloud":
            return None
        try:
            folder = cloud_folder(uri, owner)
        except ExplorerError:
            return None
        if not _is_installed(folder) or time.monotonic() < self._left.get((folder.name, folder.account), 0.0):
            return None
        if self._cloud is None:
            from .cloud import CloudArtifacts

            self._cloud = CloudArtifacts(request_timeout_s=self._client.request_timeout_s)
        try:
            # Half of the time, so that the server has a chance where storage is silent.
            return await asyncio.wait_for(read(self._cloud, uri), self._client.request_timeout_s / 2)
        except BadInput:
            raise
        except NotFound:
            return None
        except (TrackingError, asyncio.TimeoutError):
            self._left[folder.name, folder.account] = time.monotonic() + _LEAVE_S
            return None


def _can_read_any() -> bool:
    return any(importlib.util.find_spec(package) is not None for package in ("s3fs", "gcsfs", "adlfs"))


def _is_installed(folder: CloudFolder) -> bool:
    return importlib.util.find_spec(_PACKAGES[folder.scheme]) is not None
