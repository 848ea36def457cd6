"""What the commands that run notebooks share: the progress bar, the credentials, and the file's text."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ..errors import BadInput
from ..reports.execute import CellFailed, execute
from ..reports.secrets import Secrets, kernel_environment
from .connecting import messages

if TYPE_CHECKING:
    from nbformat import NotebookNode


def execute_cells(document: NotebookNode, path: Path, uris: Sequence[str]) -> CellFailed | None:
    """Run the cells of a notebook with a progress bar, in the folder of `path`, and hide what is secret in it.

    ``uris`` are those of its stores, with their credentials. A cell's failure is returned, so that the notebook can be
    written first.
    """
    environment: dict[str, str] = {}
    for uri in uris:
        environment |= kernel_environment(uri)
    secrets = Secrets(environment, uris)
    failure: CellFailed | None = None
    with cells_progress() as step:
        try:
            execute(document, path.absolute().parent, environment=environment, progress=step)
        except CellFailed as error:
            failure = CellFailed(secrets.hide(error.message), error.cell)
    secrets.hide_in(document)
    return failure


@contextlib.contextmanager
def cells_progress() -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar; yields what takes the number of cells done and of all."""
    columns = (TextColumn("Running cells"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=messages()) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def notebook_text(document: NotebookNode) -> str:
    """Return what is written into the file.

    Raises
    ------
    BadInput
        An output cannot be stored as UTF-8.
    """
    import nbformat

    text: str = nbformat.writes(document)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadInput("An output holds a character that is not valid Unicode.") from error
    return f"{text}\n"
