"""Which way leads to the artifacts of a run or logged model.

A location is text that a store holds, and a tracking server may be hostile, so the ways are few and listed: a folder on
this machine (only where the store is on this machine too), the tracking server itself, and the storage of known clouds.
Nothing else becomes a file system here: no ``http:``, no archive, no chain of protocols.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

from ...errors import NotFound, NotSupported
from ..redaction import redact
from ..store import ArtifactOwner, LoggedModelId

#: How a location is reached; ``elsewhere`` is for schemes that only MLflow's own client knows.
Way = Literal["local", "server", "cloud", "elsewhere"]

#: Storage that we read, by scheme.
CLOUDS = {
    "s3": "Amazon S3",
    "gs": "Google Cloud Storage",
    "wasbs": "Azure Blob Storage",
    "wasb": "Azure Blob Storage",
    "abfss": "Azure Data Lake Storage",
    "abfs": "Azure Data Lake Storage",
}
_NAMES = {**CLOUDS, "r2": "Cloudflare R2", "b2": "Backblaze B2"}

#: Where Azure's storage accounts are; a location with another host is not followed there.
_AZURE = re.compile(r"([a-z0-9]{3,24})\.(?:blob|dfs)\.core\.windows\.net")


@dataclass(frozen=True)
class CloudFolder:
    """A folder in a cloud's storage.

    ``bucket`` is the bucket or container, ``account`` the storage account (Azure only), ``prefix`` the key of the
    folder without slashes around it, ``""`` for the whole bucket.
    """

    scheme: str
    bucket: str
    account: str
    prefix: str

    @property
    def name(self) -> str:
        """How messages call the place: the storage and the bucket, no credentials."""
        return f"{CLOUDS[self.scheme]} ({self.scheme}://{self.bucket})"

    def key(self, path: str) -> str:
        """Return the key of `path` (clean) below this folder."""
        return f"{self.prefix}/{path}" if self.prefix and path else self.prefix or path


def named(owner: ArtifactOwner) -> str:
    """Return how messages call the run or logged model."""
    return f"logged model '{owner.model_id}'" if isinstance(owner, LoggedModelId) else f"run '{owner}'"


def way(uri: str, *, is_remote: bool) -> Way:
    """Return how to reach the artifacts at `uri`.

    With ``is_remote`` the location was announced by a tracking server on the network: its paths and ``file:`` URIs mean
    the server's own disk, so the server is asked.
    """
    scheme = urlsplit(uri).scheme.lower()
    if not scheme or os.path.isabs(uri) or scheme == "file":
        return "server" if is_remote else "local"
    if scheme == "mlflow-artifacts":
        return "server"
    if scheme in CLOUDS:
        return "cloud"
    return "server" if is_remote else "elsewhere"


def local_folder(uri: str | None, owner: ArtifactOwner, base: str) -> str:
    """Return the folder that a path or ``file:`` URI names; a relative one starts at `base`.

    Raises
    ------
    NotSupported
        The artifacts are elsewhere; the message says where, and what to do.
    NotFound
        The owner has no place for artifacts.
    """
    if not uri:
        raise NotFound(f"There is no artifact location for {named(owner)}.")
    if way(uri, is_remote=False) != "local":
        raise NotSupported(elsewhere(uri, owner))
    parts = urlsplit(uri)
    if parts.scheme.lower() == "file" and not os.path.isabs(uri):
        if parts.netloc not in ("", "localhost"):
            raise NotSupported(f"The artifacts of {named(owner)} are on another machine ({redact(uri)}).")
        return os.path.normpath(os.path.join(base, unquote(parts.path)))
    return os.path.normpath(os.path.join(base, uri))


def cloud_folder(uri: str, owner: ArtifactOwner) -> CloudFolder:
    """Return the folder that a cloud's URI names. The path is taken as it is, as MLflow does: ``%20`` is no space.

    Raises
    ------
    NotSupported
        The URI names no bucket, or no storage account of Azure.
    """
    parts = urlsplit(uri)
    scheme = parts.scheme.lower()
    host, account = parts.netloc, ""
    if scheme not in CLOUDS:
        raise NotSupported(elsewhere(uri, owner))
    if scheme in ("wasb", "wasbs", "abfs", "abfss"):
        bucket, _, host = parts.netloc.partition("@")
        match = _AZURE.fullmatch(host)
        account, host = (match[1], bucket) if match else ("", "")
    if not host or "@" in host or "\\" in host or (account == "" and scheme not in ("s3", "gs")):
        raise NotSupported(f"The artifact location of {named(owner)} names no {CLOUDS[scheme]} ({redact(uri)}).")
    return CloudFolder(scheme, host, account, parts.path.strip("/"))


def elsewhere(uri: str, owner: ArtifactOwner) -> str:
    """Return the sentence that explains artifacts which this version does not read."""
    scheme = urlsplit(uri).scheme.lower()
    if scheme == "mlflow-artifacts":
        return (
            f"The artifacts of {named(owner)} are kept by a tracking server ({redact(uri)}). Connect to that server's"
            " http address instead of its database to read them."
        )
    place = f"{_NAMES[scheme]} ({scheme}://)" if scheme in _NAMES else f"a '{scheme}:' location"
    return (
        f"The artifacts of {named(owner)} are on {place}, which this version does not read. Insert loading code to read"
        " them in the notebook, or connect to a tracking server that serves artifacts."
    )
