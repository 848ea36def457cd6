"""The reports of one server: started in child processes, watched, cancelled, and remembered while the server lives.

The child (`reports.job`) has its own session, so that everything it started can be ended with it. Nothing heavy is
imported here: this module is loaded with the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Conflict, ExplorerError, NotFound, NotSupported
from ..tracking.redaction import redact_text

if TYPE_CHECKING:
    from ..entities import Report

COMMAND = (sys.executable, "-m", "jupyter_mlflow_explorer.reports.job")
#: Finished reports that are remembered.
KEPT = 50
#: From the end of its input until the child is killed; it needs up to ten for a kernel that does not want to go.
_STOP_S = 12.0
#: A line of the child is short.
_LINE_BYTES = 1 << 20
#: A larger report is refused: it is sent to Jupyter's contents manager in one piece.
_MOST_BYTES = 200 << 20


class JobFailed(ExplorerError):
    """What the child process answered; ``code`` is its own."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Task:
    """What the child needs, as `reports.job` describes it; ``scratch`` is added when it starts."""

    notebook: dict[str, Any]
    folder: str
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    uris: tuple[str, ...] = field(default=(), repr=False)


@dataclass(eq=False)
class _State:
    report_id: str
    title: str
    form: str
    path: str
    run_cells: bool
    created_ms: int
    state: str = "running"
    phase: str = "preparing"
    done: int = 0
    total: int = 0
    message: str | None = None
    code: str | None = None
    failed_cell: int | None = None
    finished_ms: int | None = None
    kernel: int | None = None
    work: asyncio.Task[None] | None = None

    def public(self) -> Report:
        from ..entities import Report

        return Report(
            report_id=self.report_id,
            state=self.state,
            phase=self.phase,
            done=self.done,
            total=self.total,
            title=self.title,
            format=self.form,
            path=self.path,
            message=self.message,
            code=self.code,
            failed_cell=self.failed_cell,
            created_ms=self.created_ms,
            finished_ms=self.finished_ms,
        )


class Reports:
    """All reports of a server. Belongs to its event loop."""

    def __init__(self, *, at_once: int) -> None:
        self._at_once = at_once
        self._states: dict[str, _State] = {}
        self._is_closed = False

    def start(
        self,
        *,
        title: str,
        form: str,
        path: str,
        run_cells: bool,
        prepare: Callable[[], Awaitable[Task]],
        save: Callable[[Path], Awaitable[str]],
    ) -> Report:
        """Start making a report, and return it as it is now.

        Parameters
        ----------
        path
            Where it will be, in Jupyter's contents.
        prepare
            Fetches the notebook.
        save
            Takes the finished file and returns where it is now.

        Raises
        ------
        Conflict
            As many as may run at once are running.
        """
        running = sum(state.state == "running" for state in self._states.values())
        if self._is_closed or running >= self._at_once:
            raise Conflict(
                f"{running} reports are being made already, the most at once (ExplorerApp.max_reports)."
                " Wait for one, or cancel it."
            )
        state = _State(uuid.uuid4().hex, title, form, path, run_cells, round(time.time() * 1000))
        self._states[state.report_id] = state
        state.work = asyncio.ensure_future(self._work(state, prepare, save))
        self._forget_old()
        return state.public()

    def list(self) -> list[Report]:
        """Return all that are remembered, newest first."""
        return [state.public() for state in reversed(self._states.values())]

    def get(self, report_id: str) -> Report:
        """Return one; raises `NotFound`."""
        return self._state(report_id).public()

    async def remove(self, report_id: str) -> None:
        """Cancel a running report, and wait until its processes are gone; forget a finished one.

        Raises
        ------
        NotFound
            There is none of this id.
        """
        state = self._state(report_id)
        if state.work is not None and not state.work.done():
            await _cancelled(state.work)
        else:
            self._states.pop(report_id, None)

    async def close(self) -> None:
        """Cancel all, and wait until their processes are gone; safe to call twice."""
        self._is_closed = True
        works = [state.work for state in self._states.values() if state.work is not None]
        await asyncio.gather(*(_cancelled(work) for work in works))

    def _state(self, report_id: str) -> _State:
        if report_id not in self._states:
            raise NotFound(f"No report {report_id!r}: it was forgotten, or made before the server was started.")
        return self._states[report_id]

    def _forget_old(self) -> None:
        finished = [one for one, state in self._states.items() if state.state != "running"]
        for report_id in finished[: max(0, len(self._states) - KEPT)]:
            del self._states[report_id]

    async def _work(
        self,
        state: _State,
        prepare: Callable[[], Awaitable[Task]],
        save: Callable[[Path], Awaitable[str]],
    ) -> None:
        scratch = tempfile.mkdtemp(prefix="mlflow-explorer-report-")  # 0700
        try:
            task = await prepare()
            file = await _run(state, task, scratch)
            state.phase = "saving"
            if file.stat().st_size > _MOST_BYTES:
                raise JobFailed(f"The report is larger than {_MOST_BYTES >> 20} MiB. Write less into it.", "too_large")
            # From here on it is not interrupted: half a file would be left.
            state.path = await asyncio.shield(asyncio.ensure_future(save(file)))
            state.state = "done"
        except asyncio.CancelledError:
            state.state = "cancelled"
            raise
        except ExplorerError as error:
            state.state, state.message, state.code = "failed", error.message, error.code
        except Exception as error:
            # Jupyter's contents manager raises HTTP errors, with a message for people.
            text = getattr(error, "log_message", None) or getattr(error, "reason", None)
            state.state, state.code = "failed", "bug" if text is None else "not_saved"
            state.message = redact_text(str(text or "Something went wrong; the server's log has it."))
            if text is None:
                raise
        finally:
            state.finished_ms = round(time.time() * 1000)
            shutil.rmtree(scratch, ignore_errors=True)


