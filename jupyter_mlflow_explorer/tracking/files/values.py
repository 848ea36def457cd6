"""The files of one kind of one run: their keys, and what was read of them."""

from __future__ import annotations

import os
import sys
from typing import Any

from . import reading
from .layout import shown

#: Rough memory of one value with its mark and key; measured with 20 params, 20 metrics and 10 tags a run.
_VALUE_COST = 220
_NAMES = 10_000


def value_cost(value: Any) -> int:
    """Return roughly how much memory a value takes, with its key and mark."""
    return _VALUE_COST + (len(value) if isinstance(value, str) else 0)


class Shared:
    """What all runs of a cache share: lists of keys, of which an experiment has few, and the memory in use."""

    def __init__(self) -> None:
        self.bytes = 0
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}

    def names(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the one object for equal lists of keys."""
        if len(self._names) >= _NAMES:
            self._names.clear()
        return self._names.setdefault(names, names)


class Values:
    """The files of one kind of one run: their keys, values, and what was wrong with some."""

    __slots__ = ("_names", "_names_marks", "_odd", "_shared", "folder", "marks", "problems", "texts")

    def __init__(self, folder: str, shared: Shared) -> None:
        self.folder = folder
        self.texts: dict[str, Any] = {}
        self.marks: dict[str, int] = {}
        self.problems: dict[str, str] | None = None
        self._shared = shared
        self._names: tuple[str, ...] = ()
        #: The mark of each folder listed, subfolders of keys with "/" included; None where it must be listed again.
        self._names_marks: tuple[tuple[str, int], ...] | None = None
        #: Paths of keys whose file name is no UTF-8.
        self._odd: dict[str, str] | None = None

    def names(self) -> tuple[str, ...]:
        """Return the keys that have a file, sorted."""
        if self._names_marks is not None:
            for folder, known in self._names_marks:
                try:
                    if reading.mark(os.stat(folder)) != known:
                        break
                except OSError:
                    break
            else:
                return self._names
        return self._list()

    def path(self, key: str) -> str:
        """Return where the value of a key is."""
        if self._odd is not None and key in self._odd:
            return self._odd[key]
        return f"{self.folder}/{key}"

    def is_odd(self, key: str) -> bool:
        """Return whether the name of the key's file is no UTF-8."""
        return self._odd is not None and key in self._odd

    def holds(self, key: str) -> bool:
        """Return whether a key from outside may have a file: it must not lead anywhere else."""
        if "/" in key or "\ufffd" in key or os.sep in key:
            return key in self.names()
        return key not in ("", ".", "..") and "\0" not in key

    def fail(self, key: str, problem: str | None) -> None:
        """Note what is wrong with a key's file, or that nothing is."""
        if problem is not None:
            self.problems = {**(self.problems or {}), key: problem}
        elif self.problems is not None and key in self.problems:
            self.problems = {k: v for k, v in self.problems.items() if k != key} or None

    def keep(self, key: str, value: Any, known: int | None) -> None:
        """Remember a value, and its mark where that can be relied on."""
        self._shared.bytes += value_cost(value) - (value_cost(self.texts[key]) if key in self.texts else 0)
        self.texts[key] = value
        if known is None:
            self.marks.pop(key, None)
        else:
            self.marks[key] = known

    def forget(self, key: str) -> None:
        """Drop what is known of a key whose file is gone or unreadable."""
        self.texts.pop(key, None)
        self.marks.pop(key, None)
        self.fail(key, None)

    def _list(self) -> tuple[str, ...]:
        names: list[str] = []
        odd: dict[str, str] = {}
        marks: list[tuple[str, int]] | None = []
        todo = [(self.folder, "")]
        while todo:
            folder, prefix = todo.pop()
            try:
                known = reading.settled_mark(os.stat(folder))
                with os.scandir(folder) as scan:
                    entries = list(scan)
            except OSError as error:
                marks = None
                if not isinstance(error, FileNotFoundError | NotADirectoryError):
                    self.fail(prefix, f"cannot be read ({error.strerror})")
                continue
            self.fail(prefix, None)
            if known is None:
                marks = None
            elif marks is not None:
                marks.append((folder, known))
            for entry in entries:
                name = sys.intern(prefix + shown(entry.name))
                # As MLflow, which does not follow links to folders here.
                if entry.is_dir(follow_symlinks=False):
                    todo.append((f"{folder}/{entry.name}", f"{name}/"))
                elif not _is_folder_link(entry):
                    names.append(name)
                    if "\ufffd" in name:
                        odd[name] = f"{folder}/{entry.name}"
        sorted_names = self._shared.names(tuple(sorted(set(names))))
        for gone in self.texts.keys() - set(sorted_names):
            self.forget(gone)
        self._odd = odd or None
        self._names = sorted_names
        self._names_marks = tuple(marks) if marks is not None else None
        return sorted_names


def _is_folder_link(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_symlink() and entry.is_dir()
    except OSError:
        return False
