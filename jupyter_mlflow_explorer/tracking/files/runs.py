"""Pages of runs, and runs by id.

Only what an answer needs is looked at: ``meta.yaml`` of every run, the files that the filter and the order name, and
everything of the runs on the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ...entities import Run, RunsPage
from ...errors import TrackingUnavailable
from ..assembly import RUN_NAME_TAG, build_run
from ..evaluation import predicate
from ..filters import Key, parse_runs_filter, parse_runs_order
from ..matching import matcher
from ..ordering import runs_order
from ..store import RunsQuery
from . import datasets, pages
from .cache import RunFiles
from .engine import Reader
from .meta import RunMeta


class Found:
    """One run's folder, as filters and orders see it."""

    __slots__ = ("files", "meta", "reader")

    def __init__(self, reader: Reader, files: RunFiles, meta: RunMeta) -> None:
        self.reader = reader
        self.files = files
        self.meta = meta

    def value(self, key: Key) -> str | int | float | None:
        """Return an attribute, param, tag, or the last value of a metric."""
        if key.kind == "metric":
            return self.files.metric(key.name, self.reader.job)
        if key.kind == "param":
            return self.files.text("params", key.name, self.reader.job)
        if key.kind == "tag":
            return self.files.text("tags", key.name, self.reader.job)
        if key.name == "run_name":
            return self.name()
        found: str | int | None = getattr(self.meta, key.name)
        return found

    def name(self) -> str | None:
        """Return the run's name; MLflow before 1.30 kept it in a tag alone."""
        if self.meta.run_name:
            return self.meta.run_name
        return self.files.text("tags", RUN_NAME_TAG, self.reader.job) or self.meta.run_name

    def dataset_values(self, name: str) -> Iterable[str]:
        """Return the ``name``, ``digest`` or ``context`` of each dataset used."""
        return datasets.values(self.reader, self.files, name)

    def contains(self, contains: Any) -> bool:
        """Return whether the run's name, id, params or tags (keys and values) contain a text."""
        if contains(self.name() or "") or contains(self.meta.run_id):
            return True
        for kind in ("params", "tags"):
            texts = self.files.texts(kind, self.reader.job)
            if any(contains(key) or contains(value) for key, value in texts.items()):
                return True
        return False

    def build(self) -> Run:
        """Return the run with everything that lists show."""
        job, meta = self.reader.job, self.meta
        run = build_run(
            run_id=meta.run_id,
            name=meta.run_name,
            experiment_id=meta.experiment_id,
            status=meta.status,
            lifecycle_stage=meta.stage,
            start_time_ms=meta.start_time,
            end_time_ms=meta.end_time,
            user=meta.user_id,
            artifact_uri=meta.artifact_uri,
            params=self.files.texts("params", job),
            metrics=self.files.metrics(job),
            tags=self.files.texts("tags", job),
        )
        problem = self.problem()
        return run.model_copy(update={"problem": problem}) if problem else run

    def problem(self) -> str | None:
        """Return what is wrong with the run, as far as it was read; None for a sound one."""
        return pages.said(self.files.problems(), f"run '{self.meta.run_id}'", self.files.path)


class Selection:
    """A query that was understood, and the runs it means."""

    def __init__(self, reader: Reader, query: RunsQuery) -> None:
        tree = parse_runs_filter(query.filter).tree
        self._reader = reader
        self._query = query
        self._order = runs_order(parse_runs_order(query.order_by))
        self._after = pages.start(self._order, query)
        self._is_wanted = predicate(tree) if tree is not None else None
        self._contains = matcher(query.search) if query.search else None

    def page(self) -> tuple[list[Found], str | None, int]:
        """Return the runs of one page, the next token, and how many runs match over all pages."""
        sound, damaged = self._matching()
        page, token = pages.cut(self._order, sound, damaged, self._query, self._after)
        return page, token, len(sound) + len(damaged)

    def _matching(self) -> tuple[list[Found], list[tuple[str, Found]]]:
        """Return the runs that match, and the damaged ones, which MLflow leaves out: they come last in every order."""
        view = self._query.view
        sound: list[Found] = []
        damaged: dict[str, Found] = {}
        known = set()
        for found in each(self._reader, self._query.experiment_ids):
            meta = found.meta
            if not meta.problem:
                known.add(meta.run_id)
            if view not in ("all", meta.stage):
                continue
            if meta.problem:
                if self._is_wanted is None and (self._contains is None or self._contains(meta.run_id)):
                    damaged.setdefault(meta.run_id, found)
            elif (self._is_wanted is None or self._is_wanted(found)) and (
                self._contains is None or found.contains(self._contains)
            ):
                sound.append(found)
        # A copy of a run is damaged, because it has the id of another folder.
        return sound, [(run_id, found) for run_id, found in damaged.items() if run_id not in known]


def each(reader: Reader, experiment_ids: Sequence[str]) -> Iterator[Found]:
    """Yield the runs of some experiments, damaged ones included, in no order.

    An experiment whose folder cannot be read has no runs, unless there is no other to show.
    """
    failure: TrackingUnavailable | None = None
    was_read = False
    for experiment_id in dict.fromkeys(experiment_ids):
        place = reader.layout.experiment(experiment_id)
        if place is None:
            continue
        try:
            folders = reader.layout.runs(place[0])
        except FileNotFoundError:
            continue  # Moved to the trash or back since.
        except OSError as error:
            failure = TrackingUnavailable(
                f"The folder {place[0]} of experiment '{experiment_id}' cannot be read: {error.strerror}."
                " Check its permissions."
            )
            continue
        was_read = True
        for run_id, path in folders:
            reader.job.check()
            files = reader.cache.run(run_id, experiment_id, path)
            meta = files.meta(reader.job)
            if meta is not None:
                yield Found(reader, files, meta)
    if failure is not None and not was_read:
        raise failure


def search(reader: Reader, query: RunsQuery) -> RunsPage:
    """Return one page of runs with their params, last metrics and tags."""
    page, token, total = Selection(reader, query).page()
    return RunsPage.model_construct(runs=[found.build() for found in page], next_page_token=token, total=total)


def by_id(reader: Reader, run_ids: Sequence[str]) -> list[Found]:
    """Return these runs in the order asked for; unknown ids are left out."""
    found = ((run_id, get(reader, run_id)) for run_id in dict.fromkeys(run_ids))
    return [run for _, run in found if run is not None]


def get(reader: Reader, run_id: str) -> Found | None:
    """Return one run, deleted and damaged ones included; None where there is none."""
    best: Found | None = None
    for experiment_id, path in reader.layout.places(run_id, reader.experiments):
        reader.job.check()
        files = reader.cache.run(run_id, experiment_id, path)
        meta = files.meta(reader.job)
        if meta is None:
            continue
        if not meta.problem:
            return Found(reader, files, meta)
        best = best or Found(reader, files, meta)
    return best
