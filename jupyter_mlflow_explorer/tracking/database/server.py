"""PostgreSQL, MySQL and MariaDB: few pooled connections, read-only transactions, and queries that end on the server.

A job is one read-only transaction. When its waiting ends, the server is asked to end the query, and the connection is
thrown away, so that a late answer to that request meets nobody else; where the server does not react, it is cut.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ...errors import BadInput, ExplorerError
from . import drivers, failures
from .drivers import Driver
from .engine import Facts, Job, Reader, Stopped, best_metrics_index

if TYPE_CHECKING:  # Imported in the first job's thread: it takes a third of a second.
    import sqlalchemy as sa

T = TypeVar("T")

#: After this long a connection is replaced: firewalls and servers drop those that are idle for long.
_RECYCLE_S = 300
#: Attempts at a read whose connection turns out to be dead, or whose schema changed.
_ATTEMPTS = 2


class ServerJob(Job):
    """The end of one job, which ends its query on the server."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(limit_s)
        self.limit_s = limit_s
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._cancel: Callable[[], None] | None = None
        self._shut: Callable[[], None] | None = None
        self._was_cancelled = False

    def attach(self, cancel: Callable[[], None], shut: Callable[[], None]) -> None:
        """Note how to end the query of the connection in use: politely, and by force; raises `Stopped`."""
        with self._lock:
            if self._stop:
                raise Stopped
            self._cancel, self._shut = cancel, shut
            self._ended.clear()

    def detach(self) -> bool:
        """Note that the connection is no longer in use; return whether it must not be used again."""
        with self._lock:
            self._cancel = self._shut = None
            self._ended.set()
            return self._was_cancelled

    def stop(self) -> None:
        """End the job, and its query in a thread of its own: that talks to the server."""
        super().stop()
        if self._cancel is not None:
            threading.Thread(target=self._end, name="mlflow-explorer-cancel", daemon=True).start()

    def _end(self) -> None:
        # The lock is held while asking, so the connection stays this job's until the server has heard.
        with self._lock:
            if self._cancel is None:
                return
            self._was_cancelled = True
            with contextlib.suppress(Exception):
                self._cancel()
        if not self._ended.wait(drivers.CANCEL_S):
            with self._lock:
                if self._shut is not None:
                    self._shut()


