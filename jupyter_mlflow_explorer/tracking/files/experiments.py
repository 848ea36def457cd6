"""Experiments of a file store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...entities import Experiment, ExperimentsPage
from ...errors import NotFound
from ..evaluation import predicate
from ..filters import Key, parse_experiments_filter, parse_experiments_order
from ..matching import matcher
from ..ordering import experiments_order
from ..redaction import redact
from ..store import ExperimentsQuery
from . import meta, pages, reading
from .engine import Reader
from .layout import META


@dataclass(frozen=True)
class Found:
    """One experiment's folder, as filters and orders see it."""

    experiment_id: str
    folder: str
    is_trash: bool
    meta: meta.ExperimentMeta
    reader: Reader

    def value(self, key: Key) -> str | int | float | None:
        """Return an attribute or tag."""
        if key.kind == "tag":
            return self.reader.cache.run("", "", self.folder).text("tags", key.name, self.reader.job)
        found: str | int | None = getattr(self.meta, key.name)
        return found

    def dataset_values(self, name: str) -> Iterable[str]:
        """Return nothing: datasets belong to runs."""
        return ()

    def build(self) -> Experiment:
        """Return the experiment with its tags."""
        tags, problems = self.reader.cache.experiment_tags(self.folder, self.reader.job)
        if self.meta.problem:
            problems.insert(0, self.meta.problem)
        location = self.meta.artifact_location
        return Experiment.model_construct(
            experiment_id=self.experiment_id,
            name=self.meta.name or self.experiment_id,
            lifecycle_stage=self.meta.stage or ("deleted" if self.is_trash else "active"),
            artifact_location=redact(location) if location else None,
            creation_time_ms=self.meta.creation_time,
            last_update_time_ms=self.meta.last_update_time,
            tags=tags,
            problem=pages.said(problems, f"experiment '{self.experiment_id}'", self.folder),
        )


def search(reader: Reader, query: ExperimentsQuery) -> ExperimentsPage:
    """Return one page of experiments; damaged ones come last, and only where there is no filter."""
    tree = parse_experiments_filter(query.filter).tree
    order = experiments_order(parse_experiments_order(query.order_by))
    after = pages.start(order, query)
    is_wanted = predicate(tree) if tree is not None else None
    contains = matcher(query.search) if query.search else None
    sound: list[Found] = []
    damaged: list[tuple[str, Found]] = []
    for found in _all(reader, query.view):
        texts = (found.meta.name or "", found.experiment_id if found.meta.problem else "")
        if contains is not None and not any(map(contains, texts)):
            continue
        if found.meta.problem:
            if is_wanted is None:
                damaged.append((found.experiment_id, found))
        elif is_wanted is None or is_wanted(found):
            sound.append(found)
    page, token = pages.cut(order, sound, damaged, query, after)
    return ExperimentsPage.model_construct(experiments=[found.build() for found in page], next_page_token=token)


def summary(reader: Reader) -> str:
    """Return one sentence about the store."""
    found = list(_all(reader, "all"))
    if not found:
        uri = Path(reader.layout.root).as_uri()
        return f"Folder without any experiment yet. Log a first run with the tracking URI {uri}."
    damaged = sum(experiment.meta.problem is not None for experiment in found)
    said = f", {damaged} of them damaged" if damaged else ""
    return f"Folder with {len(found)} experiment{'' if len(found) == 1 else 's'}{said}."


def get(reader: Reader, experiment_id: str) -> Experiment:
    """Return one experiment, deleted and damaged ones included."""
    place = reader.layout.experiment(experiment_id)
    known = reader.layout.experiments(is_trash=place[1]) if place else []
    if place is None or (experiment_id, place[0]) not in known:
        raise NotFound(f"There is no experiment '{experiment_id}' in this store.")
    return _found(reader, experiment_id, *place).build()


def _all(reader: Reader, view: str) -> Iterator[Found]:
    """Yield the experiments of a view. As in MLflow the folder decides: those in the trash are deleted."""
    seen = set()
    for is_trash in (False, True):
        if view == ("active" if is_trash else "deleted"):
            continue
        for experiment_id, folder in reader.layout.experiments(is_trash=is_trash):
            reader.job.check()
            if experiment_id not in seen:
                seen.add(experiment_id)
                yield _found(reader, experiment_id, folder, is_trash)


def _found(reader: Reader, experiment_id: str, folder: str, is_trash: bool) -> Found:
    try:
        document = reader.cache.document(folder, reader.job)
        read = meta.experiment_meta(document, experiment_id)
    except FileNotFoundError:
        read = meta.ExperimentMeta(experiment_id, problem=f"{META} is missing")
    except (meta.Damaged, reading.Unreadable) as problem:
        read = meta.ExperimentMeta(experiment_id, problem=f"{META} {problem}")
    return Found(experiment_id, folder, is_trash, read, reader)
