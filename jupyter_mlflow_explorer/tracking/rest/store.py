"""The tracking store on MLflow's REST API."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from ...entities import (
    ArtifactsPage,
    Columns,
    Experiment,
    ExperimentsPage,
    MetricHistory,
    RunDetail,
    RunsPage,
    RunsTable,
    StoreKind,
)
from ..store import ArtifactStream, ExperimentsQuery, RunsQuery
from . import experiments, failures, metrics, runs
from .client import Client

T = TypeVar("T")


class RestStore:
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

    async def check(self) -> str:
        """Return one sentence about the server."""
        await self._limited(self._client.post("/api/2.0/mlflow/experiments/search", {"max_results": 1}))
        return f"MLflow tracking server {self._client.name}."

    async def experiments(self, query: ExperimentsQuery) -> ExperimentsPage:
        """Return one page of experiments."""
        return await self._limited(experiments.search(self._client, query, self._until()))

    async def experiment(self, experiment_id: str) -> Experiment:
        """Return one experiment, deleted ones included."""
        return await self._limited(experiments.get(self._client, experiment_id))

    async def runs(self, query: RunsQuery) -> RunsPage:
        """Return one page of runs."""
        return await self._limited(runs.search(self._client, query, self._until()))

    async def table(self, query: RunsQuery, columns: Sequence[str]) -> RunsTable:
        """Return one page of runs as columns."""
        return await self._limited(runs.table(self._client, query, columns, self._until()))

    async def columns(self, experiment_ids: Sequence[str]) -> Columns:
        """Return the keys that occur in the newest runs of these experiments."""
        return await self._limited(runs.columns(self._client, experiment_ids, self._until()))

    async def run(self, run_id: str) -> RunDetail:
        """Return one run, deleted ones included."""
        return await self._limited(runs.get(self._client, run_id))

    async def runs_by_id(self, run_ids: Sequence[str]) -> RunsPage:
        """Return these runs in the order asked for."""
        found = await self._limited(runs.by_id(self._client, run_ids))
        return RunsPage.model_construct(runs=found, next_page_token=None, total=len(found))

    async def metric_histories(
        self, run_ids: Sequence[str], keys: Sequence[str], max_points: int | None = None
    ) -> tuple[MetricHistory, ...]:
        """Return one history for each run and key."""
        return await self._limited(metrics.histories(self._client, run_ids, keys, max_points))

    async def artifacts(
        self, run_id: str, path: str = "", max_results: int = 1000, page_token: str | None = None
    ) -> ArtifactsPage:
        """List one folder of a run's artifacts."""
        from ..artifacts import proxied

        return await self._limited(proxied.listing(self._client, run_id, path, max_results, page_token))

    async def open_artifact(
        self, run_id: str, path: str, start: int | None = None, stop: int | None = None
    ) -> ArtifactStream:
        """Open one artifact for reading."""
        from ..artifacts import proxied

        async def work() -> ArtifactStream:
            uri = await self._artifact_uri(run_id)
            return await proxied.open_stream(self._client, run_id, uri, path, start, stop)

        return await self._limited(work())

    async def stat_artifact(self, run_id: str, path: str) -> ArtifactStream:
        """Return what is known about one artifact."""
        from ..artifacts import proxied

        async def work() -> ArtifactStream:
            return await proxied.stat(self._client, run_id, await self._artifact_uri(run_id), path)

        return await self._limited(work())

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _artifact_uri(self, run_id: str) -> str | None:
        info: Any = (await runs.fetch(self._client, run_id)).get("info")
        uri = info.get("artifact_uri") if isinstance(info, dict) else None
        return uri if isinstance(uri, str) else None

    async def _limited(self, work: Coroutine[Any, Any, T]) -> T:
        """Await `work` within the limit; a body that drips in slowly does not extend it."""
        try:
            return await asyncio.wait_for(work, self._client.request_timeout_s)
        except asyncio.TimeoutError:
            raise failures.timeout(self._client.name, self._client.request_timeout_s) from None

    def _until(self) -> float:
        return experiments.deadline(self._client.request_timeout_s)
