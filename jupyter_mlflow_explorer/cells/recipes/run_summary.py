"""`run-summary`: what one run is, was given and reached, as three tables."""

from __future__ import annotations

from .. import literals
from ..recipe import Options, Recipe, Source, code, prose
from ..selection import Selection
from . import loading


def write(selection: Selection, options: Options) -> list[Source]:
    """Show status, times and origin, then params, then metrics."""
    run = selection.runs[0]
    label = literals.labels([(run.run_id, run.run_name)])[run.run_id]
    return [
        prose(f"### Run {literals.markdown_code(label)}"),
        code(
            '''
            import sys

            import pandas as pd
            from IPython.display import display

            $load


            def show_run_summary(run):
                """Show a run's state, params and metrics (last values) as tables."""
                started, ended = pd.to_datetime([run.info.start_time, run.info.end_time], unit="ms", utc=True)
                state = {
                    "status": run.info.status,
                    "started": started,
                    "ended": ended,
                    "duration": ended - started,
                    "user": run.data.tags.get("mlflow.user"),
                    "source": run.data.tags.get("mlflow.source.name"),
                    "git commit": run.data.tags.get("mlflow.source.git.commit"),
                    "note": run.data.tags.get("mlflow.note.content"),
                }
                metrics = pd.Series(run.data.metrics, dtype=float)
                # SQL stores keep an infinite metric as the largest float.
                largest = sys.float_info.max
                metrics = metrics.replace({largest: float("inf"), -largest: float("-inf")})
                display(pd.Series(state, name=run.info.run_name, dtype=object).dropna().to_frame())
                display(pd.Series(run.data.params, dtype=object).sort_index().to_frame("param"))
                display(metrics.sort_index().to_frame("metric"))


            if summarised_run is not None:
                show_run_summary(summarised_run)
            ''',
            load=loading.one_run(selection, "summarised_run"),
        ),
    ]


RECIPE = Recipe(
    name="run-summary",
    version=1,
    title="Summarise run",
    description="State, params and metrics of one run as tables.",
    needs="run",
    write=write,
    min_runs=1,
    max_runs=1,
)
