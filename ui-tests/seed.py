"""The stores of the browser tests: the demo, 10,000 runs, and a run with every kind of artifact."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import wave
import zlib
from pathlib import Path

#: Every fiftieth is deleted, which leaves 10,000.
BIG_RUNS = 10_205
MANY_FILES = 10_000

SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><circle cx='4' cy='4' r='4' fill='teal'/></svg>"

#: A PDF of one page that says "Hello".
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 36>>stream
BT /F 24 Tf 20 40 Td (Hello) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
"""


def png(width: int = 32, height: int = 32) -> bytes:
    """A plain red PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\xd0\x30\x30" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def write_kinds(root: Path) -> None:
    """Write one artifact of every kind that the panel must open or explain."""
    notebook = {
        "cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Logged notebook"}],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    files: dict[str, bytes | str] = {
        "plot.png": png(),
        "drawing.svg": SVG,
        "table.csv": "name,value\nalpha,1\nbeta,2\n",
        "data.json": json.dumps({"answer": 42}),
        "notes.md": "# Logged notes\n\n![a plot](images/inner.png)\n",
        "images/inner.png": png(),
        "log.txt": "a line of text\n",
        "page.html": "<h1>Logged page</h1><script>parent.document.title = 'taken over'</script>",
        "paper.pdf": PDF,
        "book.ipynb": json.dumps(notebook),
        "clip.mp4": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 64,
        "model.bin": bytes(range(256)) * 8,
        "unknown.xyz": "text under an unknown ending\n",
        "empty.txt": "",
        "big.txt": "0123456789abcde\n" * (25 * 65_536),
        "a #1 100% é?.txt": "odd name\n",
        "one/two/three/deep.txt": "three deep\n",
        "<img src=x onerror=window.hacked=1>.txt": "hostile name\n",
    }
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with wave.open(str(root / "tone.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 800)
    (root / "many").mkdir()
    for number in range(MANY_FILES):
        (root / "many" / f"file-{number:05d}.txt").touch()


def seed_kinds(folder: Path) -> None:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus

    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    experiment = client.create_experiment("artifacts", artifact_location=str(folder / "artifacts"))
    run = client.create_run(experiment, run_name="all kinds")
    write_kinds(folder / "artifacts" / run.info.run_id / "artifacts")
    client.set_terminated(run.info.run_id)
    model = client.create_logged_model(experiment, name="churn classifier", source_run_id=run.info.run_id)
    files = {
        "MLmodel": "flavors:\n  python_function: {}\n",
        "requirements.txt": "mlflow==3\nscikit-learn\n",
        "data/weights é #1.txt": "0.5\n",
        "python_env.yaml": "python: 3.11\n",
    }
    for name, content in files.items():
        file = folder / "artifacts" / "models" / model.model_id / "artifacts" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    client.log_outputs(run.info.run_id, [LoggedModelOutput(model.model_id, 1200)])


def seed_big(folder: Path) -> None:
    """10,000 runs (and some deleted ones) in one experiment, written with SQL."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from benchmarks import sqlite_store

    sqlite_store.write(folder / "mlflow.db", folder, BIG_RUNS)


def seed_folder(folder: Path) -> None:
    """A folder of runs, one of them damaged."""
    from mlflow import MlflowClient

    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    client = MlflowClient(f"{folder}/mlruns")
    experiment = client.create_experiment("in files")
    for number in range(3):
        run = client.create_run(experiment, start_time=1_700_000_000_000 + number, run_name=f"file run {number}")
        client.log_metric(run.info.run_id, "loss", 0.5 / (number + 1))
        client.log_text(run.info.run_id, "hello from a folder\n", "hello.txt")
        client.set_terminated(run.info.run_id)
    (folder / "mlruns" / experiment / run.info.run_id / "meta.yaml").write_text("run_id: [half writ")


def seed_all(data: Path) -> None:
    """Write all stores below `data`."""
    for name in ("demo", "big", "kinds", "folder"):
        (data / name).mkdir()
    seed_folder(data / "folder")
    seed_kinds(data / "kinds")
    seed_big(data / "big")
    subprocess.run(
        [sys.executable, "-m", "jupyter_mlflow_explorer", "demo", "--seed", "7"], cwd=data / "demo", check=True
    )


if __name__ == "__main__":
    seed_all(Path(sys.argv[1]))
