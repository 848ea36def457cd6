"""Notebook cells from entities: deterministic, and without network, clock or MLflow."""

from __future__ import annotations

from nbformat import NotebookNode

from .catalogue import Catalogue, catalogue, cells_of, find, with_naming
from .notebook import build_cells, build_notebook
from .provenance import METADATA_KEY, describe, source_hash
from .recipe import Recipe
from .recipes import RECIPES
from .selection import Search, Selection

__all__ = [
    "METADATA_KEY",
    "RECIPES",
    "Catalogue",
    "Recipe",
    "Search",
    "Selection",
    "build_notebook",
    "catalogue",
    "find",
    "render",
    "source_hash",
    "with_naming",
]


def render(name: str, selection: Selection, *, setup: bool = False) -> list[NotebookNode]:
    """Return the cells of one recipe for a selection, as validated nbformat 4.5 nodes.

    With ``setup`` the connection's setup cell comes first. A recipe of another package may take seconds.

    Raises
    ------
    NotFound
        No recipe has this name, or it is switched off.
    BadInput
        The selection or an option does not suit the recipe; the message names which.
    RecipeFailed
        The recipe is another package's and broken.
    """
    cells = cells_of(name, selection)
    if setup and name != "setup":
        connection = RECIPES["setup"]
        no_options = connection.options()
        cells = [
            *build_cells(connection.write(selection, no_options), describe(connection, selection, no_options)),
            *cells,
        ]
    return cells
