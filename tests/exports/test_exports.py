"""Exports from each kind of store, read back and compared with MLflow's answers; and what is left of a stopped one."""

from __future__ import annotations

import asyncio
import csv
import datetime
import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyter_mlflow_explorer.cells import Selection, render
from jupyter_mlflow_explorer.exports.csv import cell, write_csv
from jupyter_mlflow_explorer.exports.database import TABLES, write_duckdb
from jupyter_mlflow_explorer.exports.parquet import write_parquet
from jupyter_mlflow_explorer.tracking.connections import open_store
from jupyter_mlflow_explorer.tracking.store import RunsQuery

from ..cli.test_cli import explorer
from ..stores.children import heed_interrupts, ignore_interrupts
from ..stores.server import mlflow_server

UNICODE = 'é "quoted", 🎉\nsecond line\r\ttab'
PARAMS = {"text": UNICODE, "formula": "=1+1", "number": "-0.5", "at": "@x", "empty": ""}


def fill(client: Any) -> str:
    """Write runs with everything that a file could get wrong; return their experiment."""
    from mlflow.entities import Metric

    experiment = client.create_experiment("ex=port")
    for number, value in enumerate((0.25, math.nan, math.inf, -math.inf)):
        run_id = client.create_run(
            experiment, start_time=1_700_000_000_123 + number, run_name=f"run {number}"
        ).info.run_id
        client.log_batch(
            run_id, metrics=[Metric("loss", step / 4, 1_700_000_000_000 + step, step) for step in range(3)]
        )
        client.log_metric(run_id, "odd", value, timestamp=1_700_000_000_000)
        client.log_param(run_id, "n", str(number))
        if number == 0:
            for key, text in PARAMS.items():
                client.log_param(run_id, key, text)
            client.set_tag(run_id, "a tag", UNICODE)
            client.log_text(run_id, "x", "folder/file.txt")
            client.set_terminated(run_id, end_time=1_700_000_060_000)
    return str(experiment)


@pytest.fixture(scope="module", params=["sqlite", "files", "http"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Any]]:
    """A store's URI, its experiment and MLflow's own client of it."""
    from mlflow import MlflowClient

    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
        if request.param == "http":
            with mlflow_server(folder, folder / "served") as address:
                client = MlflowClient(address)
                yield address, fill(client), client
        else:
            uri = f"sqlite:///{folder}/mlflow.db" if request.param == "sqlite" else f"file://{folder}/mlruns"
            patch.chdir(folder)
            client = MlflowClient(uri)
            yield uri, fill(client), client


def same(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, float) and abs(theirs) > 1.7e308:
        theirs = math.copysign(math.inf, theirs)  # How MLflow's SQL stores keep infinities.
    return bool(ours == theirs or (ours != ours and theirs != theirs))


