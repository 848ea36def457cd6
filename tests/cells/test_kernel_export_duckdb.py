"""`export-duckdb` in a real kernel: what the tables hold, and what another run of the cell changes."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest
from nbclient.exceptions import CellExecutionError

from jupyter_mlflow_explorer.cells import render

from .conftest import HOSTILE, Store
from .kernel import Kernel, printed

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(240)]

KEYS = {
    "runs": ["run_id"],
    "params": ["run_id", "key"],
    "metrics": ["run_id", "key"],
    "metric_history": ["run_id", "key", "step", "time", "value"],
    "tags": ["run_id", "key"],
    "artifacts": ["run_id", "path"],
}


@pytest.fixture
def exported(store: Store, tmp_path: Path) -> Store:
    """A new experiment with two runs: one with everything, one with next to nothing."""
    name = f"export {tmp_path.name}"
    experiment_id = store.client.create_experiment(name, artifact_location=(tmp_path / "artifacts").as_uri())
    exported = Store(store.uri, store.client, experiment_id)
    exported.runs["full"] = exported.log(
        HOSTILE,
        params={"lr": "0.1", "text": HOSTILE},
        metrics={"loss": [3.0, math.nan, math.inf], "low": -math.inf, "odd": math.nan},
        tags={"note": HOSTILE},
        start_time_ms=1_700_000_000_123,
    )
    exported.runs["empty"] = exported.log("empty", status="RUNNING", start_time_ms=1_700_000_001_000)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "é #1.txt").write_text("four")
    exported.client.log_artifacts(exported.runs["full"].run_id, str(tmp_path / "deep"), "plots")
    return exported


@pytest.fixture
def folder(kernel: Kernel, tmp_path: Path) -> Iterator[Path]:
    """The kernel's working folder while a test runs."""
    before = kernel.ask("__import__('os').getcwd()")
    kernel.ask(f"__import__('os').chdir({str(tmp_path)!r})")
    yield tmp_path
    kernel.ask(f"__import__('os').chdir({before!r})")


def export(kernel: Kernel, store: Store, **fields: Any) -> str:
    """Run the cells; return what they print."""
    return printed(kernel.run(render("export-duckdb", store.selection(**fields))))


