"""What the user chose: the input of every recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..entities import Experiment, LoggedModel, Run, StoreKind


@dataclass(frozen=True)
class Search:
    """A search that finds runs: what to ask for again when a notebook is refreshed."""

    experiment_ids: tuple[str, ...]
    filter: str = ""
    order_by: tuple[str, ...] = ()
    max_runs: int = 1000


@dataclass(frozen=True)
class Selection:
    """A connection and the things chosen in it.

    ``tracking_uri`` and ``registry_uri`` may hold credentials, which no cell ever shows. ``runs`` keep the order in
    which they were chosen; ``search`` found them, None where they were picked one by one. ``model`` is the logged model
    that has the artifact, None where the run has it. ``options`` are the recipe's, as its JSON schema describes them;
    missing ones default.
    """

    connection_id: str
    connection_name: str
    store_kind: StoreKind
    tracking_uri: str = field(repr=False)
    registry_uri: str | None = field(default=None, repr=False)
    experiments: tuple[Experiment, ...] = ()
    runs: tuple[Run, ...] = ()
    model: LoggedModel | None = None
    artifact_path: str | None = None
    artifact_is_dir: bool = False
    filter: str = ""
    order_by: tuple[str, ...] = ()
    search: Search | None = None
    options: Mapping[str, object] = field(default_factory=dict)
