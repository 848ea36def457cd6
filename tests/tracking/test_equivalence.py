"""Any filter, order and page size: the database store finds the runs that MLflow's client finds, in its order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlflow_explorer.tracking.database import DatabaseStore
from jupyter_mlflow_explorer.tracking.store import RunsQuery

from ..stores import compare
from ..stores.seed import Seed

if TYPE_CHECKING:
    from mlflow import MlflowClient

_metrics = st.sampled_from(["acc", "fine", "`loss b`", "gaps", "nowhere"])
_params = st.sampled_from(["lr", "`odd/key name`", "only", "nowhere"])
_tags = st.sampled_from(["group", "Größe", "empty", "`mlflow.user`", "mlflow.parentRunId"])
_numbers = st.sampled_from(["0", "0.5", "-1", "1e-300", "3", "1e308", "-1e308", "0.3333333333333333"])
_texts = st.sampled_from(["'0.1'", "'10'", "''", "'A'", "'%'", "'_'", "'1%'", '"äÖ"', "'a%'", "'%N'", "'ABC'"])
_symbols = st.sampled_from(["=", "!=", ">", ">=", "<", "<="])
_likes = st.sampled_from(["=", "!=", "LIKE", "ILIKE", "like"])
_nulls = st.sampled_from(["IS NULL", "IS NOT NULL"])
_times = st.sampled_from(["1700000000000", "1700000002000", "1700000300001.5", "0", "-1"])
_conditions = st.one_of(
    st.builds("metrics.{} {} {}".format, _metrics, _symbols, _numbers),
    st.builds("params.{} {} {}".format, _params, _likes, _texts),
    st.builds("tags.{} {} {}".format, _tags, _likes, _texts),
    st.builds("params.{} {}".format, _params, _nulls),
    st.builds("tags.{} {}".format, _tags, _nulls),
    st.builds("attributes.{} {} {}".format, st.sampled_from(["start_time", "end_time", "Created"]), _symbols, _times),
    st.builds(
        "{} {} {}".format,
        st.sampled_from(["status", "run_name", "`Run name`", "user_id", "artifact_uri"]),
        _likes,
        st.sampled_from(["'FINISHED'", "'run-1'", "'RUN-%'", "'%a%'", "''"]),
    ),
)
_keys = st.one_of(
    _metrics.map("metrics.{}".format),
    _params.map("params.{}".format),
    _tags.map("tags.{}".format),
    st.sampled_from(["start_time", "end_time", "status", "run_name", "attributes.run_id", "created", "user_id"]),
)
_orders = st.lists(
    st.builds("{} {}".format, _keys, st.sampled_from(["ASC", "DESC"])),
    max_size=3,
    unique_by=lambda clause: clause.split()[0].replace("created", "start_time"),
)


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    conditions=st.lists(_conditions, max_size=3),
    order=_orders,
    view=st.sampled_from(["active", "deleted", "all"]),
    size=st.integers(1, 30),
)
def test_runs_are_mlflows(
    seeded: Seed, reference: MlflowClient, conditions: list[str], order: list[str], view: str, size: int
) -> None:
    text = " AND ".join(conditions)
    experiments = (seeded.experiments["main"], seeded.experiments["other"])
    expected = [run["run_id"] for run in compare.their_runs(reference, experiments, text, order, view)]

    async def pages() -> tuple[list[str], set[int | None]]:
        store = DatabaseStore(seeded.database)
        ids: list[str] = []
        totals = set()
        token = None
        while True:
            query = RunsQuery(experiments, "", text, tuple(order), view, size, token)  # type: ignore[arg-type]
            page = await store.table(query, [])
            ids += page.run_ids
            totals.add(page.total)
            token = page.next_page_token
            if token is None:
                await store.close()
                return ids, totals

    found, totals = asyncio.run(pages())
    assert found == expected
    assert totals == {len(expected)}
