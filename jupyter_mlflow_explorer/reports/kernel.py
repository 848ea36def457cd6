"""nbclient's client, with the position of the cell that runs, and a kernel that never outlives it."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbclient import NotebookClient

if TYPE_CHECKING:
    from nbformat import NotebookNode


class Client(NotebookClient):
    """Executes one notebook once. ``cell`` is the position, from 1, of the cell that runs or ran last; 0 before."""

    def __init__(
        self,
        notebook: NotebookNode,
        *,
        kernel_name: str,
        folder: Path,
        cell_timeout_s: float | None,
        progress: Callable[[int, int], None] | None,
        started: Callable[[int], None] | None,
    ) -> None:
        super().__init__(
            notebook,
            timeout=cell_timeout_s,
            kernel_name=kernel_name,
            resources={"metadata": {"path": str(folder)}},
            on_cell_execute=self._begin_cell,
            on_cell_executed=self._end_cell,
        )
        self.cell = 0
        self._total = sum(cell.cell_type == "code" for cell in notebook.cells)
        self._done = 0
        self._progress = progress
        self._started = started

    def hurry(self) -> None:
        """End the kernel and its process group at once when it ends: asking a busy one nicely takes seconds."""
        self.shutdown_kernel = "immediate"

    async def async_execute(self, reset_kc: bool = False, **kwargs: Any) -> NotebookNode:
        """Run all cells; the kernel is gone after, also where this is cancelled while it starts."""
        try:
            return await super().async_execute(reset_kc, **kwargs)
        finally:
            atexit.unregister(self._cleanup_kernel)
            if self.km is not None and self.km.has_kernel:
                self.hurry()
                await self._async_cleanup_kernel()

    async def async_start_new_kernel(self, **kwargs: Any) -> None:
        """Start the kernel, and tell its process group."""
        await super().async_start_new_kernel(**kwargs)
        group = getattr(self.km and self.km.provisioner, "pgid", None)
        if self._started is not None and group:
            self._started(group)
        if self._progress is not None:
            self._progress(0, self._total)

    def _begin_cell(self, cell: NotebookNode, cell_index: int) -> None:
        self.cell = cell_index + 1

    def _end_cell(self, cell: NotebookNode, cell_index: int, execute_reply: Any) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)
