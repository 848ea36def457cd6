"""Generated cells written again: which ones belong together, and the least that changes in a notebook.

Pure: who fetches the runs of today is `reports.refresh`. A cell whose source comes out the same is not touched, so it
keeps its outputs; one that the user edited is only ever replaced by a change that says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Literal

from nbformat import NotebookNode

from .notebook import with_free_id
from .provenance import METADATA_KEY, source_hash

#: What tells one cell of a use from another; all the rest of the mark is the same in all of them.
_OF_THE_PART = ("part", "parts", "source_hash")


@dataclass(frozen=True)
class OldCell:
    """A generated cell as it is in the notebook: ``index`` there, and the ``mark`` in its metadata."""

    index: int
    kind: str
    source: str
    mark: Mapping[str, Any]

    @property
    def edited(self) -> bool:
        """Whether the source is not what was written once."""
        return self.mark.get("source_hash") != source_hash(self.source)


@dataclass(frozen=True)
class Use:
    """The cells that one use of a recipe wrote, in their order. ``mark`` is theirs without what tells them apart."""

    mark: Mapping[str, Any]
    cells: list[OldCell] = field(default_factory=list)

    @property
    def place(self) -> tuple[str, str, str]:
        """What the use is in a document, whatever runs it is about."""
        return tuple(str(self.mark.get(name, "")) for name in ("recipe", "section", "place"))  # type: ignore[return-value]


@dataclass(frozen=True)
class Change:
    """One step. ``index`` is the old cell's; for ``insert`` the cells go behind it (-1: to the top).

    ``mark`` gives a cell whose source stays new metadata. ``edited`` says that the user's own text would be lost.
    """

    kind: Literal["replace", "insert", "remove", "mark"]
    index: int
    cells: tuple[NotebookNode, ...] = ()
    edited: bool = False


def old_cells(cells: Iterable[Mapping[str, Any]]) -> list[OldCell]:
    """Return the generated cells among a notebook's (nbformat 4 cells), with their indices."""
    found = []
    for index, cell in enumerate(cells):
        mark = cell.get("metadata", {}).get(METADATA_KEY)
        if isinstance(mark, Mapping) and isinstance(mark.get("recipe"), str):
            source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
            found.append(OldCell(index, str(cell["cell_type"]), source, mark))
    return found


def uses(cells: Iterable[OldCell]) -> list[Use]:
    """Return the uses of recipes, by their first cells. Cells of the user may lie between, and some may be gone."""
    found: list[Use] = []
    open_uses: dict[str, Use] = {}
    for cell in cells:
        mark = {name: value for name, value in cell.mark.items() if name not in _OF_THE_PART}
        identity = json.dumps(mark, sort_keys=True, default=str)
        use = open_uses.get(identity)
        # The same thing inserted twice begins again at its first part.
        if use is None or _part(use.cells[-1]) >= _part(cell):
            use = open_uses[identity] = Use(mark)
            found.append(use)
        use.cells.append(cell)
    return found


def merge(old: Sequence[OldCell], new: Sequence[NotebookNode]) -> list[Change]:
    """Return the changes that turn the cells of one use into `new`."""
    # As they were written, so that an edited cell is still known for what it is.
    before = [str(cell.mark.get("source_hash") or source_hash(cell.source)) for cell in old]
    after = [source_hash(cell.source) for cell in new]
    changes: list[Change] = []
    last = old[0].index - 1
    for _, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        pairs = min(end - start, new_end - new_start)
        for cell, fresh in zip(old[start : start + pairs], new[new_start : new_start + pairs], strict=True):
            changes += _replace(cell, fresh)
            last = cell.index
        for cell in old[start + pairs : end]:
            changes.append(Change("remove", cell.index, edited=cell.edited))
            last = cell.index
        if new_start + pairs < new_end:
            changes.append(Change("insert", last, tuple(new[new_start + pairs : new_end])))
    return changes


def merge_document(old: Sequence[Use], new: Sequence[NotebookNode]) -> list[Change]:
    """Return the changes that turn the uses of one document into `new`, all the cells of the document of today.

    Uses are told by what they are and how many of that kind came before. Cells without a mark belong to the user.
    """
    fresh = uses(old_cells(new))
    by_place: dict[tuple[Any, ...], list[Use]] = {}
    for use in old:
        by_place.setdefault(use.place, []).append(use)
    changes: list[Change] = []
    last = old[0].cells[0].index - 1 if old else -1
    for use in fresh:
        nodes = [new[cell.index] for cell in use.cells]
        known = by_place.get(use.place)
        if known:
            cells = known.pop(0).cells
            changes += merge(cells, nodes)
            last = cells[-1].index
        else:
            changes.append(Change("insert", last, tuple(nodes)))
    gone = [cell for left in by_place.values() for use in left for cell in use.cells]
    return changes + [Change("remove", cell.index, edited=cell.edited) for cell in gone]


def apply(cells: Sequence[NotebookNode], changes: Iterable[Change]) -> list[NotebookNode]:
    """Return a notebook's cells with the changes made; those that are not named are the same objects.

    A cell that is replaced keeps its id and its other metadata and loses its outputs.
    """
    replaced: dict[int, NotebookNode | None] = {}
    inserted: dict[int, list[NotebookNode]] = {}
    for change in changes:
        if change.kind == "insert":
            inserted.setdefault(change.index, []).extend(change.cells)
        elif change.kind == "remove":
            replaced[change.index] = None
        else:
            replaced[change.index] = _over(cells[change.index], change.cells[0], keep_outputs=change.kind == "mark")
    taken = {str(cell.get("id")) for cell in cells}
    result: list[NotebookNode] = []
    for index in range(-1, len(cells)):
        cell = replaced.get(index, cells[index]) if index >= 0 else None
        if cell is not None:
            result.append(cell)
        for added in inserted.get(index, ()):
            result.append(with_free_id(added, taken))
    return result


def _part(cell: OldCell) -> int:
    part = cell.mark.get("part")
    return part if isinstance(part, int) else 0


def _replace(cell: OldCell, fresh: NotebookNode) -> list[Change]:
    if cell.source == fresh.source and cell.kind == fresh.cell_type:
        return [] if dict(cell.mark) == fresh.metadata[METADATA_KEY] else [Change("mark", cell.index, (fresh,))]
    return [Change("replace", cell.index, (fresh,), edited=cell.edited)]


def _over(cell: NotebookNode, fresh: NotebookNode, *, keep_outputs: bool) -> NotebookNode:
    metadata = {**cell.get("metadata", {}), METADATA_KEY: fresh.metadata[METADATA_KEY]}
    if keep_outputs:
        return NotebookNode({**cell, "metadata": metadata})
    new = NotebookNode({**fresh, "metadata": metadata})
    if "id" in cell:
        new["id"] = cell["id"]
    return new
