"""Pictures the outputs of every built-in recipe for `docs/recipes.md`, from the sample store. Takes a few minutes.

usage: python scripts/recipe_pictures.py [--store FOLDER] [RECIPE…]

The cells are written as the terminal writes them, run in one kernel, exported by nbconvert in JupyterLab's light theme
and drawn by Chromium. Needs what `make test` installs. MLflow chooses the runs' ids, so those in the pictures change.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import HTMLExporter
from PIL import Image, ImageChops

from jupyter_mlflow_explorer.cells import METADATA_KEY, RECIPES, Selection, render
from jupyter_mlflow_explorer.cli.connecting import with_store
from jupyter_mlflow_explorer.demo.plan import CLASSIFIERS, NETWORKS
from jupyter_mlflow_explorer.reports.browser import find_chromium
from jupyter_mlflow_explorer.reports.execute import execute
from jupyter_mlflow_explorer.tracking.store import ExperimentsQuery, RunsQuery, TrackingStore

TARGET = Path(__file__).resolve().parents[1] / "docs" / "images" / "recipes"
#: Pixels.
WIDTH = 700
LARGEST_BYTES = 40_000
_TALLEST = 6000
_MARGIN = 12
#: Stands for the folder of the store, which is another one each time.
PLACE = "/home/ada/project"
RUNS = 64

NAMING = {"pattern": "{featurization}__{outlier}__{imputation}__{classifier}"}
FINISHED = "attributes.status = 'FINISHED' AND attributes.run_name LIKE "


@dataclass(frozen=True)
class Chosen:
    """What a recipe is pictured with: the first `runs` runs of a search, options, artifact, and the page's width."""

    runs: int = 0
    experiment: str = CLASSIFIERS
    filter: str = f"{FINISHED}'simple%'"
    order_by: tuple[str, ...] = ("metrics.auroc DESC",)
    options: Mapping[str, Any] = field(default_factory=dict)
    artifact: str | None = None
    #: Pixels that the page has; a wider one is made smaller, for tables that need room.
    page: int = WIDTH
    #: Whether the heading is pictured, which lists up to 20 runs.
    heading: bool = True
    store: str = "sqlite"


#: The run with all kinds of artifacts, and one whose model takes a table that is narrow enough for a picture.
RICHEST = Chosen(1, filter="attributes.run_name = 'simple__IQR-clip__median__LogReg'")
IRISES = Chosen(1, "Irises", "")


def of_networks(runs: int, epochs: str, page: int = WIDTH, **options: Any) -> Chosen:
    """Choose networks that were trained for so many epochs, a condition of the filter."""
    text = f"{FINISHED}'mlp%' AND params.epochs {epochs}"
    return Chosen(runs, NETWORKS, text, ("attributes.start_time DESC",), options=options, page=page)


PICTURES: dict[str, Chosen] = {
    "setup": Chosen(),
    "load-run": Chosen(1),
    "run-summary": Chosen(1),
    "overview": of_networks(4, "= '15'", page=1000),
    "metric-history": of_networks(3, "= '40'", keys=["val_loss"]),
    "compare-runs": Chosen(
        3,
        filter="params.imputation_method = 'iterative'",
        options={"metrics": ["auroc", "brier", "accuracy"]},
        page=850,
    ),
    "compare-metrics": of_networks(8, "!= '8'", keys=["val_loss"], log=True, group_by="params.learning_rate"),
    "distributions": Chosen(
        RUNS,
        options={"metrics": ["auroc", "brier"], "bins": 12, "group_by": "params.outlier_method"},
        heading=False,
    ),
    "group-runs": Chosen(
        RUNS, options={"naming": NAMING, "group_by": ["derived.classifier"], "metrics": ["auroc"]}, heading=False
    ),
    "scatter": Chosen(
        RUNS,
        options={
            "naming": NAMING,
            "x": "metrics.brier",
            "y": "metrics.auroc",
            "color": "derived.classifier",
            "labels": False,
        },
        heading=False,
    ),
    "parallel-coordinates": Chosen(
        RUNS,
        options={
            "params": ["outlier_method", "imputation_method", "classifier"],
            "metrics": ["brier", "auroc"],
            "color": "auroc",
        },
        heading=False,
    ),
    # As wide as its first columns: no page has room for all.
    "search-runs": Chosen(options={"max_results": 4}, page=914),
    "leaderboard": Chosen(options={"top": 6, "metrics": ["brier"], "metric": "auroc", "max_params": 1}, page=900),
    "export-duckdb": Chosen(),
    "load-artifact": Chosen(1, artifact="plots/confusion_matrix.png"),
    "collect-artifact": Chosen(4, artifact="tables/predictions.csv"),
    "bootstrap-summary": Chosen(3, artifact="bootstrap_results.pkl", options={"metrics": ["auroc"]}, page=950),
    "load-model": IRISES,
    "predict": IRISES,
    "reproduce": RICHEST,
    "migrate-file-store": Chosen(store="files"),
}

