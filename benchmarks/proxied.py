"""Artifacts that a tracking server hands out: a listing of many files and one big file, beside MLflow's own client.

usage: python -m benchmarks.proxied [--quick]

``http`` is the same from the tracking server with nothing of ours between. A real `mlflow server` on a SQLite store
serves both. The big file goes through Jupyter Server, whose memory is watched. Exits with 1 where a budget is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from jupyter_mlflow_explorer.tracking.rest import RestStore

from .server import MIB, Figure, running, stream
from .timing import Budget, Row, medians_s, render

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"


@contextlib.contextmanager
def tracking_server(folder: Path) -> Iterator[str]:
    """Run `mlflow server` on a new store in `folder`; its artifacts are in ``folder/served``."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--host", "127.0.0.1", "--port", str(port)]
    command += [
        "--backend-store-uri",
        f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination",
        str(folder / "served"),
    ]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{address}/health").status_code == 200:
                    break
            time.sleep(0.2)
        else:
            raise RuntimeError("mlflow server did not start")
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


async def listing(address: str, run_id: str, files: int, repeats: int) -> Row:
    """Time one listing of all files."""
    from mlflow import MlflowClient

    store, client = RestStore(address, request_timeout_s=120), MlflowClient(address)
    http = httpx.AsyncClient(timeout=120)
    query = {"run_id": run_id, "path": "many"}

    async def ask() -> None:
        (await http.get(f"{address}/api/2.0/mlflow/artifacts/list", params=query)).raise_for_status().json()

    row = Row(
        f"proxied artifacts, {files:,} files",
        {"ours": lambda: store.artifacts(run_id, "many", files), "http": ask},
        [Budget("http", 2.0), Budget("client", 1.0)],
    )
    row.seconds = await medians_s(row.ways, repeats)
    row.seconds |= await medians_s({"client": lambda: client.list_artifacts(run_id, "many")}, min(repeats, 2))
    await store.close()
    await http.aclose()
    return row


def big_file(folder: Path, address: str, run_id: str, path: str, size_bytes: int) -> list[Figure]:
    """Time one big file through Jupyter Server, from the tracking server itself, and by MLflow's client."""
    with running(folder, connections={"Proxied": address}) as server:
        ours_s, first_s, memory = stream(server, run_id, size_bytes)
    began = time.perf_counter()
    with httpx.stream("GET", f"{address}/api/2.0/mlflow-artifacts/artifacts/{path}/big.bin", timeout=120) as answer:
        received = sum(len(part) for part in answer.iter_raw(MIB))
    http_s = time.perf_counter() - began
    if received != size_bytes:
        raise RuntimeError(f"{received:,} of {size_bytes:,} bytes arrived")
    client_s = _by_client(folder, address, run_id)
    name = f"proxied artifact of {size_bytes // MIB:,} MiB"
    return [
        Figure(f"{name}, memory", memory / MIB, "MB more", 64, f"first byte after {first_s * 1e3:.0f} ms"),
        Figure(f"{name}, ours / http", ours_s / http_s, "x", 2, f"{ours_s:.1f} s / {http_s:.1f} s"),
        # One hop more than the client has: the bytes go through Jupyter Server to the browser.
        Figure(f"{name}, ours / client", ours_s / client_s, "x", 3, f"{ours_s:.1f} s / {client_s:.1f} s"),
    ]


def _by_client(folder: Path, address: str, run_id: str) -> float:
    from mlflow import MlflowClient

    target = folder / "download"
    target.mkdir()
    began = time.perf_counter()
    MlflowClient(address).download_artifacts(run_id, "big.bin", str(target))
    spent = time.perf_counter() - began
    shutil.rmtree(target)
    return spent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the files and bytes; budgets do not count")
    options = parser.parse_args()
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    files, size_bytes = (1_000, 100 * MIB) if options.quick else (10_000, 1024 * MIB)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with tracking_server(folder) as address:
            run = _run(address)
            path = run.info.artifact_uri.removeprefix("mlflow-artifacts:/")
            root = folder / "served" / path
            (root / "many").mkdir(parents=True)
            for i in range(files):
                (root / "many" / f"{i:05d}.txt").write_text(str(i))
            with open(root / "big.bin", "wb") as sparse:
                sparse.truncate(size_bytes)
            row = asyncio.run(listing(address, run.info.run_id, files, 3))
            figures = big_file(folder, address, run.info.run_id, path, size_bytes)
    print(render([row]))
    for figure in figures:
        print(figure)
    return 0 if options.quick or (row.is_met and all(figure.is_met for figure in figures)) else 1


def _run(address: str) -> Any:
    from mlflow import MlflowClient

    client = MlflowClient(address)
    return client.create_run(client.create_experiment("bench"))


if __name__ == "__main__":
    sys.exit(main())
