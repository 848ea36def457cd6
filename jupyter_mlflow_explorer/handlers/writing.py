"""Writing through Jupyter's contents manager, so that its rules for paths hold: below its root, and not hidden."""

from __future__ import annotations

import re
from typing import Any

from jupyter_server.utils import ensure_async

from ..errors import BadInput, Conflict, NotFound


def below_root(path: str) -> str:
    """Return a path in Jupyter's contents without slashes at its ends.

    Raises
    ------
    BadInput
        It leads out of the root folder.
    """
    parts = path.strip("/").split("/")
    if ".." in parts or "\\" in path or "\0" in path:
        raise BadInput("The path must lie below the server's root folder.")
    return "/".join(parts)


async def free_path(manager: Any, path: str, title: str, suffix: str) -> str:
    """Return where to write: `path` where it ends in `suffix`, else a free name made of `title` in that folder.

    Raises
    ------
    Conflict
        There is something of this name.
    NotFound
        There is no such folder.
    BadInput
        It is hidden, and Jupyter is not set to allow that.
    """
    if path and not manager.allow_hidden and await ensure_async(manager.is_hidden(path)):
        raise BadInput(f"{path} is hidden. Choose a name without a dot at its start (ContentsManager.allow_hidden).")
    folder = path.rpartition("/")[0]
    if folder and not await ensure_async(manager.dir_exists(folder)):
        raise NotFound(f"No folder {folder!r} below the server's root folder.")
    if path.endswith(suffix):
        if await ensure_async(manager.exists(path)):
            raise Conflict(f"{path} exists already. Choose another name.")
        return path
    if path and not await ensure_async(manager.dir_exists(path)):
        raise NotFound(f"No folder {path!r} below the server's root folder.")
    name = re.sub(r"[^\w\-. ]+", " ", title).strip(" .")[:80] or "MLflow runs"
    free = await ensure_async(manager.increment_filename(f"{name}{suffix}", path, insert="-"))
    return f"{path}/{free}" if path else str(free)


async def save(manager: Any, model: dict[str, Any], path: str) -> None:
    """Save a contents model.

    Raises
    ------
    BadInput
        The disk refuses.
    """
    try:
        await ensure_async(manager.save(model, path))
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror or error}.") from error
