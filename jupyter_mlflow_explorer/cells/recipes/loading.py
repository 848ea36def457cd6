"""How cells load the runs they show: shared by all recipes, so that they read and fail alike."""

from __future__ import annotations

from .. import literals
from ..selection import Selection


def function(selection: Selection) -> str:
    """Return the source of ``load_mlflow_runs``, which the cell then calls with `names`.

    It looks runs up by id in one search, and returns them by name in the order given; a run that is gone is reported
    by name and left out, so nothing moves under another run's heading. Runs deleted since the cell was written count as
    gone; those that were deleted when they were chosen are wanted, so then deleted ones are searched too.
    """
    deleted = any(run.lifecycle_stage == "deleted" for run in selection.runs)
    view = "\n        run_view_type=mlflow.entities.ViewType.ALL,  # Deleted runs too." if deleted else ""
    return f'''\
def load_mlflow_runs(experiment_ids, names_by_id):
    """Return the runs by name, as ordered; a run that is missing is left out, by name."""
    wanted_ids = ", ".join(f"'{{run_id}}'" for run_id in names_by_id)
    found = mlflow.search_runs(
        experiment_ids=experiment_ids,
        filter_string=f"attributes.run_id IN ({{wanted_ids}})",{view}
        output_format="list",
    )
    found_by_id = {{run.info.run_id: run for run in found}}
    for run_id, name in names_by_id.items():
        if run_id not in found_by_id:
            print(f"Left out, as it was deleted or cannot be read: {{name}} ({{run_id}})")
    return {{
        name: found_by_id[run_id]
        for run_id, name in names_by_id.items()
        if run_id in found_by_id
    }}'''


def arguments(selection: Selection) -> dict[str, str]:
    """Return the expressions ``experiment_ids`` and ``names`` for the call, for the template's four-column indent."""
    experiment_ids = list(dict.fromkeys(run.experiment_id for run in selection.runs))
    names = literals.labels((run.run_id, run.run_name) for run in selection.runs)
    return {
        "experiment_ids": literals.python(experiment_ids, indent=4, room=80),
        "names": literals.python(names, indent=4, room=0),
    }


def one_run(selection: Selection, variable: str) -> str:
    """Return the source that binds the selection's only run to `variable`, or None with a message that names it."""
    run = selection.runs[0]
    label = literals.labels([(run.run_id, run.run_name)])[run.run_id]
    failure = literals.python(f"Run {label} ({run.run_id}) cannot be loaded:")
    lines = [
        f"{variable} = None",
        "try:",
        f"    {variable} = mlflow_client.get_run({literals.python(run.run_id)})",
        "except mlflow.exceptions.MlflowException as mlflow_error:",
        f"    print({failure}, mlflow_error)",
    ]
    if run.lifecycle_stage != "deleted":
        deleted = literals.python(f"Run {label} ({run.run_id}) was deleted in MLflow; its record is still there.")
        lines += [
            f'if {variable} is not None and {variable}.info.lifecycle_stage == "deleted":',
            f"    print({deleted})",
        ]
    return "\n".join(lines)


def heading(title: str, selection: Selection, *, at_most: int = 20) -> str:
    """Return Markdown: a heading, and the runs' names where there are several."""
    names = literals.labels((run.run_id, run.run_name) for run in selection.runs)
    items = [f"- {literals.markdown_code(name)}" for name in list(names.values())[:at_most]]
    if len(names) > at_most:
        items.append(f"- and {len(names) - at_most} more")
    return "\n".join([f"### {title}", "", *items])


def count(selection: Selection) -> str:
    """Return the number of runs in words for a heading."""
    return "1 run" if len(selection.runs) == 1 else f"{len(selection.runs)} runs"
