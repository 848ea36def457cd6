"""The grammar, its error positions, and that what we call MLflow's grammar means the same to MLflow's own parser."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlflow_explorer.errors import BadFilter
from jupyter_mlflow_explorer.tracking import filters
from jupyter_mlflow_explorer.tracking.filters import And, Comparison, Key, Not, Or, OrderTerm

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"


def leaf(text: str) -> Comparison:
    tree = filters.parse_runs_filter(text).tree
    assert isinstance(tree, Comparison)
    return tree


@pytest.mark.parametrize(
    ("text", "kind", "name", "operator", "value"),
    [
        ("metrics.x > 1", "metric", "x", ">", 1),
        ("metric.x>=-1.5e3", "metric", "x", ">=", -1500.0),
        ("metrics.`a b` < .5", "metric", "a b", "<", 0.5),
        ('metrics."a`b" = 5.', "metric", "a`b", "=", 5.0),
        ("params.a.b = 'x'", "param", "a.b", "=", "x"),
        ('parameter.a != "x"', "param", "a", "!=", "x"),
        ("parameters.a like '%x'", "param", "a", "LIKE", "%x"),
        ("param.a IS NULL", "param", "a", "IS NULL", None),
        ("tag.`mlflow.user` iLike 'X'", "tag", "mlflow.user", "ILIKE", "X"),
        ("tags.a is not\tnull", "tag", "a", "IS NOT NULL", None),
        ("attributes.run_id IN ('a', \"b\",)", "attribute", "run_id", "IN", ("a", "b")),
        ("run_id not in ('a')", "attribute", "run_id", "NOT IN", ("a",)),
        ("Created > 5", "attribute", "start_time", ">", 5),
        ("attr.created > 5.5", "attribute", "start_time", ">", 5.5),
        ("`run name` = 'x'", "attribute", "run_name", "=", "x"),
        ("attribute.\"Run Name\" = 'x'", "attribute", "run_name", "=", "x"),
        ("run.status = 'RUNNING'", "attribute", "status", "=", "RUNNING"),
        ("datasets.context in ('train')", "dataset", "context", "IN", ("train",)),
        ("dataset.digest = 'x'", "dataset", "digest", "=", "x"),
        ("tags.日本 = 'é'", "tag", "日本", "=", "é"),
        ("params.a = 'it''s'", "param", "a", "=", "it''s"),
        ('params.a = "it\'s"', "param", "a", "=", "it's"),
        ("params.and = 'x'", "param", "and", "=", "x"),
    ],
)
def test_mlflow_grammar_is_read(text: str, kind: str, name: str, operator: str, value: object) -> None:
    found = leaf(text)
    assert (found.key.kind, found.key.name, found.operator, found.value) == (kind, name, operator, value)
    assert filters.parse_runs_filter(text).is_mlflow


@pytest.mark.parametrize(
    "text",
    [
        "metrics.a > 1 OR metrics.b > 1",
        "NOT metrics.a > 1",
        "metrics.a > 1 AND (params.b = 'x' OR tags.c = 'y')",
        "params.lr > 0.1",
        "status IN ('RUNNING', 'FAILED')",
        "params.a NOT LIKE 'x%'",
        "metrics.a IS NULL",
        "end_time IS NULL",
    ],
)
def test_superset_is_read_and_marked(text: str) -> None:
    assert not filters.parse_runs_filter(text).is_mlflow


def test_precedence_is_not_then_and_then_or() -> None:
    tree = filters.parse_runs_filter("params.a = '1' or not params.b = '2' and params.c = '3'").tree
    assert isinstance(tree, Or)
    assert isinstance(tree.parts[1], And)
    assert isinstance(tree.parts[1].parts[0], Not)
    grouped = filters.parse_runs_filter("(params.a = '1' or params.b = '2') and params.c = '3'").tree
    assert isinstance(grouped, And)


def test_parentheses_around_ands_stay_within_mlflow() -> None:
    found = filters.parse_runs_filter("(metrics.a > 1 and params.`b c` = 'x')")
    assert found.is_mlflow
    assert found.mlflow_text() == "metric.`a` > 1 AND param.`b c` = 'x'"


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("metrics.a >", 11, "Expected a number after >, found the end"),
        ("metrics.a > 'x'", 12, "compared with a number"),
        ("metrics.a = 1 AND", 17, "found the end"),
        ("metrics.a = 1 AND AND metrics.b = 2", 18, "Expected a key"),
        ("metrics.a = 1 metrics.b = 2", 14, "Expected AND, OR"),
        ("metrics.a == 1", 10, "Write = instead of =="),
        ("metrics.a <> 1", 10, "Write != instead of <>"),
        ("foo = 'x'", 0, "Unknown attribute 'foo'"),
        ("attributes.foo = 'x'", 11, "Unknown attribute 'foo'"),
        ("Metrics.a > 1", 0, "Unknown kind of key 'Metrics'"),
        ("datasets.foo = 'x'", 9, "Unknown dataset key"),
        ("params.a-b = 'x'", 8, "needs backticks"),
        ("params.a = 'x", 11, "not closed"),
        ("params.a = x", 11, "Expected a number or a quoted text"),
        ("tags.a = 5", 9, "compared with a quoted text"),
        ("params.a > '5'", 11, "without quotes"),
        ("start_time > '5'", 13, "compared with a number"),
        ("run_id IN ()", 11, "Expected a quoted text in the list"),
        ("run_id IN 'a'", 10, "Expected a list"),
        ("run_id IN ('a' 'b')", 15, "Expected , or )"),
        ("params.a IS 5", 12, "Expected NULL"),
        ("(metrics.a > 1", 14, "Expected ) for the ( at character 1"),
        ("metrics.a > 1)", 13, "Expected AND, OR"),
        ("metrics.a > 1 -- x", 14, "Expected AND, OR"),
        ("metrics.`` > 1", 8, "empty"),
        ("metrics.a ~ 1", 10, "Expected a comparison"),
        ("(" * 60 + "metrics.a > 1", 41, "levels"),
        ("datasets.name IS NULL", 21, "does not work for datasets"),
    ],
)
def test_errors_say_what_and_where(text: str, position: int, says: str) -> None:
    with pytest.raises(BadFilter, match="at character") as failure:
        filters.parse_runs_filter(text)
    assert failure.value.position == position
    assert says in failure.value.message


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("metrics.x DESC", OrderTerm(Key("metric", "x"), True)),
        ("metrics.`a b`", OrderTerm(Key("metric", "a b"), False)),
        ("start_time asc", OrderTerm(Key("attribute", "start_time"), False)),
        ("Created desc", OrderTerm(Key("attribute", "start_time"), True)),
        ("  params.a.b  ", OrderTerm(Key("param", "a.b"), False)),
        ('tags."mlflow.user" DESC', OrderTerm(Key("tag", "mlflow.user"), True)),
    ],
)
def test_order_clauses(text: str, term: OrderTerm) -> None:
    assert filters.parse_runs_order((text,)) == (term,)


@pytest.mark.parametrize(
    ("clauses", "position"),
    [
        (("",), 0),
        (("metrics.x DOWN",), 10),
        (("metrics.x DESC, start_time",), 14),
        (("datasets.name",), 0),
        (("foo",), 0),
        (("metrics.x", "metric.x DESC"), 0),
        (("created", "start_time"), 0),
    ],
)
def test_order_errors(clauses: tuple[str, ...], position: int) -> None:
    with pytest.raises(BadFilter) as failure:
        filters.parse_runs_order(clauses)
    assert failure.value.position == position


def test_experiments_have_their_own_words() -> None:
    found = filters.parse_experiments_filter("name like 'a%' and tags.x IS NULL and experiment_id in ('1', '2')")
    assert (
        found.mlflow_text()
        == "attribute.`name` LIKE 'a%' AND tag.`x` IS NULL AND attribute.`experiment_id` IN ('1', '2')"
    )
    assert filters.parse_experiments_order(("creation_time DESC",))[0].descending
    for wrong in ("params.a = 'x'", "start_time > 5", "experiment_id = 'x'", "experiment_id LIKE '1'"):
        with pytest.raises(BadFilter):
            filters.parse_experiments_filter(wrong)
    with pytest.raises(BadFilter):
        filters.parse_experiments_order(("tags.a",))


_names = st.one_of(
    st.from_regex(r"[a-zA-Z_]\w{0,5}(\.[a-z]\w{0,3})?", fullmatch=True, alphabet=st.characters(max_codepoint=0x17F)),
    st.text("ab -/.:_", min_size=1, max_size=8).map(lambda name: f"`{name}`"),
    st.text("ab `-/", max_size=8).map(lambda name: f'"{name}b"'),
    st.text("ab -/", min_size=1, max_size=8).map(lambda name: f'"`{name}`"'),
)
_texts = st.one_of(
    st.text(max_size=8).filter(lambda t: "'" not in t and "\\" not in t).map(lambda t: f"'{t}'"),
    st.text(max_size=8).filter(lambda t: '"' not in t and "\\" not in t).map(lambda t: f'"{t}"'),
)
_numbers = st.one_of(st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False)).map(repr)
_conditions = st.one_of(
    st.builds("metrics.{} {} {}".format, _names, st.sampled_from([">", ">=", "=", "!=", "<", "<="]), _numbers),
    st.builds("params.{} {} {}".format, _names, st.sampled_from(["=", "!=", "LIKE", "ilike"]), _texts),
    st.builds("tags.{} {}".format, _names, st.sampled_from(["IS NULL", "is not null"])),
    # MLflow reads lists as Python literals.
    st.builds("run_id {} ('{}')".format, st.sampled_from(["IN", "NOT IN"]), st.text("abc-_é ", max_size=4)),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(_conditions, min_size=1, max_size=3).map(" and ".join))
def test_what_we_hand_on_means_the_same_to_mlflow(text: str) -> None:
    from mlflow.utils.search_utils import SearchUtils

    parsed = filters.parse_runs_filter(text)
    assert parsed.is_mlflow
    ours = parsed.tree.parts if isinstance(parsed.tree, And) else (parsed.tree,)
    theirs = SearchUtils.parse_search_filter(parsed.mlflow_text())
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert isinstance(mine, Comparison)
        kind = {"parameter": "param"}.get(other["type"], other["type"])
        assert (mine.key.kind, mine.key.name, mine.operator) == (kind, other["key"], other["comparator"])
        value = float(other["value"]) if kind == "metric" else other["value"]
        assert mine.value == value


@settings(max_examples=300)
@given(st.text("metricsparm.`'\"()<>=!, ANDORNOTLIKE123\\", max_size=40))
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        filters.parse_runs_filter(text)
        position = 0
    except BadFilter as failure:
        position = -1 if failure.position is None else failure.position
    assert 0 <= position <= len(text)
