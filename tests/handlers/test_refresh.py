"""Refreshing over HTTP: cells written by one request, and what another one would change in them later."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from jupyter_mlflow_explorer.cells.refresh import Change, apply

from .conftest import Fetch, Seeded, body

REGISTRY = "first: [first]\nelsewhere: [x]\n"


@pytest.fixture
def copy(seeded: Seeded, tmp_path: Path) -> Path:
    """A store of the test's own."""
    return Path(shutil.copy(seeded.path, tmp_path / "copy.db"))


@pytest.fixture
def connections(copy: Path) -> dict[str, str]:
    return {"Copy": f"sqlite:///{copy}"}


async def written(api: Fetch, root: Path, **wanted: Any) -> NotebookNode:
    answer = body(await api("notebooks", json_body={"connection": "copy", "title": "About", **wanted}))
    return nbformat.read(root / answer["path"], as_version=4)


async def plan(api: Fetch, cells: list[NotebookNode], **wanted: Any) -> dict[str, Any]:
    asked = [{"cell_type": cell.cell_type, "source": cell.source, "metadata": cell.metadata} for cell in cells]
    response = await api("cells/refresh", json_body={"cells": asked, **wanted})
    assert response.code == 200, response.body
    found: dict[str, Any] = body(response)
    return found


def applied(cells: list[NotebookNode], answer: dict[str, Any]) -> list[NotebookNode]:
    changes = [
        Change(one["kind"], one["index"], tuple(nbformat.from_dict(cell) for cell in one["cells"]), one["edited"])
        for one in answer["changes"]
    ]
    return apply(cells, changes)


def add_run(copy: Path, seeded: Seeded, name: str, auc: float) -> str:
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{copy}")
    run_id: str = client.create_run(seeded.experiment_id, run_name=name).info.run_id
    client.log_metric(run_id, "auc", auc)
    client.set_terminated(run_id)
    return run_id


async def test_a_whole_notebook_picks_up_new_runs(api: Fetch, seeded: Seeded, copy: Path, jp_root_dir: Path) -> None:
    search = {"experiment_ids": [seeded.experiment_id], "rank_by": "auc"}
    notebook = await written(api, jp_root_dir, **search)
    nothing = await plan(api, notebook.cells)
    assert (nothing["changes"], nothing["unchanged"], nothing["warnings"]) == ([], len(notebook.cells), [])
    add_run(copy, seeded, "newest", 0.95)
    edited = next(i for i, cell in enumerate(notebook.cells) if cell.source.startswith("if "))
    notebook.cells[edited].source += "\n# Mine."
    answer = await plan(api, notebook.cells)
    assert [change["index"] for change in answer["changes"] if change["edited"]] == [edited]
    today = await written(api, jp_root_dir, **search, path="today.ipynb")
    cells = applied(notebook.cells, answer)
    assert any("newest" in cell.source for cell in cells)
    # The heading has the time of its writing, and that is kept.
    assert [cell.source for cell in cells][1:] == [cell.source for cell in today.cells][1:]
    assert "- Runs: 4" in cells[0].source
    assert (await plan(api, cells))["changes"] == []


async def test_runs_that_are_gone_are_named(api: Fetch, seeded: Seeded, copy: Path, jp_root_dir: Path) -> None:
    notebook = await written(api, jp_root_dir, recipe="compare-runs", run_ids=list(seeded.run_ids))
    with closing(sqlite3.connect(copy)) as connection, connection:
        for table in ("latest_metrics", "metrics", "params", "tags", "runs"):
            connection.execute(f"DELETE FROM {table} WHERE run_uuid = ?", (seeded.run_ids[1],))
    answer = await plan(api, notebook.cells)
    assert answer["warnings"] == [f"Left out, as they are gone: {seeded.run_ids[1]}."]
    cells = applied(notebook.cells, answer)
    text = "\n".join(cell.source for cell in cells[1:])
    assert seeded.run_ids[1] not in text
    assert seeded.run_ids[0] in text
    # Where nothing is left, the cells stay.
    gone = [{**cell, "metadata": cell.metadata} for cell in notebook.cells[2:3]]
    gone[0]["metadata"]["jupyter_mlflow_explorer"]["run_ids"] = [seeded.run_ids[1]]
    response = await api("cells/refresh", json_body={"cells": gone})
    assert response.code in (400, 404)
    whole = await plan(api, [*notebook.cells[:2], NotebookNode(gone[0])])
    assert any(warning.startswith("Not refreshed: the cells of recipe compare-runs.") for warning in whole["warnings"])


