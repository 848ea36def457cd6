"""The mark that says a cell is ours: enough metadata to write it again, a hash to see edits, and a stable id."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ..errors import BadInput
from .recipe import Options, Recipe
from .selection import Selection

#: The key in a cell's metadata; the front end looks for the same.
METADATA_KEY = "jupyter_mlflow_explorer"


def describe(recipe: Recipe, selection: Selection, options: Options) -> dict[str, Any]:
    """Return what is needed to write the recipe's cells again: the body of `POST cells`, with the recipe's version.

    ``experiment_ids``, ``artifact_path``, ``filter`` and ``order_by`` are there only for recipes that use them, and
    ``model_id`` only for the artifact of a logged model.

    Raises
    ------
    BadInput
        A text cannot be stored as UTF-8 (it holds half a surrogate pair).
    """
    mark: dict[str, Any] = {
        "recipe": recipe.name,
        "version": recipe.version,
        "connection": selection.connection_id,
        "run_ids": [run.run_id for run in selection.runs] if recipe.needs in ("run", "runs", "artifact") else [],
        "options": options.model_dump(mode="json"),
    }
    if recipe.needs == "experiments":
        mark["experiment_ids"] = [experiment.experiment_id for experiment in selection.experiments]
        mark["filter"] = selection.filter
        mark["order_by"] = list(selection.order_by)
    if recipe.needs == "artifact":
        mark["artifact_path"] = selection.artifact_path
        if selection.model is not None:
            mark["model_id"] = selection.model.model_id
    for name, value in mark.items():
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise BadInput(f"Recipe {recipe.name}: {name} holds a character that is not valid Unicode.") from error
    return mark


def cell_metadata(mark: dict[str, Any], part: int, parts: int, source: str) -> dict[str, Any]:
    """Return the metadata of cell `part` (from 0) of the `parts` cells that one use of a recipe writes."""
    return {METADATA_KEY: {**mark, "part": part, "parts": parts, "source_hash": source_hash(source)}}


def cell_id(mark: dict[str, Any], part: int) -> str:
    """Return the nbformat id (at most 64 of ``[A-Za-z0-9-_]``) of cell `part`, derived from the mark alone.

    The recipe's version does not count, so a cell keeps its id when it is rewritten by a newer version. The same
    recipe inserted twice for the same selection gives the same ids; a notebook must not hold an id twice, so whoever
    inserts into a notebook (the front end) gives later copies a fresh one. The metadata, not the id, marks a cell.
    """
    identity = {key: value for key, value in mark.items() if key != "version"}
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
    return f"mlflow-{mark['recipe'][:30]}-{digest}-{part}"


def source_hash(source: str) -> str:
    """Return the 64-bit FNV-1a hash of the UTF-8 bytes as 16 hex digits.

    It only tells edited from unedited. Not SHA-256, which browsers offer on secure origins alone.
    Source: http://www.isthe.com/chongo/tech/comp/fnv/
    """
    value = 0xCBF29CE484222325
    for byte in source.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"
