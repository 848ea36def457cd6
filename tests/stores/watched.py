"""Everything about a folder that looking must not change."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def look(folder: Path) -> dict[str, tuple[object, ...]]:
    """Return kind, mode, size, inode, times and content of everything below `folder`, by relative path.

    The time of the last access is left out: it is the file system's record of reading itself.
    """
    found: dict[str, tuple[object, ...]] = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        stat = path.lstat()
        content = ""
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        name = str(path.relative_to(folder))
        found[name] = (
            stat.st_mode,
            stat.st_size,
            stat.st_ino,
            stat.st_nlink,
            stat.st_mtime_ns,
            stat.st_ctime_ns,
            content,
        )
    return found
