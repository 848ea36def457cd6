"""Groups and derived columns in a real kernel: which run is in which group, and what the groups add up to."""

from __future__ import annotations

import math
import statistics
from typing import Any

import pytest

from jupyter_mlflow_explorer.cells import render
from jupyter_mlflow_explorer.entities import Run

from .conftest import HOSTILE, Store
from .kernel import Kernel, printed, shown

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(240)]

NAMING = {"pattern": "{data}__{model}", "allowed": {"model": ["forest", "boost"]}}
DERIVED = {"naming": NAMING, "group_by": "derived.model"}
AUROC = {
    "raw__forest": 0.7,
    "clean__forest": 0.8,
    "raw__boost": 0.9,
    "clean__boost": math.nan,
    "clean__bost": 0.95,
    "simple run": 0.5,
    f"{HOSTILE}.__forest": 0.6,
}
STRANGE = "bost (not in the registry)"
SAID = "1 names do not fit the pattern: simple run\nNot in the registry, as model: bost\n"


@pytest.fixture(scope="module")
def runs(store: Store) -> dict[str, Run]:
    """Runs named by a convention, or nearly."""
    return {
        name: store.log(name, params={"depth": str(i % 2)}, metrics={"auroc": [0.1, value], "loss": 1 - value})
        for i, (name, value) in enumerate(AUROC.items())
    }


def run(kernel: Kernel, store: Store, recipe: str, runs: dict[str, Run], **options: Any) -> list[Any]:
    return kernel.run(render(recipe, store.selection(*runs.values(), options=options)))


def test_metrics_by_group(kernel: Kernel, store: Store, runs: dict[str, Run]) -> None:
    outputs = run(
        kernel, store, "group-runs", runs, naming=NAMING, group_by=["derived.model"], metrics=["auroc", "loss"]
    )
    assert printed(outputs) == SAID
    assert shown(outputs, "image/png")
    assert kernel.ask("group_summary.index.tolist()") == [STRANGE, "boost", "forest", "(none)"]
    found = kernel.ask("group_summary['auroc'].T.to_dict()")
    assert kernel.ask("group_summary['runs'].tolist()") == [1, 2, 3, 1]
    assert found["boost"]["count"] == 1
    forest = [0.7, 0.8, 0.6]
    assert found["forest"] == pytest.approx(
        {"count": 3, "mean": 0.7, "std": statistics.stdev(forest), "min": 0.6, "max": 0.8}
    )
    assert kernel.ask("drawn_names.tolist()") == [STRANGE, "boost", "forest", "(none)"]
    # By two columns, one of them a param; a loss is better when smaller.
    run(kernel, store, "group-runs", runs, naming=NAMING, group_by=["derived.data", "params.depth"], metrics=["loss"])
    assert kernel.ask("[list(name) for name in group_summary.index][0]") == ["clean", "0.0"]
    # Where no run has a metric.
    bare = {"bare": store.log("bare", params={"a": "b"})}
    assert "no metric with a finite value" in printed(run(kernel, store, "group-runs", bare))
    assert kernel.ask("group_summary['runs'].tolist()") == [1]


def test_runs_that_are_gone_have_no_groups(kernel: Kernel, store: Store, runs: dict[str, Run]) -> None:
    gone = {"gone": runs["raw__forest"].model_copy(update={"run_id": "f" * 32})}
    for recipe in ("group-runs", "distributions", "compare-metrics", "scatter", "overview"):
        options: dict[str, Any] = {"naming": NAMING}
        if recipe == "scatter":
            options["color"] = "derived.model"
        elif recipe != "overview":
            options["group_by"] = ["derived.model"] if recipe == "group-runs" else "derived.model"
        text = printed(run(kernel, store, recipe, gone, **options))
        assert f"Left out, as it was deleted or cannot be read: raw__forest ({'f' * 32})" in text, recipe


