"""Experiments, runs and metrics read through MLflow's REST API, whoever answers it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from ...entities import (
    Columns,
    Experiment,
    ExperimentsPage,
    MetricHistory,
    RunDetail,
    RunsPage,
    RunsTable,
)
from ...errors import TrackingTimeout
from ..store import ArtifactOwner, ExperimentsQuery, LoggedModelId, RunsQuery
from . import experiments, failures, metrics, runs
from .api import Api

T = TypeVar("T")


class ApiReading:
    """The part of `TrackingStore` that `RestStore` and `WorkerStore` have in common."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def experiments(self, query: ExperimentsQuery) -> ExperimentsPage:
        """Return one page of experiments."""
        await self._prepare()
        return await self._limited(experiments.search(self._api, query, self._until()))

    async def experiment(self, experiment_id: str) -> Experiment:
        """Return one experiment, deleted ones included."""
        await self._prepare()
        return await self._limited(experiments.get(self._api, experiment_id))

    async def runs(self, query: RunsQuery) -> RunsPage:
        """Return one page of runs."""
        await self._prepare()
        return await self._limited(runs.search(self._api, query, self._until()))

    async def table(self, query: RunsQuery, columns: Sequence[str]) -> RunsTable:
        """Return one page of runs as columns."""
        await self._prepare()
        return await self._limited(runs.table(self._api, query, columns, self._until()))

    async def columns(self, experiment_ids: Sequence[str]) -> Columns:
        """Return the keys that occur in the newest runs of these experiments."""
        await self._prepare()
        return await self._limited(runs.columns(self._api, experiment_ids, self._until()))

    async def run(self, run_id: str) -> RunDetail:
        """Return one run, deleted ones included."""
        await self._prepare()
        return await self._limited(runs.get(self._api, run_id))

    async def runs_by_id(self, run_ids: Sequence[str]) -> RunsPage:
        """Return these runs in the order asked for."""
        await self._prepare()
        found = await self._limited(runs.by_id(self._api, run_ids))
        return RunsPage.model_construct(runs=found, next_page_token=None, total=len(found))

    async def metric_histories(
        self, run_ids: Sequence[str], keys: Sequence[str], max_points: int | None = None
    ) -> tuple[MetricHistory, ...]:
        """Return one history for each run and key."""
        await self._prepare()
        return await self._limited(metrics.histories(self._api, run_ids, keys, max_points))

    async def _prepare(self) -> None:
        """Do what has to be done before the clock of a call starts."""

    async def _artifact_uri(self, owner: ArtifactOwner) -> str | None:
        """Return where the artifacts of a run or logged model are, credentials included."""
        if isinstance(owner, LoggedModelId):
            found = await runs.fetch_model(self._api, owner.model_id)
        else:
            found = await runs.fetch(self._api, owner)
        info: Any = found.get("info")
        uri = info.get("artifact_uri") if isinstance(info, dict) else None
        return uri if isinstance(uri, str) else None

    async def _limited(self, work: Coroutine[Any, Any, T]) -> T:
        """Await `work` within the limit; a body that drips in slowly does not extend it."""
        try:
            return await asyncio.wait_for(work, self._api.request_timeout_s)
        except asyncio.TimeoutError:
            raise self._timeout() from None

    def _timeout(self) -> TrackingTimeout:
        return failures.timeout(self._api.name, self._api.request_timeout_s)

    def _until(self) -> float:
        return experiments.deadline(self._api.request_timeout_s)
