"""Whole notebooks: by the built-in template `observation`, or by one made of a notebook."""

from __future__ import annotations

from nbformat import NotebookNode

from ..errors import NotFound
from .literals import visible
from .observation import Observation, observation_notebook
from .placeholders import OBSERVATION
from .selection import Selection
from .templates import Templates, fill_template


def write_document(selection: Selection, wanted: Observation, templates: Templates | None = None) -> NotebookNode:
    """Return the notebook about a selection's runs by the template ``wanted.template``, as validated nbformat 4.5.

    Parameters
    ----------
    templates
        Finds templates other than the built-in one.

    Raises
    ------
    NotFound
        There is no such template.
    BadInput
        The template cannot be used, or the selection does not suit it.
    RecipeFailed
        A recipe of another package is broken.
    """
    if wanted.template == OBSERVATION:
        return observation_notebook(selection, wanted)
    if templates is None:
        raise NotFound(f"There is no template {visible(wanted.template)[:80]!r}.")
    return fill_template(templates(wanted.template), selection, wanted)
