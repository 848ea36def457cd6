"""A recipe from another package: checked when it is loaded, watched when it writes, so that it harms nothing else.

Whatever goes wrong in it becomes one sentence that names package and recipe.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import TypeVar

from ..entities import RecipeInfo
from ..errors import ExplorerError, RecipeFailed
from .literals import shorten, visible
from .recipe import Options, Recipe, Source
from .recipes.setup import public_uri
from .selection import Selection

Result = TypeVar("Result")

#: A recipe that takes longer is given up; its thread cannot be stopped, and holds nobody up.
LOAD_LIMIT_S = 20.0
WRITE_LIMIT_S = 20.0
#: Cells of one use of a recipe; more than any notebook stays readable with.
_MOST_CELLS = 5000
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
#: Words that mean something else in cells' metadata and in templates.
RESERVED = frozenset({"notebook", "observation", "title", "connection", "created", "runs", "experiments"})


class Unfit(Exception):
    """What an entry point leads to cannot be used; the text says why."""


@dataclass(frozen=True)
class Extension:
    """A recipe of another package; `source` is the package's name and version."""

    recipe: Recipe
    source: str
    info: RecipeInfo

    def write(self, selection: Selection, options: Options) -> list[Source]:
        """Return the cells' sources, checked.

        Raises
        ------
        RecipeFailed
            The recipe raised, took too long, or returned what cannot be cells.
        ExplorerError
            The recipe refused the selection by one of our errors.
        """
        # Another package has no use for credentials, and might write them into a cell.
        public = dataclasses.replace(
            selection,
            tracking_uri=public_uri(selection.tracking_uri),
            registry_uri=public_uri(selection.registry_uri) if selection.registry_uri else None,
        )
        return self.guard(lambda: _checked_sources(self.recipe.write(public, options)))

    def guard(self, work: Callable[[], Result]) -> Result:
        """Return what `work` returns; its failures become `RecipeFailed`."""
        try:
            return within(WRITE_LIMIT_S, work)
        except ExplorerError:
            raise
        except Exception as error:
            raise RecipeFailed(
                f"Recipe {self.recipe.name} of {self.source} failed: {explain(error)} Tell its authors, or remove the"
                " package."
            ) from error


def check(value: object, name: str, source: str) -> Extension:
    """Return what the entry point `name` leads to as an extension.

    Raises
    ------
    Unfit
        It is no recipe, or one of its fields is wrong.
    """
    if not isinstance(value, Recipe):
        raise Unfit(f"it leads to an object of type {type(value).__name__}, not to a Recipe.")
    if not isinstance(value.name, str) or not _NAME.fullmatch(value.name) or len(value.name) > 60:
        raise Unfit("its name must be at most 60 of a-z, 0-9 and single hyphens, such as run-timeline.")
    if value.name != name:
        raise Unfit(f"the recipe calls itself {value.name}; entry point and recipe must have the same name.")
    if value.name in RESERVED:
        raise Unfit("this name means something else; choose another.")
    if type(value.version) is not int or value.version < 1:
        raise Unfit("its version must be a whole number from 1.")
    most = value.max_runs
    if type(value.min_runs) is not int or not (most is None or type(most) is int):
        raise Unfit("its min_runs and max_runs must be whole numbers.")
    if not callable(value.write) or not _takes_two(value.write):
        raise Unfit("its write must be a function of two arguments, selection and options.")
    if not (isinstance(value.options, type) and issubclass(value.options, Options)):
        raise Unfit("its options must be a class that is derived from Options.")
    try:
        value.options()
    except ValueError as error:
        raise Unfit("each of its options must have a default.") from error
    info = value.info.model_copy(update={"source": source})
    # `info` was checked field by field when it was made; this shows that the options' schema is JSON.
    info.model_dump_json()
    if not info.title.strip() or not info.description.strip():
        raise Unfit("its title and description must not be empty.")
    return Extension(value, source, info)


def explain(error: Exception) -> str:
    """Return what went wrong as one sentence on one line."""
    if isinstance(error, Unfit):
        return str(error)
    if isinstance(error, TimeoutError) and not error.args:
        return "it did not finish in time."
    text = shorten(visible(str(error)), 300).rstrip(".")
    return f"{type(error).__name__}{': ' if text else ''}{text}{_where(error)}."


def within(limit_s: float, work: Callable[[], Result]) -> Result:
    """Return what `work` returns, or raise what it raises; `TimeoutError` after `limit_s` seconds.

    It runs in a thread that the end of the process does not wait for.
    """
    results: list[Result] = []
    failures: list[Exception] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:
            failures.append(error)
        except BaseException as error:
            # SystemExit and the like: a package must not end the server.
            failures.append(Unfit(f"it raised {type(error).__name__}{_where(error)}."))

    thread = threading.Thread(target=run, name="mlflow-explorer-recipe", daemon=True)
    thread.start()
    thread.join(limit_s)
    if failures:
        raise failures[0]
    if not results:
        raise TimeoutError
    return results[0]


def _where(error: BaseException) -> str:
    """Return file and line of where it was raised, for the package's authors."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<")]
    return f" ({visible(PurePath(frames[-1].filename).name)}, line {frames[-1].lineno})" if frames else ""


def _checked_sources(sources: object) -> list[Source]:
    if not isinstance(sources, list) or not all(isinstance(one, Source) for one in sources):
        raise Unfit("write must return a list of Source, as code() and prose() make them.")
    if not 1 <= len(sources) <= _MOST_CELLS:
        raise Unfit(f"write must return 1 to {_MOST_CELLS} cells, not {len(sources)}.")
    for number, source in enumerate(sources, 1):
        if source.kind not in ("code", "markdown") or not isinstance(source.text, str):
            raise Unfit(f"cell {number} is neither text of code nor of Markdown.")
        try:
            source.text.encode()
            if source.kind == "code":
                # As a kernel compiles it. Magics are no Python, and other tools cannot read them.
                compile(source.text, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        except UnicodeEncodeError:
            raise Unfit(f"cell {number} holds a character that is not valid Unicode.") from None
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            where = f", line {line}" if line else ""
            raise Unfit(
                f"cell {number} is no valid Python{where}: {visible(getattr(error, 'msg', str(error)))}."
            ) from None
    return sources


def _takes_two(function: Callable[..., object]) -> bool:
    try:
        inspect.signature(function).bind(None, None)
    except TypeError:
        return False
    except ValueError:
        return True  # Written in C: there is no telling.
    return True
