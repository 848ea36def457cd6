"""The naming of a request: its registry is a file in Jupyter's contents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.utils import ensure_async
from tornado import web

from ..errors import BadInput
from .writing import below_root

if TYPE_CHECKING:
    from ..cells.naming import Naming
    from ..entities import NamingRequest


async def read_naming(manager: Any, wanted: NamingRequest | None) -> Naming | None:
    """Return how names are split, with the registry's values for the pattern's columns.

    Raises
    ------
    BadInput
        The pattern is none, or the registry cannot be read; the message names which and why.
    """
    if wanted is None:
        return None
    from ..cells.naming import naming_of, read_registry

    allowed: dict[str, list[str]] = {}
    if wanted.registry:
        path = below_root(wanted.registry)
        try:
            model = await ensure_async(manager.get(path, type="file", format="text", content=True))
        except web.HTTPError as error:
            reason = "there is no such file" if error.status_code == 404 else str(error.log_message or error.reason)
            raise BadInput(
                f"The registry {path} cannot be read: {reason}. See the setting Run name registry."
            ) from None
        allowed = read_registry(model["content"], path)
    return naming_of(wanted.pattern, wanted.source, allowed)
