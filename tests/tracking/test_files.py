"""What only the file store does: it leaves no trace, sees every change, reads what it must, and can be stopped."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from jupyter_mlflow_explorer.errors import BadInput, NotFound, NotSupported, TrackingTimeout, TrackingUnavailable
from jupyter_mlflow_explorer.tracking.database import DatabaseStore
from jupyter_mlflow_explorer.tracking.files import FilesStore
from jupyter_mlflow_explorer.tracking.files.cache import Cache
from jupyter_mlflow_explorer.tracking.files.job import Job
from jupyter_mlflow_explorer.tracking.store import ExperimentsQuery, LoggedModelId, RunsQuery

from ..stores.folders import fingerprint, watched, write_experiment, write_run
from ..stores.seed import Seed
from .test_database import call_everything

pytestmark = pytest.mark.asyncio

#: Longer than the time for which a changed file is not trusted.
SETTLE_S = 2.2


@asynccontextmanager
async def opened(folder: str | Path, **options: Any) -> AsyncIterator[FilesStore]:
    store = FilesStore(folder, **options)
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
def copied(seeded_files: Seed, tmp_path: Path) -> Path:
    """A copy of the seeded folder to spoil."""
    return Path(shutil.copytree(seeded_files.folder, tmp_path / "mlruns"))


@pytest_asyncio.fixture
async def files(seeded_files: Seed) -> AsyncIterator[FilesStore]:
    async with opened(seeded_files.uri) as store:
        yield store


async def names(store: FilesStore, experiment_id: str, text: str = "", order: tuple[str, ...] = ()) -> list[str]:
    return [run.run_name for run in (await store.runs(RunsQuery((experiment_id,), filter=text, order_by=order))).runs]


# Looking


async def test_looking_leaves_no_trace_and_opens_nothing_for_writing(seeded_files: Seed) -> None:
    folder = seeded_files.folder
    before = fingerprint(folder)
    with watched(folder) as watch:
        async with opened(folder) as store:
            await call_everything(store, seeded_files)
            await store.experiments(ExperimentsQuery(view="all"))
            await store.runs(RunsQuery(seeded_files.all_experiments, view="all", filter="datasets.name LIKE 't%'"))
            await store.metric_histories([seeded_files.runs["curves"]], ["backwards", "gaps"])
    assert len(watch.opened) > 100
    assert watch.changed == []
    assert fingerprint(folder) == before


async def test_a_missing_folder_is_said_and_not_created(tmp_path: Path) -> None:
    folder = tmp_path / "no" / "mlruns"
    async with opened(folder.as_uri()) as store:
        for call in (
            store.check(),
            store.experiments(ExperimentsQuery()),
            store.experiment("0"),
            store.runs(RunsQuery(("0",))),
            store.run("x"),
            store.artifacts("x"),
        ):
            with pytest.raises(TrackingUnavailable, match="no folder at"):
                await call
        assert list(tmp_path.iterdir()) == []
        folder.mkdir(parents=True)
        assert "without any experiment" in await store.check()
        assert (await store.experiments(ExperimentsQuery())).experiments == []
        write_experiment(folder, "0", "Default")
        assert await store.check() == "Folder with 1 experiment."
    (tmp_path / "file").write_text("x")
    async with opened(tmp_path / "file") as store:
        with pytest.raises(TrackingUnavailable, match="not a folder"):
            await store.check()


@pytest.mark.parametrize("uri", ["sqlite:///x", "http://u:secret@h/x", "file://elsewhere/x", "", "s3://b/x"])
async def test_what_is_no_folder_here_is_refused(uri: str) -> None:
    with pytest.raises(BadInput) as failure:
        FilesStore(uri)
    assert "secret" not in failure.value.message


async def test_folders_with_odd_names(tmp_path: Path) -> None:
    folder = tmp_path / "odd #1 100% ?é 🎉"
    write_run(write_experiment(folder, "7"), "a" * 32)
    for given_as in (folder, str(folder), folder.as_uri(), folder.as_uri().replace("file://", "file://localhost")):
        async with opened(given_as) as store:
            assert await names(store, "7") == ["made"]


async def test_symbolic_links_to_the_store_to_experiments_and_to_runs(tmp_path: Path) -> None:
    root, away = tmp_path / "real", tmp_path / "away"
    experiment = write_experiment(root, "1")
    write_run(experiment, "a" * 32)
    moved = write_run(write_experiment(away, "2", "second"), "b" * 32, {"params/lr": "1"})
    write_run(away / "1", "c" * 32)
    (root / "2").symlink_to(moved.parent)
    (experiment / ("c" * 32)).symlink_to(away / "1" / ("c" * 32))
    (experiment / "loop").symlink_to(experiment / "loop")
    (experiment / "nowhere").symlink_to(tmp_path / "nowhere")
    (tmp_path / "mlruns").symlink_to(root)
    (moved / "params" / "linked").symlink_to(moved / "params" / "lr")
    (moved / "params" / "folder").symlink_to(moved)
    async with opened(tmp_path / "mlruns") as store:
        page = await store.experiments(ExperimentsQuery())
        assert {e.experiment_id for e in page.experiments} == {"1", "2"}
        assert {run.run_id[0] for run in (await store.runs(RunsQuery(("1",)))).runs} == {"a", "c"}
        run = await store.run("b" * 32)
        assert (run.params, run.problem) == ({"lr": "1", "linked": "1"}, None)
        assert (await store.runs(RunsQuery(("2",), filter="params.`folder/meta.yaml` LIKE '%'"))).runs == []


async def test_keys_with_slashes_are_in_folders(tmp_path: Path) -> None:
    experiment = write_experiment(tmp_path, "1")
    write_run(
        experiment,
        "a" * 32,
        {"params/a/b/c": "deep", "params/a/x": "1", "metrics/val/acc": "5 0.5 1\n", "tags/t/u": "v"},
    )
    (tmp_path / "secret").write_text("secret")
    async with opened(tmp_path) as store:
        run = await store.run("a" * 32)
        assert (run.params, run.metrics, run.tags) == ({"a/b/c": "deep", "a/x": "1"}, {"val/acc": 0.5}, {"t/u": "v"})
        for text in ("params.`a/b/c` = 'deep'", "metrics.`val/acc` > 0", "tags.`t/u` = 'v'", "params.a IS NULL"):
            assert await names(store, "1", text) == ["made"], text
        assert (await store.columns(["1"])).params == ["a/b/c", "a/x"]
        for key in ("../../../secret", "a/../a/x", "/etc/passwd", "a//x", ".", "..", "a/", "\0", "x" * 5_000, "\ud800"):
            table = await store.table(RunsQuery(("1",)), [f"params.{key}", f"tags.{key}", f"metrics.{key}"])
            assert [column.values for column in table.columns] == [[None]] * 3, key
        (history,) = await store.metric_histories(["a" * 32], ["val/acc"])
        assert history.points == [(1, 5, 0.5)]
        assert (await store.metric_histories(["a" * 32], ["../meta.yaml", "val"]))[0].points == []
        assert (await store.run("a" * 32)).problem is None


@pytest.mark.parametrize(
    "run_id", ["", ".", "..", "../1/" + "a" * 32, "tags", "models", "a\0", "\ud800", "1/" + "a" * 32]
)
async def test_ids_do_not_lead_elsewhere(tmp_path: Path, run_id: str) -> None:
    write_run(write_experiment(tmp_path, "1"), "a" * 32)
    async with opened(tmp_path) as store:
        for call in (store.run(run_id), store.artifacts(run_id), store.artifacts(LoggedModelId(run_id))):
            with pytest.raises(NotFound):
                await call
        for experiment_id in (run_id, f"../{tmp_path.name}/1"):
            assert (await store.runs(RunsQuery((experiment_id,)))).runs == []
            with pytest.raises(NotFound):
                await store.experiment(experiment_id)


async def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    experiment = write_experiment(tmp_path, "1")
    run = write_run(experiment, "a" * 32, {"params/ok": "1"})
    for folder, text in ((run / "params", b"x"), (run / "tags", b"y"), (run / "metrics", b"1 0.5 0\n")):
        Path(os.fsdecode(os.fsencode(folder) + b"/k\xff")).write_bytes(text)
    Path(os.fsdecode(os.fsencode(experiment) + b"/r\xff")).mkdir()
    shutil.copy(run / "meta.yaml", os.fsdecode(os.fsencode(experiment) + b"/r\xff/meta.yaml"))
    async with opened(tmp_path) as store:
        page = await store.runs(RunsQuery(("1",)))
        page.model_dump_json()
        assert [r.run_id for r in page.runs] == ["a" * 32, "r\ufffd"]
        first, odd = page.runs
        assert (first.params, first.metrics, first.tags) == (
            {"ok": "1", "k\ufffd": "x"},
            {"k\ufffd": 0.5},
            {"k\ufffd": "y"},
        )
        assert "not UTF-8" in str(first.problem)
        assert "is that of run" in str(odd.problem)
        assert (await store.run("r\ufffd")).run_id == "r\ufffd"
        (column,) = (await store.table(RunsQuery(("1",)), ["params.k\ufffd"])).columns
        assert column.values == ["x", None]


# Freshness


async def test_every_change_is_seen_at_once(tmp_path: Path) -> None:
    run_id = "a" * 32
    folder = write_run(write_experiment(tmp_path, "1"), run_id, {"params/p": "0"})
    async with opened(tmp_path) as store:
        for i in range(60):
            # Same size, and mostly within one tick of the file system's clock.
            (folder / "params" / "p").write_text(f"{i % 10}")
            (folder / "tags" / "t").write_text(f"{i % 10}")
            with (folder / "metrics" / "m").open("a") as file:
                file.write(f"{i} {i % 7} {i}\n")
            run = await store.run(run_id)
            assert (run.params["p"], run.tags["t"], run.metrics["m"]) == (f"{i % 10}", f"{i % 10}", i % 7)
            assert await names(store, "1", f"params.p = '{i % 10}' and metrics.m = {i % 7}") == ["made"]
        (folder / "params" / "p").unlink()
        (folder / "tags" / "new" / "er").mkdir(parents=True)
        (folder / "tags" / "new" / "er" / "k").write_text("v")
        run = await store.run(run_id)
        assert (run.params, run.tags) == ({}, {"new/er/k": "v", "t": "9"})
        assert (await store.columns(["1"])).tags == ["new/er/k", "t"]


async def test_changes_within_one_tick_of_the_clock_are_seen(tmp_path: Path) -> None:
    """Without a way through threads, so that hundreds of changes fall into one tick."""
    folder = write_run(write_experiment(tmp_path, "1"), "a" * 32)
    kept, job = Cache().run("a" * 32, "1", str(folder)), Job(60)
    for i in range(2_000):
        (folder / "params" / "p").write_text(f"{i % 10}")
        if i % 3 == 0:
            (folder / "tags" / f"t{i % 2}").touch()
            assert kept.texts("tags", job) == {f"t{i % 2}": ""}
            (folder / "tags" / f"t{i % 2}").unlink()
        assert kept.texts("params", job) == {"p": f"{i % 10}"}
        assert kept.text("params", "p", job) == f"{i % 10}"
    # New Linux kernels count finer where somebody looks, so this is what tells on them.
    with watched(tmp_path) as watch:
        kept.texts("params", job)
        kept.meta(job)
    assert {Path(path).name for path in watch.opened} == {"p", "meta.yaml"}


async def test_old_files_are_read_once_and_changes_with_the_same_time_and_size_are_seen(copied: Path) -> None:
    seed_id = next(path.name for path in copied.iterdir() if len(list(path.iterdir())) > 15)
    await asyncio.sleep(SETTLE_S)
    async with opened(copied) as store:
        first, second = RunsQuery((seed_id,), max_results=10), RunsQuery((seed_id,), order_by=("params.lr",))
        for query in (first, second):
            await store.runs(query)
            with watched(copied) as watch:
                page = await store.runs(query)
            assert watch.opened == []
        changed = copied / seed_id / next(run.run_id for run in page.runs if run.params.get("lr") == "0.1")
        path = changed / "params" / "lr"
        before = path.stat()
        path.write_text("9.9")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        with watched(copied) as watch:
            found = (await store.runs(second)).runs
        assert {run.run_id: run for run in found}[changed.name].params["lr"] == "9.9"
        assert set(watch.opened) == {str(path)}
        # Replaced by another file with the same times.
        other = copied / "other"
        other.write_text("8.8")
        os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
        os.replace(other, path)
        assert (await store.run(changed.name)).params["lr"] == "8.8"


async def test_only_the_files_that_matter_are_read(copied: Path, seeded_files: Seed) -> None:
    main = seeded_files.experiments["main"]
    async with opened(copied) as store:
        with watched(copied) as watch:
            await store.table(RunsQuery((main,), filter="params.lr = '0.1'"), ["metrics.fine"])
        kinds = {"/".join(Path(path).parts[-2:]) for path in watch.opened}
        assert {kind for kind in kinds if "meta.yaml" not in kind} == {"params/lr", "metrics/fine"}


async def test_a_grown_file_is_read_from_where_it_ended(tmp_path: Path) -> None:
    run_id = "a" * 32
    lines = "".join(f"{1000 + i} {i % 13}.5 {i}\n" for i in range(20_000))
    folder = write_run(write_experiment(tmp_path, "1"), run_id, {"metrics/m": lines})
    path = folder / "metrics" / "m"
    async with opened(tmp_path) as store:
        assert (await store.run(run_id)).metrics["m"] == 5.5
        for text, last in (("30000 7 5\n", 5.5), ("30000 7.25 30000\n", 7.25), ("30001 nan 30000\n30000 1 3", None)):
            with path.open("a") as file:
                file.write(text)
            value = (await store.run(run_id)).metrics["m"]
            assert value == last or (last is None and value != value)
        (history,) = await store.metric_histories([run_id], ["m"], 50)
        assert history.total == 20_004
        assert [p[0] for p in history.points] == sorted(p[0] for p in history.points)
        path.write_text(lines.replace("19999\n", "20\n") + lines)  # Longer, and another history.
        assert (await store.metric_histories([run_id], ["m"]))[0].total == 40_000
        assert (await store.run(run_id)).metrics["m"] == 5.5
        path.write_text("1 2 3\n")
        assert (await store.run(run_id)).metrics["m"] == 2


async def test_moves_to_the_trash_and_back_are_seen(copied: Path, seeded_files: Seed) -> None:
    main, run_id = seeded_files.experiments["main"], seeded_files.runs["run-0"]
    async with opened(copied) as store:
        assert (await store.run(run_id)).experiment_id == main
        shutil.move(copied / main, copied / ".trash" / main)
        assert main not in {e.experiment_id for e in (await store.experiments(ExperimentsQuery())).experiments}
        deleted = (await store.experiments(ExperimentsQuery(view="deleted"))).experiments
        assert main in {e.experiment_id for e in deleted}
        assert (await store.run(run_id)).run_name == "run-0"
        assert len((await store.runs(RunsQuery((main,)))).runs) > 10
        shutil.rmtree(copied / ".trash" / main)
        with pytest.raises(NotFound):
            await store.run(run_id)


async def test_little_memory_is_kept(copied: Path, seeded_files: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_mlflow_explorer.tracking.files import cache

    everything = RunsQuery(seeded_files.all_experiments, view="all")
    async with opened(copied) as store:
        expected = await store.runs(everything)
        whole = sum(run.cost() for run in store._folder._cache._runs.values())
        for limit in (whole // 2, whole // 20):
            monkeypatch.setattr(cache, "CACHE_BYTES", limit)
            assert repr(await store.runs(everything)) == repr(expected)
            assert sum(run.cost() for run in store._folder._cache._runs.values()) <= limit


# Pages


async def test_pages_neither_repeat_nor_lose_runs_while_new_ones_arrive(copied: Path, seeded_files: Seed) -> None:
    main = seeded_files.experiments["main"]
    async with opened(copied) as store:
        for number, order in enumerate(((), ("metrics.acc DESC",), ("run_name",), ("params.lr DESC", "metrics.acc"))):
            expected = [run.run_id for run in (await store.runs(RunsQuery((main,), order_by=order))).runs]
            seen: list[str] = []
            token = None
            while True:
                page = await store.runs(RunsQuery((main,), order_by=order, max_results=4, page_token=token))
                seen += [run.run_id for run in page.runs]
                token = page.next_page_token
                if token is None:
                    break
                new = f"{number:x}{len(seen):031x}"
                write_run(copied / main, new, {"metrics/acc": "1 0.4 0\n"}, start_time=int(time.time() * 1000))
            assert len(seen) == len(set(seen))
            assert [run_id for run_id in seen if run_id in expected] == expected


async def test_tokens_of_other_orders_and_kinds_are_refused(files: FilesStore, seeded_files: Seed) -> None:
    from jupyter_mlflow_explorer.tracking import paging

    query = RunsQuery((seeded_files.experiments["main"],), order_by=("metrics.acc", "params.lr"))
    mark = paging.fingerprint(query)
    good = [0, 0, 0.5, 0, "x", 0, 5, 0, "id"]
    await files.runs(RunsQuery(**{**query.__dict__, "page_token": paging.encode(mark, good)}))
    for bad in (
        [],
        [2],
        [1],
        [1, 5],
        good[:-1],
        [*good, 1],
        [0, 0, "text", *good[3:]],
        [0, 0, None, *good[3:]],
        [0, [], 0.5, *good[3:]],
        [0, 0, 0.5, 0, 7, *good[5:]],
        [0, 0, float("nan"), *good[3:]],
        [[], 1],
    ):
        with pytest.raises(BadInput, match="page token"):
            await files.runs(RunsQuery(**{**query.__dict__, "page_token": paging.encode(mark, bad)}))


# Filters beyond MLflow's


async def test_the_superset_of_mlflows_grammar_means_what_it_means_in_a_database(
    files: FilesStore, seeded_files: Seed, seeded_database: Seed
) -> None:
    database = DatabaseStore(seeded_database.uri)
    for text in (
        "params.lr > 0.05",
        "params.lr != 0.1",
        "params.lr = '10' OR run_name = 'parent'",
        "NOT params.lr = '10'",
        "run_name LIKE 'run-%' and not (params.lr = '10' or params.lr = 'abc')",
        "params.lr NOT LIKE '1%'",
        "tags.group NOT ILIKE 'a' AND params.lr IN ('abc', '')",
        "status IN ('FAILED', 'KILLED')",
        "metrics.acc IS NULL",
        "NOT end_time > 0",
        "NOT metrics.acc > 0.1",
        "tags.empty = '' OR datasets.name NOT IN ('train-set')",
        "params.lr NOT IN ('0.1')",
    ):
        found, expected = [
            {run.run_name for run in (await store.runs(RunsQuery((seed.experiments["main"],), filter=text))).runs}
            for store, seed in ((files, seeded_files), (database, seeded_database))
        ]
        # The name of the run `bare` is MLflow's invention.
        known = set(seeded_files.runs)
        assert found & known == expected & known, text
        assert len(found) == len(expected), text
    await database.close()


# Stopping


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of 1,000 runs with 12 files each."""
    root = tmp_path_factory.mktemp("many")
    experiment = write_experiment(root, "1")
    values = {f"params/p{i}": "x" for i in range(11)}
    for i in range(1_000):
        write_run(experiment, f"{i:032x}", values)
    return root


