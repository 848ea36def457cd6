"""Tracking servers that are dead, slow, broken or hostile: one clear error within the limit, and no secrets in it."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlflow_explorer.errors import (
    BadFilter,
    BadInput,
    ExplorerError,
    NotFound,
    NotSupported,
    TrackingBroken,
    TrackingDenied,
    TrackingTimeout,
    TrackingUnavailable,
)
from jupyter_mlflow_explorer.tracking.rest import RestStore
from jupyter_mlflow_explorer.tracking.store import ExperimentsQuery, RunsQuery

from ..stores import sockets
from ..stores.server import free_port
from ..stores.sockets import Answer, Request, Server, reply, serve

pytestmark = pytest.mark.asyncio

LOGIN = "<!doctype html><title>Login</title>"


@asynccontextmanager
async def store_on(answer: Answer, limit_s: float = 5.0, secret: str = "") -> AsyncIterator[tuple[RestStore, Server]]:
    async with serve(answer) as server:
        store = RestStore(server.address.replace("//", f"//{secret}"), request_timeout_s=limit_s)
        try:
            yield store, server
        finally:
            await store.close()


async def failure_of(answer: Answer, limit_s: float = 5.0) -> ExplorerError:
    async with store_on(answer, limit_s, secret="me:hunter2@") as (store, server):
        with pytest.raises(ExplorerError) as failure:
            await store.runs(RunsQuery(("1",)))
        assert "hunter2" not in failure.value.message
        assert f"***@127.0.0.1:{server.port}" in failure.value.message or isinstance(failure.value, BadInput | NotFound)
        return failure.value


async def test_nobody_listens() -> None:
    port = free_port()
    store = RestStore(f"http://me:hunter2@127.0.0.1:{port}", request_timeout_s=5)
    with pytest.raises(TrackingUnavailable, match="cannot be reached") as failure:
        await store.check()
    assert "hunter2" not in failure.value.message
    await store.close()


@pytest.mark.parametrize("answer", [sockets.never, sockets.drip])
async def test_silence_and_slow_drips_end_at_the_limit(answer: Answer) -> None:
    began = time.monotonic()
    failure = await failure_of(answer, limit_s=0.5)
    assert isinstance(failure, TrackingTimeout)
    assert "0.5 s" in failure.message
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (reply(200, LOGIN, "text/html"), TrackingBroken, "text/html instead of JSON"),
        (reply(200, "not json"), TrackingBroken, "instead of JSON"),
        (reply(200, "[1, 2]"), TrackingBroken, "another shape"),
        (reply(200, '{"runs": 5}'), TrackingBroken, "another shape"),
        (reply(200, '{"runs": [{}]}'), TrackingBroken, "another shape"),
        (
            reply(200, '{"runs": [{"info": {"run_id": "x", "experiment_id": "1", "start_time": "soon"}}]}'),
            TrackingBroken,
            "shape",
        ),
        (reply(200, "[" * 100_000), TrackingBroken, "instead of JSON"),
        (reply(404, LOGIN, "text/html"), TrackingBroken, "404"),
        (reply(401, LOGIN, "text/html", {"WWW-Authenticate": "Basic"}), TrackingDenied, "401"),
        (reply(403, LOGIN, "text/html"), TrackingDenied, "403"),
        (reply(403, '{"error_code": "PERMISSION_DENIED", "message": "no"}'), TrackingDenied, "403"),
        (reply(500, "oops", "text/plain"), TrackingBroken, "500"),
        (
            reply(500, '{"error_code": "INTERNAL_ERROR", "message": "db at sqlite://u:pw@h"}'),
            TrackingBroken,
            r"u?\*\*\*@h",
        ),
        (reply(502, LOGIN, "text/html"), TrackingUnavailable, "502"),
        (reply(503, "", "text/plain"), TrackingUnavailable, "503"),
        (reply(504, "", "text/plain"), TrackingTimeout, "504"),
        (reply(429, "", "text/plain"), TrackingUnavailable, "429"),
        (reply(400, '{"error_code": "INVALID_PARAMETER_VALUE", "message": "too\\nmany"}'), BadInput, "too many"),
        (reply(404, '{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "gone"}'), NotFound, "gone"),
        (sockets.cut, TrackingBroken, "broke off"),
        (sockets.hang_up, TrackingBroken, "broke off"),
        (
            reply(302, "", "text/html", {"Location": "http://evil.example/api"}),
            TrackingBroken,
            "sends us to evil.example",
        ),
        (reply(307, "", "text/html", {"Location": "https://127.0.0.1/api"}), TrackingBroken, "sends us to"),
        (reply(307, "", "text/html", {"Location": "file:///etc/passwd"}), TrackingBroken, "sends us to"),
        (reply(307, "", "text/html", {"Location": "/again"}), TrackingBroken, "redirects without end"),
    ],
)
async def test_every_bad_answer_has_its_error(answer: Answer, error: type[ExplorerError], says: str) -> None:
    failure = await failure_of(answer)
    assert type(failure) is error
    assert re.search(says, failure.message), failure.message


async def test_a_filter_that_only_the_server_refuses_is_a_bad_filter() -> None:
    answer = reply(400, '{"error_code": "INVALID_PARAMETER_VALUE", "message": "IS NULL is too new"}')
    async with store_on(answer) as (store, _):
        with pytest.raises(BadFilter, match="too new"):
            await store.runs(RunsQuery(("1",), filter="params.a IS NULL"))


@pytest.mark.parametrize("text", ["params.a > 1", "metrics.a > 1 OR metrics.b > 1", "NOT metrics.a > 1"])
async def test_filters_beyond_mlflows_are_refused_before_the_server_is_asked(text: str) -> None:
    async with store_on(sockets.never, 0.5) as (store, server):
        with pytest.raises(NotSupported, match="MLflow's own filters only"):
            await store.runs(RunsQuery(("1",), filter=text))
        with pytest.raises(BadFilter):
            await store.runs(RunsQuery(("1",), filter="metrics.a >"))
        assert server.requests == []


async def test_cancelling_closes_the_request() -> None:
    async with store_on(sockets.never, 30) as (store, server):
        task = asyncio.create_task(store.experiments(ExperimentsQuery()))
        while not server.requests:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.closed.wait(), 15)


async def test_a_failure_is_over_when_the_server_is_back() -> None:
    answers: list[Answer] = [reply(503, ""), sockets.cut, sockets.hang_up, sockets.hang_up]

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        await (answers.pop(0) if answers else reply(200, "{}"))(request, writer)

    async with store_on(answer) as (store, server):
        for _ in range(3):
            with pytest.raises((TrackingUnavailable, TrackingBroken)):
                await store.check()
        assert (await store.check()).startswith("MLflow tracking server")
        # One request for the 503 and for the cut, two for the silent end, which may be a stale connection; no more.
        assert len(server.requests) == 5


async def test_redirects_on_the_same_server_are_followed() -> None:
    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        target = "/api/2.0/mlflow/experiments/get?experiment_id=1&again=1"
        found = {"experiment": {"experiment_id": "1", "name": "x"}}
        is_second = "again" in request.line
        await (reply(200, json.dumps(found)) if is_second else reply(308, "", headers={"Location": target}))(
            request, writer
        )

    async with store_on(answer) as (store, _):
        assert (await store.experiment("1")).name == "x"


async def test_a_hostile_server_cannot_name_files_of_ours(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    run = {"info": {"run_id": "r", "experiment_id": "1", "artifact_uri": tmp_path.as_uri()}}
    listing = {"files": [{"path": p} for p in ("../x", "/etc/passwd", "a/b")]}

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        if "runs/get" in request.line:
            await reply(200, json.dumps({"run": run}))(request, writer)
        elif "artifacts/list" in request.line:
            await reply(200, json.dumps(listing))(request, writer)
        else:
            await reply(404, LOGIN, "text/html")(request, writer)

    async with store_on(answer) as (store, server):
        with pytest.raises(NotFound):
            await store.open_artifact("r", "secret.txt")
        assert "/get-artifact?run_uuid=r&path=secret.txt" in server.requests[-1].line
        with pytest.raises((BadInput, TrackingBroken)):
            await store.artifacts("r")


async def test_an_artifact_that_breaks_off_is_an_error() -> None:
    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        if "runs/get" in request.line:
            await reply(200, '{"run": {"info": {"run_id": "r", "experiment_id": "1"}}}')(request, writer)
        else:
            await sockets.cut(request, writer)

    async with store_on(answer) as (store, _):
        stream = await store.open_artifact("r", "x")
        with pytest.raises(TrackingBroken, match="broke off"):
            [chunk async for chunk in stream.chunks]


async def test_a_server_that_ignores_ranges_is_cut_here() -> None:
    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        if "runs/get" in request.line:
            await reply(200, '{"run": {"info": {"run_id": "r", "experiment_id": "1"}}}')(request, writer)
        else:
            await reply(200, b"0123456789", "text/plain")(request, writer)

    async with store_on(answer) as (store, _):
        for start, stop, expected in ((2, 5, b"234"), (-3, None, b"789"), (None, None, b"0123456789")):
            stream = await store.open_artifact("r", "x", start, stop)
            assert b"".join([chunk async for chunk in stream.chunks]) == expected
        assert (await store.stat_artifact("r", "x")).size_bytes == 10


async def test_pages_do_not_shift_when_runs_arrive() -> None:
    """Later pages ask only for what had started when the first page was shown."""
    run = {"info": {"run_id": "r", "experiment_id": "1", "start_time": 1234}}
    async with store_on(reply(200, json.dumps({"runs": [run], "next_page_token": "t"}))) as (store, server):
        first = await store.runs(RunsQuery(("1",), filter="metrics.a > 1", max_results=1))
        await store.runs(RunsQuery(("1",), filter="metrics.a > 1", max_results=1, page_token=first.next_page_token))
    asked = [json.loads(request.body) for request in server.requests]
    assert asked[0]["filter"] == "metric.`a` > 1"
    assert asked[1]["filter"] == "metric.`a` > 1 AND attribute.`start_time` <= 1234"
    assert asked[1]["page_token"] == "t"


async def test_a_search_through_texts_hands_back_what_it_has_and_goes_on() -> None:
    total = 12_000

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        asked = json.loads(request.body)
        start = int(asked.get("page_token") or 0)
        stop = min(start + asked["max_results"], total)
        runs = [
            {"info": {"run_id": f"r{i}", "experiment_id": "1", "run_name": "hit" if i % 4_000 == 0 else "x"}}
            for i in range(start, stop)
        ]
        page: dict[str, Any] = {"runs": runs}
        if stop < total:
            page["next_page_token"] = str(stop)
        await reply(200, json.dumps(page))(request, writer)

    async with store_on(answer, 30) as (store, _):
        found, pages, token = [], 0, None
        while True:
            page = await store.runs(RunsQuery(("1",), search="hit", max_results=2, page_token=token))
            found += [run.run_id for run in page.runs]
            pages += 1
            token = page.next_page_token
            if token is None:
                break
    assert found == ["r0", "r4000", "r8000"]
    assert pages >= 3


async def sent_headers(uri_part: str = "") -> dict[str, str]:
    async with store_on(reply(200, "{}"), secret=uri_part) as (store, server):
        await store.check()
        return server.requests[0].headers


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def test_credentials_come_from_the_connection_then_environment_then_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "authorization" not in await sent_headers()
    (tmp_path / ".mlflow").mkdir()
    (tmp_path / ".mlflow" / "credentials").write_text(
        "[mlflow]\nmlflow_tracking_username = filed\nmlflow_tracking_password = p%w\n"
    )
    assert (await sent_headers())["authorization"] == basic("filed", "p%w")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "tok")
    assert (await sent_headers())["authorization"] == "Bearer tok"
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ann")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "pw")
    assert (await sent_headers())["authorization"] == basic("ann", "pw")
    assert (await sent_headers("me:p%40ss@"))["authorization"] == basic("me", "p@ss")


@pytest.mark.parametrize("uri", ["ftp://h", "http://", "https:///x", "h:5000", "http://me:secret@"])
async def test_what_is_no_server_address_is_refused(uri: str) -> None:
    with pytest.raises(BadInput) as failure:
        RestStore(uri)
    assert "secret" not in failure.value.message


async def test_a_path_before_the_api_is_kept() -> None:
    async with serve(reply(200, "{}")) as server:
        store = RestStore(f"{server.address}/team a/mlflow/", request_timeout_s=5)
        await store.check()
        await store.close()
    assert server.requests[0].line == "POST /team%20a/mlflow/api/2.0/mlflow/experiments/search HTTP/1.1"
