"""PostgreSQL and MariaDB (or MySQL) servers for tests and benchmarks: real ones, in temporary folders, on free ports.

The programs come from the system's packages; `scripts/databases.sh` installs them. Nothing is durable: these databases
never write to the disk before they have to.
"""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from .server import free_port

Kind = Literal["postgresql", "mysql"]

#: The owner's password has every character that a URI has to escape.
OWNER, PASSWORD = "mlflow", "p@ss/w:rd%#?"
#: A role that may select and nothing else.
READER, READER_PASSWORD = "looker", "only looking"
_START_S = 60


@dataclass
class DatabaseServer:
    """One running server. ``process`` is its main process; the folder holds its data, log and socket."""

    kind: Kind
    port: int
    folder: Path
    process: subprocess.Popen[bytes]
    command: Sequence[str]
    account: str | None

    def uri(self, database: str, user: str = OWNER, password: str = PASSWORD, port: int | None = None) -> str:
        """Return the tracking URI of one database, as users write it."""
        scheme = "postgresql" if self.kind == "postgresql" else "mysql+pymysql"
        return f"{scheme}://{user}:{quote(password, safe='')}@127.0.0.1:{port or self.port}/{database}"

    def connect(self, database: str | None = None, user: str = OWNER, password: str = PASSWORD) -> Any:
        """Return a driver's connection that commits by itself."""
        if self.kind == "postgresql":
            import psycopg

            return psycopg.connect(
                host="127.0.0.1",
                port=self.port,
                dbname=database or "postgres",
                user=user,
                password=password,
                autocommit=True,
            )
        import pymysql

        return pymysql.connect(
            host="127.0.0.1", port=self.port, database=database, user=user, password=password, autocommit=True
        )

    def execute(self, database: str | None, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements as the owner; return the rows of the last."""
        connection = self.connect(database)
        try:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def create(self, name: str, template: str | None = None) -> str:
        """Make a database, empty or with the tables and rows of `template`; return its URI."""
        if self.kind == "postgresql":
            if template:
                # It must not be in use, and clients keep connections.
                self.execute(
                    None, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{template}'"
                )
            self.execute(None, f"CREATE DATABASE {name} TEMPLATE {template or 'template1'}")
            return self.uri(name)
        self.execute(None, f"CREATE DATABASE {name}")
        tables = [table for (table,) in self.execute(template, "SHOW TABLES")] if template else []
        # Foreign keys are not copied, and not needed. Else the experiment 0 would get the next free id.
        statements = ["SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')"]
        statements += [f"CREATE TABLE {table} LIKE {template}.{table}" for table in tables]
        statements += [f"INSERT INTO {table} SELECT * FROM {template}.{table}" for table in tables]
        self.execute(name, *statements)
        return self.uri(name)

    def drop(self, name: str) -> None:
        """Remove a database and whoever is connected to it."""
        self.execute(None, f"DROP DATABASE {name}" + (" WITH (FORCE)" if self.kind == "postgresql" else ""))

    def let_look(self, name: str) -> str:
        """Give the reading role SELECT on all tables of a database; return its URI for that role."""
        if self.kind == "postgresql":
            self.execute(name, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}")
        else:
            self.execute(None, f"GRANT SELECT ON {name}.* TO {READER}")
        return self.uri(name, READER, READER_PASSWORD)

    def restart(self, *, gap_s: float = 0) -> None:
        """Stop the server and start it again on the same port and data."""
        _stop(self)
        time.sleep(gap_s)
        self.process = _start(self.command, self.account, self.folder)
        _wait(self)

    def freeze(self, *, thaw: bool = False) -> None:
        """Stop all of the server's processes without ending them, or let them go on."""
        from psutil import NoSuchProcess, Process

        main = Process(self.process.pid)
        for process in [main, *main.children(recursive=True)]:
            with contextlib.suppress(NoSuchProcess):
                process.send_signal(signal.SIGCONT if thaw else signal.SIGSTOP)


@contextlib.contextmanager
def database_server(kind: Kind) -> Iterator[DatabaseServer]:
    """Start an empty server with an owner and a reading role; stops it and removes everything after."""
    account = _account("postgres" if kind == "postgresql" else "mysql")
    # Not below pytest's own folder, which other accounts may not enter. The path of a socket must be short.
    folder = Path(tempfile.mkdtemp(prefix="explorer-db-"))
    try:
        if account:
            shutil.chown(folder, account)
        port = free_port()
        command = (_prepare_postgresql if kind == "postgresql" else _prepare_mysql)(folder, port, account)
        server = DatabaseServer(kind, port, folder, _start(command, account, folder), command, account)
        try:
            _wait(server)
            yield server
        finally:
            _stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def copy_into(source: Path, uri: str) -> None:
    """Write everything of an SQLite database of MLflow's into the empty database at `uri`, with the same ids.

    MLflow itself makes the tables there.
    """
    import sqlalchemy as sa
    from mlflow import MlflowClient

    MlflowClient(uri).search_experiments()
    there, here = sa.create_engine(uri), sa.create_engine(f"sqlite:///{source}")
    tables = sa.MetaData()
    tables.reflect(there, only=lambda name, _: name != "alembic_version")
    with here.connect() as reading, there.begin() as writing:
        if there.dialect.name == "mysql":
            # Else the experiment 0 would get the next free id.
            writing.exec_driver_sql("SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')")
        for table in reversed(tables.sorted_tables):
            writing.execute(table.delete())
        for table in tables.sorted_tables:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            rows = reading.exec_driver_sql(f'SELECT {names} FROM "{table.name}"').mappings().all()
            if rows:
                flags = [c.name for c in table.columns if isinstance(c.type, sa.Boolean)]
                writing.execute(table.insert(), [{**row, **{flag: bool(row[flag]) for flag in flags}} for row in rows])
    here.dispose()
    there.dispose()


def _prepare_postgresql(folder: Path, port: int, account: str | None) -> list[str]:
    postgres = _program("postgres", "/usr/lib/postgresql/*/bin/postgres", "/usr/pgsql-*/bin/postgres")
    passwords = folder / "password"
    passwords.write_text(PASSWORD)
    passwords.chmod(0o644)
    initdb = [str(Path(postgres).with_name("initdb")), "-D", f"{folder}/data", "-U", OWNER, "--no-sync"]
    initdb += ["--auth=scram-sha-256", f"--pwfile={passwords}", "--encoding=UTF8", "--locale=C"]
    version = int((re.findall(r"\d+", _run([postgres, "--version"], None)) or ["0"])[0])
    if version >= 15:
        # Sorts as people do and not by code points, so that a comparison in another order shows.
        initdb += ["--locale-provider=icu", "--icu-locale=en-US"]
    _run(initdb, account)
    settings = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": folder,
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": 60,
        "shared_buffers": "64MB",
        "max_wal_senders": 0,
        "wal_level": "minimal",
    }
    return [postgres, "-D", f"{folder}/data", *(part for k, v in settings.items() for part in ("-c", f"{k}={v}"))]


