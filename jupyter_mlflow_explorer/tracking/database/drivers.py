"""The drivers of database servers: which one is installed, how it is set up, and how it ends a query of another thread.

Whatever driver a URI names, the one that is installed is used: users write the one that MLflow has in their training
environment, which is not this one.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ...errors import BadInput, NotSupported

#: Seconds for asking a server to end a query.
CANCEL_S = 2


class Driver:
    """One driver. ``name`` is what SQLAlchemy calls the database and the driver together."""

    name: str
    module: str
    #: What to connect with when a query has to end soon.
    hurry: Mapping[str, Any] = MappingProxyType({"connect_timeout": CANCEL_S})

    def arguments(self, query: Mapping[str, Any], limit_s: float) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the arguments in the URI as this driver takes them, and further ones to connect with."""
        raise NotImplementedError

    def prepare(self, connection: Any, limit_s: float) -> None:
        """Make a new connection read-only, as far as that is a matter of the session."""
        raise NotImplementedError

    def begin(self, limit_s: float) -> str:
        """Return what to execute at the start of each transaction, which may be nothing."""
        return ""

    def cancel(self, connection: Any, again: Any) -> None:
        """Ask the server to end the query that `connection` waits for. ``again()`` connects anew."""
        raise NotImplementedError

    def descriptor(self, connection: Any) -> int:
        """Return the file descriptor of the connection's socket."""
        return int(connection.fileno())

    def shut(self, connection: Any) -> None:
        """Cut the connection, so that a thread that waits for a dead server goes on."""
        with contextlib.suppress(Exception), socket.socket(fileno=os.dup(self.descriptor(connection))) as wire:
            wire.shutdown(socket.SHUT_RDWR)


class Psycopg(Driver):
    """psycopg 3."""

    name = "postgresql+psycopg"
    module = "psycopg"

    def arguments(self, query: Mapping[str, Any], limit_s: float) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return libpq's arguments as they are, with limits where they say none."""
        defaults: dict[str, Any] = {
            "connect_timeout": max(2, round(limit_s)),
            "application_name": "jupyter-mlflow-explorer",
        }
        return dict(query), {name: value for name, value in defaults.items() if name not in query} | self._own()

    def _own(self) -> dict[str, Any]:
        # Prepared statements outlive a transaction, which poolers such as PgBouncer do not bear.
        return {"prepare_threshold": None}

    def prepare(self, connection: Any, limit_s: float) -> None:
        """Have every transaction begin as read-only, and see one state of the database to its end."""
        connection.read_only = True
        # By number: 3 is REPEATABLE READ.
        connection.isolation_level = 3
        if connection.info.encoding == "ascii":
            _bear_any_bytes(connection)

    def begin(self, limit_s: float) -> str:
        """Return the limits; of the transaction, as a pooler gives the session to others after."""
        limit_ms = max(1, round(limit_s * 1000))
        return (
            f"SET LOCAL statement_timeout = {limit_ms}; SET LOCAL idle_in_transaction_session_timeout = {limit_ms * 2}"
        )

    def cancel(self, connection: Any, again: Any) -> None:
        """Send the server's cancel request."""
        if hasattr(connection, "cancel_safe"):  # Since 3.2.
            connection.cancel_safe(timeout=CANCEL_S)
        else:
            connection.cancel()


class Psycopg2(Psycopg):
    """psycopg 2, of any build."""

    name = "postgresql+psycopg2"
    module = "psycopg2"

    def _own(self) -> dict[str, Any]:
        return {}

    def prepare(self, connection: Any, limit_s: float) -> None:
        """Have every transaction begin as read-only, and see one state of the database to its end."""
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)

    def cancel(self, connection: Any, again: Any) -> None:
        """Have a second connection of the same user end the query.

        The driver's own request keeps the whole process waiting (it holds Python's lock), for ever where the server
        is dead.
        """
        other = again()
        try:
            cursor = other.cursor()
            cursor.execute(f"SELECT pg_catalog.pg_cancel_backend({int(connection.info.backend_pid)})")
            cursor.close()
        finally:
            other.close()


