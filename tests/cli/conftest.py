"""A folder with sample runs, seeded once for all the commands that only read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .test_cli import explorer


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory in which `demo` was run."""
    folder = tmp_path_factory.mktemp("demo")
    assert explorer("demo", "--runs", "12", "--seed", "1", cwd=folder).code == 0
    return folder


@pytest.fixture(scope="module")
def folder(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with the sample runs; their artifacts lie elsewhere."""
    folder = tmp_path_factory.mktemp("work")
    shutil.copy(demo_folder / "mlflow.db", folder)
    return folder
