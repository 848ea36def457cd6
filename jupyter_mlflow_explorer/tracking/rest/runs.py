"""Runs of a tracking server: pages, one run in full, columns."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ...entities import (
    Column,
    Columns,
    LoggedModel,
    Run,
    RunDetail,
    RunReference,
    RunsPage,
    RunsTable,
)
from ...errors import BadInput, NotFound, NotSupported, TrackingBroken, TrackingDenied
from .. import assembly, paging
from ..filters import parse_runs_filter, parse_runs_order
from ..matching import matcher, run_matches
from ..store import RunsQuery
from . import convert
from .api import Api
from .experiments import VIEWS, beyond_mlflow
from .pages import Collected, Position, collect

#: Requests at one time to one server.
CONCURRENT = 8
#: Runs whose keys are looked at for the list of columns.
_COLUMN_RUNS = 1_000
_CHILDREN_PAGE = 1_000

Found = Mapping[str, Any]


async def search(client: Api, query: RunsQuery, until: float) -> RunsPage:
    """Return one page of runs; the total is unknown, because no server tells it."""
    mark = paging.fingerprint(query)
    found = await _search(client, query, mark, until)
    with convert.checked(client.name):
        runs = [convert.run(item) for item in found.items]
    token = found.next.encode(mark) if found.next else None
    return RunsPage.model_construct(runs=runs, next_page_token=token, total=None)


async def table(client: Api, query: RunsQuery, columns: Sequence[str], until: float) -> RunsTable:
    """Return one page of runs as columns."""
    wanted = [assembly.split_column(column) for column in columns]
    mark = paging.fingerprint(query)
    found = await _search(client, query, mark, until)
    with convert.checked(client.name):
        rows = [_row(item) for item in found.items]
    answers = [
        Column.model_construct(kind=kind, key=key, values=[row[kind].get(key) for row in rows]) for kind, key in wanted
    ]
    token = found.next.encode(mark) if found.next else None
    run_ids = [row["attributes"]["run_id"] for row in rows]
    return RunsTable.model_construct(run_ids=run_ids, columns=answers, total=None, next_page_token=token)


async def columns(client: Api, experiment_ids: Sequence[str], until: float) -> Columns:
    """Return the keys of the newest runs; a server has no list of them."""
    query = RunsQuery(tuple(experiment_ids), view="all", max_results=_COLUMN_RUNS)
    found = await _search(client, query, "", until)
    keys: dict[str, set[str]] = {"params": set(), "metrics": set(), "tags": set()}
    with convert.checked(client.name):
        for item in found.items:
            for kind, seen in keys.items():
                seen.update(entry["key"] for entry in (item.get("data") or {}).get(kind) or ())
        return Columns(**{kind: sorted(seen) for kind, seen in keys.items()}, truncated=found.next is not None)


async def get(client: Api, run_id: str) -> RunDetail:
    """Return one run in full, deleted ones included."""
    found = await fetch(client, run_id)
    with convert.checked(client.name):
        run = convert.run(found)
        inputs = convert.inputs(found)
    models, parent, children = await asyncio.gather(
        _models(client, run, found), _parent(client, run), _children(client, run)
    )
    return RunDetail.model_construct(**run.__dict__, inputs=inputs, models=models, parent=parent, children=children)


async def by_id(client: Api, run_ids: Sequence[str]) -> list[Run]:
    """Return these runs in the order asked for; unknown ids are left out."""
    gate = asyncio.Semaphore(CONCURRENT)

    async def one(run_id: str) -> Run | None:
        async with gate:
            try:
                found = await fetch(client, run_id)
            except NotFound:
                return None
        with convert.checked(client.name):
            return convert.run(found)

    runs = await asyncio.gather(*(one(run_id) for run_id in dict.fromkeys(run_ids)))
    return [run for run in runs if run is not None]


async def fetch(client: Api, run_id: str) -> Found:
    """Return one run as the server sent it."""
    try:
        answer = await client.get("/api/2.0/mlflow/runs/get", {"run_id": run_id})
    except (BadInput, NotFound):
        raise NotFound(f"There is no run '{run_id}' on {client.name}.") from None
    found = answer.get("run")
    if not isinstance(found, dict):
        raise TrackingBroken(f"The tracking store {client.name} answered without a run.")
    return found


def model_segment(client: Api, model_id: str) -> str:
    """Return a model's id as one segment of a path, which it cannot leave."""
    if model_id in ("", ".", "..") or "/" in model_id:
        raise NotFound(f"There is no logged model '{model_id}' on {client.name}.")
    return quote(model_id, safe="")


async def fetch_model(client: Api, model_id: str) -> Found:
    """Return one logged model as the server sent it; a server before MLflow 3 has none."""
    try:
        answer = await client.get("/api/2.0/mlflow/logged-models/" + model_segment(client, model_id))
    except (BadInput, NotFound):
        raise NotFound(f"There is no logged model '{model_id}' on {client.name}.") from None
    found = answer.get("model")
    if not isinstance(found, dict):
        raise TrackingBroken(f"The tracking store {client.name} answered without a logged model.")
    return found


