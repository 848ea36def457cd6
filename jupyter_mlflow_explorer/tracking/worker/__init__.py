"""MLflow's client in a process of its own, for what our readers do not know: `databricks`, plugins, artifact schemes.

Two halves. Beside Jupyter: `store`, `artifacts`, `copies`, `folders`, `client`, `process`, `failures`. In the child
process, started as ``python -m jupyter_mlflow_explorer.tracking.worker``: `child`, `convert`, and `routes`, which alone
imports MLflow. They share `frames`. The child answers the requests that `tracking.rest` sends to a tracking server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .artifacts import WorkerArtifacts
    from .store import WorkerStore

__all__ = ["WorkerArtifacts", "WorkerStore"]


def __getattr__(name: str) -> Any:
    # The child imports this package too, and has no use for the half beside Jupyter.
    if name == "WorkerStore":
        from .store import WorkerStore

        return WorkerStore
    if name == "WorkerArtifacts":
        from .artifacts import WorkerArtifacts

        return WorkerArtifacts
    raise AttributeError(name)
