"""`demo`: a store full of sample runs."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from ..demo.plan import EXPERIMENT_NOTES
from ..demo.target import AlreadyThere, database_file
from ..errors import Conflict, ExplorerError
from ..tracking.redaction import redact, redact_text
from ..tracking.uris import kind_of
from .connecting import messages, plain, resolve, tracking_uri_option, with_store
from .experiments import every_experiment

DEFAULT_RUNS = 36

_HELP = """Create sample experiments and runs.

Two experiments of small real trainings, with nested runs, metric histories, a failed run, a running one, NaN and
infinite metrics, a logged model, artifacts of every kind, and names that break careless programs. A seed always gives
the same params, metrics, names and times. Needs the extra "demo".

Where the sample experiments exist already, nothing is added, unless with --force."""

_seed = click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="What decides the runs."
)
_force = click.option("--force", is_flag=True, help="Add the runs to sample experiments that exist already.")
_recent = click.option(
    "--recent", is_flag=True, help="Let the newest run start now instead of on a fixed day; the rest stays as it is."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print the ids of what was created as JSON.")
_count = click.IntRange(1, 100_000)


@click.command(help=_HELP)
@click.option(
    "--runs", "runs", type=_count, default=DEFAULT_RUNS, show_default=True, metavar="N", help="Number of runs."
)
@_seed
@_force
@_recent
@_json
@tracking_uri_option
def demo(runs: int, seed: int, force: bool, recent: bool, as_json: bool, tracking_uri: str | None) -> None:
    """Create sample experiments and runs."""
    _create(runs, seed, force, recent, as_json, tracking_uri)


@click.command("create-demo-runs", short_help="The same as demo, with the number of runs as an argument.", help=_HELP)
@click.argument("runs", type=_count, default=DEFAULT_RUNS, metavar="[N]")
@_seed
@_force
@_recent
@_json
@tracking_uri_option
def create_demo_runs(runs: int, seed: int, force: bool, recent: bool, as_json: bool, tracking_uri: str | None) -> None:
    """Create sample experiments and runs."""
    _create(runs, seed, force, recent, as_json, tracking_uri)


def _create(runs: int, seed: int, force: bool, recent: bool, as_json: bool, tracking_uri: str | None) -> None:
    uri = resolve(tracking_uri)
    _prepare_mlflow(uri)
    console = messages()
    console.print(f"Writing to {redact(uri)}", markup=False, highlight=False, soft_wrap=True)
    try:
        _look_first(uri, force)
        created = _write(uri, runs, seed, force, recent)
    except AlreadyThere as there:
        console.print(f"{there.message} Use --force to add runs.", markup=False, highlight=False, soft_wrap=True)
        return
    console.print(f"Created {len(created.run_ids)} runs in {len(created.experiments)} experiments.", highlight=False)
    if as_json:
        answer = {"tracking_uri": redact(uri), "experiments": created.experiments, "run_ids": created.run_ids}
        click.echo(json.dumps(answer, indent=2, ensure_ascii=False))


def _prepare_mlflow(uri: str) -> None:
    """Set what MLflow reads from the environment when it is imported; what the user set stays."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    if kind_of(uri) == "files":
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")


def _look_first(uri: str, force: bool) -> None:
    """Raise `AlreadyThere` where the sample experiments exist (unless `force`), as far as our own stores can tell.

    They answer at once, and say within seconds that a server is dead, where importing MLflow alone takes seconds and
    its client tries for minutes. What they cannot read, `create` looks at itself.
    """
    database = database_file(uri)
    has_files = kind_of(uri) == "files" and any(Path(uri.removeprefix("file://")).glob("*/meta.yaml"))
    if kind_of(uri) == "rest" or has_files or (database is not None and database.exists() and database.stat().st_size):
        found = with_store(uri, every_experiment)
        for experiment in found:
            if experiment.name in EXPERIMENT_NOTES and not force:
                raise AlreadyThere(experiment.name)


def _write(uri: str, runs: int, seed: int, force: bool, recent: bool) -> Any:
    """Write the demo with a progress bar."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.fields[name]}", markup=False))
    with Progress(*columns, console=messages()) as progress:
        task = progress.add_task("", total=runs, name="loading MLflow and scikit-learn")
        try:
            from ..demo import plan, write
        except ImportError as error:
            raise ExplorerError(
                f"The demo needs packages that are not installed ({error.name}):"
                ' pip install "jupyter-mlflow-explorer[demo]"'
            ) from error
        try:
            # MLflow prints links for people to standard output, which is for our answer.
            with contextlib.redirect_stdout(sys.stderr):
                created = write.create(
                    uri,
                    runs=runs,
                    seed=seed,
                    force=force,
                    last_start_ms=round(time.time() * 1000) - 60_000 if recent else plan.LAST_START_MS,
                    progress=lambda done, name: progress.update(task, completed=done, name=plain(name).plain[:50]),
                )
        except Conflict:
            progress.update(task, visible=False)
            raise
        except write.MlflowException as error:
            raise ExplorerError(f"MLflow could not write the demo: {redact_text(str(error))}") from error
        progress.update(task, completed=runs, name="")
    return created
