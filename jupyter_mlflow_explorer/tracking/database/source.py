"""Where a SQLite database is, and how to open it so that looking leaves no trace.

SQLite's own rules, from https://sqlite.org/wal.html#read_only_databases and https://sqlite.org/uri.html:

- ``mode=ro`` never creates or changes the database file. For a database with a rollback journal (MLflow's default) it
  creates nothing else either.
- A database in WAL mode needs a ``-shm`` file, which even a read-only connection creates, and leaves behind. Where
  nobody has it open there is no ``-wal``, everything is in the main file, and ``immutable=1`` reads that without any
  other file. It also takes no lock and sees no change, so `identify` is asked again after each read, and a read during
  which somebody began to write is thrown away.
- Where a ``-wal`` with content exists, its writer has made ``-shm`` as well, and ``mode=ro`` joins them, for as long
  as one read takes, because the last one to leave removes both, and a read-only connection cannot. Only after a
  crash (``-wal`` without ``-shm``) does reading create ``-shm``, as it must to see the last commits.
"""

from __future__ import annotations

import os
import stat
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from ...errors import BadInput, TrackingBroken, TrackingUnavailable

_MAGIC = b"SQLite format 3\0"
#: Offset of "file format read version" in the header; 2 means WAL.
_FORMAT_OFFSET = 19


@dataclass(frozen=True)
class Source:
    """One state of a database file; connections opened for it are good as long as `identify` returns an equal one."""

    path: str
    device: int
    inode: int
    is_wal: bool
    #: For a WAL database at rest (mtime_ns, size), else None.
    immutable: tuple[int, int] | None

    @property
    def may_stay_open(self) -> bool:
        """Whether a connection may be kept: in a live WAL it would hinder the writer from tidying up when it closes."""
        return not self.is_wal or self.immutable is not None

    @property
    def uri(self) -> str:
        """The SQLite URI that opens it for reading."""
        return f"file:{quote(self.path)}?mode=ro{'&immutable=1' if self.immutable else ''}"


def database_path(path_or_uri: str | os.PathLike[str]) -> str:
    """Return the absolute path in a ``sqlite:///`` URI, or of a plain path.

    Raises
    ------
    BadInput
        It is the URI of something else, or of a database in memory.
    """
    text = os.fspath(path_or_uri)
    scheme, separator, rest = text.partition("://")
    if separator:
        if scheme.split("+")[0].lower() != "sqlite":
            raise BadInput(f"{scheme}:// is not a SQLite database.")
        text = rest.partition("?")[0].removeprefix("/")
        if text.startswith("file:"):
            text = unquote(text.removeprefix("file:"))
    if not text or text == ":memory:":
        raise BadInput("A SQLite database in memory cannot be read by another process. Use a file.")
    return str(Path(text).absolute())


def identify(path: str) -> Source:
    """Look at the file and choose how to open it; raises `TrackingUnavailable` or `TrackingBroken`."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        raise TrackingUnavailable(
            f"There is no database at {path}. Check the path, or log a first run with tracking URI sqlite:///{path}."
        ) from None
    except OSError as error:
        raise TrackingUnavailable(f"The database {path} cannot be reached: {error.strerror}.") from None
    if not stat.S_ISREG(found.st_mode):
        raise TrackingUnavailable(f"{path} is not a file. A SQLite tracking URI names the database file itself.")
    try:
        header = _HEADERS.read(path, found)
    except OSError as error:
        raise TrackingUnavailable(f"The database {path} cannot be read: {error.strerror}.") from None
    if header and not header.startswith(_MAGIC):
        raise TrackingBroken(f"{path} is not a SQLite database.")
    is_wal = len(header) > _FORMAT_OFFSET and header[_FORMAT_OFFSET] == 2
    at_rest = is_wal and not _has_content(f"{path}-wal") and not os.path.exists(f"{path}-shm")
    return Source(path, found.st_dev, found.st_ino, is_wal, (found.st_mtime_ns, found.st_size) if at_rest else None)


class _Headers:
    """Reads the beginnings of database files, through descriptors that stay open.

    Closing any descriptor of a file takes away all locks that this process has on it, SQLite's too (POSIX, see
    https://sqlite.org/howtocorrupt.html, section 2.2): another thread that is reading would see a writer's half-written
    pages. So one descriptor for each file is kept, until the file is deleted.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._descriptors: dict[tuple[int, int], int] = {}

    def read(self, path: str, found: os.stat_result) -> bytes:
        """Return the first bytes of the file that `found` describes; raises `OSError`."""
        key = found.st_dev, found.st_ino
        with self._lock:
            if key not in self._descriptors:
                self._forget_deleted()
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                opened = os.fstat(descriptor)
                # The file may have been replaced since; then this is the newer one's. Closing a second one would harm.
                key = opened.st_dev, opened.st_ino
                self._descriptors.setdefault(key, descriptor)
            return os.pread(self._descriptors[key], _FORMAT_OFFSET + 1, 0)

    def _forget_deleted(self) -> None:
        for key, descriptor in list(self._descriptors.items()):
            if os.fstat(descriptor).st_nlink == 0:
                del self._descriptors[key]
                os.close(descriptor)


_HEADERS = _Headers()


def _has_content(path: str) -> bool:
    try:
        return os.stat(path).st_size > 0
    except OSError:
        return False
