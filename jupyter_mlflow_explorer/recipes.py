"""For authors of recipes: what a package needs to bring its own cells, and nothing else of this project.

A package announces a recipe in the entry-point group ``jupyter_mlflow_explorer.recipes``, under the recipe's name; the
entry point leads to a `Recipe`. ``docs/writing-a-recipe.md`` explains it, with an example. This module is stable:
what it exports changes only in a new major version.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias, TypeVar

from .cells import literals
from .cells.direction import is_smaller_better
from .cells.recipe import Options, Recipe, Source, code, prose
from .cells.recipes import loading
from .cells.selection import Selection
from .entities import Experiment, Run
from .errors import BadInput

__all__ = [
    "BadInput",
    "EntryPointTarget",
    "Experiment",
    "Options",
    "Recipe",
    "Run",
    "Selection",
    "Source",
    "Write",
    "code",
    "is_smaller_better",
    "literals",
    "loading",
    "prose",
]

OptionsType = TypeVar("OptionsType", bound=Options, contravariant=True)

#: What an entry point of the group leads to.
EntryPointTarget: TypeAlias = Recipe


class Write(Protocol[OptionsType]):
    """The function that writes a recipe's cells.

    It is pure: the same selection and options give the same sources, without network, clock or randomness. It gets only
    selections that suit the recipe's ``needs``, ``min_runs`` and ``max_runs``, and options that were checked. Text of
    the selection is put into sources by `literals` alone.
    """

    def __call__(self, selection: Selection, options: OptionsType, /) -> list[Source]:
        """Return the sources of 1 or more cells; code that compiles, without magics.

        Raises
        ------
        BadInput
            The recipe cannot write cells for this selection; the message says what to choose instead.
        """
        ...
