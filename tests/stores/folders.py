"""Folders as MLflow's file store has them, written directly: many at once, and broken ones. And who opens what."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

START_MS = 1_700_000_000_000
#: Audit events that change a folder; see Python's table of audit events.
_CHANGES = frozenset(
    {
        "os.chmod",
        "os.chown",
        "os.link",
        "os.mkdir",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.setxattr",
        "os.symlink",
        "os.truncate",
        "os.utime",
    }
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def write_experiment(root: Path, experiment_id: str, name: str = "made") -> Path:
    """Write one experiment and return its folder."""
    folder = root / experiment_id
    folder.mkdir(parents=True)
    (folder / "meta.yaml").write_text(
        f"artifact_location: {folder.as_uri()}\ncreation_time: {START_MS}\nexperiment_id: '{experiment_id}'\n"
        f"last_update_time: {START_MS}\nlifecycle_stage: active\nname: {name}\n"
    )
    return folder


def run_meta(experiment: Path, run_id: str, **fields: Any) -> str:
    """Return the text of a run's ``meta.yaml`` as MLflow writes it."""
    found = {
        "artifact_uri": f"{experiment.as_uri()}/{run_id}/artifacts",
        "end_time": START_MS + 5,
        "entry_point_name": "''",
        "experiment_id": f"'{experiment.name}'",
        "lifecycle_stage": "active",
        "run_id": run_id,
        "run_name": "made",
        "run_uuid": run_id,
        "source_type": 4,
        "start_time": START_MS,
        "status": 3,
        "tags": "[]",
        "user_id": "ann",
        **fields,
    }
    return "".join(f"{key}: {value}\n" for key, value in found.items() if value is not None)


def write_run(experiment: Path, run_id: str, files: dict[str, str] | None = None, **fields: Any) -> Path:
    """Write one run with files such as ``params/lr`` and return its folder."""
    folder = experiment / run_id
    for kind in ("params", "metrics", "tags", "artifacts"):
        (folder / kind).mkdir(parents=True)
    (folder / "meta.yaml").write_text(run_meta(experiment, run_id, **fields))
    for name, text in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def fingerprint(folder: Path) -> dict[str, tuple[object, ...]]:
    """Return times, mode, size and content of everything below a folder, and of itself."""
    found: dict[str, tuple[object, ...]] = {}
    for path in (folder, *folder.rglob("*")):
        known = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(known.st_mode) else None
        found[str(path)] = (known.st_mtime_ns, known.st_ctime_ns, known.st_mode, known.st_size, content)
    return found


class Watch:
    """What this process does below one folder while it is watched."""

    def __init__(self, folder: Path) -> None:
        self.prefix = str(folder)
        self.opened: list[str] = []
        self.changed: list[str] = []

    def see(self, event: str, arguments: tuple[Any, ...]) -> None:
        path = arguments[0] if arguments else None
        if not isinstance(path, str) or not path.startswith(self.prefix):
            return
        if event == "open":
            self.opened.append(path)
            if arguments[2] & _WRITES:
                self.changed.append(f"open {path}")
        elif event in _CHANGES:
            self.changed.append(f"{event} {path}")


_watches: list[Watch] = []
_is_hooked = False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _watches and (event == "open" or event in _CHANGES):
        for watch in tuple(_watches):
            watch.see(event, arguments)


@contextlib.contextmanager
def watched(folder: Path) -> Iterator[Watch]:
    """Watch what any thread of this process opens and changes below a folder."""
    global _is_hooked
    if not _is_hooked:
        sys.addaudithook(_hook)  # Stays for good, so there is one.
        _is_hooked = True
    watch = Watch(folder)
    _watches.append(watch)
    try:
        yield watch
    finally:
        _watches.remove(watch)
