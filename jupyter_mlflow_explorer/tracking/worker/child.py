"""The child process: answers requests through MLflow, and ends when its parent does.

Standard output is the channel to the parent, so MLflow and plugins get another one: what they print goes to standard
error, and standard input is empty for them.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any, BinaryIO

from . import convert, frames

if TYPE_CHECKING:
    from .routes import Routes

#: Calls at the same time. The parent replaces a child long before so many are stuck.
THREADS = 64
#: For opening the store before the first call, in seconds.
_OPEN_S = 5.0
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve until standard input ends."""
    requests, answers = _own_channels()
    _end_with_parent()
    _forget_working_directory()
    _Child(requests, answers).serve()


class _Child:
    def __init__(self, requests: BinaryIO, answers: BinaryIO) -> None:
        self._requests = requests
        self._answers = answers
        self._writing = threading.Lock()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="call")
        self._calls: dict[int, Future[None]] = {}
        self._routes: Routes | None = None

    def serve(self) -> None:
        """Take the settings, import MLflow, say so, and answer."""
        _, settings = _read(self._requests)
        # From now on somebody watches for the end, during the import too.
        threading.Thread(target=self._watch, name="requests", daemon=True).start()
        try:
            from .routes import Routes, mlflow_version

            self._routes = Routes(settings)
            ready = {"ready": {"mlflow": mlflow_version()}}
        except BaseException as error:
            self._write(frames.CONTROL, {"error": convert.describe(error)})
            os._exit(1)
        # Opening imports still more. Where it fails or takes long, that is the first call's to tell.
        wait([self._pool.submit(self._routes.open)], _OPEN_S)
        # What the import made stays; looking through it again and again is half the time of a big page.
        gc.collect()
        gc.freeze()
        self._write(frames.CONTROL, ready)
        threading.Event().wait()

    def _watch(self) -> None:
        while True:
            request_id, content = _read(self._requests)
            if content.get("cancel"):
                call = self._calls.get(request_id)
                if call is not None:
                    call.cancel()
                continue
            call = self._pool.submit(self._answer, request_id, content)
            self._calls[request_id] = call
            call.add_done_callback(functools.partial(self._forget, request_id))

    def _forget(self, request_id: int, _: Future[None]) -> None:
        self._calls.pop(request_id, None)

    def _answer(self, request_id: int, content: Mapping[str, Any]) -> None:
        assert self._routes is not None
        try:
            found = {"answer": self._routes.answer(str(content["path"]), content.get("body") or {})}
        except BaseException as error:  # A plugin may even call sys.exit.
            found = {"error": convert.describe(error)}
        try:
            self._write(request_id, found)
        except (OverflowError, MemoryError):
            self._write(request_id, {"error": {"code": convert.TOO_LARGE, "message": ""}})
        except (TypeError, ValueError, RecursionError) as error:
            self._write(request_id, {"error": convert.describe(error)})

    def _write(self, request_id: int, content: Mapping[str, Any]) -> None:
        frame = frames.pack(request_id, content, convert.plain)
        try:
            with self._writing:
                self._answers.write(frame)
        except OSError:
            _end()


def _own_channels() -> tuple[BinaryIO, BinaryIO]:
    """Return the pipes to the parent, and put others in their place; children of ours do not inherit them."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, _Whole(answers)  # type: ignore[return-value]


class _Whole:
    """Writes all of what it is given; a raw pipe may take a part only."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._raw.write(view) :]


def _read(requests: BinaryIO) -> tuple[int, dict[str, Any]]:
    """Return the next frame; ends the process where there is none."""
    try:
        header = requests.read(frames.HEADER.size)
        if len(header) == frames.HEADER.size:
            request_id, length = frames.HEADER.unpack(header)
            payload = requests.read(length)
            if len(payload) == length:
                return request_id, json.loads(payload)
    except (OSError, ValueError):
        pass
    _end()
    raise AssertionError


def _end() -> None:
    """End now, whatever other threads are doing, with everything that plugins started."""
    with contextlib.suppress(OSError):
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
    os._exit(0)


def _end_with_parent() -> None:
    """Ask Linux to end us with the parent, for the case that a library blocks even the thread that watches."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, ImportError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _forget_working_directory() -> None:
    """Import nothing from the folder of the notebooks; Python before 3.11 does not know PYTHONSAFEPATH."""
    if sys.version_info < (3, 11):
        here = os.getcwd()
        sys.path[:] = [entry for entry in sys.path if entry not in ("", here)]
    os.environ.pop("PYTHONSAFEPATH", None)
