"""Parses the command line, and turns errors into messages and exit codes."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from typing import Any

import click

from .. import __version__
from ..errors import BadInput, ExplorerError, NotInstalled, NotSupported, TrackingError
from .demo import create_demo_runs, demo
from .experiments import experiments
from .export import export
from .notebook import create_observation_notebook, notebook
from .refresh import refresh
from .report import report
from .runs import runs

#: 1 is the work that failed, and everything else that is not listed.
EXIT_CODES: tuple[tuple[type[ExplorerError], int], ...] = (
    (BadInput, 2),
    (NotInstalled, 1),
    (TrackingError, 3),
    (NotSupported, 3),
)


class Failure(click.ClickException):
    """One of our errors, as click shows it and exits."""

    def __init__(self, error: ExplorerError) -> None:
        super().__init__(error.message)
        self.exit_code = next((code for kind, code in EXIT_CODES if isinstance(error, kind)), 1)  # type: ignore[misc]


class ExplorerGroup(click.Group):
    """A group that prints our errors as one message on standard error, and exits with their code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        received: list[int] = []
        try:
            with _ending_in_order(received):
                return super().invoke(ctx)
        except ExplorerError as error:
            raise Failure(error) from error
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            # What a shell shows for a program that Ctrl-C ended.
            ctx.exit(128 + (received or [signal.SIGINT])[0])


@contextlib.contextmanager
def _ending_in_order(received: list[int]) -> Iterator[None]:
    """Take a request to end, such as a closed terminal's, for Ctrl-C: temporary files and kernels go. Note which."""

    def end(number: int, _: Any) -> None:
        received.append(number)
        if is_ignored:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        signal.raise_signal(signal.SIGINT)

    before: dict[int, Any] = {}
    # What a shell starts in the background ignores Ctrl-C. It still has to, and to end in order like the others, by the
    # handler that asyncio sets where it finds Python's own.
    is_ignored = hasattr(signal, "pthread_sigmask") and signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if is_ignored:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        with contextlib.suppress(ValueError):  # Only the main thread may.
            if signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if is_ignored:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@click.group(cls=ExplorerGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="jupyter-mlflow-explorer")
def main() -> None:
    """Find, compare and reproduce MLflow runs.

    Results go to standard output, messages and progress to standard error.

    Exit codes: 0 done, 1 the work failed, 2 wrong usage, 3 the tracking server could not be used, 130 interrupted.
    """


for command in (
    demo,
    create_demo_runs,
    experiments,
    runs,
    notebook,
    create_observation_notebook,
    refresh,
    report,
    export,
):
    main.add_command(command)
