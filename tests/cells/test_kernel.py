"""Cells run in a real kernel on a real store, and show what was logged."""

from __future__ import annotations

import base64
import dataclasses
import json
import math
import tempfile
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from nbclient.exceptions import CellExecutionError

from jupyter_mlflow_explorer.cells import RECIPES, Selection, literals, render
from jupyter_mlflow_explorer.entities import LoggedModel, Run
from jupyter_mlflow_explorer.errors import BadInput

from .conftest import HOSTILE, Store
from .kernel import Kernel, a_kernel, printed, shown, table

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(240)]

#: MLflow's SQL stores return this for an infinity; cells show the infinity.
LARGEST = 1.7976931348623157e308


def as_logged(value: float) -> float:
    """Return the infinity that a store keeps as the largest float."""
    return math.copysign(math.inf, value) if abs(value) == LARGEST else value


def compare(
    kernel: Kernel, store: Store, *runs: Run, **options: Any
) -> tuple[dict[tuple[str, str], tuple[str, str]], dict[tuple[str, str], tuple[str, str]], str]:
    """Run `compare-runs`; return the tables of params and metrics as shown, and the printed text."""
    outputs = kernel.run(render("compare-runs", store.selection(*runs, options=options)))
    params, metrics = shown(outputs, "text/html")
    return table(params), table(metrics), printed(outputs)


def headings(*runs: Run) -> list[str]:
    """Return the column headings that the runs get."""
    return list(literals.labels((run.run_id, run.run_name) for run in runs).values())


def marked(cells: dict[tuple[str, str], tuple[str, str]], row: str) -> list[str]:
    """Return the columns whose value is marked as best in a row."""
    return [column for (heading, column), (_, css) in cells.items() if heading == row and "bold" in css]


def assert_holds_exactly(kernel: Kernel, variable: str, expected: dict[str, dict[str, Any]]) -> None:
    """Assert that a DataFrame in the kernel has these columns, these rows and these values; missing ones are NaN."""
    found = kernel.ask(f"{{name: {variable}[name].to_dict() for name in {variable}}}")
    assert list(found) == list(expected)
    keys = {key for values in expected.values() for key in values}
    for name, values in expected.items():
        assert set(found[name]) == keys
        for key in keys:
            value = values.get(key, math.nan)
            assert repr(found[name][key]) == repr(value), (name, key)


def test_the_setup_cell_connects_to_the_store(kernel: Kernel, store: Store) -> None:
    assert kernel.ask("mlflow.get_tracking_uri()") == store.uri
    assert kernel.ask("mlflow_client.tracking_uri") == store.uri


def test_comparison_holds_exactly_the_values_logged(kernel: Kernel, store: Store) -> None:
    runs = tuple(store.runs[name] for name in ("beta", "alpha", "hostile", "running", "empty"))
    params, metrics, text = compare(kernel, store, *runs)
    names = headings(*runs)
    assert len(set(names)) == 5
    assert_holds_exactly(kernel, "compared_params", dict(zip(names, (run.params for run in runs), strict=True)))
    logged = [{key: as_logged(value) for key, value in run.metrics.items()} for run in runs]
    assert_holds_exactly(kernel, "compared_metrics", dict(zip(names, logged, strict=True)))
    for name, values in zip(names, logged, strict=True):
        for (row, column), (shown_text, css) in metrics.items():
            if column == name and row in values:
                assert float(shown_text) == pytest.approx(values[row], nan_ok=True, rel=1e-5)
                assert "hidden" not in css
            elif column == name:
                assert "visibility: hidden" in css
    assert params["lr", names[0]][0] == "0.01"
    assert params["lr", names[2]][0] == HOSTILE
    assert "4 of 4 params differ" in text


def test_params_that_differ_come_first_and_stand_out(kernel: Kernel, store: Store) -> None:
    alpha, beta = store.runs["alpha"], store.runs["beta"]
    params, _, text = compare(kernel, store, alpha, beta)
    assert list(dict.fromkeys(row for row, _ in params)) == ["lr", "only", "model", "seed"]
    bold = {row for (row, _), (_, css) in params.items() if "bold" in css}
    assert bold == {"lr", "only"}
    assert params["only", headings(alpha, beta)[1]][0] == ""
    assert "2 of 4 params differ" in text


