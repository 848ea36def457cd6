"""`distributions`: how the last values of metrics are spread over many runs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .. import literals
from ..recipe import Options, Recipe, Source, code, prose
from ..selection import Selection
from . import loading


class DistributionsOptions(Options):
    """Options of `distributions`."""

    metrics: list[Annotated[str, Field(min_length=1, max_length=500)]] = Field(
        default=[], max_length=100, description="Metrics to draw; empty for the 12 that most runs have."
    )
    bins: int = Field(default=30, ge=2, le=1000, description="Bars of each histogram.")


def write(selection: Selection, options: DistributionsOptions) -> list[Source]:
    """Load the runs, describe their metrics in a table, and draw a histogram of each."""
    return [
        prose(loading.heading(f"Metrics of {loading.count(selection)}, distributed", selection, at_most=5)),
        code(
            """
            import sys

            import matplotlib.pyplot as plt
            import pandas as pd

            $function


            distributed_runs = load_mlflow_runs(
                $experiment_ids,
                $names,
            )
            last_values = pd.DataFrame([run.data.metrics for run in distributed_runs.values()], dtype=float)
            # Infinities have no place on an axis; SQL stores keep one as the largest float.
            last_values = last_values.where(last_values.abs() < sys.float_info.max)
            $chosen
            panels = last_values[drawn_metrics].dropna(axis="columns", how="all")
            if panels.empty:
                print("There are no metrics with finite values.")
            else:
                rows = -(-panels.shape[1] // 3)
                figure, axes = plt.subplots(
                    rows, 3, figsize=(10, 2.5 * rows), layout="constrained", squeeze=False
                )
                for place, key in zip(axes.flat, panels, strict=False):
                    place.hist(panels[key].dropna(), bins=$bins)
                    place.set_title(key, parse_math=False, fontsize="medium")
                for place in axes.flat[panels.shape[1] :]:
                    place.set_axis_off()
                plt.show()
            panels.describe().T if len(panels.columns) else panels
            """,
            function=loading.function(selection),
            chosen=_chosen(options),
            bins=literals.python(options.bins),
            **loading.arguments(selection),
        ),
    ]


def _chosen(options: DistributionsOptions) -> str:
    if options.metrics:
        wanted = literals.python(options.metrics, room=60)
        return f"drawn_metrics = last_values.columns.intersection({wanted}, sort=False)"
    return 'drawn_metrics = last_values.count().sort_values(ascending=False, kind="stable").index[:12]'


RECIPE = Recipe(
    name="distributions",
    version=1,
    title="Distributions of metrics",
    description="A histogram of each metric's last values over all runs, and a table that describes them.",
    needs="runs",
    write=write,
    options=DistributionsOptions,
    min_runs=1,
    max_runs=1000,
)
