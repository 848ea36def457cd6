"""Private folders for copies of artifacts, that nobody has to clean up after: not even after `kill -9`.

One folder for each reader, mode 0700, below the system's temporary folder, with a lock that the kernel releases when
the server ends, however it does. Whoever starts a worker removes folders of the same user whose lock is free.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
import weakref
from pathlib import Path

_PREFIX = "jupyter-mlflow-explorer-artifacts-"
_LOCK = "lock"
#: A folder without a lock this old was left between two system calls.
_UNLOCKED_S = 60.0


class Folders:
    """Makes and removes folders below one of its own, which is made on first use. Blocks: call it in threads."""

    def __init__(self) -> None:
        # The process id is for people who look into the temporary folder; the lock is what counts.
        self._root = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")
        self._lock = os.open(os.path.join(self._root, _LOCK), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._finalizer = weakref.finalize(self, _remove, self._root, self._lock, os.getpid())

    def make(self) -> str:
        """Return a new, empty folder."""
        return tempfile.mkdtemp(dir=self._root)

    def remove(self, folder: str) -> None:
        """Remove a folder of `make` with what is in it, as far as possible."""
        shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Remove everything; safe to call twice. Done at exit where nobody has."""
        self._finalizer()


def sweep() -> None:
    """Remove folders that a server of this user left when it was killed."""
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as scan:
        for entry in scan:
            if entry.name.startswith(_PREFIX) and _is_ours(entry):
                _remove_unlocked(entry.path)


def free_bytes(folder: str) -> int:
    """Return how much fits where `folder` is."""
    return shutil.disk_usage(folder).free


def state(folder: str) -> tuple[int, tuple[int, int, int]]:
    """Return the bytes of all files below `folder`, and numbers that change while something is written there."""
    size = blocks = count = newest = 0
    for path in Path(folder).rglob("*"):
        with contextlib.suppress(OSError):
            found = path.lstat()
            size += found.st_size
            blocks += found.st_blocks
            newest = max(newest, found.st_mtime_ns)
            count += 1
    return size, (blocks, count, newest)


def _is_ours(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_uid == os.getuid()
    except OSError:
        return False


def _remove_unlocked(root: str) -> None:
    try:
        lock = os.open(os.path.join(root, _LOCK), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        with contextlib.suppress(OSError):
            if time.time() - os.stat(root).st_mtime > _UNLOCKED_S:
                shutil.rmtree(root, ignore_errors=True)
        return
    except OSError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return  # Its server lives.
    else:
        shutil.rmtree(root, ignore_errors=True)
    finally:
        os.close(lock)


def _remove(root: str, lock: int, pid: int) -> None:
    # A forked process has copies of our objects, and is not to remove our files.
    if os.getpid() == pid:
        shutil.rmtree(root, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.close(lock)