@pytest.mark.parametrize(
    ("direction", "best"),
    [
        (
            "auto",
            {"auroc": "beta", "loss": "hostile", "rmse": "beta", "f1": "hostile", "accuracy": "alpha", "gain": "beta"},
        ),
        ("maximize", {"auroc": "beta", "loss": "beta", "rmse": "hostile", "f1": "hostile", "accuracy": "alpha"}),
        ("minimize", {"auroc": "hostile", "loss": "hostile", "rmse": "beta", "f1": "beta", "gain": "alpha"}),
    ],
)
def test_the_best_value_alone_is_marked(kernel: Kernel, store: Store, direction: str, best: dict[str, str]) -> None:
    names = ("alpha", "beta", "hostile")
    runs = tuple(store.runs[name] for name in names)
    _, metrics, _ = compare(kernel, store, *runs, direction=direction)
    columns = dict(zip(names, headings(*runs), strict=True))
    for metric, winner in best.items():
        assert marked(metrics, metric) == [columns[winner]]


def test_chosen_metrics_only_and_in_order(kernel: Kernel, store: Store) -> None:
    runs = (store.runs["alpha"], store.runs["beta"])
    _, metrics, _ = compare(kernel, store, *runs, metrics=["loss", "nowhere", "auroc"])
    assert list(dict.fromkeys(row for row, _ in metrics)) == ["loss", "nowhere", "auroc"]
    assert marked(metrics, "nowhere") == []


def test_hostile_names_are_text_in_the_tables(kernel: Kernel, store: Store) -> None:
    runs = (store.runs["hostile"], store.runs["alpha"])
    outputs = kernel.run(render("compare-runs", store.selection(*runs)))
    outputs += kernel.run(render("run-summary", store.selection(runs[0])))
    pages = shown(outputs, "text/html")
    assert len(pages) == 6
    for page in pages:
        assert not BeautifulSoup(page, "html.parser").find_all(["img", "script"])
    assert any("onerror" in BeautifulSoup(page, "html.parser").get_text() for page in pages)


def test_one_run_and_runs_without_values_can_be_compared(kernel: Kernel, store: Store) -> None:
    params, metrics, text = compare(kernel, store, store.runs["empty"])
    assert (params, metrics) == ({}, {})
    assert "0 of 0 params differ" in text
    _, metrics, _ = compare(kernel, store, store.runs["alpha"])
    assert float(metrics["auroc", "model"][0]) == 0.9


def test_a_run_deleted_meanwhile_is_named_and_nothing_moves(kernel: Kernel, store: Store) -> None:
    first = store.log("goes away", params={"p": "1"}, metrics={"m": 1.0, "curve": [1.0, 2.0]})
    second = store.log("stays", params={"p": "2"}, metrics={"m": 2.0, "curve": [3.0, 4.0]})
    third = store.log("stays too", params={"p": "3"}, metrics={"m": 3.0, "curve": [5.0, 6.0]})
    selection = store.selection(first, second, third)
    cells = {name: render(name, selection) for name in ("compare-runs", "metric-history", "compare-metrics")}
    single = {name: render(name, store.selection(first)) for name in ("load-run", "run-summary")}
    store.client.delete_run(first.run_id)
    for name, rendered in cells.items():
        text = printed(kernel.run(rendered))
        assert f"deleted or cannot be read: goes away ({first.run_id})" in text, name
        assert "stays" not in text
    assert_holds_exactly(kernel, "compared_params", {"stays": {"p": "2"}, "stays too": {"p": "3"}})
    metrics = {"stays": {"m": 2.0, "curve": 4.0}, "stays too": {"m": 3.0, "curve": 6.0}}
    assert_holds_exactly(kernel, "compared_metrics", metrics)
    points = "metric_history[metric_history.metric == 'curve'][['run', 'value']].values.tolist()"
    assert kernel.ask(points) == [["stays", 3.0], ["stays", 4.0], ["stays too", 5.0], ["stays too", 6.0]]
    for name, rendered in single.items():
        assert f"goes away ({first.run_id}) was deleted" in printed(kernel.run(rendered)), name


