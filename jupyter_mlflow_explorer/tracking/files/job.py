"""The end of one job: reading looks at it between two files, and in long ones between two stretches."""

from __future__ import annotations

import time


class Stopped(Exception):
    """The job was cancelled or ran out of time; nobody waits for its answer."""


#: How long one job may pause, in all, for files that are just being written.
PATIENCE_S = 0.3


class Job:
    """The end of one job: by the clock, or because nobody waits any more."""

    def __init__(self, limit_s: float) -> None:
        self._deadline = time.monotonic() + limit_s
        self._stop = False
        self._patience_s = PATIENCE_S

    def stop(self) -> None:
        """End the job at its next look."""
        self._stop = True

    def check(self) -> None:
        """Raise `Stopped` where the job is over; called for every file and every stretch of a long one."""
        if self._stop or time.monotonic() > self._deadline:
            raise Stopped

    def wait(self, pause_s: float) -> bool:
        """Pause for a file that is just being written; False where the job has paused for long enough."""
        self.check()
        if self._patience_s <= 0:
            return False
        self._patience_s -= pause_s
        time.sleep(pause_s)
        return True
