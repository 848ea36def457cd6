"""Which keys and operators exist in filters of runs and of experiments, and which of them MLflow itself knows.

Source: `mlflow/utils/search_utils.py` (`SearchUtils`, `SearchExperimentsUtils`) of MLflow 3.17.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .tree import KeyKind, Operator

NUMERIC: frozenset[Operator] = frozenset({"=", "!=", "<", "<=", ">", ">="})
TEXT: frozenset[Operator] = frozenset({"=", "!=", "LIKE", "ILIKE"})
LIST: frozenset[Operator] = frozenset({"IN", "NOT IN"})
NULL: frozenset[Operator] = frozenset({"IS NULL", "IS NOT NULL"})
NOT_LIKE: frozenset[Operator] = frozenset({"NOT LIKE", "NOT ILIKE"})


@dataclass(frozen=True)
class Vocabulary:
    """The keys of one kind of thing that can be searched."""

    noun: str
    kinds: Mapping[str, KeyKind]
    attributes: frozenset[str]
    aliases: Mapping[str, str]
    numeric_attributes: frozenset[str]
    #: Attributes that MLflow compares with a list.
    list_attributes: frozenset[str]
    #: Kinds that can be sorted by.
    orderable: frozenset[KeyKind]
    #: Kinds whose ``IS NULL`` MLflow knows.
    nullable: frozenset[KeyKind]

    def accepted(self, kind: KeyKind, name: str, is_number: bool) -> frozenset[Operator]:
        """Return the operators that a key takes with a value that is a number, or a text."""
        if is_number:
            is_numeric = kind in ("metric", "param") or (kind == "attribute" and name in self.numeric_attributes)
            return NUMERIC if is_numeric else frozenset()
        if kind == "metric" or (kind == "attribute" and name in self.numeric_attributes):
            return frozenset()
        return TEXT | NOT_LIKE | LIST

    def is_mlflow(self, kind: KeyKind, name: str, operator: Operator, is_number: bool) -> bool:
        """Return whether MLflow's own grammar has this comparison."""
        if operator in NULL:
            return kind in self.nullable
        if is_number:
            return kind != "param"
        if operator in LIST:
            return kind == "dataset" or (kind == "attribute" and name in self.list_attributes)
        return operator in TEXT


RUNS = Vocabulary(
    noun="runs",
    kinds={
        "attribute": "attribute",
        "attributes": "attribute",
        "attr": "attribute",
        "run": "attribute",
        "metric": "metric",
        "metrics": "metric",
        "param": "param",
        "params": "param",
        "parameter": "param",
        "parameters": "param",
        "tag": "tag",
        "tags": "tag",
        "dataset": "dataset",
        "datasets": "dataset",
    },
    attributes=frozenset({"run_id", "run_name", "status", "user_id", "artifact_uri", "start_time", "end_time"}),
    aliases={
        "created": "start_time",
        "Created": "start_time",
        "run name": "run_name",
        "Run name": "run_name",
        "Run Name": "run_name",
    },
    numeric_attributes=frozenset({"start_time", "end_time"}),
    list_attributes=frozenset({"run_id"}),
    orderable=frozenset({"attribute", "metric", "param", "tag"}),
    nullable=frozenset({"param", "tag"}),
)

EXPERIMENTS = Vocabulary(
    noun="experiments",
    kinds={"attribute": "attribute", "attributes": "attribute", "attr": "attribute", "tag": "tag", "tags": "tag"},
    attributes=frozenset({"name", "experiment_id", "creation_time", "last_update_time"}),
    aliases={},
    numeric_attributes=frozenset({"creation_time", "last_update_time"}),
    list_attributes=frozenset({"experiment_id"}),
    orderable=frozenset({"attribute"}),
    nullable=frozenset({"tag"}),
)

DATASET_KEYS = frozenset({"name", "digest", "context"})
