"""Every recipe, one file each, in the order of the menu."""

from __future__ import annotations

from ..recipe import Recipe
from . import (
    compare_metrics,
    compare_runs,
    load_artifact,
    load_run,
    metric_history,
    run_summary,
    search_runs,
    setup,
)

RECIPES: dict[str, Recipe] = {
    module.RECIPE.name: module.RECIPE
    for module in (
        setup,
        load_run,
        run_summary,
        metric_history,
        compare_runs,
        compare_metrics,
        search_runs,
        load_artifact,
    )
}
