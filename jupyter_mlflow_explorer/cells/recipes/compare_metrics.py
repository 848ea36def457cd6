"""`compare-metrics`: the curves of several runs laid over each other, one figure a metric."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .. import literals
from ..naming import Naming
from ..recipe import Options, Recipe, Source, code, prose
from ..selection import Selection
from . import columns, histories, loading, plotting


class CompareMetricsOptions(Options):
    """Options of `compare-metrics`."""

    keys: list[Annotated[str, Field(min_length=1, max_length=500)]] = Field(
        default=[], max_length=100, description="Metrics to draw; empty for the first few of the runs' metrics."
    )
    x: Literal["step", "time"] = Field(
        default="step", description="Horizontal axis: the logged step, or seconds since the run's first value."
    )
    log: bool = Field(default=False, description="Logarithmic vertical axis.")
    group_by: str = Field(
        default="",
        max_length=500,
        pattern=rf"^$|{columns.GROUP}",
        description="Give the curves of a group one colour, such as params.model or derived.model.",
    )
    naming: Naming | None = columns.NAMING
    library: plotting.Library = "matplotlib"


def write(selection: Selection, options: CompareMetricsOptions) -> list[Source]:
    """Load the runs, read the histories and draw them."""
    split = columns.used("compare-metrics", options.naming, [options.group_by])
    keys, known = histories.choose_keys(selection, options.keys, at_most=4)
    return [
        prose(loading.heading(f"Curves of {loading.count(selection)}", selection)),
        code(
            """
            ${re}import sys

            $imports


            $function


            ${values}curve_runs = load_mlflow_runs(
                $experiment_ids,
                $names,
            )
            ${comment}metric_keys = $keys
            $table
            ${groups}

            $plot


            for metric_key in metric_curves["metric"].unique():
                plot_metric_curves(metric_key)
            """,
            imports=plotting.imports(
                options.library,
                "pandas as pd",
                *(["plotly.express as px"] if options.group_by and options.library == "plotly" else []),
            ),
            function=loading.function(selection),
            comment=histories.keys_comment(keys, known, options.keys),
            keys=literals.python(keys, room=70),
            table=histories.table("metric_curves", "curve_runs"),
            plot=histories.plot(
                selection,
                "plot_metric_curves",
                "metric_curves",
                x=options.x,
                log=options.log,
                library=options.library,
                grouped=bool(options.group_by),
            ),
            re="import re\n" if split else "",
            values=f"{columns.function(split)}\n\n\n" if options.group_by else "",
            groups=_groups(options, split),
            **loading.arguments(selection),
        ),
    ]


def _groups(options: CompareMetricsOptions, split: Naming | None) -> str:
    """Return what adds the column ``group`` to the curves, or nothing."""
    if not options.group_by:
        return ""
    return (
        columns.parts(split, "curve_runs")
        + f"""\
run_groups = read_run_values(curve_runs, {literals.python(options.group_by)})
run_groups = run_groups.astype(object).where(run_groups.notna(), "(none)").astype(str)
metric_curves["group"] = metric_curves["run"].map(run_groups)
"""
    )


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
