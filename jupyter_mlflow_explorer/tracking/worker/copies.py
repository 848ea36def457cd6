"""Copies of artifacts, made by MLflow: one download for all who want it, within limits, kept for a short while."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from dataclasses import dataclass
from typing import Any

from ...errors import TooLarge, TrackingBroken, TrackingTimeout, TrackingUnavailable
from .client import WorkerClient
from .folders import Folders, free_bytes, state
from .process import Call

#: How often a download is looked at, in seconds.
_LOOK_S = 0.25


@dataclass(frozen=True)
class CopyLimits:
    """What copies may take."""

    #: Of one artifact, in bytes. All copies together take at most twice that.
    largest_bytes: int = 2 << 30
    #: Without a byte arriving until a download is given up, in seconds.
    stalled_s: float = 60.0
    #: After its last use until a copy is removed, in seconds.
    kept_s: float = 60.0


@dataclass(frozen=True)
class Key:
    """Which artifact: the URI of its owner's artifacts, and its path below that."""

    root: str
    path: str


@dataclass(eq=False)
class Copy:
    """A file of ours with the bytes of an artifact, ``relative`` to its private folder."""

    folder: str
    relative: str
    size_bytes: int
    etag: str
    users: int = 0
    used_at: float = 0.0


@dataclass(eq=False)
class _Download:
    task: asyncio.Task[Copy]
    waiters: int = 0


