"""Stores that other versions of MLflow wrote answer as those versions' own clients did, and stay as they are."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from jupyter_mlflow_explorer.tracking.connections import open_store
from jupyter_mlflow_explorer.tracking.store import ExperimentsQuery, RunsQuery, TrackingStore

from ..stores import compare

ARCHIVES = sorted((Path(__file__).parents[1] / "versions").glob("mlflow-*.tar.gz"))


@pytest.fixture(params=ARCHIVES, ids=lambda path: path.name.removesuffix(".tar.gz"))
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """One version's stores, unpacked."""
    with tarfile.open(request.param) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


@pytest.fixture(params=["database", "files"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture
async def store(kind: str, folder: Path) -> AsyncIterator[TrackingStore]:
    uri = f"sqlite:///{folder}/mlflow.db" if kind == "database" else f"file://{folder}/mlruns"
    opened = open_store(uri)
    yield opened
    await opened.close()


@pytest.fixture
def answers(kind: str, folder: Path) -> dict[str, Any]:
    """What the version's own client said."""
    document = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = document[kind]
    return found


def contents(folder: Path) -> dict[str, tuple[int, str]]:
    """Return time and content of every file, and time of every folder."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mtime_ns,
            "" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in sorted(folder.rglob("*"))
    }


def test_all_versions_are_there() -> None:
    assert [path.name for path in ARCHIVES] == [
        f"mlflow-{version}.tar.gz" for version in ("2.22.5", "3.17.2", "3.18.0")
    ]


@pytest.mark.asyncio
async def test_every_run_is_as_it_was_written(store: TrackingStore, answers: dict[str, Any], folder: Path) -> None:
    before = contents(folder)
    page = await store.runs_by_id(list(answers["runs"]))
    found = {}
    for run in page.runs:
        detail = await store.run(run.run_id)
        (curve,) = await store.metric_histories([run.run_id], ["curve"])
        fields = compare.our_run(run)
        del fields["run_id"], fields["artifact_uri"]
        fields["metrics"] = {key: json.loads(json.dumps(_wire(value))) for key, value in run.metrics.items()}
        found[run.run_id] = {
            **fields,
            "curve": [list(point) for point in curve.points],
            "datasets": [item.name for item in detail.inputs],
        }
    assert found == answers["runs"]
    names = [one.name for one in (await store.experiments(ExperimentsQuery(view="all"))).experiments]
    assert sorted(names) == answers["names"]
    assert contents(folder) == before


@pytest.mark.asyncio
async def test_every_search_finds_the_same_runs(store: TrackingStore, answers: dict[str, Any]) -> None:
    assert len(answers["searches"]) > 80
    for text, order, view, expected in answers["searches"]:
        query = RunsQuery(tuple(answers["experiments"]), "", text, tuple(order), view, 1000)
        assert [run.run_id for run in (await store.runs(query)).runs] == expected, (text, order, view)


def _wire(value: float) -> object:
    number = compare.number(value)
    return {float("inf"): "Infinity", float("-inf"): "-Infinity"}.get(number, number)  # type: ignore[call-overload]
