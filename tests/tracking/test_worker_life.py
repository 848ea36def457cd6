"""The life of the child: started on need, replaced when it hangs or dies, stopped when idle, never left behind."""

from __future__ import annotations

import asyncio
import functools
import gc
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from jupyter_mlflow_explorer.errors import NotFound, TrackingBroken, TrackingTimeout, TrackingUnavailable
from jupyter_mlflow_explorer.tracking.store import ExperimentsQuery
from jupyter_mlflow_explorer.tracking.worker import WorkerArtifacts, WorkerStore
from jupyter_mlflow_explorer.tracking.worker.client import Limits, child_environment
from jupyter_mlflow_explorer.tracking.worker.process import Process

from ..stores.children import WITHOUT_MLFLOW, children, is_gone, new_children, python_that, until
from ..stores.seed import Seed

pytestmark = pytest.mark.asyncio

ONE = ExperimentsQuery(max_results=1)
TOKEN = "t0ken-of-the-environment"


@pytest.fixture
def uri(seeded_database: Seed, tmp_path: Path) -> str:
    return f"explorer-test://{shutil.copy(seeded_database.database, tmp_path / 'mlflow.db')}"


Make = Callable[..., WorkerStore]


@pytest_asyncio.fixture
async def make(uri: str, plugin: dict[str, str]) -> AsyncIterator[Make]:
    """Return a maker of stores that are closed after the test; nothing may be left of them."""
    made: list[WorkerStore] = []
    before = children()

    def maker(**options: Any) -> WorkerStore:
        environment = {**plugin, "EXPLORER_TEST_TOKEN": TOKEN, **options.pop("environment", {})}
        limits = options.pop("limits", None)
        made.append(WorkerStore(uri, environment=environment, **options))
        if limits is not None:
            made[-1]._client.limits = limits
        return made[-1]

    yield maker
    for store in made:
        await store.close()
    assert new_children(before) == []


async def test_started_on_first_need_stopped_when_idle_started_again(make: Make) -> None:
    before = children()
    store = make(idle_s=0.6, request_timeout_s=20)
    await asyncio.sleep(0.1)
    assert new_children(before) == []
    assert (await store.check()).endswith("in a process of its own.")
    (first,) = new_children(before)
    # A call that takes longer than that is no idleness.
    with pytest.raises(NotFound):
        await store.run("hook-sleep-1200")
    assert new_children(before) == [first]
    await until(lambda: not psutil.pid_exists(first))
    await store.check()
    (second,) = new_children(before)
    assert second != first
    await store.close()
    assert new_children(before) == []
    with pytest.raises(TrackingUnavailable, match="closed"):
        await store.check()


async def test_a_slow_call_delays_nobody_and_a_stuck_one_is_left_behind(make: Make) -> None:
    before = children()
    store = make(request_timeout_s=6, limits=Limits(stuck_s=0.5))
    await store.check()
    (first,) = new_children(before)
    slow = [asyncio.create_task(store.run("hook-sleep-5000")) for _ in range(12)]
    await asyncio.sleep(0.1)
    assert (await store.experiments(ONE)).experiments
    assert not any(task.done() for task in slow)
    for task in slow:
        with pytest.raises(NotFound):
            await task

    stuck = asyncio.create_task(store.run("hook-sleep-60000"))
    await asyncio.sleep(4)
    # This one is under way when the stuck one is given up, and outlives that.
    live = asyncio.create_task(store.run("hook-sleep-5500"))
    started = time.monotonic()
    with pytest.raises(TrackingTimeout, match=r"did not answer within 6 s"):
        await stuck
    assert time.monotonic() - started < 5
    assert new_children(before) == [first]
    with pytest.raises(NotFound):
        await live
    await until(lambda: not psutil.pid_exists(first))
    assert (await store.experiments(ONE)).experiments
    assert first not in new_children(before)


async def test_cancelling_ends_the_wait_at_once_and_the_stuck_child_later(make: Make) -> None:
    before = children()
    store = make(request_timeout_s=30, limits=Limits(stuck_s=0.5, most_stuck=3))
    starting = asyncio.create_task(store.experiments(ONE))
    await until(lambda: new_children(before))
    started = time.monotonic()
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert time.monotonic() - started < 5
    await store.check()
    (first,) = new_children(before)
    for _ in range(2):
        # One alone would be given half a second, three are too many at once.
        tasks = [asyncio.create_task(store.run("hook-sleep-60000")) for _ in range(3)]
        await asyncio.sleep(0.3)
        for task in tasks:
            task.cancel()
        done, _ = await asyncio.wait(tasks, timeout=10)
        assert all(task.cancelled() for task in done)
        assert len(done) == 3
        await until(functools.partial(is_gone, first))
        await store.check()
        (first,) = new_children(before)