def _prepare_mysql(folder: Path, port: int, account: str | None) -> list[str]:
    """Return the command of the server; MariaDB where there is one, else MySQL."""
    settings = {
        "datadir": f"{folder}/data",
        "socket": f"{folder}/db.sock",
        "pid-file": f"{folder}/db.pid",
        "port": port,
        "bind-address": "127.0.0.1",
        # As Debian and MySQL 8 have it; without, MariaDB 10 would store texts as latin1.
        "character-set-server": "utf8mb4",
        "innodb-flush-log-at-trx-commit": 0,
        "innodb-doublewrite": 0,
        # One file for all tables: tests make and drop hundreds.
        "innodb-file-per-table": 0,
        "innodb-buffer-pool-size": "128M",
        "skip-log-bin": None,
        "skip-name-resolve": None,
    }
    options = [f"--{name}" if value is None else f"--{name}={value}" for name, value in settings.items()]
    try:
        server = _program("mariadbd", "/usr/sbin/mariadbd")
    except FileNotFoundError:
        server = _program("mysqld", "/usr/sbin/mysqld")
        _run([server, "--no-defaults", "--initialize-insecure", *options], account)
        return [server, "--no-defaults", *options]
    install = _program("mariadb-install-db", "/usr/bin/mariadb-install-db")
    options_of_install = ["--skip-test-db", "--skip-name-resolve", "--auth-root-authentication-method=normal"]
    _run([install, "--no-defaults", f"--datadir={folder}/data", *options_of_install], account)
    return [server, "--no-defaults", *options]


