"""Any store, filter, order and page size: our stores answer what MLflow's client answers, or refuse where it refuses.

A case is one search of one store. `make test-long` asks many more of them (EXPLORER_CASES multiplies the number).
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from jupyter_mlflow_explorer.errors import BadFilter, BadInput, NotSupported
from jupyter_mlflow_explorer.tracking import filters
from jupyter_mlflow_explorer.tracking.store import ExperimentsQuery, RunsQuery, TrackingStore

from ..stores import compare, generated
from ..stores.generated import MadeExperiment, Question
from .worlds import World, a_world

MULTIPLE = int(os.environ.get("EXPLORER_CASES", "1"))
QUESTIONS = 40
_number = itertools.count()

pytestmark = pytest.mark.timeout(600 * MULTIPLE)


def cases(count: int) -> Any:
    """Return Hypothesis settings for `count` stores; a store takes long to write, so failures are not made smaller."""
    return settings(
        deadline=None,
        max_examples=count * MULTIPLE,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )


@pytest.fixture(scope="module", params=["sqlite", "files", "postgresql", "mysql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One of MLflow's stores, MLflow's client on it, and our stores on the same."""
    server = request.getfixturevalue(request.param) if request.param in ("postgresql", "mysql") else None
    with a_world(request.param, tmp_path_factory.mktemp(request.param), server) as made:
        yield made


async def all_runs(store: TrackingStore, ids: tuple[str, ...], question: Question) -> list[dict[str, Any]]:
    """Return every page, one after the other."""
    found: list[dict[str, Any]] = []
    token = None
    while True:
        query = RunsQuery(ids, "", question.filter, question.order, question.view, question.size, token)  # type: ignore[arg-type]
        page = await store.runs(query)
        assert len(page.runs) == question.size or page.next_page_token is None
        found += [compare.our_run(run) for run in page.runs]
        token = page.next_page_token
        if token is None:
            assert page.total in (None, len(found))
            return found


def their_answer(world: World, ids: tuple[str, ...], question: Question) -> list[dict[str, Any]] | None:
    """Return what MLflow finds; None where it refuses."""
    from mlflow.exceptions import MlflowException

    try:
        return compare.their_runs(world.client, ids, question.filter, question.order, question.view)
    except MlflowException as error:
        if error.error_code != "INVALID_PARAMETER_VALUE":
            raise
        return None


def our_answer(
    world: World, store: TrackingStore, ids: tuple[str, ...], question: Question
) -> list[dict[str, Any]] | None:
    """Return what one of our stores finds; None where it refuses."""
    try:
        return world.ask(all_runs(store, ids, question))
    except BadInput:
        return None


def chosen(ids: list[str], question: Question) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids[index % len(ids)] for index in question.experiments))


@cases(25)
@given(made=generated.stores, questions=st.lists(generated.questions, min_size=QUESTIONS, max_size=QUESTIONS))
def test_every_search_has_mlflows_answer(world: World, made: list[MadeExperiment], questions: list[Question]) -> None:
    ids = generated.write(world.client, made, f"g{next(_number)}", world.location)
    for question in questions[: round(len(questions) * world.part)]:
        experiments = chosen(ids, question)
        expected = their_answer(world, experiments, question)
        for name, store in world.stores.items():
            assert our_answer(world, store, experiments, question) == expected, (name, question)


@cases(8)
@given(made=generated.stores, data=st.data())
def test_tables_histories_and_experiments_are_mlflows(
    world: World, made: list[MadeExperiment], data: st.DataObject
) -> None:
    prefix = f"t{next(_number)}"
    ids = generated.write(world.client, made, prefix, world.location)
    expected = compare.their_runs(world.client, ids, view="all")
    columns = [f"params.{key}" for key in generated.PARAMS] + [f"metrics.{key}" for key in generated.METRICS]
    name_filter = f"name LIKE '{prefix} %'"
    view = data.draw(st.sampled_from(["active", "deleted", "all"]))
    order = data.draw(st.sampled_from([(), ("name ASC",), ("experiment_id DESC",), ("creation_time ASC",)]))
    for name, store in world.stores.items():
        table = world.ask(store.table(RunsQuery(tuple(ids), view="all", max_results=1000), columns))
        assert table.run_ids == [run["run_id"] for run in expected], name
        for column in table.columns:
            values = [None if v is None or isinstance(v, str) else compare.number(float(v)) for v in column.values]
            if column.kind == "params":
                assert column.values == [run["params"].get(column.key) for run in expected], (name, column.key)
            else:
                assert values == [run["metrics"].get(column.key) for run in expected], (name, column.key)
        for run in expected[:4]:
            histories = world.ask(store.metric_histories([run["run_id"]], generated.METRICS))
            for history in histories:
                their = compare.their_points(world.client, run["run_id"], history.key)
                assert sorted(map(str, compare.our_points(history))) == sorted(map(str, their)), (name, history.key)
                assert [p[:2] for p in compare.our_points(history)] == [p[:2] for p in their], (name, history.key)
        page = world.ask(store.experiments(ExperimentsQuery(filter=name_filter, order_by=order, view=view)))
        assert [compare.our_experiment(one) for one in page.experiments] == compare.their_experiments(
            world.client, name_filter, order, view
        ), (name, order, view)


