"""A recipe for jupyter-mlflow-explorer: when the chosen runs ran, as bars over time."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from jupyter_mlflow_explorer.recipes import Options, Recipe, Selection, Source, code, literals, loading, prose


class TimelineOptions(Options):
    """Options of `run-timeline`."""

    order: Literal["started", "duration"] = Field(
        default="started", description="The first to start on top, or the longest."
    )
    max_drawn: int = Field(default=50, ge=1, le=500, description="Runs drawn; the table has all.")


def write(selection: Selection, options: TimelineOptions) -> list[Source]:
    """Load the runs, put their times into a table, and draw a bar for each."""
    return [
        prose(loading.heading(f"Timeline of {loading.count(selection)}", selection)),
        code(
            """
            import matplotlib.dates as mdates
            import matplotlib.pyplot as plt
            import pandas as pd

            $function


            timeline_runs = load_mlflow_runs(
                $experiment_ids,
                $names,
            )
            run_timeline = pd.DataFrame(
                {
                    "status": [run.info.status for run in timeline_runs.values()],
                    "started": [run.info.start_time for run in timeline_runs.values()],
                    "ended": [run.info.end_time for run in timeline_runs.values()],
                },
                index=pd.Index(timeline_runs, dtype=object, name="run"),
            )
            for moment in ["started", "ended"]:
                milliseconds = pd.to_numeric(run_timeline[moment])
                run_timeline[moment] = pd.to_datetime(milliseconds, unit="ms", utc=True)
            # A run that has not ended lasts until now.
            run_timeline["ended"] = run_timeline["ended"].fillna(pd.Timestamp.now("UTC"))
            run_timeline["duration"] = run_timeline["ended"] - run_timeline["started"]
            run_timeline = run_timeline.sort_values($order, ascending=$ascending)

            drawn = run_timeline.dropna(subset=["started"]).head($max_drawn).iloc[::-1]
            figure, axis = plt.subplots(figsize=(8, 1 + 0.3 * len(drawn)))
            for status in sorted(drawn["status"].unique()):
                places = [place for place, found in enumerate(drawn["status"]) if found == status]
                axis.barh(
                    places,
                    drawn["duration"].iloc[places] / pd.Timedelta(days=1),
                    left=mdates.date2num(drawn["started"].iloc[places]),
                    label=status.lower(),
                )
            axis.set_yticks(range(len(drawn)), labels=list(drawn.index), parse_math=False)
            axis.xaxis_date()
            figure.autofmt_xdate()
            if len(drawn):
                axis.legend()
            plt.show()
            print(f"{len(drawn)} of {len(timeline_runs)} runs are drawn.")
            run_timeline
            """,
            function=loading.function(selection),
            order=literals.python(options.order),
            ascending=literals.python(options.order == "started"),
            max_drawn=literals.python(options.max_drawn),
            **loading.arguments(selection),
        ),
    ]


RECIPE = Recipe(
    name="run-timeline",
    version=1,
    title="Timeline of runs",
    description="When the runs started, how long they took, and how they ended: a table and a bar for each.",
    needs="runs",
    write=write,
    options=TimelineOptions,
    min_runs=1,
    max_runs=1000,
)
