"""`run-summary`: what a run is, was given and reached, as tables; one section for each run."""

from __future__ import annotations

from .. import literals
from ..recipe import Options, Recipe, Source, code, prose
from ..selection import Selection
from . import loading

_FUNCTION = '''\
def show_run_summary(run):
    """Show a run's state, params, metrics (last values) and artifacts (top level) as tables."""
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
    try:
        artifacts = mlflow_client.list_artifacts(run.info.run_id)
    except Exception as artifact_error:
        print("The artifacts cannot be listed:", artifact_error)
    else:
        sizes = {item.path: "folder" if item.is_dir else item.file_size for item in artifacts}
        display(pd.Series(sizes, dtype=object).to_frame("artifact (bytes)"))'''


def write(selection: Selection, options: Options) -> list[Source]:
    """Show status, times and origin, then params, metrics and artifacts, run by run."""
    return _one(selection) if len(selection.runs) == 1 else _many(selection)


def _one(selection: Selection) -> list[Source]:
    run = selection.runs[0]
    label = literals.labels([(run.run_id, run.run_name)])[run.run_id]
    return [
        prose(f"### Run {literals.markdown_code(label)}"),
        code(
            """
            import sys

            import pandas as pd
            from IPython.display import display

            $load


            $function


            if summarised_run is not None:
                show_run_summary(summarised_run)
            """,
            load=loading.one_run(selection, "summarised_run"),
            function=_FUNCTION,
        ),
    ]


def _many(selection: Selection) -> list[Source]:
    """Load all runs and define the function once; then a heading and a call for each run."""
    sources = [
        prose(f"### Summaries of {loading.count(selection)}"),
        code(
            """
            import sys

            import pandas as pd
            from IPython.display import display

            $load


            summarised_runs = load_mlflow_runs(
                $experiment_ids,
                $names,
            )


            $function
            """,
            load=loading.function(selection),
            function=_FUNCTION,
            **loading.arguments(selection),
        ),
    ]
    for name in literals.labels((run.run_id, run.run_name) for run in selection.runs).values():
        sources += [
            prose(f"#### Run {literals.markdown_code(name)}"),
            code(
                """
                if $name in summarised_runs:
                    show_run_summary(summarised_runs[$name])
                else:
                    print("This run was deleted or cannot be read.")
                """,
                name=literals.python(name),
            ),
        ]
    return sources


RECIPE = Recipe(
    name="run-summary",
    version=2,
    title="Summarise runs",
    description="State, params, metrics and artifacts of each run as tables.",
    needs="runs",
    write=write,
    min_runs=1,
    max_runs=1000,
)
