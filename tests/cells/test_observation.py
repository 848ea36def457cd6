"""The observation notebook: what is in it, in which order, and that it shows what was logged."""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt

from jupyter_mlflow_explorer.cells.observation import Observation, best_first, observation_notebook, ranking_metric
from jupyter_mlflow_explorer.errors import BadInput
from jupyter_mlflow_explorer.reports.execute import CellFailed, execute

from .conftest import Store
from .kernel import printed, shown, table
from .selections import a_run, a_selection
from .test_literals import anything


def headings(notebook: nbformat.NotebookNode) -> list[str]:
    lines = [line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    return [line for line in lines if line.startswith("#")]


def test_sections_are_in_order_best_run_first() -> None:
    runs = tuple(a_run(i, f"run {i}", metrics={"auroc": value}) for i, value in enumerate((0.5, math.nan, 0.9, 0.7)))
    runs += (a_run(9, "bare"),)
    selection = dataclasses.replace(a_selection("overview"), runs=runs)
    notebook = observation_notebook(selection, Observation("Tumours", sections=2))
    assert headings(notebook) == [
        "# Tumours",
        "## Overview",
        "### Overview of 5 runs",
        "## Runs",
        "### Summaries of 2 runs",
        "#### Run `run 2`",
        "#### Run `run 3`",
        "## All runs together",
        "### Metrics of 5 runs, distributed",
        "## Comparison",
        "### Comparison of 2 runs",
        "### Curves of 5 runs",
        "## Free exploration",
    ]
    assert "best 2 of 5 runs by `auroc` (larger is better)" in "\n".join(cell.source for cell in notebook.cells)


def test_ranking() -> None:
    runs = (a_run(1, "a", metrics={"val_loss": 2.0, "x": 1}), a_run(2, "b", metrics={"val_loss": 0.5}), a_run(3, "c"))
    assert ranking_metric(runs) == "val_loss"
    assert [run.run_name for run in best_first(runs, "val_loss")] == ["b", "a", "c"]
    assert [run.run_name for run in best_first(runs, None)] == ["a", "b", "c"]
    assert ranking_metric((a_run(1, "a"),)) is None
    assert ranking_metric((a_run(1, "a", metrics={"odd": 1.0}),)) == "odd"


def test_542_runs_stay_below_150_cells() -> None:
    runs = tuple(a_run(i, f"run {i}", metrics={f"m{k}": float(k) for k in range(20)}) for i in range(542))
    notebook = observation_notebook(dataclasses.replace(a_selection("overview"), runs=runs), Observation("Many"))
    assert len(notebook.cells) <= 150


def test_no_runs_are_refused() -> None:
    with pytest.raises(BadInput, match="at least 1 run"):
        observation_notebook(dataclasses.replace(a_selection("overview"), runs=()), Observation("None"))


@settings(deadline=None, max_examples=30)
@given(title=anything, name=anything, key=anything)
def test_any_text_is_data(title: str, name: str, key: str) -> None:
    runs = (a_run(1, name, metrics={key: 1.0}, params={key: name}), a_run(2, name))
    selection = dataclasses.replace(a_selection("overview"), runs=runs)
    try:
        notebook = observation_notebook(selection, Observation(title))
    except BadInput:
        # Half a surrogate pair cannot be written.
        assert any("\ud800" <= character <= "\udfff" for character in title + name + key)
        return
    for cell in notebook.cells:
        if cell.cell_type == "code":
            compile(cell.source, "cell", "exec")
        else:
            page = MarkdownIt("commonmark").render(cell.source)
            assert not re.search(r"<(?!/?(?:h[1-6]|p|ul|ol|li|code|em|strong|br)\b)", page), page


@pytest.mark.kernel
@pytest.mark.timeout(240)
def test_it_shows_what_was_logged(store: Store, tmp_path: Path) -> None:
    gone = store.log("gone soon", metrics={"auroc": 0.99})
    runs = (*(store.runs[name] for name in ("alpha", "beta", "hostile", "running", "empty")), gone)
    notebook = observation_notebook(store.selection(*runs), Observation("All of them"))
    store.client.delete_run(gone.run_id)
    done: list[tuple[int, int]] = []
    execute(notebook, tmp_path, progress=lambda *counts: done.append(counts))
    total = sum(cell.cell_type == "code" for cell in notebook.cells)
    assert done[-1] == (total, total)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert "5 of 6 runs are there" in printed(outputs)
    assert "Left out, as it was deleted or cannot be read: gone soon" in printed(outputs)
    assert "This run was deleted or cannot be read." in printed(outputs)
    # The overview: a row for each run that is there, in the order chosen.
    overview = next(html for html in shown(outputs, "text/html") if "<th>duration</th>" in html)
    assert overview.index("model") < overview.index("still running") < overview.index("empty")
    assert "gone soon" not in overview
    # beta is best by auroc (0.95), and has its section before alpha (0.9); the comparison marks it.
    sections = [line for line in headings(notebook) if line.startswith("#### Run")]
    assert "gone soon" in sections[0]
    assert store.runs["beta"].run_id[:4] in sections[1]
    metrics = next(html for html in shown(outputs, "text/html") if "auroc" in html and "#c8e6c9" in html)
    best = [column for (row, column), (_, css) in table(metrics).items() if row == "auroc" and "bold" in css]
    assert len(best) == 1
    assert store.runs["beta"].run_id[:4] in best[0]


@pytest.mark.kernel
def test_a_cell_that_raises_is_named_and_the_kernel_ends(tmp_path: Path) -> None:
    cells = [nbformat.v4.new_markdown_cell("# x"), nbformat.v4.new_code_cell("1 / 0"), nbformat.v4.new_code_cell("2")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    with pytest.raises(CellFailed, match="Cell 2 of the notebook failed: ZeroDivisionError: division by zero"):
        execute(notebook, tmp_path)
    assert notebook.cells[1].outputs[0].ename == "ZeroDivisionError"
    slow = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import time; time.sleep(60)")])
    with pytest.raises(CellFailed, match="longer than 1 s"):
        execute(slow, tmp_path, cell_timeout_s=1)
