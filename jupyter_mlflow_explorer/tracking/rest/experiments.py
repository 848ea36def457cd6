"""Experiments of a tracking server."""

from __future__ import annotations

import time
from typing import Any

from ...entities import Experiment, ExperimentsPage
from ...errors import BadInput, NotFound, NotSupported
from .. import paging
from ..filters import parse_experiments_filter, parse_experiments_order
from ..matching import matcher
from ..store import ExperimentsQuery
from . import convert
from .api import Api
from .pages import Position, collect

VIEWS = {"active": "ACTIVE_ONLY", "deleted": "DELETED_ONLY", "all": "ALL"}


async def search(client: Api, query: ExperimentsQuery, until: float) -> ExperimentsPage:
    """Return one page of experiments."""
    paging.check_max_results(query.max_results)
    parsed = parse_experiments_filter(query.filter)
    if not parsed.is_mlflow:
        raise NotSupported(beyond_mlflow(client))
    order = [term.mlflow_text() for term in parse_experiments_order(query.order_by)]
    mark = paging.fingerprint(query)
    body = {"view_type": VIEWS[query.view], "filter": parsed.mlflow_text(), "order_by": order}

    async def fetch(token: str | None, size: int) -> tuple[list[Experiment], str | None]:
        sent: dict[str, Any] = {**body, "max_results": size}
        if token:
            sent["page_token"] = token
        found = await client.post("/api/2.0/mlflow/experiments/search", sent, is_filtered=True)
        with convert.checked(client.name):
            page = [convert.experiment(item) for item in found.get("experiments") or ()]
            return page, convert.text(found.get("next_page_token")) or None

    contains = matcher(query.search) if query.search else None
    matches = (lambda experiment: contains(experiment.name)) if contains else None
    found = await collect(fetch, Position.decode(query.page_token, mark), query.max_results, matches, until)
    token = found.next.encode(mark) if found.next else None
    return ExperimentsPage.model_construct(experiments=found.items, next_page_token=token)


async def get(client: Api, experiment_id: str) -> Experiment:
    """Return one experiment, deleted ones included."""
    try:
        found = await client.get("/api/2.0/mlflow/experiments/get", {"experiment_id": experiment_id})
    except (BadInput, NotFound):
        raise NotFound(f"There is no experiment '{experiment_id}' on {client.name}.") from None
    with convert.checked(client.name):
        return convert.experiment(found["experiment"])


def beyond_mlflow(client: Api) -> str:
    """Return the sentence about filters that only our own readers understand."""
    return (
        f"The tracking store {client.name} understands MLflow's own filters only: comparisons joined by AND, params"
        " compared as quoted text. OR, NOT and comparing params as numbers work with a database connection."
    )


def deadline(limit_s: float) -> float:
    """Return when a search through texts should hand back what it has: in time for a last request to end."""
    return time.monotonic() + limit_s * 0.4