async def test_cancelling_ends_the_reading(many: Path) -> None:
    async with opened(many, request_timeout_s=60) as store:
        with watched(many) as watch:
            task = asyncio.create_task(store.runs(RunsQuery(("1",), search="nowhere")))
            while len(watch.opened) < 200:
                await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0.2)
            stopped_at = len(watch.opened)
            await asyncio.sleep(0.3)
            assert len(watch.opened) == stopped_at
            assert stopped_at < 1_000 * 12 / 2
        assert "1 experiment" in await store.check()


async def test_the_time_limit_ends_the_reading_and_frees_the_thread(many: Path) -> None:
    async with opened(many, request_timeout_s=0.1, threads=1) as store:
        await store.check()
        with watched(many) as watch:
            began = time.monotonic()
            with pytest.raises(TrackingTimeout, match=r"0\.1 s"):
                await store.runs(RunsQuery(("1",), search="nowhere"))
            assert time.monotonic() - began < 15
            await asyncio.sleep(0.2)
            stopped_at = len(watch.opened)
            await asyncio.sleep(0.2)
            assert len(watch.opened) == stopped_at
        assert 0 < stopped_at < 1_000 * 12
        assert "1 experiment" in await store.check()


async def test_closing_twice_and_using_again(seeded_files: Seed) -> None:
    store = FilesStore(seeded_files.uri)
    await store.check()
    await store.close()
    await store.close()
    assert "experiment" in await store.check()
    await store.close()


