"""Who we are to a tracking server, and which certificates count.

The environment is read when a store is opened and never written, so each connection keeps its own.
Source of the names: `mlflow/environment_variables.py` and `mlflow/utils/credentials.py`.
"""

from __future__ import annotations

import configparser
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote

from ...errors import TrackingUnavailable


@dataclass(frozen=True)
class Credentials:
    """Basic authentication, or a bearer token, or neither; never both."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)


def find(uri: SplitResult, environment: Mapping[str, str] = os.environ) -> Credentials:
    """Return the credentials for a connection: its own, else the environment's, else those of ~/.mlflow/credentials.

    Within one place a name and password win over a token, as in MLflow.
    """
    if uri.username is not None:
        return Credentials(unquote(uri.username), unquote(uri.password or ""))
    username, password = environment.get("MLFLOW_TRACKING_USERNAME"), environment.get("MLFLOW_TRACKING_PASSWORD")
    stored = _stored()
    # As MLflow: either half may come from the file.
    if username or password:
        username = username or stored.get("mlflow_tracking_username")
        password = password or stored.get("mlflow_tracking_password")
        if username and password:
            return Credentials(username, password)
    if token := environment.get("MLFLOW_TRACKING_TOKEN"):
        return Credentials(token=token)
    username, password = stored.get("mlflow_tracking_username"), stored.get("mlflow_tracking_password")
    return Credentials(username, password) if username and password else Credentials()


def tls(environment: Mapping[str, str] = os.environ) -> ssl.SSLContext | bool:
    """Return what to verify a server with; False where the user switched that off.

    Raises
    ------
    TrackingUnavailable
        A certificate file that the environment names cannot be read.
    """
    is_insecure = environment.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in ("true", "1")
    own = environment.get("MLFLOW_TRACKING_CLIENT_CERT_PATH")
    bundle = environment.get("MLFLOW_TRACKING_SERVER_CERT_PATH") or environment.get("REQUESTS_CA_BUNDLE")
    if not own and not bundle:
        return not is_insecure
    try:
        context = ssl.create_default_context()
        if is_insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif bundle:
            is_folder = Path(bundle).is_dir()
            context.load_verify_locations(capath=bundle) if is_folder else context.load_verify_locations(cafile=bundle)
        if own:
            context.load_cert_chain(own)
    except (OSError, ValueError) as error:
        raise TrackingUnavailable(
            "A certificate file named by MLFLOW_TRACKING_SERVER_CERT_PATH, MLFLOW_TRACKING_CLIENT_CERT_PATH or"
            f" REQUESTS_CA_BUNDLE cannot be used: {error.__class__.__name__}."
        ) from None
    return context


def _stored() -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(Path.home() / ".mlflow" / "credentials", encoding="utf-8")
        return dict(parser["mlflow"]) if "mlflow" in parser else {}
    except (OSError, RuntimeError, ValueError, configparser.Error):
        return {}
