"""The parts of the file store that have a counterpart in MLflow: LIKE, the last value of a metric, ``meta.yaml``."""

from __future__ import annotations

import itertools
import random
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlflow_explorer.tracking import evaluation

from ..stores import compare
from ..stores.seed import Seed

if TYPE_CHECKING:
    pass


_texts = st.text("aAbxÄä%_\\.*\n ", max_size=8)


@settings(deadline=None, max_examples=1_000)
@given(pattern=_texts, text=_texts, ignore_case=st.booleans())
def test_like_is_mlflows(pattern: str, text: str, ignore_case: bool) -> None:
    from mlflow.utils.search_utils import _ilike, _like

    expected = (_ilike if ignore_case else _like)(text, pattern)
    assert evaluation.like(pattern, ignore_case)(text) == expected


@pytest.mark.timeout(10)
def test_like_takes_little_time_for_any_pattern() -> None:
    matches = evaluation.like("%a" * 100 + "%b", ignore_case=True)
    assert not matches("a" * 100_000)
    assert matches("a" * 100_000 + "b")


def test_the_last_value_is_mlflows(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Ties, NaN, steps that go back and forms of lines, whole files and grown ones."""
    from mlflow.store.tracking.file_store import FileStore

    from jupyter_mlflow_explorer.tracking.files import points
    from jupyter_mlflow_explorer.tracking.files.job import Job

    folder = tmp_path_factory.mktemp("metrics")
    chance = random.Random(0)
    values, forms = ["nan", "inf", "-inf", "0.5", "1", "-0.0"], ["{0} {1} {2}", "{0} {1}", "{0} {1} {2} data d1"]
    for number in range(300):
        form = forms[: chance.choice([1, 1, 3])]
        lines = [
            chance.choice(form).format(chance.randint(1, 3), chance.choice(values), chance.randint(-1, 2))
            for _ in range(chance.randint(1, 12))
        ]
        (folder / "m").write_text("\n".join(lines) + chance.choice(["\n", "\n", "" if len(form) == 1 else "\n"]))
        expected = FileStore._get_metric_from_file(str(folder), "m", "r", "0")
        found, _ = points.last(str(folder / "m"), Job(10))
        assert found.point is not None
        shown = (found.point[0], found.point[1], compare.number(found.point[2]))
        assert shown == (expected.step, expected.timestamp, compare.number(expected.value)), (number, lines)


def test_the_quick_reading_of_meta_yaml_is_yamls(seeded_files: Seed) -> None:
    """What the quick way accepts means the same to a YAML parser, and that is nearly all that MLflow writes."""
    import yaml

    from jupyter_mlflow_explorer.tracking.files.meta import _flat, parse

    words = [
        "",
        "null",
        "Null",
        "~",
        "true",
        "Yes",
        "off",
        "y",
        "0",
        "-1",
        "007",
        "0b11",
        "0x1f",
        "1_000",
        "1.5",
        "1e3",
    ]
    words += [
        ".inf",
        "2024-01-01",
        "12:30",
        "a",
        "a b",
        "a: b",
        "a:b",
        "a #b",
        "a#b",
        "'it''s'",
        '"x"',
        "''",
        "[]",
        "{}",
    ]
    words += [
        "[a]",
        "&a b",
        "*a",
        "!x y",
        "file:///a/b",
        "/abs",
        "a:",
        "- a",
        "|",
        ">",
        "%",
        "@",
        "ä",
        "'ä'",
        "=",
        "<<",
    ]
    words += [
        "0" * 31 + "a",
        "0b" + "0" * 30,
        "1" * 32,
        "12e" + "3" * 29,
        "f" * 32,
        "9" * 25,
        "'a",
        "a'",
        "a,b",
        "no-x",
    ]
    accepted = 0
    for first, second in itertools.product(words, ["a", "'x y'", "5"]):
        text = f"key: {first}\nother: {second}\n"
        found = _flat(text)
        if found is not None:
            accepted += 1
            assert found == yaml.load(text, Loader=yaml.CSafeLoader), text
            assert parse(text.encode()) == found
    assert accepted > 40
    texts = [path.read_text() for path in seeded_files.folder.glob("*/*/meta.yaml")]
    assert len(texts) > 20
    assert sum(_flat(text) is not None for text in texts) > len(texts) * 0.9
    assert re.fullmatch("[0-9a-f]{32}", _flat("run_id: 12e00000000000000000000000000000\n")["run_id"])  # type: ignore[index]
