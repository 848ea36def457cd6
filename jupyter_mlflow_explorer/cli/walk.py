"""The walk of `notebook` without options: store, experiments, runs, title and file, each explained and asked again.

Questions and lists go to standard error, so that standard output is free for the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from rich.table import Table

from ..entities import Experiment, Run
from ..errors import BadInput, Conflict, ExplorerError
from ..reports.choosing import first_runs
from ..reports.files import check_free
from ..tracking.redaction import redact
from ..tracking.store import RunsQuery, TrackingStore
from .choosing import Chosen, Misunderstood, Narrowed, read_choice
from .connecting import messages, plain, resolve, with_store
from .experiments import every_experiment
from .notebook import default_title, file_name, selection_of
from .times import when

if TYPE_CHECKING:
    from ..cells import Selection

Entry = TypeVar("Entry", Experiment, Run)

#: Rows shown at once; typing narrows the list.
_ROWS = 40
_MOST_RUNS = 1000
_ICONS = {"FINISHED": "✓", "FAILED": "✗", "KILLED": "■", "RUNNING": "●", "SCHEDULED": "○"}


@dataclass(frozen=True)
class Answers:
    """What a person chose."""

    selection: Selection
    title: str
    path: Path
    force: bool


def walk(tracking_uri: str | None, *, title: str | None, output: Path | None, force: bool) -> Answers:
    """Ask for everything that is not given. The end of the input or ``q`` leaves (`click.Abort`)."""
    uri, experiments = _ask_store(tracking_uri)
    chosen = _choose("experiment", experiments, _experiments_table, lambda one: f"{one.experiment_id} {one.name}")
    found = with_store(uri, lambda store: _runs_of(store, chosen))
    runs = _choose("run", found, _runs_table, lambda run: f"{run.run_id} {run.run_name} {run.status}")

    async def select(store: TrackingStore) -> Selection:
        return selection_of(store, uri, chosen, runs)

    selection = with_store(uri, select)
    title = title or _ask("Title", default_title(selection))
    path, force = _ask_file(output, title, force)
    return Answers(selection, title, path, force)


def _ask_store(tracking_uri: str | None) -> tuple[str, list[Experiment]]:
    """Return the URI of a store that answers and has experiments, and these."""
    default = resolve(tracking_uri)
    while True:
        typed = _ask("Tracking URI", redact(default))
        try:
            # What is shown may lack the credentials of what is meant.
            uri = default if typed == redact(default) else resolve(typed)
            experiments = with_store(uri, every_experiment)
        except ExplorerError as error:
            _say(error.message)
            continue
        if experiments:
            return uri, [one for one in experiments if one.problem is None]
        _say("This store has no experiments yet. Log a first run, or give another tracking URI.")


async def _runs_of(store: TrackingStore, experiments: Sequence[Experiment]) -> list[Run]:
    ids = tuple(experiment.experiment_id for experiment in experiments)
    page = await first_runs(store, RunsQuery(ids), _MOST_RUNS)
    if page.next_page_token is not None:
        _say(f"These are the newest {_MOST_RUNS} runs; use --filter to reach others.")
    return [run for run in page.runs if run.problem is None]


def _choose(
    noun: str, entries: list[Entry], table: Callable[[list[Entry]], Table], text: Callable[[Entry], str]
) -> list[Entry]:
    """Let a person choose one entry or more."""
    if not entries:
        raise BadInput(f"There is no {noun} to choose from. Choose other experiments.")
    shown = entries
    is_new = True
    while True:
        if is_new:
            messages().print(table(shown[:_ROWS]))
            if len(shown) > _ROWS:
                _say(f"The first {_ROWS} of {len(shown)}. Type a text to see those with it.")
        is_new = False
        typed = _ask(f"Which {noun}s (1-{len(shown)}, ranges, all, or a text to filter by)", None)
        choice = read_choice(typed, len(shown))
        if isinstance(choice, Chosen):
            return [shown[place] for place in choice.places]
        if isinstance(choice, Misunderstood):
            _say(choice.message)
        elif isinstance(choice, Narrowed):
            found = [entry for entry in entries if choice.text.casefold() in text(entry).casefold()]
            if found:
                shown, is_new = found, True
            else:
                _say(f"No {noun} has {choice.text!r} in it; the list is as before.")


def _experiments_table(experiments: list[Experiment]) -> Table:
    table = Table("", "Experiment", "Created")
    for number, experiment in enumerate(experiments, 1):
        table.add_row(str(number), plain(experiment.name), when(experiment.creation_time_ms))
    return table


def _runs_table(runs: list[Run]) -> Table:
    table = Table("", "", "Run", "Started", "Params", "Metrics")
    for number, run in enumerate(runs, 1):
        counts = (str(len(run.params)), str(len(run.metrics)))
        table.add_row(str(number), _ICONS[run.status], plain(run.run_name), when(run.start_time_ms), *counts)
    return table


def _ask_file(output: Path | None, title: str, force: bool) -> tuple[Path, bool]:
    path = output
    while True:
        path = path or Path(_ask("File", file_name(title)))
        try:
            check_free(path, force=force)
        except Conflict:
            if click.confirm(f"{path} exists. Replace it?", default=False, err=True):
                return path, True
            path = None
        except BadInput as error:
            _say(error.message)
            path = None
        else:
            return path, force


def _ask(question: str, default: str | None) -> str:
    """Return what was typed, or the default for an empty line; ``q`` leaves."""
    shown = f"{question} [{plain(default).plain}]" if default is not None else question
    typed: str = click.prompt(shown, default="", show_default=False, err=True)
    if typed.strip().lower() == "q":
        raise click.Abort
    return typed.strip() or default or ""


def _say(text: str) -> None:
    messages().print(text, markup=False, highlight=False, soft_wrap=True)
