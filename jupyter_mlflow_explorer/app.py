"""The server extension's composition root: reads the configuration, builds the connections, adds the routes.

Nothing else knows how the parts are wired. Modules that cost memory (pydantic, SQLAlchemy, httpx) are not imported
here: a server whose user never opens the panel must not pay for it.
"""

from __future__ import annotations

import os
from pathlib import Path

from jupyter_core.paths import jupyter_config_dir
from jupyter_server.extension.application import ExtensionApp

from . import __version__
from .config import ExplorerConfig
from .handlers import ROUTES
from .reports.jobs import Reports
from .tracking.connections import ConnectionRegistry


class ExplorerApp(ExplorerConfig, ExtensionApp):
    """MLflow explorer for Jupyter Server."""

    name = "jupyter_mlflow_explorer"
    extension_url = "/mlflow-explorer/api/docs"
    load_other_extensions = True
    version = __version__

    registry: ConnectionRegistry
    reports: Reports

    def initialize_settings(self) -> None:
        """Build what the handlers share."""
        file = self.connections_file or os.path.join(jupyter_config_dir(), "mlflow_explorer", "connections.json")
        self.registry = ConnectionRegistry(
            configured=dict(self.connections),
            environment=dict(os.environ),
            working_dir=Path.cwd(),
            user_file=Path(file),
            can_add=self.allow_add_connections,
            allowed_schemes=tuple(self.allowed_schemes),
            request_timeout_s=self.request_timeout_s,
        )
        self.reports = Reports(at_once=self.max_reports)
        self.settings["mlflow_explorer_connections"] = self.registry
        self.settings["mlflow_explorer_reports"] = self.reports
        self.settings["mlflow_explorer_templates_dir"] = self.templates_dir
        self.settings["mlflow_explorer_max_document_bytes"] = self.max_document_bytes

    def initialize_handlers(self) -> None:
        """Add the routes of `handlers.ROUTES` below ``mlflow-explorer/api/``."""
        self.handlers.extend((f"/mlflow-explorer/api/{pattern}", handler) for pattern, handler in ROUTES)

    async def stop_extension(self) -> None:
        """End reports, and close all stores."""
        await self.reports.close()
        await self.registry.close()
