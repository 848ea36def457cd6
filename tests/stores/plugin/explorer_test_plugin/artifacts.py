"""Artifacts at ``explorer-test-artifacts:///folder``: a folder, seen through MLflow as if it were far away."""

from __future__ import annotations

import os
import shutil
import time
from typing import Any
from urllib.parse import urlsplit

from mlflow.entities import FileInfo
from mlflow.store.artifact.artifact_repo import ArtifactRepository


class TestArtifacts(ArtifactRepository):
    """Lists and copies; files with certain names arrive slowly, without end or never."""

    @property
    def _folder(self) -> str:
        # The path as it is: nobody quotes it.
        return urlsplit(self.artifact_uri).path

    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        folder = os.path.join(self._folder, path or "")
        if not os.path.isdir(folder):
            return []
        found = []
        for name in os.listdir(folder):
            below = os.path.join(folder, name)
            is_dir = os.path.isdir(below)
            is_known = not is_dir and not name.startswith("unsized")
            size = os.path.getsize(below) if is_known else None
            found.append(FileInfo(f"{path}/{name}" if path else name, is_dir, size))
        return found

    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        source = os.path.join(self._folder, remote_file_path)
        with open(os.path.join(self._folder, "..", "downloads.log"), "a") as log:
            log.write(f"{remote_file_path}\n")
        name = os.path.basename(source)
        if "stuck" in name:
            time.sleep(600)
        if "endless" in name:
            with open(local_path, "wb") as out:
                while True:
                    out.write(b"x" * (1 << 20))
                    out.flush()
                    time.sleep(0.01)
        if "slow" in name:
            with open(source, "rb") as found, open(local_path, "wb") as out:
                while chunk := found.read(1000):
                    out.write(chunk)
                    out.flush()
                    time.sleep(0.1)
            return
        shutil.copyfile(source, local_path)

    def log_artifact(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError

    def log_artifacts(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError
