"""Sources to validated nbformat 4.5 cells, and cells to a whole notebook."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

import nbformat
from nbformat import NotebookNode, v4

from . import literals
from .provenance import METADATA_KEY, cell_id, cell_metadata
from .recipe import Source
from .selection import Selection


def build_cells(sources: list[Source], mark: dict[str, Any]) -> list[NotebookNode]:
    """Return one validated cell for each source, marked with its provenance."""
    return [
        _NEW[source.kind](
            source=source.text,
            id=cell_id(mark, part),
            metadata=cell_metadata(mark, part, len(sources), source.text),
        )
        for part, source in enumerate(sources)
    ]


def build_notebook(
    title: str,
    selection: Selection,
    cells: Iterable[NotebookNode],
    *,
    created_ms: int | None = None,
    document: Mapping[str, Any] | None = None,
) -> NotebookNode:
    """Return a validated Python 3 notebook: title, where the data come from, then `cells` in order.

    ``created_ms`` (milliseconds since the epoch, UTC) is written into the heading where given. ``document`` (JSON) is
    what the whole notebook can be written again from, beside the runs; it goes into the heading's metadata, and the
    other marked cells say that they belong to it. Cells that repeat an id get a numbered one, as a notebook must not
    hold an id twice.
    """
    mark = document_mark(selection, document)
    if document is not None:
        cells = [of_document(cell) for cell in cells]
    source = "\n".join(_heading(title, selection, created_ms))
    heading = v4.new_markdown_cell(source=source, id=cell_id(mark, 0), metadata=cell_metadata(mark, 0, 1, source))
    notebook = v4.new_notebook(
        cells=with_distinct_ids([heading, *cells]),
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
    )
    nbformat.validate(notebook)
    return notebook


def _heading(title: str, selection: Selection, created_ms: int | None) -> list[str]:
    lines = [f"# {literals.markdown(title)}", "", f"- Connection: {literals.markdown_code(selection.connection_name)}"]
    if created_ms is not None:
        created = datetime.fromtimestamp(created_ms / 1000, tz=timezone.utc)
        lines.append(f"- Created: {created:%Y-%m-%d %H:%M} UTC")
    if selection.experiments:
        names = ", ".join(literals.markdown_code(literals.shorten(e.name, 80)) for e in selection.experiments[:20])
        more = len(selection.experiments) - 20
        lines.append(f"- Experiments: {names}" + (f" and {more} more" if more > 0 else ""))
    if selection.runs:
        lines.append(f"- Runs: {len(selection.runs)}")
    return lines


def document_mark(selection: Selection, document: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the mark (JSON) of the cell at the head of a notebook."""
    mark: dict[str, Any] = {"recipe": "notebook", "connection": selection.connection_id}
    if document is not None and selection.search is not None:
        mark["search"] = asdict(selection.search)
    else:
        mark["run_ids"] = [run.run_id for run in selection.runs]
    if document is not None:
        mark["document"] = dict(document)
    # As it is read back from a file: no tuples.
    read_back: dict[str, Any] = json.loads(json.dumps(mark))
    return read_back


def of_document(cell: NotebookNode) -> NotebookNode:
    """Return the cell with a mark that says that it belongs to a whole notebook; one without a mark as it is."""
    mark = cell.metadata.get(METADATA_KEY)
    if mark is None:
        return cell
    return NotebookNode({**cell, "metadata": {**cell.metadata, METADATA_KEY: {**mark, "in_document": True}}})


def with_distinct_ids(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Return the cells, those that repeat an id with a numbered one."""
    taken: set[str] = set()
    return [with_free_id(cell, taken) for cell in cells]


def with_free_id(cell: NotebookNode, taken: set[str]) -> NotebookNode:
    """Return the cell, with a numbered id where its own is in `taken`; its id is added there."""
    identifier, copy = cell.id, 2
    while identifier in taken:
        identifier, copy = f"{cell.id[:56]}-c{copy}", copy + 1
    taken.add(identifier)
    return NotebookNode({**cell, "id": identifier})


_NEW = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell}
