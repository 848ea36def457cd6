"""Notebook templates: an ordinary notebook in which placeholders stand for what is written for the chosen runs.

`read_template` checks everything that can be checked without runs, so that a template is either usable or says why not.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import nbformat
from nbformat import NotebookNode

from ..errors import BadInput, ExplorerError
from . import literals
from .catalogue import cells_of, with_naming
from .notebook import build_cells, document_mark, of_document, with_distinct_ids
from .observation import Observation, best_first, observation_cells, ranking_metric
from .placeholders import OBSERVATION, Placeholder, fill_words, has_words, is_misplaced, read_whole
from .provenance import METADATA_KEY
from .recipe import prose
from .selection import Selection

#: A notebook without outputs is far smaller.
MOST_BYTES = 5 * 1024 * 1024
_MOST_CELLS = 2000
#: Of a cell's or notebook's metadata: what belongs to one reading or running of it.
_OF_A_SESSION = ("trusted", "execution", "ExecuteTime", "widgets", "signature")


@dataclass(frozen=True)
class Part:
    """A cell of the template, its number from 1, and what it stands for; ``has_words`` for Markdown with words."""

    number: int
    cell: NotebookNode
    placeholder: Placeholder | None = None
    has_words: bool = False


@dataclass(frozen=True)
class Template:
    """A checked template. ``file`` names it in messages."""

    file: str
    title: str
    description: str
    metadata: dict[str, Any]
    parts: tuple[Part, ...]


#: Finds a template by its name; raises `NotFound` or `BadInput`.
Templates: TypeAlias = Callable[[str], Template]


def read_template(data: bytes, file: str) -> Template:
    """Return the template in a notebook file's bytes.

    Raises
    ------
    BadInput
        It cannot be used; the message names file, cell and what to do.
    """
    notebook = _read_notebook(data, file)
    parts = []
    for number, cell in enumerate(notebook.cells, 1):
        try:
            parts.append(_part(number, cell))
        except ExplorerError as error:
            raise BadInput(f"Template {file}, cell {number}: {error.message}") from error
    about = notebook.metadata.get(METADATA_KEY)
    about = about if isinstance(about, dict) else {}
    title, description = _line(about.get("title"), 200), _line(about.get("description"), 1000)
    metadata = {key: value for key, value in notebook.metadata.items() if key not in (METADATA_KEY, *_OF_A_SESSION)}
    return Template(
        file,
        title or _first_heading(notebook) or file.removesuffix(".ipynb"),
        description,
        metadata,
        tuple(parts),
    )


def fill_template(template: Template, selection: Selection, wanted: Observation) -> NotebookNode:
    """Return the notebook about a selection's runs, as validated nbformat 4.5.

    The setup cell comes before the first recipe unless the template has it further up.

    Raises
    ------
    ExplorerError
        A recipe cannot write its cells for this selection; the message names template, cell and recipe.
    """
    cells: list[NotebookNode] = []
    has_setup = False
    # The first cell with words is the head of the notebook, which can then be refreshed as a whole.
    head = next((part for part in template.parts if part.has_words), None)
    for part in template.parts:
        if part.placeholder is None:
            cells += [_filled(part, selection, wanted, is_head=part is head)] if part.has_words else [part.cell]
            continue
        if not has_setup and part.placeholder.name != "setup":
            cells += cells_of("setup", selection)
        has_setup = True
        try:
            written = _written(part.placeholder, selection, wanted)
        except ExplorerError as error:
            # As it was, and with the place: a store's or recipe's error keeps its code.
            error.message = f"Template {template.file}, cell {part.number}: {error.message}"
            error.args = (error.message,)
            raise
        cells += [NotebookNode({**cell, "metadata": {**part.cell.metadata, **cell.metadata}}) for cell in written]
    if head is not None:
        cells = [of_document(cell) for cell in cells]
    cells = with_distinct_ids(cells)
    notebook: NotebookNode = nbformat.from_dict(nbformat.v4.new_notebook(cells=cells, metadata=template.metadata))
    nbformat.validate(notebook)
    return notebook


def _written(placeholder: Placeholder, selection: Selection, wanted: Observation) -> list[NotebookNode]:
    if placeholder.name == OBSERVATION:
        given = {key: value for key, value in placeholder.options.items() if value is not None}
        sections, metric = given.get("sections", wanted.sections), given.get("rank_by", wanted.metric)
        return observation_cells(selection, dataclasses.replace(wanted, sections=sections, metric=metric))
    runs = selection.runs
    if placeholder.best is not None:
        runs = best_first(runs, wanted.metric or ranking_metric(runs))[: placeholder.best]
    path = placeholder.artifact
    chosen = dataclasses.replace(
        selection,
        runs=runs,
        artifact_path=path.rstrip("/") if path else None,
        artifact_is_dir=bool(path and path.endswith("/")),
        options=with_naming(placeholder.name, placeholder.options, wanted.naming),
    )
    return cells_of(placeholder.name, chosen)


def _filled(part: Part, selection: Selection, wanted: Observation, *, is_head: bool) -> NotebookNode:
    text = fill_words(part.cell.source, selection, wanted.title, wanted.created_ms)
    mark = {"recipe": "notebook", "section": "template", "place": part.number, "connection": selection.connection_id}
    if is_head:
        mark |= document_mark(selection, wanted.as_json)
    (cell,) = build_cells([prose(text)], mark)
    extra = {"attachments": part.cell.attachments} if "attachments" in part.cell else {}
    return NotebookNode({**cell, **extra, "metadata": {**part.cell.metadata, **cell.metadata}})


def _part(number: int, cell: NotebookNode) -> Part:
    # A cell that was written for other runs once is the template's own now, and not to be refreshed.
    metadata = {key: value for key, value in cell.metadata.items() if key not in (METADATA_KEY, *_OF_A_SESSION)}
    cell = NotebookNode({**cell, "metadata": NotebookNode(metadata)})
    if cell.cell_type == "code":
        if is_misplaced(cell.source):
            raise BadInput("a placeholder has to be a raw or Markdown cell; this is a code cell.")
        return Part(number, NotebookNode({**cell, "outputs": [], "execution_count": None}))
    placeholder = read_whole(cell.source)
    if placeholder is not None:
        return Part(number, cell, placeholder)
    return Part(number, cell, has_words=cell.cell_type == "markdown" and has_words(cell.source))


def _read_notebook(data: bytes, file: str) -> NotebookNode:
    if len(data) > MOST_BYTES:
        limit = f"{MOST_BYTES // 1024 // 1024} MB"
        raise BadInput(f"Template {file} is larger than {limit}. Clear its outputs, and keep images in files.")
    try:
        text = data.decode("utf-8-sig")
        json.dumps(json.loads(text), ensure_ascii=False).encode()
    except UnicodeError:
        raise BadInput(f"Template {file} is not valid UTF-8. Save it again in JupyterLab.") from None
    except (ValueError, RecursionError):
        raise BadInput(f"Template {file} is no notebook: it is not JSON. Save it again in JupyterLab.") from None
    try:
        notebook = _as_current(json.loads(text))
        nbformat.validate(notebook)
    # What nbformat raises for a damaged notebook depends on the damage: its own errors, KeyError, AttributeError…
    except Exception as error:
        reason = literals.shorten(literals.visible(str(error).split("\n", 1)[0]), 200) or type(error).__name__
        raise BadInput(f"Template {file} is no valid notebook: {reason}. Save it again in JupyterLab.") from None
    if len(notebook.cells) > _MOST_CELLS:
        raise BadInput(f"Template {file} has more than {_MOST_CELLS} cells. Split it.")
    language = _language(notebook)
    if language not in (None, "python"):
        raise BadInput(
            f"Template {file} is for {literals.visible(language)[:40]}, and recipes write Python. Choose a Python"
            " kernel for it."
        )
    if "kernelspec" not in notebook.metadata:
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook.metadata["kernelspec"] = NotebookNode(kernel)
    return notebook


def _as_current(value: Any) -> NotebookNode:
    """Return a notebook of any version as nbformat 4.5, each cell with an id that depends on its place only."""
    if not isinstance(value, dict) or "nbformat" not in value:
        raise ValueError("it has no nbformat version")
    notebook: NotebookNode = nbformat.from_dict(value)
    if notebook.nbformat != 4:
        notebook = nbformat.convert(notebook, 4)
    if notebook.get("nbformat_minor", 0) < 5:
        notebook.nbformat_minor = 5
    for place, cell in enumerate(notebook.cells):
        if not isinstance(cell.get("id"), str):
            cell["id"] = f"template-{place}"
        if isinstance(cell.get("source"), list):
            cell["source"] = "".join(cell["source"])
    notebook.cells = with_distinct_ids(notebook.cells)
    return notebook


def _language(notebook: NotebookNode) -> str | None:
    for part, key in (("language_info", "name"), ("kernelspec", "language")):
        found = notebook.metadata.get(part, {}).get(key)
        if isinstance(found, str) and found:
            return found.lower()
    return None


def _line(value: object, length: int) -> str:
    """Return a text on one line; an empty one for what is no text."""
    return literals.shorten(literals.visible(value), length) if isinstance(value, str) else ""


def _first_heading(notebook: NotebookNode) -> str | None:
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for match in re.finditer(r"^#{1,6} +(.*\S)", cell.source, flags=re.MULTILINE):
                if "{{" not in match[1]:
                    return _line(match[1], 200)
    return None