async def test_a_killed_child_fails_its_calls_and_is_replaced(make: Make) -> None:
    before = children()
    store = make(request_timeout_s=20)
    await store.check()
    (first,) = new_children(before)
    task = asyncio.create_task(store.run("hook-sleep-60000"))
    await asyncio.sleep(0.2)
    started = time.monotonic()
    os.kill(first, signal.SIGKILL)
    with pytest.raises(TrackingUnavailable, match=r"ended unexpectedly \(signal 9\)"):
        await task
    assert time.monotonic() - started < 15
    assert (await store.experiments(ONE)).experiments
    (second,) = new_children(before)
    assert second != first

    # It dies again, young, and says why.
    with pytest.raises(TrackingUnavailable, match=r"\(status 7\)") as failure:
        await store.run("hook-die-7")
    assert failure.value.message.endswith("It last said: the driver said: token=*** is no good")
    assert TOKEN not in failure.value.message
    await until(lambda: new_children(before) == [])
    with pytest.raises(TrackingUnavailable, match="Another try is made in 1 s"):
        await store.check()
    assert new_children(before) == []
    await asyncio.sleep(1.1)
    assert (await store.experiments(ONE)).experiments


async def test_a_child_that_dies_at_once_is_not_started_in_a_storm(tmp_path: Path, make: Make) -> None:
    log = tmp_path / "starts.log"
    source = f"import os, sys\nopen({str(log)!r}, 'a').write('x')\nsys.stderr.write('no licence for {TOKEN}\\n')\n"
    store = make(environment=python_that(tmp_path / "dying", source + "sys.stderr.flush()\nos._exit(4)\n"))
    end = time.monotonic() + 4
    calls = 0
    while time.monotonic() < end:
        with pytest.raises(TrackingUnavailable, match=r"\(status 4\)\. It last said: no licence for \*\*\*"):
            await store.check()
        calls += 1
        await asyncio.sleep(0.02)
    # At once, at once, after 1 s, after 2 s more.
    assert len(log.read_text()) in (3, 4)
    assert calls > 30


async def test_what_cannot_start_today_may_start_tomorrow(tmp_path: Path, make: Make) -> None:
    python = python_that(tmp_path / "bare", WITHOUT_MLFLOW)
    store = make(environment={"PYTHONPATH": f"{python['PYTHONPATH']}:{make_path(make)}"}, request_timeout_s=20)
    with pytest.raises(Exception, match="pip install mlflow"):
        await store.check()
    (tmp_path / "bare" / "sitecustomize.py").unlink()
    shutil.rmtree(tmp_path / "bare" / "__pycache__", ignore_errors=True)
    assert (await store.experiments(ONE)).experiments


def make_path(make: Make) -> str:
    return make()._client._environment["PYTHONPATH"]


async def test_the_start_does_not_count(tmp_path: Path, plugin: dict[str, str]) -> None:
    python = python_that(tmp_path / "slow", "import time\ntime.sleep(1.5)\n")
    environment = {"PYTHONPATH": f"{python['PYTHONPATH']}:{plugin['PYTHONPATH']}"}
    artifacts = WorkerArtifacts(environment=environment, request_timeout_s=1)
    try:
        (tmp_path / "found.txt").write_text("x")
        page = await artifacts.list(f"explorer-test-artifacts://{tmp_path}", "run", "", 10, None)
        assert "found.txt" in [entry.name for entry in page.entries]
    finally:
        await artifacts.close()

    late = WorkerArtifacts(environment=environment, request_timeout_s=1)
    late._client.limits = Limits(start_s=0.5)
    with pytest.raises(TrackingTimeout, match=r"was not ready within 0\.5 s"):
        await late.list("explorer-test-artifacts:///x", "run", "", 10, None)
    await late.close()


