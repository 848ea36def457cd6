"""Takes credentials out of URIs and of text that holds URIs, before either leaves the server.

It would rather hide too much than too little: what looks like a secret becomes ``***``.
"""

from __future__ import annotations

import json
import re
from typing import Any

HIDDEN = "***"

#: A URI inside other text ends at white space, a quote or an angle bracket.
_EMBEDDED = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]*:)?//[^\s\"'<>`]+")
_WHOLE = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.\-]*:)+//")
_SECRET = re.compile(
    r"pass|pwd|secret|token|key|sig$|signature|credential|auth|sas$|odbc_connect|^code$|jwt|cookie", re.IGNORECASE
)
_ARGUMENT = re.compile(r"([?&;#])([^=?&;#]*)=([^&;#]*)")
#: SQLAlchemy takes a password with "/" in it, so for these schemes the userinfo reaches to the last "@".
_DATABASE = re.compile(r"(?:postgres|postgresql|mysql|mariadb|mssql|oracle|databricks|redis|mongodb)", re.IGNORECASE)


def redact(uri: str) -> str:
    """Return `uri` with its userinfo and the values of secret-looking arguments replaced by ``***``.

    A text that is no URI comes back with the URIs inside it redacted, so any text may be passed. Never raises.
    """
    if "@" not in uri and "=" not in uri:
        return uri
    match = _WHOLE.match(uri)
    if match is None:
        return redact_text(uri)
    return uri[: match.end()] + redact_text(_redact_rest(uri[: match.end()], uri[match.end() :]))


def redact_text(text: str) -> str:
    """Return `text` with every URI inside it redacted; the rest is unchanged."""
    if "//" not in text:
        return text

    def replace(match: re.Match[str]) -> str:
        found = match.group()
        start = found.index("//") + 2
        return found[:start] + _redact_rest(found[:start], found[start:])

    return _EMBEDDED.sub(replace, text)


def redact_json(text: str) -> str:
    """As `redact_text`, for text that may be JSON: values under secret-looking keys are hidden too.

    JSON that holds no secret comes back as it was, byte for byte.
    """
    try:
        value = json.loads(text)
    except ValueError:
        return redact(text)
    if not isinstance(value, dict | list):
        return redact(text)
    hidden = _redact_value(value)
    return text if hidden == value else json.dumps(hidden, ensure_ascii=False)


def _redact_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: HIDDEN if v and _SECRET.search(str(k)) else _redact_value(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_redact_value(v) for v in value]
    return redact(value) if isinstance(value, str) else value


def _redact_rest(scheme: str, rest: str) -> str:
    """Redact what follows ``scheme://``."""
    end = re.search(r"[/?#]", rest)
    authority, tail = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    if "@" not in authority and "@" in tail and _password_has_slash(scheme, authority):
        authority, tail = rest, ""
        query = rest.find("?", rest.rfind("@"))
        if query >= 0:
            authority, tail = rest[:query], rest[query:]
    if "@" in authority:
        authority = f"{HIDDEN}@{authority.rsplit('@', 1)[1]}"
    return authority + _ARGUMENT.sub(_redact_argument, tail)


def _password_has_slash(scheme: str, authority: str) -> bool:
    port = authority.partition(":")[2]
    return (bool(port) and not port.isdigit()) or (":" in authority and _DATABASE.match(scheme) is not None)


def _redact_argument(match: re.Match[str]) -> str:
    mark, name, value = match.groups()
    return f"{mark}{name}={HIDDEN if value and _SECRET.search(name) else value}"
