"""A request whose browser tab was closed stops its query or request within a second."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tornado.simple_httpclient import HTTPTimeoutError

from jupyter_mlflow_explorer.handlers import ROUTES
from jupyter_mlflow_explorer.tracking.downsampling import Thinner

from ..stores.sockets import Request, serve
from .conftest import Fetch, Seeded

POINTS = 3_000_000

#: A request for each route that reads a tracking store, by its pattern.
READING = {
    r"connections/([^/]+)/check": "connections/never/check",
    r"experiments/?": "experiments",
    r"experiments/([^/]+)": "experiments/1",
    r"runs/?": "runs?experiment_id=1",
    r"runs/table": "runs/table?experiment_id=1&columns=metrics.acc",
    r"runs/columns": "runs/columns?experiment_id=1",
    r"runs/([^/]+)": "runs/abc",
    r"runs/([^/]+)/artifacts": "runs/abc/artifacts",
    r"runs/([^/]+)/artifacts/content": "runs/abc/artifacts/content?path=x",
    r"logged-models/([^/]+)/artifacts": "logged-models/m-1/artifacts",
    r"logged-models/([^/]+)/artifacts/content": "logged-models/m-1/artifacts/content?path=x",
    r"metrics/?": "metrics?run_id=abc&key=acc",
    r"contents/?(.*)": "contents/never/abc/x.txt",
    r"files/(.+)": "files/never/abc/x.txt",
    r"cells/?": "cells",
    r"cells/refresh": "cells/refresh",
    r"notebooks/?": "notebooks",
}
#: These do not touch a tracking store.
OTHERS = {
    r"status/?",
    r"connections/?",
    r"connections/([^/]+)",
    r"recipes/?",
    r"templates/?",
    r"openapi\.json",
    r"docs/?",
}
#: These answer before a store is read; `DELETE` ends what they have started.
OTHERS |= {r"reports/?", r"reports/([^/]+)"}


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any]) -> dict[str, Any]:
    # Far beyond what is waited for, so that it is not the time limit that ends the work.
    jp_server_config["ExplorerApp"]["request_timeout_s"] = 60.0
    return jp_server_config


async def test_each_route_hangs_up_on_the_tracking_server(api: Fetch) -> None:
    async def never(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    assert set(READING) | OTHERS == {pattern for pattern, _ in ROUTES}
    cells = {"recipe": "run-summary", "connection": "never", "run_ids": ["abc"]}
    generated = {"cell_type": "code", "source": "x", "metadata": {"jupyter_mlflow_explorer": cells}}
    bodies = {"cells": cells, "notebooks": {**cells, "title": "x"}, "cells/refresh": {"cells": [generated]}}
    whole = {"title": "x", "connection": "never", "experiment_ids": ["1"]}
    asked = [(route, bodies.get(route)) for route in READING.values()]
    for route, sent in [*asked, ("notebooks", whole)]:
        async with serve(never) as server:
            new = {"name": "Never", "tracking_uri": server.address}
            assert (await api("connections", json_body=new)).code == 201
            path = route if "never" in route else f"{route}{'&' if '?' in route else '?'}connection=never"
            with pytest.raises(HTTPTimeoutError):
                await api(path, json_body=sent, request_timeout=0.5)
            await asyncio.wait_for(server.closed.wait(), 20)
            assert (await api("connections/never", method="DELETE")).code == 204


async def test_the_query_of_a_database_ends(
    api: Fetch, seeded: Seeded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.db"
    with sqlite3.connect(seeded.path) as source, sqlite3.connect(path) as target:
        source.backup(target)
        target.execute(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)"
            " INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) SELECT 'long', i, i, ?, i, 0 FROM n",
            (POINTS, seeded.run_ids[0]),
        )
    source.close()
    target.close()
    counted = 0
    add_plain = Thinner.add_plain

    def count(self: Thinner, rows: list[Any], values: list[Any]) -> bool:
        nonlocal counted
        counted += len(rows)
        return add_plain(self, rows, values)

    monkeypatch.setattr(Thinner, "add_plain", count)
    assert (await api("connections", json_body={"name": "Long", "tracking_uri": f"sqlite:///{path}"})).code == 201
    route = f"metrics?connection=long&run_id={seeded.run_ids[0]}&key=long&max_points=1000"
    with pytest.raises(HTTPTimeoutError):
        await api(route, request_timeout=1)
    before = -1
    while counted != before:
        before = counted
        await asyncio.sleep(1)
    assert 0 < counted < POINTS
