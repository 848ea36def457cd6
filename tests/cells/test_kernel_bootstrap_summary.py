"""`bootstrap-summary` gives the numbers that NumPy gives for the arrays that were logged."""

from __future__ import annotations

import json
import math
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_mlflow_explorer.cells import literals, render
from jupyter_mlflow_explorer.entities import Run
from jupyter_mlflow_explorer.errors import BadInput

from .conftest import HOSTILE, Store
from .kernel import Kernel, printed, shown
from .selections import a_selection

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(240)]

COLUMNS = ["metric", "run", "run_id", "n", "nan", "mean", "median", "lower", "upper"]
ITERATIONS = 1000


def arrays_of(number: int) -> dict[str, np.ndarray[Any, Any]]:
    """Return the per-iteration values of run `number`: skewed, so that mean, median and interval all differ."""
    random_source = np.random.default_rng(number)
    brier = random_source.beta(2, 5, ITERATIONS)
    brier[:: 10 * (number + 1)] = math.nan
    return {"auroc": random_source.beta(8, 2 + number, ITERATIONS), "brier": brier}


@pytest.fixture(scope="module")
def runs(store: Store, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Runs with the same arrays in each kind of file; ``without`` has none."""
    found = {}
    for number, name in enumerate(("one", "hostile", "$two$", "without", "deleted", "odd")):
        run = found[name] = store.log(HOSTILE if name == "hostile" else name)
        folder = tmp_path_factory.mktemp("boot")
        arrays = arrays_of(number)
        if name == "odd":
            odd = {
                "only": [1.0, 2.0],
                "auroc": [],
                "note": "text",
                "n": 5,
                "curve": [[0, 1], [1, 0]],
                "inf": [1, math.inf],
            }
            odd["brier"] = [math.nan, None]
            (folder / "boot.pkl").write_bytes(pickle.dumps(odd))
            (folder / "boot.json").write_text('{"note": "nothing here"}')
        elif name != "without":
            (folder / "boot.pkl").write_bytes(pickle.dumps(arrays))
            nested = {"metrics": {"auroc": arrays["auroc"].tolist()}, "brier": arrays["brier"].tolist()}
            (folder / "boot.json").write_text(json.dumps(nested))
            records = [{"auroc": a, "brier": b} for a, b in zip(arrays["auroc"], arrays["brier"], strict=True)]
            (folder / "records.json").write_text(json.dumps(records))
            np.savez(folder / "boot.npz", **arrays)  # type: ignore[arg-type]
            np.save(folder / "boot.npy", arrays["auroc"])
            pd.DataFrame(arrays).to_csv(folder / "boot.csv", index=False)
            pd.DataFrame(arrays).to_parquet(folder / "boot.parquet")
            (folder / "boot.dat").write_bytes(pickle.dumps(arrays))
        if name != "without":
            store.client.log_artifacts(run.run_id, str(folder))
    store.client.delete_run(found["deleted"].run_id)
    return found


def expected(values: np.ndarray[Any, Any], level: float = 0.95) -> list[float]:
    """Return n, nan, mean, median, lower and upper, as NumPy computes them."""
    finite = values[~np.isnan(values)]
    tail = 100 * (1 - level) / 2
    lower, upper = np.percentile(finite, [tail, 100 - tail])
    return [len(finite), len(values) - len(finite), np.mean(finite), np.median(finite), lower, upper]


def summarise(kernel: Kernel, store: Store, path: str, *runs: Run, **options: Any) -> list[Any]:
    """Run the recipe; return the outputs."""
    selection = store.selection(*runs, artifact_path=path, options=options)
    return kernel.run(render("bootstrap-summary", selection))


def rows(kernel: Kernel) -> list[list[Any]]:
    """Return the rows of the table."""
    assert kernel.ask("list(bootstrap_summary)") == COLUMNS
    found: list[list[Any]] = kernel.ask("bootstrap_summary.astype(object).values.tolist()")
    return found


@pytest.mark.parametrize(
    ("path", "auroc", "options"),
    [
        ("boot.pkl", "auroc", {}),
        ("boot.json", "metrics/auroc", {"level": 0.8}),
        ("records.json", "auroc", {}),
        ("boot.npz", "auroc", {"level": 0.5}),
        ("boot.csv", "auroc", {}),
        ("boot.parquet", "auroc", {"level": 0.99}),
        ("boot.dat", "auroc", {"kind": "pickle"}),
    ],
)
def test_the_numbers_are_those_of_numpy(
    kernel: Kernel, store: Store, runs: dict[str, Run], path: str, auroc: str, options: dict[str, Any]
) -> None:
    chosen = ["hostile", "without", "one"]
    outputs = summarise(kernel, store, path, *(runs[name] for name in chosen), plot=False, **options)
    found = rows(kernel)
    label = literals.labels((runs[name].run_id, runs[name].run_name) for name in chosen)
    order = [(metric, name) for metric in (auroc, "brier") for name in ("hostile", "one")]
    assert [row[:3] for row in found] == [
        [metric, label[runs[name].run_id], runs[name].run_id] for metric, name in order
    ]
    for row, (metric, name) in zip(found, order, strict=True):
        values = arrays_of({"one": 0, "hostile": 1}[name])[metric.removeprefix("metrics/")]
        assert row[3:] == pytest.approx(expected(values, options.get("level", 0.95)), rel=1e-12)
        assert row[3] + row[4] == ITERATIONS
        assert (row[4] > 0) == (metric == "brier")
        assert row[7] < row[6] < row[8]
    assert f"Artifact {path} of run without ({runs['without'].run_id}) cannot be loaded" in printed(outputs)


def test_a_bare_array_is_one_metric(kernel: Kernel, store: Store, runs: dict[str, Run]) -> None:
    summarise(kernel, store, "boot.npy", runs["one"], runs["deleted"], plot=False)
    (row,) = rows(kernel)
    assert row[:3] == ["value", "one", runs["one"].run_id]
    assert row[3:] == pytest.approx(expected(arrays_of(0)["auroc"]), rel=1e-12)


def test_what_is_no_array_of_numbers_is_left_out(kernel: Kernel, store: Store, runs: dict[str, Run]) -> None:
    outputs = summarise(kernel, store, "boot.pkl", runs["odd"], runs["one"])
    found = {(row[0], row[1]): row[3:] for row in rows(kernel)}
    assert list(dict.fromkeys(metric for metric, _ in found)) == ["only", "auroc", "inf", "brier"]
    assert found["only", "odd"] == pytest.approx([2, 0, 1.5, 1.5, 1.025, 1.975])
    assert repr(found["auroc", "odd"]) == "[0, 0, nan, nan, nan, nan]"
    assert repr(found["brier", "odd"]) == "[0, 2, nan, nan, nan, nan]"
    assert found["inf", "odd"][:3] == [2, 0, math.inf]
    assert found["brier", "one"][:2] == [900, 100]
    assert len(shown(outputs, "image/png")) == 4
    outputs = summarise(kernel, store, "boot.json", runs["odd"], runs["one"], plot=False)
    assert "No arrays of numbers in the artifact of run odd\n" in printed(outputs)
    assert {row[1] for row in rows(kernel)} == {"one"}


def test_chosen_metrics_only_and_in_order(kernel: Kernel, store: Store, runs: dict[str, Run]) -> None:
    metrics = ["brier", "nowhere", "auroc"]
    outputs = summarise(kernel, store, "boot.pkl", runs["one"], runs["$two$"], metrics=metrics)
    assert [row[:2] for row in rows(kernel)] == [
        ["brier", "one"],
        ["brier", "$two$"],
        ["auroc", "one"],
        ["auroc", "$two$"],
    ]
    assert len(shown(outputs, "image/png")) == 2
    assert "nowhere: no finite values to draw." in printed(outputs)


def test_figures_show_mean_and_interval_of_each_run(kernel: Kernel, store: Store, runs: dict[str, Run]) -> None:
    chosen = [runs["one"], runs["deleted"], runs["hostile"], runs["$two$"]]
    selection = store.selection(*chosen, artifact_path="boot.pkl", options={"metrics": ["brier"]})
    cells = render("bootstrap-summary", selection)
    # Keep the figure open, to look at what was drawn.
    cells[-1].source = cells[-1].source.replace("    plt.show()", "    globals()['drawn'] = figure")
    outputs = kernel.run(cells)
    assert f"deleted or cannot be read: deleted ({runs['deleted'].run_id})" in printed(outputs)
    numbers = [expected(arrays_of(number)["brier"]) for number in (0, 1, 2)]
    lines = kernel.ask("[[line.get_xdata().tolist(), line.get_ydata().tolist()] for line in drawn.axes[1].lines]")
    assert [x for x, _ in lines[::2]] == [pytest.approx(number[4:]) for number in numbers]
    assert [x for x, _ in lines[1::2]] == [pytest.approx([number[2]]) for number in numbers]
    assert [y for _, y in lines] == [[0, 0], [0], [1, 1], [1], [2, 2], [2]]
    labels = kernel.ask("[label.get_text() for label in drawn.axes[1].get_yticklabels()]")
    names = list(literals.labels((run.run_id, run.run_name) for run in chosen if run.run_name != "deleted").values())
    assert labels == [name.replace("$", r"\$") for name in names]
    heights = kernel.ask("[patch.get_xy()[:, 1].max() for patch in drawn.axes[0].patches]")
    edges = np.histogram_bin_edges(_finite(0, 1, 2), 40)
    assert heights == [pytest.approx(np.histogram(_finite(n), edges, density=True)[0].max()) for n in (0, 1, 2)]


def _finite(*numbers: int) -> np.ndarray[Any, Any]:
    values = np.concatenate([arrays_of(number)["brier"] for number in numbers])
    return values[np.isfinite(values)]


def test_no_more_runs_and_metrics_are_drawn_than_fit(
    kernel: Kernel, store: Store, tmp_path_factory: pytest.TempPathFactory
) -> None:
    runs = []
    for number in range(4):
        file = tmp_path_factory.mktemp("many") / "many.json"
        file.write_text(json.dumps({f"m{metric}": [number, number, number + metric] for metric in range(8)}))
        runs.append(store.log(f"run {number}"))
        store.client.log_artifact(runs[-1].run_id, str(file))
    outputs = summarise(kernel, store, "many.json", *runs, max_drawn=3)
    assert len(shown(outputs, "image/png")) == 6
    text = printed(outputs)
    assert "m0: the first 3 of 4 runs are drawn." in text
    assert "2 more metrics: plot_bootstrap(metric) draws one." in text
    assert [row[:2] for row in rows(kernel)] == [[f"m{m}", f"run {r}"] for m in range(8) for r in range(4)]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"artifact_path": "notes.txt"}, "reads pickle, JSON, NumPy, CSV and parquet files; notes.txt"),
        ({"artifact_path": "plots", "artifact_is_dir": True}, "a folder is chosen"),
        ({"options": {"level": 1.0}}, "Option 'level' of recipe bootstrap-summary"),
        ({"options": {"level": 0.0}}, "Option 'level' of recipe bootstrap-summary"),
        ({"options": {"kind": "text"}}, "Option 'kind' of recipe bootstrap-summary"),
    ],
)
def test_what_cannot_be_summarised_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        render("bootstrap-summary", a_selection("bootstrap-summary", **fields))
