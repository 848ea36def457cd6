"""Every recipe, one file each, in the order of the menu."""

from __future__ import annotations

from ..recipe import Recipe
from . import (
    bootstrap_summary,
    collect_artifact,
    compare_metrics,
    compare_runs,
    distributions,
    export_duckdb,
    group_runs,
    leaderboard,
    load_artifact,
    load_model,
    load_run,
    metric_history,
    migrate_file_store,
    overview,
    parallel_coordinates,
    predict,
    reproduce,
    run_summary,
    scatter,
    search_runs,
    setup,
)

RECIPES: dict[str, Recipe] = {
    module.RECIPE.name: module.RECIPE
    for module in (
        setup,
        load_run,
        run_summary,
        overview,
        metric_history,
        compare_runs,
        compare_metrics,
        distributions,
        group_runs,
        scatter,
        parallel_coordinates,
        search_runs,
        leaderboard,
        export_duckdb,
        load_artifact,
        collect_artifact,
        bootstrap_summary,
        load_model,
        predict,
        reproduce,
        migrate_file_store,
    )
}
