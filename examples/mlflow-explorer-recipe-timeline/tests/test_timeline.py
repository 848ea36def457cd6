"""The cells of `run-timeline`."""

from __future__ import annotations

import ast

import pytest
from mlflow_explorer_recipe_timeline import RECIPE, TimelineOptions
from pydantic import ValidationError

from jupyter_mlflow_explorer.recipes import Experiment, Run, Selection

HOSTILE = 'first"\n$order # {{ title }} <img src=x>'


def a_selection(*names: str) -> Selection:
    runs = tuple(
        Run(run_id=f"{number:032x}", run_name=name, experiment_id="1", status="FINISHED", lifecycle_stage="active")
        for number, name in enumerate(names)
    )
    experiment = Experiment(experiment_id="1", name="churn", lifecycle_stage="active")
    return Selection("local", "Local", "database", "sqlite:////data/mlflow.db", experiments=(experiment,), runs=runs)


def test_names_are_data() -> None:
    heading, cell = RECIPE.write(a_selection(HOSTILE, "second"), TimelineOptions())
    assert heading.text.startswith("### Timeline of 2 runs")
    assert heading.text.count("\n") == 3
    texts = [node.value for node in ast.walk(ast.parse(cell.text)) if isinstance(node, ast.Constant)]
    assert any("$order # {{ title }} <img src=x>" in str(text) for text in texts)


def test_options_are_in_the_cell() -> None:
    _, cell = RECIPE.write(a_selection("one"), TimelineOptions(order="duration", max_drawn=7))
    assert 'sort_values("duration", ascending=False)' in cell.text
    assert ".head(7)" in cell.text
    with pytest.raises(ValidationError):
        TimelineOptions(max_drawn=0)
