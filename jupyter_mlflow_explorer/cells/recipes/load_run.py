"""`load-run`: one run as a variable, with its params and metrics."""

from __future__ import annotations

from ..recipe import Options, Recipe, Source, code
from ..selection import Selection
from . import loading


def write(selection: Selection, options: Options) -> list[Source]:
    """Load the run and print what it holds."""
    return [
        code(
            """
            $load
            if loaded_run is not None:
                print(
                    f"Run {loaded_run.info.run_name}: {loaded_run.info.status}, "
                    f"{len(loaded_run.data.params)} params, {len(loaded_run.data.metrics)} metrics"
                )
                # Its values: loaded_run.data.params, loaded_run.data.metrics and loaded_run.data.tags.
            """,
            load=loading.one_run(selection, "loaded_run"),
        )
    ]


RECIPE = Recipe(
    name="load-run",
    version=1,
    title="Load run",
    description="Binds one run to the variable loaded_run.",
    needs="run",
    write=write,
    min_runs=1,
    max_runs=1,
)
