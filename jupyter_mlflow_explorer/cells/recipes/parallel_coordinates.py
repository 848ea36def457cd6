"""`parallel-coordinates`: params and metrics as axes, and a line for each run."""

from __future__ import annotations

import textwrap
from typing import Annotated

from pydantic import Field

from ...errors import BadInput
from .. import literals
from ..direction import is_smaller_better, looks_like_score
from ..recipe import Options, Recipe, Source, code, prose
from ..selection import Selection
from . import columns, loading, plotting

_Key = Annotated[str, Field(min_length=1, max_length=500)]


class ParallelCoordinatesOptions(Options):
    """Options of `parallel-coordinates`."""

    params: list[_Key] = Field(
        default=[], max_length=50, description="Params to draw, in this order; empty for those that differ."
    )
    metrics: list[_Key] = Field(
        default=[], max_length=50, description="Metrics to draw, after the params; empty for up to three."
    )
    color: str = Field(default="", max_length=500, description="Metric that colours the lines; empty for a score.")
    log: list[_Key] = Field(
        default=[], max_length=100, description="Params and metrics with a logarithmic axis, by name."
    )
    max_params: int = Field(default=8, ge=1, le=50, description="Params drawn where none are named.")
    library: plotting.Library = "matplotlib"


def write(selection: Selection, options: ParallelCoordinatesOptions) -> list[Source]:
    """Load the runs, scale each column to its axis, and draw the lines."""
    color, metrics = _choose_metrics(selection, options)
    draw = {"matplotlib": _matplotlib, "plotly": _plotly, "altair": _altair}[options.library]
    return [
        prose(loading.heading(f"Params and metrics of {loading.count(selection)}", selection)),
        code(
            '''
            import sys

            $imports


            $function


            $values


            ${plain_text}def place_on_axis(values, log=False):
                """Return places from 0 to 1, NaN where there is no value, and {place: text} of the ticks."""
                if values.dtype == "category":
                    values = values.cat.remove_unused_categories()
                    names, span = values.cat.categories, max(len(values.cat.categories) - 1, 1)
                    ticks = {
                        number / span: names[number][:20]
                        for number in range(0, len(names), len(names) // 25 + 1)
                    }
                    return values.cat.codes.where(values.notna()) / span, ticks
                values = values.where(values.abs() < float("inf"))
                if log:
                    values = np.log10(values.where(values > 0))
                low, high = values.min(), values.max()

                def place(value):
                    return (value - low) / (high - low) if low < high else 0 * value + 0.5

                marks = np.unique(values.dropna())
                if len(marks) > 1 and np.diff(place(marks)).min() < 0.04:
                    marks = np.linspace(low, high, 5)
                return place(values), {
                    place(mark): f"{10**mark if log else mark:.3g}" for mark in marks
                }


            def plot_parallel_lines(table, columns, color):
                """Draw a line for each row from axis to axis, coloured by a metric; the best come last."""
                places, ticks = pd.DataFrame(index=table.index), {}
                for column in columns:
                    places[column], ticks[column] = place_on_axis(table[column]$is_log)
            $draw


            parallel_runs = load_mlflow_runs(
                $experiment_ids,
                $names,
            )
            $params
            ${log}parallel_color = $color
            parallel_columns = [
                *(f"params.{key}" for key in parallel_params),
                *$metrics,
            ]
            parallel_table = pd.DataFrame(
                {
                    column: read_run_values(parallel_runs, column)
                    for column in [*parallel_columns, parallel_color]
                }
            )
            runs_without_color = parallel_table.index[~(parallel_table[parallel_color].abs() < float("inf"))]
            if len(runs_without_color):
                print(
                    f"{len(runs_without_color)} runs have no finite {parallel_color}:",
                    ", ".join(runs_without_color[:20]),
                )
            plot_parallel_lines(
                parallel_table.drop(runs_without_color).sort_values(
                    parallel_color, ascending=$ascending, kind="stable"
                ),
                parallel_columns,
                parallel_color,
            )
            ''',
            imports=plotting.imports(options.library, "numpy as np", "pandas as pd"),
            function=loading.function(selection),
            values=columns.FUNCTION,
            plain_text=plotting.plain_text(options.library),
            params=_params(options),
            metrics=literals.python([f"metrics.{key}" for key in metrics], room=70),
            color=literals.python(f"metrics.{color}"),
            ascending=literals.python(not is_smaller_better(color)),
            log=_log(options),
            is_log=", column in parallel_log" if options.log else "",
            draw=textwrap.indent(draw(), " " * 4),
            **loading.arguments(selection),
        ),
    ]


