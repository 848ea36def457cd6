"""Thins metric histories for charts without losing what a reader looks for.

Kept are the first and last point, the smallest and largest finite value of each stretch, one infinity of each sign in
each stretch, and the edges of gaps: the points on both sides of a change between NaN and a number. A result never has
more than `max_points` points; where a history is mostly gaps, the outermost edges of each stretch win.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

#: [step, timestamp_ms, value]
Point = tuple[int, int, float]

#: Gap edges kept in one stretch, half from its start and half from its end.
_EDGES = 8
_FEWEST = 4


def stretches(max_points: int) -> int:
    """Return how many stretches a history is cut into: two points from each, and the first and last."""
    return max(1, (max(max_points, _FEWEST) - 2) // 2)


def downsample(points: Sequence[Point], max_points: int) -> list[Point]:
    """Return at most ``max(max_points, 4)`` of `points`, in order; all of them where they are few enough."""
    if len(points) <= max_points:
        return list(points)
    size = math.ceil(len(points) / stretches(max_points))
    thinner = Thinner(max_points)
    for start in range(0, len(points), size):
        thinner.add(points[start : start + size])
    return thinner.points()


class Thinner:
    """Takes a history stretch by stretch, so that a long one need not be in memory."""

    def __init__(self, max_points: int) -> None:
        self._limit = max(max_points, _FEWEST)
        self._count = 0
        self._first: tuple[int, Point] | None = None
        self._last: tuple[int, Point] | None = None
        self._extremes: list[list[tuple[int, Point]]] = []
        self._edges: list[list[tuple[int, Point]]] = []

    def add(self, stretch: Sequence[Point]) -> None:
        """Take the next points; all stretches but the last should be equally long."""
        if not stretch:
            return
        if self._first is None:
            self._first = (0, stretch[0])
        values = [point[2] for point in stretch]
        low, high = min(values), max(values)
        # NaN makes min and max depend on the order; a sum shows it.
        if math.isfinite(low) and math.isfinite(high) and not math.isnan(sum(values)):
            picked = {values.index(low), values.index(high)}
            edges: list[int] = []
        else:
            picked, edges = _pick(values)
        if self._last is not None and math.isnan(self._last[1][2]) != math.isnan(values[0]):
            self._edges.append([self._last])
            edges.insert(0, 0)
        start = self._count
        self._extremes.append([(start + i, stretch[i]) for i in sorted(picked)])
        if edges:
            self._edges.append([(start + i, stretch[i]) for i in edges])
        self._count += len(stretch)
        self._last = (self._count - 1, stretch[-1])

    def points(self) -> list[Point]:
        """Return what is kept, in order."""
        if self._first is None or self._last is None:
            return []
        edges = [edge for group in self._edges for edge in group]
        room = self._limit - 2
        edges = _spread(edges, room // 2)
        extremes = _merge(self._extremes, room - len(edges))
        kept = dict([self._first, *edges, *extremes, self._last])
        return [kept[index] for index in sorted(kept)]


def _pick(values: list[float]) -> tuple[set[int], list[int]]:
    """Return the indexes of extremes, and of gap edges, of a stretch that has NaN or infinities."""
    finite = [i for i, value in enumerate(values) if math.isfinite(value)]
    picked = set()
    if finite:
        picked = {min(finite, key=values.__getitem__), max(finite, key=values.__getitem__)}
    for infinity in (math.inf, -math.inf):
        if infinity in values:
            picked.add(values.index(infinity))
    edges: list[int] = []
    was_nan = math.isnan(values[0])
    for i, value in enumerate(values):
        if math.isnan(value) != was_nan:
            was_nan = not was_nan
            edges += [i - 1, i]
    if len(edges) > _EDGES:
        edges = edges[: _EDGES // 2] + edges[-_EDGES // 2 :]
    if not picked and not edges:
        edges = [0]
    return picked, sorted(set(edges))


def _spread(items: list[tuple[int, Point]], limit: int) -> list[tuple[int, Point]]:
    """Return at most `limit` items: the outermost ones of equal groups."""
    if len(items) <= limit:
        return items
    groups = max(1, limit // 2)
    size = math.ceil(len(items) / groups)
    kept = []
    for start in range(0, len(items), size):
        group = items[start : start + size]
        kept += [group[0], group[-1]] if len(group) > 1 else group
    return kept[: max(limit, 0)]


def _merge(groups: list[list[tuple[int, Point]]], limit: int) -> Iterable[tuple[int, Point]]:
    """Return at most `limit` items, joining neighbouring stretches until their extremes fit."""
    while sum(len(group) for group in groups) > limit and len(groups) > 1:
        groups = [_extremes([*a, *b]) for a, b in zip(groups[::2], groups[1::2], strict=False)] + (
            [groups[-1]] if len(groups) % 2 else []
        )
    return [item for group in groups for item in group][: max(limit, 0)]


def _extremes(items: list[tuple[int, Point]]) -> list[tuple[int, Point]]:
    numbers = [item for item in items if not math.isnan(item[1][2])]
    if not numbers:
        return items[:1]
    finite = [item for item in numbers if math.isfinite(item[1][2])] or numbers
    chosen = [min(finite, key=lambda item: item[1][2]), max(finite, key=lambda item: item[1][2])]
    for infinity in (math.inf, -math.inf):
        chosen += [item for item in numbers if item[1][2] == infinity][:1]
    return [item for _, item in sorted({item[0]: item for item in chosen}.items())]
