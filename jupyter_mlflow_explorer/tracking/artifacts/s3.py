"""Artifacts on Amazon S3 and on what speaks its protocol, through s3fs on the event loop.

s3fs finds credentials, endpoint and region as every AWS tool does, and makes the client; the requests are our own,
because s3fs lists whole folders, caches them, tries again for minutes, and reads ``?`` in a key as a version. A page
of a listing costs one request for each thousand entries, a read is one streamed request, and leaving a stream ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, TypeAlias

from ...entities import ArtifactEntry, ArtifactsPage
from ...errors import BadInput, NotFound
from .. import paging
from ..store import ArtifactStream
from . import s3failures
from .local import no_chunks
from .location import CloudFolder
from .paths import byte_range, range_header

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
#: Bytes handed on at once; what a slow client leaves unread stays with S3.
_CHUNK_BYTES = 1 << 18
#: S3's own limit for one page.
_MOST_KEYS = 1000
_TRUE = ("true", "1")
#: Seconds after which credentials that were refused are read again.
_RENEW_S = 20.0

#: A name, and 1 for a folder: S3 may hold a file and a folder of the same name.
_Position: TypeAlias = "tuple[str, int]"


class S3Artifacts:
    """Reads folders and files of any bucket that the environment's credentials open."""

    def __init__(self, request_timeout_s: float) -> None:
        self._request_timeout_s = request_timeout_s
        self._lock = asyncio.Lock()
        self._files: Any = None
        self._made_at = 0.0
        self._retired: tuple[Any, ...] = ()

    async def list(self, folder: CloudFolder, path: str, max_results: int, page_token: str | None) -> ArtifactsPage:
        """List one folder, sorted by path, a folder after a file of its name."""
        mark = f"artifacts:{path}"
        after = _position(page_token, mark)
        prefix = folder.key(path)
        prefix = f"{prefix}/" if prefix else ""
        found, has_more, exists = await self._entries(folder, prefix, after, max_results)
        if path and not exists and after is None:
            if path.endswith("/"):
                # Not the folder without a name, which `//` in a key makes, but the one before the slash.
                return await self.list(folder, path.rstrip("/"), max_results, None)
            raise NotFound(f"There is no artifact folder '{path}'.")
        below = f"{path}/" if path else ""
        entries = [
            ArtifactEntry.model_construct(
                path=below + name, name=name or "/", is_dir=bool(is_dir), size_bytes=None if is_dir else size
            )
            for (name, is_dir), size in found
        ]
        token = paging.encode(mark, list(found[-1][0])) if has_more and found else None
        total = len(entries) if after is None and token is None else None
        return ArtifactsPage.model_construct(path=path, entries=entries, next_page_token=token, total=total)

    async def stat(self, folder: CloudFolder, path: str) -> ArtifactStream:
        """Return what S3 says about one file."""
        client = await self._client(folder)
        with self._translated(folder, path):
            try:
                answer = await client.head_object(**self._object(folder, path))
            except Exception as error:
                if s3failures.status(error) != 404:
                    raise
                # An answer to HEAD has no body, which would tell a missing bucket from a missing file.
                await client.list_objects_v2(Bucket=folder.bucket, MaxKeys=1, **_owner())
                raise
        return _stream(answer, path, answer.get("ContentLength"), None, no_chunks())

    async def open(self, folder: CloudFolder, path: str, start: int | None, stop: int | None) -> ArtifactStream:
        """Open one file, whole or a range of it."""
        client = await self._client(folder)
        asked = range_header(start, stop)
        with self._translated(folder, path):
            try:
                answer = await client.get_object(
                    **self._object(folder, path), **({} if asked is None else {"Range": asked})
                )
            except Exception as error:
                if s3failures.status(error) != 416:
                    raise
                answer = None
        if answer is None:
            size = (await self.stat(folder, path)).size_bytes or 0
            byte_range(size, start, stop)  # Says what is wrong.
            raise BadInput(f"The range {start}-{stop} is outside the file, which has {size:,} bytes.")
        match = _RANGE.match(answer.get("ContentRange") or "")
        if match:
            span = int(match[1]), int(match[2]) + 1
            body = _Body(self, folder, path, answer["Body"], span[1] - span[0])
            return _stream(answer, path, int(match[3]), span, body)
        size = answer.get("ContentLength")
        body = _Body(self, folder, path, answer["Body"], size)
        if asked is not None:
            await body.aclose()
            raise s3failures.no_s3(folder, "it sends a whole file where a part was asked for")
        return _stream(answer, path, size, None, body)

    async def close(self) -> None:
        """Close all connections; safe to call twice."""
        self._retire()
        retired, self._retired = self._retired, ()
        for files in retired:
            if files._s3 is not None:  # `s3` raises before the first use.
                await files._s3.close()

    def translate(self, folder: CloudFolder, path: str, error: Exception) -> Exception:
        """Return what an error of botocore or its HTTP client means."""
        if s3failures.is_about_credentials(error) and time.monotonic() - self._made_at > _RENEW_S:
            # They may have been renewed since, in the files of the AWS configuration.
            self._retire()
        return s3failures.translate(folder, path, error, self._request_timeout_s)

    def _retire(self) -> None:
        """Let the next request make a new client; others may still read through the old one."""
        if self._files is not None:
            self._retired += (self._files,)
        self._files = None

    @contextlib.contextmanager
    def _translated(self, folder: CloudFolder, path: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            raise self.translate(folder, path, error) from None

    def _object(self, folder: CloudFolder, path: str) -> dict[str, str]:
        return {"Bucket": folder.bucket, "Key": folder.key(path), **_owner()}

    async def _entries(
        self, folder: CloudFolder, prefix: str, after: _Position | None, count: int
    ) -> tuple[Sequence[tuple[_Position, int | None]], bool, bool]:
        """Return `count` entries that follow `after`, whether there are more, and whether there is such a folder.

        S3 sorts by key, in which a folder ends with a slash: ``a.txt`` comes before ``a/``. Sorted by name it is the
        other way round, so a folder may belong before the last entry that S3 has sent: `_earlier` looks for those.
        """
        client = await self._client(folder)
        where = {"Bucket": folder.bucket, "Prefix": prefix, "Delimiter": "/", **_owner()}
        found: dict[_Position, int | None] = {}
        exists = False
        resume = {"StartAfter": prefix + after[0]} if after else {}
        with self._translated(folder, ""):
            while True:
                answer = await client.list_objects_v2(**where, **resume, MaxKeys=min(_MOST_KEYS, count))
                if "IsTruncated" not in answer:
                    raise s3failures.no_s3(folder, "no listing")
                last = prefix
                for item in answer.get("Contents") or ():
                    exists = True
                    last = max(last, item["Key"])
                    name = item["Key"][len(prefix) :]
                    if name and (after is None or (name, 0) > after):
                        found[name, 0] = item.get("Size")
                for item in answer.get("CommonPrefixes") or ():
                    exists = True
                    last = max(last, item["Prefix"])
                    name = item["Prefix"][len(prefix) : -1]
                    # The folder without a name in the root would have the root's own path.
                    if (name or prefix != _root(folder)) and (after is None or (name, 1) > after):
                        found[name, 1] = None
                is_cut = bool(answer.get("IsTruncated"))
                if not is_cut or len(found) >= count:
                    break
                resume = {"ContinuationToken": answer.get("NextContinuationToken") or ""}
                if not resume["ContinuationToken"]:
                    raise s3failures.no_s3(folder, "a page without a token for the next")
            if is_cut:
                for name in await self._earlier(client, where, last[len(prefix) :]):
                    if (name or prefix != _root(folder)) and (after is None or (name, 1) > after):
                        found[name, 1] = None
        entries = sorted(found.items())
        return entries[:count], is_cut or len(entries) > count, exists

    async def _earlier(self, client: Any, where: dict[str, str], last: str) -> Sequence[str]:
        """Return the folders whose names sort up to `last` and whose keys sort after it."""
        names = [last[:i] for i, character in enumerate(last) if character < "/"]
        gate = asyncio.Semaphore(8)

        async def is_there(name: str) -> bool:
            async with gate:
                answer = await client.list_objects_v2(
                    **{**where, "Prefix": f"{where['Prefix']}{name}/", "Delimiter": ""}, MaxKeys=1
                )
            return bool(answer.get("Contents"))

        answers = await asyncio.gather(*(is_there(name) for name in names))
        return [name for name, there in zip(names, answers, strict=True) if there]

    async def _client(self, folder: CloudFolder) -> Any:
        async with self._lock:
            with self._translated(folder, ""):
                if self._files is None:
                    # Imports and service descriptions take a third of a second: not on the event loop.
                    self._files = await asyncio.to_thread(_file_system, self._request_timeout_s)
                    self._made_at = time.monotonic()
                return await self._files.set_session()


class _Body(AsyncIterator[bytes]):
    """The bytes of an answer, `count` of them; closes the connection at the end, or when told."""

    def __init__(self, artifacts: S3Artifacts, folder: CloudFolder, path: str, body: Any, count: int | None) -> None:
        self._artifacts = artifacts
        self._folder = folder
        self._path = path
        self._body = body
        self._left = count

    async def __anext__(self) -> bytes:
        if self._left == 0 or self._body is None:
            await self.aclose()
            raise StopAsyncIteration
        size = _CHUNK_BYTES if self._left is None else min(_CHUNK_BYTES, self._left)
        try:
            chunk = bytes(await self._body.read(size))
        except Exception as error:
            await self.aclose()
            raise self._artifacts.translate(self._folder, self._path, error) from None
        if not chunk:
            left, self._left = self._left, 0
            await self.aclose()
            if left:
                raise s3failures.cut(self._folder)
            raise StopAsyncIteration
        if self._left is not None:
            self._left -= len(chunk)
        return chunk

    async def aclose(self) -> None:
        """Close the connection, which ends the request; safe to call twice."""
        body, self._body = self._body, None
        if body is not None:
            body.close()


def _root(folder: CloudFolder) -> str:
    return f"{folder.prefix}/" if folder.prefix else ""


def _position(page_token: str | None, mark: str) -> _Position | None:
    if not page_token:
        return None
    position = paging.decode(page_token, mark)
    # A tracking server's listing, from which pages may go on here, has the name alone.
    name, is_dir = (*position, 1)[:2] if position else (None, None)
    if not isinstance(name, str) or is_dir not in (0, 1):
        raise BadInput("The page token is not one that was handed out. Start again without a token.")
    return name, int(is_dir)


def _stream(
    answer: Any, path: str, size: int | None, span: tuple[int, int] | None, chunks: AsyncIterator[bytes]
) -> ArtifactStream:
    etag, modified = answer.get("ETag") or "", answer.get("LastModified")
    start, stop = span or (0, size)
    return ArtifactStream(
        name=path.rpartition("/")[2],
        size_bytes=size,
        start=start,
        stop=stop,
        etag=etag if re.fullmatch(r'"[\x21\x23-\x7e]*"', etag) else None,
        modified_ms=round(modified.timestamp() * 1000) if modified else None,
        chunks=chunks,
    )


def _owner() -> dict[str, str]:
    """Return the guard against a bucket that has changed hands, as MLflow sends it."""
    account = os.environ.get("MLFLOW_S3_EXPECTED_BUCKET_OWNER")
    return {"ExpectedBucketOwner": account} if account else {}


def _file_system(request_timeout_s: float) -> Any:
    """Return an s3fs file system without caches, set up as the environment says; raises `ImportError` without s3fs."""
    import s3fs
    from aiobotocore.session import AioSession

    session = AioSession()
    environment = os.environ
    is_unsafe = environment.get("MLFLOW_S3_IGNORE_TLS", "").lower() in _TRUE
    files = s3fs.S3FileSystem(
        asynchronous=True,
        skip_instance_cache=True,
        use_listings_cache=False,
        session=session,
        anon=environment.get("MLFLOW_EXPERIMENTAL_S3_SIGNATURE_VERSION", "").lower() == "unsigned",
        endpoint_url=environment.get("MLFLOW_S3_ENDPOINT_URL") or None,
        client_kwargs={"verify": False} if is_unsafe else {},
        config_kwargs={
            "connect_timeout": request_timeout_s,
            "read_timeout": request_timeout_s,
            "retries": {"mode": "standard", "total_max_attempts": 2},
            "max_pool_connections": 32,
            # Servers that only speak S3's protocol often know no checksums.
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
            "s3": {"addressing_style": environment.get("MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE") or "auto"},
            "user_agent_extra": "jupyter-mlflow-explorer",
        },
    )

    async def warm_up() -> None:
        # Fills the session's caches of service descriptions, which the real client reads again.
        async with session.create_client(
            "s3", endpoint_url="http://localhost", region_name="x", aws_access_key_id="x", aws_secret_access_key="x"
        ):
            pass

    with contextlib.suppress(Exception):  # The real client says what is wrong.
        asyncio.run(warm_up())
    return files
