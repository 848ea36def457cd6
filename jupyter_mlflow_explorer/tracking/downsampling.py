"""Thins metric histories for charts without losing what a reader looks for.

Kept are the first and last point, the smallest and largest finite value of each stretch, one infinity of each sign in
each stretch, and the edges of gaps: the points on both sides of a change between NaN and a number. A result never has
more than `max_points` points; where a history is mostly gaps, the outermost edges of each stretch win.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, TypeVar

from .assembly import LARGEST

T = TypeVar("T")

#: [step, timestamp_ms, value]
Point = tuple[int, int, float]
_Indexed = tuple[int, Point]

#: Gap edges kept in one stretch, half from its start and half from its end.
_EDGES = 8
_FEWEST = 4


def downsample(points: Sequence[Point], max_points: int) -> list[Point]:
    """Return at most ``max(max_points, 4)`` of `points`, in order; all of them where they are few enough."""
    if len(points) <= max_points:
        return list(points)
    thinner = Thinner(max_points, len(points))
    thinner.add_all(points)
    return thinner.points()


class Thinner:
    """Takes a history stretch by stretch, so that a long one need neither be counted first nor held in memory.

    ``stretch`` is how many points `add` wants next. It suits `expected` points in all, and doubles as more arrive.
    """

    def __init__(self, max_points: int, expected: int) -> None:
        self._limit = max(max_points, _FEWEST)
        self.stretch = max(1, math.ceil(expected / max(1, (self._limit - 2) // 2)))
        self._count = 0
        self._first: _Indexed | None = None
        self._last: _Indexed | None = None
        self._extremes: list[list[_Indexed]] = []
        self._edges: list[list[_Indexed]] = []

    def add_all(self, points: Sequence[Point]) -> None:
        """Take many points, cut into stretches."""
        if self.add_plain(points, [point[2] for point in points]):
            return
        at = 0
        while at < len(points):
            size = self.stretch
            self.add(points[at : at + size])
            at += size

    def add_plain(self, points: Sequence[Point], values: Sequence[Any]) -> bool:
        """As `add_all`, where `values` are the points' values and all finite; else take nothing and return False.

        This is the way of nearly all points, so it looks at each as little as it can.
        """
        if not values or (self._last is not None and math.isnan(self._last[1][2])):
            return False
        try:
            total = sum(values)
        except TypeError:  # None stands for NaN in a database.
            return False
        low, high = min(values), max(values)
        # NaN makes min and max depend on the order; a sum shows it.
        if not (low > -LARGEST and high < LARGEST) or math.isnan(total):
            return False
        if self._first is None:
            self._first = (0, points[0])
        at = 0
        while at < len(values):
            part = values
            if self.stretch < len(values):
                part = values[at : at + self.stretch]
                low, high = min(part), max(part)
            first, second = part.index(low), part.index(high)
            if first > second:
                first, second = second, first
            picked = [(self._count + first, points[at + first])]
            if first != second:
                picked.append((self._count + second, points[at + second]))
            self._extremes.append(picked)
            self._count += len(part)
            at += len(part)
            self._tidy()
        self._last = (self._count - 1, points[-1])
        return True

    def add(self, stretch: Sequence[Point]) -> None:
        """Take the next points as one stretch."""
        values = [point[2] for point in stretch]
        if not stretch or (len(values) <= self.stretch and self.add_plain(stretch, values)):
            return
        if self._first is None:
            self._first = (0, stretch[0])
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
        self._tidy()

    def _tidy(self) -> None:
        """Join stretches when there are more than can be shown."""
        if len(self._extremes) >= 2 * self._limit:
            self._extremes = _merge(self._extremes, self._limit)
            self._edges = [_spread([edge for group in self._edges for edge in group], 4 * self._limit)]
            self.stretch *= 2

    def points(self) -> list[Point]:
        """Return what is kept, in order."""
        if self._first is None or self._last is None:
            return []
        room = self._limit - 2
        edges = _spread([edge for group in self._edges for edge in group], room // 2)
        room -= len(edges)
        groups = max(1, room // 2)
        extremes = _merge(self._extremes, groups)
        while sum(len(group) for group in extremes) > room and len(extremes) > 1:
            extremes = _merge(extremes, len(extremes) * 3 // 4)
        kept = dict([self._first, *edges, *[item for group in extremes for item in group][:room], self._last])
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
    return picked, sorted(set(edges))


def _spread(items: list[_Indexed], limit: int) -> list[_Indexed]:
    """Return at most `limit` items: the outermost ones of equal groups."""
    if len(items) <= limit:
        return items
    kept = []
    for group in _parts(items, max(1, limit // 2)):
        kept += [group[0], group[-1]] if len(group) > 1 else group
    return kept[: max(limit, 0)]


def _merge(groups: list[list[_Indexed]], count: int) -> list[list[_Indexed]]:
    """Join neighbouring stretches into `count`, each with the extremes of its parts."""
    if len(groups) <= count:
        return groups
    return [_extremes([item for group in part for item in group]) for part in _parts(groups, count)]


def _parts(items: list[T], count: int) -> list[list[T]]:
    """Cut a list into `count` parts of nearly equal length."""
    cuts = [len(items) * i // count for i in range(count + 1)]
    return [items[a:b] for a, b in itertools.pairwise(cuts) if b > a]


def _extremes(items: list[_Indexed]) -> list[_Indexed]:
    numbers = [item for item in items if not math.isnan(item[1][2])]
    if not numbers:
        return items[:1]
    chosen: list[_Indexed] = []
    if finite := [item for item in numbers if math.isfinite(item[1][2])]:
        chosen = [min(finite, key=lambda item: item[1][2]), max(finite, key=lambda item: item[1][2])]
    for infinity in (math.inf, -math.inf):
        chosen += [item for item in numbers if item[1][2] == infinity][:1]
    return [item for _, item in sorted({item[0]: item for item in chosen}.items())]
