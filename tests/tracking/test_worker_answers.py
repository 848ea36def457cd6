"""What comes out of the child: values, failures in our words, and nothing that should stay inside."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_mlflow_explorer.errors import (
    BadFilter,
    BadInput,
    Conflict,
    ExplorerError,
    NotFound,
    NotSupported,
    TooLarge,
    TrackingBroken,
    TrackingDenied,
    TrackingTimeout,
    TrackingUnavailable,
)
from jupyter_mlflow_explorer.tracking.database import DatabaseStore
from jupyter_mlflow_explorer.tracking.store import ExperimentsQuery, RunsQuery
from jupyter_mlflow_explorer.tracking.worker import WorkerArtifacts, WorkerStore
from jupyter_mlflow_explorer.tracking.worker.failures import Speaker

from ..stores.bridge import bridged
from ..stores.children import WITHOUT_MLFLOW, children, python_that
from ..stores.seed import Seed

pytestmark = pytest.mark.asyncio

PASSWORD = "hunter2-passw0rd"
TOKEN = "t0ken-of-the-environment"


@pytest.fixture(scope="module")
def database_copy(seeded_database: Seed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copy(seeded_database.database, tmp_path_factory.mktemp("secret") / "mlflow.db"))


@pytest.fixture(scope="module")
def secretive(plugin: dict[str, str], database_copy: Path) -> Iterator[Any]:
    """A store with credentials in its URI and in its environment."""
    uri = f"explorer-test://me:{PASSWORD}@host{database_copy}"
    environment = {**plugin, "EXPLORER_TEST_TOKEN": TOKEN}
    with bridged(lambda: WorkerStore(uri, request_timeout_s=20, environment=environment)) as store:
        yield store


async def failure_of(store: Any, what: str) -> ExplorerError:
    with pytest.raises(ExplorerError) as failure:
        await store.run(f"hook-{what}")
    return failure.value


@pytest.mark.parametrize(
    ("what", "error", "says"),
    [
        ("raise-RESOURCE_DOES_NOT_EXIST", NotFound, "no run 'hook-raise"),
        ("raise-INVALID_PARAMETER_VALUE", NotFound, "no run 'hook-raise"),
        ("raise-PERMISSION_DENIED", TrackingDenied, "refused access: the plugin says PERMISSION_DENIED. Check"),
        ("raise-UNAUTHENTICATED", TrackingDenied, "Check the user name"),
        ("raise-TEMPORARILY_UNAVAILABLE", TrackingUnavailable, "is not ready"),
        ("raise-INTERNAL_ERROR", TrackingBroken, "failed: the plugin says INTERNAL_ERROR"),
        ("raise-NOT_IMPLEMENTED", NotSupported, "cannot do that"),
        ("connect", TrackingUnavailable, "cannot be reached: API request failed"),
        ("late", TrackingTimeout, "got no answer in time"),
        ("fail", TrackingBroken, "failed: ValueError: something is wrong"),
        ("exit", TrackingBroken, "SystemExit"),
        ("import-explorer_missing_driver", NotSupported, "Install it there, for example: pip install explorer_missing"),
        ("read", TrackingBroken, "read ''"),
        ("print-1000000", NotFound, "no run 'hook-print"),
        ("complain-1000000", NotFound, "no run 'hook-complain"),
    ],
)
async def test_exceptions_of_plugins_become_ours(
    secretive: Any, what: str, error: type[ExplorerError], says: str
) -> None:
    failure = await failure_of(secretive, what)
    assert type(failure) is error
    assert re.search(re.escape(says), failure.message), failure.message
    assert "Traceback" not in failure.message
    assert PASSWORD not in failure.message
    # The channel is as good as before.
    assert (await secretive.experiments(ExperimentsQuery(max_results=1))).experiments


@pytest.mark.parametrize(
    ("code", "is_filtered", "error"),
    [
        ("INVALID_PARAMETER_VALUE", True, BadFilter),
        ("INVALID_PARAMETER_VALUE", False, BadInput),
        ("RESOURCE_ALREADY_EXISTS", False, Conflict),
        ("WORKER_TOO_LARGE", False, TooLarge),
        ("WORKER_SYSTEM", False, TrackingUnavailable),
        ("SOMETHING_NEW", False, TrackingBroken),
    ],
)
async def test_codes_become_ours(code: str, is_filtered: bool, error: type[ExplorerError]) -> None:
    failure = Speaker("x://host", {}, 10).refusal({"code": code, "message": "m"}, is_filtered)
    assert type(failure) is error


async def test_credentials_stay_inside(secretive: Any) -> None:
    leak = await failure_of(secretive, "leak")
    assert isinstance(leak, TrackingBroken)
    assert "cannot log in to https://***@host/x" in leak.message
    told = await failure_of(secretive, "tell-MLFLOW_TRACKING_URI")
    for text in (leak.message, told.message, await secretive.check()):
        assert PASSWORD not in text
        assert TOKEN not in text
        assert "me:" not in text
    (child,) = [c for c in children() if c.environ().get("EXPLORER_TEST_TOKEN") == TOKEN]
    assert PASSWORD not in " ".join(child.cmdline())
    assert PASSWORD not in json.dumps(child.environ())
    assert psutil.Process().environ().get("EXPLORER_TEST_TOKEN") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MLFLOW_DISABLE_TELEMETRY", "true"),
        ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0"),
        ("MLFLOW_HTTP_REQUEST_TIMEOUT", "18"),
        ("PYTHONSAFEPATH", "None"),
    ],
)
async def test_the_child_has_an_environment_of_its_own(secretive: Any, name: str, value: str) -> None:
    assert f"{name}={value}" in (await failure_of(secretive, f"tell-{name}")).message


async def test_the_connection_of_the_server_is_not_the_childs(
    plugin: dict[str, str], database_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "http://somewhere.else")
    store = WorkerStore(f"explorer-test://{database_copy}", environment=plugin, request_timeout_s=20)
    try:
        assert "MLFLOW_REGISTRY_URI=None" in (await failure_of(store, "tell-MLFLOW_REGISTRY_URI")).message
    finally:
        await store.close()


async def test_pages_of_a_thousand_runs(plugin: dict[str, str], seeded_database: Seed, tmp_path: Path) -> None:
    copy = shutil.copy(seeded_database.database, tmp_path / "many.db")
    experiment = seeded_database.experiments["empty"]
    with sqlite3.connect(copy) as connection:
        connection.executemany(
            "insert into runs (run_uuid, name, status, start_time, experiment_id, lifecycle_stage, artifact_uri,"
            " source_type, user_id) values (?, ?, 'FINISHED', ?, ?, 'active', '/x', 'LOCAL', 'ann')",
            [(f"{i:032x}", f"r{i} 🎉", 1_700_000_000_000 + i, experiment) for i in range(2_300)],
        )
        connection.executemany(
            "insert into params (run_uuid, key, value) values (?, ?, ?)",
            [(f"{i:032x}", f"p{j}", "ä" * j) for i in range(2_300) for j in range(5)],
        )
    connection.close()
    worker = WorkerStore(f"explorer-test://{copy}", environment=plugin, request_timeout_s=60)
    database = DatabaseStore(f"sqlite:///{copy}")
    try:
        found: dict[str, list[Any]] = {}
        for store in (worker, database):
            token, found[store.kind], sizes = None, [], []
            while True:
                page = await store.runs(RunsQuery((experiment,), max_results=1_000, page_token=token))
                found[store.kind] += [run.model_dump() for run in page.runs]
                sizes.append(len(page.runs))
                token = page.next_page_token
                if token is None:
                    break
            assert sizes == [1_000, 1_000, 300]
        assert found["worker"] == found["database"]
    finally:
        await worker.close()
        await database.close()


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("sqlite:////x.db", "may create or migrate"),
        ("SQLite:////x.db", "may create or migrate"),
        ("postgresql+psycopg://h/d", "the database reader"),
        ("mysql://me:secret@h/d", "the database reader"),
        ("mssql+pyodbc://me:secret@h/d", "would migrate"),
        ("http://h:5000", "the reader of tracking servers"),
        ("/some/mlruns", "the reader of folders"),
        ("file:///some/mlruns", "the reader of folders"),
        ("databricks-uc", "model registry"),
        ("uc:http://h", "model registry"),
    ],
)
async def test_what_others_read_is_refused(uri: str, says: str) -> None:
    with pytest.raises(NotSupported, match=says) as failure:
        WorkerStore(uri)
    assert "secret" not in failure.value.message


async def test_schemes_that_nobody_knows_are_explained(plugin: dict[str, str]) -> None:
    for uri, says in {
        "explorer-nobody://me:secret-word@h": "'explorer-nobody' needs a plugin of MLflow. Install one that knows it",
        "azureml://h": "pip install azureml-mlflow",
        "explorer-test-broken://h": "needs the Python module 'explorer_missing_driver'",
    }.items():
        store = WorkerStore(uri, environment=plugin, request_timeout_s=20)
        try:
            with pytest.raises(NotSupported, match=re.escape(says)) as failure:
                await store.check()
            assert "secret-word" not in failure.value.message
        finally:
            await store.close()


async def test_databricks_without_credentials_is_denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN", "DATABRICKS_CONFIG_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    store = WorkerStore("databricks", environment={"HOME": str(tmp_path)}, request_timeout_s=20)
    try:
        with pytest.raises(TrackingDenied, match="Databricks authentication"):
            await store.check()
    finally:
        await store.close()


async def test_a_python_without_mlflow_says_what_to_install(tmp_path: Path) -> None:
    store = WorkerStore("databricks", environment=python_that(tmp_path / "bare", WITHOUT_MLFLOW))
    artifacts = WorkerArtifacts(environment=python_that(tmp_path / "bare", WITHOUT_MLFLOW))
    try:
        with pytest.raises(NotSupported, match="pip install mlflow"):
            await store.check()
        with pytest.raises(NotSupported, match="pip install mlflow"):
            await artifacts.list("dbfs:/x", "run", "", 10, None)
    finally:
        await store.close()
        await artifacts.close()
