"""What MLflow's exceptions in the child mean, in our words, and what is said of a child that died.

Messages name the store without credentials. Text that MLflow, a plugin or a server wrote is cut and cleaned, and
secrets of the child's environment are taken out of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from ...errors import (
    BadFilter,
    BadInput,
    Conflict,
    ExplorerError,
    NotFound,
    NotSupported,
    TooLarge,
    TrackingBroken,
    TrackingDenied,
    TrackingTimeout,
    TrackingUnavailable,
)
from ..redaction import HIDDEN, redact
from ..rest.failures import clean
from ..uris import scheme_of
from . import convert, frames

_SECRET = re.compile(r"pass|pwd|secret|token|key|credential|auth|sas|cookie", re.IGNORECASE)
_WARNING = re.compile(r"\bWARNING\b|Warning: ")
#: Characters of a dead child's output; the cause is at its end.
_MOST_SAID = 300
#: Shorter values would be found in ordinary words.
_SHORTEST_SECRET = 6
_NOT_THERE = ("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND", "ENDPOINT_NOT_FOUND")
_BAD = ("INVALID_PARAMETER_VALUE", "BAD_REQUEST", "INVALID_STATE", "MALFORMED_REQUEST")
_DENIED = ("PERMISSION_DENIED", "UNAUTHENTICATED", "CUSTOMER_UNAUTHORIZED")
_EXISTS = ("RESOURCE_ALREADY_EXISTS", "ALREADY_EXISTS", "RESOURCE_CONFLICT", "ABORTED")
_BUSY = ("TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED")
_MISSING = ("NOT_IMPLEMENTED", "FEATURE_DISABLED", convert.UNFINISHED)
#: Packages that bring a scheme. Source: MLflow's list of plugins in its documentation.
_PLUGINS = {"azureml": "azureml-mlflow", "arn": "sagemaker-mlflow"}
#: Packages whose modules have another name.
_PACKAGES = {
    "azure": "azure-storage-blob",
    "google": "google-cloud-storage",
    "pyarrow": "pyarrow",
    "pysftp": "pysftp",
    "databricks": "databricks-sdk",
    "MySQLdb": "mysqlclient",
}


class Speaker:
    """Words failures of one store; `name` is its URI as it may be shown."""

    def __init__(self, uri: str | None, environment: Mapping[str, str], request_timeout_s: float) -> None:
        self.name = redact(uri) if uri else "the artifacts"
        self.subject = f"The tracking store {self.name}" if uri else "MLflow's reader of artifacts"
        self._scheme = scheme_of(uri) if uri else ""
        self._timeout_s = request_timeout_s
        self._secrets = sorted(_secrets(uri, environment), key=len, reverse=True)

    def clean(self, text: str) -> str:
        """Return somebody else's text in one line, cut, and without credentials."""
        return clean(self.redact(text))

    def redact(self, text: str) -> str:
        """Return `text` without the secrets that the child knows, and without those in URIs."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return redact(text)

    def timeout(self) -> TrackingTimeout:
        """Return the error for a call that takes too long."""
        return TrackingTimeout(
            f"{self.subject} did not answer within {self._timeout_s:g} s. Try again, ask for less, or"
            " raise request_timeout_s."
        )

    def refusal(self, found: Mapping[str, Any], is_filtered: bool = False) -> ExplorerError:
        """Return the error for what the child said went wrong."""
        code, said = str(found.get("code")), self.clean(str(found.get("message") or ""))
        if code in _NOT_THERE:
            return NotFound(said or f"{self.subject} does not have this.")
        if code in _BAD:
            message = said or f"{self.subject} does not accept this request."
            return BadFilter(message) if is_filtered else BadInput(message)
        if code in _DENIED or self._is_about_credentials(said):
            return TrackingDenied(
                f"{self.subject} refused access: {_sentence(said)} Check the user name and password or"
                " token of this connection, and what they may read."
            )
        if code in _EXISTS:
            return Conflict(said or f"{self.subject} has this already.")
        if code in _MISSING:
            return NotSupported(f"{self.subject} cannot do that{_after(said)}.")
        if code == convert.SCHEME:
            return self._unknown_scheme(said or self._scheme)
        if code == convert.MODULE:
            return self._module(str(found.get("module") or ""), said)
        if code in ("DEADLINE_EXCEEDED", convert.TIMEOUT):
            return TrackingTimeout(f"{self.subject} got no answer in time: {_sentence(said)} Try again.")
        if code == convert.CONNECTION:
            what = "has a certificate that is not trusted" if found.get("is_certificate") else "cannot be reached"
            return TrackingUnavailable(f"{self.subject} {what}: {_sentence(said)}")
        if code in _BUSY:
            return TrackingUnavailable(f"{self.subject} is not ready: {_sentence(said)} Try again later.")
        if code == convert.SYSTEM:
            return TrackingUnavailable(f"The worker process for {self.name} was refused by the system: {said}.")
        if code == convert.TOO_LARGE:
            return TooLarge(f"The answer of {self.name} is above {frames.LARGEST >> 20} MiB. Ask for less.")
        kind = "" if code != convert.FAILED else f"{self.clean(str(found.get('kind') or ''))}: "
        return TrackingBroken(f"{self.subject} failed: {kind}{_sentence(said)}")

    def start(self, found: Mapping[str, Any]) -> ExplorerError:
        """Return the error for a child that could not begin."""
        if found.get("code") == convert.MODULE and found.get("module") == "mlflow":
            return NotSupported(
                f"MLflow is needed to read {self.name}, and is not installed beside Jupyter Server. Install it there:"
                " pip install mlflow"
            )
        return self.refusal(found)

    def death(self, returncode: int | None, last_words: str) -> str:
        """Return how and, as far as known, why a child died."""
        how = "" if returncode is None else f" (signal {-returncode})" if returncode < 0 else f" (status {returncode})"
        said = self.clean(_last_said(last_words))
        return f"The worker process for {self.name} ended unexpectedly{how}." + (
            f" It last said: {said}" if said else ""
        )

    def _is_about_credentials(self, said: str) -> bool:
        # MLflow has no code of its own for it.
        return self._scheme == "databricks" and said.startswith("Reading Databricks credential configuration failed")

    def _unknown_scheme(self, scheme: str) -> NotSupported:
        package = _PLUGINS.get(scheme)
        what = f"Install one: pip install {package}" if package else "Install one that knows it"
        return NotSupported(
            f"MLflow cannot open {self.name}: the scheme {scheme!r} needs a plugin of MLflow. {what}, beside Jupyter"
            " Server, and start Jupyter again."
        )

    def _module(self, module: str, said: str) -> NotSupported:
        if not module:
            return NotSupported(f"MLflow cannot open {self.name}: {_sentence(said)}")
        package = _PACKAGES.get(module, module)
        return NotSupported(
            f"MLflow needs the Python module {module!r} to open {self.name}, and it is not installed beside Jupyter"
            f" Server. Install it there, for example: pip install {package}"
        )


def _sentence(said: str) -> str:
    return said if said.endswith((".", "!", "?", "…")) else f"{said}."


def _after(said: str) -> str:
    return f" ({said})" if said else ""


def _last_said(text: str) -> str:
    """Return the last few lines that say something: no warnings, and none of a traceback but the exception."""
    lines = [
        line.strip() for line in text.splitlines() if line.strip() and not line.startswith((" ", "\t", "Traceback "))
    ]
    lines = [line for line in lines if not _WARNING.search(line)] or lines
    said: list[str] = []
    for line in reversed(lines[-3:]):
        if said and len(" / ".join([line, *said])) > _MOST_SAID:
            break
        said.insert(0, line)
    return " / ".join(said)


def _secrets(uri: str | None, environment: Mapping[str, str]) -> set[str]:
    """Return the values that must not be shown."""
    found = {value for name, value in environment.items() if _SECRET.search(name) and not value.startswith("/")}
    if uri:
        try:
            password = urlsplit(uri).password or ""
        except ValueError:
            password = ""
        found |= {password, unquote(password)}
    return {value for value in found if len(value) >= _SHORTEST_SECRET and not value.isdigit()}
