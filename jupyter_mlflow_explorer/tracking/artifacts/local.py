"""Artifacts in a folder on this machine.

Every path is resolved before it is used and has to stay below the run's folder, so a symbolic link that leads elsewhere
is treated as if it were not there. Only regular files are opened, and without waiting, so a named pipe blocks nobody.
"""

from __future__ import annotations

import asyncio
import functools
import os
import stat
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from pydantic import TypeAdapter

from ...entities import ArtifactEntry, ArtifactsPage
from ...errors import BadInput, ExplorerError, NotFound, TrackingTimeout, TrackingUnavailable
from .. import paging
from ..store import ArtifactStream
from .paths import byte_range, clean, file_path

T = TypeVar("T")

_ENTRIES = TypeAdapter(list[ArtifactEntry])
#: Bytes read at once: large enough that thread switches do not matter, small against the memory budget.
CHUNK_BYTES = 1 << 20


class LocalArtifacts:
    """Lists folders and reads files in a few threads of its own."""

    def __init__(self, *, request_timeout_s: float, threads: int = 4) -> None:
        self._request_timeout_s = request_timeout_s
        self._threads = threads
        self._executor: ThreadPoolExecutor | None = None

    async def list(self, folder: str, path: str, max_results: int, page_token: str | None) -> ArtifactsPage:
        """List the folder `path` below `folder`, sorted by path."""
        paging.check_max_results(max_results)
        return await self._run(_list, folder, clean(path), max_results, page_token)

    async def open(self, folder: str, path: str, start: int | None, stop: int | None) -> ArtifactStream:
        """Open a file below `folder`."""
        stream, descriptor = await self._run(_open, folder, file_path(path))
        try:
            stream.start, stream.stop = byte_range(stream.size_bytes or 0, start, stop)
        except BadInput:
            os.close(descriptor)
            raise
        stream.chunks = _Chunks(self, descriptor, stream.start, stream.stop)
        return stream

    async def stat(self, folder: str, path: str) -> ArtifactStream:
        """Return what is known about a file below `folder`."""
        stream, descriptor = await self._run(_open, folder, file_path(path))
        os.close(descriptor)
        return stream

    async def close(self) -> None:
        """End the threads; safe to call twice."""
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)

    async def read(self, descriptor: int, size: int, offset: int) -> bytes:
        """Read once at `offset`."""
        return await self._run(os.pread, descriptor, size, offset)

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix="mlflow-explorer-artifacts")
        future = asyncio.get_running_loop().run_in_executor(self._executor, functools.partial(work, *arguments))
        try:
            return await asyncio.wait_for(asyncio.shield(future), self._request_timeout_s)
        except asyncio.TimeoutError:
            future.add_done_callback(_discard)
            raise TrackingTimeout(
                f"The artifact folder did not answer within {self._request_timeout_s:g} s. Check its disk or network."
            ) from None
        except asyncio.CancelledError:
            future.add_done_callback(_discard)
            raise


