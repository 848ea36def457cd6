"""What the recipes that draw share: the choice of a library, and text that stays text in it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

LibraryName = Literal["matplotlib", "plotly", "altair"]
Library = Annotated[LibraryName, Field(description="Library that draws, which the kernel needs.")]

#: By library: a function for cells, with the blank lines after it. Matplotlib's texts take ``parse_math=False``.
_PLAIN_TEXT: dict[LibraryName, str] = {
    "matplotlib": "",
    "plotly": '''\
def plain_plot_text(text):
    """Return text that Plotly shows as it is: not as markup, a formula or a template."""
    marks = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;", "%": "&#37;"}
    return text.translate(str.maketrans(marks))


''',
    "altair": '''\
def plain_plot_text(text):
    """Return text without "<": Altair writes it into a script, which "</script>" would end."""
    return text.replace("<", "\\N{FULLWIDTH LESS-THAN SIGN}")


''',
}


def imports(library: LibraryName, *others: str, plotly: str = "plotly.graph_objects as go") -> str:
    """Return the sorted import lines for the library and for `others`; `plotly` is the part of Plotly wanted."""
    drawing = {"matplotlib": "matplotlib.pyplot as plt", "plotly": plotly, "altair": "altair as alt"}[library]
    return "\n".join(f"import {module}" for module in sorted([drawing, *others]))


def plain_text(library: LibraryName) -> str:
    """Return the source of ``plain_plot_text`` followed by two blank lines, or nothing where it is not needed."""
    return _PLAIN_TEXT[library]
