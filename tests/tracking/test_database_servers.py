"""What is particular to databases on servers: rights, limits, lost connections, and the servers' own ideas of text."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import math
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlflow_explorer.errors import (
    BadInput,
    ExplorerError,
    NotSupported,
    TrackingBroken,
    TrackingDenied,
    TrackingTimeout,
    TrackingUnavailable,
)
from jupyter_mlflow_explorer.tracking import matching
from jupyter_mlflow_explorer.tracking.database import DatabaseStore
from jupyter_mlflow_explorer.tracking.database.engine import Reader
from jupyter_mlflow_explorer.tracking.store import ExperimentsQuery, RunsQuery

from ..stores import compare
from ..stores.databases import OWNER, PASSWORD, READER, READER_PASSWORD, DatabaseServer
from ..stores.seed import Seed
from ..stores.server import free_port
from .test_database import call_everything

_number = itertools.count()

#: Minutes of work: 8 billion rows.
ENDLESS = "SELECT count(*) FROM metrics a, metrics b, metrics c"


@pytest.fixture(params=["postgresql", "mysql"])
def server(request: pytest.FixtureRequest) -> DatabaseServer:
    """Each server, with the seeded database on it."""
    request.getfixturevalue(f"seeded_{request.param}")
    found: DatabaseServer = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def copy(server: DatabaseServer) -> Iterator[str]:
    """The name of a copy to spoil."""
    name = f"copy_{next(_number)}"
    server.create(name, "seeded")
    yield name
    server.drop(name)


@asynccontextmanager
async def opened(uri: str, **options: Any) -> AsyncIterator[DatabaseStore]:
    store = DatabaseStore(uri, **options)
    try:
        yield store
    finally:
        await store.close()


async def refusal(uri: str, **options: Any) -> ExplorerError:
    """Return how a store refuses to work; it must not tell the password."""
    async with opened(uri, **options) as store:
        with pytest.raises(ExplorerError) as failure:
            await store.check()
    told = f"{failure.value.message} {failure.value!r} {failure.value.__cause__!r}"
    for secret in (PASSWORD, READER_PASSWORD, "p%40ss", "p@ss", "s3cret", "only%20looking"):
        assert secret not in told
    return failure.value


def sessions(server: DatabaseServer, database: str) -> list[tuple[str, str]]:
    """Return (state, query) of every session on a database but our own."""
    if server.kind == "postgresql":
        query = (
            "SELECT state, query FROM pg_stat_activity"
            f" WHERE datname = '{database}' AND application_name = 'jupyter-mlflow-explorer'"
        )
    else:
        # No command but a kept connection is "Sleep"; an open transaction is in another table.
        query = (
            "SELECT IF(t.trx_id IS NULL, p.command, CONCAT(p.command, ' in transaction')), coalesce(p.info, '')"
            " FROM information_schema.processlist p"
            " LEFT JOIN information_schema.innodb_trx t ON t.trx_mysql_thread_id = p.id"
            f" WHERE p.db = '{database}' AND p.user = '{READER}'"
        )
    return [(str(state), str(text)) for state, text in server.execute(None, query)]


def at_work(server: DatabaseServer, database: str) -> bool:
    """Return whether the endless query is under way."""
    found = sessions(server, database)
    return any(ENDLESS in query and state.split()[0] in ("active", "Query") for state, query in found)


async def until(condition: Callable[[], bool], timeout_s: float = 5) -> bool:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if await asyncio.to_thread(condition):
            return True
        await asyncio.sleep(0.05)
    return False


def endless(reader: Reader) -> Any:
    import sqlalchemy as sa

    return reader.rows(sa.text(ENDLESS))


def everything(server: DatabaseServer, database: str) -> str:
    """Return a digest of all rows of all tables."""
    if server.kind == "postgresql":
        tables = server.execute(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    else:
        tables = sorted(server.execute(database, "SHOW TABLES"))
    digest = hashlib.sha256()
    for (table,) in tables:
        rows = server.execute(database, f"SELECT * FROM {table}")
        digest.update(f"{table} {sorted(map(repr, rows))}".encode())
    return digest.hexdigest()


def changes(server: DatabaseServer, database: str) -> list[tuple[Any, ...]]:
    """Return the server's own counters of rows written."""
    if server.kind == "postgresql":
        return server.execute(
            database,
            "SELECT pg_stat_force_next_flush()",
            "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables ORDER BY 1",
        )
    return server.execute(
        None,
        "SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_insert', 'Com_insert_select', 'Com_update', 'Com_delete',"
        " 'Com_replace', 'Com_truncate', 'Com_create_table', 'Com_alter_table', 'Com_drop_table', 'Com_commit')",
    )


