"""Every recipe: its golden source, its checks, its provenance, and hostile selections."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager
from jsonschema import Draft202012Validator

from jupyter_mlflow_explorer.cells import METADATA_KEY, RECIPES, build_notebook, render, source_hash
from jupyter_mlflow_explorer.entities import LoggedModel
from jupyter_mlflow_explorer.errors import BadInput, NotFound

from .selections import a_run, a_selection, an_experiment
from .test_literals import anything, rendered

GOLDEN = Path(__file__).parents[1] / "golden"
ARTIFACTS = {
    "text": "logs/train.log",
    "markdown": "README.md",
    "json": "config.json",
    "jsonl": "events.jsonl",
    "csv": "tables/scores.csv",
    "tsv": "tables/scores.tsv",
    "parquet": "predictions.parquet",
    "image": "plots/confusion matrix.png",
    "bitmap": "scan.tiff",
    "svg": "plots/tree.svg",
    "html": "report.html",
    "npy": "weights.npy",
    "npz": "weights.npz",
    "notebook": "analysis.ipynb",
    "pickle": "bootstrap_results.pkl",
    "bytes": "model.bin",
}


def golden_cases() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return (recipe, selection fields) by the name of the golden file."""
    cases: dict[str, tuple[str, dict[str, Any]]] = {name: (name, {}) for name in RECIPES}
    del cases["load-artifact"]
    cases["setup-files"] = ("setup", {"store_kind": "files", "tracking_uri": "file:///data/mlruns"})
    cases["setup-postgresql"] = ("setup", {"tracking_uri": "postgresql://me:secret@db.example.com/mlflow"})
    cases["setup-rest"] = (
        "setup",
        {"store_kind": "rest", "tracking_uri": "https://me:secret@mlflow.example.com", "registry_uri": "https://r.org"},
    )
    cases["compare-runs-minimize"] = (
        "compare-runs",
        {"options": {"direction": "minimize", "metrics": ["brier"], "max_rows": 5}},
    )
    cases["run-summary-many"] = ("run-summary", {"runs": (a_run(1, "first"), a_run(2, "`odd` *name*"))})
    cases["distributions-chosen"] = ("distributions", {"options": {"metrics": ["auroc"], "bins": 10}})
    cases["compare-metrics-time-log"] = (
        "compare-metrics",
        {"options": {"x": "time", "log": True, "keys": ["train_loss"]}},
    )
    for kind in ("json", "npz", "image", "pickle"):
        cases[f"collect-artifact-{kind}"] = ("collect-artifact", {"artifact_path": ARTIFACTS[kind]})
    cases["collect-artifact-files"] = (
        "collect-artifact",
        {"store_kind": "files", "tracking_uri": "file:///data/mlruns", "options": {"table": False, "workers": 4}},
    )
    cases["collect-artifact-in-place"] = (
        "collect-artifact",
        {"artifact_path": "odd #1?.csv", "runs": (a_run(1, "odd", artifact_uri="file:///data/a%20b/artifacts"),)},
    )
    cases["bootstrap-summary"] = ("bootstrap-summary", {"artifact_path": ARTIFACTS["pickle"]})
    cases["bootstrap-summary-json"] = (
        "bootstrap-summary",
        {"artifact_path": "boot.json", "options": {"level": 0.9, "metrics": ["auroc", "brier"], "max_drawn": 5}},
    )
    cases["leaderboard-minimize"] = (
        "leaderboard",
        {"options": {"metric": "brier", "direction": "minimize", "top": 5, "metrics": ["auroc"], "max_params": 3}},
    )
    cases["leaderboard-choosing"] = ("leaderboard", {"runs": (), "order_by": (), "filter": ""})
    varied = (
        a_run(1, "first", params={"lr": "0.1", "model": "forest"}, metrics={"auroc": 0.9, "loss": 0.3}),
        a_run(2, "second", params={"lr": "0.01", "model": "boost"}, metrics={"auroc": 0.8, "loss": 0.4}),
    )
    cases["scatter-log"] = (
        "scatter",
        {"runs": varied, "options": {"x": "params.lr", "log_x": True, "log_y": True, "labels": False}},
    )
    cases["parallel-coordinates-chosen"] = (
        "parallel-coordinates",
        {"runs": varied, "options": {"params": ["lr"], "metrics": ["loss"], "color": "loss", "log": ["lr"]}},
    )
    for library in ("plotly", "altair"):
        for recipe in ("scatter", "parallel-coordinates", "compare-metrics", "metric-history"):
            cases[f"{recipe}-{library}"] = (recipe, {"options": {"library": library}})
    cases["export-duckdb-runs-only"] = (
        "export-duckdb",
        {"filter": "", "options": {"file": "exports/churn.duckdb", "history": False, "artifacts": False}},
    )
    for kind, path in ARTIFACTS.items():
        cases[f"load-artifact-{kind}"] = ("load-artifact", {"artifact_path": path})
    cases["load-artifact-directory"] = ("load-artifact", {"artifact_path": "plots", "artifact_is_dir": True})
    cases["load-artifact-in-place"] = (
        "load-artifact",
        {"artifact_path": "odd #1?.csv", "runs": (a_run(1, "odd", artifact_uri="file:///data/a%20b/artifacts"),)},
    )
    model = LoggedModel(model_id="m-00c0ffee", name="net", artifact_location="/data/models/m-00c0ffee/artifacts")
    cases["load-artifact-of-model"] = ("load-artifact", {"artifact_path": "MLmodel", "model": model})
    cases["load-artifact-of-model-directory"] = (
        "load-artifact",
        {"artifact_path": "data", "artifact_is_dir": True, "model": model, "runs": ()},
    )
    cases["load-artifact-of-model-in-place"] = ("load-artifact", {"artifact_path": "odd #1.csv", "model": model})
    return cases