def query(folder: Path, sql: str, file: str = "mlflow-runs.duckdb") -> list[tuple[Any, ...]]:
    """Return the rows of a query on the file."""
    with duckdb.connect(str(folder / file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def contents(folder: Path) -> dict[str, list[str]]:
    """Return every row of every table as text, sorted."""
    return {table: sorted(map(repr, query(folder, f"FROM {table}"))) for table in KEYS}


def test_every_fact_is_one_row_of_the_right_type(kernel: Kernel, exported: Store, folder: Path) -> None:
    full, empty = exported.runs["full"], exported.runs["empty"]
    text = export(kernel, exported)
    assert text == f"2 runs copied to {folder / 'mlflow-runs.duckdb'}, 0 dropped.\n"
    started = datetime(2023, 11, 14, 22, 13, 20, 123_000)
    rows = query(folder, "SELECT * EXCLUDE (end_time, user_id) FROM runs ORDER BY start_time")
    assert rows == [
        (full.run_id, full.experiment_id, HOSTILE, "FINISHED", "active", started, full.artifact_uri),
        (
            empty.run_id,
            empty.experiment_id,
            "empty",
            "RUNNING",
            "active",
            datetime(2023, 11, 14, 22, 13, 21),
            empty.artifact_uri,
        ),
    ]
    ((ended, running),) = query(folder, "SELECT max(end_time), count(*) FILTER (end_time IS NULL) FROM runs")
    assert running == 1
    assert abs(ended - datetime.now(timezone.utc).replace(tzinfo=None)).total_seconds() < 600
    assert query(folder, "FROM params ORDER BY key") == [(full.run_id, "lr", "0.1"), (full.run_id, "text", HOSTILE)]
    metrics = query(folder, "SELECT key, value FROM metrics ORDER BY key")
    assert [[key, repr(value)] for key, value in metrics] == [["loss", "inf"], ["low", "-inf"], ["odd", "nan"]]
    history = query(folder, "SELECT key, step, value FROM metric_history ORDER BY key, step")
    assert [[key, step, repr(value)] for key, step, value in history] == [
        ["loss", 0, "3.0"],
        ["loss", 1, "nan"],
        ["loss", 2, "inf"],
        ["low", 0, "-inf"],
        ["odd", 0, "nan"],
    ]
    assert query(folder, "SELECT time FROM metric_history WHERE step = 2") == [(datetime(2023, 11, 14, 22, 13, 22),)]
    assert query(folder, "SELECT value FROM tags WHERE key = 'note'") == [(HOSTILE,)]
    tags = {run.run_id: run.tags for run in (full, empty)}
    assert query(folder, "SELECT count(*) FROM tags") == [(sum(map(len, tags.values())),)]
    assert query(folder, "FROM artifacts ORDER BY path") == [
        (full.run_id, "plots", True, None),
        (full.run_id, "plots/é #1.txt", False, 4),
    ]
    assert kernel.ask("export_counts") == {
        "runs": 2,
        "params": 2,
        "metrics": 3,
        "metric_history": 5,
        "tags": sum(map(len, tags.values())),
        "artifacts": 2,
    }


def test_tables_are_typed_and_keyed(kernel: Kernel, exported: Store, folder: Path) -> None:
    export(kernel, exported)
    assert {name for (name,) in query(folder, "SELECT table_name FROM duckdb_tables()")} == set(KEYS)
    types = query(folder, "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal")
    found = {(table, column): kind for table, column, kind in types}
    assert {kind for (_, column), kind in found.items() if column in ("start_time", "end_time", "time")} == {
        "TIMESTAMP_MS"
    }
    assert found["metrics", "value"] == found["metric_history", "value"] == "DOUBLE"
    assert found["metric_history", "step"] == found["artifacts", "size_bytes"] == "BIGINT"
    assert found["artifacts", "is_dir"] == "BOOLEAN"
    assert found["params", "value"] == found["runs", "run_id"] == "VARCHAR"
    keys = query(
        folder,
        "SELECT table_name, constraint_column_names FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY'",
    )
    assert dict(keys) == KEYS


def test_another_run_of_the_cell_duplicates_nothing(kernel: Kernel, exported: Store, folder: Path) -> None:
    export(kernel, exported)
    before = contents(folder)
    for _ in range(2):
        export(kernel, exported)
        assert contents(folder) == before


def test_another_run_of_the_cell_brings_changes(kernel: Kernel, exported: Store, folder: Path) -> None:
    client, full, empty = exported.client, exported.runs["full"], exported.runs["empty"]
    export(kernel, exported)
    client.log_metric(empty.run_id, "loss", 0.5, timestamp=1_700_000_005_000, step=7)
    client.log_metric(full.run_id, "low", 1.5, timestamp=1_700_000_005_000, step=1)
    client.delete_tag(full.run_id, "note")
    client.set_tag(empty.run_id, "note", "new")
    client.set_terminated(empty.run_id)
    next((folder / "artifacts").glob("**/é #1.txt")).unlink()
    added = exported.log("added", params={"lr": "1"})
    export(kernel, exported)
    assert query(folder, "SELECT run_name, status FROM runs ORDER BY start_time")[1:] == [
        ("empty", "FINISHED"),
        ("added", "FINISHED"),
    ]
    assert query(folder, f"FROM params WHERE run_id = '{added.run_id}'") == [(added.run_id, "lr", "1")]
    assert query(folder, "SELECT value FROM metrics WHERE key = 'low'") == [(1.5,)]
    assert query(folder, "SELECT value FROM metric_history WHERE key = 'low' ORDER BY step") == [(-math.inf,), (1.5,)]
    assert query(folder, "SELECT run_id, value FROM tags WHERE key = 'note'") == [(empty.run_id, "new")]
    assert query(folder, "SELECT path FROM artifacts") == [("plots",)]


def test_runs_that_are_gone_are_dropped_with_all_their_rows(kernel: Kernel, exported: Store, folder: Path) -> None:
    export(kernel, exported)
    exported.client.delete_run(exported.runs["full"].run_id)
    assert export(kernel, exported).endswith(", 1 dropped.\n")
    for table in KEYS:
        assert {run_id for (run_id,) in query(folder, f"SELECT run_id FROM {table}")} <= {exported.runs["empty"].run_id}
    assert query(folder, "SELECT count(*) FROM runs") == [(1,)]


def test_experiments_share_a_file_and_the_filter_narrows(
    kernel: Kernel, store: Store, exported: Store, folder: Path
) -> None:
    export(kernel, exported)
    other = Store(store.uri, store.client, store.client.create_experiment(f"other {folder.name}"))
    other.log("other", metrics={"m": 1.0})
    export(kernel, other)
    assert query(folder, "SELECT count(*), count(DISTINCT experiment_id) FROM runs") == [(3, 2)]
    assert export(kernel, exported, filter="params.lr = '0.1'").startswith("1 runs copied")
    assert query(folder, "SELECT run_name FROM runs ORDER BY run_name") == [(HOSTILE,), ("other",)]


def test_options_leave_tables_and_their_rows_alone(kernel: Kernel, exported: Store, folder: Path) -> None:
    (folder / "sub").mkdir()
    options = {"file": "sub/it's.duckdb", "history": False, "artifacts": False}
    export(kernel, exported, options=options)
    counts = kernel.ask("export_counts")
    assert (counts["runs"], counts["metrics"], counts["metric_history"], counts["artifacts"]) == (2, 3, 0, 0)
    export(kernel, exported, options={"file": "sub/it's.duckdb"})
    export(kernel, exported, options=options)
    counts = kernel.ask("export_counts")
    assert (counts["metric_history"], counts["artifacts"]) == (5, 2)


def test_artifacts_that_cannot_be_listed_are_named_and_stay(kernel: Kernel, exported: Store, folder: Path) -> None:
    full = exported.runs["full"]
    export(kernel, exported)
    with sqlite3.connect(exported.uri.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE runs SET artifact_uri = 'nosuch://bucket/x' WHERE run_uuid = ?", (full.run_id,))
    connection.close()
    text = export(kernel, exported)
    assert f"list_artifacts of {HOSTILE!r} ({full.run_id}) failed: " in text
    assert "nosuch" in text
    assert "2 runs copied" in text
    assert query(folder, "SELECT count(*) FROM artifacts") == [(2,)]


@pytest.mark.parametrize("other", ["text", "nothing", "database", "view", "folder", "connection", "own runs"])
def test_a_file_of_another_origin_stays_as_it_is(kernel: Kernel, exported: Store, folder: Path, other: str) -> None:
    path = folder / "mlflow-runs.duckdb"
    fields: dict[str, Any] = {}
    if other == "text":
        path.write_text("precious")
    elif other == "nothing":
        path.touch()
    elif other == "folder":
        path.mkdir()
    elif other == "connection":
        export(kernel, exported, connection_id="another's", connection_name="x")
    else:
        statement = {
            "database": "CREATE TABLE mine AS SELECT 1 AS x",
            "view": "CREATE VIEW mine AS SELECT 1 AS x",
            "own runs": "CREATE TABLE runs AS SELECT 1 AS run_id",
        }[other]
        with duckdb.connect(str(path)) as connection:
            connection.execute(statement)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(CellExecutionError, match="is no file of this export"):
        export(kernel, exported, **fields)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_an_interrupted_export_changes_nothing_and_can_be_repeated(
    kernel: Kernel, exported: Store, folder: Path
) -> None:
    cells = render("export-duckdb", exported.selection())
    broken = render("export-duckdb", exported.selection())
    broken[1].source = broken[1].source.replace("    return len(gone_ids)", "    raise KeyboardInterrupt")
    with pytest.raises(CellExecutionError, match="KeyboardInterrupt"):
        kernel.run(broken)
    kernel.run(cells)
    before = contents(folder)
    assert len(before["runs"]) == 2
    exported.log("later")
    with pytest.raises(CellExecutionError, match="KeyboardInterrupt"):
        kernel.run(broken)
    assert contents(folder) == before


def test_a_users_own_view_in_the_file_stays(kernel: Kernel, exported: Store, folder: Path) -> None:
    export(kernel, exported)
    with duckdb.connect(str(folder / "mlflow-runs.duckdb")) as connection:
        connection.execute("CREATE VIEW best AS SELECT max(value) AS loss FROM metrics WHERE key = 'loss'")
    export(kernel, exported)
    assert query(folder, "FROM best") == [(math.inf,)]
