"""Runs read-only work on a database in a few threads: time limit, cancellation, and errors in our words.

Work is an ordinary function of a `Reader`. Waiting for it is asynchronous; when the waiting ends, by cancellation or by
the time limit, SQLite is told to stop at its next progress call, so the thread is soon free again.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from ...errors import TrackingBroken, TrackingTimeout, TrackingUnavailable
from .source import Source, database_path, identify

if TYPE_CHECKING:  # Imported in the first job's thread: it takes a third of a second.
    import sqlalchemy as sa

T = TypeVar("T")

#: Virtual machine steps between two looks at the clock, about a millisecond's worth.
_PROGRESS_STEPS = 20_000
#: Attempts at a read that a writer or a schema change disturbs.
_ATTEMPTS = 3
_CACHE_KIB = 16_384


class Stopped(Exception):
    """The job was cancelled or ran out of time; nobody waits for its answer."""


class Reader:
    """One connection during one job, with what is known about the schema."""

    def __init__(self, connection: sa.Connection, facts: Facts, job: _Job) -> None:
        self.connection = connection
        self.facts = facts
        self._job = job

    def rows(self, statement: sa.Executable, values: dict[str, Any] | None = None) -> list[Any]:
        """Return all rows as plain tuples in the driver's own types, which is several times faster than `Row`."""
        cursor = self.cursor(statement, values)
        rows: list[Any] = cursor.fetchall()
        cursor.close()
        return rows

    def cursor(self, statement: sa.Executable, values: dict[str, Any] | None = None) -> Any:
        """Return the driver's cursor, to read a long answer in parts."""
        if self._job.stopped():
            raise Stopped
        return self.connection.execute(statement, values or {}).cursor


class Facts:
    """What the schema of an opened database offers; read once and checked."""

    def __init__(self, connection: sa.Connection, name: str) -> None:
        import sqlalchemy as sa

        from . import schema

        inspector = sa.inspect(connection)
        tables = set(inspector.get_table_names())
        known = [table for table in schema.experiments.metadata.sorted_tables if table.name in tables]
        self.columns = {table.name: {c["name"] for c in inspector.get_columns(table.name)} for table in known}
        schema.check(self.columns, name)
        indexes = inspector.get_indexes("metrics")
        #: The best index to find one run's metrics by, None where there is none.
        self.metrics_index: str | None = None
        for wanted in (["run_uuid", "key", "step"], ["run_uuid", "key"], ["run_uuid"]):
            names = [i["name"] for i in indexes if i["column_names"][: len(wanted)] == wanted]
            if names:
                self.metrics_index = names[0]
                break

    def has(self, table: sa.Table) -> bool:
        """Return whether the database has a table with all the columns that we know of."""
        return {column.name for column in table.columns} <= self.columns.get(table.name, set())


class _Job:
    """The end of one job: by the clock, or because nobody waits any more."""

    def __init__(self, limit_s: float) -> None:
        self._deadline = time.monotonic() + limit_s
        self._stop = False

    def stop(self) -> None:
        self._stop = True

    def stopped(self) -> bool:
        return self._stop or time.monotonic() > self._deadline


