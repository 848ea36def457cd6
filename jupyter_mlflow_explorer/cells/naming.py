"""Columns that are derived from names: a pattern such as ``{model}__{data}`` splits each run's name into parts.

A registry (YAML: the allowed values of each column) tells typing errors from new values. What does not fit the pattern
or the registry is always reported, and never counted as if it did.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ..entities import Run
from ..errors import BadInput
from . import literals

#: Appended to a value that the registry does not list, in tables and plots.
UNLISTED = " (not in the registry)"
#: Where names may come from. Also a JSON schema's pattern, so it anchors itself.
SOURCE = r"^attributes\.run_name$|^(params|tags)\.[\s\S]"
_COLUMN = re.compile(r"[A-Za-z_]\w{0,99}", re.ASCII)
_LARGEST_REGISTRY = 1 << 20
_SHOWN = 5

_Text = Annotated[str, Field(max_length=500)]


class Naming(BaseModel):
    """How names are split: ``pattern``, where the names are (``source``), and the values ``allowed`` by column."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    pattern: str = Field(
        min_length=1, max_length=1000, description="Names in braces and the text between them: {model}__{data}."
    )
    source: str = Field(
        default="attributes.run_name",
        max_length=500,
        pattern=SOURCE,
        description="What is split: attributes.run_name, or a param or tag such as params.pipeline.",
    )
    allowed: dict[str, list[_Text]] = Field(default={}, max_length=100, description="Allowed values by column.")

    @field_validator("pattern")
    @classmethod
    def _is_pattern(cls, pattern: str) -> str:
        try:
            _parse(pattern)
        except BadInput as error:
            raise ValueError(error.message) from None
        return pattern

    @model_validator(mode="after")
    def _allows_columns(self) -> Naming:
        for column in self.allowed:
            if column not in self.columns:
                known = ", ".join(self.columns)
                raise ValueError(f"The registry lists values of {column!r}, which the pattern lacks ({known}).")
        return self

    @property
    def columns(self) -> list[str]:
        """The names in braces, in order."""
        return [column for _, column in _parse(self.pattern) if column is not None]

    @property
    def expressions(self) -> list[str]:
        """The parts of a regular expression with named groups, for ``re.fullmatch``.

        A part does not hold the text that follows it, and the last one not the text before it; so a name with more
        parts than the pattern does not fit.
        """
        parts = _parse(self.pattern)
        after = [text for text, _ in parts[1:]] + [""]
        found = []
        for (text, column), following in zip(parts, after, strict=True):
            stop = re.escape(following or text)
            part = rf"(?:(?!{stop}).)+" if stop else ".+"
            found.append(re.escape(text) + (f"(?P<{column}>{part})" if column is not None else ""))
        return found


@dataclass(frozen=True)
class Derived:
    """What the names of runs say: ``values`` by run id (None where a name does not fit), and what is to be reported."""

    values: dict[str, dict[str, str] | None]
    unfit: list[str] = field(default_factory=list)
    unlisted: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def warnings(self) -> list[str]:
        """What is to be reported, as sentences with the first few names."""
        found = []
        if self.unfit:
            found.append(f"{len(self.unfit)} names do not fit the pattern: {_some(self.unfit)}.")
        for column, counts in self.unlisted.items():
            found.append(f"Not in the registry, as {column}: {_some(list(counts))}.")
        return found


def derive(runs: Iterable[Run], naming: Naming) -> Derived:
    """Return the derived columns of runs."""
    expression = re.compile("".join(naming.expressions), re.DOTALL)
    kind, _, key = naming.source.partition(".")
    derived = Derived({})
    for run in runs:
        text = run.run_name if kind == "attributes" else (run.params if kind == "params" else run.tags).get(key)
        match = expression.fullmatch(text or "")
        derived.values[run.run_id] = match.groupdict() if match else None
        if match is None:
            derived.unfit.append(text or run.run_id)
            continue
        for column, allowed in naming.allowed.items():
            value = match[column]
            if value not in allowed:
                counts = derived.unlisted.setdefault(column, {})
                counts[value] = counts.get(value, 0) + 1
    return derived


def read_registry(text: str, name: str) -> dict[str, list[str]]:
    """Return the allowed values by column of a registry: YAML whose keys are columns and whose values are lists.

    Raises
    ------
    BadInput
        It is no such YAML; the message names the file (`name`) and the place.
    """
    if len(text) > _LARGEST_REGISTRY:
        raise BadInput(f"The registry {name} is larger than 1 MB.")
    try:
        loaded = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        raise BadInput(f"The registry {name} is not valid YAML{place}.") from None
    if not isinstance(loaded, Mapping) or not loaded:
        raise BadInput(f"The registry {name} must name columns, each with a list of allowed values.")
    found = {}
    for column, values in loaded.items():
        if not isinstance(column, str) or not isinstance(values, list):
            raise BadInput(f"The registry {name}: {column} must be a column with a list of allowed values.")
        if not all(isinstance(value, str | int | float) for value in values):
            raise BadInput(f"The registry {name}: the values of {column} must be texts or numbers.")
        # Unquoted yes, no and numbers are what was written, not what YAML makes of them.
        for value in values:
            if isinstance(value, bool):
                raise BadInput(f"The registry {name}: write values such as yes and no of {column} in quotes.")
        found[column] = [str(value) for value in values]
    return found


