"""Writes big SQLite stores fast: the schema is MLflow's own, the rows go in by SQL. Deterministic by seed."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

START_MS = 1_700_000_000_000
EXPERIMENT = "1"
LONG_RUN = "long".ljust(32, "f")
METRICS = ["x", *(f"m{i:02d}" for i in range(1, 20))]
PARAMS = ["y", *(f"p{i:02d}" for i in range(1, 20))]
TAGS = ["mlflow.user", "mlflow.source.name", "mlflow.source.git.commit", "mlflow.runName", "mlflow.note.content"]
TAGS += [f"t{i:02d}" for i in range(5)]


def template(folder: Path) -> Path:
    """Return an empty database with the schema of the installed MLflow."""
    path = folder / "template.db"
    if not path.exists():
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

        SqlAlchemyStore(f"sqlite:///{path}", str(folder / "artifacts")).engine.dispose()
    return path


def write(path: Path, folder: Path, runs: int, points: int = 0, long_history: int = 0, seed: int = 0) -> list[str]:
    """Write a store of `runs` runs with 20 params, 20 metrics and 10 tags each, and return the active run ids.

    Every run gets `points` values of the metric ``loss``; with `long_history` the run `LONG_RUN` gets that many.
    One run in fifty is deleted, one metric in two hundred is NaN.
    """
    shutil.copy(template(folder), path)
    chance = random.Random(seed)
    ids = [uuid.UUID(int=chance.getrandbits(128)).hex for _ in range(runs)]
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute(
        "INSERT INTO experiments"
        " (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time)"
        " VALUES (?, 'bench', ?, 'active', ?, ?)",
        (int(EXPERIMENT), str(folder / "artifacts"), START_MS, START_MS),
    )
    _runs(connection, [(run_id, f"run-{i:06d}", i) for i, run_id in enumerate(ids)], folder)
    connection.executemany("INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)", _params(ids, chance))
    last = list(_metrics(ids, chance))
    for table in ("latest_metrics", "metrics"):
        connection.executemany(
            f"INSERT INTO {table} (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)", last
        )
    connection.executemany("INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)", _tags(ids, chance))
    for i, run_id in enumerate(ids if points else ()):
        _history(connection, run_id, START_MS + i * 60_000, points, chance)
    if long_history:
        _runs(connection, [(LONG_RUN, "long", runs)], folder)
        _history(connection, LONG_RUN, START_MS, long_history, chance)
    connection.commit()
    connection.close()
    return [run_id for i, run_id in enumerate(ids) if i % 50]


def _runs(connection: sqlite3.Connection, rows: list[tuple[str, str, int]], folder: Path) -> None:
    connection.executemany(
        "INSERT INTO runs (run_uuid, name, source_type, source_name, user_id, status, start_time, end_time,"
        " lifecycle_stage, artifact_uri, experiment_id)"
        " VALUES (?, ?, 'LOCAL', 'train.py', ?, 'FINISHED', ?, ?, ?, ?, ?)",
        (
            (
                run_id,
                name,
                f"user{i % 17:02d}",
                START_MS + i * 60_000,
                START_MS + i * 60_000 + 55_000,
                "active" if i % 50 else "deleted",
                f"{folder}/artifacts/{run_id}/artifacts",
                int(EXPERIMENT),
            )
            for run_id, name, i in rows
        ),
    )


def _params(ids: list[str], chance: random.Random) -> Iterator[tuple[str, str, str]]:
    for run_id in ids:
        for key in PARAMS:
            yield key, chance.choice("zabc") if key == "y" else f"{chance.random():.6g}", run_id


def _metrics(ids: list[str], chance: random.Random) -> Iterator[tuple[str, float, int, int, int, str]]:
    for i, run_id in enumerate(ids):
        for key in METRICS:
            is_nan = chance.random() < 0.005
            yield key, 0.0 if is_nan else chance.random(), START_MS + i * 60_000 + 50_000, 10, int(is_nan), run_id


def _tags(ids: list[str], chance: random.Random) -> Iterator[tuple[str, str, str]]:
    for i, run_id in enumerate(ids):
        for number, key in enumerate(TAGS):
            value = {"mlflow.runName": f"run-{i:06d}", "mlflow.source.git.commit": f"{chance.getrandbits(160):040x}"}
            yield key, value.get(key, f"value-{i % (number + 3)}"), run_id


def _history(connection: sqlite3.Connection, run_id: str, start_ms: int, points: int, chance: random.Random) -> None:
    connection.executemany(
        "INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES ('loss', ?, ?, ?, 0, ?)",
        ((1 / (1 + s * 1e-2) + chance.gauss(0, 0.01), start_ms + s * 20, s, run_id) for s in range(points)),
    )
    connection.execute(
        "INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES ('loss', 0.1, ?, ?, 0, ?)",
        (start_ms + points * 20, points - 1, run_id),
    )
