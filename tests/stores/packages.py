"""Packages that bring recipes, laid out as pip would install them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

GROUP = "jupyter_mlflow_explorer.recipes"
EXAMPLE = Path(__file__).parents[2] / "examples" / "mlflow-explorer-recipe-timeline"

#: A module with a recipe that works; the tests change a word of it.
WORKING = """
from jupyter_mlflow_explorer.recipes import Options, Recipe, code


class GreetOptions(Options):
    greeting: str = "hello"


def write(selection, options):
    return [code("print($text)", text=repr(options.greeting))]


RECIPE = Recipe(name="greet", version=1, title="Greet", description="Greets.", needs="none", write=write,
                options=GreetOptions)
"""


def lay_out(folder: Path, package: str, module: str, points: Mapping[str, str] | None = None) -> None:
    """Put a package of one module into `folder`; `points` are its entry points by name, by default ``greet``."""
    name = re.sub(r"\W", "_", package)
    (folder / f"{name}.py").write_text(module, encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", encoding="utf-8")
    lines = [f"{key} = {value}" for key, value in (points or {"greet": f"{name}:RECIPE"}).items()]
    (info / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines, ""]), encoding="utf-8")


def install_example(folder: Path) -> Path:
    """Install the example package by pip; return the folder for PYTHONPATH. Needs no network."""
    source, target = folder / "source", folder / "installed"
    shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run(
        [*command, "--disable-pip-version-check", "--target", str(target), str(source)], check=True, timeout=120
    )
    return target
