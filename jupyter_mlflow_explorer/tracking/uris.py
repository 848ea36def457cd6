"""Tracking URIs: what kind of store they mean, made absolute, and MLflow's default. Pure but for looking at folders."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

from ..errors import BadInput

if TYPE_CHECKING:
    from ..entities import StoreKind

Kind = Literal["database", "rest", "files", "worker"]

_DATABASES = {"sqlite", "postgresql", "mysql", "mssql"}
#: Databases that our reader knows; MLflow knows more.
READ_DATABASES = ("sqlite", "postgresql", "mysql")
#: Other names of databases in URIs.
_ALIASES = {"postgres": "postgresql", "mariadb": "mysql"}
#: What users may connect to unless the configuration says otherwise. Plugins' schemes are for the administrator to add.
SCHEMES = ("sqlite", "postgresql", "mysql", "file", "http", "https", "databricks")
_SQLITE = re.compile(r"sqlite(?:\+pysqlite)?:///(?P<path>[^?]*)(?P<query>\?.*)?$", re.DOTALL)


def scheme_of(uri: str) -> str:
    """Return the scheme in lower case, without a driver (``sqlite`` of ``sqlite+pysqlite:``); ``file`` for a path.

    ``postgres`` is ``postgresql`` and ``mariadb`` is ``mysql``: the same databases under other names.
    """
    match = re.match(r"([A-Za-z][A-Za-z0-9+.\-]*):", uri)
    # One letter before the colon is a Windows drive.
    if match is None or len(match.group(1)) == 1:
        return "databricks" if uri == "databricks" else "file"
    scheme = match.group(1).lower().split("+")[0]
    return _ALIASES.get(scheme, scheme)


def kind_of(uri: str) -> StoreKind:
    """Return which store reads this URI."""
    scheme = scheme_of(uri)
    if scheme in _DATABASES:
        return "database"
    if scheme in ("http", "https"):
        return "rest"
    return "files" if scheme == "file" else "worker"


def absolute(uri: str, working_dir: Path) -> str:
    """Return `uri` with a relative SQLite or file path made absolute, so that it means the same store everywhere.

    Raises
    ------
    BadInput
        The URI is empty, or names no path or host.
    """
    uri = uri.strip()
    if not uri:
        raise BadInput("The tracking URI is empty. Give one such as sqlite:////path/to/mlflow.db or http://host:5000.")
    scheme = scheme_of(uri)
    if scheme == "sqlite":
        return _absolute_sqlite(uri, working_dir)
    if scheme in ("http", "https"):
        return _checked_http(uri)
    if scheme == "file":
        path = _file_path(uri)
        return "file://" + os.path.abspath(os.path.join(working_dir, os.path.expanduser(path)))
    return uri


def default_tracking_uri(working_dir: Path | str) -> str:
    """Return MLflow's own default for a process started in `working_dir`, made absolute. Creates nothing.

    Source: MLflow's ``_get_default_tracking_uri``: ``mlflow.db`` in the working directory, unless ``mlruns`` there
    already holds an experiment (``<digits>/meta.yaml``), then that folder.
    """
    folder = Path(working_dir)
    try:
        has_files = any(
            child.name.isdigit() and (child / "meta.yaml").is_file() for child in (folder / "mlruns").iterdir()
        )
    except OSError:
        has_files = False
    if has_files:
        return absolute(str(folder / "mlruns"), folder)
    return "sqlite:///" + os.path.abspath(folder / "mlflow.db")


def _absolute_sqlite(uri: str, working_dir: Path) -> str:
    match = _SQLITE.match(uri)
    if match is None or not match["path"] or match["path"] == ":memory:":
        raise BadInput("A SQLite tracking URI needs a path: sqlite:///relative.db or sqlite:////absolute/path.db.")
    path = match["path"]
    if path.startswith("file:"):
        return uri  # SQLite's own URI form holds an absolute path and options.
    return "sqlite:///" + os.path.abspath(os.path.join(working_dir, os.path.expanduser(path))) + (match["query"] or "")


def _checked_http(uri: str) -> str:
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadInput("The tracking URI is not a valid URL. Give one such as http://host:5000.") from error
    if not host:
        raise BadInput("The tracking URI names no host. Give one such as http://host:5000.")
    return uri.rstrip("/")


def _file_path(uri: str) -> str:
    if not uri.lower().startswith("file:"):
        return uri
    parts = urlsplit(uri)
    if parts.netloc not in ("", "localhost"):
        # file://./mlruns, which MLflow users write for a relative path.
        return unquote(parts.netloc + parts.path)
    return unquote(parts.path)
