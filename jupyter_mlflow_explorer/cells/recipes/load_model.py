"""`load-model`: a model that a run logged, as a variable, with its flavours and signature."""

from __future__ import annotations

from ..recipe import Recipe, Source, code
from ..selection import Selection
from . import models


def write(selection: Selection, options: models.ModelOptions) -> list[Source]:
    """List the run's models, load one, and say what it is."""
    return [
        code(
            """
            import json


            $list


            $load
            if loaded_model is not None:
                print(f"{loaded_model_uri} is loaded as loaded_model.")
                print("Flavours:", ", ".join(loaded_model.metadata.flavors))
                print("Signature:", loaded_model.metadata.signature or "none was logged")
            """,
            list=models.LIST,
            load=models.load(selection, options, run="model_run", prefix="loaded"),
        )
    ]


RECIPE = Recipe(
    name="load-model",
    version=1,
    title="Load model",
    description="Loads a model that the run logged, and says which flavours and signature it has.",
    needs="run",
    write=write,
    options=models.ModelOptions,
    min_runs=1,
    max_runs=1,
)
