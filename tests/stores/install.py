"""Installs the plugin beside this file into a folder, as a user would: with its entry points, by pip."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path


def install_plugin(folder: Path) -> Path:
    """Return a folder below `folder` that, on PYTHONPATH, has the plugin installed. Needs no network."""
    source, target = folder / "source", folder / "installed"
    shutil.copytree(Path(__file__).with_name("plugin"), source, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run(
        [*command, "--disable-pip-version-check", "--target", str(target), str(source)], check=True, timeout=120
    )
    return target
