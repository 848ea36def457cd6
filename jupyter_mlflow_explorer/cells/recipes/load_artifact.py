"""`load-artifact`: one artifact, read the way its file name asks for. What each kind needs is in `readers`."""

from __future__ import annotations

from pydantic import Field

from .. import literals
from ..recipe import Options, Recipe, Source, code
from ..selection import Selection
from .in_place import direct_path
from .readers import READERS, Kind, Reader, kind_of


class LoadArtifactOptions(Options):
    """Options of `load-artifact`."""

    kind: Kind = Field(default="auto", description="How to read the file; auto goes by its name.")


def write(selection: Selection, options: LoadArtifactOptions) -> list[Source]:
    """List a folder; read a file into a variable and show it."""
    path = selection.artifact_path or ""
    if not path or (selection.artifact_is_dir and options.kind == "auto"):
        return [_listing(selection, path)]
    reader = READERS[kind_of(path) if options.kind == "auto" else options.kind]
    direct = _direct_path(selection, path)
    if direct is not None:
        return [_read_in_place(selection, path, reader, direct)]
    return [_download(selection, path, reader)]


def _download(selection: Selection, path: str, reader: Reader) -> Source:
    if selection.model is None:
        place = [f"run_id={literals.python(selection.runs[0].run_id)},", f"artifact_path={literals.python(path)},"]
        find = ""
    else:
        # MLflow has no call for one file of a logged model: it takes ``models:/<id>/<file>`` for a registered one.
        place = [f"artifact_uri=logged_model.artifact_location + {literals.python(f'/{path}')},"]
        find = f"logged_model = mlflow_client.get_logged_model({literals.python(_model_id(selection))})\n{' ' * 8}"
    return code(
        """
        $imports

        $note$variable = None
        # A folder of our own, because MLflow does not remove the one that it would make.
        with tempfile.TemporaryDirectory() as artifact_folder:
            try:
                ${find}artifact_file = mlflow.artifacts.download_artifacts(
                    $place
                    dst_path=artifact_folder,
                )
            except (mlflow.exceptions.MlflowException, OSError) as artifact_error:
                print($failure, artifact_error)
            else:
                $read
        $show
        """,
        imports=reader.import_lines("import tempfile"),
        note=reader.note_lines(),
        variable=reader.variable,
        find=find,
        place=f"\n{' ' * 12}".join(place),
        failure=_failure(selection, path),
        read=reader.read_lines(indent=8),
        show=reader.show,
    )


def _read_in_place(selection: Selection, path: str, reader: Reader, direct: str) -> Source:
    return code(
        """
        $imports

        $note# Read where $place: MLflow cannot fetch names with "#", "%" or "?".
        artifact_file = $direct
        $variable = None
        if os.path.exists(artifact_file):
            $read
        else:
            print($failure, "no such file")
        $show
        """,
        imports=reader.import_lines("import os"),
        note=reader.note_lines(),
        place="it is kept" if selection.model else "the run keeps it",
        direct=literals.python(direct),
        variable=reader.variable,
        read=reader.read_lines(indent=4),
        failure=_failure(selection, path),
        show=reader.show,
    )


def _listing(selection: Selection, path: str) -> Source:
    if selection.model is None:
        method, owner = "list_artifacts", selection.runs[0].run_id
    else:
        method, owner = "list_logged_model_artifacts", selection.model.model_id
    arguments = literals.python(owner) + (f", {literals.python(path)}" if path else "")
    return code(
        """
        import pandas as pd

        try:
            artifact_entries = mlflow_client.$method($arguments)
        except (mlflow.exceptions.MlflowException, OSError) as artifact_error:
            artifact_entries = []
            print($failure, artifact_error)
        artifact_list = pd.DataFrame(
            [(entry.path, entry.is_dir, entry.file_size) for entry in artifact_entries],
            columns=["path", "is_dir", "size_bytes"],
        ).astype({"size_bytes": "Int64"})
        artifact_list
        """,
        method=method,
        arguments=arguments,
        failure=_failure(selection, path),
    )


def _failure(selection: Selection, path: str) -> str:
    if selection.model is None:
        run = selection.runs[0]
        name = literals.labels([(run.run_id, run.run_name)])[run.run_id]
        whose = f"run {name} ({run.run_id})"
    else:
        model_id = literals.visible(selection.model.model_id)
        name = literals.visible(selection.model.name or "")
        whose = f"logged model {name} ({model_id})" if name else f"logged model {model_id}"
    what = f"Artifact {literals.visible(path)}" if path else "The artifacts"
    return literals.python(f"{what} of {whose} cannot be loaded:")


def _model_id(selection: Selection) -> str:
    return selection.model.model_id if selection.model else ""


def _direct_path(selection: Selection, path: str) -> str | None:
    uri = selection.runs[0].artifact_uri if selection.model is None else selection.model.artifact_location
    return direct_path(uri, path)


RECIPE = Recipe(
    name="load-artifact",
    version=1,
    title="Load artifact",
    description="Reads one artifact by its type into a variable and shows it; lists a folder.",
    needs="artifact",
    write=write,
    options=LoadArtifactOptions,
    min_runs=1,
    max_runs=1,
)
