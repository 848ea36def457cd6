"""Times things and prints the table."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

#: Slower calls are made once.
_ONCE_ABOVE_S = 10.0


@dataclass
class Budget:
    """``ours / other <= most`` for another way to the same answer."""

    other: str
    most: float


@dataclass
class Row:
    """One measured case: seconds by way, and what they are held to."""

    name: str
    seconds: dict[str, float]
    budgets: list[Budget]
    #: The same answer by MLflow's client, measured after all others.
    by_client: Callable[[], Any] | None = None

    @property
    def is_met(self) -> bool:
        return all(self.ratio(budget) <= budget.most for budget in self.budgets if budget.other in self.seconds)

    def ratio(self, budget: Budget) -> float:
        return self.seconds["ours"] / self.seconds[budget.other]


async def median_s(work: Callable[[], Any | Awaitable[Any]], repeats: int) -> float:
    """Return the median time of `repeats` calls after a first one that does not count; slow calls are made once."""
    times = []
    for number in range(repeats + 1):
        gc.collect()
        began = time.perf_counter()
        result = work()
        if isinstance(result, Awaitable):
            await result
        times.append(time.perf_counter() - began)
        if number == 0 and times[0] > _ONCE_ABOVE_S:
            return times[0]
        if number == 0 and repeats:
            times.clear()
    return statistics.median(times)


def render(rows: list[Row]) -> str:
    """Return the table as text: times in milliseconds, ratios, budgets."""
    ways = list(dict.fromkeys(way for row in rows for way in row.seconds))
    head = ["case", *(f"{way} ms" for way in ways), "ratio (budget)", ""]
    lines = [head]
    for row in rows:
        times = [f"{row.seconds[way] * 1e3:,.1f}" if way in row.seconds else "" for way in ways]
        ratios = [
            f"{_short(row.ratio(b))} of {b.other} (<= {_short(b.most)})" for b in row.budgets if b.other in row.seconds
        ]
        lines.append([row.name, *times, ", ".join(ratios), "ok" if row.is_met else "ABOVE BUDGET"])
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _short(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio >= 0.2 else f"1/{1 / ratio:.0f}"
