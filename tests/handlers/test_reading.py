"""Experiments, runs and metrics over HTTP: the shapes, the words of errors, and a store that stays as it was."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import HOSTILE, Fetch, Seeded, body, refuse_constants


async def test_status_names_versions_and_connection(api: Fetch) -> None:
    from importlib.metadata import version

    status = body(await api("status"))
    assert status["version"] == version("jupyter-mlflow-explorer")
    assert status["mlflow_version"] == version("mlflow")
    assert status["connection"]["id"] == "main"


async def test_experiments_and_one_of_them(api: Fetch, seeded: Seeded) -> None:
    listed = body(await api("experiments"))
    assert [one["name"] for one in listed["experiments"]] == ["credit-risk", "Default"]
    one = body(await api(f"experiments/{seeded.experiment_id}"))
    assert one == listed["experiments"][0]
    found = body(await api("experiments", params={"search": "RISK"}))
    assert [one["name"] for one in found["experiments"]] == ["credit-risk"]


async def test_runs_are_newest_first_and_non_finite_numbers_are_strings(api: Fetch, seeded: Seeded) -> None:
    response = await api("runs", params={"experiment_id": seeded.experiment_id})
    runs = json.loads(response.body, parse_constant=refuse_constants)["runs"]
    assert [run["run_id"] for run in runs] == list(reversed(seeded.run_ids))
    assert [run["metrics"]["auc"] for run in runs] == ["Infinity", "NaN", 0.9]
    assert runs[0]["run_name"] == HOSTILE
    assert runs[0]["note"] == HOSTILE


async def test_pages_join_to_the_whole_list(api: Fetch, seeded: Seeded) -> None:
    params = {"experiment_id": seeded.experiment_id, "max_results": "2", "order_by": "metrics.auc DESC"}
    first = body(await api("runs", params=params))
    second = body(await api("runs", params={**params, "page_token": first["next_page_token"]}))
    assert second["next_page_token"] is None
    names = [run["run_name"] for run in first["runs"] + second["runs"]]
    assert names == [HOSTILE, "first", "second"]


async def test_table_is_columnar(api: Fetch, seeded: Seeded) -> None:
    query = [("experiment_id", seeded.experiment_id)]
    query += [("columns", name) for name in ("attributes.run_name", "params.lr", "metrics.auc", "metrics.nothing")]
    response = await api("runs/table?" + "&".join(f"{k}={v}" for k, v in query))
    table = json.loads(response.body, parse_constant=refuse_constants)
    assert table["run_ids"] == list(reversed(seeded.run_ids))
    assert table["total"] == 3
    assert [(one["kind"], one["key"], one["values"]) for one in table["columns"]] == [
        ("attributes", "run_name", [HOSTILE, "second", "first"]),
        ("params", "lr", ["0.2", "0.1", "0.0"]),
        ("metrics", "auc", ["Infinity", "NaN", 0.9]),
        ("metrics", "nothing", [None, None, None]),
    ]
    keys = body(await api(f"runs/columns?experiment_id={seeded.experiment_id}"))
    assert keys["params"] == ["lr"]
    assert keys["metrics"] == ["auc", "loss"]


async def test_one_run(api: Fetch, seeded: Seeded) -> None:
    run = body(await api(f"runs/{seeded.run_ids[0]}"))
    assert run["params"] == {"lr": "0.0"}
    assert run["start_time_ms"] == 1_700_000_000_000
    assert run["end_time_ms"] == 1_700_000_060_000
    assert run["children"] == 0
    assert run["parent"] is None


async def test_histories_of_several_runs_and_keys(api: Fetch, seeded: Seeded) -> None:
    runs = "&".join(f"run_id={one}" for one in seeded.run_ids[:2])
    histories = body(await api(f"metrics?{runs}&key=loss&key=auc&key=none"))["histories"]
    assert [(one["run_id"], one["key"], one["total"]) for one in histories] == [
        (run_id, key, total) for run_id in seeded.run_ids[:2] for key, total in (("loss", 20), ("auc", 1), ("none", 0))
    ]
    assert histories[0]["points"][3] == [3, 1_700_000_000_003, 0.25]
    thin = body(await api(f"metrics?run_id={seeded.run_ids[0]}&key=loss&max_points=6"))["histories"][0]
    assert thin["downsampled"] is True
    assert thin["total"] == 20
    assert thin["points"][0][2] == 1.0
    assert thin["points"][-1][2] == 0.05


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("experiments/9999", 404, ["9999"]),
        ("runs/abc123", 404, ["abc123"]),
        ("runs?experiment_id=1&filter=metrics.auc >", 400, ["number", "14"]),
        ("runs?experiment_id=1&filter=color = 'red'", 400, ["color"]),
        ("runs?experiment_id=1&order_by=metrics.auc SIDEWAYS", 400, ["SIDEWAYS"]),
        ("runs?experiment_id=1&view=gone", 400, ["view", "gone"]),
        ("runs?experiment_id=1&max_results=0", 400, ["max_results", "0"]),
        ("runs?experiment_id=1&max_results=many", 400, ["max_results", "many"]),
        ("runs?experiment_id=1&page_token=junk", 400, ["token"]),
        ("runs/table?experiment_id=1&columns=shoes.size", 400, ["shoes"]),
        ("metrics?run_id=abc123&key=loss", 404, ["abc123"]),
        ("metrics?key=loss", 400, ["run_id"]),
        ("runs/abc123/artifacts", 404, ["abc123"]),
        ("runs?connection=nope&experiment_id=1", 404, ["nope", "main"]),
        ("nowhere", 404, []),
    ],
)
async def test_wrong_request_is_named(api: Fetch, path: str, code: int, words: list[str]) -> None:
    response = await api(path.replace(" ", "%20"))
    assert response.code == code
    for word in words:
        assert word in body(response)["message"]
    assert "Traceback" not in response.body.decode()


async def test_filter_error_has_its_position(api: Fetch) -> None:
    response = await api("runs?experiment_id=1&filter=" + "metrics.auc ! 1".replace(" ", "%20"))
    assert body(response)["code"] == "bad_filter"
    assert isinstance(body(response)["position"], int)


def _snapshot(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        str(file): (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def every_read(seeded: Seeded) -> list[str]:
    """Paths of every GET route on an existing thing."""
    run = seeded.run_ids[0]
    return [
        "status",
        "connections",
        "connections/main/check",
        "experiments",
        f"experiments/{seeded.experiment_id}",
        f"runs?experiment_id={seeded.experiment_id}&search=first&order_by=metrics.auc%20DESC",
        f"runs/table?experiment_id={seeded.experiment_id}",
        f"runs/columns?experiment_id={seeded.experiment_id}",
        f"runs/{run}",
        f"metrics?run_id={run}&key=loss",
        f"runs/{run}/artifacts",
        f"runs/{run}/artifacts/content?path=table.csv",
        f"logged-models/{seeded.model_id}/artifacts",
        f"logged-models/{seeded.model_id}/artifacts/content?path=MLmodel",
        f"contents/main/models/{seeded.model_id}/MLmodel",
        f"contents/main/{run}/table.csv",
        f"contents/main/{run}",
        "contents",
        f"files/main/{run}/plot.png",
        "recipes",
        "templates",
        "openapi.json",
        "docs",
    ]


async def test_looking_changes_no_byte_of_the_store(api: Fetch, seeded: Seeded) -> None:
    before = _snapshot(seeded.path.parent)
    for path in every_read(seeded):
        assert (await api(path)).code == 200, path
    for recipe in ("load-run", "run-summary"):
        assert (await api("cells", json_body={"recipe": recipe, "run_ids": [seeded.run_ids[0]]})).code == 200
    assert _snapshot(seeded.path.parent) == before


_CHILD = """
import asyncio, json, sys
from jupyter_server.serverapp import ServerApp
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

