"""Where things are in MLflow's file store, by name alone; nothing is read here but names.

::

    mlruns/
    ├── <experiment_id>/               also in .trash/, where deleted experiments are moved to
    │   ├── meta.yaml
    │   ├── tags/<key>
    │   ├── datasets/<id>/meta.yaml
    │   ├── models/<model_id>/         meta.yaml, artifacts
    │   └── <run_id>/
    │       ├── meta.yaml
    │       ├── params/<key>  tags/<key>      the value; a key with "/" is in subfolders
    │       ├── metrics/<key>                 a line "timestamp value step" for each value logged
    │       ├── inputs/<id>/  outputs/<id>/   meta.yaml
    │       └── artifacts/
    └── models/                        the model registry

Source: `mlflow/store/tracking/file_store.py` of MLflow 2.22 and 3.17.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ...errors import BadInput, TrackingUnavailable

META = "meta.yaml"
TRASH = ".trash"
ARTIFACTS = "artifacts"
MODELS = "models"
#: Folders of an experiment that are no runs.
RESERVED = frozenset({"tags", "datasets", "traces", MODELS})
_RUN_FOLDERS = ("metrics", "params", "tags")
_RUN_ID = re.compile(r"[0-9a-f]{32}")
#: What MLflow takes for an experiment's id.
_EXPERIMENT_ID = re.compile(r"[a-zA-Z0-9][\w\-]{0,63}")


def root_path(folder_or_uri: str | os.PathLike[str]) -> str:
    """Return the absolute path in a ``file:`` URI, or of a plain path.

    Raises
    ------
    BadInput
        It is the URI of something else, or of another machine.
    """
    text = os.fspath(folder_or_uri)
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.\-]+):", text)
    if scheme is not None and scheme.group(1).lower() != "file":
        raise BadInput(f"{scheme.group(1)}: is not a folder of MLflow's file store.")
    if scheme is not None:
        parts = urlsplit(text)
        if parts.netloc not in ("", "localhost"):
            raise BadInput("A file store on another machine cannot be read. Mount its folder here.")
        text = unquote(parts.path)
    if not text or "\0" in text:
        raise BadInput("A file store needs the path of its folder, such as file:///absolute/path/to/mlruns.")
    return str(Path(text).expanduser().absolute())


def is_part(name: str) -> bool:
    """Return whether a text from outside may be used as one part of a path."""
    return bool(name) and name not in (".", "..") and not any(c in name for c in ("/", "\0", os.sep))


def shown(name: str) -> str:
    """Return a file's name as text that can be sent: bytes that are no UTF-8 become U+FFFD."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "replace")


class Layout:
    """The folders of one store; every method looks anew."""

    def __init__(self, root: str) -> None:
        self.root = root

    def check(self) -> None:
        """Raise `TrackingUnavailable` where there is no folder that can be read."""
        try:
            with os.scandir(self.root):
                return
        except FileNotFoundError:
            said = "There is no folder at {0}. Check the path, or log a first run with tracking URI {1}."
        except NotADirectoryError:
            said = "{0} is not a folder. The tracking URI of a file store names a folder such as mlruns."
        except OSError as error:
            said = "The folder {0} cannot be read: " + f"{error.strerror}. Check its permissions or mount."
        raise TrackingUnavailable(said.format(self.root, Path(self.root).as_uri()))

    def experiments(self, *, is_trash: bool) -> list[tuple[str, str]]:
        """Return id and folder of each experiment, active ones or those in the trash, in no order.

        A folder without ``meta.yaml`` counts where it holds something like a run, or is empty or unreadable and has a
        number for a name. Others have the artifacts of runs that are in a database, which MLflow keeps in folders
        of the same names.
        """
        parent = os.path.join(self.root, TRASH) if is_trash else self.root
        found = []
        for name, path in _folders(parent):
            if name.startswith(".") or (name == MODELS and not is_trash):
                continue
            if os.path.lexists(f"{path}/{META}") or _is_like_experiment(name, path):
                found.append((shown(name), path))
        return found

    def experiment(self, experiment_id: str) -> tuple[str, bool] | None:
        """Return the folder of one experiment and whether it is in the trash; None where there is none."""
        if not is_part(experiment_id) or experiment_id.startswith(".") or experiment_id == MODELS:
            return None
        for is_trash, parent in ((False, self.root), (True, os.path.join(self.root, TRASH))):
            path = f"{parent}/{experiment_id}"
            if os.path.isdir(path):
                return path, is_trash
            if "\ufffd" in experiment_id:
                for name, odd in _folders(parent):
                    if shown(name) == experiment_id:
                        return odd, is_trash
        return None

    def runs(self, experiment: str) -> list[tuple[str, str]]:
        """Return id and folder of each run in an experiment's folder, and of what may be one, in no order.

        Raises
        ------
        OSError
            The folder cannot be read.
        """
        with os.scandir(experiment) as scan:
            return [
                (shown(entry.name), f"{experiment}/{entry.name}")
                for entry in scan
                if entry.name not in RESERVED and entry.name[0] != "." and _is_folder_entry(entry)
            ]

    def places(self, run_id: str, experiments: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Yield experiment id and folder of every run with this id; there is more than one only after copying."""
        if not is_part(run_id) or run_id in RESERVED or run_id.startswith("."):
            return
        for experiment_id, folder in experiments:
            path = f"{folder}/{run_id}"
            if os.path.isdir(path):
                yield experiment_id, path
            elif "\ufffd" in run_id:
                yield from ((experiment_id, odd) for name, odd in _folders(folder) if shown(name) == run_id)


def is_like_run(run_id: str, path: str) -> bool:
    """Return whether a folder without ``meta.yaml`` looks like a run, and not like somebody's artifacts."""
    found = sum(os.path.isdir(f"{path}/{name}") for name in _RUN_FOLDERS)
    return found >= (1 if _RUN_ID.fullmatch(run_id) else 2)


def _is_like_experiment(name: str, path: str) -> bool:
    if _EXPERIMENT_ID.fullmatch(name) is None:
        return False
    try:
        with os.scandir(path) as scan:
            children = [(entry.name, f"{path}/{entry.name}") for entry in scan]
    except OSError:
        return name.isdigit()
    if not children:
        return name.isdigit()
    return any(os.path.lexists(f"{child}/{META}") or is_like_run(child_name, child) for child_name, child in children)


def _folders(parent: str) -> list[tuple[str, str]]:
    """Return name and path of each folder in a folder, links to folders included; none where it cannot be read."""
    try:
        with os.scandir(parent) as scan:
            return [(entry.name, f"{parent}/{entry.name}") for entry in scan if _is_folder_entry(entry)]
    except OSError:
        return []


def _is_folder_entry(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # A link that leads in a circle.
        return False
