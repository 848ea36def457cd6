"""Runs a notebook's cells in a kernel of its own, and tells which one failed.

The notebook's client has handlers of its own for Ctrl-C, which end the kernel and then report that it died. So it runs
in a thread, where it sets none, and interrupting cancels it: the kernel is gone when `execute` returns or raises.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ExplorerError, NotInstalled

if TYPE_CHECKING:
    from nbformat import NotebookNode

Progress = Callable[[int, int], None]
Started = Callable[[int], None]


class CellFailed(ExplorerError):
    """A cell raised; the notebook holds the outputs up to there. ``cell`` is its position in the notebook, from 1."""

    code = "cell_failed"

    def __init__(self, message: str, cell: int) -> None:
        super().__init__(message)
        self.cell = cell


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    """Return the kernel's variables."""
    found = {**os.environ, **(more or {})}
    # MLflow imports tqdm's bars for notebooks, which complain about missing widgets, with a path of this machine.
    quiet = [found.get("PYTHONWARNINGS", ""), "ignore:IProgress not found"]
    return {**found, "PYTHONWARNINGS": ",".join(filter(None, quiet))}


class Cancelled(Exception):
    """Execution was cancelled through `Stop`."""


class Stop:
    """Ends an `execute` from another thread; safe to set before it starts, and twice."""

    def __init__(self) -> None:
        self.is_set = False
        self._end: Callable[[], None] | None = None
        self._lock = threading.Lock()

    @property
    def has_work(self) -> bool:
        """Whether there is something that it would end, or is ending."""
        with self._lock:
            return self._end is not None

    def set(self) -> None:
        """End it now."""
        with self._lock:
            self.is_set = True
            end = self._end
        if end is not None:
            end()

    def on_set(self, end: Callable[[], None] | None) -> None:
        """Call `end` when it is set, at once where it is set already; None for nothing more."""
        with self._lock:
            self._end = end
            is_set = self.is_set
        if is_set and end is not None:
            end()


def execute(
    notebook: NotebookNode,
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
    cell_timeout_s: float | None = None,
    progress: Progress | None = None,
    started: Started | None = None,
    stop: Stop | None = None,
) -> None:
    """Run all cells in place, in `folder`; the kernel is gone when this returns, also after Ctrl-C.

    Outputs of an earlier execution go first. Cells after one that failed are not run.

    Parameters
    ----------
    environment
        Variables for the kernel, beside those of this process.
    progress
        Called with the number of code cells done and of all, from another thread.
    started
        Called with the kernel's process id, which is also its process group's.
    stop
        Ends it from another thread.

    Raises
    ------
    CellFailed
        A cell raised or took longer than `cell_timeout_s`; names its number and the error.
    NotInstalled
        What runs notebooks is not installed, or there is no such kernel.
    Cancelled
        `stop` was set.
    """
    try:
        from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

        from .kernel import Client
    except ImportError as error:
        raise NotInstalled(
            f"Executing a notebook needs packages that are not installed ({error.name}): pip install nbclient ipykernel"
        ) from error
    from jupyter_client.kernelspec import NoSuchKernel

    stop = stop or Stop()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = Client(
        notebook,
        kernel_name=notebook.metadata.get("kernelspec", {}).get("name") or "python3",
        folder=folder,
        cell_timeout_s=cell_timeout_s,
        progress=progress,
        started=started,
    )
    try:
        _in_a_thread(client.async_execute(env=_environment(environment)), client.hurry, stop)
    except CellExecutionError as error:
        number = client.cell
        raise CellFailed(f"Cell {number} of the notebook failed: {error.ename}: {error.evalue}", number) from None
    except CellTimeoutError:
        raise CellFailed(
            f"Cell {client.cell} of the notebook took longer than {cell_timeout_s:g} s.", client.cell
        ) from None
    except DeadKernelError:
        message = f"The kernel died in cell {client.cell} of the notebook. It may have run out of memory."
        raise CellFailed(message, client.cell) from None
    except NoSuchKernel as error:
        raise NotInstalled(
            f"There is no kernel {error.name!r} here: `jupyter kernelspec list` shows those there are."
            " For Python: pip install ipykernel"
        ) from None
    except RuntimeError as error:
        if client.cell:
            raise
        raise ExplorerError(f"The kernel did not start: {error}") from None


def _in_a_thread(work: Any, hurry: Callable[[], None], stop: Stop) -> None:
    """Run a coroutine in a loop and thread of its own; Ctrl-C and `stop` cancel it, and it ends before this does."""
    outcome: Future[None] = Future()
    began: Future[Callable[[], None]] = Future()

    async def run() -> None:
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        assert task is not None
        is_cancelled = False

        def once() -> None:
            # A second time would interrupt the end of the kernel.
            nonlocal is_cancelled
            if not is_cancelled:
                is_cancelled = True
                hurry()
                task.cancel()

        def cancel() -> None:
            with contextlib.suppress(RuntimeError):  # The loop is closed: it has ended.
                loop.call_soon_threadsafe(once)

        began.set_result(cancel)
        await work

    def thread() -> None:
        try:
            asyncio.run(run())
        except asyncio.CancelledError:
            outcome.set_exception(Cancelled())
        except BaseException as error:
            outcome.set_exception(error)
        else:
            outcome.set_result(None)

    running = threading.Thread(target=thread, name="notebook", daemon=True)
    running.start()
    cancel = began.result()
    try:
        stop.on_set(cancel)
        # In turns, so that Ctrl-C is noticed on every platform. Not by joining: up to Python 3.12, a thread whose join
        # was interrupted passes for ended.
        while not outcome.done():
            wait([outcome], 0.2)
    except BaseException:
        cancel()
        with _undisturbed():
            wait([outcome])
        raise
    finally:
        stop.on_set(None)
    outcome.result()


@contextlib.contextmanager
def _undisturbed() -> Any:
    """Ignore a second Ctrl-C while the kernel is ended: that takes a second at most."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # Not the main thread, which alone gets it.
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
