"""The store that asks an MLflow tracking server over HTTP."""

from __future__ import annotations

from .store import RestStore

__all__ = ["RestStore"]
