"""Runs as columns, and the keys that occur: only the files of what was asked for are looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...entities import Column, Columns, RunsTable
from ..assembly import run_status, split_column
from ..filters import Key
from ..redaction import redact
from ..store import RunsQuery
from . import runs
from .engine import Reader
from .runs import Found

_ATTRIBUTES: dict[str, Callable[[Found], Any]] = {
    "run_id": lambda run: run.meta.run_id,
    "run_name": lambda run: run.name() or "",
    "status": lambda run: run_status(run.meta.status),
    "user_id": lambda run: run.meta.user_id,
    "artifact_uri": lambda run: redact(run.meta.artifact_uri) if run.meta.artifact_uri else None,
    "start_time": lambda run: run.meta.start_time,
    "end_time": lambda run: run.meta.end_time,
    "experiment_id": lambda run: run.meta.experiment_id,
    "lifecycle_stage": lambda run: run.meta.stage,
    # Other stores have no damaged runs, so the column is empty there.
    "problem": lambda run: run.problem(),
}


def table(reader: Reader, query: RunsQuery, columns: Sequence[str]) -> RunsTable:
    """Return one page of runs as columns."""
    wanted = [split_column(column) for column in columns]
    page, token, total = runs.Selection(reader, query).page()
    return RunsTable.model_construct(
        run_ids=[run.meta.run_id for run in page],
        columns=[Column.model_construct(kind=kind, key=key, values=_values(page, kind, key)) for kind, key in wanted],
        total=total,
        next_page_token=token,
    )


def _values(page: Sequence[Found], kind: str, key: str) -> list[Any]:
    if kind == "attributes":
        read = _ATTRIBUTES.get(key)
        return [read(run) if read else None for run in page]
    wanted = Key("metric" if kind == "metrics" else "param" if kind == "params" else "tag", key)
    return [run.value(wanted) for run in page]


def columns(reader: Reader, experiment_ids: Sequence[str]) -> Columns:
    """Return the keys that occur in these experiments' runs, deleted runs included."""
    found: dict[str, set[tuple[str, ...]]] = {"params": set(), "metrics": set(), "tags": set()}
    for run in runs.each(reader, experiment_ids):
        for kind, keys in found.items():
            keys.add(run.files.values(kind).names())
    return Columns(**{kind: sorted({key for names in keys for key in names}) for kind, keys in found.items()})
