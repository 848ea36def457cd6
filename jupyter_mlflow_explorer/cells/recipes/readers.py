"""How a downloaded artifact is read and shown, by kind of file."""

from __future__ import annotations

import posixpath
import textwrap
from dataclasses import dataclass
from typing import Literal

#: The keys of `READERS`, and what goes by the file's name.
Kind = Literal[
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
]


@dataclass(frozen=True)
class Reader:
    """Source lines that read ``artifact_file`` (a path, text) into `variable`, and that show it.

    `show` runs after the download; `variable` is None then where the download failed. `note` is a comment before it.
    """

    variable: str
    read: str
    show: str
    imports: tuple[str, ...] = ()
    note: str = ""

    def import_lines(self, *more: str) -> str:
        """Return the imports, standard library first, in a formatter's order."""
        lines = {*more, *self.imports}
        standard = {line for line in lines if line.split()[1].split(".")[0] in _STANDARD}
        groups = [sorted(group, key=_import_order) for group in (standard, lines - standard) if group]
        return "\n\n".join("\n".join(group) for group in groups)

    def note_lines(self) -> str:
        """Return the comment as a line, or nothing."""
        return f"# {self.note}\n" if self.note else ""

    def read_lines(self, indent: int) -> str:
        """Return `read` for a block that is indented by `indent` columns; its first line is not."""
        return textwrap.indent(self.read, " " * indent).lstrip(" ")


def kind_of(path: str) -> str:
    """Return the key in `READERS` that a file of this name asks for; ``bytes`` for an unknown one."""
    name = posixpath.basename(path).lower()
    for ending in (".gz", ".bz2", ".xz", ".zst"):
        # pandas unpacks what it reads by name.
        if name.endswith(ending) and _ENDINGS.get(posixpath.splitext(name[: -len(ending)])[1]) in ("csv", "tsv"):
            name = name[: -len(ending)]
    return _NAMES.get(name) or _ENDINGS.get(posixpath.splitext(name)[1], "bytes")


def _import_order(line: str) -> tuple[bool, str]:
    return (line.startswith("from"), line)


_STANDARD = {"concurrent", "html", "json", "os", "pathlib", "pickle", "sys", "tempfile"}
_PATH = "from pathlib import Path"
_PANDAS = "import pandas as pd"
_READ_TEXT = 'Path(artifact_file).read_text(encoding="utf-8", errors="replace")'

READERS: dict[str, Reader] = {
    "text": Reader(
        "artifact_text",
        f"artifact_text = {_READ_TEXT}",
        'print((artifact_text or "")[:20_000])',
        (_PATH,),
    ),
    "markdown": Reader(
        "artifact_text",
        f"artifact_text = {_READ_TEXT}",
        'print((artifact_text or "")[:20_000])',
        (_PATH,),
        "IPython.display.Markdown(artifact_text) would render it, with any HTML and script inside.",
    ),
    "json": Reader(
        "artifact_data",
        'artifact_data = json.loads(Path(artifact_file).read_text(encoding="utf-8"))',
        "artifact_data",
        ("import json", _PATH),
    ),
    "jsonl": Reader(
        "artifact_table", "artifact_table = pd.read_json(artifact_file, lines=True)", "artifact_table", (_PANDAS,)
    ),
    "csv": Reader("artifact_table", "artifact_table = pd.read_csv(artifact_file)", "artifact_table", (_PANDAS,)),
    "tsv": Reader(
        "artifact_table", r'artifact_table = pd.read_csv(artifact_file, sep="\t")', "artifact_table", (_PANDAS,)
    ),
    "parquet": Reader(
        "artifact_table", "artifact_table = pd.read_parquet(artifact_file)", "artifact_table", (_PANDAS,)
    ),
    "image": Reader(
        "artifact_image",
        "artifact_image = Image(filename=artifact_file)",
        "artifact_image",
        ("from IPython.display import Image",),
    ),
    "bitmap": Reader(
        "artifact_image",
        'artifact_image = Image.open(artifact_file).convert("RGBA")',
        "artifact_image",
        ("from PIL import Image",),
    ),
    "svg": Reader(
        "artifact_image",
        "artifact_image = SVG(filename=artifact_file)",
        "artifact_image",
        ("from IPython.display import SVG",),
    ),
    "html": Reader(
        "artifact_html",
        f"artifact_html = {_READ_TEXT}",
        "# In a frame of its own, where scripts cannot reach the notebook.\n"
        "HTML(\n"
        '    \'<div><iframe sandbox="allow-scripts" width="100%" height="600" srcdoc="\'\n'
        '    + escape_html(artifact_html or "")\n'
        "    + '\"></iframe></div>'\n"
        ")",
        ("from html import escape as escape_html", _PATH, "from IPython.display import HTML"),
    ),
    "npy": Reader(
        "artifact_array",
        "artifact_array = np.load(artifact_file, allow_pickle=False)",
        "artifact_array",
        ("import numpy as np",),
    ),
    "npz": Reader(
        "artifact_arrays",
        "with np.load(artifact_file, allow_pickle=False) as artifact_archive:\n"
        "    artifact_arrays = dict(artifact_archive)",
        "artifact_arrays",
        ("import numpy as np",),
    ),
    "notebook": Reader(
        "artifact_notebook",
        "artifact_notebook = nbformat.read(artifact_file, as_version=4)",
        "pd.DataFrame(\n"
        '    [(cell.cell_type, cell.source) for cell in getattr(artifact_notebook, "cells", [])],\n'
        '    columns=["type", "source"],\n'
        ")",
        ("import nbformat", _PANDAS),
    ),
    "pickle": Reader(
        "artifact_object",
        "artifact_object = pickle.loads(Path(artifact_file).read_bytes())",
        "artifact_object",
        ("import pickle", _PATH),
        "A pickle runs code of its author when it is loaded: run this only if you trust whoever logged it.",
    ),
    "bytes": Reader(
        "artifact_bytes",
        "artifact_bytes = Path(artifact_file).read_bytes()",
        "print(f\"{len(artifact_bytes or b'')} bytes\")",
        (_PATH,),
    ),
}

_ENDINGS = {
    f".{ending}": kind
    for kind, endings in {
        "text": "bat c cfg conf cpp css env go h ini java js log lock mmd properties ps1 py r rs rst sh sql toml ts "
        "tex txt text xml yaml yml diff patch",
        "markdown": "md markdown",
        "json": "json geojson topojson vl vg",
        "jsonl": "jsonl ndjson",
        "csv": "csv",
        "tsv": "tsv tab",
        "parquet": "parquet pq",
        "image": "png jpg jpeg gif webp",
        "bitmap": "bmp tif tiff",
        "svg": "svg",
        "html": "html htm",
        "npy": "npy",
        "npz": "npz",
        "notebook": "ipynb",
        "pickle": "pkl pickle",
    }.items()
    for ending in endings.split()
}
_NAMES = {
    "mlmodel": "text",
    "dockerfile": "text",
    "makefile": "text",
    "license": "text",
    "readme": "text",
    "mlproject": "text",
}
