"""The artifacts of a demo run, written into a folder."""

from __future__ import annotations

import json
import math
import pickle
from pathlib import Path
from typing import Any

import matplotlib
import nbformat
import numpy as np
import pandas as pd
import sklearn.metrics
from matplotlib.figure import Figure

from .plan import PlannedRun
from .trainings import Outcome

#: Names that MLflow's own client cannot send to a server: it ends the path at these characters.
ONLY_LOCAL = ("odd names/run #1.txt", "odd names/why?.txt")

_ODD = (
    *ONLY_LOCAL,
    "odd names/100%.txt",
    "odd names/a%20b.txt",
    "odd names/with space.txt",
    "odd names/résumé – 漢字.txt",
    "odd names/it's {quoted}.txt",
    "deep/er/est/notes.txt",
)


def write(folder: Path, run: PlannedRun, outcome: Outcome, *, remote: bool) -> None:
    """Write what the run's artifact level asks for; `remote` leaves out names that only a local store can keep."""
    _json(folder / "report.json", _report(run, outcome))
    if run.artifacts >= 1:
        _usual(folder, outcome)
    if run.artifacts >= 2:
        _every_kind(folder, run, outcome, remote)


def _usual(folder: Path, outcome: Outcome) -> None:
    if outcome.truth is None:
        return
    (folder / "plots").mkdir()
    (folder / "tables").mkdir()
    _confusion_matrix(outcome).savefig(folder / "plots" / "confusion_matrix.png", dpi=80, metadata={"Software": None})
    _predictions(outcome).to_csv(folder / "tables" / "predictions.csv", index=False)
    if outcome.bootstrap:
        (folder / "bootstrap_results.pkl").write_bytes(pickle.dumps(outcome.bootstrap, protocol=4))


def _every_kind(folder: Path, run: PlannedRun, outcome: Outcome, remote: bool) -> None:
    predictions = _predictions(outcome)
    predictions.to_parquet(folder / "tables" / "predictions.parquet", index=False)
    (folder / "arrays").mkdir()
    np.save(folder / "arrays" / "scores.npy", outcome.scores)
    np.savez(folder / "arrays" / "test_set.npz", truth=outcome.truth, scores=outcome.scores)
    (folder / "docs").mkdir()
    _text(folder / "docs" / "report.md", _markdown(run, outcome))
    _text(folder / "report.html", _html(run, outcome))
    nbformat.write(_notebook(), folder / "analysis.ipynb")
    _text(folder / "plots" / "target.svg", _SVG)
    _text(folder / "train.log", "".join(f"{key}={value:.6f}\n" for key, value in sorted(outcome.metrics.items())))
    _text(folder / "config.yaml", "".join(f"{key}: {json.dumps(value)}\n" for key, value in run.params.items()))
    (folder / "weights.bin").write_bytes(bytes(range(256)) * 16)
    _text(folder / "empty.txt", "")
    for name in _ODD:
        if not (remote and name in ONLY_LOCAL):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            _text(path, f"The name of this file is {path.name!r}.\n")


def _report(run: PlannedRun, outcome: Outcome) -> dict[str, Any]:
    metrics = {key: value if math.isfinite(value) else str(value) for key, value in sorted(outcome.metrics.items())}
    return {"params": run.params, "metrics": metrics, "labels": list(outcome.labels)}


def _predictions(outcome: Outcome) -> pd.DataFrame:
    return pd.DataFrame({"truth": outcome.truth, "predicted": outcome.predicted, "score": outcome.scores})


def _confusion_matrix(outcome: Outcome) -> Figure:
    # A figure of its own, without pyplot: no global state and no display needed.
    figure = Figure(figsize=(4.5, 4), layout="constrained")
    axes = figure.subplots()
    matrix = sklearn.metrics.confusion_matrix(outcome.truth, outcome.predicted, labels=range(len(outcome.labels)))
    axes.imshow(matrix, cmap="Blues")
    for (row, column), count in np.ndenumerate(matrix):
        axes.text(column, row, str(count), ha="center", va="center", fontsize=8)
    axes.set_xticks(range(len(outcome.labels)), outcome.labels)
    axes.set_yticks(range(len(outcome.labels)), outcome.labels)
    axes.set_xlabel("predicted")
    axes.set_ylabel("truth")
    return figure


def _markdown(run: PlannedRun, outcome: Outcome) -> str:
    rows = "".join(f"| {key} | {value:.4f} |\n" for key, value in sorted(outcome.metrics.items()))
    return (
        f"# Report of {run.name}\n\n"
        "![Confusion matrix](../plots/confusion_matrix.png)\n\n"
        f"| Metric | Value |\n| --- | ---: |\n{rows}\n"
        "See [the predictions](../tables/predictions.csv).\n"
    )


def _html(run: PlannedRun, outcome: Outcome) -> str:
    rows = "".join(f"<tr><td>{key}</td><td>{value:.4f}</td></tr>\n" for key, value in sorted(outcome.metrics.items()))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Report</title></head><body>\n'
        f"<h1>Report of {run.name}</h1>\n<table>\n{rows}</table>\n"
        '<p id="script">The script did not run.</p>\n'
        '<script>document.getElementById("script").textContent = "The script ran in " + self.origin + ".";</script>\n'
        "</body></html>\n"
    )


def _notebook() -> nbformat.NotebookNode:
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        cells=[
            nbformat.v4.new_markdown_cell("# A closer look\n\nHow many cases are predicted wrongly?", id="question"),
            nbformat.v4.new_code_cell(
                'import pandas as pd\n\npredictions = pd.read_csv("tables/predictions.csv")\n'
                "(predictions.truth != predictions.predicted).sum()",
                id="answer",
            ),
        ],
    )
    return notebook


def _json(path: Path, value: Any) -> None:
    _text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" width="160" height="160">
  <circle cx="20" cy="20" r="18" fill="none" stroke="steelblue" stroke-width="3"/>
  <circle cx="20" cy="20" r="6" fill="steelblue"/>
</svg>
"""

# Nothing here draws on a screen, whatever the environment says.
matplotlib.use("Agg")
