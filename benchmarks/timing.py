"""Times things and prints the table."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: A call to measure, or one that returns something to await.
Work = Callable[[], Any]

#: Slower calls are made once.
_ONCE_ABOVE_S = 10.0


@dataclass
class Budget:
    """``ours / other <= most`` for another way to the same answer."""

    other: str
    most: float


@dataclass
class Row:
    """One case: ways to the same answer, the seconds they took, and what ours is held to."""

    name: str
    ways: dict[str, Work]
    budgets: list[Budget]
    #: The same answer by MLflow's client, measured after all others.
    by_client: Work | None = None
    is_client_slow: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def is_met(self) -> bool:
        return all(self.ratio(budget) <= budget.most for budget in self.budgets if budget.other in self.seconds)

    def ratio(self, budget: Budget) -> float:
        return self.seconds["ours"] / self.seconds[budget.other]


async def medians_s(ways: dict[str, Work], repeats: int) -> dict[str, float]:
    """Return the median time of each way, after a first call that does not count.

    The ways take turns, so that a busy moment of the machine falls on all of them. A slow way is called once.
    """
    times: dict[str, list[float]] = {}
    for name, work in ways.items():
        first = await _time_s(work)
        times[name] = [first] if first > _ONCE_ABOVE_S or not repeats else []
    done = {name for name, found in times.items() if found}
    for _ in range(repeats):
        for name, work in ways.items():
            if name not in done:
                times[name].append(await _time_s(work))
    return {name: statistics.median(found) for name, found in times.items()}


async def _time_s(work: Work) -> float:
    gc.collect()
    began = time.perf_counter()
    result = work()
    if isinstance(result, Awaitable):
        await result
    return time.perf_counter() - began


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


def main(doc: str | None, measure: Callable[[Path, bool], Coroutine[Any, Any, list[Row]]]) -> int:
    """Measure in a temporary folder, print, and return 1 where a budget is missed; the command line is read here."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the data; budgets do not count")
    parser.add_argument("--json", type=Path, help="also write the measurements to this file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlflow-explorer-benchmark-") as folder:
        rows = asyncio.run(measure(Path(folder), arguments.quick))
    print(render(rows))
    if arguments.json:
        found = [{"case": row.name, "seconds": row.seconds, "is_met": row.is_met} for row in rows]
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0 if arguments.quick or all(row.is_met for row in rows) else 1


def _short(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio >= 0.2 else f"1/{1 / ratio:.0f}"
