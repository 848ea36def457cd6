"""Pages of runs, and runs by id."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ...entities import Run, RunsPage
from .. import paging
from ..assembly import LARGEST, build_run, number
from ..filters import parse_runs_filter, parse_runs_order
from ..store import RunsQuery
from . import schema, where
from .dialects import Condition, Dialect
from .engine import Reader
from .order import Order, runs_order

#: Ids in one query; SQLite before 3.32 takes 999 values.
CHUNK = 500

_COLUMNS = (
    schema.runs.c.run_uuid,
    schema.runs.c.name,
    schema.runs.c.experiment_id,
    schema.runs.c.status,
    schema.runs.c.lifecycle_stage,
    schema.runs.c.start_time,
    schema.runs.c.end_time,
    schema.runs.c.user_id,
    schema.runs.c.artifact_uri,
)


@dataclass(frozen=True)
class Selection:
    """A query that was understood: which runs, in which order, and from where on."""

    order: Order
    conditions: tuple[Condition, ...]
    mark: str
    position: list[Any] | None
    max_results: int

    def page(
        self,
        reader: Reader,
        columns: Sequence[sa.ColumnElement[Any]] = (),
        joins: Callable[[Any], Any] = lambda source: source,
    ) -> tuple[list[str], list[Any], str | None]:
        """Return the run ids of one page, a row with `columns` for each, and the next token.

        The id is the last key of every order. It is not selected again: a column that comes twice doubles the time
        of SQLite's sort.
        """
        source: Any = schema.runs
        for table, condition in self.order.joins:
            source = source.outerjoin(table, condition)
        statement = sa.select(*self.order.columns(), *columns).select_from(joins(source)).where(*self.conditions)
        if self.position is not None:
            statement = statement.where(self.order.after(self.position))
        rows = reader.rows(statement.order_by(*self.order.clauses()).limit(self.max_results + 1))
        width = len(self.order.keys)
        token = None
        if len(rows) > self.max_results:
            rows.pop()
            token = paging.encode(self.mark, list(rows[-1][:width]))
        return [row[width - 1] for row in rows], [row[width:] for row in rows] if columns else [], token

    def total(self, reader: Reader) -> int:
        """Return how many runs match, over all pages."""
        counted = sa.select(sa.func.count()).select_from(schema.runs).where(*self.conditions)
        return int(reader.rows(counted)[0][0])


def select(query: RunsQuery, dialect: Dialect) -> Selection:
    """Read the filter, order and token of a query; raises `BadInput` and `BadFilter`."""
    paging.check_max_results(query.max_results)
    tree = parse_runs_filter(query.filter).tree
    order = runs_order(parse_runs_order(query.order_by), dialect)
    conditions = [where.in_experiments(query.experiment_ids)]
    if query.view != "all":
        conditions.append(schema.runs.c.lifecycle_stage == query.view)
    if tree is not None:
        conditions.append(where.runs_condition(tree, dialect))
    if query.search:
        conditions.append(where.run_contains(query.search, dialect))
    mark = paging.fingerprint(query)
    position = paging.decode(query.page_token, mark) if query.page_token else None
    return Selection(order, tuple(conditions), mark, position, query.max_results)


def search(reader: Reader, query: RunsQuery) -> RunsPage:
    """Return one page of runs with their params, last metrics and tags."""
    selection = select(query, reader.dialect)
    # Ids only: SQLite would carry every column of every run through the sort, which takes three times as long.
    run_ids, _, token = selection.page(reader)
    is_whole = token is None and selection.position is None
    total = len(run_ids) if is_whole else selection.total(reader)
    return RunsPage.model_construct(runs=by_id(reader, run_ids), next_page_token=token, total=total)


def by_id(reader: Reader, run_ids: Sequence[str]) -> list[Run]:
    """Return these runs in the order asked for; unknown ids are left out."""
    wanted = list(dict.fromkeys(run_ids))
    rows: list[Any] = []
    for start in range(0, len(wanted), CHUNK):
        rows += reader.rows(sa.select(*_COLUMNS).where(schema.runs.c.run_uuid.in_(wanted[start : start + CHUNK])))
    found = {run.run_id: run for run in build(reader, rows)}
    return [found[run_id] for run_id in wanted if run_id in found]


def build(reader: Reader, rows: Sequence[Any]) -> list[Run]:
    """Return a run for each row, which starts with `_COLUMNS`."""
    ids = [row[0] for row in rows]
    params = _texts(reader, schema.params, ids)
    tags = _texts(reader, schema.tags, ids)
    metrics = _metrics(reader, ids)
    return [
        build_run(
            run_id=row[0],
            name=row[1],
            experiment_id=row[2],
            status=row[3],
            lifecycle_stage=row[4],
            start_time_ms=row[5],
            end_time_ms=row[6],
            user=row[7],
            artifact_uri=row[8],
            params=params[row[0]],
            metrics=metrics[row[0]],
            tags=tags[row[0]],
        )
        for row in rows
    ]


def _texts(reader: Reader, table: sa.Table, run_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {run_id: {} for run_id in run_ids}
    statement = sa.select(table.c.run_uuid, table.c.key, table.c.value)
    for start in range(0, len(run_ids), CHUNK):
        chosen = statement.where(table.c.run_uuid.in_(run_ids[start : start + CHUNK]))
        for run_id, key, value in reader.rows(chosen):
            found[run_id][key] = "" if value is None else value
    return found


def _metrics(reader: Reader, run_ids: Sequence[str]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {run_id: {} for run_id in run_ids}
    table = schema.latest_metrics
    statement = sa.select(table.c.run_uuid, table.c.key, table.c.value, table.c.is_nan)
    for start in range(0, len(run_ids), CHUNK):
        chosen = statement.where(table.c.run_uuid.in_(run_ids[start : start + CHUNK]))
        for run_id, key, value, is_nan in reader.rows(chosen):
            found[run_id][key] = value if not is_nan and -LARGEST < value < LARGEST else number(value, is_nan)
    return found
