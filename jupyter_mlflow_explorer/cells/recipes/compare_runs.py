"""`compare-runs`: params that differ first, then metrics with the best value marked."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .. import literals
from ..direction import is_smaller_better
from ..recipe import Options, Recipe, Source, code, prose
from ..selection import Selection
from . import loading


class CompareRunsOptions(Options):
    """Options of `compare-runs`."""

    direction: Literal["auto", "maximize", "minimize"] = Field(
        default="auto",
        description="Which metric values are best; auto takes losses, errors and costs for better when smaller.",
    )
    metrics: list[Annotated[str, Field(min_length=1, max_length=500)]] = Field(
        default=[], max_length=500, description="Metrics to compare, in this order; empty for all."
    )
    max_rows: int = Field(default=50, ge=1, le=1000, description="Rows shown of each table; the variables hold all.")


def write(selection: Selection, options: CompareRunsOptions) -> list[Source]:
    """Load the runs, then show one table of params and one of metrics."""
    return [
        prose(loading.heading(f"Comparison of {loading.count(selection)}", selection)),
        code(
            """
            $function


            compared_runs = load_mlflow_runs(
                $experiment_ids,
                $names,
            )
            """,
            function=loading.function(selection),
            **loading.arguments(selection),
        ),
        _params(options),
        _metrics(selection, options),
    ]


def _params(options: CompareRunsOptions) -> Source:
    return code(
        '''
        import pandas as pd

        compared_params = pd.DataFrame(
            {name: run.data.params for name, run in compared_runs.items()}, dtype=object
        ).sort_index()
        param_differs = compared_params.nunique(axis="columns", dropna=False) > 1
        # Params that differ come first.
        compared_params = pd.concat([compared_params[param_differs], compared_params[~param_differs]])


        def mark_different_params(row):
            """Make a param that differs between the runs stand out."""
            return ["font-weight: bold" if param_differs[row.name] else "opacity: 0.6"] * len(row)


        print(f"{param_differs.sum()} of {len(compared_params)} params differ; at most $max_rows are shown.")
        (
            compared_params.head($max_rows)
            .style.apply(mark_different_params, axis="columns")
            .format(escape="html", na_rep="")
            .format_index(escape="html", axis="index")
            .format_index(escape="html", axis="columns")
        )
        ''',
        max_rows=literals.python(options.max_rows),
    )


def _metrics(selection: Selection, options: CompareRunsOptions) -> Source:
    known = options.metrics or sorted({key for run in selection.runs for key in run.metrics})
    smaller = [key for key in known if is_smaller_better(key)] if options.direction == "auto" else []
    if options.direction == "minimize":
        declared, best = "", "row.min()"
    elif smaller:
        declared = f"smaller_is_better = {literals.python(smaller, room=60)}\n"
        best = "row.min() if row.name in smaller_is_better else row.max()"
    else:
        declared, best = "", "row.max()"
    chosen = f".reindex({literals.python(options.metrics, room=70)})" if options.metrics else ".sort_index()"
    return code(
        '''
        import sys

        import pandas as pd

        ${declared}compared_metrics = pd.DataFrame(
            {name: run.data.metrics for name, run in compared_runs.items()}, dtype=float
        )$chosen
        # SQL stores keep an infinite metric as the largest float.
        compared_metrics = compared_metrics.replace(
            {sys.float_info.max: float("inf"), -sys.float_info.max: float("-inf")}
        )


        def mark_best_metric(row):
            """Mark the best value, and leave blank what a run never logged; NaN is never the best."""
            best = $best
            return [
                "font-weight: bold; background-color: #c8e6c9; color: black"
                if value == best
                else ("" if row.name in compared_runs[name].data.metrics else "visibility: hidden")
                for name, value in row.items()
            ]


        print(f"{len(compared_metrics)} metrics; at most $max_rows are shown.")
        (
            compared_metrics.head($max_rows)
            .style.apply(mark_best_metric, axis="columns")
            .format("{:.6g}")
            .format_index(escape="html", axis="index")
            .format_index(escape="html", axis="columns")
        )
        ''',
        declared=declared,
        chosen=chosen,
        best=best,
        max_rows=literals.python(options.max_rows),
    )


RECIPE = Recipe(
    name="compare-runs",
    version=1,
    title="Compare runs",
    description="Params that differ first, then metrics with the best value marked, as two tables.",
    needs="runs",
    write=write,
    options=CompareRunsOptions,
    min_runs=1,
    max_runs=1000,
)
