"""Runs a notebook's cells in a kernel of its own, and tells which one failed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from ..errors import ExplorerError, NotSupported

Progress = Callable[[int, int], None]


class CellFailed(ExplorerError):
    """A cell raised; the notebook holds the outputs up to there."""

    code = "cell_failed"


def execute(
    notebook: NotebookNode, folder: Path, *, cell_timeout_s: float | None = None, progress: Progress | None = None
) -> None:
    """Run all cells in place, in `folder`; the kernel is gone when this returns, also after Ctrl-C.

    Parameters
    ----------
    progress
        Called with the number of code cells done and of all.

    Raises
    ------
    CellFailed
        A cell raised or took longer than `cell_timeout_s`; names its number and the error.
    NotSupported
        What runs notebooks is not installed.
    """
    try:
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    except ImportError as error:
        raise NotSupported(
            f"Executing a notebook needs packages that are not installed ({error.name}): pip install nbclient ipykernel"
        ) from error
    total = sum(cell.cell_type == "code" for cell in notebook.cells)
    done = 0

    def finished(**_: Any) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    client = NotebookClient(
        notebook,
        timeout=cell_timeout_s,
        kernel_name=notebook.metadata.get("kernelspec", {}).get("name", "python3"),
        resources={"metadata": {"path": str(folder)}},
        on_cell_executed=finished,
    )
    try:
        client.execute()
    except CellExecutionError as error:
        number = _failed(notebook)
        raise CellFailed(f"Cell {number} of the notebook failed: {error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        raise CellFailed(f"Cell {done + 1} of the notebook took longer than {cell_timeout_s:g} s.") from None
    except DeadKernelError:
        raise CellFailed(f"The kernel died in code cell {done + 1}. It may have run out of memory.") from None


def _failed(notebook: NotebookNode) -> int:
    """Return the position, from 1, of the cell with an error."""
    for number, cell in enumerate(notebook.cells, 1):
        if any(output.output_type == "error" for output in cell.get("outputs", ())):
            return number
    return len(notebook.cells)
