"""`report`: executes a notebook, its own or one about chosen runs, and writes it as a page, Markdown or PDF."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import BadInput
from ..reports.export import FORMATS, SUFFIXES, ReportFormat, check_format
from ..reports.files import check_free, write_whole
from ..reports.report import Wanted, make_report
from ..reports.secrets import kernel_environment
from .connecting import messages, resolve
from .executing import cells_progress
from .notebook import Choice, choosing_options, default_title, file_name

if TYPE_CHECKING:
    from nbformat import NotebookNode


@click.command()
@click.argument("notebook", required=False, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMATS), default="html", show_default=True)
@choosing_options
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Default: beside the notebook; without one, a name made of the title, in the working directory.",
)
@click.option("--no-execute", is_flag=True, help="Take the outputs that the notebook has.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@click.option("--json", "as_json", is_flag=True, help="Print {path, format, executed, failed_cell} as JSON.")
def report(
    *,
    notebook: Path | None,
    form: ReportFormat,
    output: Path | None,
    no_execute: bool,
    force: bool,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Execute NOTEBOOK in a kernel of its own, and write it as one file. The notebook stays as it is.

    Without NOTEBOOK, a notebook about the chosen runs is written, executed and not kept: choose them as for `notebook`.

    A cell that fails ends the execution; the report is written, says so at its top, and the exit code is 1.
    """
    choice = Choice(**chosen)
    if notebook is not None and not choice.is_empty:
        raise click.UsageError("Give either NOTEBOOK or options that choose runs, not both.")
    if notebook is None and choice.is_empty:
        raise click.UsageError("Name a notebook, or choose runs with --experiment, --run or --filter.")
    choice.check()
    check_format(form)
    uris: list[str | None]
    if notebook is not None:
        document = _read(notebook)
        title = choice.title or notebook.stem
        path = output or notebook.with_suffix(SUFFIXES[form])
        folder = notebook.absolute().parent
        uris = [resolve(choice.tracking_uri)] if choice.tracking_uri else []
    else:
        selection = choice.select()
        title = choice.title or default_title(selection)
        path = output or Path(file_name(title, SUFFIXES[form]))
        document = choice.write(selection, title)
        folder = path.absolute().parent
        uris = [selection.tracking_uri, selection.registry_uri]
    check_free(path, force=force)
    known = tuple(uri for uri in uris if uri)
    progress = contextlib.nullcontext(_no_progress) if no_execute else cells_progress()
    with tempfile.TemporaryDirectory(prefix="mlflow-explorer-report-") as scratch, progress as step:
        wanted = Wanted(
            form=form,
            title=title,
            folder=folder,
            scratch=Path(scratch),
            run_cells=not no_execute,
            environment=kernel_environment(*known),
            uris=known,
        )
        content, failure = make_report(document, wanted, step=lambda _, done, total: step(done, total or 1))
    write_whole(path, content, force=force)
    messages().print(f"Wrote {path}.", markup=False, highlight=False)
    if as_json:
        answer = {"path": str(path), "format": form, "executed": not no_execute and failure is None}
        click.echo(json.dumps({**answer, "failed_cell": failure.cell if failure else None}))
    if failure is not None:
        raise failure


def _no_progress(done: int, total: int) -> None:
    """Take the place of the progress bar where no cells run."""


def _read(path: Path) -> NotebookNode:
    """Return a notebook as nbformat 4; raises `BadInput` where it is none."""
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from None
    except Exception as error:  # nbformat has many, and Python's own where the JSON is of another kind.
        raise BadInput(f"{path} is not a notebook: {' '.join(str(error).split())[:200]}") from None
