"""Runs reading work in a few threads, with a time limit and cancellation.

Work is an ordinary function of a `Reader`. Waiting for it is asynchronous; when the waiting ends, by cancellation or by
the time limit, the work notices at its next file, so the thread is soon free again.
"""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ...errors import TrackingTimeout
from .cache import Cache
from .job import Job, Stopped
from .layout import Layout, root_path

T = TypeVar("T")


class Reader:
    """What one job reads with."""

    def __init__(self, layout: Layout, cache: Cache, job: Job) -> None:
        self.layout = layout
        self.cache = cache
        self.job = job

    @functools.cached_property
    def experiments(self) -> list[tuple[str, str]]:
        """Id and folder of every experiment, those in the trash last; looked up once in a job."""
        return [place for is_trash in (False, True) for place in self.layout.experiments(is_trash=is_trash)]


class Folder:
    """One file store."""

    def __init__(self, folder_or_uri: str | os.PathLike[str], request_timeout_s: float, threads: int) -> None:
        self.root = root_path(folder_or_uri)
        self.request_timeout_s = request_timeout_s
        self._threads = threads
        self._executor: ThreadPoolExecutor | None = None
        self._layout = Layout(self.root)
        self._cache = Cache()

    async def run(self, work: Callable[[Reader], T]) -> T:
        """Return ``work(reader)``, computed in a thread within the time limit; raises `TrackingError` children."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix="mlflow-explorer-files")
        job = Job(self.request_timeout_s)
        future = asyncio.get_running_loop().run_in_executor(self._executor, self._work, work, job)
        try:
            return await asyncio.wait_for(future, self.request_timeout_s)
        except (asyncio.TimeoutError, Stopped):
            raise TrackingTimeout(
                f"The folder {self.root} was not read within {self.request_timeout_s:g} s. Ask for less, try again"
                " (what was read is kept in memory), or raise request_timeout_s."
            ) from None
        finally:
            job.stop()

    async def close(self) -> None:
        """Forget everything and end the threads; safe to call twice, and the next `run` starts again."""
        executor, self._executor = self._executor, None
        self._cache = Cache()
        if executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)

    def _work(self, work: Callable[[Reader], T], job: Job) -> T:
        job.check()
        self._layout.check()
        cache = self._cache
        try:
            return work(Reader(self._layout, cache, job))
        finally:
            cache.trim()
