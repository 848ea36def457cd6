"""Starts the child: ``python -m jupyter_mlflow_explorer.tracking.worker``."""

from __future__ import annotations

from .child import main

if __name__ == "__main__":
    main()
