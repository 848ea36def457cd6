"""CSV as spreadsheets and data frames read it: one row a run, UTF-8, and no cell that a spreadsheet would calculate."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from ..tracking.store import RunsQuery, TrackingStore
from .runs import Kind, Progress, pages, wide

_START = datetime(1970, 1, 1, tzinfo=timezone.utc)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:inf|infinity|nan)", re.IGNORECASE)
_QUOTED = re.compile(r'[",\r\n]')


async def write_csv(
    store: TrackingStore, query: RunsQuery, path: Path, *, max_runs: int | None = None, progress: Progress | None = None
) -> tuple[int, set[str]]:
    """Write the runs; return how many, and the keys that came meanwhile and have no column."""
    table = await wide(store, query, max_runs)
    kinds = [kind for _, kind in table.columns()]
    count = 0
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        file.write(",".join(_text(name) for name, _ in table.columns()) + "\r\n")
        async for runs in pages(store, query, max_runs, progress):
            count += len(runs)
            for run in runs:
                file.write(",".join(map(cell, table.row(run), kinds)) + "\r\n")
    return count, table.unknown


def cell(value: Any, kind: Kind) -> str:
    """Return one value as CSV: nothing for None, ``""`` for empty text, times in ISO 8601, UTC."""
    if value is None:
        return ""
    if kind == "number":
        return _number(float(value))
    if kind == "time":
        return _time(value)
    return _text(value)


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _time(milliseconds: int) -> str:
    try:
        return (_START + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except OverflowError:  # Somebody logged microseconds.
        return str(milliseconds)


def _text(value: str) -> str:
    # A spreadsheet takes these for a formula, which may start programs; numbers are harmless, and stay numbers.
    if value[:1] in ("=", "+", "-", "@", "\t", "\r") and value and not _NUMBER.fullmatch(value):
        value = f"'{value}"
    if value == "" or _QUOTED.search(value) or value != value.strip():
        return '"' + value.replace('"', '""') + '"'
    return value
