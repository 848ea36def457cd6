"""Metric files: a line ``timestamp value step`` for each value logged, in the order of logging.

MLflow's own rules: a line of two fields (written before MLflow 1.0) or of five (which name a dataset) has step 0. The
last value is the one with the highest step, then timestamp, then value, and NaN is neither above nor below another
value. MLflow refuses a whole search for a line that it cannot read; here the other lines count and the line is said.
"""

from __future__ import annotations

import itertools
import operator
import os
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from . import reading
from .job import Job

#: Step, time and value.
Point = tuple[int, int, float]
#: Many of them: steps, times, values.
Columns = tuple[list[int], list[int], list[float]]

#: Bytes read and parsed at once: a few milliseconds of work.
CHUNK_BYTES = 1 << 18
#: No line is longer; what has none for so long is no metric file.
_LINE_BYTES = 4096
#: Files below are read again from the start when they have grown.
_RESUME_BYTES = 1 << 16
_TAIL_BYTES = 256


@dataclass(frozen=True)
class Last:
    """The last value of a metric file, and how to go on from there when it has grown."""

    point: Point | None
    bad_lines: int = 0
    #: Up to here whole lines were read, and ``tail`` are the bytes before.
    offset: int = 0
    tail: bytes = b""
    inode: int = 0
    settled: Point | None = None
    settled_bad: int = 0


def last(path: str, job: Job, before: Last | None = None) -> tuple[Last, int | None]:
    """Return the last value of a metric file, and the file's mark; raises as `reading.opened`.

    `before` is an earlier answer. A file that only grew since is read from where that ended; that it did is told by
    the file's number and the bytes before that place.
    """
    with reading.opened(path) as (descriptor, found):
        known = reading.settled_mark(found)
        best, bad, offset = None, 0, 0
        if before is not None and _goes_on(descriptor, found, before):
            best, bad, offset = before.settled, before.settled_bad, before.offset
            os.lseek(descriptor, offset, os.SEEK_SET)
        elif before is not None:
            os.lseek(descriptor, 0, os.SEEK_SET)
        lines = _Lines(descriptor, job)
        for stamps, values, steps in lines.parts():
            best = _latest(best, stamps, values, steps)
        point, bad_lines = best, bad + lines.bad
        rest = lines.unfinished()
        if rest is not None:
            point = _latest(best, [rest[1]], [rest[2]], [rest[0]])
        offset += lines.read_bytes
        tail = b""
        if offset >= _RESUME_BYTES:
            os.lseek(descriptor, offset - _TAIL_BYTES, os.SEEK_SET)
            tail = os.read(descriptor, _TAIL_BYTES)
        return Last(point, bad_lines, offset, tail, found.st_ino, best, bad_lines), known


def history(path: str, job: Job) -> Iterator[Columns]:
    """Yield steps, times and values of a metric file in the order of logging, in parts; raises as `reading.opened`."""
    with reading.opened(path) as (descriptor, _):
        lines = _Lines(descriptor, job)
        for stamps, values, steps in lines.parts():
            if steps:
                yield steps, stamps, values
        rest = lines.unfinished()
        if rest is not None:
            yield [rest[0]], [rest[1]], [rest[2]]


def in_order(path: str, job: Job) -> Iterator[Columns]:
    """As `history`, sorted by step and time; equal ones stay in the order of logging.

    All points are held, in 24 bytes each.
    """
    steps, stamps, values = array("q"), array("q"), array("d")
    for part in history(path, job):
        steps.extend(part[0])
        stamps.extend(part[1])
        values.extend(part[2])
    job.check()
    order = sorted(range(len(steps)), key=stamps.__getitem__)
    job.check()
    order.sort(key=steps.__getitem__)
    for start in range(0, len(order), 10_000):
        job.check()
        part_of = order[start : start + 10_000]
        yield [steps[i] for i in part_of], [stamps[i] for i in part_of], [values[i] for i in part_of]


def is_sorted(part: Columns, before: tuple[int, int]) -> bool:
    """Return whether points are in the order of step and time, and none is before `before`."""
    steps, stamps, _ = part
    if before > (steps[0], stamps[0]):
        return False
    if all(map(operator.lt, steps, itertools.islice(steps, 1, None))):
        return True
    return all(a <= b for a, b in itertools.pairwise(zip(steps, stamps, strict=True)))


class _Lines:
    """The lines of one open metric file, parsed in parts."""

    def __init__(self, descriptor: int, job: Job) -> None:
        self._descriptor = descriptor
        self._job = job
        self._rest = b""
        self._width = 0
        self.bad = 0
        self.read_bytes = 0

    def parts(self) -> Iterator[tuple[list[int], list[float], list[int]]]:
        """Yield timestamps, values and steps of whole lines."""
        for data in reading.chunks(self._descriptor, CHUNK_BYTES):
            self._job.check()
            data = self._rest + data
            end = data.rfind(b"\n") + 1
            self._rest = data[end:]
            if len(self._rest) > _LINE_BYTES:
                raise reading.Unreadable("does not hold lines of text")
            if end:
                self.read_bytes += end
                yield self._parse(data[:end])

    def unfinished(self) -> Point | None:
        """Return the point of a last line without an end, unless it seems that it is being written."""
        fields = self._rest.split()
        # With fewer fields than the line before it, the rest is still to come.
        if not fields or (self._width and len(fields) != self._width):
            return None
        return _point(self._rest)

    def _parse(self, data: bytes) -> tuple[list[int], list[float], list[int]]:
        fields, count = data.split(), data.count(b"\n")
        if len(fields) == 3 * count:
            try:
                found = (
                    list(map(int, fields[0::3])),
                    list(map(float, fields[1::3])),
                    list(map(int, fields[2::3])),
                )
            except ValueError:
                pass
            else:
                self._width = 3
                if _fits(found[0]) and _fits(found[2]):
                    return found
        stamps, values, steps = [], [], []
        for line in data.split(b"\n"):
            point = _point(line)
            if point is not None:
                self._width = len(line.split())
                steps.append(point[0])
                stamps.append(point[1])
                values.append(point[2])
            elif line.strip():
                self.bad += 1
        return stamps, values, steps


def _fits(numbers: list[int]) -> bool:
    return min(numbers) >= -(2**63) and max(numbers) < 2**63


def _point(line: bytes) -> Point | None:
    fields = line.split()
    if len(fields) not in (2, 3, 5):
        return None
    try:
        step = int(fields[2]) if len(fields) == 3 else 0
        stamp, value = int(fields[0]), float(fields[1])
    except ValueError:
        return None
    return (step, stamp, value) if _fits([step, stamp]) else None


def _latest(best: Point | None, stamps: list[int], values: list[float], steps: list[int]) -> Point | None:
    if not steps:
        return best
    top = max(steps)
    if best is not None and top < best[0]:
        return best
    point = best if best is not None and best[0] == top else None
    # Mostly it is the last line alone.
    if steps[-1] == top and steps.count(top) == 1:
        candidates = iter([(top, stamps[-1], values[-1])])
    else:
        candidates = itertools.compress(zip(steps, stamps, values, strict=True), map(top.__eq__, steps))
    for found in candidates:
        if point is None or found[1] > point[1] or (found[1] == point[1] and found[2] > point[2]):
            point = found
    return point


def _goes_on(descriptor: int, found: os.stat_result, before: Last) -> bool:
    if not before.tail or found.st_ino != before.inode or found.st_size < before.offset:
        return False
    os.lseek(descriptor, before.offset - len(before.tail), os.SEEK_SET)
    return os.read(descriptor, len(before.tail)) == before.tail