async def test_many_calls_at_once(files: FilesStore, seeded_files: Seed) -> None:
    main = (seeded_files.experiments["main"],)
    pages = await asyncio.gather(*(files.runs(RunsQuery(main, order_by=("metrics.acc",))) for _ in range(40)))
    assert len({page.model_dump_json() for page in pages}) == 1


# Long metrics


async def test_a_million_points_take_little_memory_and_leave_the_loop_free(tmp_path: Path) -> None:
    run_id = "a" * 32
    folder = write_run(write_experiment(tmp_path, "1"), run_id)
    with (folder / "metrics" / "m").open("w") as file:
        for start in range(0, 1_000_000, 1_000):
            file.write("".join(f"{1_700_000_000_000 + i} {i % 977 / 977} {i}\n" for i in range(start, start + 1_000)))
    code = f"""
import asyncio, resource, time
from jupyter_mlflow_explorer.tracking.files import FilesStore
from jupyter_mlflow_explorer.tracking.files.cache import Cache
from jupyter_mlflow_explorer.tracking.files.job import Job
async def main():
    store = FilesStore({str(tmp_path)!r}, request_timeout_s=60)
    await store.check()
    gaps, over = [], False
    async def tick():
        while not over:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            gaps.append(time.perf_counter() - began - 0.005)
    ticking = asyncio.create_task(tick())
    await store.metric_histories([{run_id!r}], ["none"], 1000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (history,) = await store.metric_histories([{run_id!r}], ["m"], 1000)
    run = await store.run({run_id!r})
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    over = True
    await ticking
    await store.close()
    gaps.sort()
    print(history.total, len(history.points), run.metrics["m"], grown, gaps[len(gaps) * 9 // 10])
asyncio.run(main())
"""
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    total, shown, last, grown_kib, gap_s = done.stdout.split()
    assert (int(total), float(last)) == (1_000_000, 999_999 % 977 / 977)
    assert 500 <= int(shown) <= 1_000
    assert int(grown_kib) < 40_000
    assert float(gap_s) < 0.1