class _Chunks(AsyncIterator[bytes]):
    """The bytes of a range; closes the file at its end, or when told."""

    def __init__(self, artifacts: LocalArtifacts, descriptor: int, start: int, stop: int) -> None:
        self._artifacts = artifacts
        self._descriptor = descriptor
        self._at = start
        self._stop = stop

    async def __anext__(self) -> bytes:
        if self._descriptor < 0 or self._at >= self._stop:
            await self.aclose()
            raise StopAsyncIteration
        chunk = await self._artifacts.read(self._descriptor, min(CHUNK_BYTES, self._stop - self._at), self._at)
        if not chunk:
            await self.aclose()
            raise TrackingUnavailable("The artifact became shorter while it was read. Try again.")
        self._at += len(chunk)
        return chunk

    async def aclose(self) -> None:
        """Close the file; safe to call twice."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)


async def no_chunks() -> AsyncIterator[bytes]:
    """Yield nothing."""
    nothing: tuple[bytes, ...] = ()
    for chunk in nothing:
        yield chunk


def _discard(future: asyncio.Future[Any]) -> None:
    """Close a file that was opened after everybody had stopped waiting, and take note of its failure."""
    if future.cancelled() or future.exception() is not None:
        return
    result = future.result()
    if isinstance(result, tuple) and len(result) == 2 and isinstance(result[0], ArtifactStream):
        os.close(result[1])


def _resolve(folder: str, path: str) -> str:
    """Return the real path, or raise `NotFound` where it is not there or not below `folder`."""
    root = os.path.realpath(folder)
    try:
        real = os.path.realpath(os.path.join(root, path), strict=True)
    except (OSError, ValueError):
        raise NotFound(f"There is no artifact '{path}'.") from None
    if real != root and not real.startswith(root.rstrip("/") + "/"):
        raise NotFound(f"There is no artifact '{path}'.")
    return real


def _open(folder: str, path: str) -> tuple[ArtifactStream, int]:
    real = _resolve(folder, path)
    try:
        # The path is resolved, so a link here would be one that was put there since.
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise _failure(path, error) from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise NotFound(f"The artifact '{path}' is not a file.")
    stream = ArtifactStream(
        name=path.rsplit("/", 1)[-1],
        size_bytes=found.st_size,
        start=0,
        stop=found.st_size,
        etag=f'"{found.st_mtime_ns:x}-{found.st_size:x}"',
        modified_ms=found.st_mtime_ns // 1_000_000,
        chunks=no_chunks(),
    )
    return stream, descriptor


def _failure(path: str, error: OSError) -> ExplorerError:
    if isinstance(error, FileNotFoundError):
        return NotFound(f"There is no artifact '{path}'.")
    return TrackingUnavailable(f"The artifact '{path}' cannot be read: {error.strerror}.")


def _list(folder: str, path: str, max_results: int, page_token: str | None) -> ArtifactsPage:
    if not path and not os.path.isdir(folder):
        # MLflow makes the folder with the first artifact.
        return ArtifactsPage.model_construct(path="", entries=[], next_page_token=None, total=0)
    real = _resolve(folder, path)
    root = os.path.realpath(folder)
    try:
        with os.scandir(real) as scan:
            found = sorted(scan, key=_name)
    except NotADirectoryError:
        raise NotFound(f"The artifact '{path}' is a file, not a folder.") from None
    except OSError as error:
        raise _failure(path, error) from None
    found = [entry for entry in found if not entry.is_symlink() or _is_inside(entry, root)]
    page, token = paging.cut_by_name(found, path, max_results, page_token)
    entries = _entries(page, f"{path}/" if path else "")
    return ArtifactsPage.model_construct(path=path, entries=entries, next_page_token=token, total=len(found))


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _is_inside(entry: os.DirEntry[str], root: str) -> bool:
    real = os.path.realpath(entry.path)
    return real.startswith(root.rstrip("/") + "/") and os.path.exists(real)


def _entries(page: Sequence[os.DirEntry[str]], prefix: str) -> list[ArtifactEntry]:
    """Return the entries of one page. Validated all at once, which takes half the time of one by one."""
    found = [
        {
            "path": prefix + entry.name,
            "name": entry.name,
            "is_dir": is_dir,
            "size_bytes": None if is_dir else _size(entry),
        }
        for entry in page
        for is_dir in (entry.is_dir(),)
    ]
    if any(not entry.name.isascii() for entry in page):
        # A name that is not UTF-8 can be shown, and not opened: no URL can carry it.
        for item in found:
            for key in ("path", "name"):
                item[key] = os.fsencode(str(item[key])).decode("utf-8", "replace")
    return _ENTRIES.validate_python(found)


def _size(entry: os.DirEntry[str]) -> int | None:
    try:
        return entry.stat().st_size
    except OSError:
        return None  # Removed since it was listed.
