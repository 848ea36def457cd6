"""Artifacts that a tracking server hands out.

Two routes, tried on `mlflow server` 3.17: ``mlflow-artifacts/artifacts/<path>`` for locations that the server itself
manages (``mlflow-artifacts:``), and ``get-artifact`` for all others that it can read. Both answer ``Range`` with 206.
Their ``ETag`` differs between HEAD and GET, so what is known about a file is asked with a range of one byte.

A location that a server announces is never opened from here: ``file:`` would be our disk.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlencode, urlsplit

from ...entities import ArtifactEntry, ArtifactsPage
from ...errors import BadInput, NotFound, NotSupported
from .. import paging
from ..rest import convert, failures, runs
from ..rest.client import Client
from ..store import ArtifactOwner, ArtifactStream, LoggedModelId
from .paths import byte_range, clean, file_path, range_header

if TYPE_CHECKING:
    import httpx

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_UNSATISFIED = re.compile(r"bytes \*/(\d+)")
_CHUNK_BYTES = 1 << 18


async def listing(
    client: Client, owner: ArtifactOwner, path: str, max_results: int, page_token: str | None
) -> ArtifactsPage:
    """List one folder, sorted by path. Servers send a folder whole; the pages are cut here."""
    paging.check_max_results(max_results)
    path = _servable(client, clean(path))
    entries = await _entries(client, owner, path)
    if path and not entries:
        # A server answers a file and a missing folder with an empty list, so look where it should be.
        above = await _entries(client, owner, path.rpartition("/")[0])
        if not any(entry.path == path and entry.is_dir for entry in above):
            raise NotFound(f"There is no artifact folder '{path}'.")
    page, token = paging.cut_by_name(entries, path, max_results, page_token)
    return ArtifactsPage.model_construct(path=path, entries=page, next_page_token=token, total=len(entries))


async def stat(client: Client, owner: ArtifactOwner, artifact_uri: str | None, path: str) -> ArtifactStream:
    """Return what the server says about one file."""
    path = _servable(client, file_path(path))
    response = await client.open(
        _route(client, owner, artifact_uri, path), {"Range": "bytes=0-0", "Accept-Encoding": "identity"}
    )
    await response.aclose()
    if response.status_code >= 400:
        # An empty file has no first byte (416); otherwise the answer to a plain request says what is wrong.
        response = await client.open(_route(client, owner, artifact_uri, path), {"Accept-Encoding": "identity"})
        await _accept(client, response, owner, path)
        await response.aclose()
    size = _size(response)
    return _stream(response, path, size, 0, size, _nothing())


async def open_stream(
    client: Client, owner: ArtifactOwner, artifact_uri: str | None, path: str, start: int | None, stop: int | None
) -> ArtifactStream:
    """Open one file, whole or a range of it."""
    path = _servable(client, file_path(path))
    headers = {"Accept-Encoding": "identity"}
    if (asked := range_header(start, stop)) is not None:
        headers["Range"] = asked
    response = await client.open(_route(client, owner, artifact_uri, path), headers)
    if response.status_code == 416:
        await response.aclose()
        if start is not None and start < 0 and _size(response):
            # More than all of it from the end: the server may refuse, and all of it is meant.
            return await open_stream(client, owner, artifact_uri, path, None, None)
        raise BadInput(f"The range {start}-{stop} is outside the file, which has {_size(response) or 0:,} bytes.")
    await _accept(client, response, owner, path)
    size = _size(response)
    match = _RANGE.match(response.headers.get("content-range", ""))
    if response.status_code == 206 and match:
        first, last = int(match[1]), int(match[2]) + 1
        return _stream(response, path, size, first, last, _Body(client, response, 0, last - first))
    # The server sent all of it; the part is cut here.
    if size is None:
        if "Range" in headers:
            await response.aclose()
            raise NotSupported(f"The tracking server {client.name} cannot send parts of '{path}'. Read it whole.")
        return _stream(response, path, None, 0, None, _Body(client, response, 0, None))
    try:
        first, last = byte_range(size, start, stop)
    except BadInput:
        await response.aclose()
        raise
    return _stream(response, path, size, first, last, _Body(client, response, first, last - first))


async def _entries(client: Client, owner: ArtifactOwner, path: str) -> list[ArtifactEntry]:
    if isinstance(owner, LoggedModelId):
        model = runs.model_segment(client, owner.model_id)
        route = f"/api/2.0/mlflow/logged-models/{model}/artifacts/directories"
        arguments = {"artifact_directory_path": path or None}
    else:
        route, arguments = "/api/2.0/mlflow/artifacts/list", {"run_id": owner, "path": path or None}
    try:
        answer = await client.get(route, arguments)
    except NotFound:
        if path:
            raise NotFound(f"There is no artifact folder '{path}'.") from None
        raise
    with convert.checked(client.name):
        return convert.artifacts(answer, path)


def _route(client: Client, owner: ArtifactOwner, artifact_uri: str | None, path: str) -> str:
    parts = urlsplit(artifact_uri or "")
    if parts.scheme == "mlflow-artifacts" and not parts.netloc:
        folder = unquote(parts.path).strip("/")
        return f"/api/2.0/mlflow-artifacts/artifacts/{quote(f'{folder}/{path}', safe='/')}"
    if isinstance(owner, LoggedModelId):
        # What the server's own pages use; there is no public route.
        model = runs.model_segment(client, owner.model_id)
        file = urlencode({"artifact_file_path": path}, quote_via=quote)
        return f"/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files?{file}"
    return f"/get-artifact?{urlencode({'run_uuid': owner, 'path': path}, quote_via=quote)}"


def _servable(client: Client, path: str) -> str:
    """Return `path`, unless MLflow's server would take it for another one: it decodes paths again and refuses ``#``."""
    if "#" in path or unquote(path) != path:
        raise NotSupported(
            f"MLflow's server cannot serve '{path}': it refuses names with # and changes those with % codes."
            " Insert loading code, or connect to where the artifacts are."
        )
    return path


