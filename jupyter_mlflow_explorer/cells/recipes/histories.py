"""How cells read and draw metric histories: shared by `metric-history` and `compare-metrics`."""

from __future__ import annotations

import re
from typing import Literal

from ..selection import Selection
from . import plotting

_CURVE_WORDS = re.compile(r"loss|train|val|epoch|step|learning|curve|lr\b", re.IGNORECASE)


def choose_keys(selection: Selection, wanted: list[str], at_most: int) -> tuple[list[str], int]:
    """Return the metrics to read, and how many the runs have.

    Without wish, those that likely have curves (a run only tells last values) and that most runs share come first.
    """
    frequency: dict[str, int] = {}
    for run in selection.runs:
        for key in run.metrics:
            frequency[key] = frequency.get(key, 0) + 1
    if wanted:
        return list(dict.fromkeys(wanted)), len(frequency)
    ranked = sorted(frequency, key=lambda key: (_CURVE_WORDS.search(key) is None, -frequency[key], key))
    return ranked[:at_most], len(frequency)


def keys_comment(keys: list[str], known: int, wanted: list[str]) -> str:
    """Return a comment line that says what was left out, or nothing."""
    if wanted or known <= len(keys):
        return ""
    return f"# {len(keys)} of the {known} metrics that the runs have.\n"


def table(variable: str, runs: str) -> str:
    """Return the source that binds a long table (run, metric, step, time, value) of ``metric_keys`` to `variable`."""
    return f"""\
{variable} = pd.DataFrame(
    [
        (name, key, point.step, point.timestamp, point.value)
        for name, run in {runs}.items()
        for key in metric_keys
        if key in run.data.metrics
        for point in sorted(
            mlflow_client.get_metric_history(run.info.run_id, key),
            key=lambda point: (point.step, point.timestamp),
        )
    ],
    columns=["run", "metric", "step", "time", "value"],
).astype({{"step": int, "time": int, "value": float}})
{variable}["time"] = pd.to_datetime({variable}["time"], unit="ms", utc=True)
# SQL stores keep an infinite metric as the largest float.
{variable}["value"] = {variable}["value"].replace(
    {{sys.float_info.max: float("inf"), -sys.float_info.max: float("-inf")}}
)"""


def plot(
    selection: Selection,
    function: str,
    variable: str,
    *,
    x: Literal["step", "time"] = "step",
    log: bool = False,
    library: plotting.LibraryName = "matplotlib",
    grouped: bool = False,
) -> str:
    """Return the source of `function`, which draws one metric of all runs into a figure of its own.

    With `grouped` the table has a column ``group``; its runs share a colour and a place in the legend.
    """
    draw = {"matplotlib": _matplotlib, "plotly": _plotly, "altair": _altair}[library]
    has_legend = grouped or len(selection.runs) <= 30
    return plotting.plain_text(library) + draw(function, variable, x, log, has_legend, grouped)


def _matplotlib(function: str, variable: str, x: str, log: bool, has_legend: bool, grouped: bool) -> str:
    positions, x_label = _positions(x)
    scale = '    axes.set_yscale("log")\n' if log else ""
    legend = '    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))\n' if has_legend else ""
    hidden = "        # A leading underscore would hide a label and a dollar sign would start a formula.\n"
    colors, label, color = "", hidden + '        label = " " + name.replace("$", r"\\$")\n', ""
    if grouped:
        colors, color = _group_colors('plt.get_cmap("tab20").colors'), ", color=colors[group]"
        label = (
            '        group = points["group"].iloc[0]\n'
            + hidden
            + '        label = "_" if group in named else " " + group.replace("$", r"\\$")\n'
            + "        named.add(group)\n"
        )
    return f"""\
def {function}(key):
    \"\"\"Draw one metric of all runs; a curve is interrupted where a value is not finite.\"\"\"
    figure, axes = plt.subplots(figsize=(9, 4), layout="constrained")
    chosen = {variable}[{variable}["metric"] == key]
{colors}    for name, points in chosen.groupby("run", sort=False):
{label}        values = points["value"].where(points["value"].abs() < float("inf"))
        positions = {positions}
        axes.plot(positions, values, marker=".", label=label{color})
    axes.set_title(key, parse_math=False)
    axes.set_xlabel({x_label})
{scale}{legend}    plt.show()"""