@cases(6)
@given(made=generated.stores, scraps=st.lists(generated.scraps, min_size=60, max_size=60))
def test_what_mlflow_refuses_is_refused_or_understood_as_more(
    world: World, made: list[MadeExperiment], scraps: list[list[tuple[str, bool]]]
) -> None:
    """A refusal names its place, what we take beyond MLflow's grammar is marked so, and slips are refused."""
    ids = tuple(generated.write(world.client, made, f"r{next(_number)}", world.location))
    for pieces in scraps:
        text = " ".join(piece for piece, _ in pieces)
        question = Question((0,), text, (), "active", 100)
        is_known = is_readable(text)
        expected = their_answer(world, ids, question) if is_known else None
        understood: filters.Filter | None = None
        place: int | None = None
        try:
            understood = filters.parse_runs_filter(text)
        except BadFilter as error:
            place = error.position
        if understood is None:
            assert place in range(len(text) + 1), text
            assert not is_known or is_slip(pieces), text
        elif expected is None:
            assert not understood.is_mlflow or understood.tree is None, text
        for name, store in world.stores.items():
            try:
                found = world.ask(all_runs(store, ids, question))
            except (BadInput, NotSupported):
                assert understood is None or (name in world.plain and not understood.is_mlflow), (name, text)
            else:
                assert understood is not None, (name, text)
                assert found == expected or not understood.is_mlflow, (name, text)


def is_readable(text: str) -> bool:
    """Whether MLflow's parser takes a text; it stumbles over some with errors of its own making."""
    from mlflow.utils.search_utils import SearchUtils

    try:
        SearchUtils.parse_search_filter(text)
    except Exception:
        return False
    return True


def is_slip(pieces: list[tuple[str, bool]]) -> bool:
    """Whether MLflow reads something else than what is written.

    It ignores an AND too many, joins conditions without one, passes over lonely words, and takes everything between a
    kind's dot and IS NULL for a key.
    """
    from mlflow.utils.search_utils import SearchUtils

    read = SearchUtils.parse_search_filter(" ".join(piece for piece, _ in pieces))
    conditions = SearchUtils.parse_search_filter(" AND ".join(piece for piece, is_whole in pieces if is_whole))
    known = {*generated.PARAMS, *generated.METRICS, *generated.TAGS}
    return read == conditions or any(
        part["key"] not in known for part in read if part["type"] in ("parameter", "metric", "tag")
    )


@cases(6)
@given(
    made=generated.stores,
    pairs=st.lists(st.tuples(generated.conditions, generated.conditions), min_size=20, max_size=20),
    bounds=st.lists(
        st.tuples(st.sampled_from(["=", "!=", "<", ">="]), st.sampled_from([0.1, 10.0, 0.001])), max_size=4
    ),
)
def test_or_not_and_numeric_params_mean_what_they_say(
    world: World, made: list[MadeExperiment], pairs: list[tuple[str, str]], bounds: list[tuple[str, float]]
) -> None:
    """The superset, against sets of what MLflow finds for its parts."""
    ids = tuple(generated.write(world.client, made, f"s{next(_number)}", world.location))

    def theirs(text: str) -> set[str]:
        return {run["run_id"] for run in compare.their_runs(world.client, ids, text)}

    everything = compare.their_runs(world.client, ids)
    all_ids = {run["run_id"] for run in everything}
    for name, store in world.stores.items():
        if name in world.plain:
            continue

        def ours(text: str, store: TrackingStore = store) -> set[str]:
            return {run["run_id"] for run in world.ask(all_runs(store, ids, Question((0,), text, (), "active", 50)))}

        for first, second in pairs:
            assert ours(f"{first} OR {second}") == theirs(first) | theirs(second), (name, first, second)
            assert ours(f"NOT ({first} AND {second})") == all_ids - theirs(f"{first} AND {second}"), (
                name,
                first,
                second,
            )
        for operator, bound in bounds:
            wanted = {run["run_id"] for run in everything if _holds(run["params"].get("lr"), operator, bound)}
            assert ours(f"params.lr {operator} {bound}") == wanted, (name, operator, bound)


def _holds(text: str | None, operator: str, bound: float) -> bool:
    try:
        value = float(text or "")
    except ValueError:
        return False
    if math.isnan(value):
        return False  # It is no number, whatever is asked.
    return {"=": value == bound, "!=": value != bound, "<": value < bound, ">=": value >= bound}[operator]


def test_all_of_our_stores_are_asked(world: World) -> None:
    expected = {"sqlite": {"database", "rest", "worker"}, "files": {"files"}}
    assert set(world.stores) == expected.get(world.name, {"database"})
