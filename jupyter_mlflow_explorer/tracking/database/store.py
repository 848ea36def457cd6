"""The tracking store on a database. SQLite now; queries are SQLAlchemy Core, so that others can follow.

SQLAlchemy and the query modules are imported inside each job, hence in a worker thread, so that opening a store does
not stall the event loop.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

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
from ..artifacts.local import LocalArtifacts
from ..artifacts.location import local_folder
from ..store import ArtifactStream, ExperimentsQuery, RunsQuery
from .engine import Database, Reader


class DatabaseStore:
    """Read access to an MLflow SQLite database; answers as `TrackingStore` describes.

    Parameters
    ----------
    path_or_uri
        ``sqlite:///…`` or the path of the file. Nothing is opened before the first call, and a file that is missing is
        never created: every call raises `TrackingUnavailable` until it is there.
    request_timeout_s
        Limit for one call, the wait for a free thread included.
    threads
        Calls that read at the same time.
    """

    kind: StoreKind = "database"

    def __init__(
        self, path_or_uri: str | os.PathLike[str], *, request_timeout_s: float = 10.0, threads: int = 4
    ) -> None:
        self._database = Database(path_or_uri, request_timeout_s, threads)
        self._artifacts = LocalArtifacts(request_timeout_s=request_timeout_s, threads=threads)

    async def check(self) -> str:
        """Return one sentence about the database."""

        def work(reader: Reader) -> str:
            import sqlalchemy as sa

            from . import schema

            count = reader.rows(sa.select(sa.func.count()).select_from(schema.experiments))[0][0]
            return f"SQLite database with {count} experiment{'' if count == 1 else 's'}."

        return await self._database.run(work)

    async def experiments(self, query: ExperimentsQuery) -> ExperimentsPage:
        """Return one page of experiments."""

        def work(reader: Reader) -> ExperimentsPage:
            from . import experiments

            return experiments.search(reader, query)

        return await self._database.run(work)

    async def experiment(self, experiment_id: str) -> Experiment:
        """Return one experiment, deleted ones included."""

        def work(reader: Reader) -> Experiment:
            from . import experiments

            return experiments.get(reader, experiment_id)

        return await self._database.run(work)

    async def runs(self, query: RunsQuery) -> RunsPage:
        """Return one page of runs."""

        def work(reader: Reader) -> RunsPage:
            from . import runs

            return runs.search(reader, query)

        return await self._database.run(work)

    async def table(self, query: RunsQuery, columns: Sequence[str]) -> RunsTable:
        """Return one page of runs as columns."""

        def work(reader: Reader) -> RunsTable:
            from . import table

            return table.table(reader, query, columns)

        return await self._database.run(work)

    async def columns(self, experiment_ids: Sequence[str]) -> Columns:
        """Return the keys that occur in these experiments' runs."""

        def work(reader: Reader) -> Columns:
            from . import table

            return table.columns(reader, experiment_ids)

        return await self._database.run(work)

    async def run(self, run_id: str) -> RunDetail:
        """Return one run, deleted ones included."""

        def work(reader: Reader) -> RunDetail:
            from . import detail

            return detail.get(reader, run_id)

        return await self._database.run(work)

    async def runs_by_id(self, run_ids: Sequence[str]) -> RunsPage:
        """Return these runs in the order asked for."""

        def work(reader: Reader) -> RunsPage:
            from . import runs

            found = runs.by_id(reader, run_ids)
            return RunsPage.model_construct(runs=found, next_page_token=None, total=len(found))

        return await self._database.run(work)

    async def metric_histories(
        self, run_ids: Sequence[str], keys: Sequence[str], max_points: int | None = None
    ) -> tuple[MetricHistory, ...]:
        """Return one history for each run and key."""

        def work(reader: Reader) -> tuple[MetricHistory, ...]:
            from . import metrics

            return metrics.histories(reader, run_ids, keys, max_points)

        return await self._database.run(work)

    async def artifacts(
        self, run_id: str, path: str = "", max_results: int = 1000, page_token: str | None = None
    ) -> ArtifactsPage:
        """List one folder of a run's artifacts."""
        return await self._artifacts.list(await self._folder(run_id), path, max_results, page_token)

    async def open_artifact(
        self, run_id: str, path: str, start: int | None = None, stop: int | None = None
    ) -> ArtifactStream:
        """Open one artifact for reading."""
        return await self._artifacts.open(await self._folder(run_id), path, start, stop)

    async def stat_artifact(self, run_id: str, path: str) -> ArtifactStream:
        """Return what is known about one artifact."""
        return await self._artifacts.stat(await self._folder(run_id), path)

    async def close(self) -> None:
        """Release connections and threads."""
        await self._database.close()
        await self._artifacts.close()

    async def _folder(self, run_id: str) -> str:
        def work(reader: Reader) -> str | None:
            from . import detail

            return detail.artifact_uri(reader, run_id)

        uri = await self._database.run(work)
        return local_folder(uri, run_id, base=os.path.dirname(self._database.path))
