"""`parallel-coordinates` in a real kernel, with each library: lines, axes and ticks."""

from __future__ import annotations

import math
from typing import Any

import pytest

from jupyter_mlflow_explorer.cells import render
from jupyter_mlflow_explorer.entities import Run

from .conftest import HOSTILE, Store
from .kernel import Kernel, printed, shown

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(240)]

LIBRARIES = ("matplotlib", "plotly", "altair")


@pytest.fixture(scope="module")
def runs(store: Store) -> list[Run]:
    """Four runs with places on every axis but one, and one that has no colour."""
    return [
        store.log("low", params={"lr": "0.001", "model": "a", "same": "1"}, metrics={"auroc": 0.5, "loss": 4.0}),
        store.log("high", params={"lr": "0.1", "model": "c", "same": "1"}, metrics={"auroc": 0.9, "loss": 2.0}),
        store.log(
            HOSTILE, params={"lr": "0.051", "model": HOSTILE, "same": "1"}, metrics={"auroc": 0.7, "loss": math.inf}
        ),
        store.log("gap", params={"lr": "0.01", "same": "1"}, metrics={"auroc": 0.6, "loss": math.nan}),
        store.log("nan", params={"lr": "7", "model": "z", "same": "1"}, metrics={"auroc": math.nan, "loss": 1.0}),
    ]


def draw(kernel: Kernel, store: Store, *runs: Run, **options: Any) -> str:
    """Run the cell, keeping what it draws in `drawn`; return what it prints."""
    cells = render("parallel-coordinates", store.selection(*runs, options=options))
    show, keep = {
        "matplotlib": ("    plt.show()", "    globals()['drawn'] = axes"),
        "plotly": ("    figure.show()", "    globals()['drawn'] = figure.data[0]"),
        "altair": ("        chart.display()", "    globals()['drawn'] = chart.to_dict()"),
    }[options.get("library", "matplotlib")]
    assert show in cells[1].source
    indent = " " * (len(show) - len(show.lstrip()))
    cells[1].source = cells[1].source.replace(show, f"{indent}{keep.lstrip()}\n{show}")
    return printed(kernel.run(cells))


def lines(kernel: Kernel, library: str) -> list[list[float | None]]:
    """Return the places of each line from axis to axis, None in a gap, in the order drawn."""
    if library == "matplotlib":
        # Each axis is a line too, of two points.
        found = kernel.ask("[list(map(float, line.get_ydata())) for line in drawn.lines if len(line.get_ydata()) > 2]")
    elif library == "plotly":
        found = kernel.ask("[list(map(float, row)) for row in zip(*(axis['values'] for axis in drawn.dimensions))]")
    else:
        rows = kernel.ask("[row for rows in drawn['datasets'].values() for row in rows if 'run' in row]")
        names = list(dict.fromkeys(row["run"] for row in rows))
        found = [[row["place"] for row in rows if row["run"] == name] for name in names]
    return [
        [None if value is None or math.isnan(value) or value == -0.1 else round(value, 6) for value in line]
        for line in found
    ]


@pytest.mark.parametrize("library", LIBRARIES)
def test_lines_pass_each_axis_at_the_runs_value(kernel: Kernel, store: Store, runs: list[Run], library: str) -> None:
    text = draw(kernel, store, *runs, color="auroc", library=library)
    assert text == "2 params differ; at most 8 are drawn.\n1 runs have no finite metrics.auroc: nan\n"
    columns = ["params.lr", "params.model", "metrics.auroc", "metrics.loss"]
    assert kernel.ask("parallel_columns") == columns
    # The best last; the hostile text is the first of three categories.
    assert lines(kernel, library) == [
        [0.0, 0.5, 0.0, 1.0],
        [round(0.009 / 0.099, 6), None, 0.25, None],
        [round(0.050 / 0.099, 6), 0.0, 0.5, None],
        [1.0, 1.0, 1.0, 0.0],
    ]
    if library == "matplotlib":
        assert kernel.ask("[tick.get_text() for tick in drawn.get_xticklabels()]") == columns
        ticks = kernel.ask("[[round(text.get_position()[0]), text.get_text()] for text in drawn.texts]")
        assert [text for axis, text in ticks if axis == 0] == ["0.001", "0.01", "0.051", "0.1"]
        assert [text for axis, text in ticks if axis == 1] == [HOSTILE[:20], "a", "c"]
        assert [text for axis, text in ticks if axis == 3] == ["2", "4"]
        shades = kernel.ask("[line.get_color()[:3] for line in drawn.lines if len(line.get_ydata()) > 2]")
        assert shades[0] == pytest.approx([0.267004, 0.004874, 0.329415])
        assert shades[-1] == pytest.approx([0.993248, 0.906157, 0.143936])
    elif library == "plotly":
        assert kernel.ask("[axis['label'] for axis in drawn.dimensions]") == columns
        assert kernel.ask("list(drawn.dimensions[3]['ticktext'])") == ["(none)", "2", "4"]
        assert kernel.ask("list(drawn.dimensions[1]['ticktext'])") == ["(none)", HOSTILE[:20], "a", "c"]
        assert kernel.ask("list(map(float, drawn.line.color))") == [0.5, 0.6, 0.7, 0.9]
    else:
        texts = kernel.ask("[row for rows in drawn['datasets'].values() for row in rows if 'text' in row]")
        assert [row["text"] for row in texts if row["axis"] == "metrics.loss"] == ["2", "4"]
        colors = kernel.ask("[row['color'] for rows in drawn['datasets'].values() for row in rows if 'run' in row]")
        assert colors[:4] == [0.5, 0.6, 0.7, 0.9]


