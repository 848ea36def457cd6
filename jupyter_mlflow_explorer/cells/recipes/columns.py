"""Columns of runs, such as ``metrics.auroc`` or ``params.lr``: how cells read them, and which are worth showing.

``derived.model`` is the part of a run's name that a pattern calls ``model`` (`cells.naming`).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable

from pydantic import Field

from ...errors import BadInput
from .. import naming
from ..direction import looks_like_score
from ..selection import Selection

#: What an option may name; empty for a choice of ours. Also a JSON schema's pattern, so it anchors itself.
PATTERN = r"^$|^(metrics|params|tags)\.[\s\S]|^derived\.\w|^attributes\.(run_name|status|user_id)$"
#: What an option may group by.
GROUP = r"^(params|tags)\.[\s\S]|^derived\.\w|^attributes\.(run_name|status|user_id)$"
NAMING = Field(default=None, description="How names are split into columns that are called derived.…")

#: Source of ``read_run_values``. Text that is all numbers is numbers, as MLflow keeps every param as text.
FUNCTION = '''\
def read_run_values(runs, column):
    """Return a column such as params.lr for runs by name: numbers if all are, else categories."""
    kind, key = column.split(".", 1)
    values = pd.Series(
        {
            name: (dict(run.info) if kind == "attributes" else getattr(run.data, kind)).get(key)
            for name, run in runs.items()
        },
        dtype=object,
    )
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    if not (numbers.notna() | values.isna() | (values == "nan")).all():
        return values.astype("category")
    # SQL stores keep an infinite metric as the largest float.
    return numbers.replace(
        {sys.float_info.max: float("inf"), -sys.float_info.max: float("-inf")}
    )'''


def function(split: naming.Naming | None) -> str:
    """Return the source of ``read_run_values``, which knows derived columns where `split` is given.

    The cell then imports ``re``, and calls `parts` after loading.
    """
    if split is None:
        return FUNCTION
    known = '    kind, key = column.split(".", 1)\n'
    derived = f"""{known}\
    if kind == "derived":
        return run_name_parts[key].astype("category")
"""
    return f"{naming.source(split)}\n\n\n{FUNCTION.replace(known, derived)}"


def parts(split: naming.Naming | None, runs: str) -> str:
    """Return the lines that split the names of the loaded runs, once, so that they are reported once; or nothing."""
    return naming.split_loaded(split, runs) if split else ""


def used(recipe: str, split: naming.Naming | None, names: Iterable[str]) -> naming.Naming | None:
    """Return the naming if one of the columns needs it.

    Raises
    ------
    BadInput
        A derived column is named that no pattern has; the message names recipe and column.
    """
    derived = [name.partition(".")[2] for name in names if name.startswith("derived.")]
    for name in derived:
        if split is None:
            raise BadInput(f"Recipe {recipe}: derived.{name} needs a pattern that splits names (option naming).")
        if name not in split.columns:
            raise BadInput(f"Recipe {recipe}: the pattern has no {name}, but {', '.join(split.columns)}.")
    return split if derived else None


def metrics(selection: Selection) -> list[str]:
    """Return the keys of metrics with a finite value, those that most runs have first, then scores, then by name."""
    counts: dict[str, int] = {}
    for run in selection.runs:
        for key, value in run.metrics.items():
            # SQL stores keep an infinity as the largest float.
            if math.isfinite(value) and abs(value) < sys.float_info.max:
                counts[key] = counts.get(key, 0) + 1
    return sorted(counts, key=lambda key: (-counts[key], not looks_like_score(key), key))


def params(selection: Selection) -> list[str]:
    """Return the keys of params that differ, those with most values first; text that differs in every run last."""
    values: dict[str, set[str]] = {}
    counts: dict[str, int] = {}
    for run in selection.runs:
        for key, text in run.params.items():
            values.setdefault(key, set()).add(text)
            counts[key] = counts.get(key, 0) + 1

    def rank(key: str) -> tuple[bool, int, str]:
        is_label = len(values[key]) == len(selection.runs) > 2 and not all(map(_is_number, values[key]))
        return is_label, -len(values[key]), key

    total = len(selection.runs)
    return sorted((key for key in values if len(values[key]) > 1 or counts[key] < total), key=rank)


def groups(selection: Selection, at_most: int = 10) -> list[str]:
    """Return the keys of params that differ and have from 2 to `at_most` values, those with fewest first."""
    differing = params(selection)
    sizes = {key: len({run.params.get(key) for run in selection.runs}) for key in differing}
    return sorted((key for key in differing if sizes[key] <= at_most), key=lambda key: (sizes[key], key))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