def test_a_run_that_was_chosen_deleted_is_compared(kernel: Kernel, store: Store) -> None:
    run = store.log("deleted before", metrics={"m": 1.0})
    store.client.delete_run(run.run_id)
    run = store.read(run.run_id)
    assert run.lifecycle_stage == "deleted"
    _, metrics, text = compare(kernel, store, run, store.runs["alpha"])
    assert metrics["m", "deleted before"][0] == "1"
    assert "Left out" not in text


def test_runs_that_are_gone_for_good_give_messages_only(kernel: Kernel, store: Store) -> None:
    gone = dataclasses.replace(
        store.selection(store.runs["alpha"].model_copy(update={"run_id": "f" * 32, "run_name": "purged"})),
        artifact_path="x.csv",
    )
    for name, recipe in RECIPES.items():
        if recipe.needs in ("run", "runs", "artifact"):
            text = printed(kernel.run(render(name, gone)))
            assert "purged" in text, name
            assert "f" * 32 in text, name
    folder = dataclasses.replace(gone, artifact_path="plots", artifact_is_dir=True)
    assert "purged" in printed(kernel.run(render("load-artifact", folder)))


def test_five_thousand_params_print_fifty_rows(kernel: Kernel, store: Store) -> None:
    params = {f"p{number:04d}": str(number) for number in range(5000)}
    wide = store.log("wide", params=params)
    other = store.log("less wide", params={**dict(list(params.items())[:100]), "p0050": "different"})
    shown_params, _, text = compare(kernel, store, wide, other)
    assert len({row for row, _ in shown_params}) == 50
    assert next(iter(shown_params))[0] == "p0050"
    assert "4901 of 5000 params differ; at most 50 are shown" in text
    assert kernel.ask("compared_params['wide'].to_dict()") == params
    (_, summary, _, _) = shown(kernel.run(render("run-summary", store.selection(wide))), "text/html")
    assert summary.count("<tr") < 70


def test_two_hundred_runs_are_compared(kernel: Kernel, store: Store) -> None:
    runs = [
        store.log(
            "same name", params={"p": str(number % 7)}, metrics={"score": number / 200, "loss": [1.0, float(number)]}
        )
        for number in range(200)
    ]
    _, metrics, text = compare(kernel, store, *runs)
    assert "Left out" not in text
    found = kernel.ask("compared_metrics.loc['score'].to_dict()")
    assert found == {f"same name ({run.run_id[:8]})": number / 200 for number, run in enumerate(runs)}
    assert marked(metrics, "score") == [f"same name ({runs[-1].run_id[:8]})"]
    outputs = kernel.run(render("compare-metrics", store.selection(*runs, options={"keys": ["loss"]})))
    assert len(shown(outputs, "image/png")) == 1
    assert kernel.ask("len(metric_curves)") == 400
    assert kernel.ask("metric_curves['run'].nunique()") == 200


def test_metric_history_holds_every_point_in_order(kernel: Kernel, store: Store) -> None:
    runs = tuple(store.runs[name] for name in ("alpha", "beta", "empty", "running"))
    outputs = kernel.run(render("metric-history", store.selection(*runs, options={"keys": ["train_loss", "auroc"]})))
    names = headings(*runs)
    points = kernel.ask("metric_history[['run', 'metric', 'step', 'value']].values.tolist()")
    expected = [
        *((names[0], "train_loss", step, value) for step, value in enumerate([3.0, math.nan, 1.5, math.inf, 0.25])),
        (names[0], "auroc", 0, 0.9),
        *((names[1], "train_loss", step, value) for step, value in enumerate([2.0, 1.0])),
        (names[1], "auroc", 0, 0.95),
        (names[3], "train_loss", 0, 5.0),
        (names[3], "auroc", 0, 0.3),
    ]
    assert [[*map(repr, point)] for point in points] == [[*map(repr, point)] for point in expected]
    assert kernel.ask("metric_history['time'].astype(str).iloc[1]").startswith("2023-11-14 22:13:21")
    assert len(shown(outputs, "image/png")) == 2
    outputs = kernel.run(render("metric-history", store.selection(*runs, options={"plot": False})))
    assert shown(outputs, "image/png") == []


