"""The tracking store on MLflow's REST API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...entities import ArtifactsPage, StoreKind
from ..store import ArtifactOwner, ArtifactStream
from .client import Client
from .reading import ApiReading

if TYPE_CHECKING:
    from ..artifacts.announced import AnnouncedArtifacts


class RestStore(ApiReading):
    """Read access to an MLflow tracking server; answers as `TrackingStore` describes, totals of runs are unknown.

    Parameters
    ----------
    tracking_uri
        ``http://`` or ``https://``, with a path where the server has one, and with userinfo where the connection has
        its own credentials. Nothing is contacted before the first call.
    request_timeout_s
        Limit for one call, all its requests included. For the bytes of an artifact: until they begin, and
        between chunks.
    """

    kind: StoreKind = "rest"

    def __init__(self, tracking_uri: str, *, request_timeout_s: float = 10.0) -> None:
        self._client = Client(tracking_uri, request_timeout_s)
        super().__init__(self._client)
        self._artifacts: AnnouncedArtifacts | None = None

    async def check(self) -> str:
        """Return one sentence about the server."""
        await self._limited(self._client.post("/api/2.0/mlflow/experiments/search", {"max_results": 1}))
        return f"MLflow tracking server {self._client.name}."

    async def artifacts(
        self, owner: ArtifactOwner, path: str = "", max_results: int = 1000, page_token: str | None = None
    ) -> ArtifactsPage:
        """List one folder of the artifacts of a run or logged model."""
        return await self._limited(self._announced().list(owner, path, max_results, page_token))

    async def open_artifact(
        self, owner: ArtifactOwner, path: str, start: int | None = None, stop: int | None = None
    ) -> ArtifactStream:
        """Open one artifact for reading."""
        return await self._limited(self._announced().open(owner, path, start, stop))

    async def stat_artifact(self, owner: ArtifactOwner, path: str) -> ArtifactStream:
        """Return what is known about one artifact."""
        return await self._limited(self._announced().stat(owner, path))

    async def close(self) -> None:
        """Release connections."""
        artifacts, self._artifacts = self._artifacts, None
        if artifacts is not None:
            await artifacts.close()
        await self._client.close()

    def _announced(self) -> AnnouncedArtifacts:
        if self._artifacts is None:
            from ..artifacts.announced import AnnouncedArtifacts

            self._artifacts = AnnouncedArtifacts(self._client, self._artifact_uri)
        return self._artifacts