def test_all_formats_hold_what_mlflow_has(place: tuple[str, str, Any], tmp_path: Path) -> None:
    uri, experiment, client = place
    runs = {run.info.run_id: run for run in client.search_runs([experiment])}

    async def write() -> list[Any]:
        store = open_store(uri)
        query = RunsQuery((experiment,))
        try:
            return [
                await write_csv(store, query, tmp_path / "runs.csv"),
                await write_parquet(store, query, tmp_path / "runs.parquet"),
                await write_duckdb(store, query, tmp_path / "runs.duckdb", mark="it's ours"),
            ]
        finally:
            await store.close()

    assert asyncio.run(write()) == [(4, set()), (4, set()), (4, [])]
    with (tmp_path / "runs.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["run_id"]: row for row in csv.DictReader(file)}
    table = {row["run_id"]: row for row in pq.read_table(tmp_path / "runs.parquet").to_pylist()}
    assert list(rows) == list(table)
    assert set(rows) == set(runs)
    for run_id, run in runs.items():
        start = datetime.datetime.fromtimestamp(run.info.start_time / 1000, datetime.timezone.utc)
        assert table[run_id]["start_time"] == start
        assert rows[run_id]["start_time"].endswith(f".{run.info.start_time % 1000:03}Z")
        for key in ("loss", "odd"):
            assert same(table[run_id][f"metrics.{key}"], run.data.metrics[key])
            assert same(float(rows[run_id][f"metrics.{key}"]), run.data.metrics[key])
        for key in (*PARAMS, "n"):
            assert table[run_id][f"params.{key}"] == run.data.params.get(key)
    (full,) = (row for row in rows.values() if row["params.text"])
    assert full["params.text"] == full["tags.a tag"] == UNICODE
    assert (full["params.formula"], full["params.number"], full["params.at"]) == ("'=1+1", "-0.5", "'@x")
    with duckdb.connect(str(tmp_path / "runs.duckdb"), read_only=True) as database:
        counts = {name: database.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in TABLES}
        tags = sum(len(run.data.tags) for run in runs.values())
        assert counts == {"runs": 4, "params": 9, "metrics": 8, "metric_history": 16, "tags": tags, "artifacts": 2}
        odd = dict(database.execute("SELECT run_id, value FROM metrics WHERE key = 'odd'").fetchall())
        assert all(same(odd[run_id], run.data.metrics["odd"]) for run_id, run in runs.items())
        kept = dict(database.execute("SELECT key, value FROM params WHERE key <> 'n'").fetchall())
        assert kept == PARAMS
        comments = database.execute("SELECT DISTINCT comment FROM duckdb_tables()").fetchall()
        assert comments == [("it's ours",)]
    assert sorted(os.listdir(tmp_path)) == ["runs.csv", "runs.duckdb", "runs.parquet"]


def test_the_tables_are_those_of_the_recipe() -> None:
    selection = Selection("c", "c", "database", "sqlite:////x.db", experiments=(_experiment(),))
    source = next(
        one.source for one in render("export-duckdb", selection, setup=False) if "export_tables" in one.source
    )
    start = source.index("export_tables = {")
    names: dict[str, Any] = {"pa": pa}
    exec(source[start : source.index("\n}\n", start) + 3], names)
    theirs = {
        table: ({name: str(kind) for name, kind in columns.items()}, key)
        for table, (columns, key) in names["export_tables"].items()
    }
    ours = {
        table: ({name: str(pa.type_for_alias(kind)) for name, kind in columns.items()}, key)
        for table, (columns, key) in TABLES.items()
    }
    assert ours == theirs


def _experiment() -> Any:
    from jupyter_mlflow_explorer.entities import Experiment

    return Experiment(experiment_id="1", name="one", lifecycle_stage="active")


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "text", ""), ("", "text", '""'), ("a,b", "text", '"a,b"'), ('a"b', "text", '"a""b"'),
        ("a\nb", "text", '"a\nb"'),
        ("=A1", "text", "'=A1"), ("+A1", "text", "'+A1"), ("-A1", "text", "'-A1"), ("@A1", "text", "'@A1"),
        ("\t=A1", "text", "'\t=A1"), ("\r=A1", "text", "\"'\r=A1\""), ("=a,b", "text", "\"'=a,b\""),
        ("-1e-3", "text", "-1e-3"),
        ("-1_0", "text", "'-1_0"),
        ("-1+1", "text", "'-1+1"), ("+.5", "text", "+.5"), (-0.5, "number", "-0.5"), (math.nan, "number", "NaN"),
        (math.inf, "number", "Infinity"), (-math.inf, "number", "-Infinity"), (0, "time", "1970-01-01T00:00:00.000Z"),
        (1_700_000_000_123_456, "time", "1700000000123456"),
    ],
)  # fmt: skip
def test_cells_of_csv(value: Any, kind: Any, text: str) -> None:
    assert cell(value, kind) == text


def test_the_command_replaces_only_by_force_and_takes_a_filter(tmp_path: Path) -> None:
    from mlflow import MlflowClient

    uri = f"sqlite:///{tmp_path}/mlflow.db"
    fill(MlflowClient(uri))
    options = ("export", "--format", "csv", "--output", "runs.csv", "--json")
    made = explorer(*options, "--filter", "metrics.odd < 1", "--experiment", "ex=port", cwd=tmp_path)
    assert made.code == 0, made.err
    answer = json.loads(made.out)
    assert (answer["path"], answer["format"], answer["columns_left_out"]) == ("runs.csv", "csv", [])
    lines = (tmp_path / "runs.csv").read_bytes().decode().split("\r\n")
    assert lines[0].startswith("run_id,experiment_id,run_name,status")
    before = (tmp_path / "runs.csv").read_bytes()
    refused = explorer(*options, cwd=tmp_path)
    assert (refused.code, "--force" in refused.err) == (1, True)
    assert (tmp_path / "runs.csv").read_bytes() == before
    failed = explorer(*options, "--force", "--filter", "metrics.odd <", cwd=tmp_path)
    assert failed.code == 2
    assert (tmp_path / "runs.csv").read_bytes() == before
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "duckdb.py").write_text("raise ImportError('no duckdb here')")
    path = os.pathsep.join([str(tmp_path / "blocked"), os.environ.get("PYTHONPATH", "")])
    missing = explorer("export", "--format", "duckdb", "--output", "x.duckdb", cwd=tmp_path, PYTHONPATH=path)
    assert (missing.code, 'pip install "jupyter-mlflow-explorer[export]"' in missing.err) == (1, True)
    assert not [name for name in os.listdir(tmp_path) if name.endswith((".part", ".wal", ".duckdb"))]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupting_leaves_the_file_as_it_was(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "runs.duckdb").write_text("an earlier one")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://me:s3cr3t@127.0.0.1:{silent.getsockname()[1]}"
        command = [sys.executable, "-m", "jupyter_mlflow_explorer", "export", "--format", "duckdb", "--force"]
        process = subprocess.Popen(
            [*command, "--output", "runs.duckdb", "--tracking-uri", uri],
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            preexec_fn=heed_interrupts if number == signal.SIGINT else ignore_interrupts,
        )
        silent.accept()[0].recv(1)  # It has begun, and waits for an answer.
        end = time.monotonic() + 30
        while len(os.listdir(tmp_path)) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, err
    assert b"Traceback" not in err
    assert b"s3cr3t" not in err
    assert os.listdir(tmp_path) == ["runs.duckdb"]
    assert (tmp_path / "runs.duckdb").read_text() == "an earlier one"
