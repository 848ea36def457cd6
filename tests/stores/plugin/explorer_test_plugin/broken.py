"""A plugin whose driver is not installed."""

from __future__ import annotations

import explorer_missing_driver  # noqa: F401


def open_store(store_uri: str, artifact_uri: str | None = None) -> None:
    raise AssertionError
