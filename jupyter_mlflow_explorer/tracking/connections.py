"""Named tracking stores: where they come from, what the browser may know of them, and the store behind each.

A connection comes from the configuration, the environment or the user, in this order; with none there is MLflow's own
default. URIs keep their credentials in here; `ConnectionSpec.public` is what may leave.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..errors import BadInput, Conflict, ExplorerError, Forbidden, NotFound, NotSupported
from .redaction import redact
from .saved import SavedConnections
from .uris import READ_DATABASES, SCHEMES, absolute, default_tracking_uri, kind_of, scheme_of

if TYPE_CHECKING:
    from ..entities import Connection, ConnectionCheck, Connections
    from .store import TrackingStore

__all__ = ["ConnectionRegistry", "ConnectionSpec", "default_tracking_uri", "open_store"]

Origin = Literal["config", "environment", "user", "default"]


@dataclass(frozen=True)
class ConnectionSpec:
    """One connection with its URIs as they are used, credentials included: never send or log it."""

    id: str
    name: str
    tracking_uri: str
    registry_uri: str | None
    origin: Origin

    def __repr__(self) -> str:
        return f"ConnectionSpec(id={self.id!r}, tracking_uri={redact(self.tracking_uri)!r})"

    def public(self, *, is_default: bool) -> Connection:
        """Return what the browser may know."""
        from ..entities import Connection

        return Connection(
            id=self.id,
            name=self.name,
            kind=kind_of(self.tracking_uri),
            tracking_uri=redact(self.tracking_uri),
            registry_uri=redact(self.registry_uri) if self.registry_uri else None,
            origin=self.origin,
            is_default=is_default,
            removable=self.origin == "user",
        )


def open_store(uri: str, registry_uri: str | None = None, *, request_timeout_s: float = 10.0) -> TrackingStore:
    """Return the store that reads `uri` (absolute). Nothing is opened, started or contacted before its first use.

    Raises
    ------
    NotSupported
        No store of ours reads this kind of URI; the message says what does.
    """
    kind, scheme = kind_of(uri), scheme_of(uri)
    if kind == "rest":
        from .rest import RestStore

        return RestStore(uri, request_timeout_s=request_timeout_s)
    if kind == "files":
        from .files import FilesStore

        return FilesStore(uri, request_timeout_s=request_timeout_s)
    if kind == "worker":
        from .worker import WorkerStore

        return WorkerStore(uri, registry_uri, request_timeout_s=request_timeout_s)
    if scheme not in READ_DATABASES:
        # MLflow itself could read it, but would also upgrade a database that an older version wrote.
        raise NotSupported(
            f"Databases of the kind {scheme!r} are not read directly. Serve the database with"
            f" `mlflow server --backend-store-uri …` and connect to that server's http address."
        )
    from .database import DatabaseStore

    return DatabaseStore(uri, request_timeout_s=request_timeout_s)


class ConnectionRegistry:
    """All connections of one server, and their open stores.

    Parameters
    ----------
    configured
        The trait's ``{name: uri}``.
    environment
        The process's environment variables; read once.
    working_dir
        What relative paths and MLflow's default refer to.
    user_file
        Where connections added by the user are kept.
    """

    def __init__(
        self,
        *,
        configured: Mapping[str, str],
        environment: Mapping[str, str],
        working_dir: Path,
        user_file: Path,
        can_add: bool = True,
        allowed_schemes: tuple[str, ...] = SCHEMES,
        request_timeout_s: float = 10.0,
    ) -> None:
        self._working_dir = working_dir
        self._saved = SavedConnections(user_file)
        self._can_add = can_add
        self._allowed_schemes = allowed_schemes
        self._request_timeout_s = request_timeout_s
        self._stores: dict[tuple[str, str], TrackingStore] = {}
        self._fixed: dict[str, ConnectionSpec] = {}
        registry_uri = environment.get("MLFLOW_REGISTRY_URI") or None
        for name, uri in configured.items():
            self._add_fixed(name, uri, None, "config")
        if environment.get("MLFLOW_TRACKING_URI"):
            self._add_fixed("Environment", environment["MLFLOW_TRACKING_URI"], registry_uri, "environment")

    def _add_fixed(self, name: str, uri: str, registry_uri: str | None, origin: Origin) -> None:
        connection_id = _slug(name, self._fixed)
        with contextlib.suppress(BadInput):  # Said when it is used; the other connections work meanwhile.
            uri = absolute(uri, self._working_dir)
        self._fixed[connection_id] = ConnectionSpec(connection_id, name, uri, registry_uri, origin)

    def _all(self) -> dict[str, ConnectionSpec]:
        specs = dict(self._fixed)
        for saved in self._saved.read():
            specs.setdefault(
                saved.id, ConnectionSpec(saved.id, saved.name, saved.tracking_uri, saved.registry_uri, "user")
            )
        if not self._fixed:
            # Looked up each time: the first training run creates the store while the server is running.
            uri = default_tracking_uri(self._working_dir)
            specs = {"default": ConnectionSpec("default", "Local store", uri, None, "default"), **specs}
        return specs

    def spec(self, connection_id: str | None = None) -> ConnectionSpec:
        """Return one connection, the default one for None.

        Raises
        ------
        NotFound
            No connection has this id.
        """
        specs = self._all()
        if connection_id is None:
            return next(iter(specs.values()))
        if connection_id not in specs:
            raise NotFound(f"No connection {connection_id!r}. Choose one of: {', '.join(specs)}.")
        return specs[connection_id]

    def specs(self) -> tuple[ConnectionSpec, ...]:
        """Return all connections, the default one first."""
        return tuple(self._all().values())

    def public(self, connection_id: str | None = None) -> Connection:
        """Return what the browser may know of one connection, the default one for None."""
        spec = self.spec(connection_id)
        return spec.public(is_default=spec.id == self.spec().id)

    def list(self) -> Connections:
        """Return all connections, the default one first."""
        from ..entities import Connections

        specs = self._all()
        first = next(iter(specs))
        return Connections(
            connections=[spec.public(is_default=spec.id == first) for spec in specs.values()],
            can_add=self._can_add,
            allowed_schemes=list(self._allowed_schemes),
        )

    def add(self, name: str, tracking_uri: str, registry_uri: str | None = None) -> ConnectionSpec:
        """Add and keep a connection of the user.

        Raises
        ------
        Forbidden
            Adding is switched off, or the scheme is not allowed.
        BadInput
            The URI makes no sense.
        Conflict
            There is a connection with this name or URI.
        """
        if not self._can_add:
            raise Forbidden("Adding connections is switched off on this server (ExplorerApp.allow_add_connections).")
        name = " ".join(name.split())
        if not name:
            raise BadInput("The connection needs a name.")
        scheme = scheme_of(tracking_uri.strip())
        if scheme not in self._allowed_schemes:
            allowed = ", ".join(self._allowed_schemes) or "none"
            raise Forbidden(f"Connections with the scheme {scheme!r} are not allowed here. Allowed: {allowed}.")
        uri = absolute(tracking_uri, self._working_dir)
        registry_uri = absolute(registry_uri, self._working_dir) if registry_uri and registry_uri.strip() else None
        specs = self._all()
        for spec in specs.values():
            if spec.name.casefold() == name.casefold():
                raise Conflict(f"There is a connection named {spec.name!r} already. Choose another name.")
            if spec.tracking_uri == uri and spec.registry_uri == registry_uri:
                raise Conflict(f"The connection {spec.name!r} has this tracking URI already.")
        added = ConnectionSpec(_slug(name, specs), name, uri, registry_uri, "user")
        self._saved.add(added.id, added.name, added.tracking_uri, added.registry_uri)
        return added

    async def remove(self, connection_id: str) -> None:
        """Remove a connection that the user added and close its store.

        Raises
        ------
        NotFound
            No connection has this id.
        Forbidden
            It comes from the configuration or the environment, or is the default.
        """
        spec = self.spec(connection_id)
        if spec.origin != "user":
            raise Forbidden(f"The connection {spec.name!r} comes from the server's {spec.origin} and stays.")
        self._saved.remove(connection_id)
        store = self._stores.pop(_key(spec), None)
        if store is not None:
            await store.close()

    def store(self, connection_id: str | None = None) -> TrackingStore:
        """Return the store of one connection, opened on first use.

        Raises
        ------
        NotFound
            No connection has this id.
        NotSupported
            No store of ours reads its URI.
        """
        spec = self.spec(connection_id)
        key = _key(spec)
        if key not in self._stores:
            uri = absolute(spec.tracking_uri, self._working_dir)
            self._stores[key] = open_store(uri, spec.registry_uri, request_timeout_s=self._request_timeout_s)
        return self._stores[key]

    async def check(self, connection_id: str) -> ConnectionCheck:
        """Try one connection. Failure is an answer here, not an error; only an unknown id raises `NotFound`."""
        from ..entities import ConnectionCheck

        self.spec(connection_id)
        started = time.perf_counter()
        code: str | None = None
        try:
            message = await self.store(connection_id).check()
        except ExplorerError as error:
            message, code = error.message, error.code
        latency_ms = round((time.perf_counter() - started) * 1000)
        return ConnectionCheck(reachable=code is None, latency_ms=latency_ms, message=message, code=code)

    async def close(self) -> None:
        """Close all stores; safe to call twice."""
        stores, self._stores = list(self._stores.values()), {}
        for store in stores:
            await store.close()


def _key(spec: ConnectionSpec) -> tuple[str, str]:
    # The URI belongs to the key because the default's may change, when the first store appears.
    return spec.id, spec.tracking_uri


def _slug(name: str, taken: Mapping[str, object]) -> str:
    """Return a short id made of `name`, safe in URLs and drive paths, that is not in `taken`."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "connection"
    candidate, number = slug, 2
    while candidate in taken or candidate == "default":
        candidate, number = f"{slug}-{number}", number + 1
    return candidate