# Artifacts


async def test_a_moved_store_still_has_its_artifacts(tmp_path: Path) -> None:
    run_id = "a" * 32
    old = tmp_path / "old"
    experiment = write_experiment(old, "1")
    (write_run(experiment, run_id) / "artifacts" / "x.txt").write_text("x")
    model = experiment / "models" / "m-1"
    (model / "artifacts").mkdir(parents=True)
    (model / "artifacts" / "MLmodel").write_text("flavors: {}")
    (model / "meta.yaml").write_text(
        f"artifact_location: {model.as_uri()}/artifacts\nmodel_id: m-1\nname: net\nsource_run_id: {run_id}\n"
        f"status: 2\ncreation_timestamp: 5\nlifecycle_stage: active\nexperiment_id: '1'\n"
    )
    new = old.rename(tmp_path / "new")
    async with opened(new) as store:
        run = await store.run(run_id)
        assert run.artifact_uri == f"{experiment.as_uri()}/{run_id}/artifacts"
        assert [(m.model_id, m.name, m.status) for m in run.models] == [("m-1", "net", "READY")]
        assert [e.path for e in (await store.artifacts(run_id)).entries] == ["x.txt"]
        assert [e.path for e in (await store.artifacts(LoggedModelId("m-1"))).entries] == ["MLmodel"]
        with pytest.raises(NotFound, match="m-2"):
            await store.artifacts(LoggedModelId("m-2"))
        # The place that is written there wins where it exists.
        elsewhere = old / "1" / run_id / "artifacts"
        elsewhere.mkdir(parents=True)
        (elsewhere / "y.txt").write_text("y")
        assert [e.path for e in (await store.artifacts(run_id)).entries] == ["y.txt"]
        meta = new / "1" / run_id / "meta.yaml"
        text = meta.read_text()
        meta.write_text(text.replace(experiment.as_uri(), "file://another-machine/mlruns/1"))
        assert [e.path for e in (await store.artifacts(run_id)).entries] == ["x.txt"]
        meta.write_text(text.replace(experiment.as_uri(), "mlflow-artifacts:/1"))
        with pytest.raises(NotSupported, match="tracking server"):
            await store.artifacts(run_id)


async def test_importing_and_opening_are_cheap() -> None:
    code = (
        "import sys, jupyter_mlflow_explorer.tracking.files as f\n"
        "f.FilesStore('/x')\n"
        "print([m for m in ('mlflow', 'sqlalchemy', 'httpx', 'tornado', 'yaml', 'fsspec') if m in sys.modules])"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
