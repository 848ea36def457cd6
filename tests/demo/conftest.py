"""A demo store, made once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

RUNS = 16


@dataclass
class Demo:
    """The store, what `create` answered, and MLflow's own client to look at it."""

    uri: str
    created: Any
    client: Any
    folder: Path

    def runs(self) -> list[Any]:
        """Return the runs in the order of the plan, as MLflow gives them."""
        return [self.client.get_run(run_id) for run_id in self.created.run_ids]


def make_demo(folder: Path, **options: Any) -> Demo:
    """Create a demo store in a folder."""
    import mlflow

    from jupyter_mlflow_explorer.demo.write import create

    uri = f"sqlite:///{folder}/mlflow.db"
    created = create(uri, **options)
    return Demo(uri, created, mlflow.MlflowClient(tracking_uri=uri), folder)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A store with the special runs and a few usual ones."""
    import mlflow

    before = os.environ.get("MLFLOW_TRACKING_URI")
    yield make_demo(tmp_path_factory.mktemp("demo"), runs=RUNS, seed=3)
    # The fluent interface sets the process's environment.
    mlflow.set_tracking_uri(None)
    if before is None:
        os.environ.pop("MLFLOW_TRACKING_URI", None)