class PyMySQL(Driver):
    """PyMySQL."""

    name = "mysql+pymysql"
    module = "pymysql"
    hurry: Mapping[str, Any] = MappingProxyType({"connect_timeout": CANCEL_S, "read_timeout": CANCEL_S})

    def arguments(self, query: Mapping[str, Any], limit_s: float) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the arguments; TLS as mysqlclient's URIs say it, and as MLflow's environment variables do."""
        taken = {**_tls_of_environment(query), **query}
        # With it, a server may ask for any file of this machine.
        taken.pop("local_infile", None)
        # The limit to connect does not hold for the server's first words.
        wait_s = max(2, round(limit_s))
        defaults = {"connect_timeout": wait_s, "read_timeout": wait_s + 1, "charset": "utf8mb4"}
        extra: dict[str, Any] = {name: value for name, value in defaults.items() if name not in taken}
        self._tls(taken, extra)
        return taken, extra

    def _tls(self, taken: dict[str, Any], extra: dict[str, Any]) -> None:
        """Translate ``ssl_mode``, which this driver does not know; without it, TLS is used where the server has it."""
        mode = str(taken.pop("ssl_mode", taken.pop("ssl-mode", ""))).upper()
        given = {name[4:]: taken[name] for name in ("ssl_ca", "ssl_capath", "ssl_cert", "ssl_key") if name in taken}
        if mode == "DISABLED":
            extra["ssl_disabled"] = True
        elif mode in ("REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"):
            for name in given:
                del taken[f"ssl_{name}"]
            verified = mode != "REQUIRED"
            if verified and not {"ca", "capath"} & given.keys():
                raise BadInput(f"ssl_mode={mode} needs ssl_ca in the tracking URI: the file with the authority's key.")
            extra["ssl"] = {**given, "verify_mode": verified, "check_hostname": mode == "VERIFY_IDENTITY"}
        elif mode not in ("", "PREFERRED"):
            raise BadInput(f"The tracking URI has an ssl_mode that does not exist: {mode[:40]!r}.")

    def prepare(self, connection: Any, limit_s: float) -> None:
        """Make the session read-only, and limit how long one statement takes: MySQL in ms, MariaDB in s."""
        is_mariadb = "mariadb" in str(connection.get_server_info()).lower()
        limit = f"max_statement_time = {limit_s:g}" if is_mariadb else f"max_execution_time = {round(limit_s * 1000)}"
        cursor = connection.cursor()
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(f"SET SESSION {limit}")
        cursor.close()

    def cancel(self, connection: Any, again: Any) -> None:
        """Have a second connection of the same user end the query."""
        other = again()
        try:
            cursor = other.cursor()
            cursor.execute(f"KILL QUERY {int(connection.thread_id())}")
            cursor.close()
        finally:
            other.close()

    def descriptor(self, connection: Any) -> int:
        """Return the descriptor, which PyMySQL keeps to itself."""
        return int(connection._sock.fileno())


class MySQLClient(PyMySQL):
    """mysqlclient, whose module is MySQLdb."""

    name = "mysql+mysqldb"
    module = "MySQLdb"

    def _tls(self, taken: dict[str, Any], extra: dict[str, Any]) -> None:
        if "ssl-mode" in taken:
            taken["ssl_mode"] = taken.pop("ssl-mode")

    def descriptor(self, connection: Any) -> int:
        """Return the descriptor."""
        return int(connection.fileno())


def _bear_any_bytes(connection: Any) -> None:
    """Have psycopg read texts of a database without an encoding (SQL_ASCII), which would be bytes otherwise.

    Nobody checked them when they were written: what is no UTF-8 becomes U+FFFD.
    """
    from psycopg.adapt import Loader

    class Lenient(Loader):
        def load(self, data: Any) -> str:
            return bytes(data).decode("utf-8", "replace")

    for kind in ("text", "varchar", "bpchar", "name"):
        connection.adapters.register_loader(kind, Lenient)


#: By the database's scheme, the best first.
_DRIVERS: dict[str, tuple[type[Driver], ...]] = {
    "postgresql": (Psycopg, Psycopg2),
    "mysql": (PyMySQL, MySQLClient),
}


def installed(database: str) -> Driver:
    """Return the driver for ``postgresql`` or ``mysql`` that is installed.

    Raises
    ------
    NotSupported
        There is none; the message says what to install.
    """
    for driver in _DRIVERS[database]:
        if importlib.util.find_spec(driver.module) is not None:
            return driver()
    label = {"postgresql": "PostgreSQL", "mysql": "MySQL and MariaDB"}[database]
    raise NotSupported(
        f"Reading {label} needs a driver in the server's Python environment:"
        f' pip install "jupyter-mlflow-explorer[{database}]"'
    )


def _tls_of_environment(query: Mapping[str, Any]) -> dict[str, str]:
    """Return the certificates that MLflow's own environment variables name, unless the URI names some."""
    if any(name.startswith("ssl") for name in query):
        return {}
    names = {"ssl_ca": "MLFLOW_MYSQL_SSL_CA", "ssl_cert": "MLFLOW_MYSQL_SSL_CERT", "ssl_key": "MLFLOW_MYSQL_SSL_KEY"}
    return {name: value for name, variable in names.items() if (value := os.environ.get(variable))}
