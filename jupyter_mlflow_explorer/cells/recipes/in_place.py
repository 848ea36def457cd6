"""Artifacts that MLflow's client cannot fetch, but that are kept on a local disk."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit


def direct_path(uri: str | None, path: str) -> str | None:
    """Return the file's place on disk where MLflow's client cannot fetch it and it is kept on disk, else None.

    `uri` is that of the folder, of a run or a logged model. The client reads artifact paths as URIs: "#" and "?" end
    them, percent escapes are decoded (which may name another file), and a "#" that is left is refused (MLflow 2.22 to
    3.17, ``validate_path_is_safe``).
    """
    if not re.search(r"[#?]|%[0-9A-Fa-f]{2}", path) or not uri:
        return None
    parts = urlsplit(uri)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return f"{unquote(parts.path).rstrip('/')}/{path}"
    return f"{uri.rstrip('/')}/{path}" if uri.startswith("/") else None
