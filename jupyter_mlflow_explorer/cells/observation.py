"""A whole notebook that explains chosen runs, composed of recipes: overview, one section a run, comparison, and space.

It stays readable with hundreds of runs: the best ones get sections and are compared; the others are rows of a table and
bars of histograms.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from pydantic import TypeAdapter, ValidationError

from ..entities import Run
from ..errors import BadInput
from . import literals
from .direction import is_smaller_better
from .naming import Naming
from .notebook import build_cells, build_notebook
from .provenance import describe
from .recipe import Source, code, prose
from .recipes import RECIPES
from .selection import Selection

#: Curves of more runs in one figure cannot be told apart.
_MOST_CURVES = 10
#: Words that name what a model is judged by, best known first.
_SCORES = ("auroc", "auc", "f1", "accuracy", "acc", "r2", "score", "val_loss", "loss", "rmse", "mae")


@dataclass(frozen=True)
class Observation:
    """What to write: ``metric`` ranks the runs (None: chosen), ``sections`` is the most runs with their own.

    ``template`` is this module's own, or the name of one made of a notebook (see `documents`). ``naming`` splits names
    into columns, and ``group_by`` (columns such as ``params.model`` or ``derived.model``) compares groups.
    """

    title: str
    metric: str | None = None
    sections: int = 20
    created_ms: int | None = None
    template: str = "observation"
    group_by: tuple[str, ...] = ()
    naming: Naming | None = None

    @property
    def as_json(self) -> dict[str, Any]:
        """What `of_json` takes: for the notebook's metadata."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {**fields, "group_by": list(self.group_by), "naming": self.naming and self.naming.model_dump()}

    @classmethod
    def of_json(cls, fields: Mapping[str, Any]) -> Observation:
        """Return what was meant by the metadata of a notebook.

        Raises
        ------
        BadInput
            It has no such meaning; it may have been changed by hand.
        """
        try:
            return _OBSERVATION.validate_json(json.dumps(fields), strict=True)
        except (ValidationError, TypeError) as error:
            raise BadInput(f"The metadata of the notebook's head is not what was written: {_first(error)}.") from None


_OBSERVATION = TypeAdapter(Observation)


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        problem = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
    return str(error)


def observation_notebook(selection: Selection, wanted: Observation) -> NotebookNode:
    """Return the notebook about a selection's runs, as validated nbformat 4.5.

    Raises
    ------
    BadInput
        There are no runs, or more than the recipes take.
    """
    cells = [*_recipe("setup", selection), *observation_cells(selection, wanted)]
    return build_notebook(wanted.title, selection, cells, created_ms=wanted.created_ms, document=wanted.as_json)


def observation_cells(selection: Selection, wanted: Observation) -> list[NotebookNode]:
    """Return everything below the setup cell."""
    metric = wanted.metric or ranking_metric(selection.runs)
    ranked = best_first(selection.runs, metric)
    chosen = dataclasses.replace(selection, runs=ranked[: wanted.sections])
    cells = [
        *_text(selection, "overview", "## Overview"),
        *_recipe("overview", selection, naming=wanted.naming),
    ]
    if wanted.group_by or wanted.naming is not None:
        cells += _text(selection, "groups", "## Groups")
        cells += _recipe("group-runs", selection, **_grouping(wanted, metric))
    if chosen.runs:
        cells += _text(selection, "runs", f"## Runs\n\n{_which(len(chosen.runs), len(ranked), metric)}")
        cells += _recipe("run-summary", chosen)
    if len(ranked) > len(chosen.runs):
        cells += _text(selection, "distributions", "## All runs together")
        cells += _recipe("distributions", selection, **_colors(wanted))
    if len(chosen.runs) > 1:
        few = dataclasses.replace(selection, runs=ranked[:_MOST_CURVES])
        cells += _text(selection, "comparison", "## Comparison")
        cells += [*_recipe("compare-runs", chosen), *_recipe("compare-metrics", few, **_colors(wanted))]
    cells += _text(selection, "exploration", "## Free exploration\n\nThe tables above are variables; go on from here.")
    cells += _sources(selection, "exploration", [_start(metric)], part=1)
    return cells


def ranking_metric(runs: tuple[Run, ...]) -> str | None:
    """Return the metric to rank by: the best known score that at least half of the runs have, else the commonest."""
    frequency: dict[str, int] = {}
    for run in runs:
        for key in run.metrics:
            frequency[key] = frequency.get(key, 0) + 1
    common = [key for key, count in sorted(frequency.items()) if 2 * count >= len(runs)]
    for word in _SCORES:
        for key in common:
            if word in key.lower():
                return key
    return max(sorted(frequency), key=lambda key: frequency[key], default=None)


def best_first(runs: tuple[Run, ...], metric: str | None) -> tuple[Run, ...]:
    """Return the runs sorted by a metric, ties as they came; NaN and missing values come last."""
    if metric is None:
        return runs
    sign = 1 if is_smaller_better(metric) else -1

    def key(run: Run) -> tuple[bool, float]:
        value = run.metrics.get(metric, math.nan)
        return math.isnan(value), 0.0 if math.isnan(value) else sign * value

    return tuple(sorted(runs, key=key))


def _which(count: int, total: int, metric: str | None) -> str:
    if metric is None:
        return f"{count} of {total} runs, as they were chosen." if count < total else "As they were chosen."
    best = "smaller" if is_smaller_better(metric) else "larger"
    many = f"The best {count} of {total} runs" if count < total else "All runs"
    return f"{many} by {literals.markdown_code(metric)} ({best} is better), best first."


def _start(metric: str | None) -> Source:
    if metric is None:
        return code('runs_overview.sort_values("started", ascending=False).head()')
    return code(
        """
        # The runs in the order of one metric; NaN comes last.
        if ("metric", $metric) in runs_values:
            display(runs_values.sort_values(("metric", $metric), ascending=$ascending).head())
        """,
        metric=literals.python(metric),
        ascending=str(is_smaller_better(metric)),
    )


def _grouping(wanted: Observation, metric: str | None) -> dict[str, Any]:
    metrics = {"metrics": [metric]} if metric is not None else {}
    return {"group_by": list(wanted.group_by), "naming": wanted.naming, **metrics}


def _colors(wanted: Observation) -> dict[str, Any]:
    """Return the options that give each group a colour."""
    return {"group_by": wanted.group_by[0], "naming": wanted.naming} if wanted.group_by else {}


def _recipe(name: str, selection: Selection, **given: Any) -> list[NotebookNode]:
    """Return the cells of a recipe, whose options default."""
    recipe = RECIPES[name]
    recipe.check(selection)
    options = recipe.complete_options(given)
    return build_cells(recipe.write(selection, options), describe(recipe, selection, options))


def _text(selection: Selection, section: str, text: str) -> list[NotebookNode]:
    return _sources(selection, section, [prose(text)])


def _sources(selection: Selection, section: str, sources: list[Source], part: int = 0) -> list[NotebookNode]:
    """Return cells that belong to the notebook as such and to no recipe."""
    mark = {"recipe": "notebook", "section": section, "place": part, "connection": selection.connection_id}
    return build_cells(sources, mark)
