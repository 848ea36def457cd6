"""Runs one store for many tests: in an event loop of its own, because each test has another one."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

from jupyter_mlflow_explorer.tracking.store import ArtifactStream, TrackingStore


class _Chunks(AsyncIterator[bytes]):
    """The bytes of a stream of the other loop."""

    def __init__(self, chunks: Any, run: Callable[..., Any]) -> None:
        self._chunks = chunks
        self._run = run

    async def __anext__(self) -> bytes:
        # A StopAsyncIteration does not pass through a future.
        chunk: bytes | None = await self._run(self._next())
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    async def _next(self) -> bytes | None:
        return await anext(self._chunks, None)

    async def aclose(self) -> None:
        if hasattr(self._chunks, "aclose"):
            await self._run(self._chunks.aclose())


class Bridge:
    """Forwards every method of a store to the loop that it lives in. `close` does nothing."""

    def __init__(self, store: TrackingStore, loop: asyncio.AbstractEventLoop) -> None:
        self._store = store
        self._loop = loop
        self.kind = store.kind

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._store, name)

        async def forward(*arguments: Any, **named: Any) -> Any:
            found = await self._await(method(*arguments, **named))
            if isinstance(found, ArtifactStream):
                found.chunks = _Chunks(found.chunks, self._await)
            return found

        return forward

    async def _await(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Await something in the loop of the store."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def close(self) -> None:
        """Leave the store open for the next test."""


@contextlib.contextmanager
def bridged(make: Callable[[], TrackingStore]) -> Iterator[Any]:
    """Yield a store that outlives the event loops of tests."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    store = make()
    try:
        yield Bridge(store, loop)
    finally:
        asyncio.run_coroutine_threadsafe(store.close(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
