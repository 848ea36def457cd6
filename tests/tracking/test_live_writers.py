"""A training job writes while we read: neither waits long for the other, and nobody sees "database is locked"."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from jupyter_mlflow_explorer.errors import TrackingUnavailable
from jupyter_mlflow_explorer.tracking.database import DatabaseStore
from jupyter_mlflow_explorer.tracking.database.engine import Reader
from jupyter_mlflow_explorer.tracking.store import RunsQuery

from ..stores.seed import Seed

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(180)]

#: Logs as fast as it can for some seconds, as MLflow does; prints how many steps, after the last.
TRAINING = """
import sys, time
from mlflow import MlflowClient

uri, run_id, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
client = MlflowClient(uri)
client.get_run(run_id)
print("ready", flush=True)
step, end = 0, time.monotonic() + seconds
while time.monotonic() < end:
    client.log_metric(run_id, "live", float(step), step=step)
    step += 1
print(step)
"""

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n, runs"


@pytest.mark.parametrize("journal", ["delete", "wal"])
async def test_a_training_job_and_its_readers_do_not_disturb_each_other(
    seeded: Seed, tmp_path: Path, journal: str
) -> None:
    path = Path(shutil.copy(seeded.database, tmp_path / "mlflow.db"))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode={journal}")
    run_id, main = seeded.runs["running"], seeded.experiments["main"]
    command = [sys.executable, "-c", TRAINING, f"sqlite:///{path}", run_id, "4"]
    job = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    store = DatabaseStore(path)
    seen: list[int] = []
    try:
        assert job.stdout is not None
        assert await asyncio.to_thread(job.stdout.readline) == "ready\n"

        async def read() -> None:
            while job.poll() is None:
                await store.runs(RunsQuery((main,), order_by=("metrics.live DESC",)))
                (history,) = await store.metric_histories([run_id], ["live"])
                seen.append(history.total)

        await asyncio.gather(*(read() for _ in range(3)))
        output, errors = await asyncio.to_thread(job.communicate)
        assert job.returncode == 0, errors
        assert "locked" not in errors
        steps = int(output)
        (history,) = await store.metric_histories([run_id], ["live"])
        assert [point[0] for point in history.points] == list(range(steps))
        # It was read while it was written, and the job came forward meanwhile.
        assert len({total for total in seen if 0 < total < steps}) > 3
        assert steps > 20
    finally:
        job.kill()
        job.communicate()
        await store.close()


async def test_a_long_query_gives_way_to_a_writer_who_waits(seeded: Seed, tmp_path: Path) -> None:
    path = Path(shutil.copy(seeded.database, tmp_path / "mlflow.db"))
    store = DatabaseStore(path, request_timeout_s=30)
    begun = threading.Event()
    attempts: list[float] = []

    def work(reader: Reader) -> str:
        import sqlalchemy as sa

        attempts.append(time.monotonic())
        if len(attempts) > 1:
            return "done"
        begun.set()
        reader.rows(sa.text(ENDLESS))
        return "never"

    try:
        await store.check()
        reading = asyncio.create_task(store._database.run(work))
        await asyncio.to_thread(begun.wait, 10)
        with contextlib.closing(sqlite3.connect(path, timeout=20, check_same_thread=False)) as writer:

            def write() -> None:
                writer.execute("UPDATE runs SET name = 'written' WHERE run_uuid = ?", (seeded.runs["run-0"],))
                writer.commit()

            # Fails with "database is locked" where the reader does not give way.
            await asyncio.to_thread(write)
        assert await reading == "done"
        assert len(attempts) == 2
    finally:
        await store.close()


async def test_the_journal_of_a_dead_writer_is_waited_for_and_then_told(seeded: Seed, tmp_path: Path) -> None:
    """SQLite takes a journal for a dead writer's also in the moment in which a living one ends."""
    path = Path(shutil.copy(seeded.database, tmp_path / "mlflow.db"))
    journal = Path(f"{path}-journal")
    store = DatabaseStore(path)
    with contextlib.closing(sqlite3.connect(path)) as writer:
        # So little room that pages go to the disk before the end, the journal before them.
        writer.execute("PRAGMA cache_size=1")
        for table in ("metrics", "tags", "params"):
            writer.execute(f"UPDATE {table} SET key = key || 'x'")
        left = journal.read_bytes()
        assert left[:8] == bytes.fromhex("d9d505f920a163d7")
        writer.rollback()
    try:
        # With its header, a journal that nobody holds has to be rolled back, which a reader cannot do.
        journal.write_bytes(left)
        reading = asyncio.create_task(store.check())
        await asyncio.sleep(0.1)
        assert not reading.done()
        journal.unlink()
        assert "experiment" in await reading
        journal.write_bytes(left)
        with pytest.raises(TrackingUnavailable, match="killed while it wrote"):
            await store.check()
        assert journal.read_bytes() == left
    finally:
        await store.close()


async def test_a_read_keeps_its_lock_while_another_begins(seeded: Seed, tmp_path: Path) -> None:
    """Closing any descriptor of the file would take it away, and the reader would see half of what is written."""
    path = Path(shutil.copy(seeded.database, tmp_path / "mlflow.db"))
    store = DatabaseStore(path, request_timeout_s=30)
    begun = threading.Event()

    def work(reader: Reader) -> None:
        import sqlalchemy as sa

        begun.set()
        reader.rows(sa.text(ENDLESS))

    writing = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0.2).execute('BEGIN EXCLUSIVE')"
    try:
        await store.check()
        reading = asyncio.create_task(store._database.run(work))
        await asyncio.to_thread(begun.wait, 10)
        await asyncio.sleep(0.2)
        await store.check()
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-c", writing, str(path), stderr=asyncio.subprocess.PIPE
        )
        _, errors = await other.communicate()
        assert b"database is locked" in errors
        reading.cancel()
        await asyncio.wait([reading])
    finally:
        await store.close()