async def test_cells_that_search_are_named_to_be_run_again(api: Fetch, seeded: Seeded) -> None:
    wanted = {"recipe": "search-runs", "connection": "copy", "experiment_ids": [seeded.experiment_id], "setup": True}
    cells = [NotebookNode(cell) for cell in body(await api("cells", json_body=wanted))["cells"]]
    own = nbformat.v4.new_code_cell("1 + 1")
    answer = await plan(api, [own, *cells])
    assert (answer["changes"], answer["live"], answer["unchanged"]) == ([], [2], 2)
    # One of them only, and one of nobody's.
    assert (await plan(api, [own, *cells], chosen=[1]))["unchanged"] == 1
    response = await api("cells/refresh", json_body={"cells": [{"cell_type": "code", "source": "1 + 1"}]})
    assert response.code == 400
    assert "none of them was inserted" in body(response)["message"]


async def test_a_connection_may_be_named_otherwise_here(api: Fetch, seeded: Seeded, copy: Path) -> None:
    wanted = {"recipe": "run-summary", "connection": "copy", "run_ids": [seeded.run_ids[0]]}
    cells = [NotebookNode(cell) for cell in body(await api("cells", json_body=wanted))["cells"]]
    for name in (f"sqlite:///{copy}", "elsewhere"):
        for cell in cells:
            cell["metadata"]["jupyter_mlflow_explorer"]["connection"] = name
        if name == "elsewhere":
            asked = [{key: cell[key] for key in ("cell_type", "source", "metadata")} for cell in cells]
            response = await api("cells/refresh", json_body={"cells": asked})
            assert response.code == 404
            assert "'elsewhere'" in body(response)["message"]
        answer = await plan(api, cells, connection="copy")
        assert (answer["changes"], answer["unchanged"]) == ([], 2)


@pytest.mark.parametrize(
    ("mark", "says"),
    [
        ({"recipe": "none", "connection": "copy"}, "no recipe 'none'"),
        ({"recipe": "run-summary", "connection": "copy", "run_ids": "x"}, "run_ids"),
        ({"recipe": "run-summary", "connection": "copy", "options": {"x": 1}, "run_ids": []}, "needs at least 1 run"),
        ({"recipe": "notebook", "connection": "copy", "document": {"sections": 1}}, "title"),
        ({"recipe": "notebook", "connection": "copy", "document": {"title": "x"}, "search": 1}, "search"),
    ],
)
async def test_metadata_changed_by_hand_is_said(api: Fetch, mark: dict[str, Any], says: str) -> None:
    cell = {"cell_type": "code", "source": "x", "metadata": {"jupyter_mlflow_explorer": mark}}
    response = await api("cells/refresh", json_body={"cells": [cell]})
    assert response.code in (400, 404), response.body
    assert says in body(response)["message"]


async def test_names_are_split_by_the_settings(api: Fetch, seeded: Seeded, jp_root_dir: Path) -> None:
    (jp_root_dir / "names.yaml").write_text(REGISTRY)
    wanted = {
        "connection": "main",
        "run_ids": list(seeded.run_ids[:2]),
        "naming": {"pattern": "{first}", "registry": "names.yaml"},
    }
    answer = body(await api("cells", json_body={**wanted, "recipe": "group-runs"}))
    assert answer["warnings"] == ["Not in the registry, as first: second."]
    options = answer["cells"][0]["metadata"]["jupyter_mlflow_explorer"]["options"]
    assert options["naming"] == {
        "pattern": "{first}",
        "source": "attributes.run_name",
        "allowed": {"first": ["first"]},
    }
    # A recipe without such an option is as ever.
    assert body(await api("cells", json_body={**wanted, "recipe": "run-summary"}))["warnings"] == []
    whole = body(await api("notebooks", json_body={**wanted, "title": "Groups", "group_by": ["derived.first"]}))
    assert whole["warnings"] == ["Not in the registry, as first: second."]
    text = (jp_root_dir / whole["path"]).read_text()
    assert "## Groups" in text


@pytest.mark.parametrize(
    ("naming", "says"),
    [
        ({"pattern": "{a}", "registry": "../outside.yaml"}, "below the server's root"),
        ({"pattern": "{a}", "registry": "missing.yaml"}, "missing.yaml cannot be read: there is no such file"),
        ({"pattern": "{a}{b}"}, "needs some text between"),
        ({"pattern": "{a}", "source": "metrics.x"}, "source"),
    ],
)
async def test_naming_that_is_none_is_said(
    api: Fetch, seeded: Seeded, jp_root_dir: Path, naming: dict[str, str], says: str
) -> None:
    (jp_root_dir.parent / "outside.yaml").write_text("a: [b]")
    wanted = {"recipe": "overview", "connection": "main", "run_ids": list(seeded.run_ids), "naming": naming}
    response = await api("cells", json_body=wanted)
    assert response.code == 400
    assert says in body(response)["message"]
