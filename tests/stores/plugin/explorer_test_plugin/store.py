"""The store behind ``explorer-test:///path/of.db``, MLflow's own on that database.

``?open=…`` in the URI misbehaves when the store is opened, and ``hook-…`` as a run's id when it is read, see `hooks`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from . import hooks


def open_store(store_uri: str, artifact_uri: str | None = None) -> Any:
    # MLflow loads this module while it is itself being imported, so its stores cannot be imported above.
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    class TestStore(SqlAlchemyStore):
        """MLflow's SQL store with hooks."""

        def get_run(self, run_id: str) -> Any:
            if run_id.startswith(hooks.PREFIX):
                hooks.do(run_id[len(hooks.PREFIX) :])
            return super().get_run(run_id)

    parts = urlsplit(store_uri)
    for what in parse_qs(parts.query).get("open", ()):
        hooks.do(what)
    return TestStore(f"sqlite:///{unquote(parts.path)}", artifact_uri or "/nowhere")
