"""Metric histories of a tracking server.

MLflow's bulk route takes every n-th value and so misses spikes; whole histories are fetched instead, several at a time,
and thinned by the same rules as everywhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from ...entities import MetricHistory
from ...errors import NotFound
from ..assembly import number
from ..downsampling import Point, downsample
from . import convert, runs
from .api import Api

#: MLflow's own page size for histories.
_PAGE = 25_000


async def histories(
    client: Api, run_ids: Sequence[str], keys: Sequence[str], max_points: int | None
) -> tuple[MetricHistory, ...]:
    """Return one history for each run and key, runs first."""
    gate = asyncio.Semaphore(runs.CONCURRENT)

    async def one(run_id: str, key: str) -> MetricHistory:
        async with gate:
            points = await _points(client, run_id, key)
        kept = points if max_points is None else await asyncio.to_thread(downsample, points, max_points)
        return MetricHistory.model_construct(
            run_id=run_id, key=key, points=kept, total=len(points), downsampled=len(kept) < len(points)
        )

    found = await asyncio.gather(*(one(run_id, key) for run_id in run_ids for key in keys))
    # A server answers an unknown run with an empty history.
    doubtful = [run_id for run_id in dict.fromkeys(run_ids) if not any(h.total for h in found if h.run_id == run_id)]
    if doubtful:
        await asyncio.gather(*(_check(client, run_id, gate) for run_id in doubtful))
    return tuple(found)


async def _points(client: Api, run_id: str, key: str) -> list[Point]:
    points: list[Point] = []
    token: str | None = None
    while True:
        arguments = {"run_id": run_id, "metric_key": key, "max_results": _PAGE, "page_token": token}
        try:
            answer = await client.get("/api/2.0/mlflow/metrics/get-history", arguments)
        except NotFound:
            raise NotFound(f"There is no run '{run_id}' on {client.name}.") from None
        with convert.checked(client.name):
            points += await asyncio.to_thread(_read, answer.get("metrics") or ())
            following = convert.text(answer.get("next_page_token")) or None
        if following is None or following == token:
            points.sort(key=lambda point: point[:2])
            return points
        token = following


def _read(found: Sequence[Any]) -> list[Point]:
    return [
        (int(item.get("step", 0)), int(item.get("timestamp", 0)), number(float(item.get("value", 0.0))))
        for item in found
    ]


async def _check(client: Api, run_id: str, gate: asyncio.Semaphore) -> None:
    async with gate:
        await runs.fetch(client, run_id)
