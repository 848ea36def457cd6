"""The seeded store, a tracking server on a copy of it, MLflow's own client on another, and our stores."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
import pytest_asyncio

from jupyter_mlflow_explorer.tracking.database import DatabaseStore
from jupyter_mlflow_explorer.tracking.files import FilesStore
from jupyter_mlflow_explorer.tracking.rest import RestStore
from jupyter_mlflow_explorer.tracking.store import TrackingStore
from jupyter_mlflow_explorer.tracking.worker import WorkerStore

from ..stores.bridge import bridged
from ..stores.databases import DatabaseServer, copy_into, database_server
from ..stores.install import install_plugin
from ..stores.seed import Seed, seed
from ..stores.server import mlflow_server

if TYPE_CHECKING:
    from mlflow import MlflowClient


@pytest.fixture(scope="session")
def seeded_database(tmp_path_factory: pytest.TempPathFactory) -> Seed:
    """A database as MLflow wrote it; nobody writes to it again."""
    return seed(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="session")
def seeded_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seed]:
    """The same in MLflow's file store, with other ids."""
    with mock.patch.dict(os.environ, MLFLOW_ALLOW_FILE_STORE="true"):
        yield seed(tmp_path_factory.mktemp("files"), in_files=True)


@pytest.fixture(scope="session")
def database_reference(seeded_database: Seed, tmp_path_factory: pytest.TempPathFactory) -> MlflowClient:
    """MLflow's client on a copy of the database, because it may change what it opens."""
    from mlflow import MlflowClient

    copy = tmp_path_factory.mktemp("reference") / "mlflow.db"
    shutil.copy(seeded_database.database, copy)
    return MlflowClient(f"sqlite:///{copy}")


@pytest.fixture(scope="session")
def files_reference(seeded_files: Seed, tmp_path_factory: pytest.TempPathFactory) -> MlflowClient:
    """MLflow's client on a copy of the folder."""
    from mlflow import MlflowClient

    copy = tmp_path_factory.mktemp("reference") / "mlruns"
    shutil.copytree(seeded_files.folder, copy)
    return MlflowClient(str(copy))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[DatabaseServer]:
    """A PostgreSQL server, empty at first."""
    with database_server("postgresql") as server:
        yield server


@pytest.fixture(scope="session")
def mysql() -> Iterator[DatabaseServer]:
    """A MariaDB or MySQL server, empty at first."""
    with database_server("mysql") as server:
        yield server


@pytest.fixture(scope="session")
def seeded_postgresql(postgresql: DatabaseServer, seeded_database: Seed) -> str:
    """The URI of a copy of the database on PostgreSQL; nobody writes to it again."""
    uri = postgresql.create("seeded")
    copy_into(seeded_database.database, uri)
    return uri


@pytest.fixture(scope="session")
def seeded_mysql(mysql: DatabaseServer, seeded_database: Seed) -> str:
    """The URI of a copy of the database on MariaDB or MySQL; nobody writes to it again."""
    uri = mysql.create("seeded")
    copy_into(seeded_database.database, uri)
    return uri


@pytest.fixture(scope="session")
def postgresql_reference(seeded_postgresql: str) -> MlflowClient:
    """MLflow's client on the copy on PostgreSQL, which is of its own version, so that it changes nothing."""
    from mlflow import MlflowClient

    return MlflowClient(seeded_postgresql)


@pytest.fixture(scope="session")
def mysql_reference(seeded_mysql: str) -> MlflowClient:
    """MLflow's client on the copy on MariaDB or MySQL, which is of its own version, so that it changes nothing."""
    from mlflow import MlflowClient

    return MlflowClient(seeded_mysql)


def _place(request: pytest.FixtureRequest) -> str:
    """Return where the data of the test's own store is: in an SQLite database unless its parameters say otherwise."""
    callspec = getattr(request.node, "callspec", None)
    values = callspec.params.values() if callspec is not None else ()
    return next((place for place in ("files", "postgresql", "mysql") if place in values), "database")


@pytest.fixture
def seeded(request: pytest.FixtureRequest) -> Seed:
    """What is in the store that the test's own store reads."""
    found: Seed = request.getfixturevalue("seeded_files" if _place(request) == "files" else "seeded_database")
    return found


@pytest.fixture
def reference(request: pytest.FixtureRequest) -> MlflowClient:
    """MLflow's client on that store."""
    found: MlflowClient = request.getfixturevalue(f"{_place(request)}_reference")
    return found


@pytest.fixture(scope="session")
def server(seeded_database: Seed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real `mlflow server` on a copy."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(seeded_database.database, folder / "mlflow.db")
    with mlflow_server(folder, artifacts=seeded_database.served) as address:
        yield address


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that has our MLflow plugin installed."""
    return {"PYTHONPATH": str(install_plugin(tmp_path_factory.mktemp("plugin")))}


@pytest.fixture(scope="session")
def worker(
    plugin: dict[str, str], seeded_database: Seed, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TrackingStore]:
    """The store that reads a copy through the plugin, in one child process for all tests."""
    copy = shutil.copy(seeded_database.database, tmp_path_factory.mktemp("worker") / "mlflow.db")
    uri = f"explorer-test://{copy}"
    with bridged(lambda: WorkerStore(uri, request_timeout_s=30, environment=plugin, local_artifacts=True)) as store:
        yield store


@pytest_asyncio.fixture(params=["database", "postgresql", "mysql", "rest", "files", "worker"])
async def store(request: pytest.FixtureRequest, seeded: Seed) -> AsyncIterator[TrackingStore]:
    """Each of our stores on the same data."""
    opened: Any
    if request.param == "database":
        opened = DatabaseStore(seeded.uri)
    elif request.param in ("postgresql", "mysql"):
        opened = DatabaseStore(request.getfixturevalue(f"seeded_{request.param}"))
    elif request.param == "files":
        opened = FilesStore(seeded.uri)
    elif request.param == "worker":
        opened = request.getfixturevalue("worker")
    else:
        opened = RestStore(request.getfixturevalue("server"), request_timeout_s=30)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def database(seeded: Seed) -> AsyncIterator[DatabaseStore]:
    """The database store alone, for what only it can do."""
    opened = DatabaseStore(seeded.uri)
    yield opened
    await opened.close()


@pytest.fixture
def copy(seeded: Seed, tmp_path: Path) -> Path:
    """A copy of the database to spoil."""
    return Path(shutil.copy(seeded.database, tmp_path / "copy.db"))
