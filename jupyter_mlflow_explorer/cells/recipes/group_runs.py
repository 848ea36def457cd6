"""`group-runs`: metrics of runs by group: how many, mean, spread, and which group is best."""

from __future__ import annotations

import textwrap
from typing import Annotated

from pydantic import Field

from .. import literals
from ..direction import is_smaller_better, looks_like_score
from ..naming import Naming
from ..recipe import Options, Recipe, Source, code, prose
from ..selection import Selection
from . import columns, loading

_Group = Annotated[str, Field(max_length=500, pattern=columns.GROUP)]


class GroupRunsOptions(Options):
    """Options of `group-runs`."""

    group_by: list[_Group] = Field(
        default=[],
        max_length=5,
        description="Columns such as params.model or derived.model; empty for a param that differs, or the status.",
    )
    metrics: list[Annotated[str, Field(min_length=1, max_length=500)]] = Field(
        default=[], max_length=50, description="Metrics to summarise, the first decides; empty for up to three."
    )
    naming: Naming | None = columns.NAMING


def write(selection: Selection, options: GroupRunsOptions) -> list[Source]:
    """Load the runs, summarise their metrics by group as a table, and draw the first one."""
    groups = options.group_by or _default_groups(selection, options.naming)
    split = columns.used("group-runs", options.naming, groups)
    metrics = options.metrics or _default_metrics(selection)
    names = ", ".join(literals.markdown_code(group) for group in groups)
    return [
        prose(loading.heading(f"{loading.count(selection).capitalize()} by {names}", selection, at_most=5)),
        code(
            """
            ${re}import sys

            import matplotlib.pyplot as plt
            import pandas as pd

            $function


            $values


            grouped_runs = load_mlflow_runs(
                $experiment_ids,
                $names,
            )
            ${parts}group_columns = $groups
            run_groups = pd.DataFrame(
                {
                    column: read_run_values(grouped_runs, column).astype(object)
                    for column in group_columns
                },
                index=list(grouped_runs),
            )
            run_groups = run_groups.where(run_groups.notna(), "(none)").astype(str)
            group_summary = pd.DataFrame()
            if grouped_runs:
            $summary
            group_summary
            """,
            re="import re\n" if split else "",
            function=loading.function(selection),
            values=columns.function(split),
            parts=columns.parts(split, "grouped_runs"),
            groups=literals.python(groups, room=70),
            summary=textwrap.indent(_summary(metrics), " " * 4),
            **loading.arguments(selection),
        ),
    ]


def _default_groups(selection: Selection, split: Naming | None) -> list[str]:
    """Return the derived columns where there is a pattern, else a param with few values, else the status."""
    if split is not None:
        return [f"derived.{column}" for column in split.columns][:5]
    params = [f"params.{key}" for key in columns.groups(selection)]
    return params[:1] or ["attributes.status"]


def _default_metrics(selection: Selection) -> list[str]:
    known = columns.metrics(selection)
    scores = [key for key in known if looks_like_score(key)]
    return list(dict.fromkeys([*scores, *known]))[:3]


def _summary(metrics: list[str]) -> str:
    if not metrics:
        return (
            'print("The runs have no metric with a finite value.")\n'
            'group_summary = run_groups.value_counts().to_frame("runs")'
        )
    return f"""\
group_metrics = {literals.python(metrics, room=70)}
group_values = pd.DataFrame(
    [
        [run.data.metrics.get(key, float("nan")) for key in group_metrics]
        for run in grouped_runs.values()
    ],
    index=run_groups.index,
    columns=group_metrics,
    dtype=float,
)
# Infinities have no mean; SQL stores keep one as the largest float.
group_values = group_values.where(group_values.abs() < sys.float_info.max)
by_group = group_values.groupby([run_groups[column] for column in group_columns])
group_summary = by_group.agg(["count", "mean", "std", "min", "max"])
group_summary.insert(0, ("runs", ""), by_group.size())
# Best first, by the mean of the first metric.
group_summary = group_summary.sort_values(
    (group_metrics[0], "mean"), ascending={is_smaller_better(metrics[0])}, kind="stable"
)

drawn_values = group_values[group_metrics[0]].dropna()
drawn_groups = run_groups.loc[drawn_values.index].agg(" / ".join, axis="columns")
# Best first; more than 40 boxes cannot be read.
drawn_names = (
    drawn_values.groupby(drawn_groups)
    .mean()
    .sort_values(ascending={is_smaller_better(metrics[0])})
    .index[:40]
)
if len(drawn_names):
    figure, axes = plt.subplots(figsize=(9, 5), layout="constrained")
    boxes = [drawn_values[drawn_groups == name] for name in drawn_names]
    axes.boxplot(boxes, positions=range(len(boxes)), widths=0.6)
    for place, values in enumerate(boxes):
        axes.scatter([place] * len(values), values, s=12, alpha=0.6)
    labels = [name[:40] for name in drawn_names]
    axes.set_xticks(range(len(boxes)), labels, rotation=30, ha="right", parse_math=False)
    axes.set_ylabel(group_metrics[0], parse_math=False)
    plt.show()"""


RECIPE = Recipe(
    name="group-runs",
    version=1,
    title="Runs by group",
    description="Count, mean and spread of metrics for each group of runs, best group first, and a box plot.",
    needs="runs",
    write=write,
    options=GroupRunsOptions,
    min_runs=1,
    max_runs=1000,
)
