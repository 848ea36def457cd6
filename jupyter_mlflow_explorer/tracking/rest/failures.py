"""What a tracking server's refusals and silences mean, in our words.

Messages name the server without credentials and say what to do. Text that the server wrote is cut and cleaned.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ...errors import (
    BadFilter,
    BadInput,
    Conflict,
    ExplorerError,
    NotFound,
    TrackingBroken,
    TrackingDenied,
    TrackingError,
    TrackingTimeout,
    TrackingUnavailable,
)
from ..redaction import redact

if TYPE_CHECKING:
    import httpx

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_LONGEST = 400
_NOT_THERE = ("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND", "ENDPOINT_NOT_FOUND")
_BAD = ("INVALID_PARAMETER_VALUE", "BAD_REQUEST", "INVALID_STATE", "MALFORMED_REQUEST")


def timeout(server: str, limit_s: float) -> TrackingTimeout:
    """Return the error for a server that takes too long."""
    return TrackingTimeout(
        f"The tracking server {server} did not answer within {limit_s:g} s. Try again, ask for less, or raise"
        " request_timeout_s."
    )


def transport(server: str, error: httpx.HTTPError | httpx.InvalidURL, limit_s: float) -> TrackingError:
    """Return the error for a request that brought no answer."""
    import httpx

    if isinstance(error, httpx.TimeoutException):
        return timeout(server, limit_s)
    if isinstance(error, httpx.ConnectError):
        said = str(error)
        if "CERTIFICATE" in said.upper() or "SSL" in said.upper():
            return TrackingUnavailable(
                f"The certificate of the tracking server {server} is not trusted. Set"
                " MLFLOW_TRACKING_SERVER_CERT_PATH to the certificate of its authority, and start Jupyter again."
            )
        return TrackingUnavailable(
            f"The tracking server {server} cannot be reached. Is it running, and is the address right?"
        )
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.DecodingError):
        return cut(server)
    if isinstance(error, httpx.ProxyError):
        return TrackingUnavailable(f"The proxy on the way to the tracking server {server} refused the connection.")
    return TrackingUnavailable(f"The tracking server {server} cannot be reached ({error.__class__.__name__}).")


def cut(server: str) -> TrackingBroken:
    """Return the error for an answer that ends before it should."""
    return TrackingBroken(f"The tracking server {server} broke off its answer. Try again.")


def refusal(server: str, status: int, body: bytes, is_filtered: bool = False) -> ExplorerError:
    """Return the error for an answer with a status of 400 or more; `is_filtered` where a filter or order was sent."""
    code, said = _read(body)
    if status in (401, 403) or code in ("PERMISSION_DENIED", "UNAUTHENTICATED"):
        return TrackingDenied(
            f"The tracking server {server} refused access ({status}). Check the user name and password or token of this"
            " connection, and what they may read."
        )
    if code in _NOT_THERE:
        return NotFound(said or f"The tracking server {server} does not have this.")
    if code in _BAD:
        message = said or f"The tracking server {server} does not accept this request."
        return BadFilter(message) if is_filtered else BadInput(message)
    if code == "RESOURCE_ALREADY_EXISTS":
        return Conflict(said or f"The tracking server {server} has this already.")
    if status == 504:
        return TrackingTimeout(f"A gateway before the tracking server {server} got no answer in time (504). Try again.")
    if status in (429, 502, 503):
        return TrackingUnavailable(f"The tracking server {server} is not ready ({status}). Try again in a moment.")
    if status >= 500:
        detail = f": {said}" if said else ""
        return TrackingBroken(f"The tracking server {server} failed ({status}){detail}. Its log says why.")
    return no_mlflow(server, f"{status}")


def no_mlflow(server: str, what: str) -> TrackingBroken:
    """Return the error for an answer that no MLflow server gives."""
    return TrackingBroken(
        f"The answer of {server} makes no sense for an MLflow tracking server ({what}). Check the address, its path"
        " included, and any proxy or login page before it."
    )


def _read(body: bytes) -> tuple[str | None, str | None]:
    """Return MLflow's error code and message, None where the body is something else."""
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None, None
    if not isinstance(found, dict):
        return None, None
    code, said = found.get("error_code"), found.get("message")
    return (code if isinstance(code, str) else None), (clean(said) if isinstance(said, str) else None)


def clean(text: str) -> str:
    """Return a server's text in one line, cut, and without credentials."""
    line = redact(_CONTROL.sub(" ", text)).strip()
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