_LOG_IRISES = """
from pathlib import Path

import mlflow
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

features, species = load_iris(return_X_y=True, as_frame=True)
model = LogisticRegression(max_iter=1000).fit(features, species)
experiment_id = mlflow.create_experiment("Irises", artifact_location=str(Path.cwd() / "mlartifacts" / "irises"))
with mlflow.start_run(experiment_id=experiment_id, run_name="LogReg"):
    mlflow.sklearn.log_model(model, name="irises", input_example=features[::30], pip_requirements=["scikit-learn"])
"""


def seed(folder: Path) -> dict[str, str]:
    """Make the sample stores in `folder`, unless they are there; return their tracking URIs by kind."""
    uris = {"sqlite": f"sqlite:///{folder / 'mlflow.db'}", "files": (folder / "mlruns").as_uri()}
    if not (folder / "mlflow.db").exists():
        # A process for each: MLflow's fluent interface knows one store a process.
        demo = ["-m", "jupyter_mlflow_explorer", "demo", "--seed=0"]
        for uri, command in (
            (uris["sqlite"], [*demo, f"--runs={RUNS}"]),
            (uris["files"], [*demo, "--runs=12"]),
            (uris["sqlite"], ["-c", _LOG_IRISES]),
        ):
            environment = {**os.environ, "MLFLOW_TRACKING_URI": uri, "MLFLOW_ALLOW_FILE_STORE": "true"}
            subprocess.run([sys.executable, *command], check=True, cwd=folder, env=environment)
    # MLflow 3.17 cannot migrate a run whose metrics were logged again with its model: "UNIQUE constraint failed".
    for model in (folder / "mlruns").glob("*/models/*/meta.yaml"):
        owner = re.search(r"^source_run_id: (\w+)$", model.read_text(), flags=re.MULTILINE)
        assert owner is not None, model
        shutil.rmtree(model.parents[2] / owner[1])
        shutil.rmtree(model.parents[1])
    for left_over in ("mlflow-migrated.db", "mlflow-runs.duckdb"):
        (folder / left_over).unlink(missing_ok=True)
    return uris


def select(chosen: Chosen, uri: str) -> Selection:
    """Read what was chosen, as the terminal does."""

    async def ask(store: TrackingStore) -> Selection:
        found = await store.experiments(ExperimentsQuery())
        experiments = tuple(one for one in found.experiments if one.name == chosen.experiment)
        query = RunsQuery(
            tuple(one.experiment_id for one in experiments),
            filter=chosen.filter,
            order_by=chosen.order_by,
            max_results=max(chosen.runs, 1),
        )
        runs = tuple((await store.runs(query)).runs) if chosen.runs else ()
        return Selection(
            "demo",
            "Demo",
            store.kind,
            uri,
            experiments=experiments,
            runs=runs,
            artifact_path=chosen.artifact,
            filter=chosen.filter,
            order_by=chosen.order_by,
            options=chosen.options,
        )

    return with_store(uri, ask)


