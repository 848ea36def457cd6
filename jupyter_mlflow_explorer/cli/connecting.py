"""What commands share: the option `--tracking-uri`, opening the store, and output for people and machines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.text import Text

from ..tracking.store import TrackingStore
from ..tracking.uris import absolute, default_tracking_uri
from ..visible import visible

Answer = TypeVar("Answer")

tracking_uri_option = click.option(
    "--tracking-uri",
    envvar="MLFLOW_TRACKING_URI",
    metavar="URI",
    help="Tracking store. Default: MLFLOW_TRACKING_URI, else MLflow's own default: mlflow.db in the working directory,"
    " or mlruns where that holds experiments.",
)


def resolve(tracking_uri: str | None) -> str:
    """Return the URI to use, absolute.

    Raises
    ------
    BadInput
        The URI cannot be one.
    """
    folder = Path.cwd()
    return absolute(tracking_uri, folder) if tracking_uri else default_tracking_uri(folder)


def with_store(uri: str, ask: Callable[[TrackingStore], Awaitable[Answer]]) -> Answer:
    """Open the store at `uri` (absolute), return what `ask` answers, and close the store again."""
    from ..tracking.connections import open_store

    async def run() -> Answer:
        store = open_store(uri)
        try:
            return await ask(store)
        finally:
            await store.close()

    return asyncio.run(run())


def messages() -> Console:
    """Return the console for progress and messages: standard error."""
    return Console(stderr=True)


def plain(value: object) -> Text:
    """Return text from a store for a terminal: no markup, no control characters, one line."""
    return Text(visible(str(value)), overflow="ellipsis")
