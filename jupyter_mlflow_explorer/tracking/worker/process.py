"""One child process, from its start until it is reaped.

It is a program of its own and never a fork of the server, which has threads and an event loop. It leads its own
session, so that Ctrl-C in the server's terminal does not reach it and what plugins start can be ended with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import NotSupported, TrackingBroken
from . import frames

COMMAND = (sys.executable, "-m", "jupyter_mlflow_explorer.tracking.worker")
#: What is kept of the child's standard error, for the message when it dies.
_TAIL_BYTES = 8 << 10
#: From the end of its input until it is killed.
_STOP_S = 2.0
#: From its death until its last answers have been read.
_LAST_WORDS_S = 0.5


class Ended(Exception):
    """The process ended before it answered."""


@dataclass(eq=False)
class Call:
    """One request. ``answer`` has the JSON; ``ended`` is set once the child is done with it, wanted or not."""

    id: int
    process: Process
    answer: asyncio.Future[bytes]
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    abandoned_at: float | None = None


class Process(asyncio.SubprocessProtocol):
    """A child and the calls that it is working on. Belongs to the event loop in which it was spawned."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.calls: dict[int, Call] = {}
        self.hello: asyncio.Future[bytes] = loop.create_future()
        #: Set when nothing of it is left: reaped, and its pipes closed.
        self.gone = asyncio.Event()
        self.is_expected = False
        self.returncode: int | None = None
        self._loop = loop
        self._transport: asyncio.SubprocessTransport | None = None
        self._splitter = frames.Splitter()
        self._tail = bytearray()
        self._next_id = 1
        self._is_over = False
        self._exited = asyncio.Event()

    @classmethod
    async def spawn(cls, environment: Mapping[str, str], settings: Mapping[str, Any]) -> Process:
        """Start a child; await `hello` before calls.

        Raises
        ------
        NotSupported
            This platform or event loop starts no processes.
        OSError
            The machine refuses another process.
        """
        loop = asyncio.get_running_loop()
        try:
            transport, process = await loop.subprocess_exec(
                cls, *COMMAND, env=dict(environment), start_new_session=True, close_fds=True
            )
        except NotImplementedError:
            raise NotSupported(
                "This event loop cannot start processes, which stores of this kind need. Serve the store with"
                " `mlflow server` and connect to its http address."
            ) from None
        process._transport = transport
        process._send(frames.pack(frames.CONTROL, settings))
        return process

    @property
    def pid(self) -> int:
        """The id of the process, -1 before it is started."""
        return self._transport.get_pid() if self._transport is not None else -1

    @property
    def is_usable(self) -> bool:
        """Whether calls may be sent."""
        return not self._is_over and not self.is_expected

    @property
    def live(self) -> int:
        """Number of calls that somebody waits for."""
        return sum(call.abandoned_at is None for call in self.calls.values())

    def call(self, path: str, body: Mapping[str, Any]) -> Call:
        """Send a request; raises `Ended` where the process has ended."""
        if self._is_over:
            raise Ended
        frame = frames.pack(self._next_id, {"path": path, "body": body})
        call = Call(self._next_id, self, self._loop.create_future())
        self._next_id = self._next_id % 0xFFFFFFFF + 1
        self.calls[call.id] = call
        self._send(frame)
        return call

    def abandon(self, call: Call) -> None:
        """Tell the child that nobody waits any more, so that it does not begin; what it has begun it cannot stop."""
        if call.id in self.calls and call.abandoned_at is None:
            call.abandoned_at = time.monotonic()
            call.answer.cancel()
            if not self._is_over:
                self._send(frames.pack(call.id, {"cancel": True}))

    def last_words(self) -> str:
        """Return the end of what it wrote to standard error; not redacted."""
        return self._tail.decode("utf-8", "replace")

    async def stop(self) -> None:
        """End the process and wait until it is reaped; calls fail with `Ended`. Safe to call twice."""
        self.is_expected = True
        transport = self._transport
        if transport is None or self.gone.is_set():
            return
        pipe = transport.get_pipe_transport(0)
        if pipe is not None:
            pipe.close()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.gone.wait(), _STOP_S)
        self.kill()
        await self.gone.wait()

    def kill(self) -> None:
        """End the process and what it started, at once."""
        # The id is ours as long as the process is not reaped.
        if self._transport is not None and self._transport.get_returncode() is None and not self._exited.is_set():
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)
            with contextlib.suppress(OSError):
                self._transport.kill()

    # What follows is called by the event loop.

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Take answers (1) or what is printed (2)."""
        if fd != 1:
            self._tail += data
            del self._tail[:-_TAIL_BYTES]
            return
        try:
            received = self._splitter.feed(data)
        except OverflowError:
            self._over(TrackingBroken("The worker process sent more than it may."))
            self.kill()
            return
        for request_id, payload in received:
            if request_id == frames.CONTROL:
                if not self.hello.done():
                    self.hello.set_result(payload)
                continue
            call = self.calls.pop(request_id, None)
            if call is not None:
                if not call.answer.done():
                    call.answer.set_result(payload)
                call.ended.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Take note of the end of its answers."""
        if fd == 1:
            self._over(Ended())
            self._loop.call_later(_LAST_WORDS_S, self.kill)

    def process_exited(self) -> None:
        """Take note of its end, and wait a moment for what it wrote before."""
        assert self._transport is not None
        self.returncode = self._transport.get_returncode()
        self._exited.set()
        self._loop.call_later(_LAST_WORDS_S, self._close)

    def connection_lost(self, exc: Exception | None) -> None:
        """All pipes are closed and the process is reaped."""
        self._over(Ended())
        self.gone.set()

    def _close(self) -> None:
        # Something that a plugin started may still hold the pipe of standard error.
        if self._transport is not None:
            self._transport.close()

    def _over(self, reason: Exception) -> None:
        if self._is_over:
            return
        self._is_over = True
        if not self.hello.done():
            self.hello.set_exception(reason)
            self.hello.exception()  # Nobody may be waiting.
        for call in list(self.calls.values()):
            if not call.answer.done():
                call.answer.set_exception(reason)
                call.answer.exception()
            call.ended.set()
        self.calls.clear()

    def _send(self, data: bytes) -> None:
        assert self._transport is not None
        pipe = self._transport.get_pipe_transport(0)
        if pipe is not None and not pipe.is_closing():
            pipe.write(data)  # type: ignore[attr-defined]