@pytest.mark.parametrize("options", [{}, {"x": "time"}, {"log": True}])
def test_curves_are_drawn_from_finite_points_with_every_name_in_the_legend(
    kernel: Kernel, store: Store, options: dict[str, Any]
) -> None:
    underscore = store.log("_hidden $x$ and $", metrics={"train_loss": [4.0, 2.0]})
    runs = (store.runs["alpha"], store.runs["beta"], underscore)
    options = {"keys": ["train_loss"], **options}
    # Keep the figure open, to look at what was drawn.
    cells = render("compare-metrics", store.selection(*runs, options=options))
    cells[1].source = cells[1].source.replace("    plt.show()", "    globals()['drawn'] = axes")
    kernel.run(cells)
    lines = kernel.ask("[[line.get_xdata().tolist(), line.get_ydata().tolist()] for line in drawn.lines]")
    gap = math.nan
    expected = [[[0, 1, 2, 3, 4], [3.0, gap, 1.5, gap, 0.25]], [[0, 1], [2.0, 1.0]], [[0, 1], [4.0, 2.0]]]
    assert json.dumps(lines).replace(".0", "") == json.dumps(expected).replace(".0", "")
    assert kernel.ask("drawn.get_yscale()") == ("log" if options.get("log") else "linear")
    legend = kernel.ask("[text.get_text() for text in drawn.get_legend().get_texts()]")
    assert legend == [" " + name.replace("$", r"\$") for name in headings(*runs)]
    kernel.run(render("compare-metrics", store.selection(*runs, options=options)))


def test_search_gives_what_the_client_finds(kernel: Kernel, store: Store) -> None:
    selection = store.selection(
        filter="metrics.auroc > 0.25 and params.lr LIKE '0.%'",
        order_by=("metrics.auroc ASC",),
        options={"max_results": 2},
    )
    text = printed(kernel.run(render("search-runs", selection)))
    assert kernel.ask("found_runs['run_id'].tolist()") == [store.runs[name].run_id for name in ("alpha", "beta")]
    assert kernel.ask("found_runs['metrics.gain'].tolist()") == [-math.inf, -5.0]
    assert "2 runs\nThere may be more" in text
    everything = printed(kernel.run(render("search-runs", store.selection())))
    count = len(store.client.search_runs([store.experiment_id], max_results=1000))
    assert everything == f"{count} runs\n"
    nothing = store.selection(filter="metrics.auroc > 99")
    assert printed(kernel.run(render("search-runs", nothing))) == "0 runs\n"


def test_load_run_binds_the_run(kernel: Kernel, store: Store) -> None:
    alpha = store.runs["alpha"]
    text = printed(kernel.run(render("load-run", store.selection(alpha))))
    assert text == "Run model: FINISHED, 4 params, 7 metrics\n"
    assert kernel.ask("loaded_run.info.run_id") == alpha.run_id
    assert kernel.ask("dict(loaded_run.data.params)") == alpha.params


def test_summary_shows_state_params_metrics_and_artifacts(
    kernel: Kernel, store: Store, artifacts: dict[str, Any]
) -> None:
    outputs = kernel.run(render("run-summary", store.selection(store.runs["alpha"])))
    state, params, metrics, listed = (
        {
            row.select("th")[0].get_text(): row.select("td")[0].get_text()
            for row in BeautifulSoup(page, "html.parser").select("tbody tr")
        }
        for page in shown(outputs, "text/html")
    )
    assert state["status"] == "FINISHED"
    assert set(state) >= {"started", "ended", "duration"}
    assert params == store.runs["alpha"].params
    assert (float(metrics["auroc"]), metrics["f1"], metrics["gain"]) == (0.9, "NaN", "-inf")
    assert listed["deep"] == "folder"
    assert int(listed["config.json"]) > 10
    running = shown(kernel.run(render("run-summary", store.selection(store.runs["running"]))), "text/html")[0]
    assert "RUNNING" in running
    assert "ended" not in running


