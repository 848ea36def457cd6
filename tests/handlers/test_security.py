"""Every route, by walking the route table: authentication, XSRF, authorisation, the error shape, and no CORS."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import pytest
from jupyter_server.auth.authorizer import Authorizer
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse

from jupyter_mlflow_explorer.handlers import ROUTES

from .conftest import Fetch, Seeded, body

VERBS = ("get", "head", "post", "put", "patch", "delete")


def routes() -> list[tuple[str, str]]:
    """Return (method, example path) of every verb that a route implements itself."""
    found = []
    for pattern, handler in ROUTES:
        path = re.sub(r"\([^)]*\)", "x", pattern).replace("/?", "").replace("\\", "")
        found += [(verb.upper(), path) for verb in VERBS if verb in vars(handler)]
    return found


def test_the_walk_finds_the_routes() -> None:
    assert ("GET", "runs/x/artifacts/content") in routes()
    assert ("POST", "connections") in routes()
    assert len(routes()) >= 23


async def _raw(url: str, method: str, headers: dict[str, str]) -> HTTPResponse:
    data = None if method in ("GET", "HEAD", "DELETE", "OPTIONS") else "{}"
    request = HTTPRequest(url, method=method, headers=headers, body=data, follow_redirects=False, request_timeout=20)
    return await AsyncHTTPClient().fetch(request, raise_error=False)


@pytest.mark.parametrize(("method", "path"), routes())
async def test_route_refuses_a_request_without_token(
    method: str, path: str, jp_serverapp: Any, jp_base_url: str, http_server_port: Any, http_server: Any
) -> None:
    url = f"http://127.0.0.1:{http_server_port[1]}{jp_base_url}mlflow-explorer/api/{path}"
    response = await _raw(url, method, {})
    assert response.code == 403
    if method != "HEAD":
        assert set(json.loads(response.body)) >= {"message", "reason", "code"}


async def _login_cookies(jp_serverapp: Any, base: str) -> str:
    """Log in as a browser does and return the Cookie header."""
    page = await _raw(f"{base}login", "GET", {})
    cookies = {}
    for header in page.headers.get_list("Set-Cookie"):
        name, _, value = header.split(";")[0].partition("=")
        cookies[name] = value
    token = jp_serverapp.identity_provider.token
    answer = await _raw(f"{base}api?token={token}", "GET", {"Cookie": _header(cookies)})
    for header in answer.headers.get_list("Set-Cookie"):
        name, _, value = header.split(";")[0].partition("=")
        cookies[name] = value
    return _header(cookies)


def _header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


@pytest.mark.parametrize(("method", "path"), routes())
async def test_route_refuses_a_cookie_without_xsrf_token(
    method: str, path: str, jp_serverapp: Any, jp_base_url: str, http_server_port: Any, http_server: Any
) -> None:
    base = f"http://127.0.0.1:{http_server_port[1]}{jp_base_url}"
    cookie = await _login_cookies(jp_serverapp, base)
    url = f"{base}mlflow-explorer/api/{path}"
    refused = await _raw(url, method, {"Cookie": cookie})
    assert refused.code == 403
    foreign = await _raw(url, method, {"Cookie": cookie, "Referer": "https://evil.example/"})
    assert foreign.code in (403, 404)

    token = re.search(r"_xsrf=([^;]+)", cookie)
    assert token is not None
    allowed = await _raw(url, method, {"Cookie": cookie, "X-XSRFToken": token[1]})
    assert allowed.code != 403


class _NobodyMay(Authorizer):
    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        self.asked = getattr(self, "asked", set()) | {(action, resource)}
        return resource not in ("mlflow-explorer", "contents")


async def test_every_route_asks_the_authorizer(api: Fetch, jp_serverapp: Any) -> None:
    authorizer = _NobodyMay(parent=jp_serverapp)
    jp_serverapp.web_app.settings["authorizer"] = authorizer
    for method, path in routes():
        data = {} if method in ("GET", "HEAD", "DELETE") else {"body": "{}"}
        response = await api(path, method=method, **data)
        assert response.code == 403, (method, path)
    assert ("read", "mlflow-explorer") in authorizer.asked
    assert ("write", "mlflow-explorer") in authorizer.asked


async def test_reading_is_asked_as_reading_and_writing_as_writing(api: Fetch, jp_serverapp: Any) -> None:
    class OnlyReads(Authorizer):
        def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
            return resource != "mlflow-explorer" or action == "read"

    jp_serverapp.web_app.settings["authorizer"] = OnlyReads(parent=jp_serverapp)
    assert (await api("connections")).code == 200
    assert (await api("connections", json_body={"name": "x", "tracking_uri": "http://h"})).code == 403
    assert (await api("connections")).code == 200


def test_verbs_are_not_shared_between_handlers() -> None:
    # `@authorized` keeps action and resource in a closure: a shared function would leak them.
    functions = [vars(handler)[verb] for _, handler in ROUTES for verb in VERBS if verb in vars(handler)]
    assert len(functions) == len(set(functions))
    # Two decorators around a coroutine function: `authenticated`, then `authorized`.
    assert all(inspect.iscoroutinefunction(function.__wrapped__.__wrapped__) for function in functions)


async def test_no_cors_header_for_a_browser(
    jp_serverapp: Any, jp_base_url: str, http_server_port: Any, http_server: Any
) -> None:
    # With a token Jupyter itself echoes the origin, which is harmless: a foreign page does not have the token.
    base = f"http://127.0.0.1:{http_server_port[1]}{jp_base_url}"
    cookie = await _login_cookies(jp_serverapp, base)
    headers = {"Cookie": cookie, "Origin": "https://evil.example"}
    for method in ("GET", "OPTIONS"):
        response = await _raw(f"{base}mlflow-explorer/api/status", method, headers)
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_no_route_takes_a_tracking_uri_from_the_query(api: Fetch, seeded: Seeded, tmp_path: Any) -> None:
    other = tmp_path / "other.db"
    for method, path in routes():
        if method == "GET":
            await api(path, params={"tracking_uri": f"sqlite:///{other}", "connection": f"sqlite:///{other}"})
    assert not other.exists()
    refused = await api("experiments", params={"connection": "sqlite:////etc/passwd"})
    assert refused.code == 404
    assert body(refused)["code"] == "not_found"