@pytest.mark.parametrize("library", LIBRARIES)
def test_hostile_text_is_text(kernel: Kernel, store: Store, runs: list[Run], library: str) -> None:
    outputs = kernel.run(render("parallel-coordinates", store.selection(*runs[:3], options={"library": library})))
    pages = shown(outputs, "text/html")
    for page in pages:
        assert "<img" not in page
        assert page.count("</script>") == page.count("<script")
    if library == "altair":
        assert "onerror=alert" in pages[0]


def test_columns_are_as_wished(kernel: Kernel, store: Store, runs: list[Run]) -> None:
    draw(kernel, store, *runs[:2], params=["model", "lr", "gone"], metrics=["loss"], log=["lr", "loss"])
    assert kernel.ask("parallel_columns") == ["params.model", "params.lr", "params.gone", "metrics.loss"]
    # Coloured by the loss, the smaller the better.
    assert kernel.ask("parallel_color") == "metrics.loss"
    assert lines(kernel, "matplotlib") == [[0.0, 0.0, None, 1.0], [1.0, 1.0, None, 0.0]]
    texts = kernel.ask("[text.get_text() for text in drawn.texts if round(text.get_position()[0]) == 1]")
    assert texts == ["0.001", "0.1"]
    text = draw(kernel, store, *runs, max_params=1, color="loss")
    assert text.startswith("2 params differ; at most 1 are drawn.\n2 runs have no finite metrics.loss: ")
    assert kernel.ask("parallel_columns")[:2] == ["params.lr", "metrics.loss"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_one_run_and_equal_values_are_drawn_in_the_middle(
    kernel: Kernel, store: Store, runs: list[Run], library: str
) -> None:
    draw(kernel, store, runs[0], params=["lr", "model"], library=library)
    assert lines(kernel, library) == [[0.5, 0.0, 0.5, 0.5]]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_run_deleted_meanwhile_is_named_and_no_line_moves(kernel: Kernel, store: Store, library: str) -> None:
    logged = [store.log(f"run {n}", metrics={"score": float(n)}, params={"p": str(10 * n)}) for n in range(3)]
    cells = render("parallel-coordinates", store.selection(*logged, options={"library": library}))
    store.client.delete_run(logged[0].run_id)
    assert f"cannot be read: run 0 ({logged[0].run_id})" in printed(kernel.run(cells))
    assert kernel.ask("parallel_table.T.to_dict('list')") == {"run 1": [10.0, 1.0], "run 2": [20.0, 2.0]}
    for run in logged[1:]:
        store.client.delete_run(run.run_id)
    text = printed(kernel.run(cells))
    assert all(run.run_id in text for run in logged)


def test_a_hundred_runs_are_drawn(kernel: Kernel, store: Store) -> None:
    logged = [
        store.log(
            "same name",
            params={"lr": str(number / 100), "kind": f"kind {number % 40}", "id": f"x{number}"},
            metrics={"auroc": number / 100, "loss": 1 - number / 100},
            status="RUNNING",
        )
        for number in range(100)
    ]
    for library in LIBRARIES:
        draw(kernel, store, *logged, library=library)
        found = lines(kernel, library)
        assert len(found) == 100
        assert [line[-1] for line in found] == sorted((line[-1] for line in found), reverse=True)
        assert found[-1][2] == 1.0
    draw(kernel, store, *logged)
    # Of 100 categories only so many ticks as can be read.
    texts = kernel.ask("[round(text.get_position()[0]) for text in drawn.texts]")
    assert [texts.count(axis) for axis in range(3)] == [20, 20, 5]
