"""`experiments`: lists them."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from ..entities import Experiment, ExperimentsPage, ViewType
from ..tracking.store import ExperimentsQuery, TrackingStore
from .connecting import plain, resolve, tracking_uri_option, with_store
from .times import when


@click.command()
@click.option("--search", default="", metavar="TEXT", help="Only experiments whose name holds this text.")
@click.option("--view", type=click.Choice(["active", "deleted", "all"]), default="active", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: {experiments: […]}, as the HTTP API has it.")
@tracking_uri_option
def experiments(search: str, view: ViewType, as_json: bool, tracking_uri: str | None) -> None:
    """List all experiments, newest first."""
    found = with_store(resolve(tracking_uri), lambda store: every_experiment(store, search=search, view=view))
    if as_json:
        click.echo(ExperimentsPage(experiments=found).model_dump_json(indent=2))
        return
    table = Table("Id", "Name", "State", "Created")
    for experiment in found:
        table.add_row(
            plain(experiment.experiment_id),
            plain(experiment.name),
            experiment.lifecycle_stage,
            when(experiment.creation_time_ms),
        )
    Console().print(table)


async def every_experiment(store: TrackingStore, *, search: str = "", view: ViewType = "active") -> list[Experiment]:
    """Return all experiments, page after page."""
    found: list[Experiment] = []
    token: str | None = None
    while True:
        page = await store.experiments(ExperimentsQuery(search=search, view=view, max_results=1000, page_token=token))
        found += page.experiments
        token = page.next_page_token
        if token is None:
            return found