async def _accept(client: Client, response: httpx.Response, owner: ArtifactOwner, path: str) -> None:
    """Return for an answer with bytes, else close it and raise what it means."""
    if response.status_code in (200, 206):
        return
    if response.status_code < 400:
        await response.aclose()
        raise failures.no_mlflow(client.name, f"{response.status_code}")
    error = await client.refuse(response)
    if isinstance(error, NotFound | BadInput):
        # Folders are a 400, missing files a 404; both are no file.
        raise NotFound(f"There is no artifact '{path}'.")
    if response.status_code in (400, 404):
        raise NotFound(f"There is no artifact '{path}'.")
    if response.status_code == 500:
        # So MLflow's server says (3.17) that a file is missing where it keeps artifacts in a cloud.
        above = await _entries(client, owner, path.rpartition("/")[0])
        if not any(entry.path == path and not entry.is_dir for entry in above):
            raise NotFound(f"There is no artifact '{path}'.")
    raise error


def _size(response: httpx.Response) -> int | None:
    """Return the size of the whole file, if the answer tells it."""
    content_range = response.headers.get("content-range", "")
    if match := _RANGE.match(content_range):
        return None if match[3] == "*" else int(match[3])
    if match := _UNSATISFIED.match(content_range):
        return int(match[1])
    length = response.headers.get("content-length", "")
    is_encoded = response.headers.get("content-encoding", "identity") != "identity"
    return int(length) if length.isdigit() and response.status_code == 200 and not is_encoded else None


def _stream(
    response: httpx.Response, path: str, size: int | None, start: int, stop: int | None, chunks: AsyncIterator[bytes]
) -> ArtifactStream:
    etag = response.headers.get("etag", "")
    return ArtifactStream(
        name=path.rpartition("/")[2],
        size_bytes=size,
        start=start,
        stop=stop,
        etag=etag if re.fullmatch(r'(W/)?"[\x21\x23-\x7e]*"', etag) else None,
        modified_ms=_modified(response.headers.get("last-modified", "")),
        chunks=chunks,
    )


def _modified(text: str) -> int | None:
    try:
        return int(parsedate_to_datetime(text).timestamp() * 1000)
    except (TypeError, ValueError, OverflowError):
        return None


async def _nothing() -> AsyncIterator[bytes]:
    nothing: tuple[bytes, ...] = ()
    for chunk in nothing:
        yield chunk


class _Body(AsyncIterator[bytes]):
    """Yields `count` bytes (None: all) of an answer after skipping `skip`; closes it at the end, or when told."""

    def __init__(self, client: Client, response: httpx.Response, skip: int, count: int | None) -> None:
        self._client = client
        self._response = response
        self._skip = skip
        self._left = count
        self._chunks = response.aiter_bytes(_CHUNK_BYTES)

    async def __anext__(self) -> bytes:
        import httpx

        while self._left is None or self._left > 0:
            try:
                chunk = await self._chunks.__anext__()
            except StopAsyncIteration:
                break
            except httpx.HTTPError as error:
                await self.aclose()
                raise failures.transport(self._client.name, error, self._client.request_timeout_s) from None
            if self._skip:
                dropped = min(self._skip, len(chunk))
                chunk, self._skip = chunk[dropped:], self._skip - dropped
            if self._left is not None:
                chunk = chunk[: self._left]
                self._left -= len(chunk)
            if chunk:
                return chunk
        await self.aclose()
        if self._left:
            raise failures.cut(self._client.name)
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Close the connection; safe to call twice."""
        await self._response.aclose()
