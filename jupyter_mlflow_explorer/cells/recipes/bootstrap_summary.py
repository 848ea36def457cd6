"""`bootstrap-summary`: mean, median and percentile interval of values logged for each iteration, by run and metric."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ...errors import BadInput
from .. import literals
from ..recipe import Options, Recipe, Source, code, prose
from ..selection import Selection
from . import collecting, loading
from .readers import READERS, kind_of

_KINDS = ("pickle", "json", "jsonl", "npy", "npz", "csv", "tsv", "parquet")
_MAX_FIGURES = 6


class BootstrapSummaryOptions(Options):
    """Options of `bootstrap-summary`."""

    kind: Literal["auto", "pickle", "json", "jsonl", "npy", "npz", "csv", "tsv", "parquet"] = Field(
        default="auto", description="How to read the file; auto goes by its name."
    )
    level: float = Field(default=0.95, gt=0, lt=1, description="Share of the values inside the percentile interval.")
    metrics: list[Annotated[str, Field(min_length=1, max_length=500)]] = Field(
        default=[], max_length=500, description="Metrics to summarise, in this order; empty for all."
    )
    plot: bool = Field(default=True, description="Draw the distributions in a second cell.")
    max_drawn: int = Field(default=30, ge=1, le=200, description="Runs drawn in each figure; the table has all.")
    workers: int = Field(default=8, ge=1, le=64, description="Runs read at the same time; a Dask cluster has its own.")


def write(selection: Selection, options: BootstrapSummaryOptions) -> list[Source]:
    """Read the arrays of all runs, summarise them in one table, and draw them."""
    path = collecting.artifact_path(RECIPE.name, selection)
    kind = kind_of(path) if options.kind == "auto" else options.kind
    if kind not in _KINDS:
        raise BadInput(
            f"Recipe {RECIPE.name} reads pickle, JSON, NumPy, CSV and parquet files; {path} does not look like one."
            " Option kind says what it is."
        )
    reader = READERS[kind]
    shown = literals.markdown_code(literals.shorten(path, 80))
    tail = round((1 - options.level) / 2, 12)
    sources = [
        prose(loading.heading(f"Bootstrap summary of {shown} of {loading.count(selection)}", selection)),
        code(
            '''
            $imports


            $function


            $collect


            def bootstrap_arrays(value, name=""):
                """Return arrays of numbers by metric; the names of nested ones are joined by slashes."""
                if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
                    value = pd.DataFrame(value)  # A record for each iteration.
                if isinstance(value, (dict, pd.DataFrame)):
                    arrays = {}
                    for key, item in value.items():
                        arrays |= bootstrap_arrays(item, f"{name}/{key}" if name else str(key))
                    return arrays
                try:
                    array = np.asarray(value, dtype=float)
                except (TypeError, ValueError):
                    return {}
                return {name or "value": array} if array.ndim == 1 else {}


            def summarise_bootstrap(values, runs, metrics):
                """Return a row for each metric and run that has it; NaN is counted and left out."""
                rows = []
                for metric in metrics:
                    for name, arrays in values.items():
                        if metric in arrays:
                            array = pd.Series(arrays[metric])
                            rows.append(
                                {
                                    "metric": metric,
                                    "run": name,
                                    "run_id": runs[name].info.run_id,
                                    "n": array.count(),
                                    "nan": array.isna().sum(),
                                    "mean": array.mean(),
                                    "median": array.median(),
                                    # The middle $level of the values lie between these.
                                    "lower": array.quantile($lower),
                                    "upper": array.quantile($upper),
                                }
                            )
                columns = ["metric", "run", "run_id", "n", "nan", "mean", "median", "lower", "upper"]
                return pd.DataFrame(rows, columns=columns)


            bootstrap_runs = load_mlflow_runs(
                $experiment_ids,
                $names,
            )
            ${note}bootstrap_values = {
                name: bootstrap_arrays(value) for name, value in collect_artifacts(bootstrap_runs).items()
            }
            for bootstrap_name, bootstrap_array in bootstrap_values.items():
                if not bootstrap_array:
                    print("No arrays of numbers in the artifact of run", bootstrap_name)
            bootstrap_metrics = $metrics
            bootstrap_summary = summarise_bootstrap(bootstrap_values, bootstrap_runs, bootstrap_metrics)
            bootstrap_summary
            ''',
            imports=reader.import_lines(*collecting.imports(selection, path), "import numpy as np"),
            function=loading.function(selection),
            collect=collecting.functions(
                selection, path, read=reader.read, variable=reader.variable, workers=options.workers
            ),
            note=reader.note_lines(),
            metrics=literals.python(options.metrics, room=60) if options.metrics else _ALL_METRICS,
            level=f"{100 * options.level:.6g} %",
            lower=literals.python(tail),
            upper=literals.python(round(1 - tail, 12)),
            **loading.arguments(selection),
        ),
    ]
    return [*sources, _plot(options)] if options.plot else sources


_ALL_METRICS = "list(\n    dict.fromkeys(metric for arrays in bootstrap_values.values() for metric in arrays)\n)"


def _plot(options: BootstrapSummaryOptions) -> Source:
    return code(
        '''
        import matplotlib.pyplot as plt
        import numpy as np


        def plot_bootstrap(metric):
            """Draw a metric's histograms over each other, and each run's own with mean and interval."""
            rows = bootstrap_summary[bootstrap_summary["metric"] == metric]
            finite = {
                name: bootstrap_values[name][metric][np.isfinite(bootstrap_values[name][metric])]
                for name in rows["run"]
            }
            drawn = {name: values for name, values in finite.items() if len(values)}
            if len(drawn) > $max_drawn:
                print(f"{metric}: the first $max_drawn of {len(drawn)} runs are drawn.")
                drawn = dict(list(drawn.items())[:$max_drawn])
            if not drawn:
                print(f"{metric}: no finite values to draw.")
                return
            edges = np.histogram_bin_edges(np.concatenate(list(drawn.values())), bins=40)
            figure, (together, apart) = plt.subplots(
                ncols=2, figsize=(12, max(4, 0.4 * len(drawn))), layout="constrained"
            )
            for position, (name, values) in enumerate(drawn.items()):
                row = rows[rows["run"] == name].iloc[0]
                style = {"alpha": 0.4, "color": f"C{position % 10}"}
                together.hist(values, edges, density=True, histtype="stepfilled", **style)
                heights = np.histogram(values, edges)[0]
                heights = 0.45 * heights / heights.max()
                apart.stairs(position + heights, edges, baseline=position - heights, fill=True, **style)
                apart.plot([row["lower"], row["upper"]], [position, position], color="black")
                apart.plot(row["mean"], position, marker="o", color="black")
            # A dollar sign would start a formula.
            labels = [name.replace("$$", r"\\$$") for name in drawn]
            apart.set_yticks(range(len(drawn)), labels=labels)
            apart.set_ylim(len(drawn) - 0.5, -0.5)
            together.set_ylabel("density")
            for axes in (together, apart):
                axes.set_title(metric, parse_math=False)
            plt.show()


        for bootstrap_metric in bootstrap_metrics[:$figures]:
            plot_bootstrap(bootstrap_metric)
        if len(bootstrap_metrics) > $figures:
            print(f"{len(bootstrap_metrics) - $figures} more metrics: plot_bootstrap(metric) draws one.")
        ''',
        max_drawn=literals.python(options.max_drawn),
        figures=literals.python(_MAX_FIGURES),
    )


RECIPE = Recipe(
    name="bootstrap-summary",
    version=1,
    title="Summarise bootstrap",
    description="Mean, median and percentile interval of per-iteration arrays, by run and metric, with plots.",
    needs="artifact",
    write=write,
    options=BootstrapSummaryOptions,
    min_runs=1,
    max_runs=1000,
)
