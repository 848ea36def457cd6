"""What all handlers share: authentication, arguments, replies, and the one table from error class to HTTP status.

Handlers have no `try` ladder: they raise `errors` and `send_error` translates. pydantic is imported by none of them at
the top, because these modules are loaded with the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Coroutine
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from jupyter_server.base.handlers import APIHandler
from tornado import web

from .. import errors

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ..tracking.connections import ConnectionRegistry
    from ..tracking.store import TrackingStore

T = TypeVar("T")

#: The first class that fits wins, so children come before their parents.
STATUS: tuple[tuple[type[errors.ExplorerError], int], ...] = (
    (errors.BadInput, 400),
    (errors.Forbidden, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.TooLarge, 413),
    (errors.RecipeFailed, 422),
    (errors.NotSupported, 501),
    (errors.TrackingTimeout, 504),
    (errors.TrackingError, 502),
)

#: Codes of errors that Jupyter or tornado raise before we see the request.
_CODES = {400: "bad_input", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 416: "bad_range"}

MAX_RESULTS = 50_000


def status_of(error: errors.ExplorerError) -> int:
    """Return the HTTP status of an error; 500 for one that the table does not know."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


class ExplorerHandler(APIHandler):
    """Base of every route. Each verb of a subclass carries ``@web.authenticated`` and ``@authorized`` itself."""

    auth_resource = "mlflow-explorer"

    _task: asyncio.Task[Any] | None = None
    _client_gone = False

    async def prepare(self) -> None:  # type: ignore[override]
        """Check the XSRF token of reads too: an answer may hold what another web page must not get."""
        await super().prepare()
        if self.current_user is not None and self.request.method in ("GET", "HEAD"):
            self.check_xsrf_cookie()

    @property
    def connections(self) -> ConnectionRegistry:
        """All connections of this server."""
        registry: ConnectionRegistry = self.settings["mlflow_explorer_connections"]
        return registry

    @property
    def connection_id(self) -> str | None:
        """The connection asked for; None means the default one."""
        return self.get_query_argument("connection", None) or None

    @property
    def store(self) -> TrackingStore:
        """The store of the connection asked for."""
        return self.connections.store(self.connection_id)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return every value of a repeated query argument, empty ones left out."""
        return tuple(value for value in self.get_query_arguments(name, strip=False) if value)

    def number(self, name: str, default: int, *, least: int = 1, most: int = MAX_RESULTS) -> int:
        """Return a whole number from the query.

        Raises
        ------
        BadInput
            It is no whole number, or lies outside ``least`` to ``most``.
        """
        text = self.get_query_argument(name, "")
        if not text:
            return default
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise errors.BadInput(f"{name} must be a whole number from {least} to {most}, not {text[:40]!r}.")
        return value

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """Return one of a few words from the query, the first one where it is left out."""
        value = self.get_query_argument(name, "") or allowed[0]
        if value not in allowed:
            raise errors.BadInput(f"{name} must be one of {', '.join(allowed)}, not {value[:40]!r}.")
        return value

    def body(self, model: type[BaseModel]) -> Any:
        """Return the request's JSON body as `model`.

        Raises
        ------
        BadInput
            It is no JSON, or a field is wrong; the message names the field.
        """
        from pydantic import ValidationError

        try:
            return model.model_validate_json(self.request.body or b"{}")
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            raise errors.BadInput(f"The request's {field or 'body'} is wrong: {first['msg']}.") from error

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Await `work` and cancel it when the client closes the connection, which ends its query or request."""
        task: asyncio.Task[T] = asyncio.ensure_future(work)
        self._task = task
        try:
            return await task
        except asyncio.CancelledError:
            if not self._client_gone:
                raise
            raise web.Finish from None
        finally:
            self._task = None

    def on_connection_close(self) -> None:
        """Stop the work of a request that nobody waits for."""
        self._client_gone = True
        if self._task is not None:
            self._task.cancel()
        super().on_connection_close()

    def reply(self, answer: BaseModel, status: int = 200) -> Awaitable[None]:
        """Send an entity as JSON and finish."""
        self.set_status(status)
        return self.finish(answer.model_dump_json(by_alias=True))

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Give our own errors their status."""
        exc_info = kwargs.get("exc_info")
        error = exc_info[1] if exc_info else None
        if isinstance(error, errors.ExplorerError):
            status_code = status_of(error)
        super().send_error(status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write ``{message, reason, code}``; never a traceback."""
        exc_info = kwargs.get("exc_info")
        error = exc_info[1] if exc_info else None
        reason: str | None = None
        with contextlib.suppress(ValueError):
            reason = HTTPStatus(status_code).phrase
        problem = {"message": reason or "Error", "reason": reason, "code": _CODES.get(status_code, "error")}
        if isinstance(error, errors.ExplorerError):
            problem.update(message=error.message, code=error.code)
            position = getattr(error, "position", None)
            if position is not None:
                problem["position"] = position
        elif isinstance(error, web.HTTPError):
            problem["message"] = error.log_message or problem["message"]
        elif error is not None:
            problem.update(message="Something went wrong in the MLflow explorer; the server's log has it.", code="bug")
        # The tracking server's own challenge must never make a browser ask for a password.
        self.clear_header("WWW-Authenticate")
        self.finish(json.dumps(problem))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log our own errors as one line: they are answers, not faults of the server."""
        if isinstance(value, errors.ExplorerError):
            self.log.info("MLflow explorer answers %s: %s", status_of(value), value.message)
        else:
            super().log_exception(typ, value, tb)
