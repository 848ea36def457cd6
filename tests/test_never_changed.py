"""Looking changes nothing: every route and every command, on each kind of store, before and after.

The same server process shows that none of its routes imports MLflow.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import click
import psutil
import pytest

from jupyter_mlflow_explorer.cli.main import main
from jupyter_mlflow_explorer.demo.plan import EXPERIMENT_NOTES
from jupyter_mlflow_explorer.handlers import ROUTES

from .stores.install import install_plugin
from .stores.jupyter import Jupyter, jupyter_server
from .stores.server import mlflow_server
from .stores.watched import look

HERE = Path(__file__).parent
KINDS = ("rollback", "wal", "files", "mlflow-2.22", "mlflow-3.18", "plugin", "server")

#: Written into `sitecustomize`: tells which processes import MLflow.
TELLTALE = """
import os, sys

class Telltale:
    def find_spec(self, name, path=None, target=None):
        if name == "mlflow":
            with open(os.environ["MLFLOW_IMPORTS"], "a") as log:
                log.write(f"{os.getpid()}\\n")

sys.meta_path.insert(0, Telltale())
"""


@dataclass
class Place:
    """A store: what to connect to, the folder to watch, and what is in it."""

    uri: str
    folder: Path
    experiment: str
    run: str
    model: str | None = None
    artifact: str | None = None
    #: What artifacts are answered with.
    status: int = 200


def fill(client: Any, artifacts: str) -> tuple[str, str, str]:
    """Write an experiment of each name that the demo has; return ids of an experiment, a run and a logged model."""
    from mlflow.entities import Metric

    for name in EXPERIMENT_NOTES:
        experiment = client.create_experiment(name, f"{artifacts}/{len(name)}")
    run = client.create_run(experiment, run_name="one")
    client.log_batch(run.info.run_id, metrics=[Metric("acc", step / 7, 1_700_000_000_000, step) for step in range(9)])
    client.log_param(run.info.run_id, "lr", "0.1")
    client.log_text(run.info.run_id, "a,b\n1,2\n", "table.csv")
    model = client.create_logged_model(experiment, name="net", source_run_id=run.info.run_id)
    client.log_model_artifacts(model.model_id, str(HERE / "stores"))
    client.set_terminated(run.info.run_id)
    child = client.create_run(experiment, tags={"mlflow.parentRunId": run.info.run_id})
    client.delete_run(child.info.run_id)
    return experiment, run.info.run_id, model.model_id


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Place]]:
    from mlflow import MlflowClient

    found: dict[str, Place] = {}

    def at(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        folder.chmod(0o755)
        return folder

    with mock.patch.dict(os.environ, MLFLOW_ALLOW_FILE_STORE="true", MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false"):
        folder = at("rollback")
        ids = fill(MlflowClient(f"sqlite:///{folder}/mlflow.db"), f"{folder}/artifacts")
        found["rollback"] = Place(f"sqlite:///{folder}/mlflow.db", folder, *ids, artifact="table.csv")
        wal = at("wal")
        shutil.copy(folder / "mlflow.db", wal / "mlflow.db")
        connection = sqlite3.connect(wal / "mlflow.db")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
        found["wal"] = Place(f"sqlite:///{wal}/mlflow.db", wal, *ids, artifact="table.csv")
        folder = at("files")
        ids = fill(MlflowClient(f"{folder}/mlruns"), f"{folder}/artifacts")
        found["files"] = Place(f"file://{folder}/mlruns", folder, *ids, artifact="table.csv")
    for version in ("2.22.5", "3.18.0"):
        folder = at(f"mlflow-{version}")
        with tarfile.open(HERE / "versions" / f"mlflow-{version}.tar.gz") as archive:
            archive.extractall(folder, filter="data")
        shutil.rmtree(folder / "mlruns")
        connection = sqlite3.connect(folder / "mlflow.db")
        # Named as the demo's, so that the demo finds that it is there already.
        connection.execute("UPDATE experiments SET name = ? WHERE name = 'first'", [next(iter(EXPERIMENT_NOTES))])
        connection.commit()
        experiment, run = connection.execute("SELECT experiment_id, run_uuid FROM runs LIMIT 1").fetchone()
        connection.close()
        found[f"mlflow-{version[:4]}"] = Place(
            f"sqlite:///{folder}/mlflow.db", folder, str(experiment), run, status=404
        )
    folder = at("plugin")
    shutil.copy(found["rollback"].folder / "mlflow.db", folder / "mlflow.db")
    ids = (found["rollback"].experiment, found["rollback"].run, found["rollback"].model)
    # The plugin's store may be remote, so the folders that it announces are not opened.
    found["plugin"] = Place(f"explorer-test://{folder}/mlflow.db", folder, *ids, artifact="table.csv", status=501)
    folder = at("server")
    with mlflow_server(folder, folder / "served") as address:
        ids = fill(MlflowClient(address), "mlflow-artifacts:")
        (folder / "server.log").unlink()  # The server's own notes on our requests.
        found["server"] = Place(address, folder, *ids, artifact="table.csv")
        yield found


@pytest.fixture(scope="module")
def imports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PYTHONPATH whose `sitecustomize` notes who imports MLflow in the file `log`."""
    folder = tmp_path_factory.mktemp("telltale")
    (folder / "sitecustomize.py").write_text(TELLTALE)
    return folder