async def _cancelled(work: asyncio.Task[None]) -> None:
    """Cancel, and wait for the end; a failure is told in the report."""
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await asyncio.shield(work)
    while not work.done():
        await asyncio.sleep(0.05)


async def _run(state: _State, task: Task, scratch: str) -> Path:
    """Let a child make the report; return its file."""
    asked = {
        "notebook": task.notebook,
        "form": state.form,
        "title": state.title,
        "folder": task.folder,
        "scratch": scratch,
        "run_cells": state.run_cells,
        "environment": task.environment,
        "uris": list(task.uris),
    }
    with open(os.path.join(scratch, "log"), "wb") as log:
        try:
            process = await asyncio.create_subprocess_exec(
                *COMMAND,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                limit=_LINE_BYTES,
            )
        except NotImplementedError:
            raise NotSupported("This server's event loop cannot start processes, which reports need.") from None
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with contextlib.suppress(ConnectionError):
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            await process.stdin.drain()
        async for line in process.stdout:
            answer = json.loads(line)
            if "error" in answer:
                raise JobFailed(answer["error"]["message"], answer["error"]["code"])
            if "result" in answer:
                return _result(state, answer["result"])
            _follow(state, answer)
        await process.wait()
        raise JobFailed(f"The process that makes the report ended by itself: {_last_words(scratch)}", "report_broken")
    finally:
        await _undisturbed(_stop(process, state))


def _follow(state: _State, answer: dict[str, Any]) -> None:
    if "kernel" in answer:
        state.kernel = answer["kernel"]
    if "phase" in answer:
        state.phase, state.done, state.total = answer["phase"], answer["done"], answer["total"]
        if state.phase != "executing":
            state.kernel = None  # It is gone, and its number may be another's.


def _result(state: _State, result: dict[str, Any]) -> Path:
    state.failed_cell = result["failed_cell"]
    if result["failed_cell"] is not None:
        state.message, state.code = result["message"], "cell_failed"
    return Path(result["file"])


async def _undisturbed(work: Awaitable[None]) -> None:
    """Await work to its end even where this task is cancelled again meanwhile."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    task.result()


async def _stop(process: asyncio.subprocess.Process, state: _State) -> None:
    """End the child and what it started, and wait until it is reaped."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), _STOP_S)
    except asyncio.TimeoutError:
        for group in filter(None, (state.kernel, process.pid)):
            with contextlib.suppress(OSError):
                os.killpg(group, signal.SIGKILL)
        await process.wait()
    state.kernel = None


def _last_words(scratch: str) -> str:
    with contextlib.suppress(OSError):
        lines = Path(scratch, "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        if lines:
            return redact_text(lines[-1][-300:])
    return "it said nothing"