def _choose_metrics(selection: Selection, options: ParallelCoordinatesOptions) -> tuple[str, list[str]]:
    """Return the metric for the colour, and those with an axis, that of the colour first where none are wished."""
    known = columns.metrics(selection)
    candidates = [*options.metrics, *(key for key in known if looks_like_score(key)), *known]
    color = options.color or next(iter(candidates), "")
    if not color:
        raise BadInput("Recipe parallel-coordinates: the runs have no metric with a finite value; name one as color.")
    return color, options.metrics or list(dict.fromkeys([color, *known]))[:3]


def _params(options: ParallelCoordinatesOptions) -> str:
    if options.params:
        return f"parallel_params = {literals.python(options.params, room=70)}"
    return f"""\
param_values = pd.DataFrame(
    {{name: run.data.params for name, run in parallel_runs.items()}}, dtype=object
)
param_differs = param_values.nunique(axis="columns", dropna=False) > 1
differing_params = sorted(param_values.index[param_differs])
print(f"{{len(differing_params)}} params differ; at most {options.max_params} are drawn.")
parallel_params = differing_params[:{options.max_params}]"""


def _log(options: ParallelCoordinatesOptions) -> str:
    if not options.log:
        return ""
    names = [f"{kind}.{key}" for key in options.log for kind in ("params", "metrics")]
    return f"parallel_log = {literals.python(names, room=70)}\n"


def _matplotlib() -> str:
    return """\
colors = plt.cm.ScalarMappable(plt.Normalize(table[color].min(), table[color].max()))
figure, axes = plt.subplots(figsize=(3 + 1.5 * len(columns), 5), layout="constrained")
for name, row in places.iterrows():
    axes.plot(
        range(len(columns)),
        row,
        color=colors.to_rgba(table.loc[name, color]),
        alpha=0.6,
        marker=".",
    )
for number, column in enumerate(columns):
    axes.axvline(number, color="gray", linewidth=0.8)
    for place, text in ticks[column].items():
        axes.text(
            number - 0.03,
            place,
            text,
            ha="right",
            va="center",
            fontsize="small",
            parse_math=False,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
        )
axes.set_xticks(range(len(columns)), columns, rotation=30, ha="right", parse_math=False)
axes.set_yticks([])
axes.set_xlim(-0.7, len(columns) - 0.9)
axes.spines[:].set_visible(False)
figure.colorbar(colors, ax=axes).set_label(color, parse_math=False)
plt.show()"""


def _plotly() -> str:
    return """\
# A line has a place on every axis: what is missing or not finite is below the others.
figure = go.Figure(
    go.Parcoords(
        dimensions=[
            {
                "label": plain_plot_text(column),
                "values": places[column].fillna(-0.1),
                "range": [-0.1, 1],
                "tickvals": [-0.1, *ticks[column]],
                # Plotly takes nothing in these texts for markup.
                "ticktext": ["(none)", *ticks[column].values()],
            }
            for column in columns
        ],
        line={
            "color": table[color],
            "colorscale": "Viridis",
            "showscale": True,
            "colorbar": {"title": {"text": plain_plot_text(color)}},
        },
    )
)
figure.show()"""


def _altair() -> str:
    return """\
line_table = (
    places.rename(columns=plain_plot_text)
    .assign(
        run=[plain_plot_text(name) for name in places.index],
        color=table[color],
    )
    .melt(["run", "color"], var_name="axis", value_name="place")
)
tick_texts = pd.DataFrame(
    [
        (plain_plot_text(column), place, plain_plot_text(text))
        for column in columns
        for place, text in ticks[column].items()
    ],
    columns=["axis", "place", "text"],
)
across = alt.X("axis", type="nominal", sort=None, title=None)
upwards = alt.Y("place", type="quantitative", axis=None)
shade = alt.Color(
    "color",
    type="quantitative",
    title=plain_plot_text(color),
    scale=alt.Scale(scheme="viridis"),
)
lines = alt.Chart(line_table).mark_line(opacity=0.6, point=True).encode(
    x=across, y=upwards, color=shade, detail="run:N", tooltip=["run:N", "color:Q"]
)
texts = alt.Chart(tick_texts).mark_text(align="right", dx=-6).encode(
    x=across, y=upwards, text="text:N"
)
chart = (lines + texts).properties(width=110 * len(columns), height=350)
# Altair by itself refuses more than 5,000 rows.
with alt.data_transformers.disable_max_rows():
    chart.display()"""


RECIPE = Recipe(
    name="parallel-coordinates",
    version=1,
    title="Parallel coordinates",
    description="Params that differ and metrics as axes, and a line for each run, coloured by a metric.",
    needs="runs",
    write=write,
    options=ParallelCoordinatesOptions,
    min_runs=1,
    max_runs=1000,
)
