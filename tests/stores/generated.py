"""Stores, filters, orders and pages that Hypothesis makes up, and the writer that puts such a store into MLflow.

A store is described without ids, so that the same one can be written into several stores of MLflow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

#: Keys that both the database and the file store of MLflow take; the last of each is never logged.
PARAMS = ("lr", "a b", "x/y/z", "Größe", "nowhere")
METRICS = ("acc", "loss b", "val/acc", "m.1", "nowhere")
TAGS = ("group", "Größe", "x/y", "mlflow.source.name", "nowhere")
#: Params may be empty, and must not be longer than MLflow allows.
TEXTS = (
    "",
    "0.1",
    "1e-3",
    "10",
    "A",
    "a",
    "äÖ",
    "%",
    "_",
    "it's",
    '"',
    "日本 🎉",
    "two\nlines",
    " padded ",
    "None",
    "nan",
)
NUMBERS = (0.0, -0.0, 0.5, 0.5, 1.0, -1.0, 1e-300, 1e300, 1 / 3, math.nan, math.inf, -math.inf)
TIME = 1_700_000_000_000


@dataclass(frozen=True)
class MadeRun:
    """A run to be; ``parent`` is the index of an earlier run of the same experiment."""

    name: str
    start: int
    end: int | None
    status: str
    is_deleted: bool
    parent: int | None
    params: dict[str, str] = field(default_factory=dict)
    #: Values as (value, timestamp, step).
    metrics: dict[str, list[tuple[float, int, int]]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    #: Datasets used, as (name, digest, context).
    datasets: frozenset[tuple[str, str, str | None]] = frozenset()


@dataclass(frozen=True)
class MadeExperiment:
    """An experiment to be; its name gets a prefix, as names are unique in a store."""

    name: str
    is_deleted: bool
    tags: dict[str, str]
    runs: tuple[MadeRun, ...]


@dataclass(frozen=True)
class Question:
    """One search: MLflow's arguments and the size of our pages."""

    experiments: tuple[int, ...]
    filter: str
    order: tuple[str, ...]
    view: str
    size: int


_points = st.tuples(st.sampled_from(NUMBERS), st.integers(0, 3), st.integers(-1, 3))
_datasets = st.tuples(
    st.sampled_from(("train", "Größe")), st.sampled_from(("d1", "d2")), st.sampled_from((None, "training", "Test"))
)
_runs = st.builds(
    MadeRun,
    name=st.sampled_from(("run", "Run", "ünï", "r%", "", "two\nlines")) | st.text("ab é'\"`%_\\", max_size=4),
    start=st.integers(0, 3),
    end=st.none() | st.integers(0, 3),
    status=st.sampled_from(("FINISHED", "FAILED", "KILLED", "RUNNING")),
    is_deleted=st.integers(0, 4).map(lambda n: n == 0),
    parent=st.none() | st.integers(0, 6),
    params=st.dictionaries(st.sampled_from(PARAMS[:-1]), st.sampled_from(TEXTS), max_size=4),
    metrics=st.dictionaries(st.sampled_from(METRICS[:-1]), st.lists(_points, min_size=1, max_size=4), max_size=4),
    tags=st.dictionaries(st.sampled_from(TAGS[:-1]), st.sampled_from(TEXTS), max_size=4),
    datasets=st.frozensets(_datasets, max_size=2),
)
_experiments = st.builds(
    MadeExperiment,
    name=st.sampled_from(("main", "Größe & co", "a%b", 'dot. "x"')),
    is_deleted=st.integers(0, 5).map(lambda n: n == 0),
    tags=st.dictionaries(st.sampled_from(TAGS[:-1]), st.sampled_from(TEXTS), max_size=2),
    runs=st.lists(_runs, max_size=9).map(tuple),
)
stores = st.lists(_experiments, min_size=1, max_size=3, unique_by=lambda made: made.name)


def quoted_key(key: str) -> str:
    """Return a key as a filter takes it: MLflow reads ``m.1`` without quotes as a key and a number."""
    return key if all(part.isidentifier() for part in key.split(".")) else f"`{key}`"


def quoted_text(text: str) -> str:
    """Return a text as a filter takes it."""
    return f'"{text}"' if "'" in text else f"'{text}'"


def _keys(kind: str, names: Sequence[str]) -> st.SearchStrategy[str]:
    return st.sampled_from([f"{kind}.{quoted_key(name)}" for name in names])


# A text with both quotes, or a backslash before a quote, cannot be written in MLflow's grammar.
_texts = st.sampled_from([quoted_text(text) for text in TEXTS if text != '"'])
_patterns = st.sampled_from(["'%a%'", "'A%'", "'_'", "'%'", "'äö'", "'%Ö'", "'RUN'", "'r%'", "'%1%'", "'two%'"])
_numbers = st.sampled_from(["0", "0.5", "-1", "1e-300", "3", "1e308", "-1e308", "0.3333333333333333"])
_symbols = st.sampled_from(["=", "!=", ">", ">=", "<", "<="])
_equals = st.sampled_from(["=", "!="])
_likes = st.sampled_from(["LIKE", "ILIKE", "like"])
_nulls = st.sampled_from(["IS NULL", "IS NOT NULL"])
_times = st.integers(-1, 4).map(lambda n: str(TIME + n)) | st.sampled_from(["0", f"{TIME + 1}.5"])
_text_attributes = st.sampled_from(["status", "run_name", "`Run name`", "user_id", "artifact_uri", "attributes.run_id"])

