"""`scatter`: one metric or param of runs against another, coloured by a third."""

from __future__ import annotations

import textwrap

from pydantic import Field

from .. import literals
from ..naming import Naming
from ..recipe import Options, Recipe, Source, code, prose
from ..selection import Selection
from . import columns, loading, plotting

#: More names than this beside their points are unreadable.
_MOST_LABELS = 30


class ScatterOptions(Options):
    """Options of `scatter`."""

    x: str = Field(
        default="",
        max_length=500,
        pattern=columns.PATTERN,
        description="Horizontal axis, such as params.lr; empty for the metric that most runs have after y's.",
    )
    y: str = Field(
        default="",
        max_length=500,
        pattern=columns.PATTERN,
        description="Vertical axis, such as metrics.auroc; empty for the metric that most runs have.",
    )
    color: str = Field(
        default="",
        max_length=500,
        pattern=columns.PATTERN,
        description="Colour, such as params.model; empty for a param that differs and has few values.",
    )
    log_x: bool = Field(default=False, description="Logarithmic horizontal axis.")
    log_y: bool = Field(default=False, description="Logarithmic vertical axis.")
    labels: bool = Field(default=True, description="Write the runs' names beside the points, for up to 30 runs.")
    naming: Naming | None = columns.NAMING
    library: plotting.Library = "matplotlib"


def write(selection: Selection, options: ScatterOptions) -> list[Source]:
    """Load the runs, read three columns, and draw a point for each run."""
    x, y, color = _choose(selection, options)
    split = columns.used("scatter", options.naming, (x, y, color))
    draw = {"matplotlib": _matplotlib, "plotly": _plotly, "altair": _altair}[options.library]
    return [
        prose(loading.heading(f"{literals.markdown_code(y)} against {literals.markdown_code(x)}", selection)),
        code(
            '''
            ${re}import sys

            $imports


            $function


            $values


            ${plain_text}def points_with_a_place(table):
                """Return the rows that have x and y, and name the runs of the others."""
                # What is missing or not finite has no place on an axis.
                no_place = [None, float("nan"), float("inf"), float("-inf")]
                has_place = ~table[["x", "y"]].isin(no_place).any(axis="columns")
            ${log}    left_out = table.index[~has_place]
                if len(left_out):
                    print(f"{len(left_out)} runs have no place in the plot:", ", ".join(left_out[:20]))
                return table[has_place].copy()


            def plot_scatter(points):
                """Draw x and y of each row as a point, whose colour is the third column."""
            $draw


            scatter_runs = load_mlflow_runs(
                $experiment_ids,
                $names,
            )
            ${parts}scatter_columns = {
                "x": $x,
                "y": $y,
                "color": $color,
            }
            scatter_table = pd.DataFrame(
                {role: read_run_values(scatter_runs, column) for role, column in scatter_columns.items()}
            )
            plot_scatter(points_with_a_place(scatter_table))
            ''',
            imports=plotting.imports(options.library, "pandas as pd", plotly="plotly.express as px"),
            function=loading.function(selection),
            re="import re\n" if split else "",
            values=columns.function(split),
            parts=columns.parts(split, "scatter_runs"),
            plain_text=plotting.plain_text(options.library),
            x=literals.python(x),
            y=literals.python(y),
            color=literals.python(color),
            log=_log(options),
            draw=textwrap.indent(draw(selection, options), " " * 4),
            **loading.arguments(selection),
        ),
    ]


def _choose(selection: Selection, options: ScatterOptions) -> tuple[str, str, str]:
    """Return x, y and colour: as wished, else two metrics, else a metric against the param that differs most."""
    candidates = [f"metrics.{key}" for key in columns.metrics(selection)]
    candidates += [f"params.{key}" for key in columns.params(selection)]
    candidates += ["attributes.run_name", "attributes.status"]
    y = options.y or next(column for column in candidates if column != options.x)
    x = options.x or next(column for column in candidates if column != y)
    colors = [f"params.{key}" for key in columns.groups(selection)]
    return x, y, options.color or next((column for column in colors if column not in (x, y)), "attributes.status")


