"""What only the database store does: it leaves no trace, survives odd data and writers, and can be stopped."""

from __future__ import annotations

import asyncio
import hashlib
import math
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlflow_explorer.errors import (
    BadInput,
    NotFound,
    NotSupported,
    TrackingBroken,
    TrackingTimeout,
    TrackingUnavailable,
)
from jupyter_mlflow_explorer.tracking.database import DatabaseStore
from jupyter_mlflow_explorer.tracking.store import ExperimentsQuery, RunsQuery, TrackingStore

from ..stores.seed import Seed

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def opened(path: str | Path, **options: Any) -> AsyncIterator[DatabaseStore]:
    store = DatabaseStore(path, **options)
    try:
        yield store
    finally:
        await store.close()


def edit(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def fingerprint(folder: Path) -> dict[str, tuple[int, str]]:
    """Return time and content of every file below a folder."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in folder.rglob("*")
        if path.is_file()
    }


async def call_everything(store: TrackingStore, seed: Seed) -> None:
    main = (seed.experiments["main"],)
    await store.check()
    await store.experiments(ExperimentsQuery(search="a", filter="tags.team IS NULL", order_by=("name",)))
    await store.experiment(main[0])
    for order in ((), ("metrics.acc DESC",)):
        query = RunsQuery(main, search="v", filter="metrics.acc > 0 or params.lr > 0.01", order_by=order)
        await store.runs(query)
        await store.table(query, ["metrics.acc", "params.lr", "tags.group", "attributes.run_name"])
    await store.columns(main)
    await store.run(seed.runs["with-source"])
    await store.runs_by_id(list(seed.runs.values()))
    await store.metric_histories([seed.runs["curves"]], ["long", "no steps"], 100)
    await store.artifacts(seed.runs["files"])
    stream = await store.open_artifact(seed.runs["files"], "big.bin")
    async for _ in stream.chunks:
        pass
    await store.stat_artifact(seed.runs["files"], "plain.txt")


@pytest.mark.parametrize("journal", ["delete", "wal"])
async def test_looking_leaves_no_trace(seeded: Seed, tmp_path: Path, journal: str) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    path = Path(shutil.copy(seeded.database, folder / "mlflow.db"))
    edit(path, f"PRAGMA journal_mode={journal}")
    before = fingerprint(folder)
    async with opened(path) as store:
        await call_everything(store, seeded)
        assert fingerprint(folder) == before
    assert fingerprint(folder) == before
    assert list(before) == ["mlflow.db"]


async def test_a_database_that_another_process_writes_in_wal_mode_is_read_up_to_date(copy: Path, seeded: Seed) -> None:
    edit(copy, "PRAGMA journal_mode=wal")
    main = (seeded.experiments["main"],)
    async with opened(copy) as store:
        before = (await store.runs(RunsQuery(main))).total
        writer = sqlite3.connect(copy)
        for _ in range(2):
            writer.execute("UPDATE runs SET lifecycle_stage = 'deleted' WHERE run_uuid = ?", (seeded.runs["run-0"],))
            writer.execute("UPDATE runs SET lifecycle_stage = 'deleted' WHERE run_uuid = ?", (seeded.runs["run-1"],))
            writer.commit()
            assert (await store.runs(RunsQuery(main))).total == (before or 0) - 2
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            assert (await store.runs(RunsQuery(main))).total == (before or 0) - 2
        writer.close()
        assert not Path(f"{copy}-wal").exists()
        assert (await store.runs(RunsQuery(main))).total == (before or 0) - 2


async def test_a_missing_path_creates_nothing(tmp_path: Path) -> None:
    path = tmp_path / "no" / "such.db"
    async with opened(f"sqlite:///{path}") as store:
        for call in (
            store.check(),
            store.experiments(ExperimentsQuery()),
            store.runs(RunsQuery(("1",))),
            store.run("x"),
        ):
            with pytest.raises(TrackingUnavailable, match="no database at"):
                await call
        assert list(tmp_path.iterdir()) == []


async def test_a_database_that_appears_later_is_read(copy: Path, tmp_path: Path) -> None:
    path = tmp_path / "later.db"
    async with opened(path) as store:
        with pytest.raises(TrackingUnavailable):
            await store.check()
        path.touch()
        with pytest.raises(TrackingUnavailable, match="no MLflow tables yet"):
            await store.check()
        os.replace(copy, path)
        assert "experiment" in await store.check()


async def test_a_replaced_database_is_read_anew(copy: Path, tmp_path: Path, seeded: Seed) -> None:
    other = Path(shutil.copy(copy, tmp_path / "other.db"))
    edit(other, "UPDATE experiments SET name = 'renamed' WHERE name = 'main'")
    async with opened(copy) as store:
        assert (await store.experiment(seeded.experiments["main"])).name == "main"
        os.replace(other, copy)
        assert (await store.experiment(seeded.experiments["main"])).name == "renamed"


async def test_what_is_no_mlflow_database_is_said(tmp_path: Path) -> None:
    text, foreign, old = tmp_path / "text.db", tmp_path / "foreign.db", tmp_path / "old.db"
    text.write_text("this is not a database at all")
    edit(foreign, "CREATE TABLE things (x)")
    edit(old, "CREATE TABLE runs (run_uuid TEXT)")
    cases: list[tuple[Path, type[Exception], str]] = [
        (text, TrackingBroken, "not a SQLite database"),
        (foreign, TrackingUnavailable, "no MLflow tables"),
        (old, TrackingBroken, "lacks"),
        (tmp_path, TrackingUnavailable, "not a file"),
    ]
    for path, error, says in cases:
        async with opened(path) as store:
            with pytest.raises(error, match=says):
                await store.check()


@pytest.mark.parametrize("uri", ["sqlite://", "sqlite:///:memory:", "mssql+pyodbc://u:secret@h/db", ""])
async def test_other_uris_are_refused_without_their_password(uri: str) -> None:
    with pytest.raises(BadInput) as failure:
        DatabaseStore(uri)
    assert "secret" not in failure.value.message


async def test_paths_with_odd_names_are_opened(copy: Path, tmp_path: Path) -> None:
    path = tmp_path / "odd #1 100% ?é.db"
    os.replace(copy, path)
    async with opened(path) as store:
        assert "experiment" in await store.check()
    plain = Path(shutil.copy(path, tmp_path / "plain.db"))
    async with opened(f"sqlite:///file:{plain}?mode=ro&uri=true") as store:
        assert "experiment" in await store.check()


async def test_odd_data_breaks_nothing(copy: Path, seeded: Seed) -> None:
    main, run = (seeded.experiments["main"],), seeded.runs
    edit(
        copy,
        "PRAGMA ignore_check_constraints=ON",
        f"UPDATE runs SET status='PAUSED', start_time=NULL, name=NULL, user_id=NULL WHERE run_uuid='{run['run-0']}'",
        f"UPDATE runs SET start_time=NULL, end_time=-5, artifact_uri=NULL WHERE run_uuid='{run['run-1']}'",
        f"UPDATE runs SET lifecycle_stage=NULL WHERE run_uuid='{run['run-2']}'",
        f"UPDATE tags SET value=NULL WHERE run_uuid='{run['run-3']}' AND key='group'",
        f"UPDATE params SET value=CAST(x'ff61' AS TEXT) WHERE run_uuid='{run['run-4']}' AND key='lr'",
        f"UPDATE latest_metrics SET value=9e999 WHERE run_uuid='{run['run-5']}' AND key='fine'",
        "UPDATE experiments SET creation_time=NULL, artifact_location=NULL WHERE name='other'",
    )
    async with opened(copy) as store:
        seen, token = [], None
        while True:
            page = await store.runs(RunsQuery(main, view="all", max_results=3, page_token=token))
            page.model_dump_json()
            seen += [r.run_id for r in page.runs]
            token = page.next_page_token
            if token is None:
                break
        assert len(seen) == len(set(seen)) == page.total
        assert set(seen[-2:]) == {run["run-0"], run["run-1"]}
        first = await store.run(run["run-0"])
        assert (first.status, first.start_time_ms, first.run_name, first.user) == ("SCHEDULED", None, "run-0", "ann")
        assert (await store.run(run["run-3"])).tags["group"] == ""
        assert (await store.run(run["run-4"])).params["lr"] == "\ufffda"
        assert (await store.run(run["run-5"])).metrics["fine"] == math.inf
        assert (await store.table(RunsQuery(main), ["params.lr", "attributes.status"])).total
        assert len((await store.experiments(ExperimentsQuery(order_by=("creation_time",)))).experiments) == 6
        with pytest.raises(NotFound, match="no artifact location"):
            await store.artifacts(run["run-1"])


async def test_the_superset_of_mlflows_grammar(database: DatabaseStore, seeded: Seed) -> None:
    main = (seeded.experiments["main"],)
    everything = {run.run_name for run in (await database.runs(RunsQuery(main))).runs}
    lr = {f"run-{i}": ["0.1", "1e-3", "10", "abc", ""][i % 5] for i in range(10)}
    numbers = {name: float(text) for name, text in lr.items() if text not in ("abc", "")}
    cases: dict[str, set[str]] = {
        "params.lr > 0.05": {name for name, value in numbers.items() if value > 0.05},
        "params.lr = 0.001": {name for name, value in numbers.items() if value == 0.001},
        "params.lr != 0.1": {name for name, value in numbers.items() if value != 0.1},
        "params.lr = '10' OR run_name = 'parent'": {"run-2", "run-7", "parent"},
        "NOT params.lr = '10'": everything - {"run-2", "run-7"},
        "run_name LIKE 'run-%' and not (params.lr = '10' or params.lr = 'abc')": set(lr)
        - {"run-2", "run-7", "run-3", "run-8"},
        "params.lr NOT LIKE '1%'": {name for name, text in lr.items() if not text.startswith("1")},
        "tags.group NOT ILIKE 'a' AND params.lr IN ('abc', '')": {"run-3", "run-9"},
        "status IN ('FAILED', 'KILLED')": {f"run-{i}" for i in range(10) if i % 3},
        "metrics.acc IS NULL and run_name LIKE 'run-%'": {"run-4"},
        "end_time IS NULL": {"running", *(everything - set(seeded.runs))},
        "NOT end_time > 0": {"running", *(everything - set(seeded.runs))},
    }
    for text, names in cases.items():
        page = await database.runs(RunsQuery(main, filter=text))
        assert {run.run_name for run in page.runs} == names, text
        assert page.total == len(names), text


async def test_pages_neither_repeat_nor_lose_runs_while_new_ones_arrive(copy: Path, seeded: Seed) -> None:
    main = (seeded.experiments["main"],)
    async with opened(copy) as store:
        for order in ((), ("metrics.acc DESC",), ("run_name",)):
            expected = [run.run_id for run in (await store.runs(RunsQuery(main, order_by=order))).runs]
            seen: list[str] = []
            token = None
            while True:
                page = await store.runs(RunsQuery(main, order_by=order, max_results=4, page_token=token))
                seen += [run.run_id for run in page.runs]
                token = page.next_page_token
                if token is None:
                    break
                new = uuid.uuid4().hex
                edit(
                    copy,
                    "INSERT INTO runs (run_uuid, name, status, start_time, lifecycle_stage, experiment_id)"
                    f" VALUES ('{new}', 'new', 'RUNNING', {int(time.time() * 1000)}, 'active', {main[0]})",
                )
            assert len(seen) == len(set(seen))
            assert [run_id for run_id in seen if run_id in expected] == expected


async def test_histories_without_the_newer_index_are_the_same(copy: Path, seeded: Seed) -> None:
    run_id, keys = seeded.runs["curves"], ["long", "gaps", "no steps"]
    async with opened(copy) as store:
        expected = await store.metric_histories([run_id], keys, 200)
        # Dropped while the store is open, as a migration may.
        for index in ("index_metrics_run_uuid_key_step", "index_metrics_run_uuid"):
            edit(copy, f"DROP INDEX {index}")
            assert repr(await store.metric_histories([run_id], keys, 200)) == repr(expected)


async def test_points_of_one_step_are_sorted_by_time(copy: Path, seeded: Seed) -> None:
    run_id = seeded.runs["run-0"]
    values = [(3, 30, 1.0), (1, 20, 2.0), (1, 10, 3.0), (2, 5, 4.0), (1, 20, 1.0)]
    for step, timestamp, value in values:
        edit(
            copy,
            "INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid)"
            f" VALUES ('mixed', {value}, {timestamp}, {step}, 0, '{run_id}')",
        )
    async with opened(copy) as store:
        (history,) = await store.metric_histories([run_id], ["mixed"])
    assert history.points == sorted(values)


#: Minutes of work for SQLite.
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000000) SELECT count(*) FROM n"


def endless(started: threading.Event, ended: threading.Event) -> Callable[[Any], Any]:
    def work(reader: Any) -> Any:
        import sqlalchemy as sa

        started.set()
        try:
            return reader.rows(sa.text(ENDLESS))
        finally:
            ended.set()

    return work


async def test_cancelling_ends_the_query(database: DatabaseStore) -> None:
    started, ended = threading.Event(), threading.Event()
    await database.check()
    task = asyncio.create_task(database._database.run(endless(started, ended)))
    assert await asyncio.to_thread(started.wait, 15)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, 15)
    assert "experiment" in await database.check()


async def test_the_time_limit_ends_the_query_and_frees_the_thread(seeded: Seed) -> None:
    async with opened(seeded.database, request_timeout_s=0.5, threads=1) as store:
        await store.check()
        started, ended = threading.Event(), threading.Event()
        began = time.monotonic()
        with pytest.raises(TrackingTimeout, match=r"0\.5 s"):
            await store._database.run(endless(started, ended))
        assert time.monotonic() - began < 15
        assert await asyncio.to_thread(ended.wait, 15)
        assert "experiment" in await store.check()


async def test_a_locked_database_is_a_timeout(copy: Path) -> None:
    writer = sqlite3.connect(copy, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    async with opened(copy, request_timeout_s=0.6) as store:
        with pytest.raises(TrackingTimeout, match="locked"):
            await store.check()
        writer.execute("ROLLBACK")
        writer.close()
        assert "experiment" in await store.check()


async def test_many_calls_at_once(database: DatabaseStore, seeded: Seed) -> None:
    main = (seeded.experiments["main"],)
    pages = await asyncio.gather(*(database.runs(RunsQuery(main, order_by=("metrics.acc",))) for _ in range(40)))
    assert len({page.model_dump_json() for page in pages}) == 1


async def test_closing_twice_and_using_again(seeded: Seed) -> None:
    store = DatabaseStore(seeded.uri)
    await store.check()
    await store.close()
    await store.close()
    assert "experiment" in await store.check()
    await store.close()


async def test_artifacts_elsewhere_are_named(copy: Path, seeded: Seed) -> None:
    run_id = seeded.runs["files"]
    cases = {
        "gs://bucket/path": r"jupyter-mlflow-explorer\[gs\]",
        "abfss://box@account.dfs.core.windows.net/path": r"jupyter-mlflow-explorer\[azure\]",
        "mlflow-artifacts:/1/x": "http address",
        "file://elsewhere/path": "another machine",
        "http://u:secret@host/path": "http",
    }
    for uri, says in cases.items():
        edit(copy, f"UPDATE runs SET artifact_uri = '{uri}' WHERE run_uuid = '{run_id}'")
        async with opened(copy) as store:
            with pytest.raises(NotSupported, match=says) as failure:
                await store.artifacts(run_id)
            assert "secret" not in failure.value.message
            assert "secret" not in (await store.run(run_id)).model_dump_json()


async def test_file_uris_and_relative_locations_are_read(copy: Path, seeded: Seed, tmp_path: Path) -> None:
    run_id = seeded.runs["files"]
    folder = tmp_path / "a b#é"
    folder.mkdir()
    (folder / "x.txt").write_text("x")
    for uri in (folder.as_uri(), "a b#é", "./a b#é"):
        edit(copy, f"UPDATE runs SET artifact_uri = '{uri}' WHERE run_uuid = '{run_id}'")
        async with opened(copy) as store:
            assert [entry.path for entry in (await store.artifacts(run_id)).entries] == ["x.txt"]


async def test_links_do_not_lead_out_of_the_run(copy: Path, seeded: Seed, tmp_path: Path) -> None:
    run_id = seeded.runs["files"]
    root = tmp_path / "root"
    (root / "inner").mkdir(parents=True)
    (root / "inner" / "x.txt").write_text("x")
    (tmp_path / "root-secret").write_text("secret")
    (root / "out").symlink_to(tmp_path / "root-secret")
    (root / "up").symlink_to(tmp_path)
    (root / "in").symlink_to(root / "inner")
    (root / "broken").symlink_to(root / "nowhere")
    os.mkfifo(root / "pipe")
    edit(copy, f"UPDATE runs SET artifact_uri = '{root}' WHERE run_uuid = '{run_id}'")
    async with opened(copy) as store:
        assert [e.name for e in (await store.artifacts(run_id)).entries] == ["in", "inner", "pipe"]
        assert [e.path for e in (await store.artifacts(run_id, "in")).entries] == ["in/x.txt"]
        for path in ("out", "up/root-secret", "broken", "pipe", "up"):
            with pytest.raises(NotFound):
                await store.open_artifact(run_id, path)
        with pytest.raises(NotFound):
            await store.artifacts(run_id, "up")
        stream = await store.open_artifact(run_id, "in/x.txt")
        assert [chunk async for chunk in stream.chunks] == [b"x"]


async def test_names_that_are_no_utf8_are_listed(copy: Path, seeded: Seed, tmp_path: Path) -> None:
    run_id = seeded.runs["files"]
    root = tmp_path / "root"
    root.mkdir()
    for name in (b"a\xff.txt", b"b.txt", b"c\xff"):
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_text("x")
    edit(copy, f"UPDATE runs SET artifact_uri = '{root}' WHERE run_uuid = '{run_id}'")
    async with opened(copy) as store:
        names, token = [], None
        while True:
            page = await store.artifacts(run_id, max_results=1, page_token=token)
            page.model_dump_json()
            names += [entry.name for entry in page.entries]
            token = page.next_page_token
            if token is None:
                break
    assert names == ["a\ufffd.txt", "b.txt", "c\ufffd"]


async def test_importing_tracking_is_cheap() -> None:
    code = (
        "import sys, jupyter_mlflow_explorer.tracking.database, jupyter_mlflow_explorer.tracking.rest,"
        " jupyter_mlflow_explorer.tracking.filters as f\n"
        "jupyter_mlflow_explorer.tracking.rest.RestStore('http://h')\n"
        "jupyter_mlflow_explorer.tracking.database.DatabaseStore('/x.db')\n"
        "print([m for m in ('mlflow', 'sqlalchemy', 'httpx', 'tornado') if m in sys.modules])"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