def test_derived_columns_in_tables(kernel: Kernel, store: Store, runs: dict[str, Run]) -> None:
    assert printed(run(kernel, store, "overview", runs, naming=NAMING)).startswith("7 of 7 runs")
    found = kernel.ask("runs_overview['derived.model'].fillna('').tolist()")
    assert found == ["forest", "forest", "boost", "boost", STRANGE, "", "forest"]

    experiment = store.client.create_experiment("named")
    away = Store(store.uri, store.client, experiment)
    for name, value in AUROC.items():
        away.log(name, metrics={"auroc": value})
    selection = away.selection(options={"naming": NAMING}, order_by=("metrics.auroc DESC",), filter="")
    said = printed(kernel.run(render("search-runs", selection)))
    assert said == f"7 runs\n{SAID}"
    assert kernel.ask("found_runs['derived.model'].tolist()[:3]") == [STRANGE, "boost", "forest"]

    options = {**DERIVED, "metric": "auroc"}
    selection = away.selection(options=options, order_by=(), filter="")
    outputs = kernel.run(render("leaderboard", selection))
    assert "4 groups ranked by auroc, largest first." in printed(outputs)
    rows = kernel.ask("leaderboard[['rank', 'derived.model', 'runs in group', 'run']].values.tolist()")
    assert rows == [
        [1, STRANGE, 1, "clean__bost"],
        [2, "boost", 1, "raw__boost"],
        [3, "forest", 3, "clean__forest"],
        [4, "(none)", 1, "simple run"],
    ]
    assert "0.95" in shown(outputs, "text/html")[0]


@pytest.mark.parametrize("library", ["matplotlib", "plotly", "altair"])
def test_curves_of_a_group_share_their_colour(kernel: Kernel, store: Store, runs: dict[str, Run], library: str) -> None:
    cells = render(
        "compare-metrics", store.selection(*runs.values(), options={**DERIVED, "keys": ["auroc"], "library": library})
    )
    show, keep = {
        "matplotlib": ("    plt.show()", "    globals()['drawn'] = figure"),
        "plotly": ("    figure.show()", "    globals()['drawn'] = figure"),
        "altair": ("        chart.display()", "        globals()['drawn'] = chart.to_dict()"),
    }[library]
    assert show in cells[1].source
    cells[1].source = cells[1].source.replace(show, f"{keep}\n{show}")
    assert printed(kernel.run(cells)) == SAID
    groups = ["forest", "forest", "boost", "boost", STRANGE, "(none)", "forest"]
    if library == "altair":
        assert kernel.ask("drawn['encoding']['color']['field']") == "group"
        (rows,) = kernel.ask("list(drawn['datasets'].values())")
        assert [row["group"] for row in rows][::2] == groups
        return
    if library == "matplotlib":
        colors = kernel.ask("[list(line.get_color()) for line in drawn.axes[0].lines]")
        legend = kernel.ask("[text.get_text().strip() for text in drawn.axes[0].get_legend().texts]")
    else:
        colors = kernel.ask("[trace.line.color for trace in drawn.data]")
        legend = kernel.ask("[trace.name for trace in drawn.data if trace.showlegend]")
    assert legend == ["forest", "boost", STRANGE, "(none)"]
    by_group = {group: {repr(c) for c, g in zip(colors, groups, strict=True) if g == group} for group in groups}
    assert all(len(found) == 1 for found in by_group.values())
    assert len({next(iter(found)) for found in by_group.values()}) == 4


def test_bars_and_points_by_group(kernel: Kernel, store: Store, runs: dict[str, Run]) -> None:
    cells = render("distributions", store.selection(*runs.values(), options={**DERIVED, "metrics": ["auroc"]}))
    cells[1].source = cells[1].source.replace("    plt.show()", "    drawn = figure\n    plt.show()")
    assert printed(kernel.run(cells)) == SAID
    assert kernel.ask("group_names") == ["(none)", "boost", STRANGE, "forest"]
    heights = kernel.ask("[sum(bar.get_height() for bar in bars) for bars in drawn.axes[0].containers]")
    assert heights == [1, 1, 1, 3]
    assert kernel.ask("[text.get_text().strip() for text in drawn.legends[0].texts]") == kernel.ask("group_names")

    run(kernel, store, "scatter", runs, x="params.depth", y="metrics.auroc", color="derived.model", naming=NAMING)
    assert kernel.ask("scatter_table['color'].astype(object).fillna('').tolist()")[4:6] == [STRANGE, ""]