@pytest.mark.asyncio
async def test_looking_changes_nothing_and_needs_the_right_to_select_only(
    server: DatabaseServer, copy: str, seeded: Seed
) -> None:
    uri = server.let_look(copy)
    rows, counters = everything(server, copy), changes(server, copy)
    assert len(counters) > 4
    async with opened(uri, request_timeout_s=30) as store:
        await call_everything(store, seeded)
        await call_everything(store, seeded)
        kept = sessions(server, copy)
        assert 1 <= len(kept) <= 4
        assert {state for state, _ in kept} == {"idle" if server.kind == "postgresql" else "Sleep"}
    # PostgreSQL's sessions report what they did at their end at the latest.
    assert await until(lambda: not sessions(server, copy))
    assert changes(server, copy) == counters
    assert everything(server, copy) == rows


@pytest.mark.asyncio
async def test_an_owner_cannot_write_through_the_store_either(server: DatabaseServer, copy: str) -> None:
    import sqlalchemy as sa

    before = everything(server, copy)
    async with opened(server.uri(copy)) as store:
        for statement in ("DELETE FROM tags", "CREATE TABLE mine (x int)", "UPDATE runs SET name = 'x'"):
            with pytest.raises(TrackingBroken, match=r"(?i)read.only"):
                await store._database.run(lambda reader, text=statement: reader.rows(sa.text(text)))
        assert "experiment" in await store.check()
    assert everything(server, copy) == before


@pytest.mark.asyncio
async def test_a_cancelled_call_ends_its_query_on_the_server(server: DatabaseServer) -> None:
    async with opened(server.let_look("seeded"), request_timeout_s=60) as store:
        await store.check()
        task = asyncio.create_task(store._database.run(endless))
        assert await until(lambda: at_work(server, "seeded"))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await until(lambda: not at_work(server, "seeded"), 10)
        assert "experiment" in await store.check()


@pytest.mark.asyncio
async def test_the_time_limit_ends_the_query_on_the_server_and_frees_the_thread(server: DatabaseServer) -> None:
    async with opened(server.let_look("seeded"), request_timeout_s=1, threads=1) as store:
        await store.check()
        began = time.monotonic()
        with pytest.raises(TrackingTimeout, match=r"1 s|took too long"):
            await store._database.run(endless)
        assert time.monotonic() - began < 20
        assert await until(lambda: not at_work(server, "seeded"), 10)
        assert "experiment" in await store.check()


@pytest.mark.asyncio
async def test_the_server_itself_ends_a_query_that_nobody_could_end(server: DatabaseServer) -> None:
    """As when this process is gone: the limit is known to the server."""
    async with opened(server.let_look("seeded"), request_timeout_s=1) as store:
        engine = store._database.engine
        job = engine.job(60)
        began = time.monotonic()
        with pytest.raises(TrackingTimeout, match="took too long"):
            await asyncio.to_thread(engine.perform, endless, job)
        assert 0.9 < time.monotonic() - began < 20


@pytest.mark.asyncio
async def test_closing_the_store_ends_what_is_under_way(server: DatabaseServer) -> None:
    store = DatabaseStore(server.let_look("seeded"), request_timeout_s=60)
    task = asyncio.create_task(store._database.run(endless))
    assert await until(lambda: at_work(server, "seeded"))
    await store.close()
    assert await until(lambda: not sessions(server, "seeded"), 10)
    with pytest.raises(TrackingTimeout):
        await task
    await store.close()
    assert "experiment" in await store.check()
    await store.close()


@pytest.mark.asyncio
async def test_calls_beside_each_other_share_few_connections(server: DatabaseServer, seeded: Seed) -> None:
    main = (seeded.experiments["main"],)
    async with opened(server.let_look("seeded"), request_timeout_s=30) as store:
        query = RunsQuery(main, order_by=("metrics.acc",))
        pages = await asyncio.gather(*(store.runs(query) for _ in range(40)))
        assert len({page.model_dump_json() for page in pages}) == 1
        assert len(sessions(server, "seeded")) <= 4


@pytest.mark.asyncio
async def test_a_restarted_server_is_used_again_at_once(server: DatabaseServer) -> None:
    async with opened(server.let_look("seeded")) as store:
        await asyncio.gather(*(store.check() for _ in range(4)))
        await asyncio.to_thread(server.restart)
        assert "experiment" in await store.check()
        assert len(await asyncio.gather(*(store.check() for _ in range(4)))) == 4


