"""The runs to export, one page at a time, and the columns of a wide table of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from ..entities import Run
from ..tracking.redaction import redact
from ..tracking.store import RunsQuery, TrackingStore

PAGE = 500

Kind = Literal["text", "time", "number"]
#: Called with the number of runs read, and of all where that is known.
Progress: TypeAlias = Callable[[int, "int | None"], None]
#: Name, type, and what takes the value from a run.
Attribute: TypeAlias = "tuple[str, Kind, Callable[[Run], Any]]"

ATTRIBUTES: tuple[Attribute, ...] = (
    ("run_id", "text", lambda run: run.run_id),
    ("experiment_id", "text", lambda run: run.experiment_id),
    ("run_name", "text", lambda run: run.run_name),
    ("status", "text", lambda run: run.status),
    ("lifecycle_stage", "text", lambda run: run.lifecycle_stage),
    ("start_time", "time", lambda run: run.start_time_ms),
    ("end_time", "time", lambda run: run.end_time_ms),
    ("user_id", "text", lambda run: run.user),
    ("artifact_uri", "text", lambda run: None if run.artifact_uri is None else redact(run.artifact_uri)),
)


@dataclass(frozen=True)
class Wide:
    """The columns of a wide table: attributes, then keys of params, metrics and tags, sorted.

    ``unknown`` collects keys that came while the export ran, which no column was made for.
    """

    params: tuple[str, ...]
    metrics: tuple[str, ...]
    tags: tuple[str, ...]
    unknown: set[str] = field(default_factory=set)

    def columns(self) -> list[tuple[str, Kind]]:
        """Return (name, type) of every column, in order."""
        named: list[tuple[str, Kind]] = [(name, kind) for name, kind, _ in ATTRIBUTES]
        named += [(f"params.{key}", "text") for key in self.params]
        named += [(f"metrics.{key}", "number") for key in self.metrics]
        named += [(f"tags.{key}", "text") for key in self.tags]
        return named

    def row(self, run: Run) -> list[Any]:
        """Return a run's values, as many as `columns`; None where it has none. Times are milliseconds, UTC."""
        for prefix, values, keys in (
            ("params", run.params, self.params),
            ("metrics", run.metrics, self.metrics),
            ("tags", run.tags, self.tags),
        ):
            if len(values) and not values.keys() <= set(keys):
                self.unknown.update(f"{prefix}.{key}" for key in values.keys() - set(keys))
        return [
            *(value(run) for _, _, value in ATTRIBUTES),
            *map(run.params.get, self.params),
            *map(run.metrics.get, self.metrics),
            *map(run.tags.get, self.tags),
        ]


async def pages(
    store: TrackingStore, query: RunsQuery, max_runs: int | None, progress: Progress | None = None
) -> AsyncIterator[list[Run]]:
    """Yield the runs, at most `PAGE` at a time; damaged ones too, as far as they can be read."""
    token: str | None = None
    done = 0
    while True:
        wanted = PAGE if max_runs is None else min(PAGE, max_runs - done)
        page = await store.runs(replace(query, max_results=wanted, page_token=token))
        done += len(page.runs)
        if progress is not None:
            total = page.total if max_runs is None or page.total is None else min(page.total, max_runs)
            progress(done, total)
        if page.runs:
            yield page.runs
        token = page.next_page_token
        if token is None or (max_runs is not None and done >= max_runs):
            return


async def wide(store: TrackingStore, query: RunsQuery, max_runs: int | None, progress: Progress | None = None) -> Wide:
    """Return the columns that the runs need: as the store lists them, or from a first look at all runs."""
    if not query.filter and max_runs is None:
        known = await store.columns(query.experiment_ids)
        if not known.truncated:
            return Wide(tuple(known.params), tuple(known.metrics), tuple(known.tags))
    params: set[str] = set()
    metrics: set[str] = set()
    tags: set[str] = set()
    async for runs in pages(store, query, max_runs, progress):
        for run in runs:
            params |= run.params.keys()
            metrics |= run.metrics.keys()
            tags |= run.tags.keys()
    return Wide(tuple(sorted(params)), tuple(sorted(metrics)), tuple(sorted(tags)))


def clean(text: str) -> str:
    """Return text that is valid Unicode: files cannot hold anything else."""
    return text.encode("utf-8", "replace").decode("utf-8")


def transposed(rows: Sequence[list[Any]], width: int) -> list[list[Any]]:
    """Return rows as columns; `width` of them also where there are no rows."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
