"""Times for people."""

from __future__ import annotations

from datetime import datetime, timezone


def when(time_ms: int | None) -> str:
    """Return a time (milliseconds since the epoch, UTC) in the local time zone; nothing for None."""
    if time_ms is None:
        return ""
    return f"{datetime.fromtimestamp(time_ms / 1000, tz=timezone.utc).astimezone():%Y-%m-%d %H:%M}"


def how_long(start_ms: int | None, end_ms: int | None) -> str:
    """Return a duration such as ``1:02:03``; nothing where an end is missing."""
    if start_ms is None or end_ms is None:
        return ""
    minutes, seconds = divmod(max(0, end_ms - start_ms) // 1000, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
