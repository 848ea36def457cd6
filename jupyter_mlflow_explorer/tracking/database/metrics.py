"""Metric histories.

SQLite would look for one run's metric by the primary key ``(key, …)``, which reads that metric of all runs: 100 runs
of 2,000 points took 28 s, and 0.17 s with the index on the run pinned. So it is pinned, where there is one.
PostgreSQL has no such hint, and finds the index by itself. A server's driver reads a whole answer before it returns, so
a history that is longer than the head is asked for again, in stretches.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ...entities import MetricHistory
from ...errors import NotFound
from ..assembly import LARGEST, number
from ..downsampling import Point, Thinner
from . import schema
from .engine import Reader

#: Points read at once at first; longer histories follow in stretches, so that memory stays small.
_HEAD = 20_000


def histories(
    reader: Reader, run_ids: Sequence[str], keys: Sequence[str], max_points: int | None
) -> tuple[MetricHistory, ...]:
    """Return one history for each run and key, runs first."""
    _check_runs(reader, run_ids)
    queries = _Queries(reader)
    return tuple(_history(queries, run_id, key, max_points) for run_id in run_ids for key in keys)


class _Queries:
    """The query for one history, with the index that this database has."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        quote = reader.connection.dialect.identifier_preparer.quote
        key, timestamp = quote("key"), quote("timestamp")
        pinned = ""
        if reader.facts.metrics_index:
            pinned = reader.dialect.pinned(quote(reader.facts.metrics_index))
        # Written by hand: building each of a hundred queries would take as long as they do.
        points = (
            f"SELECT step, {timestamp}, CASE WHEN is_nan THEN NULL ELSE value END"
            f" FROM metrics{pinned} WHERE run_uuid = :run_id AND {reader.dialect.key_condition(key)} ORDER BY step"
        )
        self._by_step = points
        self._sorted = f"{points}, {timestamp}, value"

    def points(self, run_id: str, key: str, is_sorted: bool, head: int | None) -> Any:
        """Return a cursor on a history, by step only, which the index gives for nothing, or fully sorted.

        ``head`` is how many rows will be fetched at first, None where all will be at once.
        """
        query = self._sorted if is_sorted else self._by_step
        values = {"run_id": run_id, "key": key}
        if head is None or not self._reader.dialect.fetches_all:
            return self._reader.cursor(sa.text(query), values)
        short = self._reader.cursor(sa.text(f"{query} LIMIT {head}"), values)
        if short.rowcount < head:
            return short
        short.close()
        return self._reader.long_cursor(sa.text(query), values)


class _Ties(Exception):
    """Two points have one step, so that the order by step does not say which is first."""


def _history(queries: _Queries, run_id: str, key: str, max_points: int | None) -> MetricHistory:
    head = None if max_points is None else max(max_points + 1, _HEAD)
    try:
        points, total = _read(queries.points(run_id, key, False, head), head, max_points, may_tie=False)
    except _Ties:
        points, total = _read(queries.points(run_id, key, True, head), head, max_points, may_tie=True)
    return MetricHistory.model_construct(
        run_id=run_id, key=key, points=points, total=total, downsampled=len(points) < total
    )


def _read(cursor: Any, head_size: int | None, max_points: int | None, may_tie: bool) -> tuple[list[Point], int]:
    """Return the points to show and how many there are."""
    try:
        head = list(cursor.fetchall() if head_size is None else cursor.fetchmany(head_size))
        _check_ties(head, None, may_tie)
        if max_points is None or len(head) <= max_points:
            return _clean(head), len(head)
        thinner = Thinner(max_points, len(head))
        thinner.add_all(_clean(head))
        total, last = len(head), head[-1][0]
        # One stretch at a time: small lists are used again and again, large ones cost twice as much.
        while rows := list(cursor.fetchmany(thinner.stretch)):
            _check_ties(rows, last, may_tie)
            total, last = total + len(rows), rows[-1][0]
            if not thinner.add_plain(rows, [row[2] for row in rows]):
                thinner.add(_clean(rows))
        return thinner.points(), total
    finally:
        cursor.close()


def _check_ties(rows: list[Any], last: int | None, may_tie: bool) -> None:
    """Raise `_Ties` where a step comes twice; rows are sorted by step, and `last` is the step before them."""
    if not may_tie and rows and (rows[0][0] == last or len({row[0] for row in rows}) != len(rows)):
        raise _Ties


def _clean(rows: list[Any]) -> list[Point]:
    """Return rows as points: NULL is NaN, and the largest numbers are infinities."""
    values = [row[2] for row in rows]
    if not rows or (None not in values and min(values) > -LARGEST and max(values) < LARGEST):
        return rows
    return [(step, timestamp, math.nan if value is None else number(value)) for step, timestamp, value in rows]


def _check_runs(reader: Reader, run_ids: Sequence[str]) -> None:
    wanted = list(dict.fromkeys(run_ids))
    found: set[str] = set()
    for start in range(0, len(wanted), 500):
        chosen = schema.runs.c.run_uuid.in_(wanted[start : start + 500])
        found.update(row[0] for row in reader.rows(sa.select(schema.runs.c.run_uuid).where(chosen)))
    for run_id in wanted:
        if run_id not in found:
            raise NotFound(f"There is no run '{run_id}' in this store.")