@pytest.fixture(scope="module")
def environment(imports: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables for the processes that look."""
    plugin = install_plugin(tmp_path_factory.mktemp("installed"))
    path = os.pathsep.join(filter(None, [str(imports), str(plugin), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path, "MLFLOW_IMPORTS": str(imports / "log")}


@pytest.fixture(scope="module")
def server(
    places: dict[str, Place], environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Jupyter]:
    connections = {name.replace(".", "-"): place.uri for name, place in places.items()}
    with jupyter_server(tmp_path_factory.mktemp("jupyter"), connections, environment) as running:
        yield running


def requests(name: str, place: Place) -> dict[str, list[tuple[str, str, dict[str, Any], Any]]]:
    """Return requests (method, route, query, body) for each route, by its pattern."""
    connection = name.replace(".", "-")
    here = {"connection": connection}
    cells = {"recipe": "run-summary", "connection": connection, "run_ids": [place.run], "setup": True}
    whole = {"connection": connection, "experiment_ids": [place.experiment], "max_runs": 2}
    artifact, run, experiment = place.artifact or "nothing", place.run, place.experiment
    drive = f"{connection}/{run}/{artifact}"
    model = place.model or "m-none"
    generated = {"cell_type": "code", "source": "x", "metadata": {"jupyter_mlflow_explorer": {**cells, "part": 0}}}
    # The store is read, then the option refused: a kernel opens stores as MLflow does, which is not shown here.
    report = {**cells, "title": f"on {name}", "options": {"none": 1}}
    search = {**here, "experiment_id": experiment}
    return {
        r"status/?": [("GET", "status", here, None)],
        r"connections/?": [("GET", "connections", {}, None)],
        r"connections/([^/]+)": [("DELETE", f"connections/{connection}", {}, None)],
        r"connections/([^/]+)/check": [("GET", f"connections/{connection}/check", {}, None)],
        r"experiments/?": [("GET", "experiments", {**here, "view": "all", "filter": "name LIKE '%'"}, None)],
        r"experiments/([^/]+)": [("GET", f"experiments/{experiment}", here, None)],
        r"runs/?": [
            ("GET", "runs", {**search, "view": "all"}, None),
            ("GET", "runs", {**search, "filter": "metrics.acc > 0", "order_by": "params.lr", "max_results": 1}, None),
            ("GET", "runs", {**search, "search": "one"}, None),
        ],
        r"runs/table": [("GET", "runs/table", {**search, "columns": ["metrics.acc", "params.lr"]}, None)],
        r"runs/columns": [("GET", "runs/columns", search, None)],
        r"runs/([^/]+)": [("GET", f"runs/{run}", here, None), ("GET", "runs/none", here, None)],
        r"runs/([^/]+)/artifacts": [("GET", f"runs/{run}/artifacts", here, None)],
        r"runs/([^/]+)/artifacts/content": [
            (method, f"runs/{run}/artifacts/content", {**here, "path": artifact}, None) for method in ("GET", "HEAD")
        ],
        r"logged-models/([^/]+)/artifacts": [("GET", f"logged-models/{model}/artifacts", here, None)],
        r"logged-models/([^/]+)/artifacts/content": [
            (method, f"logged-models/{model}/artifacts/content", {**here, "path": "seed.py"}, None)
            for method in ("GET", "HEAD")
        ],
        r"metrics/?": [("GET", "metrics", {**here, "run_id": run, "key": ["acc", "curve"], "max_points": 5}, None)],
        r"contents/?(.*)": [
            ("GET", f"contents/{path}", {}, None)
            for path in ("", connection, f"{connection}/{run}", drive, f"{connection}/models/{model}")
        ],
        r"files/(.+)": [(method, f"files/{drive}", {}, None) for method in ("GET", "HEAD")],
        r"recipes/?": [("GET", "recipes", {}, None)],
        r"templates/?": [("GET", "templates", {}, None)],
        r"cells/?": [("POST", "cells", {}, cells)],
        r"cells/refresh": [("POST", "cells/refresh", {}, {"cells": [generated]})],
        r"notebooks/?": [
            ("POST", "notebooks", {}, {**cells, "title": f"of {name}"}),
            ("POST", "notebooks", {}, {**whole, "title": f"all of {name}"}),
        ],
        r"reports/?": [("GET", "reports", {}, None), ("POST", "reports", {}, {"notebook": report})],
        r"reports/([^/]+)": [("GET", "reports/none", {}, None), ("DELETE", "reports/none", {}, None)],
        r"openapi\.json": [("GET", "openapi.json", {}, None)],
        r"docs/?": [("GET", "docs", {}, None)],
    }


def test_every_route_is_asked(places: dict[str, Place]) -> None:
    assert tuple(places) == KINDS
    assert set(requests("x", places["rollback"])) == {pattern for pattern, _ in ROUTES}


@pytest.mark.parametrize("kind", KINDS)
def test_no_route_changes_the_store(server: Jupyter, places: dict[str, Place], kind: str) -> None:
    place = places[kind]
    before = look(place.folder)
    statuses: dict[str, list[int]] = {}
    for pattern, asked in requests(kind, place).items():
        statuses[pattern] = [server.ask(*one).status for one in asked]
    assert look(place.folder) == before
    # Otherwise this would show that refusing changes nothing.
    expected = {pattern: [200] * len(asked) for pattern, asked in requests(kind, place).items()}
    expected[r"connections/([^/]+)"] = [403]
    expected[r"runs/([^/]+)"] = [200, 404]
    expected[r"notebooks/?"] = [201, 201]
    expected[r"reports/?"] = [200, 202]
    expected[r"reports/([^/]+)"] = [404, 404]
    for pattern in expected:
        if "artifacts" in pattern or pattern == r"files/(.+)":
            expected[pattern] = [place.status] * len(expected[pattern])
    if place.artifact is None:
        expected[r"runs/([^/]+)/artifacts"] = [200]  # There is a place for them, with nothing in it.
    expected[r"contents/?(.*)"] = [200, 200, expected[r"runs/([^/]+)/artifacts"][0], place.status, place.status]
    assert statuses == expected


#: Arguments of each command; those that write find that their samples are there, and leave it at that.
COMMANDS: dict[str, list[str]] = {
    "demo": ["--runs", "2"],
    "create-demo-runs": ["2"],
    "experiments": ["--view", "all", "--json"],
    "notebook": ["--experiment", "{experiment}", "--output", "{output}", "--force"],
    "create-observation-notebook": ["--run", "{run}", "--output", "{output}", "--force"],
    "refresh": ["{output}", "--overwrite-edited"],
    "export": ["--format", "duckdb", "--output", "{output}.duckdb", "--force"],
    "report": ["--run", "{run}", "--no-execute", "--output", "{output}.html", "--force"],
    "runs": ["--experiment", "{experiment}", "--filter", "metrics.acc > 0", "--view", "all", "--json"],
}


def test_every_command_is_tried() -> None:
    assert isinstance(main, click.Group)
    assert set(COMMANDS) == set(main.commands)


@pytest.mark.parametrize("kind", KINDS)
def test_no_command_changes_the_store(
    places: dict[str, Place], environment: dict[str, str], kind: str, tmp_path: Path
) -> None:
    place = places[kind]
    before = look(place.folder)
    for name, arguments in COMMANDS.items():
        names = {"experiment": place.experiment, "run": place.run, "output": tmp_path / "runs.ipynb"}
        filled = [argument.format(**names) for argument in arguments]
        command = [sys.executable, "-m", "jupyter_mlflow_explorer", name, *filled, "--tracking-uri", place.uri]
        done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        assert name not in ("demo", "create-demo-runs") or "exists already" in done.stderr
    assert look(place.folder) == before


def test_no_route_imports_mlflow(server: Jupyter, places: dict[str, Place], imports: Path) -> None:
    """Whoever imports MLflow is noted: the children that read through the plugin, and never the server itself."""
    (imports / "log").unlink(missing_ok=True)
    for kind, place in places.items():
        for asked in requests(kind, place).values():
            for one in asked:
                server.ask(*one)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(server.children()[0]).kill()
    assert server.ask("GET", "experiments", {"connection": "plugin"}).status in (200, 502)
    assert server.ask("GET", "experiments", {"connection": "plugin"}).status == 200
    noted = {int(pid) for pid in (imports / "log").read_text().split()}
    assert noted == set(server.children())
    assert server.pid not in noted
