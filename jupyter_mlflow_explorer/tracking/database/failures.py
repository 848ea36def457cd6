"""What servers and their drivers say when something goes wrong, in our words and without credentials.

PostgreSQL's codes: https://www.postgresql.org/docs/current/errcodes-appendix.html; a failure to connect has none, so
its text is looked at. MySQL's: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote

from ...errors import (
    BadInput,
    ExplorerError,
    NotSupported,
    TrackingBroken,
    TrackingDenied,
    TrackingTimeout,
    TrackingUnavailable,
)

Kind = Literal[
    "arguments",
    "busy",
    "changed",
    "denied",
    "down",
    "forbidden",
    "lost",
    "missing",
    "package",
    "slow",
    "tls",
    "value",
    "other",
]
#: Kinds that another attempt may get over.
_PASSING: frozenset[Kind] = frozenset({"changed", "lost"})

_HOST = r"(?:[\w.\-]*|\[[0-9A-Fa-f:.]+\])(?::\d+)?"
_PLACE = re.compile(
    rf"(?:[^@]*@)?(?P<host>{_HOST}(?:,{_HOST})*)(?:/(?P<database>[^?@/]*))?(?:\?.*)?", re.DOTALL | re.ASCII
)

_STATES: tuple[tuple[str, Kind], ...] = (
    ("08", "lost"),
    ("22", "value"),
    ("25P03", "slow"),
    ("28", "denied"),
    ("3D000", "missing"),
    ("40", "lost"),
    ("42501", "forbidden"),
    ("42P01", "changed"),
    ("42703", "changed"),
    ("53300", "busy"),
    ("57014", "slow"),
    ("57P03", "busy"),
    ("57P", "lost"),
)
_NUMBERS: dict[int, Kind] = {
    1040: "busy",
    1044: "denied",
    1045: "denied",
    1049: "missing",
    1054: "changed",
    1142: "forbidden",
    1143: "forbidden",
    1146: "changed",
    1176: "changed",
    1203: "busy",
    1205: "lost",
    1213: "lost",
    1226: "busy",
    1317: "slow",
    1356: "forbidden",
    1698: "denied",
    1969: "slow",
    2002: "down",
    2003: "down",
    2005: "down",
    2006: "lost",
    2013: "lost",
    2026: "tls",
    2055: "lost",
    3024: "slow",
    3159: "tls",
    4031: "lost",
}
#: Parts of what libpq says when it cannot connect, in English, as PostgreSQL says it unless it was told otherwise.
_CONNECTING: tuple[tuple[str, Kind], ...] = (
    ("authentication failed", "denied"),
    ("no password supplied", "denied"),
    ("pg_hba.conf", "denied"),
    ("permission denied for database", "denied"),
    ("is not permitted to log in", "denied"),
    ("does not exist", "missing"),
    ("too many", "busy"),
    ("remaining connection slots", "busy"),
    ("starting up", "busy"),
    ("shutting down", "busy"),
    ("certificate", "tls"),
    ("SSL", "tls"),
    ("invalid connection option", "arguments"),
    ("invalid URI query parameter", "arguments"),
    ("for connection option", "arguments"),
    ("bad value for", "arguments"),
)


@dataclass(frozen=True)
class Place:
    """How messages call a database: its kind, and its name and host where they can be told from a secret."""

    kind: str
    database: str
    host: str

    @classmethod
    def of(cls, uri: str, database: str) -> Place:
        """Read the place in a tracking URI; `database` is the kind, ``postgresql`` or ``mysql``."""
        kind = {"postgresql": "PostgreSQL", "mysql": "MySQL"}[database]
        rest = uri.partition("://")[2]
        # An @ that is not encoded, or one in an argument: what follows it may be a part of a password.
        match = None if rest.count("@") > 1 or "?" in rest[: rest.find("@") + 1] else _PLACE.fullmatch(rest)
        if match is None:
            return cls(kind, "", "")
        return cls(kind, unquote(match["database"] or ""), match["host"])

    @property
    def title(self) -> str:
        """The place at the beginning of a sentence."""
        return f"The {self}"

    def __str__(self) -> str:
        name = f" '{self.database}'" if self.database else ""
        return f"{self.kind} database{name}" + (f" on {self.host}" if self.host else "")


@dataclass(frozen=True)
class Failure:
    """What went wrong; ``said`` is the server's own sentence where that holds no credentials, else empty."""

    kind: Kind
    said: str = ""

    @property
    def may_pass(self) -> bool:
        """Whether another attempt may succeed."""
        return self.kind in _PASSING

    def in_words(self, place: Place) -> ExplorerError:
        """Return the error to raise."""
        error, text = _WORDS[self.kind]
        said = f" ({self.said})" if self.said else ""
        return error(text.format(place=place, said=said, title=place.title))


