"""Runs read-only work on a database in a few threads: time limit, cancellation, and errors in our words.

Work is an ordinary function of a `Reader`. Waiting for it is asynchronous; when the waiting ends, by cancellation or by
the time limit, the job is told to stop, which ends the query under way, so the thread is soon free again. How a
database is opened and how its queries end is an `Engine`: `sqlite` for files, `server` for PostgreSQL and MySQL.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ...errors import TrackingTimeout

if TYPE_CHECKING:  # Imported in the first job's thread: it takes a third of a second.
    import sqlalchemy as sa

    from .dialects import Dialect

T = TypeVar("T")

#: Rows fetched at once from a long answer.
STRETCH = 20_000


class Stopped(Exception):
    """The job was cancelled or ran out of time; nobody waits for its answer."""


@dataclass(frozen=True)
class Facts:
    """What the schema of an opened database offers; read once and checked.

    ``columns`` holds the names of columns by table, for MLflow's tables that are there. ``metrics_index`` is the best
    index to find one run's metrics by, None where there is none.
    """

    columns: Mapping[str, Set[str]]
    metrics_index: str | None
    dialect: Dialect

    def has(self, table: sa.Table) -> bool:
        """Return whether the database has a table with all the columns that we know of."""
        return {column.name for column in table.columns} <= self.columns.get(table.name, set())


def best_metrics_index(indexes: Mapping[str, list[str]]) -> str | None:
    """Return the name of the index to find one run's metrics by; `indexes` has the columns of each, by name."""
    for wanted in (["run_uuid", "key", "step"], ["run_uuid", "key"], ["run_uuid"]):
        for name, columns in indexes.items():
            if columns[: len(wanted)] == wanted:
                return name
    return None


class Job:
    """The end of one job: by the clock, or because nobody waits any more."""

    def __init__(self, limit_s: float) -> None:
        self._deadline = time.monotonic() + limit_s
        self._stop = False

    def begin(self) -> None:
        """Note that a statement begins."""

    def stop(self) -> None:
        """End the job; called from another thread, also after its end. Does not wait."""
        self._stop = True

    def stopped(self) -> bool:
        """Return whether nobody waits for the answer any more."""
        return self._stop or time.monotonic() > self._deadline


class Reader:
    """One connection during one job, with what is known about the schema."""

    def __init__(self, connection: sa.Connection, facts: Facts, job: Job) -> None:
        self.connection = connection
        self.facts = facts
        self.dialect = facts.dialect
        self._job = job

    def rows(self, statement: sa.Executable, values: dict[str, Any] | None = None) -> list[Any]:
        """Return all rows as plain tuples in the driver's own types, which is several times faster than `Row`."""
        cursor = self.cursor(statement, values)
        rows: list[Any] = list(cursor.fetchall())
        cursor.close()
        return rows

    def cursor(self, statement: sa.Executable, values: dict[str, Any] | None = None) -> Any:
        """Return the driver's cursor, to read an answer in parts."""
        return self._execute(statement, values).cursor

    def long_cursor(self, statement: sa.Executable, values: dict[str, Any]) -> LongCursor:
        """Return a cursor on an answer that the server hands out in stretches."""
        return LongCursor(self._execute(statement, values, stream_results=True, max_row_buffer=STRETCH))

    def _execute(self, statement: sa.Executable, values: dict[str, Any] | None, **options: Any) -> Any:
        if self._job.stopped():
            raise Stopped
        self._job.begin()
        return self.connection.execute(statement, values or {}, execution_options=options)


class LongCursor:
    """Hands out parts of any size of what it fetches in stretches, each of which is a message to the server."""

    def __init__(self, result: sa.CursorResult[Any]) -> None:
        # Not the driver's cursor, from which SQLAlchemy has taken a first row.
        self._result = result
        self._rows: list[Any] = []
        self._at = 0

    def fetchmany(self, size: int) -> list[Any]:
        """Return the next rows: fewer than `size` at the end of a stretch, none at the end."""
        if self._at >= len(self._rows):
            self._rows, self._at = [tuple(row) for row in self._result.fetchmany(STRETCH)], 0
        part = self._rows[self._at : self._at + size]
        self._at += len(part)
        return part

    def close(self) -> None:
        """End the query."""
        self._result.close()


class Engine(Protocol):
    """One kind of database: how to open it, and how to end its queries."""

    #: How messages call the database; without credentials.
    name: str
    #: The folder at which relative artifact locations start, None where nothing says.
    folder: str | None

    def job(self, limit_s: float) -> Any:
        """Return the job to give to `perform`, a `Job`."""
        ...

    def perform(self, work: Callable[[Reader], T], job: Any) -> T:
        """Return ``work(reader)``, in the thread that calls; raises `Stopped` and `TrackingError` children."""
        ...

    def dispose(self) -> None:
        """Close all connections; the next `perform` opens again."""
        ...


class Database:
    """One database, opened when first read."""

    def __init__(self, path_or_uri: str | os.PathLike[str], request_timeout_s: float, threads: int) -> None:
        self.engine = _engine(path_or_uri, request_timeout_s, threads)
        self.request_timeout_s = request_timeout_s
        self._threads = threads
        self._executor: ThreadPoolExecutor | None = None

    async def run(self, work: Callable[[Reader], T]) -> T:
        """Return ``work(reader)``, computed in a thread within the time limit; raises `TrackingError` children."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix="mlflow-explorer-database")
        job = self.engine.job(self.request_timeout_s)
        future = asyncio.get_running_loop().run_in_executor(self._executor, self.engine.perform, work, job)
        try:
            return await asyncio.wait_for(future, self.request_timeout_s)
        except (asyncio.TimeoutError, Stopped):
            raise TrackingTimeout(
                f"The {self.engine.name} did not answer within {self.request_timeout_s:g} s."
                " Ask for less, or raise request_timeout_s."
            ) from None
        finally:
            job.stop()

    async def close(self) -> None:
        """Close all connections and end the threads; safe to call twice, and the next `run` opens again."""
        executor, self._executor = self._executor, None
        self.engine.dispose()
        if executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)


def _engine(path_or_uri: str | os.PathLike[str], request_timeout_s: float, threads: int) -> Engine:
    scheme, separator, _ = os.fspath(path_or_uri).partition("://")
    if separator and scheme.lower().split("+")[0] in ("postgresql", "postgres", "mysql", "mariadb"):
        from .server import ServerEngine

        return ServerEngine(os.fspath(path_or_uri), request_timeout_s, threads)
    from .sqlite import SQLiteEngine

    return SQLiteEngine(path_or_uri, request_timeout_s, threads)
