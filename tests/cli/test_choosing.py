"""What is typed to choose from a list is never taken for something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlflow_explorer.cli.choosing import Chosen, Misunderstood, Narrowed, read_choice


@pytest.mark.parametrize(
    ("typed", "places"),
    [
        ("1", (0,)),
        (" 3 ", (2,)),
        ("1-3", (0, 1, 2)),
        ("1 - 3, 5", (0, 1, 2, 4)),
        ("8,1-2,1", (7, 0, 1)),
        ("2 4 6", (1, 3, 5)),
        ("1,", (0,)),
        ("2–3", (1, 2)),
        ("all", tuple(range(8))),
        ("ALL", tuple(range(8))),
        ("*", tuple(range(8))),
    ],
)
def test_numbers_and_ranges(typed: str, places: tuple[int, ...]) -> None:
    assert read_choice(typed, 8) == Chosen(places)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Type numbers"),
        ("0", "1 to 8"),
        ("9", "1 to 8"),
        ("7-9", "1 to 8"),
        ("3-1", "backwards"),
        ("-", "no number"),
        ("1--3", "no number"),
        ("1-3-5", "no number"),
        ("99999999999", "no number"),
    ],
)
def test_wrong_input_is_explained(typed: str, says: str) -> None:
    answer = read_choice(typed, 8)
    assert isinstance(answer, Misunderstood)
    assert says in answer.message


@pytest.mark.parametrize(
    ("typed", "text"), [("acc", "acc"), ("run 3", "run 3"), ("/12", "12"), ("/", ""), ("1a", "1a")]
)
def test_other_text_filters(typed: str, text: str) -> None:
    assert read_choice(typed, 8) == Narrowed(text)


def test_nothing_can_be_chosen_from_an_empty_list() -> None:
    assert isinstance(read_choice("all", 0), Misunderstood)
    assert isinstance(read_choice("1", 0), Misunderstood)


@given(st.text(max_size=20) | st.text("0123456789,- –", max_size=12), st.integers(0, 30))
def test_whatever_is_typed_only_entries_of_the_list_are_chosen(typed: str, count: int) -> None:
    answer = read_choice(typed, count)
    if isinstance(answer, Chosen):
        assert answer.places
        assert set(answer.places) <= set(range(count))
        assert len(set(answer.places)) == len(answer.places)
