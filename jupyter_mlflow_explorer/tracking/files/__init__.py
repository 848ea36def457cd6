"""The store that reads MLflow's file store, a folder such as ``mlruns``, without changing it."""

from __future__ import annotations

from .store import FilesStore

__all__ = ["FilesStore"]
