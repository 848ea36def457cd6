"""MLflow's tables as SQLAlchemy Core objects, and the check that a database has what we read.

Only columns that we read are named; they are the same from MLflow 2.22 to 3.18. Rows come from the drivers as they are:
a flag may be 0 and 1, or False and True.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

import sqlalchemy as sa

from ...errors import TrackingBroken, TrackingUnavailable

_metadata = sa.MetaData()


def _table(table: str, /, **columns: type) -> sa.Table:
    return sa.Table(table, _metadata, *(sa.Column(column, kind) for column, kind in columns.items()))


_Text: type = sa.Text
_Int: type = sa.BigInteger
_Float: type = sa.Float
_Flag: type = sa.Boolean

experiments = _table(
    "experiments",
    experiment_id=_Int,
    name=_Text,
    artifact_location=_Text,
    lifecycle_stage=_Text,
    creation_time=_Int,
    last_update_time=_Int,
)
experiment_tags = _table("experiment_tags", key=_Text, value=_Text, experiment_id=_Int)
runs = _table(
    "runs",
    run_uuid=_Text,
    name=_Text,
    user_id=_Text,
    status=_Text,
    start_time=_Int,
    end_time=_Int,
    lifecycle_stage=_Text,
    artifact_uri=_Text,
    experiment_id=_Int,
)
params = _table("params", key=_Text, value=_Text, run_uuid=_Text)
tags = _table("tags", key=_Text, value=_Text, run_uuid=_Text)
latest_metrics = _table("latest_metrics", key=_Text, value=_Float, is_nan=_Flag, run_uuid=_Text)
metrics = _table("metrics", key=_Text, value=_Float, timestamp=_Int, step=_Int, is_nan=_Flag, run_uuid=_Text)

datasets = _table(
    "datasets", dataset_uuid=_Text, name=_Text, digest=_Text, dataset_source_type=_Text, dataset_source=_Text
)
inputs = _table(
    "inputs",
    input_uuid=_Text,
    source_type=_Text,
    source_id=_Text,
    destination_type=_Text,
    destination_id=_Text,
    step=_Int,
)
input_tags = _table("input_tags", input_uuid=_Text, name=_Text, value=_Text)
logged_models = _table(
    "logged_models",
    model_id=_Text,
    name=_Text,
    artifact_location=_Text,
    status=_Int,
    lifecycle_stage=_Text,
    source_run_id=_Text,
    creation_timestamp_ms=_Int,
)

NEEDED = (experiments, experiment_tags, runs, params, tags, latest_metrics, metrics)


def check(columns: Mapping[str, Set[str]], name: str) -> None:
    """Raise where a database lacks what we read; `columns` holds its column names by table.

    Raises
    ------
    TrackingUnavailable
        It has no MLflow tables at all.
    TrackingBroken
        It has some of them, so it is something else or very old.
    """
    if not any(table.name in columns for table in NEEDED):
        raise TrackingUnavailable(
            f"{name} has no MLflow tables yet. Log a first run into it, or check that it is the right database."
        )
    for table in NEEDED:
        missing = {column.name for column in table.columns} - columns.get(table.name, set())
        if missing:
            raise TrackingBroken(
                f"{name} is no MLflow database that this version can read: table {table.name} lacks"
                f" {', '.join(sorted(missing))}. If it is an old one, copy it and run `mlflow db upgrade` on the copy."
            )