def _log(options: ScatterOptions) -> str:
    roles = [role for role, wanted in (("x", options.log_x), ("y", options.log_y)) if wanted]
    if not roles:
        return ""
    lines = [f'    has_place &= pd.to_numeric(table["{role}"].astype(object), errors="coerce") > 0\n' for role in roles]
    return "".join(["    # A logarithmic axis has room for numbers above zero only.\n", *lines])


def _matplotlib(selection: Selection, options: ScatterOptions) -> str:
    scales = "".join(
        f'axes.set_{role}scale("log")\n' for role, wanted in (("x", options.log_x), ("y", options.log_y)) if wanted
    )
    labels = ""
    if options.labels and len(selection.runs) <= _MOST_LABELS:
        labels = """\
for name, x, y in places[["x", "y"]].itertuples():
    axes.annotate(
        name[:30],
        (x, y),
        xytext=(5, 5),
        textcoords="offset points",
        fontsize="small",
        parse_math=False,
    )
"""
    return f"""\
# Categories are drawn at their number, and named at the ticks.
places = points.copy()
for role in points.columns[points.dtypes == "category"]:
    points[role] = points[role].cat.remove_unused_categories()
    places[role] = points[role].cat.codes.where(points[role].notna())
figure, axes = plt.subplots(figsize=(9, 5), layout="constrained")
dots = axes.scatter(
    places["x"],
    places["y"],
    c=places["color"],
    cmap=plt.get_cmap("viridis").with_extremes(bad="lightgray"),
    plotnonfinite=True,
)
{scales}{labels}for role, axis in [
    ("x", axes.xaxis),
    ("y", axes.yaxis),
    ("color", figure.colorbar(dots).ax.yaxis),
]:
    axis.set_label_text(scatter_columns[role], parse_math=False)
    if points[role].dtype == "category":
        names = points[role].cat.categories
        numbers = range(0, len(names), len(names) // 40 + 1)
        axis.set_ticks(numbers, [names[number][:30] for number in numbers], parse_math=False)
        axis.set_tick_params(rotation=45 if role == "x" and len(names) > 4 else 0)
plt.show()"""


def _plotly(selection: Selection, options: ScatterOptions) -> str:
    return f"""\
is_category = points.dtypes == "category"
points = points.rename_axis("run").reset_index()
for role in points.select_dtypes(exclude="number"):
    names = points[role].astype(object).fillna("(none)")
    points[role] = names.map(plain_plot_text)
figure = px.scatter(
    points.sort_values(["x", "y"]),
    x="x",
    y="y",
    color="color",
    hover_name="run",
    labels={{role: plain_plot_text(column) for role, column in scatter_columns.items()}},
    log_x={options.log_x},
    log_y={options.log_y},
)
# Text that looks like numbers or dates stays text.
if is_category["x"]:
    figure.update_xaxes(type="category", categoryorder="category ascending")
if is_category["y"]:
    figure.update_yaxes(type="category", categoryorder="category ascending")
figure.show()"""


def _altair(selection: Selection, options: ScatterOptions) -> str:
    scales = {
        role: 'alt.Scale(type="log")' if wanted else "alt.Scale(zero=False)"
        for role, wanted in (("x", options.log_x), ("y", options.log_y))
    }
    return f"""\
points = points.rename_axis("run").reset_index()
kinds = {{}}
for role in ["run", "x", "y", "color"]:
    kinds[role] = "quantitative" if points[role].dtype == float else "nominal"
    if kinds[role] == "nominal":
        names = points[role].astype(object).fillna("(none)")
        points[role] = names.map(plain_plot_text)
titles = {{role: plain_plot_text(column) for role, column in scatter_columns.items()}}
chart = alt.Chart(points, width=500, height=350).mark_circle(size=60).encode(
    x=alt.X("x", type=kinds["x"], title=titles["x"], scale={scales["x"]}),
    y=alt.Y("y", type=kinds["y"], title=titles["y"], scale={scales["y"]}),
    color=alt.Color("color", type=kinds["color"], title=titles["color"]),
    tooltip=[
        alt.Tooltip(role, type=kind, title=titles.get(role)) for role, kind in kinds.items()
    ],
)
chart.display()"""


RECIPE = Recipe(
    name="scatter",
    version=1,
    title="Scatter plot",
    description="One metric or param of the runs against another, coloured by a third.",
    needs="runs",
    write=write,
    options=ScatterOptions,
    min_runs=1,
    max_runs=1000,
)
