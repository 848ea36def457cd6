"""A real kernel that runs rendered cells, and what its outputs show."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import nbformat
from bs4 import BeautifulSoup
from nbclient import NotebookClient

PROBE = "PROBE:"


class Kernel:
    """Runs cells one after the other in one kernel; a cell that raises fails the test with its traceback."""

    def __init__(self, client: NotebookClient) -> None:
        self._client = client

    def run(self, cells: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
        """Run the code cells; return all outputs in order."""
        outputs: list[nbformat.NotebookNode] = []
        for cell in cells:
            if cell.cell_type == "code":
                done = nbformat.v4.new_code_cell(cell.source)
                self._client.nb.cells = [done]
                outputs += self._client.execute_cell(done, 0).outputs
        return outputs

    def ask(self, expression: str) -> Any:
        """Return a Python expression's value, through JSON (NaN and infinities included)."""
        source = f"import json as _json\nprint({PROBE!r} + _json.dumps({expression}))"
        return json.loads(printed(self.run([nbformat.v4.new_code_cell(source)])).removeprefix(PROBE))


@contextmanager
def a_kernel(environment: dict[str, str] | None = None) -> Iterator[Kernel]:
    """Start a Python kernel, with more variables in its environment, and stop it at the end."""
    client = NotebookClient(nbformat.v4.new_notebook(), timeout=120, kernel_name="python3")
    with client.setup_kernel(env={**os.environ, **(environment or {})}):
        yield Kernel(client)


def printed(outputs: list[nbformat.NotebookNode]) -> str:
    """Return what was written to standard output."""
    return "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stdout")


def shown(outputs: list[nbformat.NotebookNode], mime: str) -> list[str]:
    """Return the representations of one type among the outputs."""
    return [output.data[mime] for output in outputs if "data" in output and mime in output.data]


def table(html: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Return (text, CSS) by (row heading, column heading) of a Styler's HTML."""
    soup = BeautifulSoup(html, "html.parser")
    styles: dict[str, str] = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", soup.style.get_text() if soup.style else ""):
        for selector in selectors.split(","):
            styles[selector.strip().lstrip("#")] = " ".join(body.split())
    columns = [cell.get_text() for cell in soup.select("thead th.col_heading")]
    cells = {}
    for row in soup.select("tbody tr"):
        heading = row.select("th")[0].get_text()
        for column, cell in zip(columns, row.select("td"), strict=True):
            cells[heading, column] = (cell.get_text(), styles.get(str(cell["id"]), ""))
    return cells
