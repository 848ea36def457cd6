"""The page about stores says what works where; these are the rows that one call can tell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jupyter_mlflow_explorer.errors import BadInput, NotSupported
from jupyter_mlflow_explorer.tracking.store import RunsQuery, TrackingStore
from jupyter_mlflow_explorer.tracking.uris import SCHEMES

from ..stores.seed import Seed

PAGE = (Path(__file__).parents[2] / "docs" / "stores.md").read_text(encoding="utf-8")


def row(start: str) -> dict[str, str]:
    """Return the cells of the row that starts with `start`, by store."""
    section = PAGE.split("## What works where")[1].split("\n## ")[0]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    kinds = [kind.strip("`") for kind in lines[0][1:]]
    (found,) = [line for line in lines if line[0].startswith(start)]
    return dict(zip(kinds, found[1:], strict=True))


@pytest.mark.asyncio
async def test_the_superset_of_filters_works_where_the_page_says(store: TrackingStore, seeded: Seed) -> None:
    query = RunsQuery((seeded.experiments["main"],), filter="metrics.acc > 0.4 OR params.lr < 1")
    try:
        works = len((await store.runs(query)).runs) > 0
    except (BadInput, NotSupported):
        works = False
    assert row("`OR`, `NOT`")[store.kind] == ("yes" if works else "no")


@pytest.mark.asyncio
async def test_totals_are_told_where_the_page_says(store: TrackingStore, seeded: Seed) -> None:
    page = await store.runs(RunsQuery((seeded.experiments["main"],), max_results=2))
    assert row("Number of all matches")[store.kind] == ("no" if page.total is None else "yes")


def test_each_allowed_scheme_is_on_the_page() -> None:
    table = PAGE.split("## What is read, and how")[1].split("\n## ")[0]
    assert set(SCHEMES) <= set(re.findall(r"\b[a-z]+(?=:|`)", table))
