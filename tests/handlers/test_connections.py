"""Connections over HTTP: listed without credentials, added and kept by the user, checked."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from .conftest import Fetch, Seeded, body


@pytest.fixture
def connections() -> dict[str, str]:
    return {"Team": "http://alice:s3cret@127.0.0.1:9/"}


async def test_credentials_are_shown_as_stars(api: Fetch) -> None:
    response = await api("connections")
    assert b"s3cret" not in response.body
    assert b"alice" not in response.body
    team = body(response)["connections"][1]
    assert team == {
        "id": "team",
        "name": "Team",
        "kind": "rest",
        "tracking_uri": "http://***@127.0.0.1:9",
        "registry_uri": None,
        "origin": "config",
        "is_default": False,
        "removable": False,
    }


async def test_user_adds_uses_and_removes_a_connection(api: Fetch, seeded: Seeded, tmp_path: Path) -> None:
    added = await api("connections", json_body={"name": "My store", "tracking_uri": seeded.uri + "?x=1"})
    assert added.code == 201
    assert body(added)["id"] == "my-store"
    file = tmp_path / "config" / "connections.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = await api("connections", json_body={"name": "my STORE", "tracking_uri": "http://elsewhere"})
    assert again.code == 409
    assert "my-store" in [one["id"] for one in body(await api("connections"))["connections"]]

    removed = await api("connections/my-store", method="DELETE")
    assert removed.code == 204
    assert json.loads(file.read_text())["connections"] == []
    assert (await api("experiments", params={"connection": "my-store"})).code == 404


async def test_configured_connection_cannot_be_removed(api: Fetch) -> None:
    response = await api("connections/team", method="DELETE")
    assert response.code == 403
    assert "Team" in body(response)["message"]


@pytest.mark.parametrize(
    ("new", "code", "word"),
    [
        ({"name": "a", "tracking_uri": "ftp://host/x"}, 403, "ftp"),
        ({"name": "a", "tracking_uri": "sqlite://"}, 400, "path"),
        ({"name": "a", "tracking_uri": "http://"}, 400, "host"),
        ({"name": "a", "tracking_uri": "plugin://x"}, 403, "plugin"),
        ({"name": "a", "tracking_uri": "http://h", "registry_uri": "http://"}, 400, "host"),
        ({"name": " ", "tracking_uri": "http://h"}, 400, "name"),
        ({"name": "a"}, 400, "tracking_uri"),
        ({"name": "a", "tracking_uri": "http://h", "token": "t"}, 400, "token"),
    ],
)
async def test_bad_connection_is_refused_and_named(api: Fetch, new: dict[str, Any], code: int, word: str) -> None:
    response = await api("connections", json_body=new)
    assert response.code == code
    assert word in body(response)["message"]


async def test_damaged_file_is_not_overwritten(api: Fetch, tmp_path: Path) -> None:
    file = tmp_path / "config" / "connections.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text('{"connections": [{"id": "x", "tok')
    assert (await api("connections")).code == 200
    response = await api("connections", json_body={"name": "a", "tracking_uri": "http://h"})
    assert response.code == 409
    assert file.read_text() == '{"connections": [{"id": "x", "tok'


async def test_check_says_what_works_and_what_does_not(api: Fetch) -> None:
    good = body(await api("connections/main/check"))
    assert good["reachable"] is True
    assert good["code"] is None
    bad = body(await api("connections/team/check"))
    assert bad["reachable"] is False
    assert bad["code"] == "tracking_unavailable"
    assert "s3cret" not in bad["message"]
    assert (await api("connections/nowhere/check")).code == 404


class TestLockedDown:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        jp_server_config["ExplorerApp"]["allow_add_connections"] = False
        return jp_server_config

    async def test_adding_is_refused(self, api: Fetch) -> None:
        response = await api("connections", json_body={"name": "a", "tracking_uri": "http://h"})
        assert response.code == 403
        assert body(await api("connections"))["can_add"] is False
        assert body(await api("status"))["features"]["add_connections"] is False


class TestNothingConfigured:
    @pytest.fixture
    def jp_server_config(
        self, jp_server_config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> dict[str, Any]:
        (tmp_path / "work").mkdir()
        monkeypatch.chdir(tmp_path / "work")
        jp_server_config["ExplorerApp"]["connections"] = {}
        return jp_server_config

    async def test_default_is_mlflows_own_and_nothing_is_created(self, api: Fetch, tmp_path: Path) -> None:
        listed = body(await api("connections"))["connections"]
        assert [one["id"] for one in listed] == ["default"]
        assert listed[0]["tracking_uri"] == f"sqlite:///{tmp_path}/work/mlflow.db"
        response = await api("experiments")
        assert response.code == 502
        assert body(response)["code"] == "tracking_unavailable"
        assert list((tmp_path / "work").iterdir()) == []

    async def test_existing_mlruns_is_the_default(self, api: Fetch, tmp_path: Path) -> None:
        (tmp_path / "work" / "mlruns" / "0").mkdir(parents=True)
        (tmp_path / "work" / "mlruns" / "0" / "meta.yaml").write_text("experiment_id: '0'\nname: Default\n")
        assert body(await api("status"))["connection"]["kind"] == "files"
        assert [one["name"] for one in body(await api("experiments"))["experiments"]] == ["Default"]


class TestEnvironment:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://bob:pw@tracking.example:5000")
        return jp_server_config

    async def test_environment_follows_the_configuration(self, api: Fetch) -> None:
        listed = body(await api("connections"))["connections"]
        assert [(one["id"], one["origin"]) for one in listed] == [
            ("main", "config"),
            ("team", "config"),
            ("environment", "environment"),
        ]
        assert listed[2]["tracking_uri"] == "http://***@tracking.example:5000"


async def test_status_stays_fast_while_a_store_is_silent(api: Fetch) -> None:
    import asyncio

    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        added = await api("connections", json_body={"name": "Silent", "tracking_uri": f"http://127.0.0.1:{port}"})
        assert added.code == 201
        waiting = asyncio.ensure_future(api("experiments", params={"connection": "silent"}))
        await asyncio.sleep(0.2)
        for _ in range(5):
            assert (await api("status", params={"connection": "silent"})).code == 200
            # A blocked event loop would answer after the store's time limit, so after the other request.
            assert not waiting.done()
        response = await waiting
    assert response.code == 504
    assert body(response)["code"] == "tracking_timeout"


async def test_broken_server_is_named_and_a_retry_finds_it_mended(api: Fetch) -> None:
    import asyncio

    from tests.stores.sockets import Request, reply, serve

    healthy = b'{"experiments": [{"experiment_id": "7", "name": "back again", "lifecycle_stage": "active"}]}'
    answers = {
        "html": reply(200, b"<html>Welcome to the proxy</html>", "text/html"),
        "denied": reply(401, b"<html>Log in</html>", "text/html"),
        "healthy": reply(200, healthy, "application/json"),
    }
    mode = "silent"

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        if mode == "silent":
            await asyncio.sleep(60)
        else:
            await answers[mode](request, writer)

    async with serve(answer) as server:
        added = await api("connections", json_body={"name": "Moody", "tracking_uri": server.address})
        assert added.code == 201
        for mode, status, code in (
            ("silent", 504, "tracking_timeout"),
            ("html", 502, "tracking_broken"),
            ("denied", 502, "tracking_denied"),
        ):
            response = await api("experiments", params={"connection": "moody"})
            assert (response.code, body(response)["code"]) == (status, code), mode
            assert f"127.0.0.1:{server.port}" in body(response)["message"]
            assert "WWW-Authenticate" not in response.headers
            assert b"<html>" not in response.body
        mode = "healthy"
        response = await api("experiments", params={"connection": "moody"})
        assert [one["name"] for one in body(response)["experiments"]] == ["back again"]
