from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlflow_explorer.tracking.downsampling import Point, Thinner, downsample

_values = st.one_of(
    st.floats(-1e6, 1e6), st.sampled_from([math.nan, math.nan, math.inf, -math.inf, 0.0]), st.integers(0, 3).map(float)
)


def points(values: list[float]) -> list[Point]:
    return [(i, 1_000 + i, value) for i, value in enumerate(values)]


@settings(max_examples=200, deadline=None)
@given(values=st.lists(_values, max_size=300), limit=st.integers(1, 120))
def test_a_thinned_history_is_a_bounded_selection_with_its_ends_and_extremes(values: list[float], limit: int) -> None:
    whole = points(values)
    kept = downsample(whole, limit)
    assert len(kept) <= max(limit, 4)
    assert [point[0] for point in kept] == sorted({point[0] for point in kept})
    assert all(whole[point[0]] is point for point in kept)
    if not whole:
        return
    assert (kept[0], kept[-1]) == (whole[0], whole[-1])
    finite = [value for value in values if math.isfinite(value)]
    if finite and limit >= 16:
        shown = [point[2] for point in kept if math.isfinite(point[2])]
        assert (min(shown), max(shown)) == (min(finite), max(finite))


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.floats(-1e6, 1e6), min_size=50, max_size=200), at=st.data())
def test_a_gap_keeps_its_edges(values: list[float], at: st.DataObject) -> None:
    start = at.draw(st.integers(1, len(values) - 3))
    stop = at.draw(st.integers(start + 1, len(values) - 1))
    values[start:stop] = [math.nan] * (stop - start)
    steps = {point[0] for point in downsample(points(values), 40)}
    assert {start - 1, start, stop - 1, stop} <= steps


@pytest.mark.parametrize("count", [1_000, 99_999, 1_000_000])
def test_long_histories_use_most_of_the_room_and_keep_every_spike(count: int) -> None:
    values = [0.0] * count
    spikes = {count // 7: 9.0, count // 3: -5.0, count // 2: 7.0, count - 2: 8.0}
    for at, value in spikes.items():
        values[at] = value
    kept = downsample(points(values), 500)
    assert set(spikes) <= {point[0] for point in kept}
    ramp = downsample(points([float(i) for i in range(count)]), 500)
    assert 250 <= len(ramp) <= 500


def test_stretches_may_arrive_one_by_one() -> None:
    whole = points([math.sin(i / 9) for i in range(5_000)])
    thinner = Thinner(100, expected=10)
    at = 0
    while at < len(whole):
        size = thinner.stretch
        thinner.add(whole[at : at + size])
        at += size
    kept = thinner.points()
    assert 50 <= len(kept) <= 100
    assert (kept[0], kept[-1]) == (whole[0], whole[-1])


def test_alternating_gaps_stay_within_the_limit() -> None:
    kept = downsample(points([math.nan if i % 2 else float(i) for i in range(100_000)]), 200)
    assert 100 <= len(kept) <= 200
    assert any(math.isnan(point[2]) for point in kept)
