"""SQLite: opens the file read-only, ends queries by the clock, and gives way to writers.

When a job's waiting ends, SQLite is told to stop at its next progress call.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ...errors import TrackingBroken, TrackingTimeout, TrackingUnavailable
from .engine import Facts, Job, Reader, Stopped, best_metrics_index
from .source import Source, database_path, identify

if TYPE_CHECKING:  # Imported in the first job's thread: it takes a third of a second.
    import sqlalchemy as sa

T = TypeVar("T")

#: Virtual machine steps between two looks at the clock, about a millisecond's worth.
_PROGRESS_STEPS = 20_000
#: Attempts at a read that a writer or a schema change disturbs.
_ATTEMPTS = 6
#: Attempts at a statement that gives way to writers: each may have taken long.
_LONG_ATTEMPTS = 3
#: Before the next attempt after a writer disturbed one; doubles each time, to 0.6 s in all.
_WRITER_S = 0.01
#: How long a writer may have waited for one statement of ours before that gives way; writers give up after 5 s.
_PATIENCE_S = 2.0
#: Between two looks for a writer.
_LOOK_S = 0.25
_CACHE_KIB = 16_384


class SQLiteJob(Job):
    """The end of one job, also to let a writer write.

    With a rollback journal, a writer can commit only between two statements of ours. It makes its journal before it
    waits, so a journal that stays while one statement runs is a writer who waits for us.
    """

    def __init__(self, limit_s: float, path: str) -> None:
        super().__init__(limit_s)
        self._journal = f"{path}-journal"
        self._next_look = self._waiting_since = float("inf")
        self.gave_way = False

    def begin(self) -> None:
        """Note that a statement begins, which lets go of what the one before it held."""
        self._next_look = time.monotonic() + _LOOK_S
        self._waiting_since = float("inf")
        self.gave_way = False

    def interrupted(self) -> bool:
        """Whether the statement under way has to end; asked by SQLite every now and then."""
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + _LOOK_S
            is_waiting = os.path.exists(self._journal)
            self._waiting_since = min(now, self._waiting_since) if is_waiting else float("inf")
            self.gave_way = now - self._waiting_since >= _PATIENCE_S
        return self.gave_way or self._stop or now > self._deadline


class SQLiteEngine:
    """One SQLite database, opened when first read."""

    def __init__(self, path_or_uri: str | os.PathLike[str], request_timeout_s: float, threads: int) -> None:
        self.path = database_path(path_or_uri)
        self.name = f"database {self.path}"
        self.folder: str | None = os.path.dirname(self.path)
        self.request_timeout_s = request_timeout_s
        self._threads = threads
        self._lock = threading.Lock()
        self._opened: tuple[Source, bool, sa.Engine, Facts | None] | None = None
        self._is_lenient = False

    def job(self, limit_s: float) -> SQLiteJob:
        """Return the job to give to `perform`."""
        return SQLiteJob(limit_s, self.path)

    def dispose(self) -> None:
        """Close all connections; the next `perform` opens again."""
        with self._lock:
            self._dispose()

    def perform(self, work: Callable[[Reader], T], job: SQLiteJob) -> T:
        """Return ``work(reader)``; attempts that a writer disturbed are repeated."""
        import sqlalchemy as sa

        for attempt in range(_ATTEMPTS):
            source = identify(self.path)
            try:
                result = self._work(source, work, job)
            except (sa.exc.DBAPIError, sqlite3.Error) as error:
                # Reading rows goes to the driver directly, so its own errors come too.
                if self._is_as_it_was(source):
                    self._recover(str(error.orig if isinstance(error, sa.exc.DBAPIError) else error), job, attempt)
                    continue
            else:
                if self._is_as_it_was(source):
                    return result
            if job.stopped():
                raise Stopped from None
            # Somebody began to write while it was read as a file that does not change: any answer may be wrong.
            time.sleep(_WRITER_S * 2**attempt)
        raise TrackingUnavailable(f"The database {self.path} is being written to all the time. Try again.")

    def _is_as_it_was(self, source: Source) -> bool:
        """Return whether what was read from `source` counts: SQLite's locks saw to it, or nothing has changed."""
        return source.immutable is None or identify(self.path) == source

    def _work(self, source: Source, work: Callable[[Reader], T], job: SQLiteJob) -> T:
        engine, facts = self._engine(source)
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.set_progress_handler(job.interrupted, _PROGRESS_STEPS)
            try:
                if facts is None:
                    facts = _facts(connection, self.path)
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

    def _recover(self, said: str, job: SQLiteJob, attempt: int) -> None:
        """Return where another attempt may help, else raise what went wrong in our words."""
        is_last = attempt == _ATTEMPTS - 1
        if job.stopped():
            raise Stopped from None
        if job.gave_way and attempt < _LONG_ATTEMPTS - 1:
            return
        if job.gave_way:
            raise TrackingTimeout(
                f"The database {self.path} is being written to, and what you asked for takes so long that the writer"
                " would have to wait. Ask for less, or try again later."
            ) from None
        if "interrupted" in said:
            raise Stopped from None
        if not is_last and "Could not decode to UTF-8" in said:
            self._is_lenient = True
            return
        if not is_last and "malformed" in said:
            # Something else in this process may have opened and closed the file, which takes SQLite's locks away, so
            # that a writer wrote while we read. A file that is really damaged still is the next time.
            time.sleep(_WRITER_S * 2**attempt)
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
        if "readonly" in said and not is_last:
            # A writer removes its journal and lets go of its lock in two steps, between which SQLite takes the journal
            # for one that a dead writer left, and wants to roll it back. A moment later it looks again.
            time.sleep(_WRITER_S * 2**attempt)
            return
        if "readonly" in said or "unable to open" in said:
            raise TrackingUnavailable(
                f"The database {self.path} cannot be opened for reading ({said}). If a program was killed while"
                " it wrote, open the database once with MLflow to repair it."
            ) from None
        raise TrackingBroken(f"The database {self.path} cannot be read: {said}.") from None


def _facts(connection: sa.Connection, name: str) -> Facts:
    import sqlalchemy as sa

    from . import schema
    from .dialects import SQLite

    inspector = sa.inspect(connection)
    tables = set(inspector.get_table_names())
    known = [table for table in schema.experiments.metadata.sorted_tables if table.name in tables]
    columns = {table.name: {c["name"] for c in inspector.get_columns(table.name)} for table in known}
    schema.check(columns, name)
    indexes = {str(i["name"]): [str(c) for c in i["column_names"]] for i in inspector.get_indexes("metrics")}
    return Facts(columns, best_metrics_index(indexes), SQLite())


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
