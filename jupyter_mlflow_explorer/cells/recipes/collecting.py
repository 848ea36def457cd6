"""How cells read one artifact of many runs at once: shared by `collect-artifact` and `bootstrap-summary`."""

from __future__ import annotations

import textwrap

from ...errors import BadInput
from .. import literals
from ..selection import Selection
from .in_place import direct_path

_IMPORTS = (
    "import sys",
    "from concurrent.futures import ThreadPoolExecutor, as_completed",
    "import pandas as pd",
)


def artifact_path(recipe: str, selection: Selection) -> str:
    """Return the path of the file to collect.

    Raises
    ------
    BadInput
        The selection names a folder, or the artifact of a logged model.
    """
    if selection.model is not None:
        raise BadInput(f"Recipe {recipe} reads artifacts of runs, not of a logged model.")
    path = selection.artifact_path or ""
    if not path or selection.artifact_is_dir:
        raise BadInput(f"Recipe {recipe} reads one file of each run; a folder is chosen.")
    return path


def imports(selection: Selection, path: str) -> tuple[str, ...]:
    """Return the imports of `functions`, without those of the lines that read."""
    return _IMPORTS if _places(selection, path) else (*_IMPORTS, "import os", "import tempfile")


def functions(selection: Selection, path: str, *, read: str, variable: str, workers: int) -> str:
    """Return the source of ``read_artifact`` and ``collect_artifacts``.

    `read` are the lines that read ``artifact_file`` into `variable`. ``collect_artifacts`` takes runs by name, and
    returns what was read by name, in the order of the runs; what cannot be read is printed with its run, and left out.
    """
    return f'''\
try:
    from tqdm import tqdm as show_progress
except ImportError:

    def show_progress(items, total):
        """Count what is done, where tqdm is not installed."""
        for number, item in enumerate(items, start=1):
            yield item
            print(f"\\r{{number}} of {{total}}", end="" if number < total else "\\n", flush=True)


{_read_artifact(selection, path, read, variable)}


def collect_artifacts(runs):
    """Return what was read by run, in the order of the runs; failures are printed."""
    try:
        # On the cluster of this kernel's Dask client, where there is one.
        executor = sys.modules["distributed"].default_client().get_executor(pure=False)
    except (KeyError, ValueError):
        executor = ThreadPoolExecutor(max_workers={workers})
    found, errors = {{}}, {{}}
    with executor:
        names = {{
            executor.submit(read_artifact, mlflow.get_tracking_uri(), run.info.run_id): name
            for name, run in runs.items()
        }}
        try:
            for future in show_progress(as_completed(names), total=len(names)):
                try:
                    found[names[future]] = future.result()
                except Exception as error:
                    errors[names[future]] = error
        finally:
            # Nothing more is started after an interrupt.
            for future in names:
                future.cancel()
    for name, run in runs.items():
        if name in errors:
            print(
                {literals.python(f"Artifact {literals.visible(path)} of run")},
                f"{{name}} ({{run.info.run_id}}) cannot be loaded:",
                f"{{type(errors[name]).__name__}}: {{errors[name]}}",
            )
    return {{name: found[name] for name in runs if name in found}}'''


def _read_artifact(selection: Selection, path: str, read: str, variable: str) -> str:
    places = _places(selection, path)
    if places:
        return f'''\
def read_artifact(tracking_uri, run_id):
    """Read one run's artifact in place: MLflow cannot fetch names with "#", "%" or "?"."""
    artifact_file = {literals.python(places, indent=4, room=0)}[run_id]
{textwrap.indent(read, " " * 4)}
    return {variable}'''
    file_store = ""
    if selection.store_kind == "files":
        file_store = '    os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")\n'
    return f'''\
def read_artifact(tracking_uri, run_id):
    """Read one run's artifact from a copy, which is removed again."""
    # One progress bar for all runs, in place of MLflow's own for each.
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
{file_store}    with tempfile.TemporaryDirectory() as artifact_folder:
        artifact_file = mlflow.MlflowClient(tracking_uri).download_artifacts(
            run_id,
            {literals.python(path)},
            artifact_folder,
        )
{textwrap.indent(read, " " * 8)}
    return {variable}'''


def _places(selection: Selection, path: str) -> dict[str, str]:
    """Return the files by run id where they have to be read in place, and all can be; else nothing."""
    places = {run.run_id: direct_path(run.artifact_uri, path) for run in selection.runs}
    known = {run_id: place for run_id, place in places.items() if place is not None}
    return known if len(known) == len(places) else {}
