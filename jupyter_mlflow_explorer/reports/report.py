"""One report from a notebook: executed in a kernel of its own where wanted, without credentials, as one file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .execute import CellFailed, Started, Stop, execute
from .export import ReportFormat, check_format, export
from .secrets import Secrets

if TYPE_CHECKING:
    from nbformat import NotebookNode

Phase = Literal["preparing", "executing", "exporting", "saving"]
Step = Callable[[Phase, int, int], None]


@dataclass(frozen=True)
class Wanted:
    """What to make of a notebook.

    ``folder`` is where it is executed, ``environment`` what the kernel has beside the variables of this process, and
    ``uris`` hold credentials that must not be seen.
    """

    form: ReportFormat
    title: str
    folder: Path
    scratch: Path
    run_cells: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    uris: tuple[str, ...] = ()


def make_report(
    notebook: NotebookNode,
    wanted: Wanted,
    *,
    step: Step | None = None,
    started: Started | None = None,
    stop: Stop | None = None,
) -> tuple[bytes, CellFailed | None]:
    """Return the report, and which cell failed: then it says so at its top.

    Parameters
    ----------
    step
        Called with the phase, and the number of code cells done and of all.
    started, stop
        As for `execute`.

    Raises
    ------
    NotInstalled
        Something that it needs is not installed.
    Cancelled
        `stop` was set.
    """
    check_format(wanted.form)
    failure: CellFailed | None = None
    secrets = Secrets(wanted.environment, wanted.uris)
    done = total = 0

    def progress(now: int, of: int) -> None:
        nonlocal done, total
        done, total = now, of
        if step is not None:
            step("executing", done, total)

    if wanted.run_cells:
        progress(0, sum(cell.cell_type == "code" for cell in notebook.cells))
        try:
            execute(
                notebook,
                wanted.folder,
                environment=wanted.environment,
                progress=progress,
                started=started,
                stop=stop,
            )
        except CellFailed as error:
            failure = CellFailed(secrets.hide(error.message), error.cell)
    secrets.hide_in(notebook, sources=True)
    if step is not None:
        step("exporting", done, total)
    content = export(
        notebook, wanted.form, title=wanted.title, folder=wanted.folder, scratch=wanted.scratch, failure=failure
    )
    return content, failure
