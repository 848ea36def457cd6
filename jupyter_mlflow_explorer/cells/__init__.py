"""Notebook cells from entities: pure, deterministic, and without network, clock or MLflow."""

from __future__ import annotations

from nbformat import NotebookNode

from ..errors import NotFound
from .notebook import build_cells, build_notebook
from .provenance import METADATA_KEY, describe, source_hash
from .recipe import Recipe
from .recipes import RECIPES
from .selection import Search, Selection

__all__ = ["METADATA_KEY", "RECIPES", "Recipe", "Search", "Selection", "build_notebook", "render", "source_hash"]


def render(name: str, selection: Selection, *, setup: bool = False) -> list[NotebookNode]:
    """Return the cells of one recipe for a selection, as validated nbformat 4.5 nodes.

    With ``setup`` the connection's setup cell comes first.

    Raises
    ------
    NotFound
        No recipe has this name.
    BadInput
        The selection or an option does not suit the recipe; the message names which.
    """
    recipe = RECIPES.get(name)
    if recipe is None:
        raise NotFound(f"There is no recipe {name!r}. Known recipes: {', '.join(RECIPES)}.")
    recipe.check(selection)
    options = recipe.parse_options(selection)
    cells = build_cells(recipe.write(selection, options), describe(recipe, selection, options))
    if setup and name != "setup":
        connection = RECIPES["setup"]
        no_options = connection.options()
        cells = [
            *build_cells(connection.write(selection, no_options), describe(connection, selection, no_options)),
            *cells,
        ]
    return cells
