"""The seeded store, a tracking server on a copy of it, MLflow's own client on another, and our stores."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from jupyter_mlflow_explorer.tracking.database import DatabaseStore
from jupyter_mlflow_explorer.tracking.rest import RestStore
from jupyter_mlflow_explorer.tracking.store import TrackingStore

from ..stores.seed import Seed, seed
from ..stores.server import mlflow_server

if TYPE_CHECKING:
    from mlflow import MlflowClient


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Seed:
    """The store as MLflow wrote it; nobody writes to it again."""
    return seed(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="session")
def reference(seeded: Seed, tmp_path_factory: pytest.TempPathFactory) -> MlflowClient:
    """MLflow's client on a copy, because it may change what it opens."""
    from mlflow import MlflowClient

    copy = tmp_path_factory.mktemp("reference") / "mlflow.db"
    shutil.copy(seeded.database, copy)
    return MlflowClient(f"sqlite:///{copy}")


@pytest.fixture(scope="session")
def server(seeded: Seed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real `mlflow server` on a copy."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(seeded.database, folder / "mlflow.db")
    with mlflow_server(folder, artifacts=seeded.served) as address:
        yield address


@pytest_asyncio.fixture(params=["database", "rest"])
async def store(request: pytest.FixtureRequest, seeded: Seed) -> AsyncIterator[TrackingStore]:
    """Each of our stores on the same data."""
    opened: Any
    if request.param == "database":
        opened = DatabaseStore(seeded.uri)
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
