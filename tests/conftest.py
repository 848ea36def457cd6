"""Fixtures for all tests: a clean environment, and a Jupyter Server with the extension on a seeded store."""

from __future__ import annotations

import os

# Before anything imports MLflow, in this process or a child of it.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"

import pytest
from hypothesis import settings

from .stores.s3 import s3_environment, s3_server, s3_store  # noqa: F401  Fixtures of several folders.

# No example has to be fast: the machine may be busy with other things.
settings.register_profile("explorer", deadline=None)
settings.load_profile("explorer")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own tracking server and credentials out of the tests."""
    for name in tuple(os.environ):
        if name.startswith("MLFLOW_") and name != "MLFLOW_DISABLE_TELEMETRY":
            monkeypatch.delenv(name)