_WORDS: dict[Kind, tuple[Callable[[str], ExplorerError], str]] = {
    "arguments": (
        BadInput,
        "The tracking URI of the {place} has an argument that its driver does not take. Check what follows the '?'.",
    ),
    "busy": (TrackingUnavailable, "{title} takes no more connections, or is starting or stopping. Try again soon."),
    "changed": (
        TrackingBroken,
        "{title} does not have the tables that it had{said}. If it is an old one, copy it and run `mlflow db upgrade`"
        " on the copy.",
    ),
    "denied": (
        TrackingDenied,
        "{title} refused the user or password, or does not admit them from this machine. Check user and password in"
        " the connection's URI.",
    ),
    "down": (TrackingUnavailable, "{title} cannot be reached. Check host and port, and that the server is running."),
    "forbidden": (
        TrackingDenied,
        "{title} does not let this user read MLflow's tables{said}. The user in the connection's URI needs SELECT on"
        " them.",
    ),
    "lost": (TrackingUnavailable, "{title} closed the connection. Try again."),
    "missing": (
        TrackingUnavailable,
        "{title} does not exist, or its user does not. Check the names in the connection's URI.",
    ),
    "package": (
        NotSupported,
        "{title} asks for a password exchange that needs the package cryptography in the server's Python environment:"
        " pip install cryptography",
    ),
    "slow": (
        TrackingTimeout,
        "{title} ended the query, because it took too long. Ask for less, or raise request_timeout_s.",
    ),
    "tls": (
        TrackingUnavailable,
        "{title} and this server could not agree on a secure connection (TLS). Check the ssl arguments of the"
        " connection's URI and the certificates that they name.",
    ),
    "value": (BadInput, "{title} cannot look for such a text or number{said}."),
    "other": (TrackingBroken, "{title} cannot be read{said}."),
}


def read(error: Exception, dialect: Any) -> Failure | None:
    """Return what an error of SQLAlchemy or of a driver means, None where it is neither's."""
    import sqlalchemy as sa

    if isinstance(error, sa.exc.TimeoutError):
        return Failure("busy")
    if isinstance(error, UnicodeEncodeError):
        return Failure("value", "it is no valid Unicode")
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if isinstance(error, sa.exc.StatementError) and isinstance(cause, UnicodeEncodeError):
        return Failure("value", "it is no valid Unicode")
    if isinstance(cause, dialect.dbapi.Error):
        is_lost = dialect.is_disconnect(cause, None, None)
        return _postgresql(cause, is_lost) if dialect.name == "postgresql" else _mysql(cause, is_lost)
    if isinstance(error, ValueError) and "NUL" in str(error):
        return Failure("value", "it holds a NUL character")
    if isinstance(error, RuntimeError) and "cryptography" in str(error):
        return Failure("package")
    if isinstance(error, TypeError | ValueError | sa.exc.ArgumentError) and _is_connecting(error):
        return Failure("arguments")
    if isinstance(error, OSError) and _is_connecting(error):
        # The network, or the files that TLS needs.
        return Failure("down" if isinstance(error, ConnectionError | TimeoutError) else "tls")
    return None


def _postgresql(error: Any, is_lost: bool) -> Failure:
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    said = _plain(getattr(getattr(error, "diag", None), "message_primary", None))
    if state:
        kind: Kind = next((kind for start, kind in _STATES if state.startswith(start)), "other")
        return Failure("lost" if kind == "other" and is_lost else kind, said)
    text = str(error)
    if "NUL" in text:
        return Failure("value", "it holds a NUL character")
    if is_lost:
        return Failure("lost")
    if isinstance(error, UnicodeError) or "codec can't" in text:
        return Failure("other", "a text in it is not in the encoding of the database")
    for part, kind in _CONNECTING:
        if part in text:
            return Failure(kind)
    return Failure("down" if "Operational" in type(error).__name__ or "Timeout" in type(error).__name__ else "other")


def _mysql(error: Any, is_lost: bool) -> Failure:
    number = error.args[0] if error.args else None
    kind = _NUMBERS.get(number) if isinstance(number, int) else None
    if kind in ("down", "lost") and "ssl" in str(error).lower():
        return Failure("tls")
    if kind is None:
        return Failure("lost") if is_lost else Failure("other", _plain(error.args[1] if len(error.args) > 1 else None))
    return Failure(kind, _plain(error.args[1]) if kind in ("changed", "forbidden") and len(error.args) > 1 else "")


def _plain(text: object) -> str:
    """Return a server's sentence on one line and not too long; such sentences name tables, columns and users."""
    return " ".join(str(text).split())[:200].rstrip(".") if text else ""


def _is_connecting(error: BaseException) -> bool:
    """Return whether an error arose while SQLAlchemy connected, and not in our own code."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_name == "connect" and trace.tb_frame.f_globals.get("__name__", "").startswith(
            "sqlalchemy.engine"
        ):
            return True
        trace = trace.tb_next
    return False
