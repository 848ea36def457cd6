"""`export`: runs as a file for other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ..exports.csv import write_csv
from ..exports.database import write_duckdb
from ..exports.needs import duckdb, pyarrow
from ..exports.parquet import write_parquet
from ..reports.files import check_free, replacing
from ..tracking.redaction import redact
from ..tracking.store import RunsQuery, TrackingStore
from .connecting import messages, resolve, tracking_uri_option, with_store
from .runs import find_experiments


@click.command()
@click.option("--format", "form", type=click.Choice(["csv", "parquet", "duckdb"]), required=True)
@click.option("--experiment", "names", multiple=True, metavar="NAME_OR_ID", help="Repeatable. Default: all active.")
@click.option("--filter", "filter_text", default="", metavar="F", help="Such as 'metrics.auroc > 0.9'.")
@click.option("--order-by", multiple=True, metavar="O", help="Such as 'metrics.auroc DESC'. Repeatable.")
@click.option("--max-runs", type=click.IntRange(1), metavar="N", help="Default: all.")
@click.option("--history/--no-history", default=True, help="DuckDB: metric histories too.")
@click.option("--artifacts/--no-artifacts", default=True, help="DuckDB: the list of artifacts too.")
@click.option("--output", type=click.Path(path_type=Path), required=True, metavar="PATH")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print {path, format, runs, columns_left_out, artifacts_left_out}."
)
@tracking_uri_option
def export(
    form: Literal["csv", "parquet", "duckdb"],
    names: tuple[str, ...],
    filter_text: str,
    order_by: tuple[str, ...],
    max_runs: int | None,
    history: bool,
    artifacts: bool,
    output: Path,
    force: bool,
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """Write runs as CSV, Parquet or DuckDB.

    CSV and Parquet have one row a run, and columns such as params.lr, metrics.auroc and tags.team. DuckDB has the
    tables runs, params, metrics, metric_history, tags and artifacts. The file appears when it is complete.
    """
    check_free(output, force=force)
    if form != "csv":
        pyarrow()
    if form == "duckdb":
        duckdb()
    uri = resolve(tracking_uri)
    left_out: set[str] = set()
    unread: list[str] = []

    columns = (TextColumn("Exporting runs"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=messages()) as bar, replacing(output, force=force) as temporary:
        task = bar.add_task("", total=None)

        def progress(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        async def write(store: TrackingStore) -> int:
            experiment_ids = await find_experiments(store, names)
            query = RunsQuery(experiment_ids, filter=filter_text, order_by=order_by)
            if form == "duckdb":
                mark = f"Runs of the MLflow connection {redact(uri)} (export-duckdb, version 1)"
                count, failed = await write_duckdb(
                    store,
                    query,
                    temporary,
                    mark=mark,
                    history=history,
                    artifacts=artifacts,
                    max_runs=max_runs,
                    progress=progress,
                )
                unread.extend(failed)
                return count
            write_wide = write_csv if form == "csv" else write_parquet
            count, unknown = await write_wide(store, query, temporary, max_runs=max_runs, progress=progress)
            left_out.update(unknown)
            return count

        count = with_store(uri, write)
    _tell(output, count, left_out, unread)
    if as_json:
        answer = {"path": str(output), "format": form, "runs": count}
        click.echo(json.dumps({**answer, "columns_left_out": sorted(left_out), "artifacts_left_out": unread}))


def _tell(output: Path, count: int, left_out: set[str], unread: list[str]) -> None:
    def say(text: str) -> None:
        messages().print(text, markup=False, highlight=False)

    say(f"Wrote {output}: {count} runs.")
    if left_out:
        keys = ", ".join(map(repr, sorted(left_out)[:10]))
        say(f"Logged while this ran, and left out: {keys}. Export again to have them.")
    if unread:
        say(f"The artifacts of {len(unread)} runs could not be listed, such as of {unread[0]}.")