def _plotly(function: str, variable: str, x: str, log: bool, has_legend: bool, grouped: bool) -> str:
    positions, x_label = _positions(x)
    scale = '    figure.update_yaxes(type="log")\n' if log else ""
    colors, group = "", ""
    line = '            x=positions, y=values, mode="lines+markers", name=plain_plot_text(name)'
    if grouped:
        colors = _group_colors("px.colors.qualitative.Light24")
        group = '        group = points["group"].iloc[0]\n'
        line = """\
            x=positions,
            y=values,
            mode="lines+markers",
            name=plain_plot_text(group),
            text=[plain_plot_text(name)] * len(points),
            legendgroup=plain_plot_text(group),
            showlegend=group not in named,
            line={"color": colors[group]},"""
    after = "        named.add(group)\n" if grouped else ""
    return f"""\
def {function}(key):
    \"\"\"Draw one metric of all runs; a curve is interrupted where a value is not finite.\"\"\"
    figure = go.Figure()
    chosen = {variable}[{variable}["metric"] == key]
{colors}    for name, points in chosen.groupby("run", sort=False):
{group}        values = points["value"].where(points["value"].abs() < float("inf"))
        positions = {positions}
        figure.add_scatter(
{line}
        )
{after}    figure.update_layout(
        title=plain_plot_text(key), xaxis_title={x_label}, showlegend={has_legend}
    )
{scale}    figure.show()"""


def _altair(function: str, variable: str, x: str, log: bool, has_legend: bool, grouped: bool) -> str:
    if x == "step":
        position = 'chosen["step"]'
    else:
        position = (
            '(\n        chosen["time"] - chosen.groupby("run")["time"].transform("min")\n    ).dt.total_seconds()'
        )
    finite = 'chosen["value"].abs() < float("inf")'
    # A logarithmic scale in Vega fails as a whole on a value that is not positive.
    shown = f'({finite}) & (chosen["value"] > 0)' if log else finite
    scale = '"log"' if log else '"linear", zero=False'
    color, columns, detail, plain = "run", '"run", "position", "value"', "", ""
    if grouped:
        color, columns, detail = "group", f'"group", {columns}', '\n        detail="run:N",'
        plain = '    chosen["group"] = chosen["group"].map(plain_plot_text)\n'
    return f"""\
def {function}(key):
    \"\"\"Draw one metric of all runs; a curve is interrupted where a value is not finite.\"\"\"
    chosen = {variable}[{variable}["metric"] == key].copy()
    chosen["position"] = {position}
    chosen["value"] = chosen["value"].where({shown})
    chosen["run"] = chosen["run"].map(plain_plot_text)
{plain}    chart = alt.Chart(
        chosen[[{columns}]], title=plain_plot_text(key), width=500
    ).mark_line(point=True).encode(
        x=alt.X("position", type="quantitative", title={_positions(x)[1]}),
        y=alt.Y("value", type="quantitative", scale=alt.Scale(type={scale})),
        color=alt.Color("{color}", type="nominal", sort=None{"" if has_legend else ", legend=None"}),{detail}
        tooltip=["run:N", "position:Q", "value:Q"],
    )
    # Altair by itself refuses more than 5,000 rows.
    with alt.data_transformers.disable_max_rows():
        chart.display()"""


def _group_colors(palette: str) -> str:
    """Return the lines that choose the colour of each group, the same for all metrics."""
    return f"""\
    palette, groups, named = {palette}, sorted(set(run_groups)), set()
    colors = {{group: palette[number % len(palette)] for number, group in enumerate(groups)}}
"""


def _positions(x: str) -> tuple[str, str]:
    """Return the expressions for the horizontal places of ``points`` and for the axis's label."""
    if x == "step":
        return 'points["step"]', '"step"'
    return '(points["time"] - points["time"].min()).dt.total_seconds()', '"seconds since the run\'s first value"'