async def _search(client: Api, query: RunsQuery, mark: str, until: float) -> Collected[Found]:
    paging.check_max_results(query.max_results)
    parsed = parse_runs_filter(query.filter)
    order = [term.mlflow_text() for term in parse_runs_order(query.order_by)]
    if not parsed.is_mlflow:
        raise NotSupported(beyond_mlflow(client))
    position = Position.decode(query.page_token, mark) if mark else Position()
    if not query.experiment_ids:
        return Collected([], None)
    conditions = [parsed.mlflow_text()] if parsed.tree is not None else []
    if position.newest is not None:
        conditions.append(f"attribute.`start_time` <= {position.newest}")
    body = {
        "experiment_ids": list(query.experiment_ids),
        "filter": " AND ".join(conditions),
        "order_by": order,
        "run_view_type": VIEWS[query.view],
    }
    first: list[int | None] = []

    async def page(token: str | None, size: int) -> tuple[list[Found], str | None]:
        sent: dict[str, Any] = {**body, "max_results": size}
        if token:
            sent["page_token"] = token
        answer = await client.post("/api/2.0/mlflow/runs/search", sent, is_filtered=bool(query.filter or order))
        with convert.checked(client.name):
            found = list(answer.get("runs") or ())
            if not first and not order:
                first.append(convert.integer(found[0]["info"].get("start_time")) if found else None)
            return found, convert.text(answer.get("next_page_token")) or None

    matches = None
    if query.search:
        contains = matcher(query.search)

        def matches(found: Found) -> bool:
            with convert.checked(client.name):
                return run_matches(convert.run(found), contains)

    collected = await collect(page, position, query.max_results, matches, until)
    if collected.next is None:
        return collected
    newest = position.newest if position.newest is not None else (first[0] if first else None)
    return Collected(collected.items, Position(collected.next.token, collected.next.skip, newest))


def _row(found: Found) -> dict[str, dict[str, Any]]:
    info, data = found["info"], found.get("data") or {}
    fields = assembly.run_fields(**convert.run_arguments(info, data))
    attributes = {
        "run_id": fields["run_id"],
        "run_name": fields["run_name"],
        "status": fields["status"],
        "user_id": info.get("user_id"),
        "artifact_uri": fields["artifact_uri"],
        "start_time": fields["start_time_ms"],
        "end_time": fields["end_time_ms"],
        "experiment_id": fields["experiment_id"],
        "lifecycle_stage": fields["lifecycle_stage"],
    }
    return {
        "attributes": attributes,
        "params": fields["params"],
        "metrics": fields["metrics"],
        "tags": fields["tags"],
    }


async def _models(client: Api, run: Run, found: Found) -> list[LoggedModel]:
    """Return the logged models of a run; a server before MLflow 3 has none."""
    with convert.checked(client.name):
        outputs = (found.get("outputs") or {}).get("model_outputs") or ()
        steps = {str(item["model_id"]): convert.integer(item.get("step", 0)) for item in outputs}
    body = {
        "experiment_ids": [run.experiment_id],
        "filter": f"source_run_id = '{run.run_id}'",
        "order_by": [{"field_name": "creation_timestamp", "ascending": True}],
    }
    try:
        answer = await client.post("/api/2.0/mlflow/logged-models/search", body)
    except (BadInput, NotFound, TrackingBroken):
        return [LoggedModel(model_id=model_id, step=step) for model_id, step in steps.items()]
    with convert.checked(client.name):
        infos = {str(item["info"]["model_id"]): item["info"] for item in answer.get("models") or ()}
        models = [convert.model(info, steps.pop(model_id, None)) for model_id, info in infos.items()]
    return models + [LoggedModel(model_id=model_id, step=step) for model_id, step in steps.items()]


async def _parent(client: Api, run: Run) -> RunReference | None:
    if not run.parent_run_id:
        return None
    try:
        found = await fetch(client, run.parent_run_id)
    except (NotFound, TrackingDenied):
        return None
    with convert.checked(client.name):
        parent = convert.run(found)
    return RunReference(run_id=parent.run_id, run_name=parent.run_name)


async def _children(client: Api, run: Run) -> int:
    """Count the active children in the run's own experiment, up to one page of them."""
    if "'" in run.run_id or '"' in run.run_id:
        return 0
    body = {
        "experiment_ids": [run.experiment_id],
        "filter": f"tags.`{assembly.PARENT_TAG}` = '{run.run_id}'",
        "run_view_type": VIEWS["active"],
        "max_results": _CHILDREN_PAGE,
    }
    try:
        answer = await client.post("/api/2.0/mlflow/runs/search", body)
    except (BadInput, NotFound):
        return 0
    found = answer.get("runs") or ()
    return len(found) if isinstance(found, list) else 0
