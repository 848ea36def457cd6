"""Broken, unreadable and half-written files: what they belong to says so, and everything else works."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from jupyter_mlflow_explorer.entities import Run
from jupyter_mlflow_explorer.errors import TrackingUnavailable
from jupyter_mlflow_explorer.tracking.files import FilesStore, cache
from jupyter_mlflow_explorer.tracking.store import ExperimentsQuery, RunsQuery

from ..stores import compare
from ..stores.folders import run_meta, write_experiment, write_run

if TYPE_CHECKING:
    from mlflow import MlflowClient

pytestmark = pytest.mark.asyncio

SOUND = ["a" * 32, "e" * 32]
BROKEN = "c" * 32

#: Every level merges the one before nine times.
BOMB = "a: &a {k: v}\n" + "".join(
    f"{chr(i + 1)}: &{chr(i + 1)} {{<<: [{', '.join(['*' + chr(i)] * 9)}]}}\n" for i in range(97, 110)
)


def metas(experiment: Path) -> dict[str, tuple[bytes | None, str]]:
    """Return ways in which a run's ``meta.yaml`` can be broken, and what has to be said of each."""
    good = run_meta(experiment, BROKEN)
    other = run_meta(experiment, BROKEN, experiment_id="'2'")
    return {
        "missing": (None, "meta.yaml is missing"),
        "empty": (b"", "meta.yaml is empty"),
        "blank": (b" \n\n", "meta.yaml is empty"),
        "cut in a line": (good[: len(good) // 3].encode(), "meta.yaml"),
        "cut between lines": (good[: good.index("start_time")].encode(), "lacks start_time, user_id"),
        "cut at the end": (good[: good.index("user_id")].encode(), "lacks user_id"),
        "no map": (b"- a\n- b\n", "does not hold a list of fields"),
        "plain text": (b"hello\n", "does not hold a list of fields"),
        "not YAML": (b"a: [b\nc: d\n", "not valid YAML"),
        "binary": (bytes(range(256)), "not UTF-8"),
        "control characters": (b"\0\1\2", "not valid YAML"),
        "tag": (b"!!python/object/apply:os.system ['true']\n", "not valid YAML"),
        "bomb": (BOMB.encode(), "uses YAML aliases"),
        "nested": (b"[" * 5_000 + b"]" * 5_000, "nested too deeply"),
        "huge number": (good.replace("status: 3", "status: " + "9" * 10_000).encode(), "not valid YAML"),
        "other run": (good.replace(BROKEN, "d" * 32).encode(), "is that of run"),
        "other experiment": (other.encode(), "belongs to experiment '2'"),
        "unknown status": (good.replace("status: 3", "status: 77").encode(), "unknown status"),
        "no time": (
            good.replace("start_time: 1700000000000", "start_time: soon").encode(),
            "start_time that is no time",
        ),
        "name is a map": (good.replace("run_name: made", "run_name: {a: b}").encode(), "run_name that is no text"),
        "too large": (b"#" * (1 << 20) + good.encode(), "bytes, more than"),
    }


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[FilesStore]:
    opened = FilesStore(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    """An experiment with two sound runs."""
    folder = write_experiment(tmp_path, "1")
    for i, run_id in enumerate(SOUND):
        write_run(folder, run_id, {"params/lr": f"{i}", "metrics/m": f"1 {i} 0\n"}, start_time=5 + i)
    return folder


async def walk(store: FilesStore, size: int = 1, **query: object) -> list[Run]:
    found: list[Run] = []
    token = None
    while True:
        page = await store.runs(RunsQuery(("1",), max_results=size, page_token=token, **query))  # type: ignore[arg-type]
        page.model_dump_json()
        found += page.runs
        token = page.next_page_token
        if token is None:
            assert page.total == len(found)
            return found


@pytest.mark.parametrize("case", list(metas(Path("/x"))))
async def test_a_run_with_a_broken_meta_yaml_comes_last_and_says_why(
    store: FilesStore, experiment: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if case != "empty":
        # Without the wait for what may be just being written, which takes a third of a second each time.
        monkeypatch.setattr(cache, "_YOUNG_NS", 0)
    content, says = metas(experiment)[case]
    folder = write_run(experiment, BROKEN, {"params/lr": "9", "metrics/m": "1 5 0\n", "tags/t": "v"})
    if content is None:
        (folder / "meta.yaml").unlink()
    else:
        (folder / "meta.yaml").write_bytes(content)
    began = time.monotonic()
    for order in ((), ("start_time",), ("metrics.m DESC",), ("params.lr",), ("run_id DESC",)):
        found = await walk(store, order_by=order)
        assert {run.run_id for run in found[:2]} == set(SOUND)
        assert [run.problem for run in found[:2]] == [None, None]
        broken = found[2]
        assert broken.run_id == BROKEN
        assert says in str(broken.problem)
        assert str(folder) in str(broken.problem)
        assert (broken.params, broken.metrics, broken.tags) == ({"lr": "9"}, {"m": 5.0}, {"t": "v"})
    assert time.monotonic() - began < 30
    assert (await walk(store, view="all"))[-1].run_id == BROKEN
    assert await walk(store, view="deleted") == []
    assert len(await walk(store, filter="params.lr LIKE '%'")) == 2
    assert [run.run_id for run in await walk(store, search="cccc")] == [BROKEN]
    assert await walk(store, search="nowhere") == []
    table = await store.table(RunsQuery(("1",)), ["params.lr", "attributes.start_time", "attributes.status"])
    assert (table.run_ids[-1], table.columns[0].values[-1]) == (BROKEN, "9")
    detail = await store.run(BROKEN)
    detail.model_dump_json()
    assert says in str(detail.problem)
    assert [run.run_id for run in (await store.runs_by_id([BROKEN, SOUND[0]])).runs] == [BROKEN, SOUND[0]]
    (history,) = await store.metric_histories([BROKEN], ["m"])
    assert history.points == [(0, 1, 5.0)]
    # And it is well again as soon as it is repaired.
    (folder / "meta.yaml").write_text(run_meta(experiment, BROKEN))
    assert (await store.run(BROKEN)).problem is None
    assert (await walk(store))[0].run_id == BROKEN


async def test_a_deleted_run_that_is_damaged_stays_deleted(store: FilesStore, experiment: Path) -> None:
    write_run(experiment, BROKEN, lifecycle_stage="deleted", status=77)
    assert [run.run_id for run in await walk(store, view="deleted")] == [BROKEN]
    assert [run.run_id for run in await walk(store)] == SOUND[::-1]


async def test_folders_that_are_no_runs_are_left_out(store: FilesStore, experiment: Path) -> None:
    for name in ("plots", "tags", "datasets", "traces", "models", ".ipynb_checkpoints"):
        (experiment / name).mkdir()
    (experiment / "file").write_text("x")
    (experiment / "models" / "params").mkdir()
    assert len(await walk(store)) == 2


async def test_a_copy_of_a_run_does_not_stand_in_for_it(store: FilesStore, experiment: Path, tmp_path: Path) -> None:
    shutil.copytree(experiment / SOUND[0], experiment / "copy of it")
    shutil.copytree(experiment, tmp_path / "2")
    found = await walk(store)
    assert [run.run_id for run in found] == [*SOUND[::-1], "copy of it"]
    both = await store.runs(RunsQuery(("1", "2")))
    assert [run.run_id for run in both.runs] == [*SOUND[::-1], "copy of it"]
    assert (await store.run(SOUND[0])).experiment_id == "1"
    copied = (await store.runs(RunsQuery(("2",)))).runs
    assert all(
        "belongs to experiment '1'" in str(run.problem) or "is that of run" in str(run.problem) for run in copied
    )
    second = await store.experiment("2")
    assert "is that of experiment '1'" in str(second.problem)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "missing"),
        (b"", "empty"),
        (b"artifact_location: /x\ncreation_t", "meta.yaml"),
        (b"artifact_location: /x\n", "lacks experiment_id, name, lifecycle_stage"),
        (b"\xff\xfe", "not UTF-8"),
        (BOMB.encode(), "aliases"),
    ],
)
async def test_a_damaged_experiment_comes_last_and_its_runs_are_read(
    store: FilesStore, experiment: Path, tmp_path: Path, content: bytes | None, says: str
) -> None:
    write_experiment(tmp_path, "0", "Default")
    write_experiment(tmp_path, "zzz", "last")
    if content is None:
        (experiment / "meta.yaml").unlink()
    else:
        (experiment / "meta.yaml").write_bytes(content)
    for order in ((), ("name DESC",), ("experiment_id",)):
        found, token = [], None
        while True:
            page = await store.experiments(ExperimentsQuery(order_by=order, max_results=1, page_token=token))
            found += page.experiments
            token = page.next_page_token
            if token is None:
                break
        assert len(found) == 3
        assert found[-1].experiment_id == "1"
        assert says in str(found[-1].problem)
        assert str(experiment) in str(found[-1].problem)
        assert [e.problem for e in found[:2]] == [None, None]
    assert len((await store.experiments(ExperimentsQuery(filter="name LIKE '%'"))).experiments) == 2
    assert [e.experiment_id for e in (await store.experiments(ExperimentsQuery(search="1"))).experiments] == ["1"]
    assert says in str((await store.experiment("1")).problem)
    assert "1 of them damaged" in await store.check()
    assert len(await walk(store)) == 2


async def test_folders_that_are_no_experiments_are_left_out(
    store: FilesStore, experiment: Path, tmp_path: Path
) -> None:
    for name in ("plots", "models", ".git", "my notes"):
        (tmp_path / name / "inner").mkdir(parents=True)
    (tmp_path / "models" / "inner" / "meta.yaml").write_text("name: registered")
    # The artifacts of runs that are in a database beside.
    (tmp_path / "2" / ("b" * 32) / "artifacts" / "model").mkdir(parents=True)
    (experiment / ("b" * 32) / "artifacts" / "model").mkdir(parents=True)
    assert [e.experiment_id for e in (await store.experiments(ExperimentsQuery(view="all"))).experiments] == ["1"]
    assert len(await walk(store)) == 2
    (tmp_path / "3").mkdir()
    (found,) = (await store.experiments(ExperimentsQuery(search="3"))).experiments
    assert "missing" in str(found.problem)


@pytest.mark.parametrize(
    ("content", "value", "says"),
    [
        ("1 0.5 0\n2 0.75 1\n3 0.", 0.75, None),
        ("1 0.5 0\n2 0.75 1\n3 0.9", 0.75, None),
        ("1 0.5 0\n2 0.75 0\n3 0.9", 0.75, None),
        ("1 0.5 0\n2 0.75 1\n", 0.75, None),
        ("", None, None),
        ("1 0.5 0\nwhat is this\n3 0.75 1\n", 0.75, "1 line that"),
        ("1 0.5 0\n1 2 3 4\n\nx\n", 0.5, "2 lines that"),
        ("5 0.5 " + "9" * 40 + "\n1 2 3\n", 2.0, "1 line that"),
        ("\x00" * 100_000, None, "does not hold lines"),
        ("1 0.5 0\r\n2 0.25 1\r\n", 0.25, None),
    ],
)
async def test_lines_of_metrics_that_cannot_be_read(
    store: FilesStore, experiment: Path, content: str, value: float | None, says: str | None
) -> None:
    (experiment / SOUND[0] / "metrics" / "m").write_bytes(content.encode())
    for _ in range(2):
        run = await store.run(SOUND[0])
        assert run.metrics.get("m") == value
        assert (
            (run.problem is None)
            if says is None
            else (f"metrics/m has {says}" in str(run.problem) or says in str(run.problem))
        )
        (history,) = await store.metric_histories([SOUND[0]], ["m"], 100)
        assert (history.points[-1][2] if history.points else None) in (value, 0.5, 2.0)
    assert {run.run_id for run in await walk(store, order_by=("metrics.m",))} == set(SOUND)


async def test_files_that_are_no_plain_files(store: FilesStore, experiment: Path) -> None:
    params = experiment / SOUND[0] / "params"
    os.mkfifo(params / "pipe")
    (params / "nowhere").symlink_to(params / "missing")
    (params / "circle").symlink_to(params / "circle")
    (params / "junk").write_bytes(b"a\xffb")
    with (params / "huge").open("wb") as file:
        file.truncate(5 << 30)  # No bytes on disk.
    os.mkfifo(experiment / SOUND[1] / "metrics" / "pipe")
    began = time.monotonic()
    for _ in range(2):
        run = await store.run(SOUND[0])
        assert run.params == {"lr": "0", "junk": "a\ufffdb"}
        assert "params/huge has 5,368,709,120 bytes" in str(run.problem)
        assert "and 1 more" in str(run.problem)
        assert "metrics/pipe is not a file" in str((await store.run(SOUND[1])).problem)
    assert len(await walk(store, filter="params.pipe IS NULL and params.huge IS NULL")) == 2
    assert time.monotonic() - began < 30


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Have no more rights than others, which root has not by itself."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


async def test_read_only_and_unreadable_folders() -> None:
    # Not below pytest's folder, which only its owner may enter.
    root = Path(tempfile.mkdtemp())
    try:
        experiment = write_experiment(root, "1")
        for run_id in (*SOUND, BROKEN, "d" * 32):
            write_run(experiment, run_id, {"params/lr": "1", "params/x": "2", "tags/t": "v", "metrics/m": "1 2 3\n"})
        closed = write_experiment(root, "2")
        store = FilesStore(root)
        await store.runs(RunsQuery(("1",)))  # What is imported on first use is, while everything may be read.
        with contextlib.suppress(Exception):
            (experiment / SOUND[0] / "x").write_bytes(b"")
            (experiment / SOUND[0] / "x").unlink()
        for path in (root, *root.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        hidden = [
            experiment / SOUND[1] / "params" / "lr",
            experiment / SOUND[1] / "tags",
            experiment / BROKEN / "meta.yaml",
            experiment / ("d" * 32),
            closed,
        ]
        with nobody():
            assert [run.problem for run in (await store.runs(RunsQuery(("1",)))).runs] == [None] * 4
        for path in hidden:
            path.chmod(0)
        with nobody():
            await store.check()
            found = {run.run_id: run for run in (await store.runs(RunsQuery(("1", "2")))).runs}
            assert len(found) == 4
            assert found[SOUND[0]].problem is None
            assert found[SOUND[0]].params == {"lr": "1", "x": "2"}
            assert (found[SOUND[1]].params, found[SOUND[1]].tags) == ({"x": "2"}, {})
            assert "params/lr cannot be read (Permission denied)" in str(found[SOUND[1]].problem)
            assert "tags cannot be read (Permission denied)" in str(found[SOUND[1]].problem)
            for run_id in (BROKEN, "d" * 32):
                assert "meta.yaml cannot be read (Permission denied)" in str(found[run_id].problem)
            with pytest.raises(TrackingUnavailable, match="Permission denied"):
                await store.runs(RunsQuery(("2",)))
            problems = {e.experiment_id: e.problem for e in (await store.experiments(ExperimentsQuery())).experiments}
            assert problems["1"] is None
            assert "Permission denied" in str(problems["2"])
        for path in hidden:
            path.chmod(0o755)
        with nobody():
            assert [run.problem for run in (await store.runs(RunsQuery(("1", "2")))).runs] == [None] * 4
        await store.close()
    finally:
        for path in (root, *root.rglob("*")):
            path.chmod(0o755)
        shutil.rmtree(root)


WRITER = """
import json, sys, time
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
client = MlflowClient(sys.argv[1])
experiment = client.create_experiment("live")
print(experiment, flush=True)
ids, until = [], time.monotonic() + 3
while time.monotonic() < until:
    run = client.create_run(experiment)
    ids.append(run.info.run_id)
    for step in range(6):
        client.log_batch(ids[-1], [Metric("m/a", step, 5 + step, step), Metric("b", -step, 5, step)],
                         [Param(f"p{step}", "x" * step)], [RunTag("t/u", str(step))])
    client.set_terminated(ids[-1])
    client.set_tag(ids[0], "late", str(len(ids)))
    if len(ids) % 4 == 0:
        client.delete_run(ids[-2])
    if len(ids) % 8 == 0:
        client.restore_run(ids[-2])
    client.set_experiment_tag(experiment, "n", str(len(ids)))
print(json.dumps(ids), flush=True)
"""


async def test_a_store_that_is_being_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    root = tmp_path / "mlruns"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(root)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    experiment = (await asyncio.to_thread(writer.stdout.readline)).strip()
    rest = asyncio.create_task(asyncio.to_thread(writer.stdout.read))
    store = FilesStore(root)
    problems, rounds, most = [], 0, 0
    query = RunsQuery((experiment,), max_results=1000, view="all")
    while not rest.done():
        found = (await store.runs(query)).runs
        most = max(most, len(found))
        problems += [run.problem for run in found if run.problem]
        problems += [e.problem for e in (await store.experiments(ExperimentsQuery())).experiments if e.problem]
        await store.runs(RunsQuery((experiment,), filter="metrics.`m/a` >= 0", order_by=("params.p3 DESC",)))
        await store.table(RunsQuery((experiment,), search="x"), ["metrics.b", "tags.t/u"])
        for run in found[:2]:
            await store.metric_histories([run.run_id], ["m/a", "b"], 100)
            await store.run(run.run_id)
        rounds += 1
    ids = json.loads(await rest)
    assert writer.wait() == 0
    assert problems == []
    assert rounds > 5
    assert most > 5
    from mlflow import MlflowClient

    client: MlflowClient = MlflowClient(str(root))
    for view in ("active", "deleted", "all"):
        ours = (await store.runs(RunsQuery((experiment,), max_results=1000, view=view))).runs  # type: ignore[arg-type]
        assert [compare.our_run(run) for run in ours] == compare.their_runs(client, (experiment,), view=view)
    assert len(ids) == len(ours)
    await store.close()