app = ServerApp()
app.initialize(argv=[
    "--ServerApp.jpserver_extensions={'jupyter_mlflow_explorer': True}", "--allow-root", "--no-browser", "--port=0",
    "--ServerApp.token=t", "--ServerApp.log_level=ERROR", f"--ExplorerApp.connections=Main={sys.argv[1]}",
    "--ServerApp.port_retries=0",
])
at_start = sorted(m for m in ("mlflow", "pydantic", "sqlalchemy", "pandas") if m in sys.modules)

async def walk():
    base = app.connection_url + "mlflow-explorer/api/"
    client = AsyncHTTPClient()
    codes = []
    for method, path, data in json.loads(sys.argv[2]):
        request = HTTPRequest(base + path, method=method, body=data, headers={"Authorization": "token t"})
        codes.append((await client.fetch(request, raise_error=False)).code)
    return codes

codes = app.io_loop.run_sync(walk)
print(json.dumps({"codes": codes, "at_start": at_start, "mlflow": "mlflow" in sys.modules}))
"""


def test_mlflow_is_never_imported_in_the_server_process(seeded: Seeded, tmp_path: Path) -> None:
    calls: list[Any] = [("GET", path, None) for path in every_read(seeded)]
    for recipe, selection in (
        ("compare-runs", {"run_ids": seeded.run_ids}),
        ("search-runs", {"experiment_ids": [seeded.experiment_id]}),
    ):
        calls.append(("POST", "cells", json.dumps({"recipe": recipe, "setup": True, **selection})))
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, seeded.uri, json.dumps(calls)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    answer = json.loads(child.stdout.strip().splitlines()[-1])
    assert answer["codes"] == [200] * len(calls)
    assert answer["mlflow"] is False
    assert answer["at_start"] == []
