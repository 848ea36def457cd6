"""The folder of notebook templates: what is in it, and a template by its name, never from outside the folder."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BadInput, NotFound

if TYPE_CHECKING:
    from ..cells.templates import Template
    from ..entities import TemplateInfo, Templates

_SUFFIX = ".ipynb"
_MOST_FILES = 200


def default_folder() -> Path:
    """Return where templates are unless configured otherwise: in Jupyter's config folder."""
    from jupyter_core.paths import jupyter_config_dir

    return Path(jupyter_config_dir()) / "mlflow_explorer" / "templates"


@dataclass(frozen=True)
class TemplateFolder:
    """Templates are the files ``*.ipynb`` right in the folder; the name of one is the file's without the ending.

    Files are read anew each time. They may be links, as long as they lead to a place inside the folder. Reading takes
    time, and imports what recipes packages bring: use a thread.
    """

    path: Path

    def __call__(self, name: str) -> Template:
        """Return the template of this name.

        Raises
        ------
        NotFound
            There is none.
        BadInput
            It cannot be used; the message says why.
        """
        for file in self._files():
            if file.stem == name:
                return self._read(file)
        known = ["observation", *(file.stem for file in self._files())]
        raise NotFound(f"There is no template {name[:80]!r}. Known templates: {', '.join(known)}.")

    def listed(self) -> Templates:
        """Return all templates, with what is wrong with those that cannot be used."""
        from ..entities import TemplateInfo, Templates
        from ..visible import visible

        found = [
            TemplateInfo(
                name="observation",
                title="Observation notebook",
                description="Overview, a section for each of the best runs, comparison, curves, and room to go on.",
                source="jupyter-mlflow-explorer",
            )
        ]
        found += [self._info(file) for file in self._files()]
        return Templates(templates=found, folder=visible(str(self.path)))

    def _info(self, file: Path) -> TemplateInfo:
        from ..entities import TemplateInfo
        from ..visible import visible

        name, source = visible(file.stem), visible(file.name)
        try:
            template = self._read(file)
        except BadInput as error:
            return TemplateInfo(name=name, title=name, source=source, problem=error.message)
        return TemplateInfo(name=name, title=template.title, description=template.description, source=source)

    def _files(self) -> list[Path]:
        try:
            names = sorted(os.listdir(self.path))
        except OSError:
            return []  # A folder that does not exist is as good as an empty one.
        wanted = [name for name in names if name.endswith(_SUFFIX) and not name.startswith(".")]
        return [self.path / name for name in wanted[:_MOST_FILES]]

    def _read(self, file: Path) -> Template:
        if file.stem == "observation":
            raise BadInput(f"Template {file.name}: the built-in template has this name. Rename the file.")
        try:
            inside = file.resolve(strict=True).is_relative_to(self.path.resolve())
        except (OSError, RuntimeError):
            raise BadInput(f"Template {file.name} cannot be opened: it is a link that leads nowhere.") from None
        if not inside:
            raise BadInput(f"Template {file.name} is a link that leads out of the folder. Copy the file instead.")
        return read_template_file(file)


def read_template_file(file: Path) -> Template:
    """Return the template in a file anywhere.

    Raises
    ------
    NotFound
        There is no such file.
    BadInput
        It cannot be read or used; the message says why.
    """
    from ..cells.templates import MOST_BYTES, read_template

    try:
        # Not waiting for the other end of a named pipe.
        with open(os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise BadInput(f"Template {file.name} is no file.")
            data = opened.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise NotFound(f"There is no template at {file}.") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"Template {file.name} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    return read_template(data, file.name)
