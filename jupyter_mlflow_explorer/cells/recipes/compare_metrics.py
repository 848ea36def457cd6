"""`compare-metrics`: the curves of several runs laid over each other, one figure a metric."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .. import literals
from ..recipe import Options, Recipe, Source, code, prose
from ..selection import Selection
from . import histories, loading, plotting


class CompareMetricsOptions(Options):
    """Options of `compare-metrics`."""

    keys: list[Annotated[str, Field(min_length=1, max_length=500)]] = Field(
        default=[], max_length=100, description="Metrics to draw; empty for the first few of the runs' metrics."
    )
    x: Literal["step", "time"] = Field(
        default="step", description="Horizontal axis: the logged step, or seconds since the run's first value."
    )
    log: bool = Field(default=False, description="Logarithmic vertical axis.")
    library: plotting.Library = "matplotlib"


def write(selection: Selection, options: CompareMetricsOptions) -> list[Source]:
    """Load the runs, read the histories and draw them."""
    keys, known = histories.choose_keys(selection, options.keys, at_most=4)
    return [
        prose(loading.heading(f"Curves of {loading.count(selection)}", selection)),
        code(
            """
            import sys

            $imports


            $function


            curve_runs = load_mlflow_runs(
                $experiment_ids,
                $names,
            )
            ${comment}metric_keys = $keys
            $table


            $plot


            for metric_key in metric_curves["metric"].unique():
                plot_metric_curves(metric_key)
            """,
            imports=plotting.imports(options.library, "pandas as pd"),
            function=loading.function(selection),
            comment=histories.keys_comment(keys, known, options.keys),
            keys=literals.python(keys, room=70),
            table=histories.table("metric_curves", "curve_runs"),
            plot=histories.plot(
                selection, "plot_metric_curves", "metric_curves", x=options.x, log=options.log, library=options.library
            ),
            **loading.arguments(selection),
        ),
    ]


RECIPE = Recipe(
    name="compare-metrics",
    version=1,
    title="Compare curves",
    description="The curves of chosen metrics of several runs, laid over each other.",
    needs="runs",
    write=write,
    options=CompareMetricsOptions,
    min_runs=1,
    max_runs=1000,
)
