"""`notebook`: writes an observation notebook, asked for by options or in a walk through the store."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import BadInput, NotFound
from ..reports.choosing import choose_by_id, choose_by_search
from ..reports.files import check_free, write_whole
from ..reports.template_folder import TemplateFolder, default_folder, read_template_file
from ..tracking.redaction import redact
from ..tracking.store import RunsQuery, TrackingStore
from .connecting import messages, resolve, tracking_uri_option, with_store
from .executing import execute_cells, notebook_text
from .runs import find_experiments

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from ..cells import Search, Selection
    from ..cells.naming import Naming
    from ..cells.templates import Template

_HELP = """Write a notebook that explains runs: overview, a section for each of the best, comparison, curves.

Without options that choose, the command asks: which store, which experiments, which runs, title and file name.
With them it writes at once. A file that exists is replaced with --force only."""


@dataclasses.dataclass(frozen=True)
class Choice:
    """What the options of `choosing_options` say: which runs, and how the notebook about them looks."""

    experiments: tuple[str, ...]
    runs: tuple[str, ...]
    filter_text: str
    order_by: tuple[str, ...]
    max_runs: int
    sections: int
    rank_by: str | None
    template: str
    group_by: tuple[str, ...]
    pattern: str | None
    names_from: str
    registry: Path | None
    title: str | None
    tracking_uri: str | None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is chosen, so that the walk asks."""
        return not (self.experiments or self.runs or self.filter_text)

    def check(self) -> None:
        """Raise where the template or the naming cannot be used, before anything is asked or read."""
        _ = self.naming
        if self.template != "observation":
            find_template(self.template)

    @functools.cached_property
    def naming(self) -> Naming | None:
        """How names are split; the registry is read once.

        Raises
        ------
        BadInput, NotFound
            The pattern is none, or the registry cannot be read.
        """
        if self.pattern is None:
            if self.registry is not None:
                raise BadInput("--registry lists the values of columns that --pattern makes: give a pattern too.")
            return None
        from ..cells.naming import naming_of, read_registry

        allowed: dict[str, list[str]] = {}
        if self.registry is not None:
            try:
                allowed = read_registry(self.registry.read_text(encoding="utf-8"), str(self.registry))
            except FileNotFoundError:
                raise NotFound(f"There is no registry {self.registry}.") from None
            except (OSError, UnicodeError) as error:
                raise BadInput(f"The registry {self.registry} cannot be read: {error}.") from None
        return naming_of(self.pattern, self.names_from, allowed)

    def select(self) -> Selection:
        """Fetch the runs; raises as `choose`."""
        uri = resolve(self.tracking_uri)
        query = RunsQuery((), filter=self.filter_text, order_by=self.order_by)
        return with_store(uri, lambda store: choose(store, uri, self.experiments, self.runs, query, self.max_runs))

    def write(self, selection: Selection, title: str) -> NotebookNode:
        """Return the notebook about the runs."""
        from ..cells.documents import write_document
        from ..cells.naming import derive
        from ..cells.observation import Observation

        if self.naming is not None:
            for warning in derive(selection.runs, self.naming).warnings:
                messages().print(warning, markup=False, highlight=False)
        wanted = Observation(
            title,
            metric=self.rank_by,
            sections=self.sections,
            created_ms=round(time.time() * 1000),
            template=self.template,
            group_by=self.group_by,
            naming=self.naming,
        )
        return write_document(selection, wanted, find_template)


def choosing_options(command: Any) -> Any:
    """Add the options that `Choice` holds."""
    for option in reversed(
        [
            click.option("--experiment", "experiments", multiple=True, metavar="NAME_OR_ID", help="Repeatable."),
            click.option("--run", "runs", multiple=True, metavar="ID", help="Repeatable; instead of a search."),
            click.option("--filter", "filter_text", default="", metavar="F", help="Such as 'metrics.auroc > 0.9'."),
            click.option("--order-by", multiple=True, metavar="O", help="Such as 'metrics.auroc DESC'. Repeatable."),
            click.option("--max-runs", type=click.IntRange(1, 1000), default=1000, show_default=True, metavar="N"),
            click.option("--sections", type=click.IntRange(0, 1000), default=20, show_default=True, metavar="N",
                         help="The best N runs get a section of their own."),
            click.option("--rank-by", metavar="METRIC", help="What is best. Default: a score that most runs have."),
            click.option("--template", default="observation", show_default=True, metavar="NAME_OR_PATH",
                         help="A notebook with placeholders: a name in the folder of templates, or a file."),
            click.option("--group-by", multiple=True, metavar="COLUMN",
                         help="Compare groups, such as params.model or derived.model. Repeatable."),
            click.option("--pattern", metavar="P", help="Split run names into columns, such as '{model}__{data}'."),
            click.option("--names-from", default="attributes.run_name", show_default=True, metavar="COLUMN",
                         help="What the pattern splits: or a param or tag, such as params.pipeline."),
            click.option("--registry", type=click.Path(path_type=Path), metavar="FILE",
                         help="YAML with the allowed values of each column; others are reported."),
            click.option("--title", metavar="T", help="Default: the experiments' names."),
            tracking_uri_option,
        ]
    ):  # fmt: skip
        command = option(command)
    return command


