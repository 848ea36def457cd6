"""`runs`: finds and lists them."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from ..entities import Run, RunsPage, ViewType
from ..errors import NotFound
from ..reports.choosing import first_runs
from ..tracking.store import RunsQuery, TrackingStore
from .connecting import messages, plain, resolve, tracking_uri_option, with_store
from .experiments import every_experiment
from .times import how_long, when


@click.command()
@click.option(
    "--experiment", "names", multiple=True, metavar="NAME_OR_ID", help="Repeatable. Default: all active ones."
)
@click.option(
    "--filter", "filter_text", default="", metavar="F", help="MLflow's filter, such as 'metrics.auroc > 0.9'."
)
@click.option("--order-by", multiple=True, metavar="O", help="Such as 'metrics.auroc DESC'. Repeatable.")
@click.option("--search", default="", metavar="TEXT", help="Text in a run's name, id, params or tags.")
@click.option("--max-runs", type=click.IntRange(1), default=100, show_default=True, metavar="N")
@click.option("--view", type=click.Choice(["active", "deleted", "all"]), default="active", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: {runs: […], total, …}, as the HTTP API has it.")
@tracking_uri_option
def runs(
    names: tuple[str, ...],
    filter_text: str,
    order_by: tuple[str, ...],
    search: str,
    max_runs: int,
    view: ViewType,
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """List runs, newest first unless ordered otherwise."""

    async def ask(store: TrackingStore) -> RunsPage:
        experiment_ids = await find_experiments(store, names)
        query = RunsQuery(experiment_ids, search=search, filter=filter_text, order_by=order_by, view=view)
        return await first_runs(store, query, max_runs)

    page = with_store(resolve(tracking_uri), ask)
    if page.next_page_token is not None:
        total = f" of {page.total}" if page.total is not None else ""
        messages().print(f"Showing {len(page.runs)}{total} runs: raise --max-runs for more.", highlight=False)
    if as_json:
        click.echo(page.model_dump_json(indent=2))
        return
    console = Console()
    console.print(_table(page.runs, console.width))


async def find_experiments(store: TrackingStore, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ids of the experiments of these names or ids (a name wins); of all active ones without any.

    Raises
    ------
    NotFound
        No experiment has this name or id.
    """
    everything = await every_experiment(store, view="all" if names else "active")
    if not names:
        return tuple(experiment.experiment_id for experiment in everything)
    by_id = {experiment.experiment_id: experiment.experiment_id for experiment in everything}
    known = {**by_id, **{experiment.name: experiment.experiment_id for experiment in everything}}
    for name in names:
        if name not in known:
            raise NotFound(f"No experiment has the name or id {name!r}. `experiments` lists them.")
    return tuple(dict.fromkeys(known[name] for name in names))


def _table(found: list[Run], width: int) -> Table:
    """Return what fits into `width` columns: whole ids, states and starts, then names, then durations and metrics."""
    is_wide = width >= 100
    metrics = _most_frequent(found, at_most=min(4, max(0, (width - 110) // 14)))
    table = Table()
    table.add_column("Id", no_wrap=True, min_width=32)
    # Two spaces and a line between columns, 56 for the three that are whole.
    others = 56 + 4 * 3 + 1 + (11 if is_wide else 0) + 17 * len(metrics)
    table.add_column("Name", no_wrap=True, max_width=max(8, width - others))
    table.add_column("Status", no_wrap=True, min_width=8)
    table.add_column("Started", no_wrap=True, min_width=16)
    if is_wide:
        table.add_column("Duration", no_wrap=True, min_width=8)
    for key in metrics:
        table.add_column(plain(key), no_wrap=True, max_width=14)
    for run in found:
        durations = [how_long(run.start_time_ms, run.end_time_ms)] if is_wide else []
        values = [f"{run.metrics[key]:.5g}" if key in run.metrics else "" for key in metrics]
        started = when(run.start_time_ms)
        table.add_row(plain(run.run_id), plain(run.run_name), run.status, started, *durations, *values)
    return table


def _most_frequent(found: list[Run], at_most: int) -> list[str]:
    """Return the metrics that most of the runs have: what a narrow table can show."""
    counts: dict[str, int] = {}
    for run in found:
        for key in run.metrics:
            counts[key] = counts.get(key, 0) + 1
    return sorted(counts, key=lambda key: (-counts[key], key))[:at_most]