class TestArtifacts:
    """`load-artifact`, kind by kind."""

    @pytest.fixture(autouse=True)
    def _logged(self, artifacts: dict[str, Any], kernel: Kernel, store: Store) -> None:
        self.contents, self.kernel, self.store = artifacts, kernel, store

    def load(self, path: str, **fields: Any) -> list[Any]:
        """Run the recipe for one artifact of `alpha`; return the outputs."""
        selection = self.store.selection(self.store.runs["alpha"], artifact_path=path, **fields)
        return self.kernel.run(render("load-artifact", selection))

    @pytest.mark.parametrize("path", ["notes.txt", "README.md", "empty.txt"])
    def test_text(self, path: str) -> None:
        outputs = self.load(path)
        assert printed(outputs).rstrip("\n") == self.contents[path].rstrip("\n")
        assert self.kernel.ask("artifact_text") == self.contents[path]

    def test_those_of_a_logged_model(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "MLmodel").write_text("flavors: {}\n")
        for name in ("scores é.csv", "odd #1%20.csv"):
            (tmp_path / "data" / name).write_text("a,b\n1,0.5\n")
        client, alpha = self.store.client, self.store.runs["alpha"]
        logged = client.create_logged_model(alpha.experiment_id, name="net", source_run_id=alpha.run_id)
        client.log_model_artifacts(logged.model_id, str(tmp_path))
        model = LoggedModel(model_id=logged.model_id, name="net", artifact_location=logged.artifact_location)
        assert printed(self.load("MLmodel", model=model)) == "flavors: {}\n\n"
        for name in ("scores é.csv", "odd #1%20.csv"):
            assert "0.5" in shown(self.load(f"data/{name}", model=model), "text/html")[0]
        (html,) = shown(self.load("data", model=model, artifact_is_dir=True), "text/html")
        assert "scores é.csv" in html
        (html,) = shown(self.load("", model=model), "text/html")
        assert "MLmodel" in html
        gone = LoggedModel(model_id="m-gone", name="net")
        assert "m-gone" in printed(self.load("MLmodel", model=gone))

    def test_json(self) -> None:
        self.load("config.json")
        assert self.kernel.ask("artifact_data") == self.contents["config.json"]

    @pytest.mark.parametrize(
        "path",
        [
            "scores.csv",
            "scores.tsv",
            "scores.parquet",
            "events.jsonl",
            "odd #1.csv",
            "100%.csv",
            "a%20b.csv",
            "why?.csv",
            "with space é.csv",
        ],
    )
    def test_tables(self, path: str) -> None:
        (html,) = shown(self.load(path), "text/html")
        assert "0.5" in html
        rows = [{"name": "a", "score": 0.5}, {"name": "é", "score": 1.5}]
        assert self.kernel.ask("artifact_table.to_dict('records')") == rows

    def test_images(self) -> None:
        (png,) = shown(self.load("red.png"), "image/png")
        assert base64.b64decode(png).startswith(b"\x89PNG")
        assert len(shown(self.load("red.tiff"), "image/png")) == 1
        assert self.kernel.ask("artifact_image.getpixel((0, 0))") == [255, 0, 0, 255]
        (svg,) = shown(self.load("dot.svg"), "image/svg+xml")
        assert "circle" in svg

    def test_html_stays_in_a_sandbox(self) -> None:
        (html,) = shown(self.load("report.html"), "text/html")
        page = BeautifulSoup(html, "html.parser")
        assert not page.find_all("script")
        assert page.iframe is not None
        assert page.iframe.get_attribute_list("sandbox") == ["allow-scripts"]
        assert page.iframe["srcdoc"] == self.contents["report.html"]

    def test_numpy(self) -> None:
        self.load("weights.npy")
        assert self.kernel.ask("artifact_array.tolist()") == [[0, 1, 2], [3, 4, 5]]
        self.load("weights.npz")
        arrays = {"first": [0, 1, 2], "second": [[1, 1], [1, 1]]}
        assert self.kernel.ask("{name: array.tolist() for name, array in artifact_arrays.items()}") == arrays

    def test_pickle(self) -> None:
        self.load("bootstrap_results.pkl")
        assert self.kernel.ask("[len(artifact_object['auroc']), artifact_object['brier']]") == [1000, [0.1]]

    def test_notebook(self) -> None:
        self.load("analysis.ipynb")
        assert self.kernel.ask("[cell.source for cell in artifact_notebook.cells]") == ["# Hi", "1 + 1"]

    def test_unknown_type_gives_bytes(self) -> None:
        text = self.contents["model.bin"].encode()
        assert printed(self.load("model.bin")) == f"{len(text)} bytes\n"
        assert self.kernel.ask("list(artifact_bytes)") == list(text)

    def test_folders(self) -> None:
        self.load("deep/er", artifact_is_dir=True)
        assert self.kernel.ask("artifact_list[['path', 'is_dir']].values.tolist()") == [["deep/er/est", True]]
        self.load("deep/er/est", artifact_is_dir=True)
        assert self.kernel.ask("artifact_list.values.tolist()") == [["deep/er/est/x.txt", False, 4]]
        self.load("")
        listed = self.kernel.ask("artifact_list['path'].tolist()")
        assert {"deep", "odd #1.csv", "config.json"} <= set(listed)
        self.load("deep/er/est/x.txt")
        assert self.kernel.ask("artifact_text") == "deep"

    def test_no_copy_is_left_behind(self) -> None:
        before = set(Path(tempfile.gettempdir()).iterdir())
        self.load("scores.csv")
        assert not self.kernel.ask("__import__('os').path.exists(artifact_file)")
        left = {
            path for path in set(Path(tempfile.gettempdir()).iterdir()) - before if list(path.glob("**/scores.csv"))
        }
        assert not left

    def test_a_missing_artifact_is_named(self) -> None:
        text = printed(self.load("nowhere.csv"))
        assert "Artifact nowhere.csv of run model" in text
        text = printed(self.load("nowhere #.csv"))
        assert "Artifact nowhere #.csv of run model" in text