class Copies:
    """Downloads through `client`, which is closed before this is."""

    def __init__(self, client: WorkerClient, limits: CopyLimits) -> None:
        self._client = client
        self._limits = limits
        self._folders: asyncio.Task[Folders] | None = None
        self._copies: dict[Key, Copy] = {}
        self._downloads: dict[Key, _Download] = {}
        self._reserved_bytes = 0
        self._removals: set[asyncio.Task[None]] = set()

    def find(self, key: Key) -> Copy | None:
        """Return a copy that is there."""
        return self._copies.get(key)

    def use(self, copy: Copy) -> None:
        """Keep a copy until `release`."""
        copy.users += 1

    def release(self, key: Key, copy: Copy) -> None:
        """Let go of a copy; it is kept for whoever asks next."""
        copy.users -= 1
        self._keep(key, copy)

    async def obtain(self, key: Key, expected_bytes: int) -> Copy:
        """Return a copy, downloaded where there is none, in use until `release`.

        Raises
        ------
        TooLarge
            It is larger than a copy may be, as far as `expected_bytes` (0 where unknown) or the download tell.
        """
        while True:
            copy = self._copies.get(key)
            if copy is not None:
                copy.users += 1
                return copy
            await self._shared(key, expected_bytes)

    async def stop(self) -> None:
        """End downloads; call it before the client is closed."""
        tasks = [download.task for download in self._downloads.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def close(self) -> None:
        """Remove everything; safe to call twice."""
        await self.stop()
        for removal in self._removals:
            removal.cancel()
        self._copies.clear()
        folders, self._folders = self._folders, None
        if folders is not None:
            await asyncio.to_thread((await folders).close)

    async def _shared(self, key: Key, expected_bytes: int) -> None:
        """Wait for a download together with others; the last one who gives up ends it."""
        download = self._downloads.get(key)
        if download is None:
            download = _Download(asyncio.create_task(self._download(key, expected_bytes)))
            self._downloads[key] = download
            download.task.add_done_callback(lambda task: self._downloaded(key, task))
        download.waiters += 1
        try:
            await asyncio.shield(download.task)
        except asyncio.CancelledError:
            if download.task.cancelled():
                raise TrackingUnavailable("The connection is closed.") from None
            if download.waiters == 1 and not download.task.done():
                download.task.cancel()
                self._downloads.pop(key, None)
            raise
        finally:
            download.waiters -= 1

    def _downloaded(self, key: Key, task: asyncio.Task[Copy]) -> None:
        if key in self._downloads and self._downloads[key].task is task:
            del self._downloads[key]
        if not task.cancelled() and task.exception() is None:
            self._copies[key] = task.result()
            self._keep(key, task.result())

    def _keep(self, key: Key, copy: Copy) -> None:
        copy.used_at = time.monotonic()
        if not copy.users:
            asyncio.get_running_loop().call_later(self._limits.kept_s, self._expire, key, copy, copy.used_at)

    def _expire(self, key: Key, copy: Copy, used_at: float) -> None:
        if self._copies.get(key) is copy and not copy.users and copy.used_at == used_at:
            self._drop(key)

    def _drop(self, key: Key) -> None:
        copy = self._copies.pop(key)
        self._reserved_bytes -= copy.size_bytes
        self._remove(copy.folder)

    def _make_room(self, size: int) -> None:
        """Drop copies that nobody reads, oldest first, until `size` more bytes fit into the budget."""
        unused = sorted((item for item in self._copies.items() if not item[1].users), key=lambda item: item[1].used_at)
        while unused and self._reserved_bytes + size > self._limits.largest_bytes:
            self._drop(unused.pop(0)[0])
        if self._reserved_bytes + size > 2 * self._limits.largest_bytes:
            raise TooLarge("Too many large artifacts are being read at this time. Try again when they are done.")

    async def _download(self, key: Key, expected: int) -> Copy:
        if expected > self._limits.largest_bytes:
            raise self._too_large(key.path)
        self._make_room(expected)
        self._reserved_bytes += expected
        folder, call = "", None
        try:
            folder = await self._folder(expected)
            body = {"uri": key.root, "path": key.path, "folder": folder}
            async with self._client.calling("artifacts/download", body) as call:
                answer = await self._watched(call, folder, key.path)
            relative, size = await asyncio.to_thread(_locate, folder, str(answer.get("path")))
            if size > self._limits.largest_bytes:
                raise self._too_large(key.path)
        except BaseException:
            self._reserved_bytes -= expected
            if folder:
                self._remove(folder, call)
            raise
        self._reserved_bytes += size - expected
        return Copy(folder, relative, size, f'"{uuid.uuid4().hex}"')

    async def _watched(self, call: Call, folder: str, path: str) -> dict[str, Any]:
        """Wait for a download as long as it makes progress and stays within the limit."""
        answer = asyncio.create_task(self._client.result(call))
        answer.add_done_callback(lambda task: task.cancelled() or task.exception())
        last, changed_at = None, time.monotonic()
        try:
            while True:
                done, _ = await asyncio.wait([answer], timeout=_LOOK_S)
                if done:
                    return answer.result()
                size, now = await asyncio.to_thread(state, folder)
                if size > self._limits.largest_bytes:
                    # It cannot be interrupted, and goes on to fill the disk, so the process has to go.
                    self._client.replace(call.process, within_s=2.0)
                    raise self._too_large(path)
                if now != last:
                    last, changed_at = now, time.monotonic()
                elif time.monotonic() - changed_at > self._limits.stalled_s:
                    raise TrackingTimeout(
                        f"No byte of the artifact '{path}' arrived within {self._limits.stalled_s:g} s. Try again."
                    )
        finally:
            answer.cancel()

    async def _folder(self, size: int) -> str:
        if self._folders is None:
            self._folders = asyncio.create_task(asyncio.to_thread(Folders))
        starting = self._folders
        try:
            folders = await asyncio.shield(starting)
            folder = await asyncio.to_thread(folders.make)
            free = await asyncio.to_thread(free_bytes, folder)
        except OSError as error:
            if self._folders is starting and starting.done() and starting.exception() is not None:
                self._folders = None
            raise TrackingUnavailable(f"There is no temporary folder to copy into: {error.strerror}.") from None
        if free < size:
            self._remove(folder)
            raise TrackingUnavailable(
                f"The artifact has {size:,} bytes, and the temporary folder has room for {free:,}. Make room there, or"
                " insert loading code to read it in the notebook."
            )
        return folder

    def _remove(self, folder: str, call: Call | None = None) -> None:
        """Remove a folder now, and once more when the child has stopped writing to it."""

        async def work() -> None:
            if self._folders is None:
                return
            folders = await self._folders
            await asyncio.to_thread(folders.remove, folder)
            if call is not None and not call.ended.is_set():
                await call.ended.wait()
                await asyncio.to_thread(folders.remove, folder)

        task = asyncio.create_task(work())
        self._removals.add(task)
        task.add_done_callback(self._removals.discard)

    def _too_large(self, path: str) -> TooLarge:
        return TooLarge(
            f"The artifact '{path}' has more than {self._limits.largest_bytes / (1 << 20):,.0f} MiB, the limit for"
            " artifacts that are copied before they are read. Insert loading code to read it in the notebook."
        )


def _locate(folder: str, path: str) -> tuple[str, int]:
    """Return where the copy is below `folder`, and its size."""
    root, real = os.path.realpath(folder), os.path.realpath(os.path.join(folder, path))
    if not real.startswith(root + os.sep) or not os.path.isfile(real):
        raise TrackingBroken("MLflow did not put the artifact where it was told to. Try again.")
    return os.path.relpath(real, root), os.path.getsize(real)
