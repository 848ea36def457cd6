"""Which way leads to a run's artifacts."""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit

from ...errors import NotFound, NotSupported
from ..redaction import redact

_CLOUD = {
    "s3": "Amazon S3",
    "r2": "Cloudflare R2",
    "b2": "Backblaze B2",
    "gs": "Google Cloud Storage",
    "wasbs": "Azure Blob Storage",
    "wasb": "Azure Blob Storage",
    "abfss": "Azure Data Lake Storage",
    "abfs": "Azure Data Lake Storage",
}


def local_folder(uri: str | None, run_id: str, base: str) -> str:
    """Return the folder that a path or ``file:`` URI names; a relative one starts at `base`.

    Raises
    ------
    NotSupported
        The artifacts are elsewhere; the message says where, and what to do.
    NotFound
        The run has no place for artifacts.
    """
    if not uri:
        raise NotFound(f"Run '{run_id}' has no artifact location.")
    parts = urlsplit(uri)
    scheme = parts.scheme.lower()
    if not scheme or os.path.isabs(uri):
        return os.path.normpath(os.path.join(base, uri))
    if scheme == "file":
        if parts.netloc not in ("", "localhost"):
            raise NotSupported(f"The artifacts of run '{run_id}' are on another machine ({redact(uri)}).")
        return os.path.normpath(os.path.join(base, unquote(parts.path)))
    raise NotSupported(elsewhere(uri, run_id))


def elsewhere(uri: str, run_id: str) -> str:
    """Return the sentence that explains artifacts which this version does not read."""
    scheme = urlsplit(uri).scheme.lower()
    if scheme == "mlflow-artifacts":
        return (
            f"The artifacts of run '{run_id}' are kept by a tracking server ({redact(uri)}). Connect to that server's"
            " http address instead of its database to read them."
        )
    place = f"{_CLOUD[scheme]} ({scheme}://)" if scheme in _CLOUD else f"a '{scheme}:' location"
    return (
        f"The artifacts of run '{run_id}' are on {place}, which this version does not read. Insert loading code to read"
        " them in the notebook, or connect to a tracking server that serves artifacts."
    )