async def test_closing_ends_what_is_under_way(make: Make) -> None:
    before = children()
    store = make(request_timeout_s=30)
    starting = asyncio.create_task(store.check())
    await until(lambda: new_children(before))
    await store.close()
    with pytest.raises(TrackingUnavailable, match="closed"):
        await starting
    assert new_children(before) == []

    store = make(request_timeout_s=30)
    await store.check()
    (child,) = new_children(before)
    with pytest.raises(TrackingBroken) as failure:
        await store.run("hook-spawn-600")
    grandchild = int(failure.value.message.split("pid ")[1].rstrip("."))
    assert not is_gone(grandchild)
    task = asyncio.create_task(store.run("hook-sleep-60000"))
    await asyncio.sleep(0.2)
    started = time.monotonic()
    await store.close()
    # The end of its input is enough; nobody had to wait for the moment of killing.
    assert time.monotonic() - started < 15
    with pytest.raises(TrackingUnavailable, match="replaced or stopped"):
        await task
    assert not psutil.pid_exists(child)
    await until(lambda: is_gone(grandchild))


async def test_a_child_that_holds_the_interpreter_is_killed(make: Make) -> None:
    before = children()
    store = make(request_timeout_s=1.5, limits=Limits(stuck_s=0.3))
    await store.check()
    (child,) = new_children(before)
    with pytest.raises(TrackingTimeout):
        await store.run("hook-hold-60")
    await until(lambda: not psutil.pid_exists(child))
    assert (await store.experiments(ONE)).experiments


PARENT = """
import asyncio, sys
from jupyter_mlflow_explorer.tracking.worker import WorkerStore
import psutil

async def main():
    store = WorkerStore(sys.argv[1], request_timeout_s=60)
    await store.check()
    asyncio.create_task(store.run(sys.argv[2]))
    await asyncio.sleep(0.5)
    assert "mlflow" not in sys.modules
    print(*[child.pid for child in psutil.Process().children()], flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("hook", ["hook-sleep-60000", "hook-hold-60"])
async def test_no_orphan_after_the_server_was_killed(uri: str, plugin: dict[str, str], hook: str) -> None:
    if hook == "hook-hold-60" and sys.platform != "linux":
        pytest.skip("only Linux ends a process whose interpreter is held")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, uri, hook],
        env={**os.environ, **plugin},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert parent.stdout is not None
        line = await asyncio.to_thread(parent.stdout.readline)
        (child,) = [int(pid) for pid in line.split()]
        assert not is_gone(child)
        parent.kill()
        parent.wait(10)
        await until(lambda: is_gone(child))
    finally:
        parent.kill()
        parent.wait(10)
        assert parent.stdout is not None
        parent.stdout.close()


async def test_the_end_of_input_is_enough_to_end(plugin: dict[str, str]) -> None:
    """Without the help of Linux: the parent closes its end and does nothing else."""
    process = await Process.spawn(child_environment({**os.environ, **plugin}, 10), {"tracking_uri": None})
    await process.hello
    assert process._transport is not None
    pipe = process._transport.get_pipe_transport(0)
    assert pipe is not None
    pipe.close()
    await asyncio.wait_for(process.gone.wait(), 15)
    assert not psutil.pid_exists(process.pid)


async def test_nothing_leaks(make: Make) -> None:
    async def count() -> tuple[int, int, int]:
        gc.collect()
        await asyncio.sleep(0.2)
        return psutil.Process().num_fds(), threading.active_count(), len(children())

    environment = child_environment(os.environ, 10)
    for _ in range(2):
        process = await Process.spawn(environment, {"tracking_uri": None})
        await process.stop()
    before = await count()
    for i in range(16):
        process = await Process.spawn(environment, {"tracking_uri": None})
        if i % 2:
            os.kill(process.pid, signal.SIGKILL)
            await process.gone.wait()
        await process.stop()
        assert not psutil.pid_exists(process.pid)
    # Fewer are no leak: something of an earlier test may have ended meanwhile.
    assert all(now <= then for now, then in zip(await count(), before, strict=True))

    # The same with stores in use: stopped, killed, and dead by themselves.
    store = make(request_timeout_s=20)
    await store.check()
    await store.close()
    before = await count()
    for way in ("close", "kill", "die"):
        store = make(request_timeout_s=20)
        await store.check()
        if way == "kill":
            assert store._client._current is not None
            os.kill(store._client._current.pid, signal.SIGKILL)
        if way == "die":
            with pytest.raises(TrackingUnavailable):
                await store.run("hook-die-1")
        await store.close()
    # Fewer are no leak: something of an earlier test may have ended meanwhile.
    assert all(now <= then for now, then in zip(await count(), before, strict=True))
