"""Our store on PostgreSQL and MariaDB against hand-written SQL through the driver and `MlflowClient`.

usage: python -m benchmarks.database_servers [--quick] [--explain]

SQLite with the same rows stands beside: the drivers of servers, and PyMySQL above all, take longer for each row. Starts
servers of its own in temporary folders, as the tests do. Exits with 1 where a budget is missed. ``--quick`` has a tenth
of the data, and its ratios do not count. ``--explain`` prints how the servers find the rows.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import os
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_mlflow_explorer.tracking.database import DatabaseStore
from jupyter_mlflow_explorer.tracking.database.engine import Reader
from jupyter_mlflow_explorer.tracking.store import RunsQuery
from tests.stores.databases import DatabaseServer, Kind, database_server

from . import sqlite_store
from .timing import Budget, Row, medians_s, render

_TABLES = ("experiments", "runs", "params", "tags", "latest_metrics", "metrics")
_COLUMNS = ["metrics.x", "metrics.m01", "metrics.m02", "params.y", "params.p01", "params.p02"]
_RUN = "r.run_uuid, r.name, r.user_id, r.status, r.start_time, r.end_time, r.lifecycle_stage, r.artifact_uri"
_ACTIVE = "r.experiment_id = 1 AND r.lifecycle_stage = 'active'"


class Handwritten:
    """The least that a driver can do: one connection, kept open, rows to plain dicts and lists."""

    def __init__(self, server: DatabaseServer, database: str) -> None:
        self._connection = server.connect(database)
        self._key = "key" if server.kind == "postgresql" else "`key`"

    def newest(self, count: int) -> dict[str, Any]:
        """One page of runs with everything."""
        return self._fill(f"SELECT {_RUN} FROM runs r WHERE {_ACTIVE} ORDER BY r.start_time DESC LIMIT {count}")

    def best(self, count: int) -> dict[str, Any]:
        """One page sorted by a metric."""
        return self._fill(
            f"SELECT {_RUN} FROM runs r LEFT JOIN latest_metrics m ON m.{self._key} = 'x' AND m.run_uuid = r.run_uuid"
            f" WHERE {_ACTIVE} ORDER BY CASE WHEN m.is_nan THEN 1 WHEN m.value IS NULL THEN 2 ELSE 0 END,"
            f" m.value DESC, r.start_time DESC LIMIT {count}"
        )

    def table(self, count: int) -> dict[str, list[Any]]:
        """Columns of chosen metrics and params: one query for each, put in place by run."""
        ids = [
            row[0]
            for row in self._rows(
                f"SELECT r.run_uuid FROM runs r WHERE {_ACTIVE} ORDER BY r.start_time DESC LIMIT {count}"
            )
        ]
        place = {run_id: i for i, run_id in enumerate(ids)}
        columns: dict[str, list[Any]] = {}
        for name in _COLUMNS:
            kind, _, key = name.partition(".")
            column = columns[name] = [None] * len(ids)
            table = "latest_metrics" if kind == "metrics" else "params"
            for run_id, value in self._rows(f"SELECT run_uuid, value FROM {table} WHERE {self._key} = '{key}'"):
                if run_id in place:
                    column[place[run_id]] = value
        return columns

    def histories(self, run_ids: Sequence[str]) -> list[list[Any]]:
        """All points of one metric of some runs."""
        return [
            self._rows(
                f"SELECT step, timestamp, value FROM metrics WHERE run_uuid = '{run_id}' AND {self._key} = 'loss'"
                " ORDER BY step"
            )
            for run_id in run_ids
        ]

    def _rows(self, query: str) -> list[Any]:
        cursor = self._connection.cursor()
        cursor.execute(query)
        return list(cursor.fetchall())

    def _fill(self, query: str) -> dict[str, Any]:
        rows = self._rows(query)
        found = {row[0]: {"info": row, "params": {}, "metrics": {}, "tags": {}} for row in rows}
        for start in range(0, len(rows), 500):
            ids = ",".join(f"'{row[0]}'" for row in rows[start : start + 500])
            for kind, table in (("params", "params"), ("tags", "tags"), ("metrics", "latest_metrics")):
                for run_id, key, value in self._rows(
                    f"SELECT run_uuid, {self._key}, value FROM {table} WHERE run_uuid IN ({ids})"
                ):
                    found[run_id][kind][key] = value
        return found


def fill(server: DatabaseServer, database: str, source: Path) -> None:
    """Copy the rows of an SQLite store into a database with MLflow's empty tables, and count them as a server does."""
    here = sqlite3.connect(source)
    there = server.connect(database)
    cursor = there.cursor()
    cursor.execute("DELETE FROM experiments")
    for table in _TABLES:
        names = [row[1] for row in here.execute(f"PRAGMA table_info({table})")]
        quoted = ", ".join(f'"{name}"' for name in names)
        rows = here.execute(f"SELECT {quoted} FROM {table}")
        if server.kind == "postgresql":
            flag = names.index("is_nan") if "is_nan" in names else None
            with cursor.copy(f"COPY {table} ({quoted}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row if flag is None else [bool(v) if i == flag else v for i, v in enumerate(row)])
            continue
        cursor.execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')")
        there.autocommit(False)
        places = ", ".join(["%s"] * len(names))
        quoted = quoted.replace('"', "`")
        insert = f"INSERT INTO {table} ({quoted}) VALUES ({places})"
        while part := rows.fetchmany(20_000):
            cursor.executemany(insert, part)
        there.commit()
    for table in _TABLES:
        cursor.execute(f"ANALYZE {table}" if server.kind == "postgresql" else f"ANALYZE TABLE {table}")
    there.close()
    here.close()


async def measure(kind: Kind, folder: Path, is_quick: bool, explains: bool) -> list[Row]:
    """Start a server, fill it and measure all cases."""
    runs, charts = (1_000, 100) if is_quick else (10_000, 500)
    repeats = 3 if is_quick else 5
    with database_server(kind) as server:
        print(f"{kind}: writing {runs:,} runs, and {charts} with 2,000 points ...", file=sys.stderr)
        for name, count, points in (("big", runs, 0), ("curves", charts, 2_000)):
            uri = server.create(name)
            _client(uri).search_experiments()
            if not (folder / f"{name}.db").exists():
                sqlite_store.write(folder / f"{name}.db", folder, count, points=points)
            await asyncio.to_thread(fill, server, name, folder / f"{name}.db")
        with sqlite3.connect(folder / "curves.db") as connection:
            charted = [row[0] for row in connection.execute("SELECT run_uuid FROM runs LIMIT 100")]
        big, curves = (DatabaseStore(server.let_look(name), request_timeout_s=60) for name in ("big", "curves"))
        file = {name: DatabaseStore(folder / f"{name}.db", request_timeout_s=60) for name in ("big", "curves")}
        try:
            rows = _rows(server, big, curves, file, runs, charted)
            for row in rows:
                row.seconds = await medians_s(row.ways, repeats)
            for row in rows:
                if row.by_client is not None:
                    row.seconds |= await medians_s({"client": row.by_client}, 0 if row.is_client_slow else 3)
            if explains:
                await _explain(big, runs)
                await _explain(curves, runs, charted[0])
        finally:
            for store in (big, curves, *file.values()):
                await store.close()
    return rows


def _rows(
    server: DatabaseServer,
    big: DatabaseStore,
    curves: DatabaseStore,
    file: dict[str, DatabaseStore],
    runs: int,
    charted: list[str],
) -> list[Row]:
    one = [sqlite_store.EXPERIMENT]
    sql, sql_curves = Handwritten(server, "big"), Handwritten(server, "curves")
    client, client_curves = _client(server.uri("big")), _client(server.uri("curves"))
    page, large = (RunsQuery(tuple(one), max_results=size) for size in (100, 1_000))
    best = RunsQuery(tuple(one), order_by=("metrics.x DESC",), max_results=50)
    whole = RunsQuery(tuple(one), max_results=runs)
    search = RunsQuery(tuple(one), search="c0ffee", max_results=50)
    odd = RunsQuery(tuple(one), search="größe", max_results=50)
    number = RunsQuery(tuple(one), filter="params.p01 < 0.01 OR params.p02 > 0.99", max_results=50)
    return [
        Row(
            f"{server.kind}: page of 100 of {runs:,}",
            {"ours": lambda: big.runs(page), "sqlite": lambda: file["big"].runs(page), "sql": lambda: sql.newest(100)},
            [Budget("sql", 4.0), Budget("client", 1.0)],
            lambda: client.search_runs(one, max_results=100),
        ),
        Row(
            f"{server.kind}: page of 1,000",
            {
                "ours": lambda: big.runs(large),
                "sqlite": lambda: file["big"].runs(large),
                "sql": lambda: sql.newest(1_000),
            },
            [Budget("sql", 4.0), Budget("client", 1.0)],
            lambda: client.search_runs(one, max_results=1_000),
        ),
        Row(
            f"{server.kind}: sorted by a metric, page of 50",
            {"ours": lambda: big.runs(best), "sqlite": lambda: file["big"].runs(best), "sql": lambda: sql.best(50)},
            [Budget("sql", 4.0), Budget("client", 1.0)],
            lambda: client.search_runs(one, max_results=50, order_by=["metrics.x DESC"]),
        ),
        Row(
            f"{server.kind}: table, {runs:,} runs x 6 columns",
            {
                "ours": lambda: big.table(whole, _COLUMNS),
                "sqlite": lambda: file["big"].table(whole, _COLUMNS),
                "sql": lambda: sql.table(runs),
            },
            [Budget("sql", 3.0)],
        ),
        Row(
            f"{server.kind}: {len(charted)} runs x 2,000 points",
            {
                "ours": lambda: curves.metric_histories(charted, ["loss"]),
                "sqlite": lambda: file["curves"].metric_histories(charted, ["loss"]),
                "sql": lambda: sql_curves.histories(charted),
            },
            [Budget("sql", 3.0), Budget("client", 1 / 3)],
            lambda: [client_curves.get_metric_history(run_id, "loss") for run_id in charted],
            is_client_slow=True,
        ),
        Row(
            f"{server.kind}: keys of {runs:,} runs",
            {"ours": lambda: big.columns(one), "sqlite": lambda: file["big"].columns(one)},
            [],
        ),
        *(
            Row(
                f"{server.kind}: {name}",
                {"ours": lambda q=query: big.runs(q), "sqlite": lambda q=query: file["big"].runs(q)},
                [],
            )
            for name, query in (("search", search), ("search beyond ASCII", odd), ("params as numbers", number))
        ),
    ]


async def _explain(store: DatabaseStore, runs: int, run_id: str | None = None) -> None:
    """Print the plans of the queries that decide."""
    import sqlalchemy as sa

    from jupyter_mlflow_explorer.tracking.database import metrics, table
    from jupyter_mlflow_explorer.tracking.database import runs as runs_module

    one = (sqlite_store.EXPERIMENT,)

    def work(reader: Reader) -> None:
        seen: list[Any] = []
        sa.event.listen(
            reader.connection,
            "before_cursor_execute",
            lambda _c, _cursor, text, values, *_: seen.append((text, values)),
        )
        if run_id is None:
            runs_module.search(reader, RunsQuery(one, order_by=("metrics.x DESC",), max_results=50))
            table.table(reader, RunsQuery(one, max_results=runs), _COLUMNS)
            table.columns(reader, one)
        else:
            metrics.histories(reader, [run_id], ["loss"], None)
        explain = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF)" if reader.dialect.label == "PostgreSQL" else "EXPLAIN"
        wire: Any = reader.connection.connection.driver_connection
        for text, values in list(seen):
            cursor = wire.cursor()
            cursor.execute(f"{explain} {text}", values)
            print("\n" + " ".join(text.split())[:300])
            for line in cursor.fetchall():
                print("   ", *line)

    await store._database.run(work)


@functools.cache
def _client(uri: str) -> Any:
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    from mlflow import MlflowClient

    return MlflowClient(uri)


def main() -> int:
    """Measure, print, and say whether the budgets hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the data; budgets do not count")
    parser.add_argument("--explain", action="store_true", help="also print the servers' plans")
    arguments = parser.parse_args()
    rows: list[Row] = []
    kinds: tuple[Kind, ...] = ("postgresql", "mysql")
    with tempfile.TemporaryDirectory(prefix="mlflow-explorer-benchmark-") as folder:
        for kind in kinds:
            rows += asyncio.run(measure(kind, Path(folder), arguments.quick, arguments.explain))
    print(render(rows))
    return 0 if arguments.quick or all(row.is_met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
