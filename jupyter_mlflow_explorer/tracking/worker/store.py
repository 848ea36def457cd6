"""The tracking store for URIs that only MLflow's own client can open."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...entities import ArtifactsPage, StoreKind
from ...errors import NotFound, NotSupported, TrackingTimeout
from ..artifacts.location import local_folder, named
from ..redaction import redact
from ..rest.reading import ApiReading
from ..store import ArtifactOwner, ArtifactStream
from ..uris import scheme_of
from .client import Limits, WorkerClient

if TYPE_CHECKING:
    from ..artifacts.local import LocalArtifacts
    from .artifacts import WorkerArtifacts

_OTHERS = {
    "sqlite": "the database reader",
    "postgresql": "the database reader",
    "postgres": "the database reader",
    "mysql": "the database reader",
    "mariadb": "the database reader",
    "file": "the reader of folders",
    "http": "the reader of tracking servers",
    "https": "the reader of tracking servers",
}
#: Of models only, says MLflow.
_REGISTRIES = ("uc", "databricks-uc")


class WorkerStore(ApiReading):
    """Read access through `MlflowClient` in a child process; answers as `TrackingStore` describes, totals are unknown.

    Parameters
    ----------
    tracking_uri, registry_uri
        As MLflow takes them. No process is started before the first call.
    request_timeout_s
        Limit for one call, the child's start not included. For the bytes of an artifact: between chunks; the download
        that comes before them has limits of its own, see `CopyLimits`.
    environment
        Variables for the child, beside those of this process.
    idle_s
        Without a call until the child is stopped.
    for_writing
        Take schemes that our readers know, which MLflow may create or migrate when it opens them. Not for reading.
    local_artifacts
        Read artifacts whose location is a path or ``file:`` URI from this machine's disk. Only for stores that are
        known to be on this machine: a store elsewhere could name any file of ours. They are then read directly.

    Raises
    ------
    NotSupported
        Another store reads this URI, or MLflow would change what it opens.
    """

    kind: StoreKind = "worker"

    def __init__(
        self,
        tracking_uri: str,
        registry_uri: str | None = None,
        *,
        request_timeout_s: float = 10.0,
        environment: Mapping[str, str] | None = None,
        idle_s: float = 300.0,
        for_writing: bool = False,
        local_artifacts: bool = False,
    ) -> None:
        if not for_writing:
            _check_scheme(tracking_uri)
        self._client = WorkerClient(
            tracking_uri,
            registry_uri,
            request_timeout_s=request_timeout_s,
            environment=environment,
            limits=Limits(idle_s=idle_s),
        )
        super().__init__(self._client)
        self._local_artifacts = local_artifacts
        self._copied: WorkerArtifacts | None = None
        self._local: LocalArtifacts | None = None

    async def check(self) -> str:
        """Return one sentence about the store."""
        await self._prepare()
        await self._limited(self._client.post("/api/2.0/mlflow/experiments/search", {"max_results": 1}))
        version = self._client.mlflow_version
        return f"MLflow tracking store {self._client.name}, read through MLflow {version} in a process of its own."

    async def artifacts(
        self, owner: ArtifactOwner, path: str = "", max_results: int = 1000, page_token: str | None = None
    ) -> ArtifactsPage:
        """List one folder of the artifacts of a run or logged model."""
        uri = await self._location(owner)
        if folder := self._folder(uri, owner):
            return await self._direct().list(folder, path, max_results, page_token)
        return await self._through_mlflow().list(uri, owner, path, max_results, page_token)

    async def open_artifact(
        self, owner: ArtifactOwner, path: str, start: int | None = None, stop: int | None = None
    ) -> ArtifactStream:
        """Open one artifact for reading."""
        uri = await self._location(owner)
        if folder := self._folder(uri, owner):
            return await self._direct().open(folder, path, start, stop)
        return await self._through_mlflow().open(uri, owner, path, start, stop)

    async def stat_artifact(self, owner: ArtifactOwner, path: str) -> ArtifactStream:
        """Return what is known about one artifact."""
        uri = await self._location(owner)
        if folder := self._folder(uri, owner):
            return await self._direct().stat(folder, path)
        return await self._through_mlflow().stat(uri, owner, path)

    async def close(self) -> None:
        """End the child and remove what was copied."""
        copied, self._copied = self._copied, None
        local, self._local = self._local, None
        try:
            await self._client.close()
        finally:
            if copied is not None:
                await copied.close()
            if local is not None:
                await local.close()

    async def _prepare(self) -> None:
        await self._client.ready()

    def _timeout(self) -> TrackingTimeout:
        return self._client.speaker.timeout()

    async def _location(self, owner: ArtifactOwner) -> str:
        await self._prepare()
        uri = await self._limited(self._artifact_uri(owner))
        if not uri:
            raise NotFound(f"There is no artifact location for {named(owner)}.")
        return uri

    def _folder(self, uri: str, owner: ArtifactOwner) -> str | None:
        """Return the folder to read directly; None where MLflow is asked, which refuses paths of this machine."""
        is_local = scheme_of(uri) == "file"
        return local_folder(uri, owner, os.getcwd()) if is_local and self._local_artifacts else None

    def _direct(self) -> LocalArtifacts:
        if self._local is None:
            from ..artifacts.local import LocalArtifacts

            self._local = LocalArtifacts(request_timeout_s=self._client.request_timeout_s)
        return self._local

    def _through_mlflow(self) -> WorkerArtifacts:
        if self._copied is None:
            from .artifacts import WorkerArtifacts

            self._copied = WorkerArtifacts(self._client, request_timeout_s=self._client.request_timeout_s)
        return self._copied


def _check_scheme(uri: str) -> None:
    """Raise `NotSupported` where MLflow itself is not to read."""
    scheme = scheme_of(uri)
    if scheme in _REGISTRIES or uri in _REGISTRIES:
        raise NotSupported(
            f"{redact(uri)} is a model registry and no tracking store. Give it as the registry URI, beside the tracking"
            " URI databricks."
        )
    if scheme in _OTHERS:
        raise NotSupported(
            f"{redact(uri)} is read by {_OTHERS[scheme]}. MLflow itself, which may create or migrate what it opens, is"
            " not asked for it."
        )
    if scheme == "mssql":
        raise NotSupported(
            f"{redact(uri)} is a database that MLflow would migrate when it opens it, if its version is newer than the"
            " database's. Serve it with `mlflow server` and connect to the http address of that."
        )
