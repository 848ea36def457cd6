"""Whole notebooks and exports from a SQLite store, as a user of the terminal gets them, with the budgets beside.

usage: python -m benchmarks.notebooks [--quick] [--json FILE]

Each way is a process of its own, start included. The other ways are the least that somebody would do by hand: read the
runs with `MlflowClient`, execute a notebook of one search, write a table with pandas. Exits with 1 where a budget is
missed. ``--quick`` has a tenth of the data and counts no budgets.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import nbformat

from . import sqlite_store
from .timing import Budget, Row, main

RUNS, MANY = 542, 10_000
MOST_CELLS, WRITTEN_S, EXECUTED_S = 150, 2.0, 60.0

BY_CLIENT = """
import sys
from mlflow import MlflowClient
client, token, found = MlflowClient(sys.argv[1]), None, []
while True:
    page = client.search_runs(["1"], max_results=1000, page_token=token)
    found += page
    token = page.token
    if not token:
        break
"""
BY_PANDAS = """
import sys
import mlflow
mlflow.set_tracking_uri(sys.argv[1])
mlflow.search_runs(["1"], max_results=50_000).to_csv(sys.argv[2])
"""
BY_HAND = """\
import mlflow
import matplotlib.pyplot as plt
mlflow.set_tracking_uri({uri!r})
runs = mlflow.search_runs(["1"], max_results=50_000)
runs.hist(figsize=(10, 10))
plt.show()
runs.describe()
"""


def ours(*arguments: str) -> list[str]:
    """Return the command line of the project's own command."""
    start = "from jupyter_mlflow_explorer.cli.main import main; main()"
    return [sys.executable, "-c", start, *arguments]


def took_s(command: list[str], folder: Path) -> tuple[float, int]:
    """Run a command; return its seconds and the largest resident memory of any child so far, in bytes."""
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"{command}: {done.stderr}")
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


async def measure(folder: Path, is_quick: bool) -> list[Row]:
    """Write the stores, run each command once, and print what a row of times cannot say."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    scale = 10 if is_quick else 1
    uris = {}
    for name, runs in (("some", RUNS // scale), ("many", MANY // scale)):
        # One run in fifty is deleted, so that there are as many as wanted.
        sqlite_store.write(folder / f"{name}.db", folder, runs * 50 // 49 + 1)
        uris[name] = f"sqlite:///{folder / f'{name}.db'}"
    rows = _notebooks(folder, uris["some"], is_quick)
    return rows + _exports(folder, uris["many"], MANY // scale)


def _notebooks(folder: Path, uri: str, is_quick: bool) -> list[Row]:
    wanted = ["notebook", "--tracking-uri", uri, "--experiment", "1", "--json"]
    hand = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(BY_HAND.format(uri=uri))])
    nbformat.write(hand, folder / "hand.ipynb")
    written, _ = took_s(ours(*wanted, "--output", "written.ipynb"), folder)
    executed, _ = took_s(ours(*wanted, "--output", "executed.ipynb", "--execute"), folder)
    client, _ = took_s([sys.executable, "-c", BY_CLIENT, uri], folder)
    by_hand, _ = took_s(["jupyter", "execute", "hand.ipynb"], folder)
    notebook = json.loads((folder / "executed.ipynb").read_text())
    cells = len(notebook["cells"])
    print(f"observation notebook: {cells} cells (<= {MOST_CELLS}), written in {written:.1f} s (<= {WRITTEN_S:g}),")
    print(f"executed in {executed - written:.1f} s (<= {EXECUTED_S:g})")
    if not is_quick and (cells > MOST_CELLS or written > WRITTEN_S or executed - written > EXECUTED_S):
        sys.exit("above budget: observation notebook")
    return [
        Row("notebook, written", {}, [Budget("client", 1.0)], seconds={"ours": written, "client": client}),
        Row("notebook, executed too", {}, [], seconds={"ours": executed, "by hand": by_hand}),
    ]


def _exports(folder: Path, uri: str, runs: int) -> list[Row]:
    rows = []
    by_pandas, _ = took_s([sys.executable, "-c", BY_PANDAS, uri, "pandas.csv"], folder)
    for kind in ("csv", "parquet", "duckdb"):
        wanted = ["export", "--tracking-uri", uri, "--experiment", "1", "--format", kind, "--output", f"out.{kind}"]
        seconds, _ = took_s(ours(*wanted), folder)
        budgets = [Budget("pandas", 1.0)] if kind != "duckdb" else []
        row = Row(f"export {runs:,} runs, {kind}", {}, budgets, seconds={"ours": seconds, "pandas": by_pandas})
        rows.append(row)
    return rows


if __name__ == "__main__":
    sys.exit(main(__doc__, measure))
