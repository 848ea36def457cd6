"""The example package and broken ones, installed: a real server and the command line find and survive them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from ..stores.jupyter import Jupyter, jupyter_server
from ..stores.packages import WORKING, install_example, lay_out
from .conftest import Seeded


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables of a process that has the packages."""
    folder = tmp_path_factory.mktemp("packages")
    installed = install_example(folder)
    lay_out(installed, "leaves", "print('on the way out')\nraise SystemExit(3)", {"leaves": "leaves:RECIPE"})
    lay_out(installed, "thief", WORKING.replace("greet", "overview"), {"overview": "thief:RECIPE"})
    lay_out(installed, "failing", WORKING.replace("return [", "return 1 / 0, ["))
    path = os.pathsep.join([str(installed), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    config = tmp_path_factory.mktemp("config")
    return {"PYTHONPATH": path, "JUPYTER_CONFIG_DIR": str(config)}


@pytest.fixture(scope="module")
def server(seeded: Seeded, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    only = {"PYTHONPATH": environment["PYTHONPATH"]}
    with jupyter_server(tmp_path_factory.mktemp("jupyter"), {"main": seeded.uri}, only) as running:
        yield running


def test_the_server_lists_and_writes_them(server: Jupyter, seeded: Seeded) -> None:
    answer = server.ask("GET", "recipes").json
    recipes = {one["name"]: one for one in answer["recipes"]}
    assert recipes["run-timeline"]["source"] == "mlflow-explorer-recipe-timeline 0.1.0"
    assert recipes["run-timeline"]["options"]["properties"]["max_drawn"]["default"] == 50
    assert recipes["overview"]["source"] == "jupyter-mlflow-explorer"
    problems = {(one["name"], one["source"]): one["message"] for one in answer["problems"]}
    assert set(problems) == {("leaves", "leaves 1.0"), ("overview", "thief 1.0")}
    assert "SystemExit" in problems["leaves", "leaves 1.0"]
    wanted: dict[str, Any] = {"recipe": "run-timeline", "connection": "main", "run_ids": list(seeded.run_ids)}
    cells = server.ask("POST", "cells", body={**wanted, "options": {"order": "duration"}, "setup": True}).json["cells"]
    assert 'sort_values("duration", ascending=False)' in cells[-1]["source"]
    wrong = server.ask("POST", "cells", body={**wanted, "options": {"max_drawn": 0}})
    assert (wrong.status, "max_drawn" in wrong.json["message"]) == (400, True)
    failed = server.ask("POST", "cells", body={**wanted, "recipe": "greet"})
    assert (failed.status, failed.json["code"]) == (422, "recipe_failed")
    assert "greet of failing 1.0" in failed.json["message"]
    assert "Traceback" not in failed.json["message"]
    off = server.ask("POST", "cells", body={**wanted, "recipe": "leaves"})
    assert (off.status, "switched off" in off.json["message"]) == (404, True)
    whole = server.ask("POST", "cells", body={**wanted, "recipe": "overview"})
    assert whole.status == 200
    # Each problem is in the log once, however often recipes are asked for.
    server.ask("GET", "recipes")
    lines = [line for line in server.log.read_text().splitlines() if "Recipe leaves of leaves 1.0 is" in line]
    assert len([line for line in lines if "answers 404" not in line]) == 1


def explorer(environment: dict[str, str], cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jupyter_mlflow_explorer", *arguments]
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, timeout=100
    )


@pytest.mark.kernel
def test_a_template_with_its_cells_is_written_and_executed_from_the_terminal(
    environment: dict[str, str], seeded: Seeded, tmp_path: Path
) -> None:
    folder = Path(environment["JUPYTER_CONFIG_DIR"]) / "mlflow_explorer" / "templates"
    folder.mkdir(parents=True)
    cells = [
        nbformat.v4.new_markdown_cell("# {{ title }}\n\n{{ runs }} runs of {{ experiments }}"),
        nbformat.v4.new_raw_cell("{{ run-timeline\norder: duration\nbest: 2 }}"),
        nbformat.v4.new_markdown_cell("{{ leaderboard\nmetric: loss\ntop: 2 }}"),
        nbformat.v4.new_code_cell('print("mine:", sorted(run_timeline["status"]))'),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "weekly.ipynb")
    options = ("notebook", "--tracking-uri", seeded.uri, "--experiment", seeded.experiment_id, "--rank-by", "loss")
    made = explorer(
        environment, tmp_path, *options, "--template", "weekly", "--title", "Week *3*", "--output", "week.ipynb",
        "--execute", "--json",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    answer = json.loads(made.stdout)
    assert (answer["runs"], answer["executed"]) == (3, True)
    assert "is switched off" in made.stderr
    notebook = nbformat.read(tmp_path / "week.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].source == "# Week &#42;3&#42;\n\n3 runs of `credit-risk`"
    printed = [
        "".join(output.text for output in cell.get("outputs", ()) if output.get("name") == "stdout")
        for cell in notebook.cells
    ]
    assert printed[-1] == "mine: ['FINISHED', 'FINISHED']\n"
    assert "2 of 2 runs are drawn." in "".join(printed)
    images = [out for cell in notebook.cells for out in cell.get("outputs", ()) if "image/png" in out.get("data", {})]
    assert len(images) == 1
    # The same again by the file's path, to a file that is there: refused before anything is read.
    again = explorer(
        environment, tmp_path, *options, "--template", str(folder / "weekly.ipynb"), "--output", "week.ipynb"
    )
    assert (again.returncode, "--force" in again.stderr) == (1, True)
    for template, says in (("monthly", "weekly"), ("no/such.ipynb", "There is no template at")):
        wrong = explorer(environment, tmp_path, *options, "--template", template, "--output", "x.ipynb")
        assert (wrong.returncode, says in wrong.stderr) == (1, True), wrong.stderr
    assert not (tmp_path / "x.ipynb").exists()


def test_the_examples_own_tests_pass(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "test_timeline.py").write_bytes(
        (Path(__file__).parents[2] / "examples/mlflow-explorer-recipe-timeline/tests/test_timeline.py").read_bytes()
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **environment}, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stdout