def _program(name: str, *places: str) -> str:
    """Return where a program is; the newest one where there are several versions."""
    found = shutil.which(name)
    if found:
        return found
    paths = sorted(
        (p for place in places for p in glob.glob(place)), key=lambda p: [int(n) for n in re.findall(r"\d+", p)]
    )
    if not paths:
        raise FileNotFoundError(f"{name} is not installed. `sh scripts/databases.sh` says what the tests need.")
    return paths[-1]


def _account(name: str) -> str | None:
    """Return the account to run a server as, which must not be root; None for our own."""
    if os.getuid() != 0:
        return None
    for candidate in (name, "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(candidate).pw_name
    raise RuntimeError("There is no account to run a database server as.")


def _as(account: str | None) -> dict[str, Any]:
    if account is None:
        return {}
    entry = pwd.getpwnam(account)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _run(command: Sequence[str], account: str | None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", timeout=120, **_as(account))
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")
    return done.stdout


def _start(command: Sequence[str], account: str | None, folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "server.log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            **_as(account),
        )


def _wait(server: DatabaseServer) -> None:
    """Wait until the server answers, and has our roles."""
    end = time.monotonic() + _START_S
    problem: Exception | None = None
    while time.monotonic() < end and server.process.poll() is None:
        try:
            (_postgresql_roles if server.kind == "postgresql" else _mysql_roles)(server)
            server.execute(None, "SELECT 1")
        except Exception as error:
            problem = error
            time.sleep(0.05)
        else:
            return
    log = (server.folder / "server.log").read_text(errors="replace")
    raise RuntimeError(f"{server.command[0]} did not start ({problem}):\n{log[-2000:]}")


def _postgresql_roles(server: DatabaseServer) -> None:
    if not server.execute(None, f"SELECT 1 FROM pg_roles WHERE rolname = '{READER}'"):
        server.execute(None, f"CREATE ROLE {READER} LOGIN PASSWORD '{READER_PASSWORD}'")


def _mysql_roles(server: DatabaseServer) -> None:
    import pymysql

    root = pymysql.connect(unix_socket=f"{server.folder}/db.sock", user="root", autocommit=True)
    with root, root.cursor() as cursor:
        cursor.execute(f"CREATE USER IF NOT EXISTS {OWNER}@'%%' IDENTIFIED BY %s", [PASSWORD])
        cursor.execute(f"GRANT ALL ON *.* TO {OWNER}@'%' WITH GRANT OPTION")
        cursor.execute(f"CREATE USER IF NOT EXISTS {READER}@'%%' IDENTIFIED BY %s", [READER_PASSWORD])


def _stop(server: DatabaseServer) -> None:
    with contextlib.suppress(ProcessLookupError):
        # PostgreSQL's "fast": it ends all sessions and does not wait for them.
        server.process.send_signal(signal.SIGINT if server.kind == "postgresql" else signal.SIGTERM)
    try:
        server.process.wait(20)
    except subprocess.TimeoutExpired:
        # Its session is its own, and its children are in it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()
