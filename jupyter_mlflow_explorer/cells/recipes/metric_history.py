"""`metric-history`: every logged value of some metrics, as one table, and as curves."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .. import literals
from ..recipe import Options, Recipe, Source, code, prose
from ..selection import Selection
from . import histories, loading, plotting


class MetricHistoryOptions(Options):
    """Options of `metric-history`."""

    keys: list[Annotated[str, Field(min_length=1, max_length=500)]] = Field(
        default=[], max_length=100, description="Metrics to read; empty for the first few of the runs' metrics."
    )
    plot: bool = Field(default=True, description="Draw the curves in a second cell.")
    library: plotting.Library = "matplotlib"


def write(selection: Selection, options: MetricHistoryOptions) -> list[Source]:
    """Load the runs, read the histories into one long table, and draw them."""
    keys, known = histories.choose_keys(selection, options.keys, at_most=6)
    sources = [
        prose(loading.heading(f"Metric history of {loading.count(selection)}", selection)),
        code(
            """
            import sys

            import pandas as pd


            $function


            history_runs = load_mlflow_runs(
                $experiment_ids,
                $names,
            )
            ${comment}metric_keys = $keys
            $table
            metric_history
            """,
            function=loading.function(selection),
            comment=histories.keys_comment(keys, known, options.keys),
            keys=literals.python(keys, room=70),
            table=histories.table("metric_history", "history_runs"),
            **loading.arguments(selection),
        ),
    ]
    if options.plot:
        sources.append(
            code(
                """
                $imports


                $plot


                for metric_key in metric_history["metric"].unique():
                    plot_metric_history(metric_key)
                """,
                imports=plotting.imports(options.library),
                plot=histories.plot(selection, "plot_metric_history", "metric_history", library=options.library),
            )
        )
    return sources


RECIPE = Recipe(
    name="metric-history",
    version=1,
    title="Metric history",
    description="Every logged value of chosen metrics of one or many runs, as one table and as curves.",
    needs="runs",
    write=write,
    options=MetricHistoryOptions,
    min_runs=1,
    max_runs=1000,
)
