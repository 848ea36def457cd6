"""`predict`: a run's model applied to the input example that was logged with it, or to input of your own."""

from __future__ import annotations

from ..recipe import Recipe, Source, code
from ..selection import Selection
from . import models


def write(selection: Selection, options: models.ModelOptions) -> list[Source]:
    """Load the model and its example; predict in a second cell, whose input is easily replaced."""
    return [
        code(
            """
            import json


            $list


            $load
            prediction_input = None
            if prediction_model is not None:
                prediction_input = prediction_model.input_example
                if prediction_input is None:
                    print(f"{prediction_model_uri} was logged without an input example.")
                    print("Signature:", prediction_model.metadata.signature or "none was logged")
            """,
            list=models.LIST,
            load=models.load(selection, options, run="prediction_run", prefix="prediction"),
        ),
        code(
            '''
            import pandas as pd
            from IPython.display import display

            # Your own input goes here, for instance:
            # prediction_input = pd.DataFrame({"feature": [1.0, 2.0]})


            def show_predictions(inputs, predictions):
                """Show predictions beside their inputs, or below them where they do not match row by row."""
                try:
                    tables = {
                        name: pd.DataFrame(value).reset_index(drop=True)
                        for name, value in (("input", inputs), ("prediction", predictions))
                    }
                except (TypeError, ValueError):
                    tables = {}
                if tables and len(tables["input"]) == len(tables["prediction"]):
                    display(pd.concat(tables, axis="columns"))
                else:
                    display(inputs, predictions)


            predictions = None
            if prediction_model is None:
                print("There is no model to predict with; the cell above says why.")
            elif prediction_input is None:
                print("There is no input to predict from: set prediction_input in this cell.")
            else:
                predictions = prediction_model.predict(prediction_input)
                show_predictions(prediction_input, predictions)
            '''
        ),
    ]


RECIPE = Recipe(
    name="predict",
    version=1,
    title="Predict",
    description="Applies the run's model to its logged input example, or to your own input.",
    needs="run",
    write=write,
    options=models.ModelOptions,
    min_runs=1,
    max_runs=1,
)