def as_markdown(cells: list[nbformat.NotebookNode]) -> str:
    """Return cells as one readable page."""
    parts = [f"```python\n{cell.source}\n```" if cell.cell_type == "code" else cell.source for cell in cells]
    return "\n\n".join(parts) + "\n"


@pytest.mark.parametrize("case", golden_cases())
def test_cells_are_as_recorded(case: str) -> None:
    """Set UPDATE_GOLDEN=1 to record them anew, then read the difference."""
    recipe, fields = golden_cases()[case]
    page = as_markdown(render(recipe, a_selection(recipe, **fields)))
    path = GOLDEN / f"{case}.md"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(page, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == page


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.md")} == set(golden_cases())


def test_lines_of_code_are_at_most_100_columns() -> None:
    for recipe, fields in golden_cases().values():
        for cell in render(recipe, a_selection(recipe, **fields)):
            for line in cell.source.splitlines():
                # A message or an id cannot be broken.
                assert len(line) <= 100 or line.count('"') == 2 or line.lstrip().startswith("print("), line


@pytest.mark.parametrize("name", RECIPES)
def test_cells_are_valid_compile_and_pass_ipython_unchanged(name: str) -> None:
    notebook = nbformat.v4.new_notebook(cells=render(name, a_selection(name), setup=True))
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            compile(cell.source, name, "exec")
            assert TransformerManager().transform_cell(cell.source).rstrip("\n") == cell.source


def test_the_artifact_of_a_model_is_marked_with_it() -> None:
    model = LoggedModel(model_id="m-1", name="x'\n\"")
    mark = render("load-artifact", a_selection("load-artifact", model=model))[0].metadata[METADATA_KEY]
    assert (mark["model_id"], mark["artifact_path"]) == ("m-1", "tables/scores.csv")
    assert "model_id" not in render("load-artifact", a_selection("load-artifact"))[0].metadata[METADATA_KEY]


@pytest.mark.parametrize("name", RECIPES)
def test_cells_are_deterministic_and_marked(name: str) -> None:
    selection = a_selection(name)
    cells = render(name, selection)
    assert cells == render(name, selection)
    recipe = RECIPES[name]
    for part, cell in enumerate(cells):
        mark = cell.metadata[METADATA_KEY]
        assert mark["recipe"] == name
        assert mark["version"] == recipe.version
        assert mark["connection"] == "local"
        assert mark["run_ids"] == (
            [run.run_id for run in selection.runs] if "run" in recipe.needs or recipe.needs == "artifact" else []
        )
        assert (mark["part"], mark["parts"]) == (part, len(cells))
        assert mark["source_hash"] == source_hash(cell.source)
        assert ("artifact_path" in mark) == (recipe.needs == "artifact")
        assert (
            ("filter" in mark) == ("experiment_ids" in mark) == ("order_by" in mark) == (recipe.needs == "experiments")
        )
        Draft202012Validator(recipe.info.options).validate(mark["options"])
    assert len({cell.id for cell in cells}) == len(cells)


def test_ids_depend_on_what_was_chosen() -> None:
    ids = {
        cell.id
        for fields in (
            {},
            {"connection_id": "other"},
            {"runs": (a_run(1, "x"),)},
            {"options": {"direction": "minimize"}},
        )
        for cell in render("compare-runs", a_selection("compare-runs", **fields))
    }
    assert len(ids) == 16


def test_a_source_hash_is_fnv_1a_of_the_utf8_bytes() -> None:
    # Test vectors of the FNV reference: http://www.isthe.com/chongo/tech/comp/fnv/
    assert source_hash("") == "cbf29ce484222325"
    assert source_hash("a") == "af63dc4c8601ec8c"
    assert source_hash("foobar") == "85944171f73967e8"
    assert source_hash("é") != source_hash("e")


def test_setup_comes_first_and_once() -> None:
    recipes = [c.metadata[METADATA_KEY]["recipe"] for c in render("load-run", a_selection("load-run"), setup=True)]
    assert recipes == ["setup", "load-run"]
    assert len(render("setup", a_selection("setup"), setup=True)) == 1


@pytest.mark.parametrize("name", RECIPES)
def test_options_schema_accepts_its_defaults_and_nothing_unknown(name: str) -> None:
    schema = RECIPES[name].info.options
    Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    Draft202012Validator(schema).validate({key: value["default"] for key, value in schema["properties"].items()})
    for value in schema["properties"].values():
        assert value["description"]


def test_an_unknown_recipe_is_not_found_and_the_known_ones_are_named() -> None:
    with pytest.raises(NotFound, match=r"'nope'.*setup, load-run.*load-artifact"):
        render("nope", a_selection("setup"))


TWO = (a_run(1, "a"), a_run(2, "b"))


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("load-run", {"runs": ()}, "load-run needs 1 run; none selected"),
        ("load-run", {"runs": TWO}, "load-run takes at most 1 run; 2 are selected"),
        ("run-summary", {"runs": ()}, "run-summary needs at least 1 run"),
        ("compare-runs", {"runs": ()}, "compare-runs needs at least 1 run; none selected"),
        ("compare-runs", {"runs": (TWO[0], TWO[0])}, "a run is selected twice"),
        ("metric-history", {"runs": ()}, "metric-history needs at least 1 run"),
        ("compare-metrics", {"runs": ()}, "compare-metrics needs at least 1 run"),
        ("search-runs", {"experiments": ()}, "search-runs needs an experiment"),
        ("load-artifact", {"runs": ()}, "load-artifact needs 1 run"),
        ("load-artifact", {"artifact_path": None}, "load-artifact needs an artifact path"),
        ("load-artifact", {"artifact_path": "../secret#"}, "inside the run's artifacts"),
        ("load-artifact", {"artifact_path": "/etc/passwd"}, "inside the run's artifacts"),
        ("load-artifact", {"artifact_path": "a\ud800"}, "artifact_path holds a character that is not valid Unicode"),
        ("setup", {"options": {"x": 1}}, "setup has no option 'x'"),
        ("compare-runs", {"options": {"directions": "auto"}}, "no option 'directions'.*direction, metrics, max_rows"),
        ("compare-runs", {"options": {"direction": "up"}}, "Option 'direction' of recipe compare-runs"),
        ("compare-runs", {"options": {"max_rows": "5"}}, "Option 'max_rows' of recipe compare-runs"),
        ("compare-runs", {"options": {"max_rows": True}}, "Option 'max_rows' of recipe compare-runs"),
        ("compare-runs", {"options": {"max_rows": 0}}, "Option 'max_rows' of recipe compare-runs"),
        ("compare-runs", {"options": {"metrics": "auc"}}, "Option 'metrics' of recipe compare-runs"),
        ("compare-runs", {"options": {"metrics": [1]}}, r"Option 'metrics\.0' of recipe compare-runs"),
        ("compare-metrics", {"options": {"x": "epoch"}}, "Option 'x' of recipe compare-metrics"),
        ("search-runs", {"options": {"max_results": 1.5}}, "Option 'max_results' of recipe search-runs"),
        ("leaderboard", {"experiments": ()}, "leaderboard needs an experiment"),
        ("leaderboard", {"options": {"top": 0}}, "Option 'top' of recipe leaderboard"),
        ("scatter", {"runs": ()}, "scatter needs at least 1 run"),
        ("scatter", {"options": {"x": "lr"}}, "Option 'x' of recipe scatter"),
        ("scatter", {"options": {"color": "attributes.artifact_uri"}}, "Option 'color' of recipe scatter"),
        ("scatter", {"options": {"library": "bokeh"}}, "Option 'library' of recipe scatter"),
        ("parallel-coordinates", {"runs": TWO}, "parallel-coordinates: the runs have no metric with a finite value"),
        ("export-duckdb", {"experiments": ()}, "export-duckdb needs an experiment"),
        ("export-duckdb", {"options": {"file": "../x.duckdb"}}, "in the notebook's folder or below"),
        ("export-duckdb", {"options": {"file": "/tmp/x.duckdb"}}, "in the notebook's folder or below"),
        ("export-duckdb", {"options": {"file": "a\\..\\x.duckdb"}}, "in the notebook's folder or below"),
        ("export-duckdb", {"options": {"file": "C:x.duckdb"}}, "in the notebook's folder or below"),
        ("load-artifact", {"options": {"kind": "exe"}}, "Option 'kind' of recipe load-artifact"),
    ],
)
def test_what_does_not_suit_is_named(name: str, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        render(name, a_selection(name, **fields))


def shape(source: str) -> str:
    """Return the syntax tree with every text constant blanked."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


# What pydantic would refuse cannot be a name.
valid = anything.filter(lambda text: not re.search("[\ud800-\udfff]", text))


@pytest.mark.parametrize("name", RECIPES)
@settings(max_examples=40)
@given(data=st.data())
def test_hostile_names_change_text_constants_only(name: str, data: st.DataObject) -> None:
    """The code has the syntax tree that harmless names give; prose has the tags that harmless names give."""

    def fields(text: Any) -> dict[str, Any]:
        runs = tuple(
            a_run(number, text(), metrics={"auroc": 1.0}, params={text(): text()}, note=text(), experiment_id=text())
            for number in range(1, 2 if RECIPES[name].max_runs == 1 else 3)
        )
        if len(runs) == 2:
            runs = (runs[0], runs[1].model_copy(update={"experiment_id": runs[0].experiment_id}))
        return {
            "runs": runs,
            "connection_name": text(),
            "experiments": (an_experiment("1", text()), an_experiment("2" + text(), text())),
            "filter": "x" + text(),
            "order_by": ("x" + text(),),
            "artifact_path": text().replace("..", "").lstrip("/") + "x.csv",
            "tracking_uri": "/" + text(),
        }

    hostile = render(name, a_selection(name, **fields(lambda: data.draw(valid))), setup=True)
    harmless = render(name, a_selection(name, **fields(lambda: "harmless")), setup=True)
    assert len(hostile) == len(harmless)
    for cell, other in zip(hostile, harmless, strict=True):
        cell.source.encode()
        if cell.cell_type == "code":
            assert shape(cell.source) == shape(other.source)
            assert TransformerManager().transform_cell(cell.source).rstrip("\n") == cell.source
        else:
            for page, plain in zip(rendered(cell.source), rendered(other.source), strict=True):
                assert set(page.tags) <= set(plain.tags) | {"em"}


@given(valid, valid)
def test_a_notebook_is_valid_and_its_title_is_text(title: str, name: str) -> None:
    selection = a_selection("compare-runs", connection_name=name)
    cells = render("compare-runs", selection, setup=True)
    notebook = build_notebook(title, selection, [*cells, *cells], created_ms=1_700_000_000_000)
    nbformat.validate(notebook)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells) == 1 + 2 * len(cells)
    assert "Created: 2023-11-14 22:13 UTC" in notebook.cells[0].source
    for page in rendered(notebook.cells[0].source):
        assert set(page.tags) <= {"h1", "@id", "ul", "li", "p", "code", "em", "a", "@href", "@class"}
        assert page.tags.count("li") == 4


def test_importing_cells_loads_no_mlflow_no_web_stack_and_no_sql() -> None:
    program = "import sys, jupyter_mlflow_explorer.cells; print(' '.join(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in answer.stdout.split()}
    assert "nbformat" in loaded
    assert not loaded & {"mlflow", "tornado", "jupyter_server", "sqlalchemy", "httpx", "pandas"}
