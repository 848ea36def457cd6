"""Metric histories of every store, held to MLflow's own client, and how they are thinned."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from jupyter_mlflow_explorer.tracking.store import TrackingStore

from ..stores import compare
from ..stores.seed import Seed

if TYPE_CHECKING:
    from mlflow import MlflowClient

pytestmark = pytest.mark.asyncio

KEYS = ("long", "gaps", "no steps", "backwards", "never logged")


async def test_histories_are_mlflows(store: TrackingStore, seeded: Seed, reference: MlflowClient) -> None:
    runs = [seeded.runs["curves"], seeded.runs["run-1"]]
    found = await store.metric_histories(runs, KEYS)
    assert [(h.run_id, h.key) for h in found] == [(run_id, key) for run_id in runs for key in KEYS]
    for history in found:
        assert compare.our_points(history) == compare.their_points(reference, history.run_id, history.key), history.key
        assert (history.total, history.downsampled) == (len(history.points), False)
    assert found[4].points == []
    assert [p[0] for p in found[3].points] == [-3, 0, 5]


async def test_thinned_histories_keep_ends_extremes_and_gaps(store: TrackingStore, seeded: Seed) -> None:
    run_id = seeded.runs["curves"]
    points = (await store.metric_histories([run_id], ["long"]))[0].points
    (history,) = await store.metric_histories([run_id], ["long"], 100)
    assert (history.total, history.downsampled) == (2_000, True)
    assert 50 <= len(history.points) <= 100
    assert set(history.points) <= set(points)
    assert (history.points[0], history.points[-1]) == (points[0], points[-1])
    spike = max(points, key=lambda point: point[2])
    assert spike[0] == 777
    assert spike in history.points
    assert min(points, key=lambda point: point[2]) in history.points

    (gaps,) = await store.metric_histories([run_id], ["gaps"], 30)
    steps = {step: value for step, _, value in gaps.points}
    assert len(steps) <= 30
    assert all(step in steps for step in (0, 9, 10, 19, 20, 29, 30, 31, 59))
    assert math.isnan(steps[10])
    assert steps[40] == math.inf


async def test_few_points_are_not_thinned(store: TrackingStore, seeded: Seed) -> None:
    (history,) = await store.metric_histories([seeded.runs["curves"]], ["gaps"], 60)
    assert (len(history.points), history.downsampled) == (60, False)


async def test_no_runs_or_keys_is_no_history(store: TrackingStore, seeded: Seed) -> None:
    assert await store.metric_histories([], ["acc"]) == ()
    assert await store.metric_histories([seeded.runs["curves"]], []) == ()
