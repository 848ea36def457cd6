"""`refresh` on notebook files, and names split into columns from the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from .test_cli import explorer

pytestmark = pytest.mark.timeout(200)

TUMOURS = "Demo: tumour classifiers"
PATTERN = "{featurization}__{outlier}__{imputation}__{classifier}"


def a_run(folder: Path, name: str, auroc: float) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    experiment = client.get_experiment_by_name(TUMOURS)
    run_id = client.create_run(experiment.experiment_id, run_name=name).info.run_id
    client.log_metric(run_id, "auroc", auroc)
    client.set_terminated(run_id)


def refreshed(folder: Path, *options: str, code: int = 0) -> dict[str, Any]:
    made = explorer("refresh", *options, "--json", cwd=folder)
    assert made.code == code, made.err
    answer: dict[str, Any] = json.loads(made.out)
    return answer


def test_new_runs_are_found_and_edited_cells_are_kept(folder: Path) -> None:
    path = folder / "about.ipynb"
    wanted = ("--experiment", TUMOURS, "--rank-by", "auroc", "--sections", "3")
    assert explorer("notebook", *wanted, "--output", "about.ipynb", cwd=folder).code == 0
    before = path.read_bytes()
    nothing = refreshed(folder, "about.ipynb")
    assert (nothing["changed"], nothing["kept"], nothing["executed"]) == (0, 0, False)
    assert path.read_bytes() == before

    a_run(folder, "a__new__best__run", 0.999)
    notebook = nbformat.read(path, as_version=4)
    edited = next(i for i, cell in enumerate(notebook.cells) if cell.source.startswith("if "))
    notebook.cells[edited].source += "\n# My own line."
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell("My thoughts"))
    nbformat.write(notebook, path)
    found = refreshed(folder, "about.ipynb")
    assert found["changed"] > 3
    assert found["kept"] == 1
    text = path.read_text()
    assert all(part in text for part in ("My own line.", "My thoughts", "a__new__best__run"))
    assert refreshed(folder, "about.ipynb", "--keep-edited")["kept"] == 1
    over = refreshed(folder, "about.ipynb", "--overwrite-edited", "--output", "other.ipynb")
    assert (over["kept"], over["path"]) == (0, "other.ipynb")
    assert "My own line." not in (folder / "other.ipynb").read_text()
    assert "My own line." in path.read_text()
    # What is there is not replaced by accident.
    refused = explorer("refresh", "about.ipynb", "--output", "other.ipynb", cwd=folder)
    assert (refused.code, "--force" in refused.err) == (1, True)


@pytest.mark.parametrize(
    ("text", "options", "code", "says"),
    [
        (None, (), 1, "There is no notebook"),
        ("not JSON", (), 2, "no valid notebook"),
        ('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', (), 2, "no cells to refresh"),
        ("", ("--keep-edited", "--overwrite-edited"), 2, "Choose one of"),
    ],
)
def test_what_cannot_be_refreshed_is_said(
    folder: Path, text: str | None, options: tuple[str, ...], code: int, says: str
) -> None:
    path = folder / "odd.ipynb"
    path.unlink(missing_ok=True)
    if text is not None:
        path.write_text(text)
    made = explorer("refresh", "odd.ipynb", *options, cwd=folder)
    assert (made.code, says in made.err) == (code, True), made.err
    assert text is None or path.read_text() == text


def test_credentials_have_to_be_given_again(folder: Path) -> None:
    mark = {"recipe": "setup", "connection": "postgresql://***@db.example/x", "part": 0, "parts": 1}
    cell = nbformat.v4.new_code_cell("x", metadata={"jupyter_mlflow_explorer": mark})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / "secret.ipynb")
    made = explorer("refresh", "secret.ipynb", cwd=folder)
    assert (made.code, "give --tracking-uri" in made.err) == (2, True), made.err


def test_names_become_groups(folder: Path) -> None:
    (folder / "names.yaml").write_text("classifier: [CatBoost, LogReg]\n")
    made = explorer(
        *("notebook", "--experiment", TUMOURS, "--pattern", PATTERN, "--registry", "names.yaml"),
        *("--group-by", "derived.classifier", "--output", "groups.ipynb"),
        cwd=folder,
    )
    assert made.code == 0, made.err
    assert "names do not fit the pattern" in made.err
    assert "Not in the registry, as classifier:" in made.err
    notebook = nbformat.read(folder / "groups.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert "## Groups" in text
    assert 'group_columns = ["derived.classifier"]' in text
    # What it was written from is kept with it.
    assert refreshed(folder, "groups.ipynb")["changed"] == 0
    for options, code, says in (
        (("--pattern", "{a}{b}"), 2, "some text between"),
        (("--registry", "names.yaml"), 2, "give a pattern too"),
        (("--pattern", "{a}", "--registry", "none.yaml"), 1, "There is no registry"),
    ):
        made = explorer("notebook", "--experiment", TUMOURS, *options, "--output", "no.ipynb", cwd=folder)
        assert (made.code, says in made.err) == (code, True), made.err
        assert not (folder / "no.ipynb").exists()