class ServerEngine:
    """One database of a server, connected to when first read."""

    #: A server does not say where relative artifact locations start.
    folder: str | None = None

    def __init__(self, uri: str, request_timeout_s: float, threads: int) -> None:
        scheme = uri.partition("://")[0].lower().split("+")[0]
        self.database = "postgresql" if scheme in ("postgresql", "postgres") else "mysql"
        self.place = failures.Place.of(uri, self.database)
        self.name = str(self.place)
        self.request_timeout_s = request_timeout_s
        self._uri = uri
        self._threads = threads
        self._lock = threading.Lock()
        self._opened: tuple[sa.Engine, Driver, Facts | None] | None = None
        self._jobs: set[ServerJob] = set()

    def job(self, limit_s: float) -> ServerJob:
        """Return the job to give to `perform`."""
        return ServerJob(limit_s)

    def dispose(self) -> None:
        """Close all connections and end what is under way; the next `perform` opens again."""
        with self._lock:
            opened, self._opened = self._opened, None
            jobs = list(self._jobs)
        for job in jobs:
            job.stop()
        if opened is not None:
            opened[0].dispose()

    def perform(self, work: Callable[[Reader], T], job: ServerJob) -> T:
        """Return ``work(reader)``; repeated once where the connection was dead or the schema has changed."""
        for attempt in range(_ATTEMPTS):
            if job.stopped():
                raise Stopped
            engine, driver, facts = self._engine()
            try:
                return self._work(engine, driver, facts, work, job)
            except ExplorerError:
                raise
            except Exception as error:
                if job.stopped():
                    raise Stopped from None
                failure = failures.read(error, engine.dialect)
                if failure is None:
                    raise
                if attempt + 1 < _ATTEMPTS and failure.may_pass:
                    self._forget(engine)
                    continue
                raise failure.in_words(self.place) from None
        raise AssertionError  # The last attempt returns or raises.

    def _work(
        self, engine: sa.Engine, driver: Driver, facts: Facts | None, work: Callable[[Reader], T], job: ServerJob
    ) -> T:
        with engine.connect() as connection:
            wire: Any = connection.connection.driver_connection
            job.attach(lambda: driver.cancel(wire, lambda: self._again(engine, driver)), lambda: driver.shut(wire))
            with self._lock:
                self._jobs.add(job)
            try:
                if begin := driver.begin(self.request_timeout_s):
                    cursor = wire.cursor()
                    cursor.execute(begin)
                    cursor.close()
                if facts is None:
                    facts = _facts(connection, self.place)
                    self._remember(engine, facts)
                return work(Reader(connection, facts, job))
            except ExplorerError:
                raise
            except BaseException:
                # Whatever happened, the next job gets a sound connection.
                connection.invalidate()
                raise
            finally:
                with self._lock:
                    self._jobs.discard(job)
                if job.detach() and not connection.invalidated:
                    connection.invalidate()

    def _engine(self) -> tuple[sa.Engine, Driver, Facts | None]:
        with self._lock:
            if self._opened is None:
                driver = drivers.installed(self.database)
                self._opened = (self._create(driver), driver, None)
            return self._opened

    def _create(self, driver: Driver) -> sa.Engine:
        import sqlalchemy as sa

        try:
            url = sa.make_url(self._uri)
        except (sa.exc.ArgumentError, ValueError):
            raise BadInput(
                f"The tracking URI of the {self.name} is not a valid URL. Special characters in user and password have"
                " to be percent-encoded."
            ) from None
        if self.database == "mysql" and not url.database:
            raise BadInput(
                f"The tracking URI of the {self.name} names no database: mysql://user:password@host/database."
            )
        query, extra = driver.arguments(url.query, self.request_timeout_s)
        special = {"use_native_hstore": False} if self.database == "postgresql" else {}
        try:
            engine = sa.create_engine(
                url.set(drivername=driver.name, query=query),
                connect_args=extra,
                pool_size=self._threads,
                # While a connection is being thrown away, the next job has one already.
                max_overflow=self._threads,
                pool_timeout=self.request_timeout_s,
                pool_recycle=_RECYCLE_S,
                pool_use_lifo=True,
                **special,
            )
        except (sa.exc.ArgumentError, TypeError, ValueError):
            raise failures.Failure("arguments").in_words(self.place) from None
        # First: SQLAlchemy itself asks a new connection for a few texts.
        sa.event.listen(engine, "connect", lambda wire, _: driver.prepare(wire, self.request_timeout_s), insert=True)
        return engine

    def _again(self, engine: sa.Engine, driver: Driver) -> Any:
        """Return one more connection of the driver's own, beside the pool."""
        arguments, options = engine.dialect.create_connect_args(engine.url)
        _, extra = driver.arguments(engine.url.query, self.request_timeout_s)
        return engine.dialect.connect(*arguments, **{**options, **extra, **driver.hurry})

    def _remember(self, engine: sa.Engine, facts: Facts) -> None:
        with self._lock:
            if self._opened is not None and self._opened[0] is engine:
                self._opened = (*self._opened[:2], facts)

    def _forget(self, engine: sa.Engine) -> None:
        """Close idle connections, which the same has happened to, and look at the schema anew."""
        with self._lock:
            if self._opened is not None and self._opened[0] is engine:
                self._opened = (*self._opened[:2], None)
        engine.dispose()


def _facts(connection: sa.Connection, place: failures.Place) -> Facts:
    """Look at the schema. Views count as tables: administrators show a part of a database through them."""
    import sqlalchemy as sa

    from . import dialects, schema

    names = [table.name for table in schema.experiments.metadata.sorted_tables]
    if connection.dialect.name == "postgresql":
        # Not information_schema, which leaves out what the role may not read: that is another failure.
        columns_of = sa.text(
            "SELECT c.relname, a.attname FROM pg_catalog.pg_class c"
            " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
            " WHERE pg_catalog.pg_table_is_visible(c.oid) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
            " AND c.relname IN :names"
        )
        dialect: dialects.Dialect = dialects.PostgreSQL()
        indexes_of = None
    else:
        columns_of = sa.text(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = DATABASE() AND table_name IN :names"
        )
        dialect = dialects.MariaDB() if getattr(connection.dialect, "is_mariadb", False) else dialects.MySQL()
        indexes_of = sa.text(
            "SELECT index_name, column_name FROM information_schema.statistics"
            " WHERE table_schema = DATABASE() AND table_name = 'metrics' ORDER BY index_name, seq_in_index"
        )
    columns: dict[str, set[str]] = {}
    for table, column in connection.execute(columns_of.bindparams(sa.bindparam("names", names, expanding=True))):
        columns.setdefault(str(table), set()).add(str(column))
    schema.check(columns, place.title)
    indexes: dict[str, list[str]] = {}
    for index, column in connection.execute(indexes_of) if indexes_of is not None else ():
        indexes.setdefault(str(index), []).append(str(column))
    return Facts(columns, best_metrics_index(indexes), dialect)
