"""What the extension costs a Jupyter Server: start, memory, latency beside a silent store, and a 1 GiB artifact.

usage: python -m benchmarks.server [--quick] [--json FILE]

Each figure stands beside its baseline from the same run: the same server without the extension, or idle. Exits with 1
where a budget is missed; ``--quick`` starts fewer servers and sends a smaller artifact.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

import jupyter_mlflow_explorer

from . import sqlite_store

MIB = 1024 * 1024


@dataclass
class Figure:
    """One measured figure and the most that it may be."""

    name: str
    value: float
    unit: str
    most: float
    detail: str

    @property
    def is_met(self) -> bool:
        return self.value <= self.most

    def __str__(self) -> str:
        verdict = "ok" if self.is_met else "ABOVE BUDGET"
        return f"{self.name:<42}  {self.value:8.2f} {self.unit:<8} (<= {self.most:g})  {verdict:<12}  {self.detail}"


class Server:
    """One Jupyter Server in a process of its own, on a free port."""

    def __init__(self, folder: Path, *, extension: bool, connections: dict[str, str] | None = None) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        options = [
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            "--IdentityProvider.token=t",
            "--allow-root",
            "--no-browser",
            f"--ServerApp.jpserver_extensions={{'jupyter_mlflow_explorer': {extension}, 'jupyterlab': True}}",
            *(f"--ExplorerApp.connections={name}={uri}" for name, uri in (connections or {}).items()),
        ]
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *options],
            cwd=folder,
            env={**os.environ, "JUPYTER_CONFIG_DIR": str(folder / "config")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.base = f"http://127.0.0.1:{self.port}/"
        self.client = httpx.Client(base_url=self.base, headers={"Authorization": "token t"}, timeout=60)
        while True:
            with suppress(httpx.TransportError):
                if self.client.get("api").status_code == 200:
                    break
            if self.process.poll() is not None:
                raise RuntimeError("the server did not start")
            time.sleep(0.005)
        self.start_s = time.perf_counter() - began

    def memory_bytes(self) -> int:
        """Return the memory that is the process's own (RSS without shared pages)."""
        return int(psutil.Process(self.process.pid).memory_full_info().uss)

    def close(self) -> None:
        self.client.close()
        self.process.terminate()
        self.process.wait(20)


@contextmanager
def running(folder: Path, *, connections: dict[str, str] | None = None) -> Iterator[Server]:
    server = Server(folder, extension=True, connections=connections)
    try:
        yield server
    finally:
        server.close()


def start(folder: Path, repeats: int) -> list[Figure]:
    """Start servers with and without the extension in turn."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    memory: dict[bool, list[int]] = {True: [], False: []}
    for number in range(repeats + 1):
        for extension in (False, True) if number % 2 else (True, False):
            server = Server(folder, extension=extension)
            time.sleep(0.5)
            if number:  # The first pair fills the caches of the disk.
                seconds[extension].append(server.start_s)
                memory[extension].append(server.memory_bytes())
            server.close()
    with_s, without_s = (statistics.median(seconds[key]) for key in (True, False))
    with_b, without_b = (statistics.median(memory[key]) for key in (True, False))
    return [
        Figure("start, with / without", with_s / without_s, "x", 1.05, f"{with_s:.3f} s / {without_s:.3f} s"),
        Figure("memory before first use", (with_b - without_b) / MIB, "MB more", 5, f"{with_b / MIB:.1f} MB"),
    ]


def latency(folder: Path, requests: int) -> list[Figure]:
    """Time the status route while nothing happens, then while five requests wait for a silent tracking server."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with running(folder, connections={"Silent": uri}) as server:

            def times() -> list[float]:
                spent = []
                for _ in range(requests):
                    began = time.perf_counter()
                    server.client.get("mlflow-explorer/api/status").raise_for_status()
                    spent.append(time.perf_counter() - began)
                return spent

            def wait() -> None:
                with suppress(httpx.TransportError):  # The server ends before the answer comes.
                    httpx.get(server.base + "mlflow-explorer/api/experiments?token=t", timeout=60)

            times()
            idle = times()
            waiting = [threading.Thread(target=wait, daemon=True) for _ in range(5)]
            for thread in waiting:
                thread.start()
            time.sleep(0.3)
            busy = times()
            if not all(thread.is_alive() for thread in waiting):
                raise RuntimeError("the silent server answered; nothing was measured")
    idle_ms, busy_ms = statistics.median(idle) * 1e3, statistics.median(busy) * 1e3
    return [
        Figure("status beside a silent store / idle", busy_ms / idle_ms, "x", 2, f"{busy_ms:.1f} / {idle_ms:.1f} ms"),
        Figure("status beside a silent store, worst", max(busy) * 1e3, "ms", 100, f"of {requests} requests"),
    ]


def artifact(folder: Path, size_bytes: int) -> list[Figure]:
    """Stream one big artifact and watch the server's memory meanwhile."""
    (run_id,) = sqlite_store.write(folder / "one.db", folder, 2)
    with running(folder, connections={"One": f"sqlite:///{folder}/one.db"}) as server:
        detail = server.client.get(f"mlflow-explorer/api/runs/{run_id}").raise_for_status().json()
        file = Path(detail["artifact_uri"].removeprefix("file://")) / "big.bin"
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "wb") as sparse:
            sparse.truncate(size_bytes)
        whole_s, first_s, grown = stream(server, run_id, size_bytes)
        file.unlink()
    name = f"artifact of {size_bytes // MIB:,} MiB"
    return [
        Figure(f"{name}, memory", grown / MIB, "MB more", 64, f"{whole_s:.1f} s for all of it"),
        Figure(f"{name}, first byte", first_s * 1e3, "ms", 200, "from a local store"),
    ]


def stream(server: Server, run_id: str, size_bytes: int) -> tuple[float, float, int]:
    """Read the run's ``big.bin``; return the seconds for all and for the first byte, and how much memory grew."""
    content = f"mlflow-explorer/api/runs/{run_id}/artifacts/content"
    server.client.head(content, params={"path": "big.bin"}).raise_for_status()
    before = peak = server.memory_bytes()
    began = time.perf_counter()
    received, first_s = 0, 0.0
    with server.client.stream("GET", content, params={"path": "big.bin"}) as answer:
        answer.raise_for_status()
        for part in answer.iter_raw(MIB):
            first_s = first_s or time.perf_counter() - began
            received += len(part)
            if received % (16 * MIB) < len(part):
                peak = max(peak, server.memory_bytes())
    whole_s = time.perf_counter() - began
    if received != size_bytes:
        raise RuntimeError(f"{received:,} of {size_bytes:,} bytes arrived")
    return whole_s, first_s, peak - before


def assets() -> list[Figure]:
    """Weigh all scripts of the front end, also those that are loaded later."""
    static = Path(jupyter_mlflow_explorer.__file__).parent / "labextension" / "static"
    scripts = sorted(static.glob("*.js"))
    if not scripts:
        raise RuntimeError("the front end is not built: make test or jlpm build:prod")
    total = sum(len(gzip.compress(script.read_bytes())) for script in scripts)
    return [Figure("JavaScript, all of it", total / 1000, "KB gzip", 100, f"{len(scripts)} files")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        figures = [
            *start(folder, 3 if options.quick else 9),
            *latency(folder, 50 if options.quick else 300),
            *artifact(folder, (64 if options.quick else 1024) * MIB),
            *assets(),
        ]
    for figure in figures:
        print(figure)
    if options.json:
        options.json.write_text(json.dumps([vars(figure) for figure in figures], indent=2))
    return 0 if options.quick or all(figure.is_met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
