"""What a recipe is: a description, its options, and a function from a selection to the cells' sources."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Template
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ..entities import RecipeInfo
from ..errors import BadInput
from .selection import Selection


class Options(BaseModel):
    """Base of a recipe's options: immutable, no unknown ones, no conversion between types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


@dataclass(frozen=True)
class Source:
    """The text of one cell to be."""

    kind: Literal["code", "markdown"]
    text: str


@dataclass(frozen=True)
class Recipe:
    """One thing that can be inserted. ``write`` is pure and deterministic."""

    name: str
    version: int
    title: str
    description: str
    needs: Literal["none", "run", "runs", "experiments", "artifact"]
    write: Callable[[Selection, Any], list[Source]]
    options: type[Options] = Options
    min_runs: int = 0
    max_runs: int | None = None

    @property
    def info(self) -> RecipeInfo:
        """The description that is sent to the browser; ``options`` is the JSON schema."""
        schema = self.options.model_json_schema()
        schema.setdefault("properties", {})
        schema["title"] = self.title
        schema.pop("description", None)
        return RecipeInfo(
            name=self.name,
            version=self.version,
            title=self.title,
            description=self.description,
            needs=self.needs,
            min_runs=self.min_runs,
            max_runs=self.max_runs,
            options=schema,
        )

    def parse_options(self, selection: Selection) -> Options:
        """As `complete_options`, for the options of a selection."""
        return self.complete_options(selection.options)

    def complete_options(self, given: Mapping[str, object]) -> Options:
        """Return options checked and completed by defaults.

        Raises
        ------
        BadInput
            An option is unknown or has a value that it cannot have; the message names recipe and option.
        """
        try:
            return self.options.model_validate(dict(given))
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            name = ".".join(str(part) for part in problem["loc"])
            if problem["type"] == "extra_forbidden":
                known = ", ".join(self.options.model_fields) or "none"
                raise BadInput(f"Recipe {self.name} has no option {name!r}. Its options: {known}.") from None
            raise BadInput(f"Option {name!r} of recipe {self.name}: {problem['msg']}.") from None

    def check(self, selection: Selection) -> None:
        """Raise `BadInput`, naming the recipe and what is missing, if the selection does not suit."""
        count = len(selection.runs)
        # A logged model's artifact needs no run.
        if count < self.min_runs and not (self.needs == "artifact" and selection.model):
            wanted = f"at least {_runs(self.min_runs)}" if self.max_runs != self.min_runs else _runs(self.min_runs)
            raise BadInput(f"Recipe {self.name} needs {wanted}; {count or 'none'} selected.")
        if self.max_runs is not None and count > self.max_runs:
            raise BadInput(f"Recipe {self.name} takes at most {_runs(self.max_runs)}; {count} are selected.")
        if len({run.run_id for run in selection.runs}) < count:
            raise BadInput(f"Recipe {self.name}: a run is selected twice.")
        if self.needs == "experiments" and not selection.experiments:
            raise BadInput(f"Recipe {self.name} needs an experiment; none selected.")
        if self.needs == "artifact":
            if selection.artifact_path is None:
                raise BadInput(f"Recipe {self.name} needs an artifact path; none given.")
            if selection.artifact_path.startswith("/") or ".." in selection.artifact_path.split("/"):
                raise BadInput(f"Recipe {self.name}: the artifact path has to be a path inside the run's artifacts.")


def code(template: str, /, **parts: str) -> Source:
    """Return a code cell from a template indented like the code around it; ``$name`` stands for a part.

    Parts come from `literals`; they are put in once and never read as a template themselves.
    """
    return Source("code", Template(textwrap.dedent(template).strip("\n")).substitute(parts))


def prose(text: str) -> Source:
    """Return a Markdown cell; names in `text` have been through `literals`."""
    return Source("markdown", text)


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
