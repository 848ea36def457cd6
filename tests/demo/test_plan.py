"""The plan of the demo: exact in number, decided by the seed, and complete from a small size on."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from jupyter_mlflow_explorer.demo import hostile
from jupyter_mlflow_explorer.demo.plan import LAST_START_MS, PlannedRun, plan


@pytest.mark.parametrize("runs", [1, 2, 5, 12, 36, 137, 1000])
def test_a_plan_has_exactly_as_many_runs_as_asked_for(runs: int) -> None:
    planned = plan(runs, seed=0)
    assert [run.index for run in planned] == list(range(runs))


def test_the_seed_decides_everything() -> None:
    assert plan(60, seed=5) == plan(60, seed=5)
    assert plan(60, seed=5) != plan(60, seed=6)


def test_a_longer_plan_begins_like_a_shorter_one() -> None:
    def without_times(run: PlannedRun) -> tuple[object, ...]:
        return (run.kind, run.name, run.params, run.tags, run.parent, run.status)

    assert [without_times(run) for run in plan(20, 1)] == [without_times(run) for run in plan(90, 1)[:20]]


@pytest.mark.parametrize("runs", [12, 36, 200])
def test_every_special_run_is_there(runs: int) -> None:
    planned = plan(runs, seed=0)
    kinds = Counter(run.kind for run in planned)
    assert kinds["hostile"] == kinds["diverged"] == kinds["simulated"] == 1
    assert kinds["search"] >= 1
    assert Counter(run.status for run in planned)["FAILED"] == 1
    assert Counter(run.status for run in planned)["RUNNING"] == 1
    assert sum(run.log_model for run in planned) == 1
    assert sum(run.artifacts == 2 for run in planned) == 1
    assert "simple__MOMENT-gt-finetune__SAITS__CatBoost" in {run.name for run in planned}
    assert hostile.NAME in {run.name for run in planned}


@pytest.mark.parametrize("runs", [12, 200])
def test_children_follow_their_parent_and_start_while_it_lasts(runs: int) -> None:
    planned = plan(runs, seed=2)
    children = [run for run in planned if run.parent is not None]
    assert len(children) >= 3
    for child in children:
        assert child.parent is not None
        parent = planned[child.parent]
        assert parent.kind == "search"
        assert parent.index < child.index
        assert parent.start_ms < child.start_ms < parent.start_ms + parent.lasts_ms
        assert parent.experiment == child.experiment


def test_times_are_spread_over_six_weeks_and_end_with_the_running_run() -> None:
    planned = plan(100, seed=0)
    starts = sorted(run.start_ms for run in planned)
    assert starts[-1] == LAST_START_MS
    assert 30 < (starts[-1] - starts[0]) / 86_400_000 < 43
    assert max(planned, key=lambda run: run.start_ms).status == "RUNNING"


def test_names_repeat_in_a_large_demo_as_they_do_in_life() -> None:
    names = Counter(run.name for run in plan(300, seed=0))
    assert names.most_common(1)[0][1] > 1


def test_planning_needs_no_package_of_the_extra() -> None:
    program = "import sys, jupyter_mlflow_explorer.demo.plan; print(' '.join(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in answer.stdout.split()}
    assert not loaded & {"mlflow", "sklearn", "numpy", "pandas", "matplotlib"}


def test_the_newest_run_starts_when_asked() -> None:
    fixed, moved = plan(20, seed=0), plan(20, seed=0, last_start_ms=2_000_000_000_000)
    assert max(run.start_ms for run in moved) == 2_000_000_000_000
    assert [run.params for run in moved] == [run.params for run in fixed]
    assert {b.start_ms - a.start_ms for a, b in zip(fixed, moved, strict=True)} == {2_000_000_000_000 - LAST_START_MS}
