"""`docs/writing-a-recipe.md` shows what works: its recipe and its template are taken from the page and used."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat
import pytest

from jupyter_mlflow_explorer import recipes
from jupyter_mlflow_explorer.cells import METADATA_KEY, RECIPES
from jupyter_mlflow_explorer.cells.catalogue import GROUP
from jupyter_mlflow_explorer.cells.extension import check
from jupyter_mlflow_explorer.cells.observation import Observation
from jupyter_mlflow_explorer.cells.placeholders import WORDS, ObservationOptions
from jupyter_mlflow_explorer.cells.recipe import Recipe
from jupyter_mlflow_explorer.cells.templates import fill_template, read_template

from .selections import a_selection

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "writing-a-recipe.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """Return the code blocks of the page after this opening line."""
    return re.findall(rf"^{kind}\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_the_recipe_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (source,) = blocks("```python")
    (tmp_path / "my_recipes.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    import my_recipes  # type: ignore[import-not-found]

    try:
        extension = check(my_recipes.RECIPE, "count-runs", "my-recipes 1.0")
        selection = a_selection("overview", options={"by": "lifecycle_stage"})
        heading, cell = extension.write(selection, extension.recipe.parse_options(selection))
        assert heading.text.startswith("### Count of 2 runs")
        assert 'getattr(run.info, "lifecycle_stage")' in cell.text
    finally:
        del sys.modules["my_recipes"]


def test_the_entry_point_is_as_on_the_page() -> None:
    (toml,) = blocks("```toml")
    assert f'[project.entry-points."{GROUP}"]' in toml
    example = (ROOT / "examples/mlflow-explorer-recipe-timeline/pyproject.toml").read_text(encoding="utf-8")
    assert f'[project.entry-points."{GROUP}"]' in example


def test_the_template_works() -> None:
    shown = re.findall(r"<!-- cell: (\w+) -->\n```\n(.*?)\n```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert len(shown) == 5
    cells = [getattr(nbformat.v4, f"new_{kind}_cell")(source) for kind, source in shown]
    template = read_template(nbformat.writes(nbformat.v4.new_notebook(cells=cells)).encode(), "weekly.ipynb")
    notebook = fill_template(template, a_selection("overview"), Observation("Week 3", created_ms=0))
    written = [cell.metadata.get(METADATA_KEY, {}).get("recipe") for cell in notebook.cells]
    assert list(dict.fromkeys(written)) == ["notebook", "setup", "leaderboard", "compare-runs", None]
    assert notebook.cells[0].source == "# Week 3\n\n2 runs of `churn`, written 1970-01-01 00:00 UTC."
    # The last cell uses a variable of a recipe.
    assert "compared_runs = " in "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


def test_everything_is_named() -> None:
    rows = set(re.findall(r"^\| `\{\{ (\w+) \}\}` \|", PAGE, flags=re.MULTILINE))
    assert rows == set(WORDS)
    fields = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", PAGE, flags=re.MULTILINE))))
    assert set(Recipe.__dataclass_fields__) <= fields
    assert {"best", "artifact", *ObservationOptions.model_fields} <= fields
    assert not any("best" in recipe.options.model_fields for recipe in RECIPES.values())
    assert not any("artifact" in one.options.model_fields for one in RECIPES.values() if one.needs == "artifact")


def test_the_module_for_authors_exports_what_it_lists() -> None:
    assert all(hasattr(recipes, name) for name in recipes.__all__)
    (source,) = blocks("```python")
    imported = re.search(r"from jupyter_mlflow_explorer.recipes import (.*)", source)
    assert imported is not None
    assert set(imported[1].split(", ")) <= set(recipes.__all__)
