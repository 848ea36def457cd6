"""What stands in double braces in a template: a word inside text, or a whole cell that recipes fill.

::

    # {{ title }}                      inside Markdown: a word of `WORDS`

    {{ leaderboard                     a raw or Markdown cell of its own: a recipe, or `observation`,
    metric: auroc                      with options as YAML below the name
    top: 10 }}

``\\{{`` is no placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import yaml
from pydantic import Field

from ..errors import BadInput
from . import literals
from .catalogue import find, options_of
from .recipe import Options, Recipe
from .selection import Selection

_NAME = r"[A-Za-z][A-Za-z0-9_-]*"
#: A cell that is nothing but one placeholder.
_WHOLE = re.compile(r"\{\{(?P<inner>(?:(?!\{\{).)*)\}\}", re.DOTALL)
_INSIDE = re.compile(r"(?<!\\)\{\{[ \t]*(?P<name>" + _NAME + r")[ \t]*\}\}")
_LONGEST = 10_000
_MOST_NAMES = 20

#: The name of the placeholder for everything that a notebook without a template has.
OBSERVATION = "observation"


class ObservationOptions(Options):
    """Options of the placeholder `observation`; those left out are the notebook's."""

    sections: int | None = Field(default=None, ge=0, le=1000)
    rank_by: str | None = Field(default=None, min_length=1)


@dataclass(frozen=True)
class Placeholder:
    """A cell that is filled.

    ``best`` takes only that many runs, best first; None takes all as they were chosen. ``artifact`` is the path for
    recipes that read one.
    """

    name: str
    options: dict[str, Any]
    best: int | None = None
    artifact: str | None = None


def read_whole(text: str) -> Placeholder | None:
    """Return the placeholder that a cell's text is, None for a cell that is not a single one.

    A word of `WORDS` is no such placeholder: it stays text.

    Raises
    ------
    BadInput
        It is one, and has no name, no readable options, or no recipe of this name takes them.
    """
    match = _WHOLE.fullmatch(text.strip())
    if match is None:
        return None
    if len(text) > _LONGEST:
        raise BadInput(f"the placeholder is longer than {_LONGEST} characters.")
    name, _, below = match["inner"].strip().partition("\n")
    name = name.strip()
    if name in WORDS and not below.strip():
        return None
    if not re.fullmatch(_NAME, name):
        raise BadInput(
            f"{literals.shorten(literals.visible(name), 60)!r} is no name. Write the name of a recipe on the first line"
            " and its options below, one on each line as `name: value`."
        )
    return _checked(name, _read_options(name, below))


def fill_words(text: str, selection: Selection, title: str, created_ms: int | None) -> str:
    """Return Markdown with its words replaced by what they stand for, as data."""

    def replace(match: re.Match[str]) -> str:
        return WORDS[match["name"]](Facts(selection, title, created_ms))

    # In one pass: what is put in is never read as a template.
    return _INSIDE.sub(replace, text)


def has_words(text: str) -> bool:
    """Return whether there are placeholders inside the text, and check their names.

    Raises
    ------
    BadInput
        One of them has an unknown name, or the name of a recipe.
    """
    names = [match["name"] for match in _INSIDE.finditer(text)]
    for name in names:
        if name not in WORDS:
            raise BadInput(
                f"`{{{{ {name} }}}}` inside text is unknown; there are {', '.join(WORDS)}. A recipe needs a cell of its"
                " own. Put a backslash before braces that are no placeholder."
            )
    return bool(names)


def is_misplaced(source: str) -> bool:
    """Return whether a code cell is what would be a placeholder in a raw or Markdown cell."""
    match = _WHOLE.fullmatch(source.strip())
    return match is not None and re.fullmatch(_NAME, match["inner"].strip().partition("\n")[0].strip()) is not None


@dataclass(frozen=True)
class Facts:
    """What the words are about."""

    selection: Selection
    title: str
    created_ms: int | None


def _created(facts: Facts) -> str:
    if facts.created_ms is None:
        return "unknown"
    return f"{datetime.fromtimestamp(facts.created_ms / 1000, tz=timezone.utc):%Y-%m-%d %H:%M} UTC"


def _experiments(facts: Facts) -> str:
    experiments = facts.selection.experiments
    names = [literals.markdown_code(literals.shorten(one.name, 80)) for one in experiments[:_MOST_NAMES]]
    more = len(experiments) - _MOST_NAMES
    return (", ".join(names) + (f" and {more} more" if more > 0 else "")) or "none"


#: What stands for what inside Markdown.
WORDS: dict[str, Callable[[Facts], str]] = {
    "title": lambda facts: literals.markdown(facts.title),
    "connection": lambda facts: literals.markdown_code(facts.selection.connection_name),
    "created": _created,
    "runs": lambda facts: str(len(facts.selection.runs)),
    "experiments": _experiments,
}


def _read_options(name: str, text: str) -> dict[str, Any]:
    try:
        # A few aliases of aliases would fill the memory, and options have no use for them.
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=yaml.SafeLoader)):
            raise BadInput(f"the options of {name} hold a YAML alias. Write the value out.")
        given = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1} below the name" if mark is not None else ""
        problem = literals.visible(str(getattr(error, "problem", None) or "not readable"))
        raise BadInput(f"the options of {name} are no YAML{where}: {problem}.") from None
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(key, str) for key in given):
        raise BadInput(f"the options of {name} must be lines such as `top: 10`.")
    return given


def _checked(name: str, given: dict[str, Any]) -> Placeholder:
    if name == OBSERVATION:
        recipe = Recipe(OBSERVATION, 1, "", "", "runs", lambda selection, options: [], ObservationOptions)
        return Placeholder(name, recipe.complete_options(given).model_dump())
    found = find(name)
    recipe = found if isinstance(found, Recipe) else found.recipe
    best = given.pop("best", None) if "best" not in recipe.options.model_fields else None
    if best is not None and (type(best) is not int or not 1 <= best <= 1000):
        raise BadInput(f"Option 'best' of {name} must be a whole number from 1 to 1000.")
    artifact = given.pop("artifact", None) if recipe.needs == "artifact" else None
    if recipe.needs == "artifact" and (not isinstance(artifact, str) or not artifact):
        raise BadInput(f"{name} needs a line such as `artifact: tables/scores.csv`.")
    options_of(name, given)
    return Placeholder(name, given, best, artifact)
