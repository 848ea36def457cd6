"""Everything that can go wrong, in one tree. No HTTP here: `handlers.base` has the table from class to status.

::

    ExplorerError
    ├── BadInput                 the caller asked for something that cannot be
    │   └── BadFilter            a filter or order expression does not parse; carries the position
    ├── NotFound                 no such experiment, run, metric, artifact, connection or recipe
    ├── Conflict                 it is there already, or may not be changed now
    ├── Forbidden                switched off by configuration
    ├── TooLarge                 above a size limit
    ├── NotSupported             this store cannot do that
    │   └── NotInstalled         a package, kernel or program that it needs is not on this machine
    ├── RecipeFailed             a recipe of an installed package is broken
    └── TrackingError            the tracking store failed us, not the caller
        ├── TrackingUnavailable  cannot be reached
        ├── TrackingTimeout      did not answer in time
        ├── TrackingDenied       refused our credentials
        └── TrackingBroken       answered something that makes no sense
"""

from __future__ import annotations


class ExplorerError(Exception):
    """Base of all errors that carry a message for people.

    ``message`` names the thing and the next step, and never holds a credential. ``code`` is stable.
    """

    code = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadInput(ExplorerError):
    """The request cannot be carried out as it stands."""

    code = "bad_input"


class BadFilter(BadInput):
    """A filter or order expression does not parse. ``position`` is the 0-based index into the text."""

    code = "bad_filter"

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class NotFound(ExplorerError):
    """No such experiment, run, metric, artifact, connection or recipe."""

    code = "not_found"


class Conflict(ExplorerError):
    """It exists already, or its state does not allow this now."""

    code = "conflict"


class Forbidden(ExplorerError):
    """Switched off by the configuration of this server."""

    code = "forbidden"


class TooLarge(ExplorerError):
    """The thing is above a size limit."""

    code = "too_large"


class NotSupported(ExplorerError):
    """This store cannot do what was asked."""

    code = "not_supported"


class NotInstalled(NotSupported):
    """A package, kernel or program that it needs is not on this machine; the message says how to get it."""

    code = "not_installed"


class RecipeFailed(ExplorerError):
    """A recipe that an installed package brings is broken; the message names package and recipe."""

    code = "recipe_failed"


class TrackingError(ExplorerError):
    """The tracking store failed, through no fault of the caller."""

    code = "tracking_error"


class TrackingUnavailable(TrackingError):
    """The tracking store cannot be reached, or does not exist yet."""

    code = "tracking_unavailable"


class TrackingTimeout(TrackingError):
    """The tracking store did not answer within the limit."""

    code = "tracking_timeout"


class TrackingDenied(TrackingError):
    """The tracking store refused the connection's credentials."""

    code = "tracking_denied"


class TrackingBroken(TrackingError):
    """The tracking store answered something that makes no sense, such as HTML where JSON is due."""

    code = "tracking_broken"
