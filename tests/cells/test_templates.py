"""Notebook templates: what placeholders become, what is refused, and that text stays text."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import nbformat
import pytest
from hypothesis import example, given, settings
from markdown_it import MarkdownIt

from jupyter_mlflow_explorer.cells import METADATA_KEY, Search, render
from jupyter_mlflow_explorer.cells.documents import write_document
from jupyter_mlflow_explorer.cells.observation import Observation, observation_notebook
from jupyter_mlflow_explorer.cells.refresh import apply, merge_document, old_cells, uses
from jupyter_mlflow_explorer.cells.templates import MOST_BYTES, Template, fill_template, read_template
from jupyter_mlflow_explorer.errors import BadInput, NotFound

from .selections import a_run, a_selection, an_experiment
from .test_literals import anything

RUNS = tuple(a_run(number, f"run {number}", metrics={"auroc": 0.5 + number / 10}) for number in range(4))
SELECTION = dataclasses.replace(a_selection("overview"), runs=RUNS)
WANTED = Observation("Week 3", created_ms=1_700_000_000_000, template="weekly")


def a_notebook(*cells: tuple[str, str], **metadata: Any) -> nbformat.NotebookNode:
    made = [getattr(nbformat.v4, f"new_{kind}_cell")(source) for kind, source in cells]
    return nbformat.v4.new_notebook(cells=made, metadata=metadata)


def a_template(*cells: tuple[str, str], **metadata: Any) -> Template:
    return read_template(nbformat.writes(a_notebook(*cells, **metadata)).encode(), "weekly.ipynb")


def filled(*cells: tuple[str, str]) -> list[nbformat.NotebookNode]:
    notebook = fill_template(a_template(*cells), SELECTION, WANTED)
    nbformat.validate(notebook)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    return list(notebook.cells)


def recipes_of(cells: list[nbformat.NotebookNode]) -> list[str | None]:
    return [cell.metadata.get(METADATA_KEY, {}).get("recipe") for cell in cells]


def test_recipes_stand_where_their_placeholders_stood() -> None:
    cells = filled(
        ("markdown", "# {{ title }}"),
        ("raw", "{{ leaderboard\nmetric: auroc\ntop: 3 }}"),
        ("markdown", "Between"),
        ("markdown", "  {{compare-runs}}\n"),
        ("code", "1 + 1"),
    )
    setup = render("setup", SELECTION)
    board = render("leaderboard", dataclasses.replace(SELECTION, options={"metric": "auroc", "top": 3}))
    compared = render("compare-runs", SELECTION)
    sources = [cell.source for cell in (*setup, *board)]
    assert [cell.source for cell in cells] == [
        *("# Week 3", *sources, "Between"),
        *(cell.source for cell in compared),
        "1 + 1",
    ]
    assert set(recipes_of(cells)) == {"notebook", "setup", "leaderboard", None, "compare-runs"}
    tops = {cell.metadata[METADATA_KEY]["options"]["top"] for cell in cells if "leaderboard" in recipes_of([cell])}
    assert tops == {3}


def test_best_takes_the_best_runs() -> None:
    cells = filled(("raw", "{{ overview\nbest: 2 }}"), ("raw", "{{ compare-runs }}"))
    marks = [cell.metadata[METADATA_KEY] for cell in cells]
    chosen = {mark["recipe"]: mark["run_ids"] for mark in marks if mark["recipe"] != "setup"}
    assert chosen["overview"] == [RUNS[3].run_id, RUNS[2].run_id]
    assert chosen["compare-runs"] == [run.run_id for run in RUNS]


@pytest.mark.parametrize(("path", "said"), [("tables/scores.csv", "tables/scores.csv"), ("tables/", "tables")])
def test_artifact_is_the_recipes_path(path: str, said: str) -> None:
    cells = filled(("raw", f"{{{{ load-artifact\nartifact: {path}\nbest: 1 }}}}"))
    assert cells[-1].metadata[METADATA_KEY]["artifact_path"] == said
    assert said in cells[-1].source


def test_observation_is_the_whole_standard_notebook() -> None:
    standard = observation_notebook(SELECTION, dataclasses.replace(WANTED, template="observation", sections=2))
    cells = filled(("markdown", "# {{ title }}"), ("raw", "{{ observation\nsections: 2 }}"))
    assert [cell.source for cell in cells[1:]] == [cell.source for cell in standard.cells[1:]]
    ranked = filled(("raw", "{{ setup }}"), ("raw", "{{ observation\nrank_by: loss }}"))
    assert recipes_of(ranked).count("setup") == 1
    assert "by `loss`" in "\n".join(cell.source for cell in ranked)


def test_setup_is_where_the_template_has_it() -> None:
    cells = filled(("raw", "{{ setup }}"), ("code", "x = 1"), ("raw", "{{ overview }}"))
    assert recipes_of(cells)[:3] == ["setup", None, "overview"]
    assert recipes_of(filled(("code", "x = 1"))) == [None]


def test_words_are_filled_in_markdown_only() -> None:
    selection = dataclasses.replace(SELECTION, experiments=(an_experiment(), an_experiment("2", "a|b`c")))
    words = "{{ runs }} of {{ experiments }} in {{connection}}, {{ created }}: {{ title }}"
    template = a_template(
        ("markdown", words), ("raw", words), ("code", f"print('{words}')"), ("markdown", r"\{{ title }}")
    )
    notebook = fill_template(template, selection, WANTED)
    assert [cell.source for cell in notebook.cells] == [
        "4 of `churn`, `a¦bˋc` in `Local store`, 2023-11-14 22:13 UTC: Week 3",
        words,
        f"print('{words}')",
        r"\{{ title }}",
    ]


def test_other_cells_are_copied_without_what_belongs_to_a_session() -> None:
    notebook = a_notebook(("code", "x = 1"), ("markdown", "![a](attachment:a.png)"), ("raw", "{{ overview }}"))
    first, picture, placeholder = notebook.cells
    first.outputs = [nbformat.v4.new_output("stream", text="1")]
    first.execution_count = 7
    first.metadata.update(
        tags=["keep"], execution={"a": "1"}, trusted=True, jupyter_mlflow_explorer={"recipe": "setup"}
    )
    picture.attachments = {"a.png": {"image/png": "AAAA"}}
    placeholder.metadata.update(tags=["hide-input"])
    notebook.metadata.update(widgets={"x": 1}, custom={"y": 2}, kernelspec={"name": "mine", "display_name": "Mine"})
    notebook.metadata[METADATA_KEY] = {"title": "T"}
    template = read_template(nbformat.writes(notebook).encode(), "weekly.ipynb")
    made = fill_template(template, SELECTION, WANTED)
    copied = made.cells[0]
    assert (copied.outputs, copied.execution_count, dict(copied.metadata)) == ([], None, {"tags": ["keep"]})
    assert copied.id == first.id
    assert made.cells[1].attachments == picture.attachments
    written = [cell for cell in made.cells if cell.metadata.get(METADATA_KEY, {}).get("recipe") == "overview"]
    assert {tuple(cell.metadata.tags) for cell in written} == {("hide-input",)}
    assert dict(made.metadata) == {"custom": {"y": 2}, "kernelspec": {"name": "mine", "display_name": "Mine"}}


def test_the_notebook_can_be_refreshed_as_a_whole() -> None:
    search = Search(("1",), "metrics.auroc > 0.5", ("metrics.auroc DESC",), 50)
    template = a_template(
        ("markdown", "Intro"), ("markdown", "# {{ title }}"), ("raw", "{{ overview }}"), ("code", "1")
    )
    made = fill_template(template, dataclasses.replace(SELECTION, search=search), WANTED)
    marks = [cell.metadata.get(METADATA_KEY) for cell in made.cells]
    head = marks[1]
    assert Observation.of_json(head["document"]) == WANTED
    assert head["search"]["filter"] == "metrics.auroc > 0.5"
    assert [bool(mark and mark.get("in_document")) for mark in marks] == [mark is not None for mark in marks]
    assert marks[0] is None
    assert marks[-1] is None
    # The same template, runs and time give the same bytes, so there is nothing to refresh.
    again = fill_template(template, dataclasses.replace(SELECTION, search=search), WANTED)
    assert nbformat.writes(again) == nbformat.writes(made)
    old = uses(old_cells(made.cells))
    assert merge_document(old, again.cells) == []
    fewer = fill_template(template, dataclasses.replace(SELECTION, runs=RUNS[:2], search=search), WANTED)
    changes = merge_document(old, fewer.cells)
    refreshed = apply(made.cells, changes)
    assert [cell.source for cell in refreshed] == [cell.source for cell in fewer.cells]
    assert not any(change.edited for change in changes)


def test_titles_are_one_line() -> None:
    about = {"title": "a\n<b>\x00" + "x" * 300, "description": 3}
    template = a_template(("markdown", "# {{ title }}"), jupyter_mlflow_explorer=about)
    assert template.title.startswith("a <b>\N{REPLACEMENT CHARACTER}xxx")
    assert (len(template.title), template.description) == (200, "")
    assert a_template(("markdown", "# {{ title }}\n\n## Runs\n"), jupyter_mlflow_explorer=3).title == "Runs"
    assert a_template(("code", "1")).title == "weekly"


@pytest.mark.parametrize(
    ("kind", "source", "says"),
    [
        ("raw", "{{ bake-cake }}", "no recipe 'bake-cake'"),
        ("raw", "{{ }}", "is no name"),
        ("raw", "{{ a + b }}", "is no name"),
        ("markdown", "{{ titel }}", "no recipe 'titel'"),
        ("markdown", "About {{ titel }}", "inside text is unknown"),
        ("markdown", "See {{ overview }} here", "needs a cell of its own"),
        ("markdown", "{{ title }} and {{ overview }}", "needs a cell of its own"),
        ("code", "{{ overview }}", "this is a code cell"),
        ("raw", "{{ leaderboard\ntop: 0 }}", "Option 'top'"),
        ("raw", "{{ leaderboard\ntop: many }}", "Option 'top'"),
        ("raw", "{{ leaderboard\ncolour: red }}", "no option 'colour'"),
        ("raw", "{{ leaderboard\n- top }}", "must be lines such as"),
        ("raw", "{{ leaderboard\n1: 2 }}", "must be lines such as"),
        ("raw", "{{ leaderboard\nmetric: [a }}", "no YAML, line"),
        ("raw", "{{ leaderboard\nmetric: !!python/object/apply:os.system [ls] }}", "no YAML"),
        ("raw", "{{ leaderboard\nmetric: 2024-99-99 }}", "no YAML"),
        ("raw", "{{ leaderboard\ntop: &a 3\nmax_params: *a }}", "YAML alias"),
        ("raw", "{{ overview\nbest: 0 }}", "Option 'best'"),
        ("raw", "{{ overview\nbest: true }}", "Option 'best'"),
        ("raw", "{{ load-artifact }}", "`artifact: tables/scores.csv`"),
        ("raw", "{{ overview\nartifact: x.csv }}", "no option 'artifact'"),
        ("raw", "{{ observation\ncells: 3 }}", "no option 'cells'"),
        ("raw", "{{ observation\nsections: -1 }}", "Option 'sections'"),
        ("raw", "{{ overview\n" + "#" * 10_001 + "\n}}", "longer than"),
    ],
)
def test_what_is_wrong_is_named_with_its_cell(kind: str, source: str, says: str) -> None:
    with pytest.raises(BadInput) as wrong:
        a_template(("markdown", "# First"), (kind, source))
    assert wrong.value.message.startswith("Template weekly.ipynb, cell 2: ")
    assert says in wrong.value.message


def test_a_date_in_yaml_that_is_none_is_no_crash() -> None:
    with pytest.raises(BadInput, match="cell 1"):
        a_template(("raw", "{{ leaderboard\nmetric: 2024-01-01 }}"))


VALID = json.loads(nbformat.writes(a_notebook(("code", "1"))))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "it is not JSON"),
        (b"{", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"\xff\xfe{}", "not valid UTF-8"),
        (b'{"a": "\\ud800"}', "not valid UTF-8"),
        (b"{}", "no nbformat version"),
        (b"[]", "no nbformat version"),
        (b'{"nbformat": 4}', "no valid notebook"),
        (b'{"nbformat": "four", "cells": []}', "no valid notebook"),
        (b'{"nbformat": 99, "cells": []}', "no valid notebook"),
        (json.dumps({**VALID, "cells": 3}).encode(), "no valid notebook"),
        (json.dumps({**VALID, "cells": [3]}).encode(), "no valid notebook"),
        (json.dumps({**VALID, "cells": [{"cell_type": "cake"}]}).encode(), "no valid notebook"),
        (json.dumps({**VALID, "metadata": {"kernelspec": 3}}).encode(), "no valid notebook"),
        (json.dumps({**VALID, "metadata": {"language_info": {"name": "R"}}}).encode(), "is for r,"),
        (json.dumps({**VALID, "cells": VALID["cells"] * 2001}).encode(), "more than 2000 cells"),
        (b" " * (MOST_BYTES + 1), "larger than 5 MB"),
    ],
)
def test_what_is_no_notebook_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(BadInput) as wrong:
        read_template(data, "weekly.ipynb")
    assert wrong.value.message.startswith("Template weekly.ipynb")
    assert says in wrong.value.message


@pytest.mark.parametrize("version", [(4, 4), (4, 0), (3, 0)])
def test_older_notebooks_are_read(version: tuple[int, int]) -> None:
    notebook = a_notebook(("markdown", "# {{ title }}"), ("code", "1 + 1"))
    if version[0] == 3:
        old = nbformat.convert(notebook, 3)
    else:
        old = notebook
        old.nbformat_minor = version[1]
        for cell in old.cells:
            del cell["id"]
    data = json.dumps(old).encode()
    made = fill_template(read_template(b"\xef\xbb\xbf" + data, "old.ipynb"), SELECTION, WANTED)
    assert [cell.source for cell in made.cells] == ["# Week 3", "1 + 1"]
    assert made.nbformat_minor >= 5


def test_what_does_not_suit_the_selection_is_named_with_its_cell() -> None:
    with pytest.raises(BadInput, match=r"Template weekly\.ipynb, cell 1: Recipe load-run takes at most 1 run; 4 are"):
        filled(("raw", "{{ load-run }}"))


def test_a_document_is_written_by_its_template() -> None:
    templates = {"weekly": a_template(("markdown", "# {{ title }}"))}
    assert write_document(SELECTION, WANTED, templates.__getitem__).cells[0].source == "# Week 3"
    standard = dataclasses.replace(WANTED, template="observation")
    assert len(write_document(SELECTION, standard).cells) > 5
    with pytest.raises(NotFound, match="no template 'weekly'"):
        write_document(SELECTION, WANTED)


@settings(deadline=None, max_examples=150)
@given(title=anything, connection=anything, name=anything)
@example(title="{{ runs }}", connection="{{ title }}", name="{{ overview }}")
@example(title="\n# big\n", connection="`x`<b>", name="](javascript:alert(1))")
@example(title=r"\1 \g<0> $x$", connection=r"\{{ runs }}", name="</script>")
def test_any_text_stays_text(title: str, connection: str, name: str) -> None:
    """Whatever the texts hold, the page has the template's own elements, and the text is on it."""
    text = "# {{ title }}\n\n- {{ connection }}\n- {{ experiments }}\n\n*{{ runs }}* runs, `code` {{ title }}"
    selection = dataclasses.replace(SELECTION, connection_name=connection, experiments=(an_experiment("1", name),))
    wanted = dataclasses.replace(WANTED, title=title)
    made = fill_template(a_template(("markdown", text), ("markdown", "After")), selection, wanted)
    assert len(made.cells) == 2
    page = MarkdownIt("commonmark").enable("table").render(made.cells[0].source)
    elements = re.findall(r"<(/?\w+)", page)
    plain = dataclasses.replace(selection, connection_name="x", experiments=(an_experiment("1", "x"),))
    simple = fill_template(a_template(("markdown", text)), plain, dataclasses.replace(WANTED, title="x"))
    expected = re.findall(r"<(/?\w+)", MarkdownIt("commonmark").render(simple.cells[0].source))
    # An empty name is shown as such, in italics instead of code.
    assert [re.sub("em|code", "", one) for one in elements] == [re.sub("em|code", "", one) for one in expected]
