"""Puts the code that recipes write into `docs/recipes.md`, so that nobody edits it there."""

from __future__ import annotations

import re
from pathlib import Path

from nbformat import NotebookNode

from jupyter_mlflow_explorer.cells import RECIPES, render

from .selections import a_selection
from .test_render import golden_cases

PATH = Path(__file__).parents[2] / "docs" / "recipes.md"
#: The golden file that is shown, where it is not the one with the recipe's name.
_CASES = {"load-artifact": "load-artifact-csv"}
#: Code up to this many lines is shown without a click.
_SHORT = 30

_BEGIN, _END = "<!-- code: UPDATE_GOLDEN=1 writes it -->", "<!-- end of code -->"
_BLOCK = re.compile(rf"{re.escape(_BEGIN)}\n.*?^{re.escape(_END)}\n*", flags=re.MULTILINE | re.DOTALL)


def sections(page: str) -> dict[str, str]:
    """Return the page's sections by title, without the code written into them."""
    parts = re.split(r"^## ", _BLOCK.sub("", page), flags=re.MULTILINE)
    return {part.split("\n", 1)[0].strip(): part for part in parts[1:]}


def code_in(page: str) -> dict[str, str]:
    """Return what is written into the page, by recipe."""
    found: dict[str, str] = {}
    title, start = "", 0
    for block in _BLOCK.finditer(page):
        title = re.findall(r"^## (.+)$", page[start : block.start()], flags=re.MULTILINE)[-1]
        found[title], start = block[0].strip(), block.end()
    return found


def code_of(name: str) -> str:
    """Return what has to be written into the section of a recipe."""
    recipe, fields = golden_cases()[_CASES.get(name, name)]
    assert recipe == name
    cells = "\n\n".join(_fenced(cell) for cell in render(name, a_selection(name, **fields)))
    if len(cells.splitlines()) > _SHORT:
        cells = f"<details><summary>Code</summary>\n\n{cells}\n\n</details>"
    return f"{_BEGIN}\n\n{cells}\n\n{_END}"


def with_code(page: str) -> str:
    """Return the page with the code of each recipe at the end of its section."""
    parts = re.split(r"^(?=## )", _BLOCK.sub("", page), flags=re.MULTILINE)
    for number, part in enumerate(parts):
        title = part.removeprefix("## ").split("\n", 1)[0].strip()
        if title in RECIPES:
            parts[number] = f"{part.rstrip()}\n\n{code_of(title)}\n\n"
    return "".join(parts).rstrip() + "\n"


def _fenced(cell: NotebookNode) -> str:
    fence = "`" * max(3, 1 + max((len(ticks) for ticks in re.findall("`+", cell.source)), default=0))
    return f"{fence}{'python' if cell.cell_type == 'code' else 'markdown'}\n{cell.source}\n{fence}"
