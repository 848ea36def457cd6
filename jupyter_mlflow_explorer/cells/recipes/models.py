"""How cells find and load the models of a run: shared by `load-model`, `predict` and `reproduce`."""

from __future__ import annotations

from pydantic import Field

from .. import literals
from ..recipe import Options
from ..selection import Selection
from . import loading

#: Loading runs code, whatever the flavour.
TRUST = "# A model runs code of its author when it is loaded: do so only if you trust whoever logged it."

#: ``list_models(run)`` returns names of models by URI, in the order of logging; logged models of MLflow 3 last.
LIST = '''\
def list_models(run):
    """Return the name of each of a run's models by URI, in the order in which they were logged."""
    models = {}
    for logged in json.loads(run.data.tags.get("mlflow.log-model.history", "[]")):
        models[f"runs:/{run.info.run_id}/{logged['artifact_path']}"] = logged["artifact_path"]
    # MLflow 3 keeps models beside the run, in any order.
    outputs, logged_models = getattr(run, "outputs", None), []
    for output in outputs.model_outputs if outputs else []:
        try:
            logged_models.append(mlflow_client.get_logged_model(output.model_id))
        except mlflow.exceptions.MlflowException as mlflow_error:
            print(f"Model {output.model_id} cannot be read:", mlflow_error)
    for model in sorted(logged_models, key=lambda model: model.creation_timestamp):
        models[f"models:/{model.model_id}"] = model.name
    if not models:
        # A model that was logged as files alone.
        run_id = run.info.run_id
        try:
            folders = [entry.path for entry in mlflow_client.list_artifacts(run_id) if entry.is_dir]
            for folder in folders:
                files = mlflow_client.list_artifacts(run_id, folder)
                if f"{folder}/MLmodel" in [file.path for file in files]:
                    models[f"runs:/{run_id}/{folder}"] = folder
        except (mlflow.exceptions.MlflowException, OSError) as artifact_error:
            print("The run's artifacts cannot be listed:", artifact_error)
    return models'''


class ModelOptions(Options):
    """Options of the recipes that load one model."""

    model: str = Field(
        default="", max_length=500, description="Name, id or path of the model; empty for the one logged last."
    )


def load(selection: Selection, options: ModelOptions, *, run: str, prefix: str) -> str:
    """Return the source that loads a model of the run in the variable `run` as ``<prefix>_model``.

    ``<prefix>_model`` is None where there is no model or it cannot be loaded, which is said; its URI is
    ``<prefix>_model_uri``.
    """
    chosen = selection.runs[0]
    label = literals.labels([(chosen.run_id, chosen.run_name)])[chosen.run_id]
    wanted = options.model
    fitting = f"{prefix}_models"
    select = ""
    if wanted:
        text = literals.python(wanted)
        select = f"""\
{fitting} = {{
    uri: name for uri, name in {fitting}.items() if {text} in (name, uri, uri.split(":/")[-1])
}}
"""
    model = f"model {literals.visible(wanted)}" if wanted else "model"
    missing = literals.python(f"Run {label} ({chosen.run_id}) has no {model}.")
    return f"""\
{loading.one_run(selection, run)}
{fitting} = list_models({run}) if {run} is not None else {{}}
{select}{prefix}_model_uri, {prefix}_model = None, None
if {fitting}:
    {prefix}_model_uri = list({fitting})[-1]
elif {run} is not None:
    print({missing})
if len({fitting}) > 1:
    print("The run has several models; the last is loaded:")
    print("\\n".join(f"- {{name}}: {{uri}}" for uri, name in {fitting}.items()))
if {prefix}_model_uri is not None:
    {TRUST}
    try:
        {prefix}_model = mlflow.pyfunc.load_model({prefix}_model_uri)
    except (mlflow.exceptions.MlflowException, OSError, ImportError) as model_error:
        print(f"Model {{{prefix}_model_uri}} cannot be loaded:", model_error)"""
