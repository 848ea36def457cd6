"""The file in which connections added by the user are kept. It may hold credentials, hence its mode 0600."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import Conflict


@dataclass(frozen=True)
class SavedConnection:
    """One entry of the file, with its URIs as the user gave them, made absolute."""

    id: str
    name: str
    tracking_uri: str
    registry_uri: str | None


class SavedConnections:
    """Reads and rewrites the file; it is read anew when it changed, so that several servers can share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._entries: tuple[SavedConnection, ...] = ()
        self._damaged = False

    def read(self) -> tuple[SavedConnection, ...]:
        """Return the entries in the order they were added; empty where the file is missing or damaged."""
        try:
            stat = self._path.stat()
        except OSError:
            self._stamp, self._entries, self._damaged = None, (), False
            return ()
        stamp = (stat.st_mtime_ns, stat.st_size)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                entries = json.loads(self._path.read_text(encoding="utf-8"))["connections"]
                self._entries = tuple(
                    SavedConnection(
                        str(entry["id"]), str(entry["name"]), str(entry["tracking_uri"]), entry.get("registry_uri")
                    )
                    for entry in entries
                )
                self._damaged = False
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                self._entries, self._damaged = (), True
        return self._entries

    def add(self, connection_id: str, name: str, tracking_uri: str, registry_uri: str | None) -> None:
        """Append one entry."""
        added = SavedConnection(connection_id, name, tracking_uri, registry_uri)
        self._write((*self._current(), added))

    def remove(self, connection_id: str) -> None:
        """Drop one entry; nothing happens where it is gone."""
        self._write(tuple(entry for entry in self._current() if entry.id != connection_id))

    def _current(self) -> tuple[SavedConnection, ...]:
        entries = self.read()
        if self._damaged:
            # Writing now would lose what a person may still be able to mend.
            raise Conflict(f"The file {self._path} cannot be read as JSON. Repair it or move it away, then try again.")
        return entries

    def _write(self, entries: tuple[SavedConnection, ...]) -> None:
        text = json.dumps({"connections": [asdict(entry) for entry in entries]}, indent=2, ensure_ascii=False)
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # mkstemp makes the file 0600 before anything is in it; the rename makes the change whole or not at all.
        handle, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=".connections-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(temporary, self._path)
        except BaseException:
            os.unlink(temporary)
            raise