def naming_of(
    pattern: str, source: str = "attributes.run_name", allowed: Mapping[str, list[str]] | None = None
) -> Naming:
    """Return the naming; columns of the registry that the pattern does not have are for other patterns.

    Raises
    ------
    BadInput
        The pattern or the source is none; the message says why.
    """
    known = {column for _, column in _parse(pattern)}
    try:
        return Naming(
            pattern=pattern,
            source=source,
            allowed={column: values for column, values in (allowed or {}).items() if column in known},
        )
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in problem["loc"])
        raise BadInput(f"How names are split: {name}: {problem['msg']}.") from None


def source(naming: Naming) -> str:
    """Return the source of ``split_names``, for the top level of a cell that imports ``re`` and ``pandas as pd``."""
    allowed = literals.python(naming.allowed, room=70)
    lines = "\n".join(f"    {literals.python(part)}" for part in naming.expressions) + ","
    return f'''\
# Names are split by {literals.comment(naming.pattern)}
name_pattern = re.compile(
{lines}
    re.DOTALL,
)
allowed_parts = {allowed}


def split_names(names):
    """Return the parts of names as columns; report what does not fit or is not allowed."""
    matches = [name_pattern.fullmatch(name) if isinstance(name, str) else None for name in names]
    parts = pd.DataFrame(
        [match.groupdict() if match else {{}} for match in matches],
        index=names.index,
        columns=list(name_pattern.groupindex),
        dtype=object,
    )
    unfit = [str(name) for name, match in zip(names, matches) if match is None]
    if unfit:
        print(f"{{len(unfit)}} names do not fit the pattern:", ", ".join(unfit[:20]))
    for column, allowed in allowed_parts.items():
        unlisted = parts[column].notna() & ~parts[column].isin(allowed)
        if unlisted.any():
            found = sorted(set(parts.loc[unlisted, column]))
            print(f"Not in the registry, as {{column}}:", ", ".join(found[:20]))
            parts.loc[unlisted, column] += "{UNLISTED}"
    return parts'''


def split_loaded(naming: Naming, runs: str, variable: str = "run_name_parts") -> str:
    """Return the lines that bind the parts of the names of loaded runs (a dict by label) to `variable`."""
    kind, _, key = naming.source.partition(".")
    text = "run.info.run_name" if kind == "attributes" else f"run.data.{kind}.get({literals.python(key)})"
    return f"""\
run_names = pd.Series(
    {{name: {text} for name, run in {runs}.items()}}, dtype=object
)
{variable} = split_names(run_names)
"""


def split_table(naming: Naming, table: str) -> str:
    """Return the lines that put the parts of names before the columns of a table of ``mlflow.search_runs``."""
    column = literals.python("tags.mlflow.runName" if naming.source == "attributes.run_name" else naming.source)
    return f"""\
# What the names say; a column that no run has is none of the search.
run_names = {table}.reindex(columns=[{column}]).squeeze("columns")
run_name_parts = split_names(run_names).add_prefix("derived.")
{table} = pd.concat([run_name_parts, {table}], axis="columns")
"""


def _parse(pattern: str) -> list[tuple[str, str | None]]:
    """Return (text before, column) of each part; the last column is None where text follows.

    Raises
    ------
    BadInput
        It is no pattern; the message says why.
    """
    try:
        parts = list(string.Formatter().parse(pattern))
    except ValueError as error:
        raise BadInput(f"The pattern {pattern!r} is not closed: {error}. Write {{{{ for a brace.") from None
    found: list[tuple[str, str | None]] = []
    text = ""
    for before, column, specification, conversion in parts:
        text += before
        if column is None:
            continue
        if specification or conversion or not _COLUMN.fullmatch(column):
            raise BadInput(f"The pattern has {column!r} in braces; a column is a word of letters, digits and _.")
        if any(column == known for _, known in found):
            raise BadInput(f"The pattern names the column {column!r} twice.")
        if found and not text:
            raise BadInput(f"The pattern needs some text between {found[-1][1]!r} and {column!r}, such as __.")
        found.append((text, column))
        text = ""
    if not found:
        raise BadInput(f"The pattern {pattern!r} names no column. Write one in braces, such as {{model}}__{{data}}.")
    return [*found, (text, None)] if text else found


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(literals.shorten(literals.visible(name), 80) for name in names[:_SHOWN]) + (
        f" and {more} more" if more > 0 else ""
    )
