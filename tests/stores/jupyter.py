"""Starts a Jupyter Server in a process of its own, as users have it, and asks it over HTTP."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil

from .server import free_port

_TOKEN = "test-token"


@dataclass(frozen=True)
class Answer:
    """Status and body of one answer."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Jupyter:
    """A running server."""

    address: str
    pid: int
    log: Path

    def children(self) -> list[int]:
        """Return the processes that it has started and that still run."""
        return [child.pid for child in psutil.Process(self.pid).children()]

    def ask(self, method: str, route: str, query: Mapping[str, Any] | None = None, body: Any = None) -> Answer:
        """Send one request to a route of ours."""
        url = f"{self.address}/mlflow-explorer/api/{route}"
        if query:
            url += f"?{urlencode(query, doseq=True)}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Authorization": f"token {_TOKEN}"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return Answer(response.status, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read())


@contextlib.contextmanager
def jupyter_server(
    folder: Path, connections: Mapping[str, str], environment: Mapping[str, str] | None = None
) -> Iterator[Jupyter]:
    """Serve `folder` with these connections; yields when the extension answers, and stops the server after."""
    config = folder / "config"
    config.mkdir(parents=True)
    settings = {
        "ServerApp": {
            "jpserver_extensions": {"jupyter_mlflow_explorer": True},
            "reraise_server_extension_failures": True,
        },
        "ExplorerApp": {"connections": dict(connections)},
    }
    (config / "jupyter_server_config.json").write_text(json.dumps(settings), encoding="utf-8")
    port = free_port()
    log = folder / "jupyter.log"
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root", f"--port={port}"]
    command += [f"--IdentityProvider.token={_TOKEN}", f"--ServerApp.root_dir={folder}"]
    variables = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(config),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        **(environment or {}),
    }
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=variables, stdout=output, stderr=output, start_new_session=True)
    server = Jupyter(f"http://127.0.0.1:{port}", process.pid, log)
    try:
        _wait(server, process)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(server: Jupyter, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError):
            if server.ask("GET", "status").status == 200:
                return
        time.sleep(0.2)
    raise RuntimeError(f"Jupyter Server did not start:\n{server.log.read_text()[-3000:]}")
