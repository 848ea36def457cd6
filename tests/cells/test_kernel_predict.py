"""`predict` shows a model's predictions beside the input that was logged with it."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup

from jupyter_mlflow_explorer.cells import render
from jupyter_mlflow_explorer.entities import Run

from .conftest import Store
from .kernel import Kernel, printed, shown

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(240)]


def predict(kernel: Kernel, store: Store, run: Run, **options: Any) -> list[Any]:
    """Run the recipe; return the outputs."""
    return kernel.run(render("predict", store.selection(run, options=options)))


def numbers(html: str) -> list[list[float]]:
    """Return the numbers of a DataFrame's rows as shown."""
    rows = BeautifulSoup(html, "html.parser").select("tbody tr")
    return [[float(cell.get_text()) for cell in row.select("td")] for row in rows]


@pytest.mark.parametrize(
    ("run", "model", "options"),
    [
        ("run", "classifier", {}),
        ("run", "regressor", {"model": "regressor"}),
        ("in_run", "regressor", {}),
        ("folder", "regressor", {}),
    ],
)
def test_predictions_stand_beside_the_logged_example(
    kernel: Kernel, store: Store, logged_models: dict[str, Any], run: str, model: str, options: dict[str, str]
) -> None:
    (html,) = shown(predict(kernel, store, logged_models[run], **options), "text/html")
    expected = [
        [*row, value]
        for row, value in zip(logged_models["input"][model], logged_models["predicted"][model], strict=True)
    ]
    assert numbers(html) == [pytest.approx(row) for row in expected]
    headings = [cell.get_text() for cell in BeautifulSoup(html, "html.parser").select("thead th")]
    assert "input" in headings
    assert "prediction" in headings
    assert ("<b>dose</b>" in headings) == (model == "regressor")
    assert kernel.ask("predictions.tolist()") == pytest.approx(logged_models["predicted"][model])


def test_without_an_example_there_is_a_place_for_input(
    kernel: Kernel, store: Store, logged_models: dict[str, Any]
) -> None:
    cells = render("predict", store.selection(logged_models["plain"]))
    text = printed(kernel.run(cells))
    assert "was logged without an input example.\nSignature: none was logged\n" in text
    assert "set prediction_input in this cell" in text
    assert kernel.ask("predictions is None")
    # As a user would fill it in.
    place = '# prediction_input = pd.DataFrame({"feature": [1.0, 2.0]})'
    assert cells[-1].source.count(place) == 1
    cells[-1].source = cells[-1].source.replace(place, "prediction_input = [[0.0, 0.0], [4.0, 4.0]]")
    (html,) = shown(kernel.run(cells[-1:]), "text/html")
    assert numbers(html) == [[0, 0, 0], [4, 4, 1]]


def test_predictions_of_another_length_are_shown_below(
    kernel: Kernel, store: Store, logged_models: dict[str, Any]
) -> None:
    cells = render("predict", store.selection(logged_models["run"]))
    kernel.run(cells)
    for call, parts in (
        ("show_predictions([1, 2, 3], [7.5])", ["[1, 2, 3]", "[7.5]"]),
        ("show_predictions('a prompt', 'an answer')", ["'a prompt'", "'an answer'"]),
        ("show_predictions({'text': 'x'}, [0.5])", ["{'text': 'x'}", "[0.5]"]),
    ):
        outputs = kernel.run([nbformat.v4.new_code_cell(call)])
        assert shown(outputs, "text/plain") == parts
        assert shown(outputs, "text/html") == []


def test_rows_with_an_index_of_their_own_stay_beside_their_predictions(
    kernel: Kernel, store: Store, logged_models: dict[str, Any]
) -> None:
    kernel.run(render("predict", store.selection(logged_models["run"])))
    call = "show_predictions(pd.DataFrame({'x': [1, 2]}, index=[7, 3]), pd.Series([10, 20], index=[0, 1]))"
    (html,) = shown(kernel.run([nbformat.v4.new_code_cell(call)]), "text/html")
    assert numbers(html) == [[1, 10], [2, 20]]


def test_no_model_is_said_and_nothing_is_predicted(kernel: Kernel, store: Store) -> None:
    for name in ("alpha", "hostile", "running", "empty"):
        run = store.runs[name]
        text = printed(predict(kernel, store, run))
        assert f"({run.run_id}) has no model." in text
        assert "There is no model to predict with" in text
        assert kernel.ask("predictions is None")
