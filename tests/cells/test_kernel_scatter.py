"""`scatter` in a real kernel, with each library: where the points are, and what the axes say."""

from __future__ import annotations

import json
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
def runs(store: Store) -> dict[str, Run]:
    """Runs with numeric and text params, and with every kind of missing value."""
    return {
        "first": store.log("first", params={"lr": "0.1", "model": "forest"}, metrics={"auroc": 0.9, "loss": 0.3}),
        "second": store.log("second", params={"lr": "1e-2", "model": "boost"}, metrics={"auroc": 0.8, "loss": 0.5}),
        "third": store.log("third $x$", params={"lr": "1", "model": HOSTILE}, metrics={"auroc": 0.7, "loss": 0.4}),
        "nan": store.log("nan", params={"lr": "2", "model": "forest"}, metrics={"auroc": math.nan, "loss": 0.1}),
        "infinite": store.log("infinite", params={"lr": "3"}, metrics={"auroc": math.inf, "loss": 0.1}),
        "lacking": store.log("lacking", metrics={"loss": -0.2}, status="RUNNING"),
        "plain": store.log("plain", params={"lr": "nan"}, metrics={"auroc": 0.6, "loss": -0.1}),
        "empty": store.log("empty"),
    }


def draw(kernel: Kernel, store: Store, *runs: Run, **options: Any) -> str:
    """Run the cell, keeping what it draws in `drawn`; return what it prints."""
    cells = render("scatter", store.selection(*runs, options=options))
    library = options.get("library", "matplotlib")
    show, keep = {
        "matplotlib": ("    plt.show()", "    globals()['drawn'] = figure"),
        "plotly": ("    figure.show()", "    globals()['drawn'] = figure"),
        "altair": ("    chart.display()", "    globals()['drawn'] = chart.to_dict()"),
    }[library]
    assert show in cells[1].source
    cells[1].source = cells[1].source.replace(show, f"{keep}\n{show}")
    return printed(kernel.run(cells))


def points(kernel: Kernel, library: str) -> list[list[Any]]:
    """Return [x, y] of each point drawn, as numbers or the names of categories, sorted."""
    if library == "matplotlib":
        found = kernel.ask("drawn.axes[0].collections[0].get_offsets().tolist()")
    elif library == "plotly":
        found = kernel.ask("[point for trace in drawn.data for point in zip(list(trace.x), list(trace.y))]")
    else:
        found = kernel.ask("[[row['x'], row['y']] for rows in drawn['datasets'].values() for row in rows]")
    return sorted(found, key=repr)


