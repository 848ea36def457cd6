"""Files that appear under their name when they are complete, and never replace another one by accident."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..errors import BadInput, Conflict


def check_free(path: Path, *, force: bool) -> None:
    """Raise unless `path` can be written.

    Raises
    ------
    Conflict
        There is a file already, and `force` is off.
    BadInput
        It is a folder, or its folder does not exist.
    """
    if os.path.isdir(path):
        raise BadInput(f"{path} is a folder. Give the name of a file.")
    if not os.path.isdir(path.parent):
        raise BadInput(f"There is no folder {path.parent}. Create it first.")
    if os.path.lexists(path) and not force:
        raise Conflict(f"{path} exists already. Choose another name, or use --force to replace it.")


@contextlib.contextmanager
def replacing(path: Path, *, force: bool) -> Iterator[Path]:
    """Yield a temporary path beside `path`, empty, that takes its name when the block ends well, and else goes.

    Whoever looks sees the old file or the new one, and no half of it. Raises as `check_free`, and `BadInput` where the
    disk refuses.
    """
    check_free(path, force=force)
    temporary: str | None = None
    try:
        try:
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-", suffix=".part")
            os.close(handle)
            yield Path(temporary)
            os.chmod(temporary, 0o666 & ~_umask())
            if force:
                os.replace(temporary, path)
            else:
                # Fails where the name was taken meanwhile, unlike a rename.
                os.link(temporary, path)
        finally:
            if temporary is not None:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(temporary)
    except FileExistsError:
        raise Conflict(f"{path} exists already. Choose another name, or use --force to replace it.") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror or error}.") from None


def write_whole(path: Path, content: str | bytes, *, force: bool) -> None:
    """Write a file in one step; raises as `replacing`."""
    with replacing(path, force=force) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
