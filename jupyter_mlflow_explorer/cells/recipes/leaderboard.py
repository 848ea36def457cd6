"""`leaderboard`: the best runs of some experiments by a metric, searched for each time the cell runs."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from .. import literals, naming
from ..direction import SCORE, SMALLER, is_smaller_better, looks_like_score
from ..naming import Naming
from ..recipe import Options, Recipe, Source, code
from ..selection import Selection
from . import columns

_ORDERED_METRIC = re.compile(r"\s*metrics?\.(`[^`]+`|\"[^\"]+\"|[^`\"\s]+)(\s+(ASC|DESC))?\s*", re.IGNORECASE)


class LeaderboardOptions(Options):
    """Options of `leaderboard`."""

    metric: str = Field(
        default="", max_length=500, description="Metric to rank by; empty for the ordering one, or a score."
    )
    direction: Literal["auto", "maximize", "minimize"] = Field(
        default="auto",
        description="Which values are best; auto takes losses, errors and costs for better when smaller.",
    )
    top: int = Field(default=20, ge=1, le=50_000, description="Number of runs to show.")
    metrics: list[Annotated[str, Field(min_length=1, max_length=500)]] = Field(
        default=[], max_length=100, description="Further metrics to show."
    )
    max_params: int = Field(default=20, ge=0, le=1000, description="Params shown; the variable holds all that differ.")
    group_by: str = Field(
        default="",
        max_length=500,
        pattern=rf"^$|{columns.GROUP}",
        description="Show the best run of each group only, such as params.model or derived.model.",
    )
    naming: Naming | None = columns.NAMING


def write(selection: Selection, options: LeaderboardOptions) -> list[Source]:
    """Let the server find the best runs, and show them as a table."""
    metric = options.metric or _default_metric(selection)
    return [
        code(
            '''
            ${re}${imports}import pandas as pd

            leaderboard_experiments = [$experiment_ids
            ]
            $choice
            leaderboard_metrics = $columns
            ${group_name}leaderboard_runs = mlflow.search_runs(
                experiment_ids=leaderboard_experiments,$filter
                order_by=$order_by,
                max_results=$top,
            )
            # SQL stores keep an infinite metric as the largest float.
            leaderboard_runs = leaderboard_runs.replace(
                {sys.float_info.max: float("inf"), -sys.float_info.max: float("-inf")}
            )


            ${split}def tabulate_ranked_runs(runs):
                """Return a row for each run that has the first metric; missing or NaN is no rank."""
                # What no run has is no column of a search.
                needed = [*leaderboard_metrics, "tags.mlflow.runName"$needed]
                runs = runs.reindex(columns=runs.columns.union(needed, sort=False))
                runs = runs.dropna(subset=leaderboard_metrics[:1]).reset_index(drop=True)
                ${best_of_groups}started = pd.to_datetime(runs["start_time"], utc=True)
                ended = pd.to_datetime(runs["end_time"], utc=True)
                params = sorted(column for column in runs if column.startswith("params."))
                state = {
                    "age": (pd.Timestamp.now("UTC") - started).dt.floor("s"),
                    "duration": (ended - started).dt.floor("s"),
                    "status": runs["status"],
                    "run_id": runs["run_id"],
                }
                return pd.concat(
                    [
                        runs[leaderboard_metrics[0]]
                        .rank(method="min", ascending=$ascending)
                        .astype(int)
                        .rename("rank"),
                        ${group}runs["tags.mlflow.runName"].rename("run"),
                        runs[leaderboard_metrics],
                        # Params that differ.
                        runs[params].loc[:, runs[params].nunique(dropna=False) > 1],
                        pd.DataFrame(state),
                    ],
                    axis="columns",
                )


            def mark_best_value(values):
                """Mark the best value of a metric; NaN is never the best."""
                best = $best
                return [
                    "font-weight: bold; background-color: #c8e6c9; color: black"
                    if value == best
                    else ""
                    for value in values
                ]


            ${join}leaderboard = tabulate_ranked_runs(leaderboard_runs)
            leaderboard_params = [column for column in leaderboard if column.startswith("params.")]
            print(f"{len(leaderboard)} $what ranked by {leaderboard_metric}, $first first.")
            print(f"{len(leaderboard_params)} params differ; at most $max_params are shown.")
            (
                leaderboard.style.apply(mark_best_value, subset=leaderboard_metrics)
                .format(escape="html", na_rep="")
                .format("{:.6g}", subset=leaderboard_metrics, na_rep="")
                .format_index(escape="html", axis="columns")
                .hide(axis="index")
                .hide([*leaderboard_params[$max_params:], "run_id"], axis="columns")
            )
            ''',
            experiment_ids=_experiments(selection),
            filter=f"\n    filter_string={literals.python(selection.filter)}," if selection.filter.strip() else "",
            top=literals.python(50_000 if options.group_by else options.top),
            **_group(options),
            re="import re\n" if metric and options.group_by.startswith("derived.") else "",
            max_params=literals.python(options.max_params),
            **(_known(selection, options, metric) if metric else _chosen_by_cell(selection, options)),
        )
    ]


def _known(selection: Selection, options: LeaderboardOptions, metric: str) -> dict[str, str]:
    keys = list(dict.fromkeys([metric, *options.metrics]))
    smaller = keys if options.direction == "minimize" else []
    if options.direction == "auto":
        smaller = [key for key in keys if is_smaller_better(key)]
    is_ascending = metric in smaller
    order_by = [f"metrics.{_quoted(metric)} {'ASC' if is_ascending else 'DESC'}", *_other_orders(selection, metric)]
    choice = f"leaderboard_metric = {literals.python(metric)}"
    if smaller:
        names = literals.python([f"metrics.{key}" for key in smaller], room=60)
        choice += f"\nsmaller_is_better = {names}"
    return {
        "imports": "import sys\n\n",
        "choice": choice,
        "columns": literals.python([f"metrics.{key}" for key in keys], room=70),
        "order_by": literals.python(order_by, indent=4, room=70),
        "ascending": literals.python(is_ascending),
        "best": "values.min() if values.name in smaller_is_better else values.max()" if smaller else "values.max()",
        "first": "smallest" if is_ascending else "largest",
    }


def _chosen_by_cell(selection: Selection, options: LeaderboardOptions) -> dict[str, str]:
    lines = [
        "# The metric: a score that many of the newest runs have, or else what most of them have.",
        "newest_runs = mlflow.search_runs(",
        "    experiment_ids=leaderboard_experiments,",
        *([f"    filter_string={literals.python(selection.filter)},"] if selection.filter.strip() else []),
        '    max_results=100,\n    output_format="list",\n)',
        "metric_counts = Counter(key for run in newest_runs for key in run.data.metrics)",
        f"smaller_is_better = re.compile({literals.python(SMALLER)}, re.IGNORECASE)",
        f"looks_like_score = re.compile({literals.python(SCORE)}, re.IGNORECASE)",
        "leaderboard_metric = max(",
        "    sorted(metric_counts),",
        "    key=lambda key: (",
        "        bool(looks_like_score.search(key)) and not smaller_is_better.search(key),",
        "        metric_counts[key],",
        "    ),",
        '    default="",',
        ")",
    ]
    ascending = {
        "auto": "bool(smaller_is_better.search(leaderboard_metric))",
        "maximize": "False",
        "minimize": "True",
    }[options.direction]
    lines.append(f"is_smaller_better = {ascending}")
    more = "".join(f", {literals.python(f'metrics.{key}')}" for key in options.metrics)
    if options.direction == "auto":
        best = "values.min() if smaller_is_better.search(values.name) else values.max()"
    else:
        best = "values.max()" if options.direction == "maximize" else "values.min()"
    return {
        "imports": "import re\nimport sys\nfrom collections import Counter\n\n",
        "choice": "\n".join(lines),
        "columns": f'[f"metrics.{{leaderboard_metric}}"{more}]',
        "order_by": "[\n        f\"metrics.`{leaderboard_metric}` {'ASC' if is_smaller_better else 'DESC'}\"\n    ]"
        "\n    if leaderboard_metric\n    else []",
        "ascending": "is_smaller_better",
        "best": best,
        "first": "{'smallest' if is_smaller_better else 'largest'}",
    }


def _group(options: LeaderboardOptions) -> dict[str, str]:
    """Return what leaves the best run of each group, or nothing."""
    if not options.group_by:
        return dict.fromkeys(("needed", "best_of_groups", "group", "group_name", "split", "join"), "") | {
            "what": "runs"
        }
    split = columns.used("leaderboard", options.naming, [options.group_by])
    known = {"attributes.run_name": "tags.mlflow.runName", "attributes.user_id": "tags.mlflow.user"}
    column = known.get(options.group_by, options.group_by.removeprefix("attributes."))
    best = [
        'runs[leaderboard_group] = runs[leaderboard_group].astype(object).fillna("(none)")',
        'in_group = runs.groupby(leaderboard_group)[leaderboard_group].transform("size")',
        "# They come best first, so the first of a group is its best.",
        "is_best = ~runs[leaderboard_group].duplicated()",
        f'runs = runs.assign(**{{"runs in group": in_group}})[is_best].head({options.top})',
        "runs = runs.reset_index(drop=True)",
    ]
    return {
        "needed": ", leaderboard_group",
        "best_of_groups": "\n    ".join(best) + "\n    ",
        "group": 'runs[[leaderboard_group, "runs in group"]],\n            ',
        "group_name": f"leaderboard_group = {literals.python(column)}\n",
        "split": f"{naming.source(split)}\n\n\n" if split else "",
        "join": naming.split_table(split, "leaderboard_runs") if split else "",
        "what": "groups",
    }


def _default_metric(selection: Selection) -> str:
    """Return the metric that the selection is ordered by, else a score that its runs have, else nothing."""
    for clause in selection.order_by[:1]:
        match = _ORDERED_METRIC.fullmatch(clause)
        if match:
            return match[1].strip('`"')
    return next((key for key in columns.metrics(selection) if looks_like_score(key)), "")


def _other_orders(selection: Selection, metric: str) -> list[str]:
    """Return the selection's order without the metric, which MLflow would refuse to be given twice."""
    matches = [(_ORDERED_METRIC.fullmatch(clause), clause) for clause in selection.order_by]
    return [clause for match, clause in matches if match is None or match[1].strip('`"') != metric]


def _experiments(selection: Selection) -> str:
    names = literals.labels((experiment.experiment_id, experiment.name) for experiment in selection.experiments)
    return "".join(
        f"\n    {literals.python(identifier)},  # {literals.comment(name)}" for identifier, name in names.items()
    )


def _quoted(key: str) -> str:
    return f"`{key}`" if "`" not in key else f'"{key}"'


RECIPE = Recipe(
    name="leaderboard",
    version=1,
    title="Leaderboard",
    description="The best runs of the current experiments by a metric; new runs join when the cell runs again.",
    needs="experiments",
    write=write,
    options=LeaderboardOptions,
)
