"""`overview`: all chosen runs as one table: state, times, and how much each holds, then what they differ in."""

from __future__ import annotations

from pydantic import Field

from .. import literals, naming
from ..naming import Naming
from ..recipe import Options, Recipe, Source, code, prose
from ..selection import Selection
from . import columns, loading


class OverviewOptions(Options):
    """Options of `overview`."""

    values: bool = Field(
        default=True, description="Also show a table of the params that differ and of the metrics, a row for each run."
    )
    max_rows: int = Field(default=100, ge=1, le=1000, description="Rows shown of each table; the variables hold all.")
    naming: Naming | None = columns.NAMING


def write(selection: Selection, options: OverviewOptions) -> list[Source]:
    """Load the runs, say which are missing, and show the tables."""
    sources = [
        prose(loading.heading(f"Overview of {loading.count(selection)}", selection)),
        code(
            """
            ${re}import pandas as pd

            $function


            ${split}# The runs that this notebook is about, by id.
            observed_runs = load_mlflow_runs(
                $experiment_ids,
                $names,
            )
            print(f"{len(observed_runs)} of $count runs are there; at most $max_rows rows are shown.")
            runs_overview = pd.DataFrame(
                {
                    "status": [run.info.status for run in observed_runs.values()],
                    "started": [run.info.start_time for run in observed_runs.values()],
                    "ended": [run.info.end_time for run in observed_runs.values()],
                    "params": [len(run.data.params) for run in observed_runs.values()],
                    "metrics": [len(run.data.metrics) for run in observed_runs.values()],
                    "tags": [len(run.data.tags) for run in observed_runs.values()],
                },
                index=pd.Index(observed_runs, dtype=object, name="run"),
            )
            for moment in ["started", "ended"]:
                milliseconds = pd.to_numeric(runs_overview[moment])
                runs_overview[moment] = pd.to_datetime(milliseconds, unit="ms", utc=True)
            duration = runs_overview["ended"] - runs_overview["started"]
            runs_overview.insert(3, "duration", duration.dt.round("s"))
            ${join}runs_overview.head($max_rows)
            """,
            function=loading.function(selection),
            **_split(options.naming),
            count=str(len(selection.runs)),
            max_rows=literals.python(options.max_rows),
            **loading.arguments(selection),
        ),
    ]
    return [*sources, _values(options)] if options.values else sources


def _split(split: Naming | None) -> dict[str, str]:
    """Return what adds the derived columns to the table, or nothing."""
    if split is None:
        return {"re": "", "split": "", "join": ""}
    return {
        "re": "import re\n\n",
        "split": f"{naming.source(split)}\n\n\n",
        "join": "# What the names say.\n"
        + naming.split_loaded(split, "observed_runs")
        + 'run_name_parts = run_name_parts.add_prefix("derived.")\n'
        'runs_overview = pd.concat([run_name_parts, runs_overview], axis="columns")\n',
    }


def _values(options: OverviewOptions) -> Source:
    return code(
        """
        import sys

        import pandas as pd

        runs_params = pd.DataFrame(
            [run.data.params for run in observed_runs.values()], index=runs_overview.index, dtype=object
        )
        runs_metrics = pd.DataFrame(
            [run.data.metrics for run in observed_runs.values()], index=runs_overview.index, dtype=float
        )
        # SQL stores keep an infinite metric as the largest float.
        runs_metrics = runs_metrics.replace(
            {sys.float_info.max: float("inf"), -sys.float_info.max: float("-inf")}
        )
        differing = [key for key in sorted(runs_params) if runs_params[key].nunique(dropna=False) > 1]
        runs_values = pd.concat(
            {"param": runs_params[differing], "metric": runs_metrics[sorted(runs_metrics)]}, axis="columns"
        )
        print(f"{len(differing)} of {runs_params.shape[1]} params differ; {runs_metrics.shape[1]} metrics.")
        runs_values.head($max_rows)
        """,
        max_rows=literals.python(options.max_rows),
    )


RECIPE = Recipe(
    name="overview",
    version=1,
    title="Overview of runs",
    description="State, times and counts of all runs as one table, then the params that differ and the metrics.",
    needs="runs",
    write=write,
    options=OverviewOptions,
    min_runs=1,
    max_runs=1000,
)