def test_migrated_runs_are_in_the_new_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow import MlflowClient

    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    folder = tmp_path / "it's mine" / "mlruns"
    client = MlflowClient(folder.as_uri())
    run_id = client.create_run(client.create_experiment("files"), run_name="one").info.run_id
    client.log_metric(run_id, "acc", 0.5)
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE")
    selection = Selection("files", "Files", "files", folder.as_uri())
    with a_kernel() as kernel:
        outputs = kernel.run(render("migrate-file-store", selection))
        target = f"sqlite:///{folder.parent}/mlflow-migrated.db"
        assert f"Now connect to {target}" in printed(outputs)
        migrated = MlflowClient(target)
        assert migrated.get_run(run_id).data.metrics == {"acc": 0.5}
        with pytest.raises(CellExecutionError, match="exists already"):
            kernel.run(render("migrate-file-store", selection))


def test_migration_is_for_folders_only(store: Store) -> None:
    with pytest.raises(BadInput, match="migrate-file-store is for folders"):
        render("migrate-file-store", store.selection())


def test_summaries_of_many_runs_stay_under_their_headings(kernel: Kernel, store: Store) -> None:
    gone = store.log("goes away", params={"p": "1"})
    runs = (store.runs["beta"], gone, store.runs["running"])
    cells = render("run-summary", store.selection(*runs))
    store.client.delete_run(gone.run_id)
    assert [cell.source.splitlines()[0] for cell in cells if cell.cell_type == "markdown"][1:] == [
        f"#### Run {literals.markdown_code(name)}" for name in headings(*runs)
    ]
    outputs = [kernel.run([cell]) for cell in cells if cell.cell_type == "code"]
    assert "goes away" in printed(outputs[0])
    assert "0.95" in shown(outputs[1], "text/html")[2]
    assert printed(outputs[2]) == "This run was deleted or cannot be read.\n"
    assert "RUNNING" in shown(outputs[3], "text/html")[0]


def test_distributions_are_of_the_last_finite_values(kernel: Kernel, store: Store) -> None:
    runs = [store.runs[name] for name in ("alpha", "beta", "hostile", "running", "empty")]
    outputs = kernel.run(render("distributions", store.selection(*runs)))
    described = kernel.ask("panels.describe().T.to_dict('index')")
    assert described["auroc"]["count"] == 4
    assert described["auroc"]["max"] == 0.95
    assert described["gain"]["count"] == 2  # One is infinite.
    assert described["train_loss"]["mean"] == pytest.approx((0.25 + 1.0 + 5.0) / 3)
    assert len(shown(outputs, "image/png")) == 1
    empty = kernel.run(render("distributions", store.selection(store.runs["empty"])))
    assert "no metrics with finite values" in printed(empty)
