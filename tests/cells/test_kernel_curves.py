"""Curves drawn by Plotly and Altair in a real kernel. Matplotlib's are in `test_kernel`."""

from __future__ import annotations

import math
from typing import Any

import pytest

from jupyter_mlflow_explorer.cells import render

from .conftest import Store
from .kernel import Kernel, shown

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(240)]

#: Of the runs `alpha` (3, NaN, 1.5, infinite, 0.25) and `beta` (2, 1).
CURVES = [[[0, 3.0], [1, None], [2, 1.5], [3, None], [4, 0.25]], [[0, 2.0], [1, 1.0]]]


def draw(kernel: Kernel, store: Store, recipe: str, library: str, *names: str, **options: Any) -> list[Any]:
    """Run the cells, keeping the figures in `drawn`; return the outputs."""
    options = {"keys": ["train_loss"], "library": library, **options}
    cells = render(recipe, store.selection(*(store.runs[name] for name in names), options=options))
    show, keep = {
        "plotly": ("    figure.show()", "    drawn.append(figure)"),
        "altair": ("        chart.display()", "        drawn.append(chart.to_dict())"),
    }[library]
    assert show in cells[-1].source
    cells[-1].source = "drawn = []\n" + cells[-1].source.replace(show, f"{keep}\n{show}")
    return kernel.run(cells)


def curves(kernel: Kernel, library: str) -> list[list[list[Any]]]:
    """Return the points of each curve of the first figure, None where the curve is interrupted."""
    if library == "plotly":
        found = kernel.ask("[list(zip(map(float, trace.x), map(float, trace.y))) for trace in drawn[0].data]")
    else:
        rows = kernel.ask("[row for rows in drawn[0]['datasets'].values() for row in rows]")
        names = list(dict.fromkeys(row["run"] for row in rows))
        found = [[[row["position"], row["value"]] for row in rows if row["run"] == name] for name in names]
    return [[[x, None if y is None or math.isnan(y) else y] for x, y in curve] for curve in found]


@pytest.mark.parametrize("library", ["plotly", "altair"])
@pytest.mark.parametrize("recipe", ["compare-metrics", "metric-history"])
def test_curves_hold_the_values_logged(kernel: Kernel, store: Store, recipe: str, library: str) -> None:
    draw(kernel, store, recipe, library, "alpha", "beta")
    assert kernel.ask("len(drawn)") == 1
    assert curves(kernel, library) == CURVES
    titles = {
        "plotly": "[drawn[0].layout.title.text, drawn[0].layout.xaxis.title.text]",
        "altair": "[drawn[0]['title'], drawn[0]['encoding']['x']['title']]",
    }
    assert kernel.ask(titles[library]) == ["train_loss", "step"]


@pytest.mark.parametrize("library", ["plotly", "altair"])
def test_seconds_and_a_logarithmic_axis(kernel: Kernel, store: Store, library: str) -> None:
    negative = store.log("negative", metrics={"train_loss": [-1.0, 1.0]})
    store.runs["negative"] = negative
    draw(kernel, store, "compare-metrics", library, "alpha", "negative", x="time", log=True)
    first, second = curves(kernel, library)
    assert first == CURVES[0]
    # Plotly leaves out what has no logarithm; Vega would fail on it.
    assert second == [[0, -1.0 if library == "plotly" else None], [1, 1.0]]
    scale = {"plotly": "drawn[0].layout.yaxis.type", "altair": "drawn[0]['encoding']['y']['scale']['type']"}
    assert kernel.ask(scale[library]) == "log"


@pytest.mark.parametrize("library", ["plotly", "altair"])
def test_hostile_names_are_text(kernel: Kernel, store: Store, library: str) -> None:
    outputs = draw(kernel, store, "compare-metrics", library, "hostile", "alpha", keys=["auroc"])
    assert len(outputs) == 1
    for page in shown(outputs, "text/html"):
        assert "<img" not in page
        assert page.count("</script>") == page.count("<script")
    if library == "plotly":
        name = kernel.ask("drawn[0].data[0].name")
        assert name.startswith("&lt;/script&gt;&lt;img")
        assert "$" not in name


@pytest.mark.parametrize("library", ["plotly", "altair"])
def test_more_points_than_altair_takes_by_itself_are_drawn(kernel: Kernel, store: Store, library: str) -> None:
    long = store.log("long", metrics={"long": [float(step) for step in range(6000)]})
    store.runs["long"] = long
    draw(kernel, store, "compare-metrics", library, "long", keys=["long"])
    (curve,) = curves(kernel, library)
    assert curve == [[step, float(step)] for step in range(6000)]
