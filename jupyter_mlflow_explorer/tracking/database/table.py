"""Runs as columns: only what was asked for is read, by one probe of a primary key for each value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from ...entities import Column, Columns, RunsTable
from ..assembly import LARGEST, RUN_NAME_TAG, number, run_status, split_column, stage
from ..redaction import redact
from ..store import RunsQuery
from . import runs, schema, where
from .dialects import Dialect
from .engine import Reader

_ATTRIBUTES: dict[str, sa.ColumnElement[Any]] = {
    "run_id": schema.runs.c.run_uuid,
    "status": schema.runs.c.status,
    "user_id": schema.runs.c.user_id,
    "artifact_uri": schema.runs.c.artifact_uri,
    "start_time": schema.runs.c.start_time,
    "end_time": schema.runs.c.end_time,
    "experiment_id": schema.runs.c.experiment_id,
    "lifecycle_stage": schema.runs.c.lifecycle_stage,
}
_TABLES = {"params": schema.params, "metrics": schema.latest_metrics, "tags": schema.tags}


class _Wanted:
    """One column: what to join and select, and how to read the values."""

    def __init__(self, position: int, column: str) -> None:
        self.kind, self.key = split_column(column)
        self.source: sa.FromClause | None = None
        self.selected: list[sa.ColumnElement[Any]] = []
        if self.kind != "attributes" or self.key == "run_name":
            table = _TABLES.get(self.kind, schema.tags).alias(f"column_{position}")
            self.source = table
            self.selected = [table.c.value, table.c.is_nan] if self.kind == "metrics" else [table.c.value]
            if self.kind == "attributes":
                self.selected = [schema.runs.c.name, table.c.value]
        elif self.key in _ATTRIBUTES:
            self.selected = [_ATTRIBUTES[self.key]]

    def join(self, source: Any, dialect: Dialect) -> Any:
        if self.source is None:
            return source
        key = RUN_NAME_TAG if self.kind == "attributes" else self.key
        matches = sa.and_(dialect.is_text(self.source.c.key, key), self.source.c.run_uuid == schema.runs.c.run_uuid)
        return source.outerjoin(self.source, matches)

    def values(self, selected: Sequence[Sequence[Any]], count: int) -> list[Any]:
        if not selected:
            return [None] * count
        if self.kind == "metrics":
            return [
                value if value is None or (not is_nan and -LARGEST < value < LARGEST) else number(value, is_nan)
                for value, is_nan in zip(*selected, strict=True)
            ]
        if len(selected) == 2:
            return [name or tag or "" for name, tag in zip(*selected, strict=True)]
        read = _READ.get(self.key) if self.kind == "attributes" else None
        return [read(value) for value in selected[0]] if read else list(selected[0])


_READ: dict[str, Callable[[Any], Any]] = {
    "status": run_status,
    "lifecycle_stage": stage,
    "experiment_id": str,
    "artifact_uri": lambda uri: redact(uri) if uri else None,
}


def table(reader: Reader, query: RunsQuery, columns: Sequence[str]) -> RunsTable:
    """Return one page of runs as columns."""
    selection = runs.select(query, reader.dialect)
    dialect, joins = reader.dialect, reader.dialect.joins
    wanted = [_Wanted(position, column) for position, column in enumerate(columns)]
    parts = [wanted[start : start + joins] for start in range(0, len(wanted), joins)] or [[]]
    run_ids, rows, token = selection.page(
        reader, _selected(parts[0]), lambda source: _joined(source, parts[0], dialect)
    )
    answers = _columns(parts[0], rows, len(run_ids))
    for part in parts[1:]:
        answers += _columns(part, _more(reader, part, run_ids), len(run_ids))
    is_whole = token is None and selection.position is None
    total = len(run_ids) if is_whole else selection.total(reader)
    return RunsTable.model_construct(run_ids=run_ids, columns=answers, total=total, next_page_token=token)


def _joined(source: Any, part: Sequence[_Wanted], dialect: Dialect) -> Any:
    for column in part:
        source = column.join(source, dialect)
    return source


def _selected(part: Sequence[_Wanted]) -> list[sa.ColumnElement[Any]]:
    return [selected for column in part for selected in column.selected]


def _more(reader: Reader, part: Sequence[_Wanted], run_ids: Sequence[str]) -> list[Any]:
    """Return rows with further columns, in the order of `run_ids`."""
    found: dict[str, Any] = {}
    statement = sa.select(schema.runs.c.run_uuid, *_selected(part)).select_from(
        _joined(schema.runs, part, reader.dialect)
    )
    for start in range(0, len(run_ids), runs.CHUNK):
        chosen = statement.where(schema.runs.c.run_uuid.in_(run_ids[start : start + runs.CHUNK]))
        found.update((row[0], row[1:]) for row in reader.rows(chosen))
    # A run that was purged between two queries keeps its place, without values.
    absent = (None,) * len(_selected(part))
    return [found.get(run_id, absent) for run_id in run_ids]


def _columns(part: Sequence[_Wanted], rows: Sequence[Any], count: int) -> list[Column]:
    """Return the columns of one part; `rows` is empty where nothing was selected for it."""
    by_column: list[Any] = list(zip(*rows, strict=False))
    answers = []
    at = 0
    for column in part:
        width = len(column.selected)
        values = column.values(by_column[at : at + width], count)
        answers.append(Column.model_construct(kind=column.kind, key=column.key, values=values))
        at += width
    return answers


def columns(reader: Reader, experiment_ids: Sequence[str]) -> Columns:
    """Return the keys that occur in these experiments' runs, deleted runs included."""
    condition = where.in_experiments(experiment_ids)
    found = {
        kind: sorted(row[0] for row in reader.rows(reader.dialect.keys(source, condition)))
        for kind, source in _TABLES.items()
    }
    return Columns(**found)
