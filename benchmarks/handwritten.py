"""The least that SQLite can do for each case: hand-written SQL through `sqlite3`, rows to plain dicts and lists."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_RUN = "r.run_uuid, r.name, r.user_id, r.status, r.start_time, r.end_time, r.lifecycle_stage, r.artifact_uri"
_ACTIVE = "r.experiment_id = 1 AND r.lifecycle_stage = 'active'"
_NEWEST = "r.start_time DESC, r.run_uuid"


class Handwritten:
    """One connection, kept open."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self._connection.execute("PRAGMA cache_size=-65536")

    def newest(self, count: int) -> dict[str, Any]:
        """One page of runs with everything."""
        return self._fill(self._rows(f"SELECT {_RUN} FROM runs r WHERE {_ACTIVE} ORDER BY {_NEWEST} LIMIT ?", count))

    def best(self, count: int) -> dict[str, Any]:
        """One page sorted by a metric."""
        return self._fill(
            self._rows(
                f"SELECT {_RUN} FROM runs r LEFT JOIN latest_metrics m ON m.key = 'x' AND m.run_uuid = r.run_uuid"
                f" WHERE {_ACTIVE} ORDER BY CASE WHEN m.is_nan THEN 1 WHEN m.value IS NULL THEN 2 ELSE 0 END,"
                f" m.value DESC, {_NEWEST} LIMIT ?",
                count,
            )
        )

    def table(self, metrics: Sequence[str], params: Sequence[str], count: int) -> dict[str, list[Any]]:
        """Columns of chosen metrics and params: one query for each kind, put in place by run."""
        ids = [
            row[0]
            for row in self._rows(f"SELECT r.run_uuid FROM runs r WHERE {_ACTIVE} ORDER BY {_NEWEST} LIMIT ?", count)
        ]
        place = {run_id: i for i, run_id in enumerate(ids)}
        columns: dict[str, list[Any]] = {key: [None] * len(ids) for key in (*metrics, *params)}
        for table, keys in (("latest_metrics", metrics), ("params", params)):
            for key in keys:
                column = columns[key]
                for run_id, value in self._rows(f"SELECT run_uuid, value FROM {table} WHERE key = ?", key):
                    if run_id in place:
                        column[place[run_id]] = value
        return columns

    def histories(self, run_ids: Sequence[str]) -> list[list[Any]]:
        """All points of one metric of some runs, by the index on the run."""
        query = (
            "SELECT step, timestamp, value FROM metrics INDEXED BY index_metrics_run_uuid_key_step"
            " WHERE run_uuid = ? AND key = 'loss' ORDER BY step"
        )
        return [self._rows(query, run_id) for run_id in run_ids]

    def column(self, run_id: str) -> list[Any]:
        """The values of one long history."""
        return self._rows(
            "SELECT value FROM metrics INDEXED BY index_metrics_run_uuid_key_step"
            " WHERE run_uuid = ? AND key = 'loss' ORDER BY step",
            run_id,
        )

    def _rows(self, query: str, *values: Any) -> list[Any]:
        return self._connection.execute(query, values).fetchall()

    def _fill(self, rows: list[Any]) -> dict[str, Any]:
        found = {row[0]: {"info": row, "params": {}, "metrics": {}, "tags": {}} for row in rows}
        ids = list(found)
        for start in range(0, len(ids), 500):
            part = ids[start : start + 500]
            marks = ",".join("?" * len(part))
            for kind, table in (("params", "params"), ("tags", "tags"), ("metrics", "latest_metrics")):
                for run_id, key, value in self._rows(
                    f"SELECT run_uuid, key, value FROM {table} WHERE run_uuid IN ({marks})", *part
                ):
                    found[run_id][kind][key] = value
        return found
