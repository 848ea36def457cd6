"""`distributions`: how the last values of metrics are spread over many runs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .. import literals
from ..naming import Naming
from ..recipe import Options, Recipe, Source, code, prose
from ..selection import Selection
from . import columns, loading


class DistributionsOptions(Options):
    """Options of `distributions`."""

    metrics: list[Annotated[str, Field(min_length=1, max_length=500)]] = Field(
        default=[], max_length=100, description="Metrics to draw; empty for the 12 that most runs have."
    )
    bins: int = Field(default=30, ge=2, le=1000, description="Bars of each histogram.")
    group_by: str = Field(
        default="",
        max_length=500,
        pattern=rf"^$|{columns.GROUP}",
        description="Colour the bars by group, such as params.model or derived.model.",
    )
    naming: Naming | None = columns.NAMING


def write(selection: Selection, options: DistributionsOptions) -> list[Source]:
    """Load the runs, describe their metrics in a table, and draw a histogram of each."""
    return [
        prose(loading.heading(f"Metrics of {loading.count(selection)}, distributed", selection, at_most=5)),
        code(
            """
            ${re}import sys

            import matplotlib.pyplot as plt
            import pandas as pd

            $function


            ${values}distributed_runs = load_mlflow_runs(
                $experiment_ids,
                $names,
            )
            last_values = pd.DataFrame([run.data.metrics for run in distributed_runs.values()], dtype=float)
            # Infinities have no place on an axis; SQL stores keep one as the largest float.
            last_values = last_values.where(last_values.abs() < sys.float_info.max)
            $chosen
            ${groups}panels = last_values[drawn_metrics].dropna(axis="columns", how="all")
            if panels.empty:
                print("There are no metrics with finite values.")
            else:
                rows = -(-panels.shape[1] // 3)
                figure, axes = plt.subplots(
                    rows, 3, figsize=(10, 2.5 * rows), layout="constrained", squeeze=False
                )
                for place, key in zip(axes.flat, panels, strict=False):
                    $hist
                    place.set_title(key, parse_math=False, fontsize="medium")
                for place in axes.flat[panels.shape[1] :]:
                    place.set_axis_off()
                ${legend}plt.show()
            panels.describe().T if len(panels.columns) else panels
            """,
            function=loading.function(selection),
            chosen=_chosen(options),
            **_groups(options),
            **loading.arguments(selection),
        ),
    ]


def _groups(options: DistributionsOptions) -> dict[str, str]:
    """Return what draws the bars: in one colour, or stacked by group."""
    bins = literals.python(options.bins)
    if not options.group_by:
        plain = f"place.hist(panels[key].dropna(), bins={bins})"
        return {"re": "", "values": "", "groups": "", "hist": plain, "legend": ""}
    split = columns.used("distributions", options.naming, [options.group_by])
    groups = [
        f"run_groups = read_run_values(distributed_runs, {literals.python(options.group_by)})",
        'run_groups = run_groups.astype(object).where(run_groups.notna(), "(none)").astype(str).to_numpy()',
        "# More colours than ten cannot be told apart.",
        "largest_groups = pd.Series(run_groups).value_counts().index[:9]",
        "if len(set(run_groups)) > 10:",
        '    run_groups = pd.Series(run_groups).where(lambda names: names.isin(largest_groups), "(others)").to_numpy()',
        "group_names = sorted(set(run_groups))",
    ]
    hist = [
        "place.hist(",
        "    [panels.loc[run_groups == name, key].dropna() for name in group_names],",
        f"    bins={bins},",
        "    stacked=True,",
        ")",
    ]
    legend = [
        "# A leading underscore would hide a label and a dollar sign would start a formula.",
        'labels = [" " + name[:40].replace("$", r"\\$") for name in group_names]',
        'bars = [plt.Rectangle((0, 0), 1, 1, color=f"C{number}") for number in range(len(labels))]',
        f'figure.legend(bars, labels, loc="outside lower center", ncols=3, title={_title(options.group_by)})',
    ]
    return {
        "re": "import re\n" if split else "",
        "values": f"{columns.function(split)}\n\n\n",
        "groups": columns.parts(split, "distributed_runs") + "\n".join(groups) + "\n",
        "hist": "\n        ".join(hist),
        "legend": "\n    ".join(legend) + "\n    ",
    }


def _title(column: str) -> str:
    """Return the literal of a legend's title, in which a dollar sign would start a formula."""
    return literals.python(column.replace("$", r"\$"))


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
