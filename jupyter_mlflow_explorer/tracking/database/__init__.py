"""The store that reads MLflow's database tables with read-only SQL."""

from __future__ import annotations

from .store import DatabaseStore

__all__ = ["DatabaseStore"]
