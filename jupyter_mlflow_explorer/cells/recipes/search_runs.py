"""`search-runs`: the experiments, filter and order on the screen, as code."""

from __future__ import annotations

from pydantic import Field

from .. import literals, naming
from ..naming import Naming
from ..recipe import Options, Recipe, Source, code
from ..selection import Selection
from . import columns


class SearchRunsOptions(Options):
    """Options of `search-runs`."""

    max_results: int = Field(default=1000, ge=1, le=50_000, description="Largest number of runs to fetch.")
    naming: Naming | None = columns.NAMING


def write(selection: Selection, options: SearchRunsOptions) -> list[Source]:
    """Search, say how many were found, and show them as a table."""
    names = literals.labels((experiment.experiment_id, experiment.name) for experiment in selection.experiments)
    experiment_ids = "".join(
        f"\n        {literals.python(identifier)},  # {literals.comment(name)}" for identifier, name in names.items()
    )
    clauses = [
        f"filter_string={literals.python(selection.filter)}," if selection.filter.strip() else "",
        f"order_by={literals.python(list(selection.order_by), indent=4, room=70)}," if selection.order_by else "",
    ]
    return [
        code(
            """
            ${imports}import sys

            ${split}found_runs = mlflow.search_runs(
                experiment_ids=[$experiment_ids
                ],$clauses
                max_results=$max_results,
            )
            # SQL stores keep an infinite metric as the largest float.
            found_runs = found_runs.replace(
                {sys.float_info.max: float("inf"), -sys.float_info.max: float("-inf")}
            )
            print(f"{len(found_runs)} runs")
            if len(found_runs) == $max_results:
                print("There may be more: raise max_results.")
            ${join}found_runs
            """,
            **_split(options.naming),
            experiment_ids=experiment_ids,
            clauses="".join(f"\n    {clause}" for clause in clauses if clause),
            max_results=literals.python(options.max_results),
        )
    ]


def _split(split: Naming | None) -> dict[str, str]:
    """Return what adds the derived columns to the table, or nothing."""
    if split is None:
        return {"imports": "", "split": "", "join": ""}
    return {
        "imports": "import re\n",
        "split": f"import pandas as pd\n\n{naming.source(split)}\n\n\n",
        "join": naming.split_table(split, "found_runs"),
    }


RECIPE = Recipe(
    name="search-runs",
    version=1,
    title="Search runs",
    description="The current experiments, filter and order as code, with the runs found as a table.",
    needs="experiments",
    write=write,
    options=SearchRunsOptions,
)
