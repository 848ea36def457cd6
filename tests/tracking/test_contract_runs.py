"""What every store answers about experiments and runs, held to MLflow's own client on the same data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jupyter_mlflow_explorer.entities import Run
from jupyter_mlflow_explorer.errors import BadFilter, BadInput, NotFound
from jupyter_mlflow_explorer.tracking.store import ExperimentsQuery, RunsQuery, TrackingStore

from ..stores import compare
from ..stores.seed import HOSTILE, Seed

if TYPE_CHECKING:
    from mlflow import MlflowClient

pytestmark = pytest.mark.asyncio

FILTERS = [
    "",
    "metrics.acc > 0.4",
    "metrics.acc >= 0.5 and params.lr = '0.1'",
    "metrics.acc != 0.5",
    "metrics.acc = 0",
    "metrics.`loss b` < 0.9",
    "metrics.fine >= 1 AND metrics.fine < 5",
    "params.lr LIKE '1%'",
    "params.lr != '10'",
    "params.lr = ''",
    "params.`odd/key name` = 'v'",
    "params.only IS NULL",
    "params.only is not null and tags.group = 'A'",
    "tags.Größe = 'äÖ'",
    "tags.empty = ''",
    "tags.group ILIKE 'a'",
    "tags.`mlflow.user` LIKE 'A%'",
    "tags.mlflow.parentRunId IS NOT NULL",
    "attributes.status = 'FAILED'",
    "status != 'FINISHED'",
    "attributes.start_time > 1700000002000",
    "Created <= 1700000002000.5",
    "end_time < 1700000006000",
    "run_name LIKE 'run-%'",
    "`Run Name` ILIKE 'CHILD%'",
    "user_id = 'ann'",
    "datasets.name = 'train-set'",
    "dataset.context = 'training'",
    "datasets.digest IN ('d2', 'x')",
    "attributes.run_id IN ('nope')",
]
ORDERS = [
    ("metrics.acc",),
    ("metrics.acc DESC",),
    ("params.lr DESC",),
    ("tags.group", "metrics.fine DESC"),
    ("start_time",),
    ("attributes.start_time DESC",),
    ("end_time DESC",),
    ("run_name",),
    ("attributes.run_id DESC",),
    ("status", "metrics.`loss b`"),
    ("metrics.nowhere",),
]


async def every_run(store: TrackingStore, size: int, **query: Any) -> list[Run]:
    """Walk through all pages."""
    runs: list[Run] = []
    token = None
    while True:
        page = await store.runs(RunsQuery(max_results=size, page_token=token, **query))
        assert len(page.runs) <= size
        assert page.total is None or page.total >= len(runs) + len(page.runs)
        runs += page.runs
        token = page.next_page_token
        if token is None:
            assert page.total is None or page.total == len(runs)
            return runs


async def test_filters_find_what_mlflow_finds(store: TrackingStore, seeded: Seed, reference: MlflowClient) -> None:
    for text in FILTERS:
        found = await every_run(store, 100, experiment_ids=seeded.all_experiments, filter=text)
        expected = compare.their_runs(reference, seeded.all_experiments, text)
        assert [compare.our_run(run) for run in found] == expected, text


@pytest.mark.parametrize("view", ["active", "deleted", "all"])
async def test_orders_and_pages_are_mlflows(
    store: TrackingStore, seeded: Seed, reference: MlflowClient, view: Any
) -> None:
    main = (seeded.experiments["main"], seeded.experiments["other"])
    for order in ((), *ORDERS):
        found = await every_run(store, 7, experiment_ids=main, order_by=order, view=view)
        expected = compare.their_runs(reference, main, order=order, view=view)
        assert [compare.our_run(run) for run in found] == expected, order


async def test_last_page_of_exactly_the_page_size_has_no_token(store: TrackingStore, seeded: Seed) -> None:
    query = RunsQuery((seeded.experiments["other"],), max_results=7)
    assert (await store.runs(query)).next_page_token is None


async def test_no_experiments_and_unknown_ones_have_no_runs(store: TrackingStore, seeded: Seed) -> None:
    for ids in ((), ("987654",), (seeded.experiments["empty"],)):
        page = await store.runs(RunsQuery(ids))
        assert (page.runs, page.next_page_token) == ([], None)


async def test_tokens_belong_to_their_query(store: TrackingStore, seeded: Seed) -> None:
    main = (seeded.experiments["main"],)
    token = (await store.runs(RunsQuery(main, max_results=2))).next_page_token
    assert token
    for other in (
        RunsQuery(main, order_by=("run_name",), page_token=token),
        RunsQuery(main, view="all", page_token=token),
    ):
        with pytest.raises(BadInput, match="another query"):
            await store.runs(other)
    for junk in ("junk", "é", "bnVsbA", token[:-4]):
        with pytest.raises(BadInput, match="token"):
            await store.runs(RunsQuery(main, page_token=junk))


@pytest.mark.parametrize("size", [0, -1, 50_001])
async def test_page_sizes_outside_mlflows_limits_are_refused(store: TrackingStore, seeded: Seed, size: int) -> None:
    with pytest.raises(BadInput, match="max_results"):
        await store.runs(RunsQuery((seeded.experiments["main"],), max_results=size))


async def test_wrong_filters_and_orders_say_where(store: TrackingStore, seeded: Seed) -> None:
    main = (seeded.experiments["main"],)
    with pytest.raises(BadFilter) as failure:
        await store.runs(RunsQuery(main, filter="metrics.acc >> 1"))
    assert failure.value.position == 13
    with pytest.raises(BadFilter):
        await store.table(RunsQuery(main, order_by=("nonsense",)), [])


async def test_search_looks_in_names_ids_params_and_tags(store: TrackingStore, seeded: Seed) -> None:
    main = (seeded.experiments["main"],)
    expected = {
        "CHILD-": {"child-0", "child-1"},
        "drop table": {"hostile"},
        "🎉": {"hostile"},
        "%": set(),
        "C0FFEE": {"with-source"},
        "ÄÖ": {f"run-{i}" for i in range(10)},
        seeded.runs["run-4"][:20]: {"run-4"},
        "ODD/KEY": {f"run-{i}" for i in range(10)},
    }
    for text, names in expected.items():
        found = await every_run(store, 4, experiment_ids=main, search=text)
        assert {run.run_name for run in found} == names, text


async def test_search_and_filter_both_hold(store: TrackingStore, seeded: Seed) -> None:
    found = await every_run(
        store, 3, experiment_ids=(seeded.experiments["main"],), search="run-", filter="tags.group = 'A'"
    )
    assert [run.run_name for run in found] == [f"run-{i}" for i in (8, 6, 4, 2, 0)]


async def test_run_detail(store: TrackingStore, seeded: Seed, reference: MlflowClient) -> None:
    for name, run_id in seeded.runs.items():
        run = await store.run(run_id)
        assert compare.our_run(run) == compare.their_run(reference.get_run(run_id)), name
    source = await store.run(seeded.runs["with-source"])
    assert source.source.model_dump() == {
        "name": "train.py",
        "type": "LOCAL",
        "git_commit": "c0ffee",
        "git_branch": "main",
        "git_dirty": True,
        "git_repo_url": None,
        "entry_point": None,
    }
    assert (source.note, source.user) == ("# note", "ann")
    assert [(i.name, i.digest, i.context) for i in source.inputs] == [
        ("test-set", "d2", None),
        ("train-set", "d1", "training"),
    ]
    assert source.inputs[1].source == '{"url": "https://***@host/train.csv"}'
    assert [(m.name, m.status, m.step) for m in source.models] == [("net", "READY", 7)]


async def test_parents_and_children(store: TrackingStore, seeded: Seed) -> None:
    parent = await store.run(seeded.runs["parent"])
    assert (parent.children, parent.parent) == (2, None)
    child = await store.run(seeded.runs["child-2"])
    assert child.lifecycle_stage == "deleted"
    assert child.parent is not None
    assert (child.parent.run_id, child.parent.run_name) == (parent.run_id, "parent")


async def test_hostile_text_arrives_unchanged(store: TrackingStore, seeded: Seed) -> None:
    run = await store.run(seeded.runs["hostile"])
    assert (run.params["text"], run.tags["text"], run.note) == (HOSTILE, HOSTILE, HOSTILE)


async def test_unknown_ids_are_not_found_and_named(store: TrackingStore) -> None:
    with pytest.raises(NotFound, match="nope"):
        await store.run("nope")
    for experiment_id in ("987654", "nope", "", "-1", "1 OR 1=1"):
        with pytest.raises(NotFound):
            await store.experiment(experiment_id)
    with pytest.raises(NotFound, match="nope"):
        await store.metric_histories(["nope"], ["acc"])
    with pytest.raises(NotFound, match="nope"):
        await store.artifacts("nope")
    with pytest.raises(NotFound, match="nope"):
        await store.open_artifact("nope", "x")


async def test_runs_by_id_keep_the_order_asked_for(store: TrackingStore, seeded: Seed) -> None:
    names = ["run-3", "gone", "other-1", "run-0"]
    ids = [seeded.runs[name] for name in names]
    page = await store.runs_by_id([ids[0], "nope", *ids[1:], ids[0]])
    assert [run.run_name for run in page.runs] == names
    assert (await store.runs_by_id([])).runs == []


async def test_table_has_the_same_values_as_runs(store: TrackingStore, seeded: Seed) -> None:
    main = (seeded.experiments["main"],)
    runs = await every_run(store, 100, experiment_ids=main, order_by=("metrics.acc DESC",))
    columns = [
        "metrics.acc",
        "params.lr",
        "tags.Größe",
        "attributes.run_name",
        "attributes.start_time",
        "params.`odd/key name`",
    ]
    columns += ["attributes.status", "metrics.nowhere", "attributes.end_time", "tags.mlflow.user", "attributes.nowhere"]
    table = await store.table(RunsQuery(main, order_by=("metrics.acc DESC",)), columns)
    assert table.run_ids == [run.run_id for run in runs]
    assert [(c.kind, c.key) for c in table.columns][5] == ("params", "odd/key name")
    values = [column.values for column in table.columns]
    assert [None if v is None else compare.number(float(v)) for v in values[0]] == [
        compare.number(run.metrics["acc"]) if "acc" in run.metrics else None for run in runs
    ]
    assert values[1] == [run.params.get("lr") for run in runs]
    assert values[2] == [run.tags.get("Größe") for run in runs]
    assert values[3] == [run.run_name for run in runs]
    assert values[4] == [run.start_time_ms for run in runs]
    assert values[5] == [run.params.get("odd/key name") for run in runs]
    assert values[6] == [run.status for run in runs]
    assert values[7] == values[10] == [None] * len(runs)
    assert values[8] == [run.end_time_ms for run in runs]
    assert values[9] == [run.tags.get("mlflow.user") for run in runs]


async def test_table_pages_and_many_columns(store: TrackingStore, seeded: Seed) -> None:
    main = (seeded.experiments["main"],)
    columns = [f"metrics.none{i}" for i in range(70)] + ["metrics.fine", "params.lr", "attributes.run_name"]
    whole = await store.table(RunsQuery(main), columns)
    ids, fine, token = [], [], None
    while True:
        page = await store.table(RunsQuery(main, max_results=6, page_token=token), columns)
        assert all(len(column.values) == len(page.run_ids) for column in page.columns)
        ids += page.run_ids
        fine += page.columns[70].values
        token = page.next_page_token
        if token is None:
            break
    assert (ids, fine) == (whole.run_ids, whole.columns[70].values)
    assert any(value is not None for value in fine)
    assert (await store.table(RunsQuery(main), [])).columns == []


@pytest.mark.parametrize("column", ["acc", "metrics.", "foo.bar", ""])
async def test_wrong_columns_are_refused(store: TrackingStore, seeded: Seed, column: str) -> None:
    with pytest.raises(BadInput, match="no column"):
        await store.table(RunsQuery((seeded.experiments["main"],)), [column])


async def test_columns_are_those_of_the_experiments(store: TrackingStore, seeded: Seed) -> None:
    main = await store.columns([seeded.experiments["main"]])
    assert main.params == ["lr", "odd/key name", "only", "text"]
    assert {"acc", "fine", "loss b", "gaps"} <= set(main.metrics)
    assert "elsewhere" not in main.metrics
    assert {"Größe", "group", "mlflow.runName"} <= set(main.tags)
    assert "elsewhere" in (await store.columns([seeded.experiments["other"]])).metrics
    empty = await store.columns([seeded.experiments["empty"]])
    assert (empty.params, empty.metrics, empty.tags, empty.truncated) == ([], [], [], False)


EXPERIMENT_FILTERS = [
    "",
    "name LIKE 'ma%'",
    "name ILIKE 'GRÖ%'",
    "tags.team = 'vision'",
    "tags.team IS NULL",
    "creation_time > 0 and name != 'main'",
    "last_update_time > 5",
    "experiment_id IN ('1', '2')",
]


@pytest.mark.parametrize("view", ["active", "deleted", "all"])
async def test_experiments_are_mlflows(store: TrackingStore, reference: MlflowClient, view: Any) -> None:
    for text in EXPERIMENT_FILTERS:
        page = await store.experiments(ExperimentsQuery(filter=text, view=view))
        assert [compare.our_experiment(e) for e in page.experiments] == compare.their_experiments(
            reference, text, view=view
        )
    for order in (("name",), ("creation_time DESC",), ("name DESC",), ("experiment_id",), ("last_update_time",)):
        found: list[Any] = []
        token = None
        while True:
            page = await store.experiments(ExperimentsQuery(order_by=order, view=view, max_results=2, page_token=token))
            found += [compare.our_experiment(e) for e in page.experiments]
            token = page.next_page_token
            if token is None:
                break
        assert found == compare.their_experiments(reference, order=order, view=view)


async def test_one_experiment_and_search_by_name(store: TrackingStore, seeded: Seed) -> None:
    assert (await store.experiment(seeded.experiments["deleted"])).lifecycle_stage == "deleted"
    assert (await store.experiment(seeded.experiments["main"])).tags["team"] == "vision"
    for text, names in {"MAIN": ["main"], "größe": ["Größe & co"], "%": [], "ed": ["proxied"]}.items():
        page = await store.experiments(ExperimentsQuery(search=text))
        assert [e.name for e in page.experiments] == names, text


async def test_check_says_one_sentence(store: TrackingStore) -> None:
    assert (await store.check()).endswith(".")
