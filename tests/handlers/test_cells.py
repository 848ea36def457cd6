"""Recipes, cells and notebooks over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from .conftest import HOSTILE, Fetch, Seeded, body


async def test_recipes_are_listed_with_their_options(api: Fetch) -> None:
    recipes = {one["name"]: one for one in body(await api("recipes"))["recipes"]}
    assert {
        "setup",
        "load-run",
        "run-summary",
        "metric-history",
        "compare-runs",
        "compare-metrics",
        "search-runs",
        "load-artifact",
    } <= set(recipes)
    assert recipes["compare-runs"]["needs"] == "runs"
    assert recipes["load-run"]["max_runs"] == 1
    assert recipes["compare-runs"]["options"]["type"] == "object"


async def test_comparison_with_setup(api: Fetch, seeded: Seeded) -> None:
    response = await api("cells", json_body={"recipe": "compare-runs", "run_ids": list(seeded.run_ids), "setup": True})
    answer = body(response)
    first = answer["cells"][0]
    assert first["metadata"]["jupyter_mlflow_explorer"]["recipe"] == "setup"
    assert seeded.uri in first["source"]
    for cell in answer["cells"][1:]:
        assert cell["metadata"]["jupyter_mlflow_explorer"]["recipe"] == "compare-runs"
        assert cell["metadata"]["jupyter_mlflow_explorer"]["connection"] == "main"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.from_dict(cell) for cell in answer["cells"]])
    nbformat.validate(notebook)
    assert len({cell["id"] for cell in answer["cells"]}) == len(answer["cells"])
    without = body(await api("cells", json_body={"recipe": "compare-runs", "run_ids": list(seeded.run_ids)}))
    assert without["cells"] == answer["cells"][1:]


@pytest.mark.parametrize("path", ["table.csv", "nested", "odd/a #1 100% é?.txt"])
async def test_artifact_cell(api: Fetch, seeded: Seeded, path: str) -> None:
    wanted = {"recipe": "load-artifact", "run_ids": [seeded.run_ids[0]], "artifact_path": path}
    response = await api("cells", json_body=wanted)
    assert response.code == 200
    assert any(path in cell["source"] for cell in body(response)["cells"])


async def test_artifact_of_a_logged_model(api: Fetch, seeded: Seeded) -> None:
    wanted = {"recipe": "load-artifact", "model_id": seeded.model_id, "artifact_path": "MLmodel"}
    for run_ids in ([], [seeded.run_ids[0]]):
        (cell,) = body(await api("cells", json_body={**wanted, "run_ids": run_ids}))["cells"]
        assert seeded.model_id in cell["source"]
        assert ("model net" in cell["source"]) == bool(run_ids)
        assert cell["metadata"]["jupyter_mlflow_explorer"]["model_id"] == seeded.model_id
    (folder,) = body(await api("cells", json_body={**wanted, "artifact_path": "data"}))["cells"]
    assert "list_logged_model_artifacts" in folder["source"]


@pytest.mark.parametrize(
    ("wanted", "code", "word"),
    [
        ({"recipe": "load-artifact", "model_id": "m-gone", "artifact_path": "MLmodel"}, 404, "m-gone"),
        ({"recipe": "load-artifact", "artifact_path": "MLmodel"}, 400, "needs 1 run"),
        ({"recipe": "bake-cake"}, 404, "bake-cake"),
        ({"recipe": "load-run", "run_ids": ["feed"]}, 404, "feed"),
        ({"recipe": "search-runs", "experiment_ids": ["777"]}, 404, "777"),
        ({"recipe": "load-artifact", "run_ids": ["RUN"], "artifact_path": "gone.csv"}, 404, "gone.csv"),
        ({"recipe": "compare-runs", "run_ids": []}, 400, "compare-runs"),
        ({"recipe": "compare-runs", "run_ids": ["RUN", "RUN2"], "options": {"colour": 1}}, 400, "colour"),
        ({"recipe": "load-run", "connection": "nope"}, 404, "nope"),
        ({"recipe": "load-run", "shoes": 1}, 400, "shoes"),
        ({}, 400, "recipe"),
        ([], 400, "body"),
    ],
)
async def test_wrong_request_is_named(api: Fetch, seeded: Seeded, wanted: Any, code: int, word: str) -> None:
    if isinstance(wanted, dict) and "run_ids" in wanted:
        names = {"RUN": seeded.run_ids[0], "RUN2": seeded.run_ids[1]}
        wanted = {**wanted, "run_ids": [names.get(one, one) for one in wanted["run_ids"]]}
    response = await api("cells", json_body=wanted)
    assert response.code == code
    assert word in body(response)["message"]


async def test_notebook_is_written_once_per_name(api: Fetch, seeded: Seeded, jp_root_dir: Path) -> None:
    wanted = {"recipe": "compare-runs", "run_ids": list(seeded.run_ids), "title": HOSTILE, "path": ""}
    first = await api("notebooks", json_body=wanted)
    assert first.code == 201
    second = await api("notebooks", json_body=wanted)
    paths = [body(one)["path"] for one in (first, second)]
    assert len(set(paths)) == 2
    for path in paths:
        notebook = nbformat.read(jp_root_dir / path, as_version=4)
        nbformat.validate(notebook)
        assert "<img" not in notebook.cells[0].source.replace("\\<img", "").replace("&lt;img", "")
    named = await api("notebooks", json_body={**wanted, "path": "mine.ipynb"})
    assert body(named)["path"] == "mine.ipynb"
    before = (jp_root_dir / "mine.ipynb").read_bytes()
    assert (await api("notebooks", json_body={**wanted, "path": "mine.ipynb"})).code == 409
    assert (jp_root_dir / "mine.ipynb").read_bytes() == before


@pytest.mark.parametrize("path", ["../out.ipynb", "a/../../out.ipynb", "no/such/folder"])
async def test_notebook_stays_below_the_root(api: Fetch, seeded: Seeded, jp_root_dir: Path, path: str) -> None:
    wanted = {"recipe": "load-run", "run_ids": [seeded.run_ids[0]], "title": "x", "path": path}
    response = await api("notebooks", json_body=wanted)
    assert response.code in (400, 404)
    assert not (jp_root_dir.parent / "out.ipynb").exists()


async def test_credentials_reach_no_cell(api: Fetch, seeded: Seeded) -> None:
    uri = "http://alice:s3cret@127.0.0.1:9"
    assert (await api("connections", json_body={"name": "Team", "tracking_uri": uri})).code == 201
    response = await api("cells", json_body={"recipe": "setup", "connection": "team"})
    assert response.code == 200
    assert b"s3cret" not in response.body
    assert b"alice" not in response.body