def run(names: Sequence[str], uris: Mapping[str, str], folder: Path) -> dict[str, list[Any]]:
    """Return the executed cells by recipe."""
    cells = render("setup", select(Chosen(), uris["sqlite"]))
    for name in names:
        if name != "setup":
            cells += render(name, select(PICTURES[name], uris[PICTURES[name].store]))
    notebook = nbformat.v4.new_notebook(cells=cells)
    execute(notebook, folder, progress=lambda done, total: print(f"cell {done} of {total}", flush=True))
    by_recipe: dict[str, list[Any]] = {}
    for cell in notebook.cells:
        by_recipe.setdefault(cell.metadata[METADATA_KEY]["recipe"], []).append(cell)
    return by_recipe


def without_warnings(name: str, cells: Sequence[Any], *, heading: bool) -> list[Any]:
    """Return what is pictured of the cells. Warnings and progress bars are left out, and printed here."""
    pictured = []
    for cell in cells:
        if cell.cell_type == "code":
            for output in cell.outputs:
                if output.get("name") == "stderr":
                    print(f"Left out of {name}: {output.text}", file=sys.stderr)
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        if heading or cell.cell_type == "code":
            pictured.append(cell)
    return pictured


_STYLE = f"""<style>
body {{ padding: {_MARGIN}px !important; margin: 0 !important; overflow: hidden; }}
.jp-Cell {{ padding: 0 0 4px !important; }}
.jp-Collapser, .jp-Prompt, .jp-InputPrompt, .jp-OutputPrompt, .anchor-link {{ display: none !important; }}
</style>"""


def page_of(cells: Sequence[Any], *, with_code: bool) -> str:
    """Return the cells' outputs and prose as a page."""
    exporter = HTMLExporter(template_name="lab", theme="light", exclude_input=not with_code)
    page, _ = exporter.from_notebook_node(nbformat.v4.new_notebook(cells=list(cells)))
    # What comes from other hosts is not needed, and would be waited for.
    page = re.sub(r"<script\b[^>]*\bsrc=\"https?:[^>]*></script>", "", page)
    return str(page).replace("</head>", f"{_STYLE}</head>")


def draw(page: str, width: int) -> Image.Image:
    """Return the page as a picture without the empty rest."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "page.html"), Path(folder, "page.png")
        source.write_text(page, encoding="utf-8")
        command = [find_chromium(), "--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
        command += ["--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=5000"]
        command += [f"--window-size={width},{_TALLEST}", f"--user-data-dir={folder}/profile", f"--screenshot={target}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")
        subprocess.run([*command, source.as_uri()], check=True, capture_output=True, timeout=120)
        picture = Image.open(io.BytesIO(target.read_bytes())).convert("RGB")
    box = ImageChops.difference(picture, Image.new("RGB", picture.size, "white")).getbbox()
    if box is None or box[3] == _TALLEST:
        raise SystemExit("The page is empty, or higher than the window.")
    return picture.crop((0, max(box[1] - _MARGIN, 0), width, box[3] + _MARGIN))


def write(picture: Image.Image, path: Path) -> None:
    """Write a picture of `WIDTH`, with fewer colours where it would be larger than `LARGEST_BYTES`."""
    if picture.width != WIDTH:
        picture = picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)), Image.Resampling.LANCZOS)
    for colours in (64, 32, 16, 8):
        picture.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= LARGEST_BYTES:
            break
    print(f"{path.name}: {picture.width} x {picture.height}, {colours} colours, {path.stat().st_size} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, help="keep the sample stores in this folder, for another round")
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help="picture only these")
    arguments = parser.parse_args()
    names = arguments.recipes or list(RECIPES)
    assert set(PICTURES) == set(RECIPES), set(PICTURES) ^ set(RECIPES)
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = (arguments.store or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        by_recipe = run(names, seed(folder), folder)
        for name in names:
            cells = without_warnings(name, by_recipe[name], heading=PICTURES[name].heading)
            # The setup cell has no output, so it is pictured itself.
            page = page_of(cells, with_code=name == "setup").replace(str(folder), PLACE)
            write(draw(page, PICTURES[name].page), TARGET / f"{name}.png")


if __name__ == "__main__":
    main()
