"""`notebook`, by options and by the walk."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from .test_cli import explorer

pytestmark = pytest.mark.timeout(200)

TUMOURS = "Demo: tumour classifiers"


def walked(folder: Path, *typed: str, options: tuple[str, ...] = ()) -> tuple[int, str, str]:
    """Run `notebook` with these lines typed; return code, output and what was asked."""
    command = [sys.executable, "-m", "jupyter_mlflow_explorer", "notebook", *options]
    done = subprocess.run(
        command,
        input="".join(f"{line}\n" for line in typed),
        cwd=folder,
        env={**os.environ, "COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def test_options_choose_runs_and_the_file_is_a_notebook(folder: Path) -> None:
    made = explorer(
        *("notebook", "--experiment", TUMOURS, "--filter", "attributes.status = 'FINISHED'"),
        *("--order-by", "metrics.auroc DESC", "--max-runs", "3", "--sections", "1", "--output", "a.ipynb", "--json"),
        cwd=folder,
    )
    assert made.code == 0, made.err
    answer = json.loads(made.out)
    assert (answer["path"], answer["runs"], answer["executed"]) == ("a.ipynb", 3, False)
    notebook = nbformat.read(folder / "a.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert len(notebook.cells) == answer["cells"]
    assert notebook.cells[0].source.startswith("# Runs of Demo")
    assert (
        sum(cell.source.startswith("#### Run") for cell in notebook.cells) == 0
    )  # One run has no section of sections.
    assert "best 1 of 3 runs" in "".join(cell.source for cell in notebook.cells)


def test_a_file_is_not_replaced_without_force(folder: Path) -> None:
    (folder / "mine.ipynb").write_text("mine")
    refused = explorer("notebook", "--experiment", TUMOURS, "--output", "mine.ipynb", cwd=folder)
    assert (refused.code, "--force" in refused.err) == (1, True)
    assert (folder / "mine.ipynb").read_text() == "mine"
    assert explorer("notebook", "--experiment", TUMOURS, "--output", "mine.ipynb", "--force", cwd=folder).code == 0
    assert nbformat.read(folder / "mine.ipynb", as_version=4).cells


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--experiment", "nowhere"), 1, "nowhere"),
        (("--run", "nothing"), 1, "nothing"),
        (("--experiment", TUMOURS, "--filter", "metrics.auroc >"), 2, "Expected a number"),
        (("--experiment", TUMOURS, "--filter", "metrics.auroc > 99"), 1, "No run matches"),
        (("--experiment", TUMOURS, "--output", "no/such/folder.ipynb"), 2, "no folder"),
        (("--experiment", TUMOURS, "--tracking-uri", "http://127.0.0.1:9"), 3, "127.0.0.1:9"),
    ],
)
def test_what_is_wrong_is_said(folder: Path, options: tuple[str, ...], code: int, says: str) -> None:
    before = sorted(folder.iterdir())
    answer = explorer("notebook", *options, cwd=folder)
    assert (answer.code, says in answer.err) == (code, True), answer.err
    assert sorted(folder.iterdir()) == before


@pytest.mark.kernel
def test_it_is_executed_and_a_failing_cell_shows_in_the_exit_code(folder: Path) -> None:
    options = ("notebook", "--experiment", TUMOURS, "--max-runs", "3", "--execute", "--json")
    made = explorer(*options, "--output", "done.ipynb", cwd=folder)
    assert made.code == 0, made.err
    assert json.loads(made.out)["executed"] is True
    notebook = nbformat.read(folder / "done.ipynb", as_version=4)
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
    broken = explorer(*options, "--output", "broken.ipynb", cwd=folder, MLFLOW_TRACKING_URI="sqlite:///mlflow.db",
                      PYTHONPATH=os.pathsep.join([str(_without_pandas(folder)), *sys.path]))  # fmt: skip
    assert (broken.code, "ModuleNotFoundError" in broken.err) == (1, True)
    assert json.loads(broken.out)["executed"] is False
    assert (folder / "broken.ipynb").exists()


def _without_pandas(folder: Path) -> Path:
    """Return a folder for PYTHONPATH in which pandas cannot be imported, as on a machine without it."""
    hidden = folder / "hidden"
    hidden.mkdir(exist_ok=True)
    (hidden / "pandas.py").write_text("raise ModuleNotFoundError(\"No module named 'pandas'\", name='pandas')")
    return hidden


def test_the_walk_explains_and_asks_again(folder: Path) -> None:
    typed = ("", "99", "nothing like it", "tumour", "1", "5-2", "1-2", "A walk", "")
    code, out, asked = walked(folder, *typed, options=("--json",))
    assert code == 0, asked
    assert json.loads(out)["runs"] == 2
    assert json.loads(out)["path"] == "A walk.ipynb"
    for says in ("99 is not in the list", "No experiment has 'nothing like it'", "runs backwards", "✓"):
        assert says in asked
    # A second walk to the same file is asked before it replaces, and takes another name.
    code, out, asked = walked(folder, *typed, "n", "other.ipynb", options=("--json",))
    assert (code, json.loads(out)["path"]) == (0, "other.ipynb")
    assert "exists. Replace it?" in asked


def test_the_walk_asks_for_another_store(folder: Path) -> None:
    code, _, asked = walked(folder, "sqlite:///missing.db", "ftp://x", "", "1", "1", "", "third.ipynb")
    assert code == 0, asked
    assert "There is no database at" in asked
    assert re.search(r"ftp|scheme", asked)


@pytest.mark.parametrize("typed", [(), ("",), ("", "1"), ("", "1", "q"), ("q",)])
def test_the_end_of_the_input_leaves(folder: Path, typed: tuple[str, ...]) -> None:
    before = sorted(folder.iterdir())
    code, out, asked = walked(folder, *typed)
    assert (code, out) == (1, ""), asked
    assert sorted(folder.iterdir()) == before
