"""MLflow's stores, each with MLflow's client on it and all of our stores that can read it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from unittest import mock

from jupyter_mlflow_explorer.tracking.store import TrackingStore

from ..stores.databases import DatabaseServer
from ..stores.install import install_plugin
from ..stores.server import mlflow_server

if TYPE_CHECKING:
    from mlflow import MlflowClient

T = TypeVar("T")


@dataclass
class World:
    """One of MLflow's stores. ``plain`` names our stores that know MLflow's grammar and nothing beyond."""

    name: str
    client: MlflowClient
    location: str
    loop: asyncio.AbstractEventLoop
    stores: dict[str, TrackingStore] = field(default_factory=dict)
    plain: frozenset[str] = frozenset({"rest", "worker"})
    #: The part of the generated questions that is asked: SQLite's world has asked our SQL everything already.
    part: float = 1.0

    def ask(self, work: Coroutine[Any, Any, T]) -> T:
        """Run one call of a store to its end."""
        return self.loop.run_until_complete(work)


@contextlib.contextmanager
def a_world(name: str, folder: Path, server: DatabaseServer | None = None) -> Iterator[World]:
    """Make an empty store of one kind, on `server` where it has to be on one, and open everything on it."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.dict(os.environ, MLFLOW_ALLOW_FILE_STORE="true"))
        from mlflow import MlflowClient

        loop = asyncio.new_event_loop()
        stack.callback(loop.close)
        if server is not None:
            uri = server.create("generated")
        else:
            uri = {"sqlite": f"sqlite:///{folder}/mlflow.db", "files": str(folder / "mlruns")}[name]
        world = World(name, MlflowClient(uri), f"{folder}/artifacts", loop)
        world.client.search_experiments()
        if name == "files":
            from jupyter_mlflow_explorer.tracking.files import FilesStore

            world.stores["files"] = FilesStore(uri)
        elif server is not None:
            from jupyter_mlflow_explorer.tracking.database import DatabaseStore

            world.stores["database"] = DatabaseStore(server.let_look("generated"))
            world.part = 0.5
        else:
            from jupyter_mlflow_explorer.tracking.database import DatabaseStore
            from jupyter_mlflow_explorer.tracking.rest import RestStore
            from jupyter_mlflow_explorer.tracking.worker import WorkerStore

            world.stores["database"] = DatabaseStore(uri)
            address = stack.enter_context(mlflow_server(folder, artifacts=folder / "served"))
            world.stores["rest"] = RestStore(address, request_timeout_s=30)
            plugin = {"PYTHONPATH": str(install_plugin(folder / "plugin"))}
            world.stores["worker"] = WorkerStore(
                f"explorer-test://{folder}/mlflow.db", request_timeout_s=30, environment=plugin
            )
        for store in world.stores.values():
            stack.callback(lambda store=store: loop.run_until_complete(store.close()))
        yield world
