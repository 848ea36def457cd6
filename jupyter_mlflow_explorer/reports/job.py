"""The child process that makes one report for the server: ``python -m jupyter_mlflow_explorer.reports.job``.

Its input is one line of JSON, then nothing. The end of the input is the leash: whether the server cancels, closes or
dies, the kernel goes, and this process after it. On its output are lines of JSON: progress, and the result at the end.

::

    {"notebook", "form", "title", "folder", "scratch", "run_cells", "environment", "uris"}
    {"phase", "done", "total"}                        progress
    {"kernel"}                                        the kernel's process group
    {"result": {"file", "failed_cell", "message"}}    or
    {"error": {"code", "message"}}
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ..errors import ExplorerError
from .execute import Cancelled, Stop
from .export import SUFFIXES
from .report import Phase, Wanted, make_report
from .secrets import Secrets

#: From the end of the input until this process ends itself, with everything in its group.
_GRACE_S = 10.0


def main() -> None:
    """Make the report."""
    # What libraries print must not mix with our lines.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # Ctrl-C in the server's terminal is the server's affair.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lock = threading.Lock()

    def answer(**values: Any) -> None:
        with lock, contextlib.suppress(OSError, ValueError):  # Nobody may be listening any more.
            answers.write(json.dumps(values) + "\n")
            answers.flush()

    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        return
    asked = json.loads(line)
    scratch = Path(asked["scratch"])
    stop = Stop()
    threading.Thread(target=_watch, args=(stop, scratch), daemon=True).start()
    try:
        answer(result=_make(asked, scratch, stop, answer))
    except Cancelled:
        answer(error={"code": "cancelled", "message": "Cancelled."})
    except ExplorerError as error:
        hide = Secrets(asked["environment"], asked["uris"]).hide
        answer(error={"code": error.code, "message": hide(error.message)})


def _make(asked: dict[str, Any], scratch: Path, stop: Stop, answer: Any) -> dict[str, Any]:
    import nbformat

    notebook = nbformat.from_dict(asked["notebook"])
    wanted = Wanted(
        form=asked["form"],
        title=asked["title"],
        folder=Path(asked["folder"]),
        scratch=scratch,
        run_cells=asked["run_cells"],
        environment=asked["environment"],
        uris=tuple(asked["uris"]),
    )

    def step(phase: Phase, done: int, total: int) -> None:
        answer(phase=phase, done=done, total=total)

    content, failure = make_report(notebook, wanted, step=step, started=lambda group: answer(kernel=group), stop=stop)
    file = scratch / f"report{SUFFIXES[wanted.form]}"
    file.write_bytes(content)
    return {
        "file": str(file),
        "failed_cell": failure.cell if failure else None,
        "message": failure.message if failure else None,
    }


def _watch(stop: Stop, scratch: Path) -> None:
    """Wait for the end of the input, then end everything."""
    # Not through `sys.stdin`: a thread that waits there is an error when the interpreter ends.
    while os.read(0, 1 << 16):
        pass
    stop.set()
    end = time.monotonic() + _GRACE_S
    # A kernel is ended properly, after which the main thread ends; nothing else needs to be waited for.
    time.sleep(0.2)
    while stop.has_work and time.monotonic() < end:
        time.sleep(0.05)
    shutil.rmtree(scratch, ignore_errors=True)
    with contextlib.suppress(OSError):
        os.killpg(os.getpgid(0), signal.SIGKILL)


if __name__ == "__main__":
    main()