_dataset_keys = st.sampled_from(["datasets.name", "dataset.digest", "datasets.context"])

#: Conditions of MLflow's grammar on runs.
conditions = st.one_of(
    st.builds("{} {} {}".format, _keys("metrics", METRICS), _symbols, _numbers),
    st.builds("{} {} {}".format, _keys("params", PARAMS), _equals, _texts),
    st.builds("{} {} {}".format, _keys("params", PARAMS), _likes, _patterns),
    st.builds("{} {} {}".format, _keys("tags", TAGS), _equals, _texts),
    st.builds("{} {} {}".format, _keys("tags", TAGS), _likes, _patterns),
    st.builds("{} {}".format, _keys("params", PARAMS), _nulls),
    st.builds("{} {}".format, _keys("tags", TAGS), _nulls),
    st.builds("{} {} {}".format, st.sampled_from(["start_time", "end_time", "Created"]), _symbols, _times),
    st.builds("{} {} {}".format, _text_attributes, _equals, st.sampled_from(["'FINISHED'", "'run'", "'Run'", "''"])),
    st.builds("{} {} {}".format, _text_attributes, _likes, _patterns),
    st.sampled_from(["run_id IN ('a')", "run_id NOT IN ('a', 'b')"]),
    st.builds("{} {} {}".format, _dataset_keys, _equals, st.sampled_from(["'train'", "'Größe'", "'d1'", "'training'"])),
    st.builds("{} {} {}".format, _dataset_keys, _likes, st.sampled_from(["'%t%'", "'GRÖSSE'", "'d_'", "'T%'"])),
    st.builds("{} IN ({})".format, _dataset_keys, st.sampled_from(["'train', 'x'", "'d2'", "'training', 'Test'"])),
)
_order_keys = st.one_of(
    _keys("metrics", METRICS),
    _keys("params", PARAMS),
    _keys("tags", TAGS),
    st.sampled_from(["start_time", "end_time", "status", "run_name", "attributes.run_id", "created", "user_id"]),
)
orders = st.lists(
    st.builds("{} {}".format, _order_keys, st.sampled_from(["ASC", "DESC"])),
    max_size=3,
    unique_by=lambda clause: clause.rsplit(" ", 1)[0].replace("created", "start_time"),
)
_words = [
    *("AND", "OR", "NOT", "(", ")", ",", "=", "!=", ">", "LIKE", "1", "'x'", '"x', "`", ";", "--", "foo", "foo.bar"),
    *("status", "metrics.", "metrics.acc", "params.lr", "tags.group"),
]
#: Pieces of filters in any order, most of which make no sense together: (text, whether it is a whole condition).
scraps = st.lists(
    st.one_of(
        conditions.map(lambda text: (text, True)),
        st.sampled_from([*_words, "IS NULL", "IN ('a')"]).map(lambda text: (text, False)),
    ),
    min_size=1,
    max_size=4,
)
questions = st.builds(
    Question,
    experiments=st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True).map(tuple),
    filter=st.lists(conditions, max_size=3).map(" AND ".join),
    order=orders.map(tuple),
    view=st.sampled_from(["active", "deleted", "all"]),
    size=st.integers(1, 12),
)


def write(client: Any, made: Sequence[MadeExperiment], prefix: str, location: str | None = None) -> list[str]:
    """Write a made store with MLflow's own client; return the ids of the experiments."""
    ids = []
    for number, experiment in enumerate(made):
        where = f"{location}/{prefix}-{number}" if location else None
        experiment_id = client.create_experiment(f"{prefix} {experiment.name}", where, tags=experiment.tags)
        ids.append(str(experiment_id))
        run_ids: list[str] = []
        for run in experiment.runs:
            run_ids.append(_write_run(client, experiment_id, run, run_ids))
        for run, run_id in zip(experiment.runs, run_ids, strict=True):
            if run.is_deleted:
                client.delete_run(run_id)
        if experiment.is_deleted:
            client.delete_experiment(experiment_id)
    return ids


def _write_run(client: Any, experiment_id: str, run: MadeRun, earlier: Sequence[str]) -> str:
    from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param

    tags = dict(run.tags)
    if run.parent is not None and run.parent < len(earlier):
        tags["mlflow.parentRunId"] = earlier[run.parent]
    created = client.create_run(experiment_id, start_time=TIME + run.start, tags=tags, run_name=run.name)
    run_id = str(created.info.run_id)
    metrics = [
        Metric(key, value, TIME + timestamp, step)
        for key, points in run.metrics.items()
        for value, timestamp, step in points
    ]
    client.log_batch(run_id, metrics=metrics, params=[Param(key, value) for key, value in run.params.items()])
    if run.datasets:
        client.log_inputs(
            run_id,
            [
                DatasetInput(
                    Dataset(name, digest, "local", "{}"),
                    [InputTag("mlflow.data.context", context)] if context else [],
                )
                for name, digest, context in sorted(run.datasets, key=str)
            ],
        )
    if run.status != "RUNNING":
        client.set_terminated(run_id, run.status, end_time=None if run.end is None else TIME + run.end)
    return run_id
