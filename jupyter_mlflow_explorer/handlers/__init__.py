"""The HTTP layer. `ROUTES` is the whole URL table, relative to ``{base_url}mlflow-explorer/api/``."""

from __future__ import annotations

from .artifacts import ArtifactContentHandler, ArtifactsHandler, ModelArtifactContentHandler, ModelArtifactsHandler
from .base import ExplorerHandler
from .cells import CellsHandler, RecipesHandler
from .connections import ConnectionCheckHandler, ConnectionHandler, ConnectionsHandler
from .contents import ContentsHandler, FilesHandler
from .documents import NotebooksHandler, TemplatesHandler
from .experiments import ExperimentHandler, ExperimentsHandler
from .metrics import MetricsHandler
from .refresh import RefreshHandler
from .reports import ReportHandler, ReportsHandler
from .runs import RunColumnsHandler, RunHandler, RunsHandler, RunsTableHandler
from .status import DocsHandler, OpenApiHandler, StatusHandler

ROUTES: tuple[tuple[str, type[ExplorerHandler]], ...] = (
    (r"status/?", StatusHandler),
    (r"connections/?", ConnectionsHandler),
    (r"connections/([^/]+)", ConnectionHandler),
    (r"connections/([^/]+)/check", ConnectionCheckHandler),
    (r"experiments/?", ExperimentsHandler),
    (r"experiments/([^/]+)", ExperimentHandler),
    (r"runs/?", RunsHandler),
    (r"runs/table", RunsTableHandler),
    (r"runs/columns", RunColumnsHandler),
    (r"runs/([^/]+)", RunHandler),
    (r"runs/([^/]+)/artifacts", ArtifactsHandler),
    (r"runs/([^/]+)/artifacts/content", ArtifactContentHandler),
    (r"logged-models/([^/]+)/artifacts", ModelArtifactsHandler),
    (r"logged-models/([^/]+)/artifacts/content", ModelArtifactContentHandler),
    (r"metrics/?", MetricsHandler),
    (r"contents/?(.*)", ContentsHandler),
    (r"files/(.+)", FilesHandler),
    (r"recipes/?", RecipesHandler),
    (r"templates/?", TemplatesHandler),
    (r"cells/?", CellsHandler),
    (r"cells/refresh", RefreshHandler),
    (r"notebooks/?", NotebooksHandler),
    (r"reports/?", ReportsHandler),
    (r"reports/([^/]+)", ReportHandler),
    (r"openapi\.json", OpenApiHandler),
    (r"docs/?", DocsHandler),
)
