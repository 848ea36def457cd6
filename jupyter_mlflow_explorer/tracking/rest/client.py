"""HTTP to one tracking server: own credentials, certificates and limits, no retry storm, nothing followed elsewhere."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, quote, urlencode, urljoin, urlsplit

from ...errors import BadInput, TrackingBroken
from ..redaction import redact
from . import credentials, failures

if TYPE_CHECKING:  # Imported with the first request: it takes a tenth of a second.
    import httpx

#: Above what MLflow answers to any request of ours; protects our memory from a server that never stops.
_LARGEST_BODY = 256 << 20
_LARGEST_ERROR = 64 << 10
#: JSON above this is parsed in a thread.
_THREAD_BYTES = 64 << 10
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 3
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Client:
    """Sends requests to one server; `name` is its address as it may be shown."""

    def __init__(self, tracking_uri: str, request_timeout_s: float) -> None:
        parts = urlsplit(tracking_uri)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadInput(f"{redact(tracking_uri)} is not the address of a tracking server (http or https).")
        self.name = redact(tracking_uri)
        self.request_timeout_s = request_timeout_s
        self._parts = parts
        self._base = _base(parts)
        self._http: httpx.AsyncClient | None = None
        self._lock = asyncio.Lock()

    async def get(self, path: str, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the JSON object at `path`."""
        return await self._json("GET", _with_arguments(path, arguments), None, False)

    async def post(self, path: str, body: Mapping[str, Any], is_filtered: bool = False) -> dict[str, Any]:
        """Return the JSON object that answers `body`; `is_filtered` where that holds a filter or order."""
        return await self._json("POST", path, body, is_filtered)

    async def open(self, path: str, headers: Mapping[str, str]) -> httpx.Response:
        """Return the answer to GET `path` with its body unread and any status; close it."""
        return await self._send("GET", path, None, headers)

    async def read(self, response: httpx.Response, limit: int = _LARGEST_BODY) -> bytes:
        """Read the body and close; raises `TrackingBroken` where it is larger than `limit`."""
        import httpx

        body = bytearray()
        try:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > limit:
                    raise TrackingBroken(f"The tracking server {self.name} sent more than {limit >> 20} MiB.")
        except httpx.HTTPError as error:
            raise failures.transport(self.name, error, self.request_timeout_s) from None
        finally:
            await response.aclose()
        return bytes(body)

    async def refuse(self, response: httpx.Response, is_filtered: bool = False) -> Exception:
        """Read and close an answer of status 400 or more, and return what it means."""
        try:
            body = await self.read(response, _LARGEST_ERROR)
        except TrackingBroken:
            body = b""
        return failures.refusal(self.name, response.status_code, body, is_filtered)

    async def close(self) -> None:
        """Close all connections; safe to call twice."""
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def _json(self, method: str, path: str, body: Mapping[str, Any] | None, is_filtered: bool) -> dict[str, Any]:
        response = await self._send(method, path, body, {})
        if response.status_code >= 400:
            raise await self.refuse(response, is_filtered)
        content = await self.read(response)
        try:
            is_large = len(content) > _THREAD_BYTES
            found = await asyncio.to_thread(parse, content) if is_large else parse(content)
        except (ValueError, RecursionError):
            kind = failures.clean(response.headers.get("content-type", "no type"))
            raise failures.no_mlflow(self.name, f"{kind} instead of JSON") from None
        if not isinstance(found, dict):
            raise failures.no_mlflow(self.name, "JSON of another shape")
        return found

    async def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> httpx.Response:
        import httpx

        http = await self._client()
        url = self._base + path
        content = None if body is None else json.dumps(body).encode()
        sent = {"Accept-Encoding": "gzip", **headers}
        if content is not None:
            sent["Content-Type"] = "application/json"
        attempts = 2
        for _ in range(_MOST_REDIRECTS + attempts):
            try:
                response = await http.send(http.build_request(method, url, content=content, headers=sent), stream=True)
            except (httpx.RemoteProtocolError, httpx.ReadError) as error:
                # The server closed an idle connection just as we used it. Our requests are reads, so once more is safe.
                attempts -= 1
                is_stale = isinstance(error, httpx.ReadError) or "without sending a response" in str(error)
                if attempts and is_stale:
                    continue
                raise failures.transport(self.name, error, self.request_timeout_s) from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise failures.transport(self.name, error, self.request_timeout_s) from None
            if response.status_code not in _REDIRECTS:
                return response
            await response.aclose()
            url = self._redirected(url, response, method)
        raise failures.no_mlflow(self.name, "it redirects without end")

    def _redirected(self, url: str, response: httpx.Response, method: str) -> str:
        """Return where to go on, on the same server only, so that credentials stay where they belong."""
        target: str = urljoin(url, response.headers.get("location", ""))
        if _origin(urlsplit(target)) != _origin(self._parts):
            raise failures.no_mlflow(
                self.name, f"it sends us to {failures.clean(urlsplit(target).hostname or 'nowhere')}"
            )
        if method != "GET" and response.status_code not in (307, 308):
            raise failures.no_mlflow(self.name, "it redirects a search")
        return target

    async def _client(self) -> httpx.AsyncClient:
        async with self._lock:
            if self._http is None:
                # Reading certificates takes a while.
                self._http = await asyncio.to_thread(self._make)
            return self._http

    def _make(self) -> httpx.AsyncClient:
        import os

        import httpx

        known = credentials.find(self._parts)
        headers = {"User-Agent": "jupyter-mlflow-explorer"}
        auth = None
        if known.username is not None:
            auth = httpx.BasicAuth(known.username, known.password or "")
        elif known.token is not None:
            headers["Authorization"] = f"Bearer {known.token}"
        if workspace := os.environ.get("MLFLOW_WORKSPACE"):
            headers["X-MLFLOW-WORKSPACE"] = workspace
        return httpx.AsyncClient(
            auth=auth,
            headers=headers,
            verify=credentials.tls(),
            timeout=self.request_timeout_s,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=16, max_keepalive_connections=8),
            # Proxies as the environment says, but what runs on this machine is asked directly.
            trust_env=self._parts.hostname not in _LOOPBACK,
        )


def parse(content: bytes) -> Any:
    """Parse JSON; halves of surrogate pairs, which cannot be written as UTF-8, become question marks."""
    found = json.loads(content)
    if _SURROGATE.search(content):
        found = json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))
    return found


def _base(parts: SplitResult) -> str:
    """Return the address without credentials, arguments and trailing slash."""
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{quote(parts.path.rstrip('/'), safe='/%')}"


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    try:
        port = parts.port
    except ValueError:
        port = -1
    return parts.scheme, parts.hostname, port or {"http": 80, "https": 443}.get(parts.scheme)


def _with_arguments(path: str, arguments: Mapping[str, Any] | None) -> str:
    chosen = {key: value for key, value in (arguments or {}).items() if value is not None}
    return f"{path}?{urlencode(chosen)}" if chosen else path
