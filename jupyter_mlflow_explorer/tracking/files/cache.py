"""What was read of a store, kept in memory and checked by ``stat`` whenever it is used.

Nothing is trusted without a look at the file itself: rewriting a file does not change its folder's time, and a finished
run may still get tags. So each use costs one ``stat`` for each file that the answer needs, and no more: a filter on one
param looks at one file of each run. Lists of names are kept by the mark of their folder, which does change when a file
appears or goes. Marks that were taken too soon after a change are not kept, so those files are read again.

Threads share the cache without locks around reading: at worst two read the same file, and both are right.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from . import points, reading
from .job import Job
from .layout import META, is_like_run
from .meta import META_BYTES, Damaged, RunMeta, parse, run_meta
from .values import Shared, Values, value_cost

TextKind: TypeAlias = Literal["params", "tags"]

#: Above what MLflow lets anybody log as one param or tag (8,000 characters by default).
VALUE_BYTES = 1 << 20
#: Rough memory of everything kept. Parsed runs are forgotten when it is exceeded, the ones longest unused first.
CACHE_BYTES = 160 << 20
#: Rough memory of one run's ``meta.yaml``.
_META_COST = 1_500
_DOCUMENTS = 20_000
#: A ``meta.yaml`` that is broken and younger than this may be just being written: it is read again after a pause.
_YOUNG_NS = 1_000_000_000
_PAUSE_S = 0.01

_MISSING = object()
_ACCESSES = 1_000


class RunFiles:
    """One run's folder."""

    __slots__ = ("_meta", "_meta_mark", "_shared", "_values", "experiment_id", "path", "run_id")

    def __init__(self, run_id: str, experiment_id: str, path: str, shared: Shared) -> None:
        self.run_id = run_id
        self.experiment_id = experiment_id
        self.path = path
        self._shared = shared
        self._meta: RunMeta | None = None
        self._meta_mark: int | None = None
        self._values: dict[str, Values] = {}

    def meta(self, job: Job) -> RunMeta | None:
        """Return what ``meta.yaml`` says; None where this is no run, or no longer."""
        path = f"{self.path}/{META}"
        if self._meta_mark is not None:
            try:
                if reading.mark(os.stat(path)) == self._meta_mark:
                    return self._meta
            except OSError:
                pass
        self._meta, self._meta_mark = self._read_meta(path, job)
        return self._meta

    def text(self, kind: TextKind, key: str, job: Job) -> str | None:
        """Return one param or tag, None where it is missing."""
        values = self.values(kind)
        if not values.holds(key):
            return None
        found: str | None = self._checked(values, key, job)
        return found

    def texts(self, kind: TextKind, job: Job) -> dict[str, str]:
        """Return all params or tags."""
        return self._all(self.values(kind), job)

    def metric(self, key: str, job: Job) -> float | None:
        """Return the last value of one metric, None where it was never logged."""
        values = self.values("metrics")
        if not values.holds(key):
            return None
        found = self._checked(values, key, job)
        return _number(found)

    def metrics(self, job: Job) -> dict[str, float]:
        """Return the last value of every metric."""
        found = self._all(self.values("metrics"), job)
        return {key: number for key, last in found.items() if (number := _number(last)) is not None}

    def values(self, kind: str) -> Values:
        """Return the files of one kind: params, tags or metrics."""
        values = self._values.get(kind)
        if values is None:
            values = self._values[kind] = Values(f"{self.path}/{kind}", self._shared)
        return values

    def problems(self) -> list[str]:
        """Return what is wrong with the run, as far as it was read."""
        found = [self._meta.problem] if self._meta is not None and self._meta.problem else []
        for kind, values in list(self._values.items()):
            found += [f"{kind}/{key} {said}".replace("/ ", " ") for key, said in (values.problems or {}).items()]
        return found

    def cost(self) -> int:
        """Return roughly how much memory this takes."""
        kinds = list(self._values.values())
        return _META_COST + sum(value_cost(value) for values in kinds for value in list(values.texts.values()))

    def forget_values(self) -> None:
        """Drop everything but ``meta.yaml``."""
        self._values = {}

    def _read_meta(self, path: str, job: Job) -> tuple[RunMeta | None, int | None]:
        known: int | None = None
        while True:
            try:
                data, known = reading.whole(path, META_BYTES)
                return run_meta(parse(data), self.run_id, self.experiment_id), known
            except FileNotFoundError:
                if not is_like_run(self.run_id, self.path) or not os.path.isdir(self.path):
                    return None, None
                said, place = "is missing", self.path
            except (Damaged, reading.Unreadable) as problem:
                said, place = str(problem), path
            if not _is_young(place) or not job.wait(_PAUSE_S):
                break
        return RunMeta(self.run_id, self.experiment_id, problem=f"{META} {said}"), known

    def _all(self, values: Values, job: Job) -> dict[str, Any]:
        """Return all values of a kind; each file is looked at."""
        job.check()
        names, folder, marks, texts = values.names(), values.folder, values.marks, values.texts
        found: dict[str, Any] = {}
        stat = os.stat
        for key in names:
            path = f"{folder}/{key}" if key.isascii() else values.path(key)
            known = marks.get(key)
            # The whole of a second page: written out, because calls would take longer than the work.
            if known is not None:
                try:
                    at = stat(path)
                    if hash((at.st_mtime_ns, at.st_ctime_ns, at.st_size, at.st_ino)) == known:
                        if key in texts:
                            found[key] = texts[key]
                        continue
                except OSError:
                    pass
            value = self._read(values, key, path, job)
            if value is not _MISSING:
                found[key] = value
        return found

    def _checked(self, values: Values, key: str, job: Job) -> Any:
        """Return one value, None where it is missing."""
        path = values.path(key)
        try:
            if reading.mark(os.stat(path)) == values.marks.get(key):
                return values.texts.get(key)
        except (FileNotFoundError, ValueError):
            if key in values.texts:
                values.forget(key)
            return None
        except OSError:
            pass
        found = self._read(values, key, path, job)
        return None if found is _MISSING else found

    def _read(self, values: Values, key: str, path: str, job: Job) -> Any:
        """Read one file anew and keep it; `_MISSING` where it is not there or unreadable."""
        job.check()
        problem = "has a name that is not UTF-8" if values.is_odd(key) else None
        value: Any
        try:
            if values.folder.endswith("/metrics"):
                before = values.texts.get(key)
                value, known = points.last(path, job, before if isinstance(before, points.Last) else None)
                if value.bad_lines:
                    problem = (
                        f"has {value.bad_lines:,} line{'s' * (value.bad_lines > 1)} that cannot be read as a metric"
                    )
                value = value.point[2] if value.point is not None and not value.tail else value
            else:
                data, known = reading.whole(path, VALUE_BYTES)
                value = data.decode("utf-8", "replace")
                if "\ufffd" in value and "\ufffd".encode() not in data:
                    problem = "is not UTF-8 text"
        except FileNotFoundError:
            values.forget(key)
            return _MISSING
        except ValueError:  # Text that no file name can be.
            return _MISSING
        except reading.Unreadable as error:
            if key not in values.names():  # A folder of keys with "/", or a name too long for a file.
                return _MISSING
            values.forget(key)
            values.fail(key, str(error))
            known = _mark_of(path)
            if known is not None:
                values.marks[key] = known
            return _MISSING
        values.keep(sys.intern(key), value, known)
        values.fail(key, problem)
        return value


