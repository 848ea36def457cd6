"""`refresh`: writes the generated cells of a notebook file again, for the runs of today."""

from __future__ import annotations

import asyncio
import difflib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import BadInput, NotFound
from ..reports.files import check_free, write_whole
from ..tracking.redaction import redact
from ..tracking.store import TrackingStore
from .connecting import messages, resolve, tracking_uri_option
from .executing import execute_cells, notebook_text
from .notebook import find_template

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from ..cells import Selection
    from ..cells.refresh import Change
    from ..reports.refresh import Plan


@click.command()
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option("--overwrite-edited", is_flag=True, help="Replace cells that were edited too, without asking.")
@click.option("--keep-edited", is_flag=True, help="Keep cells that were edited, without asking.")
@click.option("--output", type=click.Path(path_type=Path), metavar="PATH", help="Default: the notebook itself.")
@click.option("--execute", "run", is_flag=True, help="Run all cells afterwards and keep their outputs.")
@click.option("--force", is_flag=True, help="Replace the file of --output if it exists.")
@click.option("--json", "as_json", is_flag=True, help="Print {path, changed, unchanged, kept, warnings, executed}.")
@tracking_uri_option
def refresh(
    notebook: Path,
    overwrite_edited: bool,
    keep_edited: bool,
    output: Path | None,
    run: bool,
    force: bool,
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """Write the generated cells of NOTEBOOK again for the runs of today.

    An observation notebook made of a search finds new runs. Cells that stay the same keep their outputs. For cells
    that were edited the command shows the difference and asks; where it cannot ask, they are kept.
    """
    if overwrite_edited and keep_edited:
        raise BadInput("Choose one of --overwrite-edited and --keep-edited.")
    path = output or notebook
    if output is not None and output != notebook:
        check_free(output, force=force)
    document = _read(notebook)
    plan, uris = asyncio.run(_plan(document, tracking_uri))
    out = messages()
    for warning in plan.warnings:
        out.print(warning, markup=False, highlight=False)
    edited = [change for change in plan.changes if change.edited]
    kept: list[Change] = []
    if not overwrite_edited:
        can_ask = not keep_edited and sys.stdin.isatty()
        kept = [change for change in edited if not (can_ask and _may_overwrite(document, change))]
    from ..cells.refresh import apply

    done = [change for change in plan.changes if change not in kept]
    document.cells = apply(document.cells, done)
    changed = sum(len(change.cells) or 1 for change in done if change.kind != "mark")
    failure = execute_cells(document, path, uris) if run else None
    write_whole(path, notebook_text(document), force=True)
    keeping = f", {len(kept)} edited ones kept" if kept else ""
    out.print(
        f"Refreshed {path}: {changed} cells changed, {plan.unchanged} stay{keeping}.", markup=False, highlight=False
    )
    if as_json:
        answer = {"path": str(path), "changed": changed, "unchanged": plan.unchanged, "kept": len(kept)}
        answer |= {"warnings": plan.warnings, "executed": run and failure is None}
        click.echo(json.dumps(answer))
    if failure is not None:
        raise failure


def _read(path: Path) -> NotebookNode:
    import nbformat

    if not path.exists():
        raise NotFound(f"There is no notebook {path}.")
    try:
        document = nbformat.read(path, as_version=4)
        nbformat.validate(document)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from error
    # What nbformat raises for a damaged file depends on the damage.
    except Exception as error:
        reason = str(error).split("\n", 1)[0][:200]
        raise BadInput(f"{path} is no valid notebook: {reason}.") from None
    return document


async def _plan(document: NotebookNode, tracking_uri: str | None) -> tuple[Plan, list[str]]:
    """Return what changes, and the URIs of the stores that were read.

    Stores are opened by the names that the cells give their connections.
    """
    from ..cells import Selection
    from ..reports.refresh import plan_refresh
    from ..tracking.connections import open_store

    stores: dict[str, TrackingStore] = {}

    def connect(connection: str) -> tuple[TrackingStore, Selection]:
        uri = resolve(tracking_uri or _uri_of(connection))
        if uri not in stores:
            stores[uri] = open_store(uri)
        name = redact(uri)
        return stores[uri], Selection(name, name, stores[uri].kind, uri)

    try:
        return await plan_refresh(document.cells, connect, find_template), list(stores)
    finally:
        for store in stores.values():
            await store.close()


def _uri_of(connection: str) -> str | None:
    """Return the URI that a notebook written in a terminal names; None for a connection of the panel.

    Raises
    ------
    BadInput
        It is a URI whose credentials are left out.
    """
    if "://" not in connection:
        return None
    if "***" in connection:
        raise BadInput(f"The notebook is about {connection}, without its credentials: give --tracking-uri.")
    return connection


def _may_overwrite(document: NotebookNode, change: Change) -> bool:
    cell = document.cells[change.index]
    fresh = change.cells[0].source if change.cells else ""
    out = messages()
    out.print(f"\nCell {change.index + 1} was edited:", markup=False, highlight=False)
    lines: Sequence[Any] = list(
        difflib.unified_diff(cell.source.splitlines(), fresh.splitlines(), "yours", "today", lineterm="", n=2)
    )
    for line in lines:
        style = {"+": "green", "-": "red"}.get(line[:1])
        out.print(line, style=style, markup=False, highlight=False)
    question = "Replace it?" if change.cells else "Its run is not shown any more. Remove it?"
    return click.confirm(question, default=False, err=True)
