"""Reads single files: bounded, never waiting, and with a mark that tells whether the file has changed since.

A mark is made of a file's times, size and number. One that was taken within two seconds after the file changed is
not to be trusted, because the next change may leave the same mark: file systems count time in ticks of milliseconds to
two seconds. (Git treats its index the same way, and calls such entries racily clean.)
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: The coarsest tick of a file system in use (FAT), which also forgives a server whose clock is a little behind.
SETTLED_NS = 2_000_000_000

#: Without waiting, so that a named pipe blocks nobody. Never any flag that writes.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Unreadable(Exception):
    """A file is there and cannot be read; the message says why, to follow the file's name."""


def mark(found: os.stat_result) -> int:
    """Return a number that changes with the file."""
    return hash((found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino))


def settled_mark(found: os.stat_result) -> int | None:
    """Return the mark of a file about to be read, or None where it changed too lately for a mark to tell."""
    latest = max(found.st_mtime_ns, found.st_ctime_ns)
    return mark(found) if latest < time.time_ns() - SETTLED_NS else None


@contextmanager
def opened(path: str) -> Iterator[tuple[int, os.stat_result]]:
    """Open a regular file; yields its descriptor and what was known of it before anything was read.

    Raises
    ------
    FileNotFoundError
        It is not there, or not any more.
    Unreadable
        It is there and cannot be opened, or is no file.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError:
        raise
    except NotADirectoryError:
        raise FileNotFoundError(path) from None
    except OSError as error:
        raise Unreadable(f"cannot be read ({error.strerror})") from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable("is not a file")
        yield descriptor, found
    except OSError as error:
        raise Unreadable(f"cannot be read ({error.strerror})") from None
    finally:
        os.close(descriptor)


def whole(path: str, most_bytes: int) -> tuple[bytes, int | None]:
    """Return the bytes of a small file and its mark; raises as `opened`, also for a file above the limit."""
    with opened(path) as (descriptor, found):
        if found.st_size > most_bytes:
            raise Unreadable(f"has {found.st_size:,} bytes, more than the {most_bytes:,} that are read")
        known = settled_mark(found)
        data = os.read(descriptor, found.st_size + 1)
        while 0 < len(data) <= most_bytes and (more := os.read(descriptor, most_bytes + 1 - len(data))):
            data += more
        return data[:most_bytes], known


def chunks(descriptor: int, size_bytes: int) -> Iterator[bytes]:
    """Yield the rest of an open file in parts."""
    while data := os.read(descriptor, size_bytes):
        yield data
