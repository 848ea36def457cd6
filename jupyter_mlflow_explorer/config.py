"""What an administrator may set, as traits of `ExplorerApp`; `docs/configuration.md` lists them all."""

from __future__ import annotations

from typing import Any

from traitlets import Bool, Dict, Float, HasTraits, Int, List, TraitError, Unicode, validate

from .tracking.uris import SCHEMES


class ExplorerConfig(HasTraits):
    """Settings of the server extension, for example ``c.ExplorerApp.request_timeout_s = 5``."""

    connections: Dict[str, str] = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="Tracking stores offered to every user, as {name: tracking URI}. They come before MLFLOW_TRACKING_URI.",
    ).tag(config=True)

    allow_add_connections = Bool(
        True, help="Whether users may add connections. Turn it off where the stores are given by the installation."
    ).tag(config=True)

    allowed_schemes: List[str] = List(
        Unicode(),
        default_value=list(SCHEMES),
        help="URI schemes that users may add connections with; file stands for folders, with or without file://.",
    ).tag(config=True)

    connections_file = Unicode(
        "",
        help="Where connections added by the user are kept, with mode 0600."
        " Empty: mlflow_explorer/connections.json in Jupyter's config folder.",
    ).tag(config=True)

    request_timeout_s = Float(
        10.0, help="Time limit in seconds for one answer of a tracking store; then the request fails with 504."
    ).tag(config=True)

    max_document_bytes = Int(
        100 * 1024 * 1024,
        help="Largest artifact in bytes that is opened as a document. JupyterLab holds a document in memory on both"
        " sides; larger files can be downloaded, which streams them. The panel asks earlier (setting openLimitMb).",
    ).tag(config=True)

    max_reports = Int(
        2,
        min=1,
        help="Reports that are made at once. Each has a kernel of its own, as long as it takes.",
    ).tag(config=True)

    templates_dir = Unicode(
        "",
        help="Folder of notebook templates (*.ipynb). Empty: mlflow_explorer/templates in Jupyter's config folder.",
    ).tag(config=True)

    @validate("request_timeout_s")
    def _check_timeout(self, proposal: dict[str, Any]) -> float:
        value = float(proposal["value"])
        if not 0 < value <= 3600:
            raise TraitError(f"request_timeout_s must be more than 0 and at most 3600 seconds, not {value}")
        return value
