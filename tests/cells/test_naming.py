"""Names split by a pattern: what fits, what does not, and what the registry knows."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from jupyter_mlflow_explorer.cells import render
from jupyter_mlflow_explorer.cells.naming import Naming, derive, read_registry
from jupyter_mlflow_explorer.errors import BadInput

from .selections import a_run, a_selection
from .test_literals import anything

FOUR = "{featurization}__{outlier}__{imputation}__{classifier}"
REGISTRY = """
classifier: [CatBoost, XGBoost, "no"]
imputation:
  - SAITS
  - 5
"""


def test_a_name_of_the_convention_is_split() -> None:
    run = a_run(1, "simple__MOMENT-gt-finetune__SAITS__CatBoost")
    derived = derive([run], Naming(pattern=FOUR))
    assert derived.values[run.run_id] == {
        "featurization": "simple",
        "outlier": "MOMENT-gt-finetune",
        "imputation": "SAITS",
        "classifier": "CatBoost",
    }
    assert derived.warnings == []


@pytest.mark.parametrize(
    ("pattern", "name", "parts"),
    [
        ("{a}-{b}", "x-y", {"a": "x", "b": "y"}),
        ("{a}-{b}", "x-y-z", None),
        ("{a}-{b}", "x-", None),
        ("{a}-{b}", "-y", None),
        ("run {a}", "run 7", {"a": "7"}),
        ("run {a}", "walk 7", None),
        ("{a}.json", "x.json", {"a": "x"}),
        ("{a}.json", "xyjson", None),
        ("{{{a}}}", "{x}", {"a": "x"}),
        ("{a}", "any\nthing", {"a": "any\nthing"}),
        ("{a}_{b}__{c}", "x_y__z", {"a": "x", "b": "y", "c": "z"}),
    ],
)
def test_what_fits(pattern: str, name: str, parts: dict[str, str] | None) -> None:
    run = a_run(1, name)
    derived = derive([run], Naming(pattern=pattern))
    assert derived.values[run.run_id] == parts
    assert bool(derived.warnings) == (parts is None)


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("plain", "names no column"),
        ("{a}{b}", "needs some text between 'a' and 'b'"),
        ("{a}-{a}", "'a' twice"),
        ("{a", "not closed"),
        ("{}-{b}", "a column is a word"),
        ("{a b}", "a column is a word"),
        ("{a!r}", "a column is a word"),
        ("{a:3}", "a column is a word"),
        ("{a.__class__}", "a column is a word"),
    ],
)
def test_a_pattern_that_is_none_says_why(pattern: str, says: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(says)):
        Naming(pattern=pattern)
    with pytest.raises(BadInput, match=re.escape(says)):
        render("overview", a_selection("overview", options={"naming": {"pattern": pattern}}))


def test_params_and_tags_can_be_split_too() -> None:
    runs = [a_run(1, "x", params={"pipeline": "a/b"}), a_run(2, "y", tags={"pipeline": "a/b"}), a_run(3, "a/b")]
    for number, source in enumerate(("params.pipeline", "tags.pipeline", "attributes.run_name")):
        derived = derive(runs, Naming(pattern="{one}/{two}", source=source))
        assert [value is not None for value in derived.values.values()] == [i == number for i in range(3)]


def test_the_registry_reports_what_it_does_not_list() -> None:
    allowed = read_registry(REGISTRY, "names.yaml")
    assert allowed == {"classifier": ["CatBoost", "XGBoost", "no"], "imputation": ["SAITS", "5"]}
    names = ["a__b__SAITS__CatBoost", "a__b__SAITS__Catboost", "a__b__6__no", "broken", "a__b__5__Catboost"]
    derived = derive([a_run(i, name) for i, name in enumerate(names)], Naming(pattern=FOUR, allowed=allowed))
    assert derived.unlisted == {"classifier": {"Catboost": 2}, "imputation": {"6": 1}}
    assert derived.warnings == [
        "1 names do not fit the pattern: broken.",
        "Not in the registry, as classifier: Catboost.",
        "Not in the registry, as imputation: 6.",
    ]
    with pytest.raises(ValidationError, match="'imputation', which the pattern lacks"):
        Naming(pattern="{classifier}", allowed=allowed)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [1", "not valid YAML, line"),
        ("", "must name columns"),
        ("- a", "must name columns"),
        ("a: b", "a must be a column with a list"),
        ("a: [{b: c}]", "must be texts or numbers"),
        ("a: [yes]", "in quotes"),
        ("!!python/object/apply:os.system ['true']", "not valid YAML"),
    ],
)
def test_a_registry_that_is_none_says_why(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=re.escape(says)) as failure:
        read_registry(text, "names.yaml")
    assert "names.yaml" in failure.value.message


def test_derived_columns_need_the_pattern_that_has_them() -> None:
    options = {"x": "derived.model", "y": "metrics.auroc"}
    with pytest.raises(BadInput, match=r"derived\.model needs a pattern"):
        render("scatter", a_selection("scatter", options=options))
    with pytest.raises(BadInput, match="the pattern has no model, but data"):
        render("scatter", a_selection("scatter", options={**options, "naming": {"pattern": "{data}-x"}}))


@given(
    parts=st.lists(
        st.text(st.characters(exclude_characters="_", exclude_categories=["Cs"]), min_size=1), min_size=4, max_size=4
    )
)
def test_what_was_joined_is_split_again(parts: list[str]) -> None:
    run = a_run(1, "__".join(parts))
    derived = derive([run], Naming(pattern=FOUR))
    assert list((derived.values[run.run_id] or {}).values()) == parts


@given(name=anything, value=anything)
def test_any_name_is_data(name: str, value: str) -> None:
    naming = {"pattern": "{a}__{b}", "allowed": {"a": [value[:500]]}, "source": f"params.{name or 'x'}"[:500]}
    runs = (a_run(1, name, params={name: value}), a_run(2, value))
    try:
        derive(runs, Naming.model_validate(naming))
        cells = render("group-runs", a_selection("group-runs", runs=runs, options={"naming": naming}))
    except (BadInput, ValidationError):
        # Half a surrogate pair cannot be stored.
        assert not (name + value).isprintable()
        return
    compile(cells[1].source, "cell", "exec")
