"""Paths inside artifacts: relative, POSIX, and never out of their folder."""

from __future__ import annotations

from ...errors import BadInput


def clean(path: str) -> str:
    """Return `path` without empty parts, ``""`` for the root; any name is a name, ``#``, ``%`` and spaces included.

    Raises
    ------
    BadInput
        The path is absolute, has a part ``.`` or ``..``, a backslash or a NUL.
    """
    if "\0" in path:
        raise BadInput("An artifact path has no NUL characters.")
    if path.startswith("/") or "\\" in path:
        raise BadInput(f"'{path}' is no artifact path: it is relative and has forward slashes only.")
    parts = [part for part in path.split("/") if part]
    if any(part in (".", "..") for part in parts):
        raise BadInput(f"'{path}' is no artifact path: '.' and '..' are not allowed in it.")
    return "/".join(parts)


def byte_range(size: int, start: int | None, stop: int | None) -> tuple[int, int]:
    """Return the half-open range of a file of `size` bytes that `start` and `stop` mean.

    A negative `start` counts from the end; `stop` is cut to the size. Raises `BadInput` where nothing is left,
    except for the whole of an empty file.
    """
    if start is None and stop is None:
        return 0, size
    begin = 0 if start is None else start
    if begin < 0:
        if stop is not None:
            raise BadInput("A range that counts from the end has no stop.")
        begin = max(0, size + begin)
    end = size if stop is None else min(stop, size)
    if begin >= size or begin >= end:
        raise BadInput(f"The range {start}-{stop} is outside the file, which has {size:,} bytes.")
    return begin, end


def range_header(start: int | None, stop: int | None) -> str | None:
    """Return the HTTP header that asks for the half-open range, None for the whole file.

    Raises `BadInput` for a range that is empty in any file.
    """
    if start is None and stop is None:
        return None
    if start is not None and start < 0:
        if stop is not None:
            raise BadInput("A range that counts from the end has no stop.")
        return f"bytes={start}"
    first = start or 0
    if stop is not None and stop <= first:
        raise BadInput(f"The range {start}-{stop} is empty.")
    return f"bytes={first}-{'' if stop is None else stop - 1}"


def file_path(path: str) -> str:
    """Return `path` as `clean` does; raises `BadInput` for the root, which is no file."""
    cleaned = clean(path)
    if not cleaned:
        raise BadInput("An artifact path is needed to read a file.")
    return cleaned
