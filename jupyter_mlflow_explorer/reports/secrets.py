"""Keeps credentials out of what is written: those of the connection, of the environment, and whatever looks like some.

The kernel gets the connection's credentials as environment variables, which is where generated set-up cells look.
"""

from __future__ import annotations

import base64
import html
import json
import os
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, unquote

from ..tracking.redaction import HIDDEN, redact_text

if TYPE_CHECKING:
    from nbformat import NotebookNode

#: Environment variables whose values are secrets, by their names.
_NAMES = re.compile(r"PASSWORD$|PASSWD$|_TOKEN$|SECRET|ACCESS_KEY$|ACCOUNT_KEY$|API_KEY$|CREDENTIAL$")
_URI_NAMES = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "DATABRICKS_HOST")
#: Shorter ones are hidden in URIs only, as they occur in other text by chance.
_SHORTEST = 5
_USERINFO = re.compile(r"(?<=://)[^\s/@\"'<>\\]+:[^\s/@\"'<>\\]+@")
#: Text that people read; in other kinds, such as scripts, only known secrets and userinfo are replaced.
_PLAIN = ("text/plain", "text/markdown")


def kernel_environment(tracking_uri: str | None = None, registry_uri: str | None = None) -> dict[str, str]:
    """Return the variables with which a kernel can log in to the stores; empty where the URIs hold no credentials."""
    from ..cells.recipes.setup import credentials

    return credentials(tracking_uri, registry_uri) if tracking_uri else {}


class Secrets:
    """What must not be seen.

    Parameters
    ----------
    environment
        The kernel's variables: those of this process and `kernel_environment`.
    uris
        Tracking and registry URIs with their credentials.
    """

    def __init__(self, environment: Mapping[str, str] | None = None, uris: Iterable[str | None] = ()) -> None:
        values = {**os.environ, **(environment or {})}
        found = {value for name, value in values.items() if _NAMES.search(name)}
        for uri in (*uris, *(values.get(name) for name in _URI_NAMES)):
            found |= _in_uri(uri or "")
        forms: set[str] = set()
        for secret in found:
            if len(secret) >= _SHORTEST:
                forms |= {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), html.escape(secret)}
                forms |= {repr(secret)[1:-1], json.dumps(secret)[1:-1]}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def hide(self, text: str) -> str:
        """Return text for people with every known secret and every URI's credentials replaced by ``***``."""
        return redact_text(self._known(text))

    def hide_in(self, notebook: NotebookNode, *, sources: bool = False) -> None:
        """Replace them in the outputs of a notebook, in place; with `sources` in its cells' text too."""
        for cell in notebook.cells:
            if sources:
                cell["source"] = self.hide(cell["source"])
            for output in cell.get("outputs", ()):
                for key in ("text", "ename", "evalue", "traceback"):
                    if key in output:
                        output[key] = _everywhere(output[key], self.hide)
                for kind, value in output.get("data", {}).items():
                    if not kind.startswith("image/") or "svg" in kind:
                        output["data"][kind] = _everywhere(value, self.hide if kind in _PLAIN else self._known)

    def _known(self, text: str) -> str:
        if self._pattern is not None:
            text = self._pattern.sub(HIDDEN, text)
        return _USERINFO.sub(f"{HIDDEN}@", text)


def _in_uri(uri: str) -> set[str]:
    """Return the secrets of a URI's userinfo as they may occur: its password, or the whole where it is a token."""
    start, end = uri.find("://"), uri.rfind("@")
    if start < 0 or end < start or uri.lower().startswith("sqlite"):
        return set()
    userinfo = uri[start + 3 : end]
    user, colon, password = userinfo.partition(":")
    pair = f"{unquote(user)}:{unquote(password)}"
    basic = base64.b64encode(pair.encode()).decode()
    return {password, unquote(password), pair, userinfo, basic} if colon else {user, unquote(user)}


def _everywhere(value: Any, change: Any) -> Any:
    """Apply a change to every text inside a JSON value."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_everywhere(item, change) for item in value]
    if isinstance(value, dict):
        return type(value)({key: _everywhere(item, change) for key, item in value.items()})
    return value
