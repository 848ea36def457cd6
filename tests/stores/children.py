"""Looks at the child processes of a worker store, and gives them Pythons that misbehave."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

MODULE = "jupyter_mlflow_explorer.tracking.worker"


def children(parent: int | None = None) -> list[psutil.Process]:
    """Return the worker processes of this process (or another), zombies included."""
    found = []
    for child in psutil.Process(parent).children():
        try:
            if child.status() == psutil.STATUS_ZOMBIE or MODULE in child.cmdline():
                found.append(child)
        except psutil.NoSuchProcess:
            pass
    return found


def new_children(before: list[psutil.Process]) -> list[int]:
    """Return the ids of the worker processes that are not among those of `before`, which may have ended meanwhile."""
    known = {child.pid for child in before}
    return [child.pid for child in children() if child.pid not in known]


def heed_interrupts() -> None:
    """Between fork and exec: what a shell starts in the background ignores Ctrl-C, and so would its children."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def ignore_interrupts() -> None:
    """The same, as in the background of a shell."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def is_gone(pid: int) -> bool:
    """Return whether no process has this id; one that nobody reaps is not running any more."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


async def until(holds: Callable[[], Any], within_s: float = 10) -> None:
    """Wait until `holds` does; fails after `within_s`."""
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


def python_that(folder: Path, source: str) -> dict[str, str]:
    """Return the environment of a Python that runs `source` when it starts."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(source)
    return {"PYTHONPATH": str(folder)}


#: As if MLflow were not installed.
WITHOUT_MLFLOW = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "mlflow":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
"""
