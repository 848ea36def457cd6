"""The demo through a real tracking server, with artifacts sent over HTTP, from the command line."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlflow_explorer.demo import hostile
from jupyter_mlflow_explorer.demo.files import ONLY_LOCAL

from .test_store import walk

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `mlflow server` on a new SQLite store."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = ["mlflow", "server", "--workers", "1", "--port", str(port), "--host", "127.0.0.1"]
    command += [
        "--backend-store-uri",
        f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination",
        str(folder / "files"),
    ]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/health", timeout=2).close()
                break
            except (urllib.error.URLError, OSError):
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.5)
        yield address
    finally:
        # The server starts workers of its own; all are in its process group.
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def test_a_demo_on_a_server_has_runs_and_artifacts(server: str, tmp_path: Path) -> None:
    def explorer(*arguments: str) -> str:
        command = [sys.executable, "-m", "jupyter_mlflow_explorer", *arguments, "--tracking-uri", server]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    created = json.loads(explorer("demo", "--runs", "4", "--json"))
    found = json.loads(explorer("runs", "--json"))["runs"]
    assert {run["run_id"] for run in found} == set(created["run_ids"])
    (odd,) = (run for run in found if run["run_name"] == hostile.NAME)
    assert odd["params"] == hostile.PARAMS
    assert odd["metrics"]["not a number"] == "NaN"

    import mlflow

    paths = set(walk(mlflow.MlflowClient(tracking_uri=server), created["run_ids"][0]))
    assert {"plots/confusion_matrix.png", "deep/er/est/notes.txt", "odd names/with space.txt", "empty.txt"} <= paths
    # MLflow's client would have cut these names short.
    assert not paths & set(ONLY_LOCAL)
    assert list(tmp_path.iterdir()) == []
