"""The tracking store on a folder of files.

The modules that read are imported inside each job, hence in a worker thread, so that opening a store does not stall the
event loop.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

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
from ..artifacts.direct import DirectArtifacts, OwnArtifacts
from ..store import ArtifactOwner, ExperimentsQuery, RunsQuery
from .engine import Folder, Reader


class FilesStore(OwnArtifacts):
    """Read access to MLflow's file store; answers as `TrackingStore` describes.

    Runs and experiments that cannot be read in full say so in ``problem``. Where ``meta.yaml`` is of no use, they come
    after all others, and not in the answer to a filter: MLflow leaves them out, or fails.

    Parameters
    ----------
    folder_or_uri
        ``file:///…`` or the path of the folder. Nothing is opened before the first call, and a folder that is missing
        is never created: every call raises `TrackingUnavailable` until it is there.
    request_timeout_s
        Limit for one call, the wait for a free thread included.
    threads
        Calls that read at the same time.
    """

    kind: StoreKind = "files"

    def __init__(
        self, folder_or_uri: str | os.PathLike[str], *, request_timeout_s: float = 10.0, threads: int = 4
    ) -> None:
        self._folder = Folder(folder_or_uri, request_timeout_s, threads)
        base = os.path.dirname(self._folder.root)
        self._artifacts = DirectArtifacts(base, request_timeout_s=request_timeout_s, threads=threads)

    async def check(self) -> str:
        """Return one sentence about the folder."""

        def work(reader: Reader) -> str:
            from . import experiments

            return experiments.summary(reader)

        return await self._folder.run(work)

    async def experiments(self, query: ExperimentsQuery) -> ExperimentsPage:
        """Return one page of experiments."""

        def work(reader: Reader) -> ExperimentsPage:
            from . import experiments

            return experiments.search(reader, query)

        return await self._folder.run(work)

    async def experiment(self, experiment_id: str) -> Experiment:
        """Return one experiment, deleted ones included."""

        def work(reader: Reader) -> Experiment:
            from . import experiments

            return experiments.get(reader, experiment_id)

        return await self._folder.run(work)

    async def runs(self, query: RunsQuery) -> RunsPage:
        """Return one page of runs."""

        def work(reader: Reader) -> RunsPage:
            from . import runs

            return runs.search(reader, query)

        return await self._folder.run(work)

    async def table(self, query: RunsQuery, columns: Sequence[str]) -> RunsTable:
        """Return one page of runs as columns."""

        def work(reader: Reader) -> RunsTable:
            from . import table

            return table.table(reader, query, columns)

        return await self._folder.run(work)

    async def columns(self, experiment_ids: Sequence[str]) -> Columns:
        """Return the keys that occur in these experiments' runs."""

        def work(reader: Reader) -> Columns:
            from . import table

            return table.columns(reader, experiment_ids)

        return await self._folder.run(work)

    async def run(self, run_id: str) -> RunDetail:
        """Return one run, deleted ones included."""

        def work(reader: Reader) -> RunDetail:
            from . import detail

            return detail.get(reader, run_id)

        return await self._folder.run(work)

    async def runs_by_id(self, run_ids: Sequence[str]) -> RunsPage:
        """Return these runs in the order asked for."""

        def work(reader: Reader) -> RunsPage:
            from . import runs

            found = runs.by_id(reader, run_ids)
            built = [run.build() for run in found]
            return RunsPage.model_construct(runs=built, next_page_token=None, total=len(built))

        return await self._folder.run(work)

    async def metric_histories(
        self, run_ids: Sequence[str], keys: Sequence[str], max_points: int | None = None
    ) -> tuple[MetricHistory, ...]:
        """Return one history for each run and key."""

        def work(reader: Reader) -> tuple[MetricHistory, ...]:
            from . import metrics

            return metrics.histories(reader, run_ids, keys, max_points)

        return await self._folder.run(work)

    async def close(self) -> None:
        """Release connections and threads."""
        await self._folder.close()
        await self._artifacts.close()

    async def _location(self, owner: ArtifactOwner) -> str | None:
        def work(reader: Reader) -> str | None:
            from . import detail

            return detail.artifact_location(reader, owner)

        return await self._folder.run(work)
