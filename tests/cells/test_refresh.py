"""Refreshing: the least that changes, nothing of the user's lost, and today's cells at the end."""

from __future__ import annotations

import dataclasses
from typing import Any

import nbformat
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode, v4

from jupyter_mlflow_explorer.cells import METADATA_KEY, Selection, render
from jupyter_mlflow_explorer.cells.observation import Observation, observation_notebook
from jupyter_mlflow_explorer.cells.refresh import apply, merge, merge_document, old_cells, uses

from .selections import a_run, a_selection


def about(*numbers: int, renamed: int | None = None) -> Selection:
    runs = tuple(
        a_run(i, "renamed" if i == renamed else f"run {i}", metrics={"auroc": i / 100, "loss": 1.0}) for i in numbers
    )
    return dataclasses.replace(a_selection("overview"), runs=runs)


def of_today(selection: Selection, sections: int = 3) -> NotebookNode:
    return observation_notebook(selection, Observation("Tumours", sections=sections, created_ms=0))


def written(selection: Selection, sections: int = 3) -> NotebookNode:
    notebook = of_today(selection, sections)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [v4.new_output("stream", text=f"of {cell.id}")]
    return notebook


def refreshed(notebook: NotebookNode, fresh: NotebookNode) -> list[NotebookNode]:
    changes = merge_document(uses(old_cells(notebook.cells)), fresh.cells)
    return apply(notebook.cells, changes)


def sources(cells: list[NotebookNode]) -> list[str]:
    return [cell.source for cell in cells]


def test_the_same_runs_change_nothing() -> None:
    notebook = written(about(1, 2, 3, 4, 5))
    assert merge_document(uses(old_cells(notebook.cells)), of_today(about(1, 2, 3, 4, 5)).cells) == []


def test_a_new_best_run_gets_its_section_and_the_others_keep_their_outputs() -> None:
    notebook = written(about(1, 2, 3, 4))
    own = [v4.new_markdown_cell("My thoughts"), v4.new_code_cell("1 + 1", outputs=[v4.new_output("stream", text="2")])]
    place = next(i for i, cell in enumerate(notebook.cells) if "`run 3`" in cell.source and cell.source[0:4] == "####")
    notebook.cells[place:place] = own
    fresh = of_today(about(1, 2, 3, 4, 9))
    cells = refreshed(notebook, fresh)
    assert sources([cell for cell in cells if cell not in own]) == sources(fresh.cells)
    # Run 2 lost its section to run 9; those of 3 and 4 are the same cells as before, the thoughts above that of 3.
    summary = next(cell for cell in cells if cell.source.startswith('if "run 3" in'))
    assert summary.outputs
    assert cells.index(own[1]) + 1 == next(i for i, c in enumerate(cells) if c.source == "#### Run `run 3`")
    # What was written anew has no outputs of old runs.
    before = set(sources(notebook.cells))
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert [bool(cell.outputs) for cell in code] == [cell.source in before for cell in code]
    assert not all(cell.outputs for cell in code)
    nbformat.validate(v4.new_notebook(cells=cells))


def test_an_edited_cell_is_named_and_an_unedited_one_is_not() -> None:
    notebook = written(about(1, 2, 3, 4))
    edited = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"][2]
    notebook.cells[edited].source += "\nmine = 1"
    changes = merge_document(uses(old_cells(notebook.cells)), of_today(about(1, 2, 3, 4, 9)).cells)
    assert [change.index for change in changes if change.edited] == [edited]
    assert len(changes) > 2
    # Also where nothing else would change: to refresh a cell is to have it as it would be written today.
    (change,) = merge_document(uses(old_cells(notebook.cells)), of_today(about(1, 2, 3, 4)).cells)
    assert (change.kind, change.index, change.edited) == ("replace", edited, True)
    assert "mine" not in change.cells[0].source


def test_a_run_that_went_away_takes_its_cells_with_it() -> None:
    notebook = written(about(1, 2, 3), sections=3)
    victim = next(i for i, cell in enumerate(notebook.cells) if cell.source.startswith('if "run 1" in'))
    notebook.cells[victim].source += "  # Why so low?"
    changes = merge_document(uses(old_cells(notebook.cells)), of_today(about(2, 3), sections=3).cells)
    assert [(c.kind, c.index) for c in changes if c.edited] == [("remove", victim)]
    assert not any('"run 1"' in cell.source for cell in apply(notebook.cells, changes))


def test_one_recipe_used_twice_stays_apart() -> None:
    once = render("compare-runs", about_two())
    mixed = [*once, v4.new_markdown_cell("between"), *(NotebookNode(dict(cell)) for cell in once)]
    found = uses(old_cells(mixed))
    assert [[cell.index for cell in use.cells] for use in found] == [
        list(range(len(once))),
        list(range(len(once) + 1, 2 * len(once) + 1)),
    ]


def about_two() -> Selection:
    return dataclasses.replace(a_selection("compare-runs"), runs=(a_run(1, "a"), a_run(2, "b")))


def test_a_cell_that_only_gets_a_new_version_keeps_its_outputs() -> None:
    (setup,) = render("setup", about_two())
    setup.outputs = [v4.new_output("stream", text="x")]
    setup.metadata["tags"] = ["mine"]
    (fresh,) = render("setup", about_two())
    setup.metadata[METADATA_KEY]["version"] = 0
    changes = merge(old_cells([setup]), [fresh])
    assert [change.kind for change in changes] == ["mark"]
    (cell,) = apply([setup], changes)
    assert (cell.outputs, cell.id) == (setup.outputs, setup.id)
    assert cell.metadata == {"tags": ["mine"], METADATA_KEY: fresh.metadata[METADATA_KEY]}


numbers = st.lists(st.integers(1, 12), unique=True, min_size=1, max_size=8)


@settings(deadline=None, max_examples=60)
@given(before=numbers, after=numbers, sections=st.integers(0, 6), own=st.lists(st.integers(0, 30), max_size=4))
def test_any_notebook_becomes_that_of_today(before: list[int], after: list[int], sections: int, own: list[int]) -> None:
    notebook = written(about(*before), sections)
    mine: list[Any] = []
    for place in own:
        mine.append(v4.new_markdown_cell(f"mine {place}"))
        notebook.cells.insert(min(place, len(notebook.cells)), mine[-1])
    order = [cell for cell in notebook.cells if cell in mine]
    fresh = of_today(about(*after, renamed=after[0]), sections)
    cells = refreshed(notebook, fresh)
    assert [cell for cell in cells if METADATA_KEY not in cell.metadata] == order
    ours = [cell for cell in cells if METADATA_KEY in cell.metadata]
    assert sorted(sources(ours)) == sorted(sources(fresh.cells))
    assert merge_document(uses(old_cells(cells)), fresh.cells) == []
    assert len({cell.id for cell in cells}) == len(cells)
