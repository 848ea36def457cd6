"""What refreshing a notebook would change: its generated cells are written again for the runs of today."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..cells import Search, Selection, render
from ..cells.documents import write_document
from ..cells.observation import Observation
from ..cells.provenance import METADATA_KEY
from ..cells.refresh import Change, OldCell, Use, merge, merge_document, old_cells, uses
from ..cells.templates import Templates
from ..entities import CellsRequest, Run
from ..errors import BadInput, ExplorerError, NotFound
from ..tracking.store import TrackingStore
from .choosing import existing, experiments_of
from .selecting import select, select_by_search

#: How many runs a message names.
_NAMED = 5


#: Returns the store of a connection, as a cell's metadata names it, and an empty selection in it; raises `NotFound`.
Connect = Callable[[str], tuple[TrackingStore, Selection]]


@dataclass
class Plan:
    """What a refresh does. ``live`` are cells that stay as they are but search anew when they run."""

    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    live: list[int] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


async def plan_refresh(
    cells: Sequence[Mapping[str, Any]],
    connect: Connect,
    templates: Templates | None = None,
    *,
    chosen: Iterable[int] | None = None,
) -> Plan:
    """Return what refreshing changes in a notebook's cells (nbformat 4).

    Parameters
    ----------
    templates
        Finds the templates that notebooks were written by.
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
                _again_document(group, connect, templates) if group is document else _again(group[0], connect)
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


async def _again(use: Use, connect: Connect) -> tuple[list[Change], list[str]]:
    """Return the changes of one use of a recipe."""
    mark = use.mark
    wanted = _request(mark)
    store, place = connect(wanted.connection or "")
    runs, warnings = await _present(store, wanted.run_ids)
    left = wanted.model_copy(update={"run_ids": [run.run_id for run in runs]})
    selection = await select(store, place, left, runs)
    # In a thread: a recipe of another package may take its time.
    new = await asyncio.to_thread(render, wanted.recipe, selection)
    for cell in new:
        # The connection may be called otherwise here, such as by the URI that a terminal wrote.
        own = {name: mark[name] for name in ("connection", "in_document") if name in mark}
        cell.metadata[METADATA_KEY].update(own)
    return merge(use.cells, new), warnings


async def _again_document(
    found: list[Use], connect: Connect, templates: Templates | None
) -> tuple[list[Change], list[str]]:
    """Return the changes of a whole notebook; its head says what it was written from."""
    mark = next(use.mark for use in found if "document" in use.mark)
    wanted = Observation.of_json(mark["document"])
    connection = str(mark.get("connection", ""))
    store, place = connect(connection)
    if "search" in mark:
        selection, warnings = await select_by_search(store, place, _search(mark["search"]))
    else:
        runs, warnings = await _present(store, [str(run_id) for run_id in mark.get("run_ids", ())])
        experiments = await experiments_of(store, runs)
        selection = dataclasses.replace(place, runs=tuple(runs), experiments=tuple(experiments))
    notebook = await asyncio.to_thread(write_document, selection, wanted, templates)
    for cell in notebook.cells:
        if METADATA_KEY in cell.metadata:
            cell.metadata[METADATA_KEY]["connection"] = connection
    return merge_document(found, notebook.cells), warnings


async def _present(store: TrackingStore, run_ids: Sequence[str]) -> tuple[list[Run], list[str]]:
    """Return those of the runs that exist, and a warning that names the others; `NotFound` where none is left."""
    runs, missing = await existing(store, run_ids)
    if missing and not runs:
        raise NotFound(f"Its runs are gone: {_some(missing)}.")
    return runs, [f"Left out, as they are gone: {_some(missing)}."] if missing else []


def _search(fields: Any) -> Search:
    try:
        return TypeAdapter(Search).validate_python(fields)
    except ValidationError as error:
        raise BadInput(f"The metadata of the notebook's head has no search: {_first(error)}.") from None


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
        raise BadInput(f"The cell's metadata is not what was written: {_first(error)}.") from None


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def _count(plan: Plan, cells: Sequence[OldCell], changes: Sequence[Change]) -> None:
    touched = {change.index for change in changes if change.kind in ("replace", "remove")}
    for cell in cells:
        if cell.index in touched:
            continue
        plan.unchanged += 1
        # Recipes that are given experiments search in them.
        if cell.kind == "code" and "experiment_ids" in cell.mark:
            plan.live.append(cell.index)


def _some(run_ids: Sequence[str]) -> str:
    more = len(run_ids) - _NAMED
    return ", ".join(run_ids[:_NAMED]) + (f" and {more} more" if more > 0 else "")
