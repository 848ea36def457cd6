"""Builds the wheel from a clean export of the last commit and checks what a user gets from `pip install`.

In a new virtual environment, with nothing done by hand: the server extension is enabled, the front end is found with
its production assets, the command line answers, and a real Jupyter Server serves both.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "package-check"


def run(*command: str | Path, **kwargs: object) -> str:
    print("$", *command, flush=True)
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **kwargs)  # type: ignore[call-overload]
    if done.returncode:
        sys.exit(f"{done.stdout}\n{done.stderr}\nfailed with exit code {done.returncode}")
    return str(done.stdout + done.stderr)


def check_contents(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        text = "".join(
            archive.read(name).decode("utf-8", "replace") for name in names if name.endswith((".js", ".json", ".py"))
        )
    assert any(name.endswith("labextensions/jupyter-mlflow-explorer/static/style.js") for name in names), names
    assert any(name.endswith("jupyter_server_config.d/jupyter_mlflow_explorer.json") for name in names), names
    assert any("schemas/" in name for name in names), "no settings schema"
    wrong = [name for name in names if name.endswith(".map") or name.startswith(("tests/", "ui-tests/", "benchmarks/"))]
    assert not wrong, wrong
    assert str(ROOT) not in text, "the wheel holds a path of this machine"


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def check_server(binaries: Path, folder: Path) -> None:
    port = free_port()
    command = [binaries / "jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}"]
    command += [f"--IdentityProvider.token={TOKEN}", "--LabApp.news_url=None"]
    with open(folder / "server.log", "w") as log:
        server = subprocess.Popen([str(part) for part in command], cwd=folder, stdout=log, stderr=log)
    try:
        status = get(port, "mlflow-explorer/api/status", tries=60)
        page = get(port, "lab")
        assert json.loads(status)["version"], status
        assert "jupyter-mlflow-explorer" in page, "the page does not load the front end"
    finally:
        server.terminate()
        server.wait(20)


def get(port: int, path: str, tries: int = 1) -> str:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{path}", headers={"Authorization": f"token {TOKEN}"})
    for left in reversed(range(tries)):
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return str(answer.read().decode())
        except OSError:
            if not left:
                raise
            time.sleep(1)
    raise AssertionError("unreachable")


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        export = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(export)) as archive:
            archive.extractall(folder / "source", filter="data")
        run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", folder / "dist", folder / "source")
        (wheel,) = (folder / "dist").glob("*.whl")
        check_contents(wheel)
        venv.create(folder / "venv", with_pip=True)
        binaries = folder / "venv" / "bin"
        run(binaries / "python", "-m", "pip", "install", "--quiet", wheel, "jupyterlab>=4.5,<5")
        environment = {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}"}
        for variable in ("VIRTUAL_ENV", "PYTHONPATH", "JUPYTER_PATH", "JUPYTER_CONFIG_DIR"):
            environment.pop(variable, None)
        enabled = run(binaries / "jupyter", "server", "extension", "list", env=environment)
        assert re.search(r"jupyter_mlflow_explorer\S* \S*enabled", enabled), enabled
        found = run(binaries / "jupyter", "labextension", "list", env=environment)
        assert re.search(r"jupyter-mlflow-explorer v\S+ .*enabled.*OK", found), found
        run(binaries / "jupyter-mlflow-explorer", "--version", env=environment)
        os.environ.update(environment)
        check_server(binaries, folder)
    print("The package is whole.")


if __name__ == "__main__":
    main()
