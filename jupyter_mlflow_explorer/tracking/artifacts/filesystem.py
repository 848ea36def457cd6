"""Artifacts on Google Cloud Storage and Azure, through fsspec's asynchronous file systems (gcsfs, adlfs).

They run on fsspec's own event loop, in its thread: their finalizers do not survive on ours (adlfs 2026.8). Cancelling
reaches them there. One listing is one request for the whole folder, cut into pages here; a file is read piece by piece.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

from ...entities import ArtifactEntry, ArtifactsPage
from ...errors import (
    ExplorerError,
    NotFound,
    TrackingBroken,
    TrackingDenied,
    TrackingTimeout,
    TrackingUnavailable,
)
from .. import paging
from ..store import ArtifactStream
from . import s3failures
from .local import no_chunks
from .location import CloudFolder
from .paths import byte_range

#: Bytes of one request: large enough against its latency, small against the memory budget.
_CHUNK_BYTES = 4 << 20

_DENIED = ("Permission", "Forbidden", "Unauthorized", "Credential", "Authentication", "RefreshError", "AnonymousAccess")
_UNREACHED = ("Connect", "ServiceRequest", "Transport", "ClientOSError")


class FileSystemArtifacts:
    """Reads folders and files of one storage. ``make`` returns its file system, and is called in a thread."""

    def __init__(self, request_timeout_s: float, make: Callable[[CloudFolder], Any] | None = None) -> None:
        self._request_timeout_s = request_timeout_s
        self._make = make or _file_system
        self._lock = asyncio.Lock()
        self._files: Any = None

    async def list(self, folder: CloudFolder, path: str, max_results: int, page_token: str | None) -> ArtifactsPage:
        """List one folder, sorted by path, a folder after a file of its name."""
        path = path.rstrip("/")
        here = f"{folder.bucket}/{folder.key(path)}".rstrip("/")
        try:
            answers = await self._ask(folder, "_ls", here, detail=True)
        except FileNotFoundError:
            answers = []
        except Exception as error:
            raise self._translate(folder, path, error) from None
        entries = [entry for answer in answers if (entry := _entry(answer, here, path))]
        if path and not entries:
            raise NotFound(f"There is no artifact folder '{path}'.")
        entries.sort(key=_position)
        mark = f"artifacts:{path}"
        start = 0
        if page_token:
            last = paging.decode(page_token, mark)
            start = sum(1 for entry in entries if _position(entry) <= last)
        page = entries[start : start + max_results]
        token = paging.encode(mark, _position(page[-1])) if page and start + len(page) < len(entries) else None
        return ArtifactsPage.model_construct(path=path, entries=page, next_page_token=token, total=len(entries))

    async def stat(self, folder: CloudFolder, path: str) -> ArtifactStream:
        """Return what is known about one file."""
        try:
            found = await self._ask(folder, "_info", f"{folder.bucket}/{folder.key(path)}")
        except Exception as error:
            raise self._translate(folder, path, error) from None
        if found.get("type") == "directory":
            raise NotFound(f"The artifact '{path}' is not a file.")
        size = int(found.get("size") or 0)
        etag = str(found.get("etag") or found.get("ETag") or "").strip('"')
        return ArtifactStream(
            name=path.rpartition("/")[2],
            size_bytes=size,
            start=0,
            stop=size,
            etag=f'"{etag}"' if etag and etag.isascii() and etag.isprintable() and '"' not in etag else None,
            modified_ms=_modified(found),
            chunks=no_chunks(),
        )

    async def open(self, folder: CloudFolder, path: str, start: int | None, stop: int | None) -> ArtifactStream:
        """Open one file, whole or a range of it."""
        stream = await self.stat(folder, path)
        stream.start, stream.stop = byte_range(stream.size_bytes or 0, start, stop)
        stream.chunks = self._chunks(folder, path, stream.start, stream.stop)
        return stream

    async def close(self) -> None:
        """Let go of the file system, which closes its connections when nobody holds it; safe to call twice."""
        self._files = None

    async def _chunks(self, folder: CloudFolder, path: str, start: int, stop: int) -> AsyncIterator[bytes]:
        name = f"{folder.bucket}/{folder.key(path)}"
        while start < stop:
            end = min(stop, start + _CHUNK_BYTES)
            try:
                chunk = await self._ask(folder, "_cat_file", name, start=start, end=end)
            except Exception as error:
                raise self._translate(folder, path, error) from None
            if len(chunk) != end - start:
                raise TrackingBroken(f"{folder.name} broke off its answer. Try again.")
            yield bytes(chunk)
            start = end

    async def _ask(self, folder: CloudFolder, method: str, *arguments: Any, **options: Any) -> Any:
        """Call a coroutine method of the file system on its own loop."""
        async with self._lock:
            if self._files is None:
                # Its imports take a while: not on the event loop.
                self._files = await asyncio.to_thread(self._make, folder)
            files = self._files
        work = getattr(files, method)(*arguments, **options)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, files.loop))

    def _translate(self, folder: CloudFolder, path: str, error: Exception) -> Exception:
        """Return what an error of a file system, which may be of many libraries, means."""
        if isinstance(error, ExplorerError):
            return error
        if isinstance(error, ImportError):
            package, extra = ("gcsfs", "gs") if folder.scheme == "gs" else ("adlfs", "azure")
            return s3failures.not_installed(folder.name, package, extra)
        if isinstance(error, FileNotFoundError) or getattr(error, "status_code", None) == 404:
            return NotFound(f"There is no artifact '{path}' on {folder.name}.")
        kind = error.__class__.__name__
        status = getattr(error, "status_code", None) or getattr(error, "code", None)
        if isinstance(error, PermissionError) or status in (401, 403) or any(word in kind for word in _DENIED):
            return TrackingDenied(f"{folder.name} refused access ({kind}). {_CREDENTIALS[folder.scheme]}")
        if isinstance(error, asyncio.TimeoutError):
            return TrackingTimeout(f"{folder.name} did not answer within {self._request_timeout_s:g} s. Try again.")
        if isinstance(error, ValueError) and self._files is None:
            return TrackingDenied(f"There are no usable credentials for {folder.name}. {_CREDENTIALS[folder.scheme]}")
        if isinstance(error, OSError) or any(word in kind for word in _UNREACHED):
            return TrackingUnavailable(f"{folder.name} cannot be reached ({kind}). Check the network.")
        return TrackingUnavailable(f"{folder.name} cannot be read ({kind}).")


_AZURE = (
    "Set AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_ACCESS_KEY or AZURE_STORAGE_SAS_TOKEN, or sign in with the"
    " Azure command line, and start Jupyter again."
)
_CREDENTIALS = {
    "gs": "Set GOOGLE_APPLICATION_CREDENTIALS to a key file, or sign in with gcloud, and start Jupyter again.",
    **dict.fromkeys(("abfs", "abfss", "wasb", "wasbs"), _AZURE),
}


def _file_system(folder: CloudFolder) -> Any:
    """Return the file system of a storage, set up as the environment says; raises `ImportError` where it is missing."""
    quiet = {"skip_instance_cache": True, "use_listings_cache": False}
    if folder.scheme == "gs":
        import gcsfs

        return gcsfs.GCSFileSystem(**quiet)
    import adlfs

    environment = os.environ
    # The names that MLflow takes; adlfs finds its own by itself.
    key = environment.get("AZURE_STORAGE_ACCESS_KEY") or environment.get("AZURE_STORAGE_ACCOUNT_KEY")
    known = {"connection_string": environment.get("AZURE_STORAGE_CONNECTION_STRING"), "account_key": key}
    chosen = {name: value for name, value in known.items() if value}
    return adlfs.AzureBlobFileSystem(account_name=folder.account, anon=False, **chosen, **quiet)


def _entry(answer: Any, here: str, path: str) -> ArtifactEntry | None:
    """Return one entry, None for the folder's own marker and for what is not in the folder."""
    name = str(answer.get("name", "")).strip("/")
    folder, _, last = name.rpartition("/")
    if folder != here or not last:
        return None
    is_dir = answer.get("type") == "directory"
    return ArtifactEntry.model_construct(
        path=f"{path}/{last}" if path else last,
        name=last,
        is_dir=is_dir,
        size_bytes=None if is_dir else answer.get("size"),
    )


def _position(entry: ArtifactEntry) -> list[Any]:
    return [entry.name, int(entry.is_dir)]


def _modified(found: Any) -> int | None:
    for key in ("mtime", "updated", "last_modified", "LastModified"):
        moment = found.get(key)
        if isinstance(moment, datetime):
            return round(moment.timestamp() * 1000)
    return None
