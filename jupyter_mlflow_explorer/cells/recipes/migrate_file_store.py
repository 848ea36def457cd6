"""`migrate-file-store`: copy a folder of runs into a database, which MLflow goes on supporting."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote, urlsplit

from pydantic import Field

from ...errors import BadInput
from .. import literals
from ..recipe import Options, Recipe, Source, code
from ..selection import Selection

_WINDOWS = re.compile(r"/?[A-Za-z]:[\\/]")


class MigrateFileStoreOptions(Options):
    """Options of `migrate-file-store`."""

    database: str = Field(
        default="", description="Path of the new SQLite database; empty for mlflow-migrated.db beside the folder."
    )


def write(selection: Selection, options: MigrateFileStoreOptions) -> list[Source]:
    """Run MLflow's own migration on a database that must not exist yet, and say what to connect to."""
    if selection.store_kind != "files":
        raise BadInput(
            "Recipe migrate-file-store is for folders of runs (mlruns);"
            f" {selection.connection_name} is of another kind."
        )
    folder = _path(selection.tracking_uri)
    database = options.database or posixpath.join(posixpath.dirname(folder.rstrip("/")), "mlflow-migrated.db")
    return [
        code(
            """
            # Copies these runs into a new database. The folder stays as it is, and so do the artifacts
            # in it. Needs a version of MLflow 3 that has the command migrate-filestore.
            import os
            import subprocess
            import sys
            from pathlib import Path

            runs_folder = $folder
            migrated_database = Path($database)
            if migrated_database.exists():
                raise FileExistsError(f"{migrated_database} exists already: choose another path.")

            command = [sys.executable, "-m", "mlflow", "migrate-filestore"]
            command += ["--source", runs_folder, "--target", f"sqlite:///{migrated_database}"]
            migration = subprocess.run(
                command,
                env={**os.environ, "MLFLOW_ALLOW_FILE_STORE": "true"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            print(migration.stdout)
            if migration.returncode:
                # What is half done would be in the way of another try.
                migrated_database.unlink(missing_ok=True)
                raise RuntimeError("The migration failed; MLflow's message is above.")
            print(f"Now connect to sqlite:///{migrated_database}")
            """,
            folder=literals.python(folder),
            database=literals.python(database),
        )
    ]


RECIPE = Recipe(
    name="migrate-file-store",
    version=1,
    title="Migrate to a database",
    description="Copies a folder of runs (mlruns) into a new SQLite database with MLflow's own command.",
    needs="none",
    write=write,
    options=MigrateFileStoreOptions,
)


def _path(uri: str) -> str:
    """Return the path that a ``file:`` URI or a plain path names."""
    if not uri.lower().startswith("file:"):
        return uri
    path = unquote(urlsplit(uri).path)
    return path[1:] if _WINDOWS.match(path) else path