def _number(found: Any) -> float | None:
    if isinstance(found, points.Last):
        return None if found.point is None else found.point[2]
    number: float | None = found
    return number


def _mark_of(path: str) -> int | None:
    try:
        return reading.settled_mark(os.stat(path))
    except OSError:
        return None


def _is_young(path: str) -> bool:
    try:
        found = os.stat(path)
    except OSError:
        return False
    return max(found.st_mtime_ns, found.st_ctime_ns) > time.time_ns() - _YOUNG_NS


class Cache:
    """All that is kept of one store."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[str, RunFiles] = {}
        self._documents: dict[str, tuple[int, Mapping[str, Any]]] = {}
        self._shared = Shared()
        self._accesses = 0

    def run(self, run_id: str, experiment_id: str, path: str) -> RunFiles:
        """Return what is kept of the run in a folder, nothing at first."""
        with self._lock:
            found = self._runs.pop(path, None)
            if found is None:
                found = RunFiles(run_id, experiment_id, path, self._shared)
            self._runs[path] = found
            self._accesses += 1
        if self._accesses % _ACCESSES == 0:
            self.trim()
        return found

    def document(self, folder: str, job: Job) -> Mapping[str, Any]:
        """Return the map in the ``meta.yaml`` of something other than a run.

        Raises
        ------
        FileNotFoundError
            It is not there.
        reading.Unreadable, Damaged
            It is of no use.
        """
        path = f"{folder}/{META}"
        kept = self._documents.get(path)
        if kept is not None:
            try:
                if reading.mark(os.stat(path)) == kept[0]:
                    return kept[1]
            except OSError:
                pass
            self._documents.pop(path, None)
        while True:
            try:
                data, known = reading.whole(path, META_BYTES)
                found = parse(data)
            except Damaged:
                if not _is_young(path) or not job.wait(_PAUSE_S):
                    raise
                continue
            if known is not None:
                if len(self._documents) >= _DOCUMENTS:
                    self._documents.clear()
                self._documents[path] = (known, found)
            return found

    def experiment_tags(self, folder: str, job: Job) -> tuple[dict[str, str], list[str]]:
        """Return the tags of an experiment, and what is wrong with some."""
        holder = self.run("", "", folder)
        found = holder.texts("tags", job)
        return found, holder.problems()

    def trim(self) -> None:
        """Forget what was not used for longest, until the rest is within the limit."""
        with self._lock:
            if self._shared.bytes + _META_COST * len(self._runs) <= CACHE_BYTES:
                return
            # Threads add to the sum without a lock, so it is made anew.
            total = sum(run.cost() for run in self._runs.values())
            for run in list(self._runs.values()):
                if total <= CACHE_BYTES:
                    break
                total -= run.cost() - _META_COST
                run.forget_values()
            for path in list(self._runs):
                if total <= CACHE_BYTES:
                    break
                del self._runs[path]
                total -= _META_COST
            self._shared.bytes = total - _META_COST * len(self._runs)
