"""Keeps one child at hand: starts it on need, replaces it when it dies or hangs, stops it when nobody calls.

Speaks as `rest.client` does, so that what reads a tracking server reads MLflow in the child.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import ExplorerError, TrackingBroken, TrackingTimeout, TrackingUnavailable
from ..rest.client import parse
from . import folders
from .failures import Speaker
from .process import Call, Ended, Process

#: JSON above this is parsed in a thread.
_THREAD_BYTES = 64 << 10
#: Waits before another start after that many children have died young, in seconds.
_WAITS_S = (0.0, 0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
#: A child that lived this long did not die young.
_YOUNG_S = 30.0


@dataclass(frozen=True)
class Limits:
    """Times of a child's life, in seconds, and how many calls may be stuck in it."""

    #: Without a call until it is stopped.
    idle_s: float = 300.0
    #: To import MLflow: 2 to 4 s, and much more on a loaded machine or a network disk.
    start_s: float = 90.0
    #: An abandoned call still at work after this makes the child be replaced.
    stuck_s: float = 5.0
    #: And so do this many of them.
    most_stuck: int = 16


class WorkerClient:
    """MLflow's client for one tracking store, in a child process.

    Parameters
    ----------
    tracking_uri, registry_uri
        As MLflow takes them, credentials included; None for artifacts alone.
    request_timeout_s
        What MLflow's own requests are held to. Who calls limits the call.
    environment
        Variables for the child, beside those of this process.
    """

    def __init__(
        self,
        tracking_uri: str | None,
        registry_uri: str | None,
        *,
        request_timeout_s: float,
        environment: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.request_timeout_s = request_timeout_s
        self.limits = limits or Limits()
        self._environment = child_environment({**os.environ, **(environment or {})}, request_timeout_s)
        self._settings = {"tracking_uri": tracking_uri, "registry_uri": registry_uri}
        self.speaker = Speaker(tracking_uri, self._environment, request_timeout_s)
        self.name = self.speaker.name
        self.mlflow_version = ""
        self._current: Process | None = None
        self._starting: asyncio.Task[Process] | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._idle: asyncio.TimerHandle | None = None
        self._busy = 0
        self._is_closed = False
        self._young_deaths = 0
        self._started_at = 0.0
        self._next_start = 0.0
        self._last_failure: ExplorerError | None = None

    async def get(self, path: str, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return what answers a request of MLflow's REST API."""
        return await self.post(path, {key: value for key, value in (arguments or {}).items() if value is not None})

    async def post(self, path: str, body: Mapping[str, Any], is_filtered: bool = False) -> dict[str, Any]:
        """As `get`; `is_filtered` where `body` holds a filter or order."""
        async with self.calling(path, body) as call:
            return await self.result(call, is_filtered)

    @contextlib.asynccontextmanager
    async def calling(self, path: str, body: Mapping[str, Any]) -> AsyncIterator[Call]:
        """Send a request, and abandon it where its answer has not come when the block ends."""
        with self._use():
            process = await self._ready()
            try:
                call = process.call(path, body)
            except Ended:
                raise self._died(process) from None
            try:
                yield call
            except Ended:
                # Its status comes a moment after the end of its pipes.
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(process.gone.wait(), 2)
                raise self._died(process) from None
            finally:
                self._leave(call)

    async def result(self, call: Call, is_filtered: bool = False) -> dict[str, Any]:
        """Wait for the answer to a request."""
        payload = await call.answer
        return await self._unpack(payload, is_filtered)

    async def ready(self) -> None:
        """Start a child where none is there. Not limited by `request_timeout_s`; cancelling stops waiting only."""
        with self._use():
            await self._ready()

    async def close(self) -> None:
        """End all children and wait until they are reaped; safe to call twice."""
        self._is_closed = True
        if self._idle is not None:
            self._idle.cancel()
        starting, self._starting = self._starting, None
        if starting is not None and not starting.done():
            starting.cancel()
            await asyncio.wait([starting])
        current, self._current = self._current, None
        if current is not None:
            await current.stop()
        if self._leaving:
            for task in self._leaving:
                task.cancel()
            await asyncio.wait(self._leaving)

    @contextlib.contextmanager
    def _use(self) -> Iterator[None]:
        """Keep the child from being stopped as idle."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy and not self._is_closed:
                self._idle = asyncio.get_running_loop().call_later(self.limits.idle_s, self._stop_idle)

    async def _ready(self) -> Process:
        if self._is_closed:
            raise TrackingUnavailable(f"The connection to {self.name} is closed.")
        if self._current is not None and self._current.is_usable:
            return self._current
        if self._starting is None:
            if time.monotonic() < self._next_start and self._last_failure is not None:
                raise self._again()
            self._starting = asyncio.create_task(self._start())
            self._starting.add_done_callback(self._started)
        starting = self._starting
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            if starting.cancelled():
                raise TrackingUnavailable(f"The connection to {self.name} is closed.") from None
            raise

    def _started(self, task: asyncio.Task[Process]) -> None:
        if self._starting is task:
            self._starting = None
        # Whoever waited may have gone; the failure is not lost, see _last_failure.
        if not task.cancelled():
            task.exception()

    async def _start(self) -> Process:
        self._current = None
        self._watch(asyncio.to_thread(folders.sweep))
        try:
            process = await Process.spawn(self._environment, self._settings)
        except OSError as error:
            raise self._failed(
                TrackingUnavailable(f"The worker process for {self.name} cannot be started: {error.strerror}.")
            ) from None
        try:
            hello = json.loads(await asyncio.wait_for(process.hello, self.limits.start_s))
        except asyncio.TimeoutError:
            await process.stop()
            raise self._failed(
                TrackingTimeout(f"MLflow for {self.name} was not ready within {self.limits.start_s:g} s. Try again.")
            ) from None
        except Ended:
            await process.stop()
            words = self.speaker.death(process.returncode, process.last_words())
            raise self._failed(TrackingUnavailable(words)) from None
        except BaseException:
            # Closed meanwhile.
            process.kill()
            await process.stop()
            raise
        if "error" in hello:
            await process.stop()
            raise self._failed(self.speaker.start(hello["error"]))
        self.mlflow_version = str(hello["ready"]["mlflow"])
        self._started_at = time.monotonic()
        self._current = process
        self._watch(self._mourn(process))
        return process

    def _failed(self, error: ExplorerError) -> ExplorerError:
        """Take note of a child that died young, so that the next one waits."""
        self._young_deaths += 1
        wait = _WAITS_S[min(self._young_deaths, len(_WAITS_S) - 1)]
        self._next_start = time.monotonic() + wait
        self._last_failure = error
        return error

    def _again(self) -> ExplorerError:
        assert self._last_failure is not None
        wait = max(1, round(self._next_start - time.monotonic()))
        return type(self._last_failure)(f"{self._last_failure.message} Another try is made in {wait} s.")

    async def _mourn(self, process: Process) -> None:
        """Wait for the end of a child, and count it where nobody had asked for it."""
        await process.gone.wait()
        if self._current is process:
            self._current = None
        if process.is_expected:
            self._young_deaths = 0
        elif time.monotonic() - self._started_at >= _YOUNG_S:
            self._young_deaths, self._next_start = 0, 0.0
        else:
            self._failed(self._died(process))

    def _died(self, process: Process) -> ExplorerError:
        if process.is_expected:
            return TrackingUnavailable(f"The worker process for {self.name} was replaced or stopped. Try again.")
        return TrackingUnavailable(self.speaker.death(process.returncode, process.last_words()))

    def _leave(self, call: Call) -> None:
        """Abandon a call that is still under way, and see later whether the child is stuck with it."""
        process = call.process
        process.abandon(call)
        if call.abandoned_at is None or call.ended.is_set():
            return
        stuck = [other for other in process.calls.values() if other.abandoned_at is not None]
        if len(stuck) >= self.limits.most_stuck:
            self.replace(process)
        else:
            asyncio.get_running_loop().call_later(self.limits.stuck_s, self._check, call)

    def _check(self, call: Call) -> None:
        if not call.ended.is_set():
            self.replace(call.process)

    def replace(self, process: Process, within_s: float = math.inf) -> None:
        """Send no more calls to a child, and end it when those that somebody waits for are done, or `within_s`."""
        if process.is_usable:
            process.is_expected = True
            if self._current is process:
                self._current = None
            self._watch(self._retire(process, time.monotonic() + within_s))

    async def _retire(self, process: Process, until: float) -> None:
        try:
            while process.live and not process.gone.is_set() and time.monotonic() < until:
                await asyncio.sleep(0.05)
        finally:
            await process.stop()

    def _stop_idle(self) -> None:
        self._idle = None
        process = self._current
        if process is not None and not self._busy:
            self.replace(process)

    def _watch(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _unpack(self, payload: bytes, is_filtered: bool) -> dict[str, Any]:
        try:
            found = await asyncio.to_thread(parse, payload) if len(payload) > _THREAD_BYTES else parse(payload)
        except (ValueError, RecursionError):
            raise TrackingBroken(f"The worker process for {self.name} sent no JSON.") from None
        if "error" in found:
            raise self.speaker.refusal(found["error"], is_filtered)
        answer: dict[str, Any] = found["answer"]
        return answer


def child_environment(base: Mapping[str, str], request_timeout_s: float) -> dict[str, str]:
    """Return the variables of a child: those of `base`, and what keeps MLflow's requests within our limit.

    The tracking URI of `base` is that of another connection; the child is told its own through the pipe.
    """
    environment = {
        name: value for name, value in base.items() if name not in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")
    }
    within = str(max(1, int(request_timeout_s * 0.9)))
    environment |= {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": within,
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
        "MLFLOW_DATABRICKS_ENDPOINT_HTTP_RETRY_TIMEOUT": within,
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        # Notebooks lie in the working directory, where anything may be called mlflow.py.
        "PYTHONSAFEPATH": "1",
    }
    return environment
