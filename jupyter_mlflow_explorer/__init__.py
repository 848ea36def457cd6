"""Find, compare, reproduce and promote MLflow experiments without leaving JupyterLab."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

try:
    __version__ = version("jupyter-mlflow-explorer")
except PackageNotFoundError:  # A checkout that was never installed.
    __version__ = "0.0.0"

__all__ = ["__version__"]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Tell JupyterLab where the front end's assets are."""
    return [{"src": "labextension", "dest": "jupyter-mlflow-explorer"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Tell Jupyter Server which application to load. Imported here, so that importing the package stays cheap."""
    from .app import ExplorerApp

    return [{"module": "jupyter_mlflow_explorer", "app": ExplorerApp}]
