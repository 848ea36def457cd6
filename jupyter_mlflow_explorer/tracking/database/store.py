"""The tracking store on a database: SQLite, PostgreSQL, or MySQL and MariaDB.

SQLAlchemy and the query modules are imported inside each job, hence in a worker thread, so that opening a store does
not stall the event loop.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from urllib.parse import urlsplit

from ...entities import (
    Columns,
    Experiment,
    ExperimentsPage,
    MetricHistory,
    RunDetail,
    RunsPage,
    RunsTable,
    StoreKind,
)
from ...errors import NotSupported
from ..artifacts import location
from ..artifacts.direct import DirectArtifacts, OwnArtifacts
from ..redaction import redact
from ..store import ArtifactOwner, ExperimentsQuery, RunsQuery
from .engine import Database, Reader


class DatabaseStore(OwnArtifacts):
    """Read access to an MLflow database; answers as `TrackingStore` describes.

    Parameters
    ----------
    path_or_uri
        ``sqlite:///…`` or the path of the file, ``postgresql://…`` or ``mysql://…``. Nothing is opened before the first
        call. A file that is missing is never created: every call raises `TrackingUnavailable` until it is there.
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
        self._folder = self._database.engine.folder
        self._artifacts = DirectArtifacts(self._folder or os.sep, request_timeout_s=request_timeout_s, threads=threads)

    async def check(self) -> str:
        """Return one sentence about the database."""

        def work(reader: Reader) -> str:
            import sqlalchemy as sa

            from . import schema

            count = reader.rows(sa.select(sa.func.count()).select_from(schema.experiments))[0][0]
            return f"{reader.dialect.label} database with {count} experiment{'' if count == 1 else 's'}."

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

    async def close(self) -> None:
        """Release connections and threads."""
        await self._database.close()
        await self._artifacts.close()

    async def _location(self, owner: ArtifactOwner) -> str | None:
        def work(reader: Reader) -> str | None:
            from . import detail

            return detail.artifact_uri(reader, owner)

        uri = await self._database.run(work)
        if uri and self._folder is None and _is_relative(uri):
            raise NotSupported(
                f"The artifacts of {location.named(owner)} are in the relative folder '{redact(uri)}', and a database"
                " server does not say where that starts. Insert loading code to read them in the notebook."
            )
        return uri


def _is_relative(uri: str) -> bool:
    """Return whether a location is a folder of this machine, but not said from where on."""
    path = urlsplit(uri).path if uri.lower().startswith("file:") else uri
    return location.way(uri, is_remote=False) == "local" and not os.path.isabs(path)
