"""Which runs a notebook is about: those given by id, or the first ones that a search finds."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import NotFound
from ..tracking.store import RunsQuery, TrackingStore
from ..visible import visible

if TYPE_CHECKING:
    from ..entities import Experiment, Run, RunsPage

_PAGE = 1000
_MOST_NAMED = 5


@dataclass(frozen=True)
class Chosen:
    """Runs in the order asked for, their experiments, and what was left out, in sentences for people."""

    runs: list[Run]
    experiments: list[Experiment]
    warnings: list[str]


async def choose_by_id(store: TrackingStore, run_ids: Sequence[str], place: str) -> Chosen:
    """Return these runs, each once. ``place`` names the store in messages.

    Raises
    ------
    NotFound
        A run does not exist; the message names it.
    """
    runs, missing = await existing(store, run_ids)
    if missing:
        raise NotFound(f"There is no run {', '.join(missing)} in {place}.")
    return Chosen(runs, await experiments_of(store, runs), [])


async def existing(store: TrackingStore, run_ids: Sequence[str]) -> tuple[list[Run], list[str]]:
    """Return those of the runs that exist, each once and as ordered, and the ids of the others."""
    wanted = list(dict.fromkeys(run_ids))
    runs = (await store.runs_by_id(wanted)).runs if wanted else []
    found = {run.run_id for run in runs}
    return runs, [run_id for run_id in wanted if run_id not in found]


async def choose_by_search(store: TrackingStore, query: RunsQuery, max_runs: int) -> Chosen:
    """Return the first runs that a search finds; its page size and token do not count. Damaged runs are left out.

    Raises
    ------
    NotFound
        No run matches.
    """
    page = await first_runs(store, query, max_runs)
    runs = [run for run in page.runs if run.problem is None]
    warnings = []
    if page.next_page_token is not None:
        total = f" of {page.total}" if page.total is not None else ""
        warnings.append(f"Only the first {max_runs}{total} runs are taken: more match the search.")
    damaged = [run for run in page.runs if run.problem is not None]
    if damaged:
        names = ", ".join(visible(run.run_name) or run.run_id for run in damaged[:_MOST_NAMED])
        more = f" and {len(damaged) - _MOST_NAMED} more" if len(damaged) > _MOST_NAMED else ""
        warnings.append(f"Left out, as their records are damaged: {names}{more}.")
    if not runs:
        raise NotFound("No run matches. Change the filter, or choose other experiments.")
    return Chosen(runs, await experiments_of(store, runs), warnings)


async def first_runs(store: TrackingStore, query: RunsQuery, max_runs: int) -> RunsPage:
    """Return the first `max_runs` runs as one page; its token is null where these are all."""
    from ..entities import RunsPage

    found: list[Run] = []
    token: str | None = None
    while True:
        wanted = min(_PAGE, max_runs - len(found))
        page = await store.runs(dataclasses.replace(query, max_results=wanted, page_token=token))
        found += page.runs
        token = page.next_page_token
        if token is None or len(found) >= max_runs:
            return RunsPage(runs=found, next_page_token=token, total=page.total)


async def experiments_of(store: TrackingStore, runs: Sequence[Run]) -> list[Experiment]:
    """Return the experiments that runs belong to, in the order of the runs."""
    ids = dict.fromkeys(run.experiment_id for run in runs)
    return list(await asyncio.gather(*(store.experiment(one) for one in ids)))