class Database:
    """One SQLite database, opened when first read."""

    def __init__(self, path_or_uri: str | os.PathLike[str], request_timeout_s: float, threads: int) -> None:
        self.path = database_path(path_or_uri)
        self.request_timeout_s = request_timeout_s
        self._threads = threads
        self._executor: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        self._opened: tuple[Source, bool, sa.Engine, Facts | None] | None = None
        self._is_lenient = False

    async def run(self, work: Callable[[Reader], T]) -> T:
        """Return ``work(reader)``, computed in a thread within the time limit; raises `TrackingError` children."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix="mlflow-explorer-database")
        job = _Job(self.request_timeout_s)
        future = asyncio.get_running_loop().run_in_executor(self._executor, self._attempt, work, job)
        try:
            return await asyncio.wait_for(future, self.request_timeout_s)
        except (asyncio.TimeoutError, Stopped):
            raise TrackingTimeout(
                f"The database {self.path} did not answer within {self.request_timeout_s:g} s."
                " Ask for less, or raise request_timeout_s."
            ) from None
        finally:
            job.stop()

    async def close(self) -> None:
        """Close all connections and end the threads; safe to call twice, and the next `run` opens again."""
        executor, self._executor = self._executor, None
        with self._lock:
            self._dispose()
        if executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)

    # In a thread

    def _attempt(self, work: Callable[[Reader], T], job: _Job) -> T:
        import sqlalchemy as sa

        for attempt in range(_ATTEMPTS):
            source = identify(self.path)
            try:
                result = self._work(source, work, job)
            except (sa.exc.DBAPIError, sqlite3.Error) as error:
                # Reading rows goes to the driver directly, so its own errors come too.
                said = str(error.orig if isinstance(error, sa.exc.DBAPIError) else error)
                self._recover(said, job, is_last=attempt == _ATTEMPTS - 1)
                continue
            if source.immutable is None or identify(self.path) == source:
                return result
        raise TrackingUnavailable(f"The database {self.path} is being written to all the time. Try again.")

    def _work(self, source: Source, work: Callable[[Reader], T], job: _Job) -> T:
        engine, facts = self._engine(source)
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.set_progress_handler(job.stopped, _PROGRESS_STEPS)
            try:
                if facts is None:
                    facts = Facts(connection, self.path)
                    self._remember(engine, facts)
                return work(Reader(connection, facts, job))
            finally:
                driver.set_progress_handler(None, 0)

    def _engine(self, source: Source) -> tuple[sa.Engine, Facts | None]:
        """Return the engine for this state of the file; one for an older state is closed."""
        import sqlalchemy as sa

        with self._lock:
            if self._opened is not None:
                opened, was_lenient, engine, facts = self._opened
                if opened == source and was_lenient == self._is_lenient:
                    return engine, facts
                self._dispose()
            is_lenient = self._is_lenient
            pool: dict[str, Any] = {"poolclass": sa.pool.NullPool}
            if source.may_stay_open:
                pool = {"poolclass": sa.pool.QueuePool, "pool_size": self._threads, "max_overflow": self._threads}
            engine = sa.create_engine(
                "sqlite://", creator=lambda: _connect(source, is_lenient, self.request_timeout_s), **pool
            )
            self._opened = (source, is_lenient, engine, None)
            return engine, None

    def _remember(self, engine: sa.Engine, facts: Facts) -> None:
        with self._lock:
            if self._opened is not None and self._opened[2] is engine:
                self._opened = (*self._opened[:3], facts)

    def _dispose(self) -> None:
        if self._opened is not None:
            self._opened[2].dispose()
            self._opened = None

    def _recover(self, said: str, job: _Job, is_last: bool) -> None:
        """Return where another attempt may help, else raise what went wrong in our words."""
        if job.stopped() or "interrupted" in said:
            raise Stopped from None
        if not is_last and "Could not decode to UTF-8" in said:
            self._is_lenient = True
            return
        if not is_last and "no such" in said:
            # MLflow upgraded the schema since we looked.
            with self._lock:
                self._dispose()
            return
        if "locked" in said or "busy" in said:
            raise TrackingTimeout(
                f"The database {self.path} is locked by a program that writes to it. Try again."
            ) from None
        if "readonly" in said or "unable to open" in said:
            raise TrackingUnavailable(
                f"The database {self.path} cannot be opened for reading ({said}). If a program was killed while"
                " it wrote, open the database once with MLflow to repair it."
            ) from None
        raise TrackingBroken(f"The database {self.path} cannot be read: {said}.") from None


def _connect(source: Source, is_lenient: bool, request_timeout_s: float) -> sqlite3.Connection:
    """Open one read-only connection, with the settings that MLflow's answers depend on."""
    connection = sqlite3.connect(
        source.uri, uri=True, timeout=min(5.0, request_timeout_s / 2), check_same_thread=False, cached_statements=256
    )
    settings: Sequence[str] = (
        "case_sensitive_like=ON",  # As MLflow sets it: LIKE heeds case, ILIKE does not.
        f"cache_size=-{_CACHE_KIB}",
        "temp_store=MEMORY",
        "query_only=ON",
        "trusted_schema=OFF",
    )
    for setting in settings:
        connection.execute(f"PRAGMA {setting}")
    connection.create_function("explorer_number", 1, _number, deterministic=True)
    connection.create_function("explorer_casefold", 1, _casefold, deterministic=True)
    if is_lenient:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return connection


def _number(text: object) -> float | None:
    """Return the number that a param's text holds, None for other text."""
    try:
        return float(text) if isinstance(text, str | int | float) else None
    except ValueError:
        return None


def _casefold(text: object) -> str:
    return str(text).casefold()