def _options(command: Any) -> Any:
    for option in reversed(
        [
            choosing_options,
            click.option("--output", type=click.Path(path_type=Path), metavar="PATH",
                         help="Default: a name made of the title, in the working directory."),
            click.option("--execute", "run_cells", is_flag=True, help="Run the cells and keep their outputs."),
            click.option("--force", is_flag=True, help="Replace a file that exists."),
            click.option("--json", "as_json", is_flag=True, help="Print {path, runs, cells, executed} as JSON."),
        ]
    ):  # fmt: skip
        command = option(command)
    return command


@click.command(help=_HELP)
@_options
def notebook(**options: Any) -> None:
    """Write an observation notebook."""
    _notebook(**options)


@click.command("create-observation-notebook", short_help="The same as notebook.", help=_HELP)
@_options
def create_observation_notebook(**options: Any) -> None:
    """Write an observation notebook."""
    _notebook(**options)


def _notebook(*, output: Path | None, run_cells: bool, force: bool, as_json: bool, **chosen: Any) -> None:
    choice = Choice(**chosen)
    choice.check()
    if not choice.is_empty:
        selection = choice.select()
        title = choice.title or default_title(selection)
        path = output or Path(file_name(title))
    else:
        from .walk import walk

        answers = walk(choice.tracking_uri, title=choice.title, output=output, force=force)
        selection, title, path, force = answers.selection, answers.title, answers.path, answers.force
    check_free(path, force=force)
    document = choice.write(selection, title)
    uris = [uri for uri in (selection.tracking_uri, selection.registry_uri) if uri]
    failure = execute_cells(document, path, uris) if run_cells else None
    write_whole(path, notebook_text(document), force=force)
    messages().print(
        f"Wrote {path}: {len(document.cells)} cells about {len(selection.runs)} runs.", markup=False, highlight=False
    )
    if as_json:
        answer = {"path": str(path), "runs": len(selection.runs), "cells": len(document.cells)}
        click.echo(json.dumps({**answer, "executed": run_cells and failure is None}))
    if failure is not None:
        raise failure


def find_template(name_or_path: str) -> Template:
    """Return a template: of a file where it is a path, else of the folder of templates."""
    if name_or_path.endswith(".ipynb") or "/" in name_or_path or os.sep in name_or_path:
        return read_template_file(Path(name_or_path))
    return TemplateFolder(default_folder())(name_or_path)


async def choose(
    store: TrackingStore,
    uri: str,
    experiments: tuple[str, ...],
    run_ids: tuple[str, ...],
    query: RunsQuery,
    max_runs: int,
) -> Selection:
    """Return the runs asked for, and the experiments they belong to.

    Raises
    ------
    NotFound
        A run or experiment does not exist, or nothing matches.
    """
    from ..cells import Search

    search = None
    if run_ids:
        chosen = await choose_by_id(store, run_ids, f"{redact(uri)}; `runs` lists them")
    else:
        searched = RunsQuery(await find_experiments(store, experiments), filter=query.filter, order_by=query.order_by)
        search = Search(searched.experiment_ids, query.filter, query.order_by, max_runs)
        chosen = await choose_by_search(store, searched, max_runs)
    for warning in chosen.warnings:
        messages().print(warning, markup=False, highlight=False)
    selection = selection_of(store, uri, chosen.experiments, chosen.runs, search)
    return dataclasses.replace(selection, filter=query.filter, order_by=query.order_by) if not run_ids else selection


def selection_of(
    store: TrackingStore, uri: str, experiments: list[Any], runs: list[Any], search: Search | None = None
) -> Selection:
    """Return what `cells` writes about."""
    from ..cells import Selection

    name = redact(uri)
    return Selection(name, name, store.kind, uri, experiments=tuple(experiments), runs=tuple(runs), search=search)


def default_title(selection: Selection) -> str:
    """Return a title made of the experiments' names."""
    names = [experiment.name for experiment in selection.experiments]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"Runs of {', '.join(names[:3])}{more}" if names else "MLflow runs"


def file_name(title: str, suffix: str = ".ipynb") -> str:
    """Return a file name made of a title: letters, digits and what is harmless beside them."""
    name = re.sub(r"[^\w\-. ]+", " ", title)
    return f"{' '.join(name.split()).strip('. ')[:80] or 'MLflow runs'}{suffix}"