@pytest.mark.parametrize("library", LIBRARIES)
def test_points_are_where_the_values_are(kernel: Kernel, store: Store, runs: dict[str, Run], library: str) -> None:
    text = draw(kernel, store, *runs.values(), x="params.lr", y="metrics.auroc", color="metrics.loss", library=library)
    assert text == "5 runs have no place in the plot: nan, infinite, lacking, plain, empty\n"
    assert points(kernel, library) == [[0.01, 0.8], [0.1, 0.9], [1.0, 0.7]]
    table = kernel.ask("scatter_table.T.to_dict('list')")
    assert [repr(value) for value in table["infinite"]] == ["3.0", "inf", "0.1"]
    assert [repr(value) for value in table["lacking"]] == ["nan", "nan", "-0.2"]
    if library == "matplotlib":
        assert kernel.ask("drawn.axes[0].collections[0].get_array().tolist()") == [0.3, 0.5, 0.4]
        labels = "[drawn.axes[0].get_xlabel(), drawn.axes[0].get_ylabel(), drawn.axes[1].get_ylabel()]"
    elif library == "plotly":
        labels = "[axis.title.text for axis in (drawn.layout.xaxis, drawn.layout.yaxis)]"
        labels += " + [drawn.layout.coloraxis.colorbar.title.text]"
    else:
        labels = "[drawn['encoding'][name]['title'] for name in ('x', 'y', 'color')]"
        assert kernel.ask("[drawn['encoding'][name]['type'] for name in ('x', 'y', 'color')]") == ["quantitative"] * 3
    assert kernel.ask(labels) == ["params.lr", "metrics.auroc", "metrics.loss"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_text_is_a_category_and_stays_text(kernel: Kernel, store: Store, runs: dict[str, Run], library: str) -> None:
    chosen = (runs["first"], runs["second"], runs["third"])
    options = {"x": "params.model", "y": "metrics.auroc", "color": "params.model", "library": library}
    draw(kernel, store, *chosen, **options)
    categories = kernel.ask("scatter_table['x'].cat.categories.tolist()")
    assert categories == sorted([HOSTILE, "boost", "forest"])
    if library == "matplotlib":
        assert points(kernel, library) == [[0.0, 0.7], [1.0, 0.8], [2.0, 0.9]]
        ticks = "[[tick.get_text() for tick in axis.get_ticklabels()] for axis in axes]"
        for axes in ("[drawn.axes[0].xaxis]", "[drawn.axes[1].yaxis]"):
            assert kernel.ask(ticks.replace("axes]", f"{axes}]")) == [[name[:30] for name in categories]]
    else:
        found = {y: x for x, y in points(kernel, library)}
        assert {0.8: "boost", 0.9: "forest"}.items() <= found.items()
        assert "<" not in found[0.7]
        assert "onerror" in found[0.7]
    outputs = kernel.run(render("scatter", store.selection(*chosen, options=options)))
    assert len(outputs) == 1
    for page in shown(outputs, "text/html"):
        assert "<img" not in page
        assert page.count("</script>") == page.count("<script")
    if library == "plotly":
        data = json.dumps(outputs[0].data["application/vnd.plotly.v1+json"])
        assert "<img" not in data
        assert "$a$" not in data


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_logarithmic_axis_takes_positive_numbers(
    kernel: Kernel, store: Store, runs: dict[str, Run], library: str
) -> None:
    options = {"x": "metrics.auroc", "y": "metrics.loss", "log_x": True, "log_y": True, "library": library}
    text = draw(kernel, store, runs["first"], runs["plain"], runs["second"], **options)
    assert text == "1 runs have no place in the plot: plain\n"
    assert len(points(kernel, library)) == 2
    scales = {
        "matplotlib": "[drawn.axes[0].get_xscale(), drawn.axes[0].get_yscale()]",
        "plotly": "[drawn.layout.xaxis.type, drawn.layout.yaxis.type]",
        "altair": "[drawn['encoding'][name]['scale']['type'] for name in ('x', 'y')]",
    }
    assert kernel.ask(scales[library]) == ["log", "log"]


@pytest.mark.parametrize(
    ("names", "options", "expected"),
    [
        # The two metrics that most runs have, and the param with the fewest values.
        (("first", "second", "third"), {}, ["metrics.loss", "metrics.auroc", "params.lr"]),
        (("first", "second", "third", "nan"), {}, ["metrics.auroc", "metrics.loss", "params.model"]),
        (
            ("first", "second", "third", "nan"),
            {"y": "metrics.auroc"},
            ["metrics.loss", "metrics.auroc", "params.model"],
        ),
        (
            ("first", "second"),
            {"x": "params.lr", "y": "params.model"},
            ["params.lr", "params.model", "attributes.status"],
        ),
        (("lacking",), {}, ["attributes.run_name", "metrics.loss", "attributes.status"]),
        (("empty",), {}, ["attributes.status", "attributes.run_name", "attributes.status"]),
    ],
)
def test_what_is_drawn_without_wishes(
    kernel: Kernel,
    store: Store,
    runs: dict[str, Run],
    names: tuple[str, ...],
    options: dict[str, Any],
    expected: list[str],
) -> None:
    draw(kernel, store, *(runs[name] for name in names), **options)
    assert kernel.ask("list(scatter_columns.values())") == expected


def test_one_metric_is_drawn_against_the_param_that_differs_most(kernel: Kernel, store: Store) -> None:
    logged = [
        store.log(
            f"r{number}", params={"few": str(number % 2), "many": str(number), "id": f"x{number}"}, metrics={"m": 1.0}
        )
        for number in range(4)
    ]
    draw(kernel, store, *logged)
    assert kernel.ask("list(scatter_columns.values())") == ["params.many", "metrics.m", "params.few"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_run_deleted_meanwhile_is_named_and_no_point_moves(kernel: Kernel, store: Store, library: str) -> None:
    logged = [store.log(f"run {n}", metrics={"a": float(n), "b": 10.0 * n}, params={"p": str(n)}) for n in range(4)]
    options = {"x": "metrics.a", "y": "metrics.b", "color": "params.p", "library": library}
    cells = render("scatter", store.selection(*logged, options=options))
    store.client.delete_run(logged[1].run_id)
    assert f"cannot be read: run 1 ({logged[1].run_id})" in printed(kernel.run(cells))
    rows = kernel.ask("scatter_table.T.to_dict('list')")
    assert rows == {f"run {n}": [float(n), 10.0 * n, float(n)] for n in (0, 2, 3)}
    for run in logged[2:] + logged[:1]:
        store.client.delete_run(run.run_id)
    text = printed(kernel.run(cells))
    assert all(run.run_id in text for run in logged)


def test_points_without_a_colour_are_drawn(kernel: Kernel, store: Store, runs: dict[str, Run]) -> None:
    for library, count in (
        ("matplotlib", "len(drawn.axes[0].collections[0].get_offsets())"),
        ("plotly", "sum(len(trace.x) for trace in drawn.data)"),
        ("altair", "sum(len(rows) for rows in drawn['datasets'].values())"),
    ):
        for color in ("params.model", "metrics.gone"):
            options = {"x": "metrics.auroc", "y": "metrics.loss", "color": color, "library": library}
            draw(kernel, store, runs["first"], runs["plain"], **options)
            assert kernel.ask(count) == 2, (library, color)


def test_names_stand_beside_up_to_thirty_points(kernel: Kernel, store: Store, runs: dict[str, Run]) -> None:
    chosen = (runs["first"], runs["third"])
    draw(kernel, store, *chosen)
    assert kernel.ask("[text.get_text() for text in drawn.axes[0].texts]") == ["first", "third $x$"]
    draw(kernel, store, *chosen, labels=False)
    assert kernel.ask("len(drawn.axes[0].texts)") == 0
    many = [store.log("many", metrics={"a": 1.0, "b": float(number)}, status="RUNNING") for number in range(31)]
    draw(kernel, store, *many)
    assert kernel.ask("len(drawn.axes[0].texts)") == 0
    assert len(points(kernel, "matplotlib")) == 31