@pytest.mark.asyncio
async def test_a_frozen_server_costs_the_time_limit_and_no_thread(server: DatabaseServer) -> None:
    store = DatabaseStore(server.let_look("seeded"), request_timeout_s=1, threads=2)
    await store.check()
    before = {thread.ident for thread in threading.enumerate()}
    server.freeze()
    try:
        began = time.monotonic()
        answers = await asyncio.gather(*(store.check() for _ in range(3)), return_exceptions=True)
        assert {type(answer) for answer in answers} <= {TrackingTimeout, TrackingUnavailable}
        assert time.monotonic() - began < 20
        # The two threads come back although the server says nothing; so the executor has room for a plain job.
        executor = store._database._executor
        assert executor is not None
        assert await asyncio.wait_for(asyncio.wrap_future(executor.submit(lambda: "free")), 12) == "free"
    finally:
        server.freeze(thaw=True)
    assert "experiment" in await store.check()
    await store.close()
    names = [t.name for t in threading.enumerate() if t.ident not in before]
    assert not [name for name in names if name == "mlflow-explorer-cancel"] or await until(
        lambda: all(t.name != "mlflow-explorer-cancel" for t in threading.enumerate())
    )


@pytest.mark.asyncio
async def test_failures_to_connect_are_told_apart(server: DatabaseServer) -> None:
    server.let_look("seeded")
    cases: list[tuple[str, type[ExplorerError], str]] = [
        (server.uri("seeded", password="s3cret/wrong"), TrackingDenied, "user and password"),
        (server.uri("seeded", user="nobody_here"), TrackingDenied, "user and password"),
        (server.uri("nowhere"), TrackingUnavailable, "does not exist"),
        (server.uri("seeded", port=free_port()), TrackingUnavailable, "cannot be reached"),
        (server.uri("seeded").replace("127.0.0.1", "no-such-host.invalid"), TrackingUnavailable, "cannot be reached"),
        (server.uri("seeded") + "?nonsense=s3cret", BadInput, "argument"),
        (server.uri("seeded") + "?connect_timeout=s3cret", BadInput, "argument"),
    ]
    for uri, error, says in cases:
        found = await refusal(uri)
        assert isinstance(found, error), (uri, found)
        assert says in found.message, (uri, found.message)


@pytest.mark.asyncio
async def test_a_user_without_rights_is_told_what_is_missing(server: DatabaseServer, copy: str) -> None:
    uri = server.let_look(copy)
    table = "runs" if server.kind == "postgresql" else f"{copy}.runs"
    if server.kind == "postgresql":
        server.execute(copy, f"REVOKE SELECT ON {table} FROM {READER}")
        async with opened(uri) as store:
            with pytest.raises(TrackingDenied, match="SELECT"):
                await store.runs(RunsQuery(("1",)))
        server.execute(copy, f"REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM {READER}")
        assert "SELECT" in (await refusal(uri)).message
    else:
        server.execute(None, f"REVOKE ALL PRIVILEGES ON {copy}.* FROM {READER}")
        assert isinstance(await refusal(uri), TrackingDenied)


@pytest.mark.asyncio
async def test_a_tls_connection_that_the_server_does_not_offer_is_not_made(server: DatabaseServer) -> None:
    argument = "sslmode=require" if server.kind == "postgresql" else "ssl_mode=REQUIRED"
    failure = await refusal(f"{server.uri('seeded')}?{argument}")
    assert isinstance(failure, TrackingUnavailable)
    assert "TLS" in failure.message
    missing = "sslrootcert=/no/such.pem&sslmode=verify-full" if server.kind == "postgresql" else "ssl_ca=/no/such.pem"
    failure = await refusal(f"{server.uri('seeded')}?{missing}")
    assert "TLS" in failure.message


@pytest.mark.asyncio
async def test_databases_that_are_empty_old_or_foreign_are_named(server: DatabaseServer, copy: str) -> None:
    server.create("empty_one")
    failure = await refusal(server.let_look("empty_one"))
    assert isinstance(failure, TrackingUnavailable)
    assert "no MLflow tables yet" in failure.message
    assert "empty_one" in failure.message
    # Its tables appear later.
    async with opened(server.uri("empty_one")) as store:
        with pytest.raises(TrackingUnavailable):
            await store.check()
        if server.kind == "postgresql":
            server.execute("empty_one", "CREATE TABLE runs (run_uuid text)")
        else:
            server.execute("empty_one", "CREATE TABLE runs (run_uuid varchar(32))")
        with pytest.raises(TrackingBroken, match="lacks"):
            await store.check()
    server.drop("empty_one")
    async with opened(server.let_look(copy)) as store:
        await store.check()
        # Changed while the store is open, as a migration may.
        server.execute(copy, "ALTER TABLE experiments RENAME COLUMN lifecycle_stage TO stage")
        with pytest.raises(TrackingBroken, match="experiments lacks lifecycle_stage"):
            await store.experiments(ExperimentsQuery())


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("name", "schemes"),
    [
        ("postgresql", ["postgresql", "postgres", "postgresql+psycopg2", "postgresql+psycopg", "PostgreSQL+asyncpg"]),
        ("mysql", ["mysql", "mysql+pymysql", "mysql+mysqldb", "mariadb", "mariadb+mariadbconnector", "MySQL"]),
    ],
)
async def test_any_driver_in_a_uri_is_the_one_that_is_installed(
    name: str, schemes: list[str], request: pytest.FixtureRequest
) -> None:
    from jupyter_mlflow_explorer.tracking.connections import open_store

    rest = request.getfixturevalue(f"seeded_{name}").partition("://")[2]
    for scheme in schemes:
        store = open_store(f"{scheme}://{rest}")
        assert store.kind == "database"
        assert "database with 7 experiments." in await store.check(), scheme
        await store.close()


