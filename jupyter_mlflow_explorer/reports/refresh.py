"""What refreshing a notebook would change: its generated cells are written again for the runs of today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from nbformat import NotebookNode
from pydantic import ValidationError

from ..cells import RECIPES, Search, Selection, render
from ..cells.observation import Observation
from ..cells.provenance import METADATA_KEY
from ..cells.refresh import Change, OldCell, Use, merge, merge_document, old_cells, uses
from ..entities import CellsRequest
from ..errors import BadInput, ExplorerError, NotFound

#: How many runs a message names.
_NAMED = 5


class Reader(Protocol):
    """Where the runs of today come from. All methods raise `ExplorerError`."""

    async def present(self, connection: str, run_ids: Sequence[str]) -> set[str]:
        """Return those of the runs that exist, deleted ones too."""
        ...

    async def select(self, wanted: CellsRequest) -> Selection:
        """Return what a recipe is to be written for."""
        ...

    async def document(
        self, connection: str, runs: Sequence[str] | Search, wanted: Observation
    ) -> tuple[NotebookNode, list[str]]:
        """Return a whole notebook about these runs, and warnings."""
        ...


@dataclass
class Plan:
    """What a refresh does. ``live`` are cells that stay as they are but search anew when they run."""

    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    live: list[int] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


async def plan_refresh(
    cells: Sequence[Mapping[str, Any]], reader: Reader, *, chosen: Iterable[int] | None = None
) -> Plan:
    """Return what refreshing changes in a notebook's cells (nbformat 4).

    Parameters
    ----------
    chosen
        Indices of cells; the whole use of a recipe is refreshed where one of its cells is among them. None for the
        notebook: an observation notebook is then written again as a whole, with the runs that its search finds now.

    Raises
    ------
    BadInput
        None of the cells was generated.
    ExplorerError
        Nothing could be refreshed; the first reason.
    """
    found = uses(old_cells(cells))
    wanted = None if chosen is None else set(chosen)
    if wanted is not None:
        found = [use for use in found if any(cell.index in wanted for cell in use.cells)]
    if not found:
        raise BadInput("There are no cells to refresh: none of them was inserted by the MLflow explorer.")
    plan, failures, done = Plan(), list[ExplorerError](), 0
    document, single = ([], found) if wanted is not None else _of_document(found)
    groups = [[use] for use in single if "document" not in use.mark and use.mark["recipe"] != "notebook"]
    for group in [document, *groups] if document else groups:
        try:
            changes, warnings = await (
                _again_document(group, reader) if group is document else _again(group[0], reader)
            )
        except ExplorerError as error:
            failures.append(error)
            what = "the notebook" if group is document else f"the cells of recipe {group[0].mark['recipe']}"
            plan.warnings.append(f"Not refreshed: {what}. {error.message}")
            continue
        done += 1
        plan.warnings.extend(warnings)
        plan.changes.extend(changes)
        _count(plan, [cell for use in group for cell in use.cells], changes)
    if failures and not done:
        raise failures[0]
    plan.warnings = list(dict.fromkeys(plan.warnings))
    return plan


def _of_document(found: list[Use]) -> tuple[list[Use], list[Use]]:
    """Split uses into those of the first observation notebook and the others."""
    heading = next((use for use in found if isinstance(use.mark.get("document"), Mapping)), None)
    if heading is None:
        return [], found
    document = [use for use in found if use is heading or use.mark.get("in_document")]
    return document, [use for use in found if use not in document]


async def _again(use: Use, reader: Reader) -> tuple[list[Change], list[str]]:
    """Return the changes of one use of a recipe."""
    mark = use.mark
    wanted = _request(mark)
    warnings: list[str] = []
    if wanted.run_ids:
        present = await reader.present(wanted.connection or "", wanted.run_ids)
        missing = [run_id for run_id in wanted.run_ids if run_id not in present]
        if missing:
            warnings.append(f"Left out, as they are gone: {_some(missing)}.")
            wanted = wanted.model_copy(update={"run_ids": [one for one in wanted.run_ids if one in present]})
            if not wanted.run_ids:
                raise NotFound(f"Its runs are gone: {_some(missing)}.")
    new = render(wanted.recipe, await reader.select(wanted))
    for cell in new:
        # What the reader calls the connection may be the redacted URI that a terminal wrote.
        own = {name: mark[name] for name in ("connection", "in_document") if name in mark}
        cell.metadata[METADATA_KEY].update(own)
    return merge(use.cells, new), warnings


async def _again_document(found: list[Use], reader: Reader) -> tuple[list[Change], list[str]]:
    """Return the changes of an observation notebook; its heading says what it was written from."""
    mark = found[0].mark if "document" in found[0].mark else next(u.mark for u in found if "document" in u.mark)
    warnings: list[str] = []
    try:
        wanted = Observation(**mark["document"])
        connection = str(mark["connection"])
        runs: list[str] | Search
        if "search" in mark:
            search = mark["search"]
            runs = Search(
                tuple(search["experiment_ids"]), search["filter"], tuple(search["order_by"]), int(search["max_runs"])
            )
        else:
            runs = [str(run_id) for run_id in mark["run_ids"]]
    except (TypeError, KeyError, ValueError) as error:
        raise BadInput(f"The heading's metadata does not say what it was written from ({error}).") from None
    if not isinstance(runs, Search):
        present = await reader.present(connection, runs)
        missing = [run_id for run_id in runs if run_id not in present]
        if missing:
            warnings.append(f"Left out, as they are gone: {_some(missing)}.")
        runs = [run_id for run_id in runs if run_id in present]
    notebook, more = await reader.document(connection, runs, wanted)
    for cell in notebook.cells:
        if METADATA_KEY in cell.metadata:
            cell.metadata[METADATA_KEY]["connection"] = connection
    return merge_document(found, notebook.cells), [*warnings, *more]


def _request(mark: Mapping[str, Any]) -> CellsRequest:
    """Return the body of `POST cells` that the mark of a cell is.

    Raises
    ------
    BadInput
        It is none; it may have been changed by hand.
    """
    fields = {name: mark[name] for name in CellsRequest.model_fields if name in mark}
    try:
        return CellsRequest.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"The cell's metadata is not what was written: {name}: {first['msg']}.") from None


def _count(plan: Plan, cells: Sequence[OldCell], changes: Sequence[Change]) -> None:
    touched = {change.index for change in changes if change.kind in ("replace", "remove")}
    for cell in cells:
        if cell.index in touched:
            continue
        plan.unchanged += 1
        recipe = RECIPES.get(str(cell.mark["recipe"]))
        if cell.kind == "code" and recipe is not None and recipe.needs == "experiments":
            plan.live.append(cell.index)


def _some(run_ids: Sequence[str]) -> str:
    more = len(run_ids) - _NAMED
    return ", ".join(run_ids[:_NAMED]) + (f" and {more} more" if more > 0 else "")
