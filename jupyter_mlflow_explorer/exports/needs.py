"""Packages that only some exports need, with the way to get them."""

from __future__ import annotations

from typing import Any

from ..errors import NotInstalled


def pyarrow() -> Any:
    """Return the module; raises `NotInstalled`."""
    try:
        import pyarrow as found
    except ImportError as error:
        raise _missing("pyarrow", error) from error
    return found


def duckdb() -> Any:
    """Return the module; raises `NotInstalled`."""
    try:
        import duckdb as found
    except ImportError as error:
        raise _missing("duckdb", error) from error
    return found


def _missing(name: str, error: ImportError) -> NotInstalled:
    return NotInstalled(
        f'This export needs {name}, which cannot be imported ({error}): pip install "jupyter-mlflow-explorer[export]"'
    )