@pytest.mark.asyncio
async def test_arguments_in_the_uri_reach_the_driver(postgresql: DatabaseServer, seeded_postgresql: str) -> None:
    socket = f"postgresql://{OWNER}:{PASSWORD.replace('%', '%25').replace('@', '%40').replace('/', '%2F')}"
    uri = f"{socket.replace('#', '%23').replace('?', '%3F')}@/seeded?host={postgresql.folder}&port={postgresql.port}"
    async with opened(f"{uri}&options=-csearch_path%3Dpublic&application_name=mine") as store:
        assert "experiment" in await store.check()
        assert postgresql.execute(None, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mine'") == [
            (1,)
        ]
    assert "no MLflow tables" in (await refusal(f"{uri}&options=-csearch_path%3Delsewhere")).message


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("postgresql://u:s3cret@h/db", "PostgreSQL database 'db' on h"),
        ("postgresql+psycopg2://h:5433/a%20b?sslmode=require", "PostgreSQL database 'a b' on h:5433"),
        ("mysql://u:s3cret@[::1]:3306/db?password=s3cret", "MySQL database 'db' on [::1]:3306"),
        ("postgresql:///db?host=/run/s3cret", "PostgreSQL database 'db'"),
        ("postgresql://h1:1,h2:2/db", "PostgreSQL database 'db' on h1:1,h2:2"),
        ("postgresql://u:s3/cret@h/db", "PostgreSQL database 'db' on h"),
        *(
            (uri, "PostgreSQL database")
            for uri in (
                "postgresql://u:s3@cret@h/db",
                "postgresql://u:s3?cret@h/db",
                "postgresql://h/db?password=s3@cret/x",
                "postgresql://h/db/s3cret",
                "postgresql://u:s3cret",
            )
        ),
    ],
)
def test_messages_name_the_database_and_no_secret(uri: str, name: str) -> None:
    found = DatabaseStore(uri)._database.engine.name
    assert found == name
    assert "s3" not in found
    assert "cret" not in found


@pytest.mark.parametrize("uri", ["mssql+pyodbc://u:s3cret@h/db", "oracle://u:s3cret@h/db"])
def test_other_databases_are_not_read(uri: str) -> None:
    with pytest.raises((BadInput, NotSupported)) as failure:
        DatabaseStore(uri)
    assert "s3cret" not in failure.value.message


