"""`load-artifact`: one artifact, read the way its file name asks for. What each kind needs is in `readers`."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field

from ...entities import Run
from .. import literals
from ..recipe import Options, Recipe, Source, code
from ..selection import Selection
from .readers import READERS, Reader, kind_of


class LoadArtifactOptions(Options):
    """Options of `load-artifact`."""

    kind: Literal[
        "auto",
        "text",
        "markdown",
        "json",
        "jsonl",
        "csv",
        "tsv",
        "parquet",
        "image",
        "bitmap",
        "svg",
        "html",
        "npy",
        "npz",
        "notebook",
        "pickle",
        "bytes",
    ] = Field(default="auto", description="How to read the file; auto goes by its name.")


def write(selection: Selection, options: LoadArtifactOptions) -> list[Source]:
    """List a folder; read a file into a variable and show it."""
    path = selection.artifact_path or ""
    if not path or (selection.artifact_is_dir and options.kind == "auto"):
        return [_listing(selection, path)]
    reader = READERS[kind_of(path) if options.kind == "auto" else options.kind]
    direct = _direct_path(selection.runs[0], path)
    return [_download(selection, path, reader) if direct is None else _read_in_place(selection, path, reader, direct)]


def _download(selection: Selection, path: str, reader: Reader) -> Source:
    return code(
        """
        $imports

        $note$variable = None
        # A folder of our own, because MLflow does not remove the one that it would make.
        with tempfile.TemporaryDirectory() as artifact_folder:
            try:
                artifact_file = mlflow.artifacts.download_artifacts(
                    run_id=$run_id,
                    artifact_path=$path,
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
        run_id=literals.python(selection.runs[0].run_id),
        path=literals.python(path),
        failure=_failure(selection, path),
        read=reader.read_lines(indent=8),
        show=reader.show,
    )


def _read_in_place(selection: Selection, path: str, reader: Reader, direct: str) -> Source:
    return code(
        """
        $imports

        $note# Read where the run keeps it: MLflow cannot fetch names with "#", "%" or "?".
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
        direct=literals.python(direct),
        variable=reader.variable,
        read=reader.read_lines(indent=4),
        failure=_failure(selection, path),
        show=reader.show,
    )


def _listing(selection: Selection, path: str) -> Source:
    arguments = literals.python(selection.runs[0].run_id) + (f", {literals.python(path)}" if path else "")
    return code(
        """
        import pandas as pd

        try:
            artifact_entries = mlflow_client.list_artifacts($arguments)
        except (mlflow.exceptions.MlflowException, OSError) as artifact_error:
            artifact_entries = []
            print($failure, artifact_error)
        artifact_list = pd.DataFrame(
            [(entry.path, entry.is_dir, entry.file_size) for entry in artifact_entries],
            columns=["path", "is_dir", "size_bytes"],
        ).astype({"size_bytes": "Int64"})
        artifact_list
        """,
        arguments=arguments,
        failure=_failure(selection, path),
    )


def _failure(selection: Selection, path: str) -> str:
    run = selection.runs[0]
    name = literals.labels([(run.run_id, run.run_name)])[run.run_id]
    what = f"Artifact {literals.visible(path)}" if path else "The artifacts"
    return literals.python(f"{what} of run {name} ({run.run_id}) cannot be loaded:")


def _direct_path(run: Run, path: str) -> str | None:
    """Return the file's place on disk where MLflow's client cannot fetch it and the run keeps it on disk, else None.

    The client reads artifact paths as URIs: "#" and "?" end them, percent escapes are decoded, and a "#" that is left
    is refused (MLflow 2.22 to 3.17, ``validate_path_is_safe``).
    """
    if not re.search(r"[#?]|%[0-9A-Fa-f]{2}", path) or not run.artifact_uri:
        return None
    parts = urlsplit(run.artifact_uri)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return f"{unquote(parts.path).rstrip('/')}/{path}"
    return f"{run.artifact_uri.rstrip('/')}/{path}" if run.artifact_uri.startswith("/") else None


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
