"""Whole notebooks and their templates over HTTP."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest

from .conftest import HOSTILE, Fetch, Seeded, body


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """The folder of templates of the server."""
    folder = tmp_path / "templates"
    folder.mkdir()
    return folder


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any], templates: Path) -> dict[str, Any]:
    jp_server_config["ExplorerApp"]["templates_dir"] = str(templates)
    return jp_server_config


def write_template(file: Path, *cells: tuple[str, str], **metadata: Any) -> None:
    """Write a notebook of (cell type, source)."""
    made = [getattr(nbformat.v4, f"new_{kind}_cell")(source) for kind, source in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata=metadata), file)


def sources(path: Path) -> list[str]:
    """Return the sources of a valid notebook's cells."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return [cell.source for cell in notebook.cells]


async def test_whole_notebook_of_chosen_runs(api: Fetch, seeded: Seeded, jp_root_dir: Path) -> None:
    wanted = {"title": HOSTILE, "run_ids": list(seeded.run_ids), "sections": 1, "rank_by": "loss"}
    response = await api("notebooks", json_body=wanted)
    assert response.code == 201, response.body
    answer = body(response)
    assert (answer["runs"], answer["warnings"]) == (3, [])
    written = sources(jp_root_dir / answer["path"])
    assert len(written) == answer["cells"]
    text = "\n".join(written)
    assert "The best 1 of 3 runs by `loss` (smaller is better)" in text
    assert seeded.uri in text
    named = {**wanted, "path": "mine.ipynb"}
    assert body(await api("notebooks", json_body=named))["path"] == "mine.ipynb"
    assert (await api("notebooks", json_body=named)).code == 409


async def test_whole_notebook_of_a_search_says_what_it_left_out(api: Fetch, seeded: Seeded, jp_root_dir: Path) -> None:
    search = {"title": "Searched", "experiment_ids": [seeded.experiment_id], "order_by": ["params.lr DESC"]}
    everything = body(await api("notebooks", json_body=search))
    assert (everything["runs"], everything["warnings"]) == (3, [])
    fewer = body(await api("notebooks", json_body={**search, "max_runs": 2}))
    assert fewer["runs"] == 2
    assert fewer["warnings"] == ["Only the first 2 of 3 runs are taken: more match the search."]
    text = "\n".join(sources(jp_root_dir / fewer["path"]))
    assert seeded.run_ids[0] not in text
    filtered = body(await api("notebooks", json_body={**search, "filter": "params.lr = '0.1'"}))
    assert filtered["runs"] == 1


@pytest.mark.parametrize(
    ("wanted", "code", "word"),
    [
        ({}, 400, "experiment_ids"),
        ({"run_ids": ["feed"]}, 404, "feed"),
        ({"experiment_ids": ["1"], "filter": "metrics.auc >"}, 400, "Expected"),
        ({"experiment_ids": ["1"], "filter": "metrics.loss > 99"}, 404, "No run matches"),
        ({"experiment_ids": ["1"], "max_runs": 1001}, 400, "max_runs"),
        ({"experiment_ids": ["1"], "template": "nowhere"}, 404, "nowhere"),
        ({"experiment_ids": ["1"], "template": "../secret"}, 404, "no template"),
        ({"experiment_ids": ["1"], "template": "link"}, 400, "out of the folder"),
        ({"experiment_ids": ["1"], "template": "broken"}, 400, "cell 1"),
        ({"experiment_ids": ["1"], "recipe": "bake-cake"}, 404, "bake-cake"),
    ],
)
async def test_wrong_request_is_named_and_nothing_is_written(
    api: Fetch, templates: Path, jp_root_dir: Path, wanted: dict[str, Any], code: int, word: str
) -> None:
    write_template(templates.parent / "secret.ipynb", ("markdown", "not for you"))
    (templates / "link.ipynb").symlink_to(templates.parent / "secret.ipynb")
    write_template(templates / "broken.ipynb", ("raw", "{{ bake-cake }}"))
    before = sorted(jp_root_dir.iterdir())
    response = await api("notebooks", json_body={"title": "x", **wanted})
    assert (response.code, word in body(response)["message"]) == (code, True), response.body
    assert "not for you" not in body(response)["message"]
    assert sorted(jp_root_dir.iterdir()) == before


async def test_templates_are_listed_with_what_is_wrong(
    api: Fetch, seeded: Seeded, templates: Path, jp_root_dir: Path
) -> None:
    about = {"jupyter_mlflow_explorer": {"title": "Weekly report", "description": "For the Monday meeting."}}
    cells = (("markdown", "# {{ title }}\n\n{{ runs }} runs"), ("raw", "{{ leaderboard\nmetric: loss\ntop: 2 }}"))
    write_template(templates / "weekly.ipynb", *cells, **about)
    write_template(templates / "plain.ipynb", ("markdown", "## Notes on runs"), ("code", "1 + 1"))
    write_template(templates / "observation.ipynb", ("markdown", "x"))
    (templates / "junk.ipynb").write_bytes(b"\xff\xfe{")
    (templates / "readme.txt").write_text("x")
    (templates / "inside.ipynb").symlink_to(templates / "plain.ipynb")
    (templates / "lost.ipynb").symlink_to(templates / "nothing")
    (templates / "folder.ipynb").mkdir()
    os.mkfifo(templates / "pipe.ipynb")
    answer = body(await api("templates"))
    assert answer["folder"] == str(templates)
    found = {one["name"]: one for one in answer["templates"]}
    names = ["folder", "inside", "junk", "lost", "observation", "pipe", "plain", "weekly"]
    assert [one["name"] for one in answer["templates"]] == ["observation", *names]
    assert answer["templates"][0]["source"] == "jupyter-mlflow-explorer"
    assert answer["templates"][0]["problem"] is None
    weekly = {"title": "Weekly report", "description": "For the Monday meeting.", "source": "weekly.ipynb"}
    assert found["weekly"] == {"name": "weekly", "problem": None, **weekly}
    assert found["plain"]["title"] == found["inside"]["title"] == "Notes on runs"
    for name, word in (("junk", "UTF-8"), ("lost", "nowhere"), ("observation", "Rename"), ("pipe", "no file")):
        assert word in found[name]["problem"]
    assert found["folder"]["problem"]
    wanted = {"title": "Week 3", "template": "weekly", "experiment_ids": [seeded.experiment_id]}
    response = await api("notebooks", json_body=wanted)
    assert response.code == 201, response.body
    written = sources(jp_root_dir / body(response)["path"])
    assert written[0] == "# Week 3\n\n3 runs"
    assert "set_tracking_uri" in written[1]
    assert "metrics.`loss`" in "\n".join(written[2:])


async def test_a_folder_that_does_not_exist_is_empty(api: Fetch, templates: Path) -> None:
    templates.rmdir()
    answer = body(await api("templates"))
    assert [one["name"] for one in answer["templates"]] == ["observation"]
    assert answer["folder"] == str(templates)
