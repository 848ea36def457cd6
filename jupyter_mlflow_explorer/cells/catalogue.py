"""All recipes: the built-in ones, and those that installed packages bring through the entry-point group `GROUP`.

The packages are imported when somebody asks for more than a built-in recipe, once in a process, and never when the
server starts. Importing takes time, so call `catalogue` in a thread.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from nbformat import NotebookNode

from ..entities import RecipeInfo, RecipeProblem
from ..errors import NotFound
from .extension import LOAD_LIMIT_S, Extension, check, explain, within
from .literals import visible
from .naming import Naming
from .notebook import build_cells
from .provenance import describe
from .recipe import Options, Recipe
from .recipes import RECIPES
from .selection import Selection

GROUP = "jupyter_mlflow_explorer.recipes"

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_loaded: Catalogue | None = None


@dataclass(frozen=True)
class Catalogue:
    """The recipes of installed packages by name, and what is wrong with those that are switched off."""

    extensions: Mapping[str, Extension]
    problems: tuple[RecipeProblem, ...] = ()

    @property
    def names(self) -> list[str]:
        """Names of all recipes, in the order of the menu."""
        return [*RECIPES, *self.extensions]

    @property
    def infos(self) -> list[RecipeInfo]:
        """Descriptions of all recipes, in the order of the menu."""
        return [*(recipe.info for recipe in RECIPES.values()), *(one.info for one in self.extensions.values())]


def catalogue() -> Catalogue:
    """Return all recipes; the first call imports the packages. Each problem is logged then."""
    global _loaded
    with _lock:
        if _loaded is None:
            # A package that prints while it is imported must not spoil what a command prints for machines.
            with contextlib.redirect_stdout(sys.stderr):
                _loaded = _load()
            for problem in _loaded.problems:
                _log.warning("%s", problem.message)
        return _loaded


def forget() -> None:
    """Let the next call of `catalogue` look again."""
    global _loaded
    with _lock:
        _loaded = None


def find(name: str) -> Recipe | Extension:
    """Return a recipe by its name.

    Raises
    ------
    NotFound
        No recipe has this name, or the one that has it is switched off; the message says why.
    """
    if name in RECIPES:
        return RECIPES[name]
    everything = catalogue()
    if name in everything.extensions:
        return everything.extensions[name]
    for problem in everything.problems:
        if problem.name == name:
            raise NotFound(problem.message)
    raise NotFound(f"There is no recipe {visible(name)[:80]!r}. Known recipes: {', '.join(everything.names)}.")


def options_of(name: str, given: Mapping[str, object]) -> Options:
    """Return the options of the recipe `name`, checked and completed.

    Raises
    ------
    NotFound, BadInput, RecipeFailed
        As `find`, `Recipe.complete_options` and `Extension.write`.
    """
    found = find(name)
    if isinstance(found, Recipe):
        return found.complete_options(given)
    return found.guard(lambda: found.recipe.complete_options(given))


def with_naming(name: str, given: Mapping[str, object], naming: Naming | None) -> Mapping[str, object]:
    """Return the options with the naming for a recipe that takes one and was given none; raises as `find`."""
    if naming is None or given.get("naming") is not None:
        return given
    found = find(name)
    recipe = found if isinstance(found, Recipe) else found.recipe
    return {**given, "naming": naming} if "naming" in recipe.options.model_fields else given


def cells_of(name: str, selection: Selection) -> list[NotebookNode]:
    """Return the cells of one recipe for a selection, marked with their provenance.

    Raises
    ------
    NotFound, BadInput, RecipeFailed
        As `options_of`; or the selection does not suit.
    """
    found = find(name)
    if isinstance(found, Recipe):
        found.check(selection)
        options = found.parse_options(selection)
        return build_cells(found.write(selection, options), describe(found, selection, options))
    extension = found
    # Its class may be derived from `Recipe`, and its options have code of their own.
    extension.guard(lambda: extension.recipe.check(selection))
    options = options_of(name, selection.options)
    sources = extension.write(selection, options)
    return build_cells(sources, extension.guard(lambda: describe(extension.recipe, selection, options)))


def _load() -> Catalogue:
    try:
        # Sorted, so that of two packages with the same recipe it is always the same one that has it.
        found = sorted(entry_points(group=GROUP), key=lambda point: (_source(point), point.name, point.value))
    except Exception as error:
        message = f"The recipes of installed packages cannot be listed: {explain(error)}"
        return Catalogue({}, (RecipeProblem(name="", source="", message=message),))
    extensions: dict[str, Extension] = {}
    problems = []
    for point in found:
        name, source = visible(point.name), _source(point)
        try:
            if point.name in RECIPES:
                reason = "a built-in recipe has this name."
            elif point.name in extensions:
                reason = f"{extensions[point.name].source} has a recipe of this name."
            else:
                extensions[point.name] = within(LOAD_LIMIT_S, lambda point=point: _checked(point))  # type: ignore[misc]
                continue
        except Exception as error:
            reason = explain(error)
        message = f"Recipe {name} of {source} is switched off: {reason}"
        problems.append(RecipeProblem(name=name, source=source, message=message))
    return Catalogue(dict(sorted(extensions.items())), tuple(problems))


def _checked(point: EntryPoint) -> Extension:
    return check(point.load(), point.name, _source(point))


def _source(point: EntryPoint) -> str:
    """Return name and version of the package."""
    try:
        if point.dist is not None:
            return visible(f"{point.dist.name} {point.dist.version}")
    except Exception:
        _log.debug("No name or version for entry point %s", point.name, exc_info=True)
    return visible(point.value.partition(":")[0])
