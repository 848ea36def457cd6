"""What a recipe or a notebook is about, fetched from the store."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..cells import Search, Selection
from ..errors import NotFound
from ..tracking.store import LoggedModelId, RunsQuery
from .choosing import choose_by_id, choose_by_search

if TYPE_CHECKING:
    from ..entities import LoggedModel, Run, SelectionRequest
    from ..tracking.store import ArtifactOwner, TrackingStore


async def select(
    store: TrackingStore, place: Selection, wanted: SelectionRequest, runs: Sequence[Run] | None = None
) -> Selection:
    """Return `place`, which says how the store is connected, with what is wanted.

    ``runs`` are those wanted, where they were read already.

    Raises
    ------
    NotFound
        A run, experiment or artifact does not exist; the message names it.
    """
    if runs is None:
        # As given: a run that is given twice is the recipe's to refuse.
        runs = (await store.runs_by_id(wanted.run_ids)).runs if wanted.run_ids else []
        missing = set(wanted.run_ids) - {run.run_id for run in runs}
        if missing:
            raise NotFound(f"No run with id {', '.join(sorted(missing))} in {place.connection_name}.")
    experiments = await asyncio.gather(*(store.experiment(one) for one in wanted.experiment_ids))
    model = await _model(store, wanted) if wanted.model_id else None
    is_dir = False
    if wanted.artifact_path and model is not None:
        is_dir = await _is_dir(store, LoggedModelId(model.model_id), wanted.artifact_path)
    elif wanted.artifact_path and len(wanted.run_ids) == 1:
        is_dir = await _is_dir(store, wanted.run_ids[0], wanted.artifact_path)
    return dataclasses.replace(
        place,
        experiments=tuple(experiments),
        runs=tuple(runs),
        model=model,
        artifact_path=wanted.artifact_path,
        artifact_is_dir=is_dir,
        filter=wanted.filter or "",
        order_by=tuple(wanted.order_by),
        options=wanted.options,
    )


async def select_by_id(store: TrackingStore, place: Selection, run_ids: Sequence[str]) -> tuple[Selection, list[str]]:
    """Return `place` with these runs and their experiments, and warnings; raises as `choose_by_id`."""
    chosen = await choose_by_id(store, run_ids, place.connection_name)
    found = dataclasses.replace(place, runs=tuple(chosen.runs), experiments=tuple(chosen.experiments))
    return found, chosen.warnings


async def select_by_search(store: TrackingStore, place: Selection, search: Search) -> tuple[Selection, list[str]]:
    """Return `place` with the runs that a search finds, and warnings; raises as `choose_by_search`."""
    query = RunsQuery(search.experiment_ids, filter=search.filter, order_by=search.order_by)
    chosen = await choose_by_search(store, query, search.max_runs)
    found = dataclasses.replace(
        place,
        runs=tuple(chosen.runs),
        experiments=tuple(chosen.experiments),
        filter=search.filter,
        order_by=search.order_by,
        search=search,
    )
    return found, chosen.warnings


async def _model(store: TrackingStore, wanted: SelectionRequest) -> LoggedModel:
    """Return the logged model, with its name where the run that logged it is among the chosen ones."""
    from ..entities import LoggedModel

    for run_id in wanted.run_ids[:1]:
        for model in (await store.run(run_id)).models:
            if model.model_id == wanted.model_id:
                return model
    return LoggedModel(model_id=wanted.model_id or "")


async def _is_dir(store: TrackingStore, owner: ArtifactOwner, path: str) -> bool:
    """Whether an artifact is a folder; `NotFound` where there is nothing."""
    try:
        await store.stat_artifact(owner, path)
    except NotFound:
        await store.artifacts(owner, path, 1)
        return True
    return False