@pytest.mark.parametrize(("scheme", "module"), [("postgresql", "psycopg"), ("mysql", "pymysql")])
def test_a_missing_driver_is_named_and_none_is_loaded_before_use(scheme: str, module: str) -> None:
    code = f"""
import asyncio, sys
from jupyter_mlflow_explorer.tracking.database import DatabaseStore
store = DatabaseStore("{scheme}://u:s3cret@localhost/db")
print([m for m in ("sqlalchemy", "psycopg", "psycopg2", "pymysql", "MySQLdb") if m in sys.modules])
for name in ("psycopg", "psycopg2", "pymysql", "MySQLdb"):
    sys.modules[name] = None
try:
    asyncio.run(store.check())
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded, said = done.stdout.splitlines()
    assert loaded == "[]"
    assert said.startswith("NotSupported ")
    assert f'pip install "jupyter-mlflow-explorer[{scheme}]"' in said
    assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.asyncio
async def test_pages_neither_repeat_nor_lose_runs_while_new_ones_arrive(
    server: DatabaseServer, copy: str, seeded: Seed
) -> None:
    main = (seeded.experiments["main"],)
    async with opened(server.let_look(copy)) as store:
        for order in ((), ("metrics.acc DESC",), ("run_name",), ("params.lr DESC", "end_time"), ("tags.group",)):
            expected = [run.run_id for run in (await store.runs(RunsQuery(main, order_by=order))).runs]
            seen: list[str] = []
            token = None
            while True:
                page = await store.runs(RunsQuery(main, order_by=order, max_results=4, page_token=token))
                seen += [run.run_id for run in page.runs]
                token = page.next_page_token
                if token is None:
                    break
                server.execute(
                    copy,
                    "INSERT INTO runs (run_uuid, name, status, start_time, lifecycle_stage, experiment_id) VALUES"
                    f" ('{uuid.uuid4().hex}', 'new', 'RUNNING', {int(time.time() * 1000)}, 'active', {main[0]})",
                )
            assert len(seen) == len(set(seen))
            assert [run_id for run_id in seen if run_id in expected] == expected


async def walk(store: DatabaseStore, main: tuple[str, ...], order: tuple[str, ...], view: Any = "active") -> list[str]:
    """Return the ids of all pages."""
    seen: list[str] = []
    token = None
    while True:
        page = await store.table(RunsQuery(main, order_by=order, view=view, max_results=3, page_token=token), [])
        seen += page.run_ids
        token = page.next_page_token
        if token is None:
            return seen


@pytest.mark.asyncio
async def test_missing_values_sort_where_mlflow_has_them(server: DatabaseServer, copy: str, seeded: Seed) -> None:
    """Databases differ in where they put NULL; pages have to go through it."""
    from mlflow import MlflowClient

    ids = list(seeded.runs.values())
    for statement in (
        f"UPDATE runs SET end_time = NULL WHERE run_uuid IN ('{ids[1]}', '{ids[2]}')",
        "UPDATE experiments SET creation_time = NULL WHERE name IN ('main', 'other')",
        "UPDATE experiments SET last_update_time = NULL WHERE name = 'empty'",
    ):
        server.execute(copy, statement)
    client = MlflowClient(server.uri(copy))
    main = (seeded.experiments["main"],)
    async with opened(server.let_look(copy)) as store:
        for order in ((), ("end_time DESC",), ("end_time", "params.lr")):
            expected = client.search_runs(list(main), order_by=list(order), max_results=1000)
            assert await walk(store, main, order) == [run.info.run_id for run in expected], order
        for order in ((), ("creation_time",), ("creation_time DESC",), ("last_update_time", "name DESC")):
            names: list[str] = []
            token = None
            while True:
                page = await store.experiments(ExperimentsQuery(order_by=order, max_results=2, page_token=token))
                names += [experiment.name for experiment in page.experiments]
                token = page.next_page_token
                if token is None:
                    break
            experiments = client.search_experiments(order_by=list(order) or None)
            assert names == [experiment.name for experiment in experiments], order
        # MLflow cannot read a run without a start; its pages have to end all the same.
        lost = {ids[0], ids[3], ids[5]}
        for run_id in lost:
            server.execute(copy, f"UPDATE runs SET start_time = NULL WHERE run_uuid = '{run_id}'")
        for order in ((), ("start_time",), ("start_time DESC",), ("status",)):
            found = await walk(store, main, order)
            assert len(found) == len(set(found))
            assert lost <= set(found)


@pytest.mark.asyncio
async def test_tokens_and_texts_that_the_server_cannot_take_are_bad_input(server: DatabaseServer, seeded: Seed) -> None:
    from jupyter_mlflow_explorer.tracking import paging

    main = (seeded.experiments["main"],)
    async with opened(server.let_look("seeded")) as store:
        for order in ((), ("metrics.acc",), ("run_name DESC",)):
            query = RunsQuery(main, order_by=order, max_results=2)
            page = await store.runs(query)
            assert page.next_page_token
            position = paging.decode(page.next_page_token, paging.fingerprint(query))
            for place, junk in itertools.product(range(len(position)), ("x", 1.5, 2**70, math.inf, math.nan, True, [])):
                spoilt = [*position[:place], junk, *position[place + 1 :]]
                token = paging.encode(paging.fingerprint(query), spoilt)
                try:
                    await store.runs(RunsQuery(main, order_by=order, max_results=2, page_token=token))
                except BadInput:
                    continue
                # Of the same kind as what was there.
                assert isinstance(junk, str) == isinstance(position[place], str), (order, place, junk)
                assert isinstance(junk, str) or (isinstance(position[place], float) and math.isfinite(junk))
        for text in ("params.lr = 'a\0b'", "params.lr = '\ud800'", "params.lr LIKE 'a\\'"):
            with contextlib.suppress(BadInput):
                assert (await store.runs(RunsQuery(main, filter=text))).runs == []
        for number in ("99999999999999999999", "-1e300", "1e400", "-1e400"):
            for key, operator in itertools.product(("start_time", "metrics.fine", "params.lr"), ("<", ">", "=", "!=")):
                page = await store.runs(RunsQuery(main, filter=f"{key} {operator} {number}"))
                everywhere = operator == "!=" or (operator == "<") == (number[0] != "-")
                assert bool(page.runs) == (everywhere and operator != "="), (key, operator, number)


@pytest.mark.asyncio
async def test_metrics_that_no_client_would_show_are_infinite_as_elsewhere(
    postgresql: DatabaseServer, seeded_postgresql: str, seeded: Seed
) -> None:
    """Written by others than MLflow; MySQL has no such numbers."""
    postgresql.create("infinite", "seeded")
    postgresql.execute(
        "infinite",
        f"UPDATE latest_metrics SET value = '-Infinity' WHERE key = 'fine' AND run_uuid = '{seeded.runs['run-1']}'",
        f"UPDATE latest_metrics SET value = 'NaN' WHERE key = 'fine' AND run_uuid = '{seeded.runs['run-2']}'",
    )
    async with opened(postgresql.let_look("infinite")) as store:
        assert (await store.run(seeded.runs["run-1"])).metrics["fine"] == -math.inf
        assert math.isnan((await store.run(seeded.runs["run-2"])).metrics["fine"])
        (values,) = (await store.table(RunsQuery((seeded.experiments["main"],)), ["metrics.fine"])).columns
        assert -math.inf in values.values
    postgresql.drop("infinite")


@pytest.mark.asyncio
async def test_relative_artifact_locations_are_not_guessed(
    server: DatabaseServer, copy: str, seeded: Seed, tmp_path: Any
) -> None:
    run_id = seeded.runs["files"]
    (tmp_path / "x.txt").write_text("x")
    async with opened(server.let_look(copy)) as store:
        for uri in ("mlruns/1/abc/artifacts", "./mlruns", "file:mlruns/1"):
            server.execute(copy, f"UPDATE runs SET artifact_uri = '{uri}' WHERE run_uuid = '{run_id}'")
            with pytest.raises(NotSupported, match="relative"):
                await store.artifacts(run_id)
        for uri in (str(tmp_path), tmp_path.as_uri()):
            server.execute(copy, f"UPDATE runs SET artifact_uri = '{uri}' WHERE run_uuid = '{run_id}'")
            assert [entry.path for entry in (await store.artifacts(run_id)).entries] == ["x.txt"]


@pytest.mark.asyncio
async def test_long_histories_come_in_stretches_and_whole(server: DatabaseServer, copy: str, seeded: Seed) -> None:
    run_id = seeded.runs["run-0"]
    count = 45_000
    numbers = f"generate_series(0, {count - 1}) AS s(n)" if server.kind == "postgresql" else f"seq_0_to_{count - 1}"
    n = "n" if server.kind == "postgresql" else "seq"
    key = "key" if server.kind == "postgresql" else "`key`"
    no = "false" if server.kind == "postgresql" else "0"
    columns = f"{key}, value, timestamp, step, is_nan, run_uuid"
    for name, step in (("plain", n), ("tied", f"{n} / 2" if server.kind == "postgresql" else f"{n} DIV 2")):
        server.execute(
            copy,
            f"INSERT INTO metrics ({columns})"
            f" SELECT '{name}', CASE WHEN {n} = 31234 THEN 9 ELSE 1 END, {n}, {step}, {no}, '{run_id}' FROM {numbers}",
        )
    async with opened(server.let_look(copy), request_timeout_s=60) as store:
        whole = await store.metric_histories([run_id], ["plain", "tied"])
        assert [history.total for history in whole] == [count, count]
        assert [point[1] for point in whole[0].points] == [point[1] for point in whole[1].points] == list(range(count))
        thin = await store.metric_histories([run_id], ["plain", "tied"], 500)
        for history, full in zip(thin, whole, strict=True):
            assert (history.total, history.downsampled) == (count, True)
            assert 100 < len(history.points) <= 500
            assert set(history.points) <= set(full.points)
            assert max(point[2] for point in history.points) == 9
            assert (history.points[0], history.points[-1]) == (full.points[0], full.points[-1])


@pytest.mark.asyncio
async def test_keys_that_differ_in_case_are_two(server: DatabaseServer, copy: str, seeded: Seed) -> None:
    run_id, other = seeded.runs["run-0"], seeded.runs["run-1"]
    key = "key" if server.kind == "postgresql" else "`key`"
    no = "false" if server.kind == "postgresql" else "0"
    for owner, name in ((run_id, "Upper"), (other, "UPPER"), (other, "é")):
        server.execute(copy, f"INSERT INTO params ({key}, value, run_uuid) VALUES ('{name}', '{name}', '{owner}')")
        server.execute(
            copy,
            f"INSERT INTO latest_metrics ({key}, value, timestamp, step, is_nan, run_uuid)"
            f" VALUES ('{name}', 1, 1, 1, {no}, '{owner}')",
            f"INSERT INTO metrics ({key}, value, timestamp, step, is_nan, run_uuid)"
            f" VALUES ('{name}', 1, 1, 1, {no}, '{owner}')",
        )
    main = seeded.experiments["main"]
    async with opened(server.let_look(copy)) as store:
        found = await store.columns([main])
        assert {"UPPER", "Upper", "é"} <= set(found.params)
        assert {"UPPER", "Upper", "é"} <= set(found.metrics)
        table = await store.table(RunsQuery((main,)), ["params.Upper", "params.UPPER", "params.upper", "params.e"])
        values = [{value for value in column.values if value} for column in table.columns]
        assert values == [{"Upper"}, {"UPPER"}, set(), set()]
        for name, total in (("Upper", 1), ("UPPER", 0), ("upper", 0)):
            (history,) = await store.metric_histories([run_id], [name])
            assert (name, history.total) == (name, total)
        for text, count in (("params.Upper = 'Upper'", 1), ("params.upper = 'Upper'", 0), ("params.e = 'é'", 0)):
            assert (await store.runs(RunsQuery((main,), filter=text))).total == count, text


@pytest.mark.asyncio
async def test_points_are_mlflows_where_keys_hold_every_character_mlflow_takes(
    server: DatabaseServer, seeded: Seed, request: pytest.FixtureRequest
) -> None:
    reference = request.getfixturevalue(f"{server.kind}_reference")
    async with opened(server.let_look("seeded")) as store:
        runs = (await store.runs(RunsQuery(seeded.all_experiments, view="all", max_results=100))).runs
        for run in runs:
            for history in await store.metric_histories([run.run_id], list(run.metrics)):
                assert compare.our_points(history) == compare.their_points(reference, run.run_id, history.key)


# Text, asked of the database itself: one row of texts beside each other

_TEXTS = st.text(
    st.sampled_from("aAbBkKsSiIıİſßẞﬁﬀﬃΣσςÄäÅÅéÉeE̊ŉʼn%_\\ '\"🎉ΐΐᾳαι\N{KELVIN SIGN}") | st.characters(codec="utf-8"),
    max_size=8,
).filter(lambda text: "\0" not in text)


@pytest.fixture
def asked(server: DatabaseServer) -> Iterator[Callable[[Callable[[Any, Any], Any], str], Any]]:
    """A function that computes an expression of our dialect for one text."""
    store = DatabaseStore(server.let_look("seeded"), request_timeout_s=30)
    loop = asyncio.new_event_loop()

    def ask(expression: Callable[[Any, Any], Any], text: str) -> Any:
        import sqlalchemy as sa

        def work(reader: Reader) -> Any:
            # A column, as the collation of a column counts.
            value = sa.select(sa.literal(text, sa.String).label("value")).subquery().c.value
            return reader.rows(sa.select(expression(reader.dialect, value)))[0][0]

        return loop.run_until_complete(store._database.run(work))

    yield ask
    loop.run_until_complete(store.close())
    loop.close()


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(text=_TEXTS, needle=_TEXTS, part=st.tuples(st.integers(0, 8), st.integers(0, 8)), is_part=st.booleans())
def test_search_ignores_case_as_everywhere(
    asked: Any, text: str, needle: str, part: tuple[int, int], is_part: bool
) -> None:
    if is_part:
        needle = text[min(part) : max(part)].swapcase()
    found = asked(lambda dialect, value: dialect.contains(value, needle), text)
    assert bool(found) == matching.matcher(needle)(text)


NUMBERS = {
    **{
        text: float(text)
        for text in ("0", "-0.5", "+1", "1.", ".5", "1e3", "1E-3", "1_000.5_0e1_0", "0x1".replace("x", "e"))
    },
    **{f"{space}7{space}": 7.0 for space in " \t\n\r\f\v"},
    "1e400": math.inf,
    "-1e400": -math.inf,
    "1e-400": 0.0,
    "1e99999999999": math.inf,
    "-1e99999999999": -math.inf,
    "1e-99999999999": 0.0,
    "0e99999999999": 0.0,
    "1e000000000000005": 1e5,
    "1.7976931348623157e308": 1.7976931348623157e308,
    "1.7976931348623159e308": math.inf,
    "5e-324": 5e-324,
    "2e-324": 0.0,
    "9" * 400: math.inf,
    "0." + "0" * 400 + "1": 0.0,
    "inf": math.inf,
    "-Infinity": -math.inf,
    "+iNf": math.inf,
}
NO_NUMBERS = (
    *(
        "",
        " ",
        "abc",
        "nan",
        "-NaN",
        "1 2",
        "1,5",
        "0x10",
        "1e",
        "e5",
        ".",
        "+",
        "--1",
        "1__0",
        "_1",
        "1_",
        "1e5.5",
        "True",
    ),
    *("1d", "infinit", "1\n2", "١", "1e+", "$1", "1%", "null"),
)


def test_params_are_read_as_numbers_and_other_text_never_fails(asked: Any, server: DatabaseServer) -> None:
    for text, expected in NUMBERS.items():
        found = asked(lambda dialect, value: dialect.number(value), text)
        if server.kind == "mysql" and math.isinf(expected):
            expected = math.copysign(sys.float_info.max, expected)
        assert found == expected, (text[:30], found)
    for text in NO_NUMBERS:
        assert asked(lambda dialect, value: dialect.number(value), text) is None, text


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(text=st.text("0123456789.eE+-_ infaNIFTY", max_size=12) | st.floats().map(repr))
def test_any_text_is_a_number_where_python_reads_one(asked: Any, server: DatabaseServer, text: str) -> None:
    try:
        expected: float | None = float(text)
    except ValueError:
        expected = None
    if expected is not None and math.isnan(expected):
        expected = None
    if expected is not None and server.kind == "mysql" and math.isinf(expected):
        expected = math.copysign(sys.float_info.max, expected)
    assert asked(lambda dialect, value: dialect.number(value), text) == expected


def test_a_database_in_another_charset_is_read_as_mlflow_reads_it(
    mysql: DatabaseServer, seeded_database: Seed, seeded_mysql: str
) -> None:
    """MariaDB 10 without settings has latin1, in which most of Unicode is not."""
    mysql.create("narrow", "seeded")
    key = "CONVERT TO CHARACTER SET utf8mb3"
    for (table,) in mysql.execute("narrow", "SHOW TABLES"):
        if table in ("experiments", "experiment_tags", "runs", "metrics", "latest_metrics"):
            mysql.execute("narrow", f"ALTER TABLE {table} {key}")
    asyncio.run(_narrow(mysql.let_look("narrow"), seeded_database))
    mysql.drop("narrow")


async def _narrow(uri: str, seeded: Seed) -> None:
    async with opened(uri) as store:
        names = [e.name for e in (await store.experiments(ExperimentsQuery(search="GRÖSSE"))).experiments]
        assert names == ["Größe & co"]
        page = await store.runs(RunsQuery((seeded.experiments["main"],), search="🎉"))
        assert [run.run_name for run in page.runs] == ["hostile"]
        table = await store.table(RunsQuery((seeded.experiments["main"],)), ["metrics.loss b", "tags.Größe"])
        assert {value for value in table.columns[1].values if value} == {"äÖ"}
        assert any(value is not None for value in table.columns[0].values)


def test_a_database_without_an_encoding_gives_text(postgresql: DatabaseServer, seeded_postgresql: str) -> None:
    from mlflow import MlflowClient

    postgresql.execute(
        None, "CREATE DATABASE bare ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0"
    )
    # MLflow's own client reads such a database only when it is told the encoding.
    client = MlflowClient(f"{postgresql.uri('bare')}?client_encoding=utf8")
    experiment = client.create_experiment("Größe", "/nowhere")
    run_id = client.create_run(experiment, run_name="ünï").info.run_id
    for key, value in (("good", "äÖ 🎉"), ("bad", "x")):
        client.log_param(run_id, key, value)
    postgresql.execute("bare", "UPDATE params SET value = E'a\\xffb' WHERE key = 'bad'")

    async def look() -> None:
        async with opened(postgresql.let_look("bare")) as store:
            run = await store.run(run_id)
            assert (run.run_name, run.params) == ("ünï", {"good": "äÖ 🎉", "bad": "a\ufffdb"})
            for text in ("Ö 🎉", "ÜNÏ"):
                assert (await store.runs(RunsQuery((experiment,), search=text))).total == 1
            assert (await store.experiments(ExperimentsQuery(search="GRÖSSE"))).experiments[0].name == "Größe"

    asyncio.run(look())
    postgresql.drop("bare")


def test_the_copy_in_each_server_is_the_whole_store(server: DatabaseServer, seeded_database: Seed) -> None:
    """What the other tests compare with: nothing was lost on the way into the server."""
    import sqlite3

    with sqlite3.connect(seeded_database.database) as connection:
        for table in ("runs", "params", "tags", "metrics", "latest_metrics", "experiments", "inputs", "logged_models"):
            (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            assert server.execute("seeded", f"SELECT count(*) FROM {table}") == [(count,)], table
