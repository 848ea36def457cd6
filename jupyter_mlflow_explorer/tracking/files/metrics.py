"""Metric histories, read in parts: a file of a million lines takes little memory, unless it has to be sorted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ...entities import MetricHistory
from ...errors import NotFound
from ..downsampling import Point, Thinner
from . import points, reading, runs
from .engine import Reader
from .runs import Found

#: Points kept whole at first; longer histories are thinned as they are read.
_HEAD = 20_000


class _Unsorted(Exception):
    """The file is not in the order of steps and times."""


def histories(
    reader: Reader, run_ids: Sequence[str], keys: Sequence[str], max_points: int | None
) -> tuple[MetricHistory, ...]:
    """Return one history for each run and key, runs first."""
    found = {run_id: runs.get(reader, run_id) for run_id in dict.fromkeys(run_ids)}
    for run_id, run in found.items():
        if run is None:
            raise NotFound(f"There is no run '{run_id}' in this store.")
    return tuple(
        _history(reader, run, run_id, key, max_points)
        for run_id in run_ids
        if (run := found[run_id]) is not None
        for key in keys
    )


def _history(reader: Reader, run: Found, run_id: str, key: str, max_points: int | None) -> MetricHistory:
    values = run.files.values("metrics")
    shown: list[Point] = []
    total = 0
    if values.holds(key):
        path = values.path(key)
        try:
            try:
                shown, total = _read(lambda: _in_file_order(path, reader), max_points)
            except _Unsorted:
                shown, total = _read(lambda: points.in_order(path, reader.job), max_points)
        except (FileNotFoundError, ValueError, reading.Unreadable):
            pass  # Said in the run's `problem`, where it is one.
    return MetricHistory.model_construct(
        run_id=run_id, key=key, points=shown, total=total, downsampled=len(shown) < total
    )


def _in_file_order(path: str, reader: Reader) -> Iterator[points.Columns]:
    before = (-(2**63), -(2**63))
    for part in points.history(path, reader.job):
        if not points.is_sorted(part, before):
            raise _Unsorted
        before = (part[0][-1], part[1][-1])
        yield part


def _read(parts: Callable[[], Iterator[points.Columns]], max_points: int | None) -> tuple[list[Point], int]:
    """Return the points to show and how many there are."""
    found = parts()
    head: list[Point] = []
    for part in found:
        head += zip(*part, strict=True)
        if max_points is not None and len(head) > max(max_points, _HEAD):
            break
    if max_points is None or len(head) <= max_points:
        return head, len(head)
    thinner = Thinner(max_points, len(head))
    thinner.add_all(head)
    total = len(head)
    for part in found:
        stretch = list(zip(*part, strict=True))
        if not thinner.add_plain(stretch, part[2]):
            thinner.add_all(stretch)
        total += len(stretch)
    return thinner.points(), total
