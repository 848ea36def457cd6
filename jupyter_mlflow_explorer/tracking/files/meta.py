"""``meta.yaml``: bytes to a dictionary of plain values, safely and mostly without a YAML parser.

MLflow writes one ``key: value`` a line, in a form that is quick to read. Everything else goes to PyYAML's safe loader,
after a look that it holds no aliases, whose merging can take all memory, and is not nested deeply.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...entities import LifecycleStage
from .layout import META

META_BYTES = 1 << 20
_MAX_EVENTS = 20_000
_MAX_DEPTH = 20

_LINE = re.compile(
    r"(?P<key>[a-z_]+):(?: (?:"
    r"(?P<number>0|-?[1-9][0-9]{0,18})"
    r"|'(?P<quoted>(?:[^'\x00-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]|'')*)'"
    # Not what YAML reads as a number or a date: a letter or slash first, or an id of hexadecimal digits with a letter.
    r"|(?P<plain>[A-Za-z/](?:[\w./\-]|:(?=[\w./\-]))*|(?!0b)(?=[0-9]*[a-f])[0-9a-f]{32})"
    r"|(?P<empty>\[\]|\{\})"
    r"))?",
    re.ASCII,
)
#: Words that may mean something else in YAML.
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off"})
_EMPTY: Mapping[str, Any] = {"[]": [], "{}": {}}

_STATUSES = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
_STATUS_NAMES = frozenset(_STATUSES.values())


class Damaged(Exception):
    """The bytes are no usable ``meta.yaml``; the message says what they are, to follow the file's name."""


def parse(data: bytes) -> dict[str, Any]:
    """Return the map in a ``meta.yaml``; raises `Damaged`."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Damaged("is not UTF-8 text") from None
    if not text.strip():
        raise Damaged("is empty")
    found = _flat(text)
    return _any_yaml(text) if found is None else found


def _flat(text: str) -> dict[str, Any] | None:
    """Return what a file in MLflow's own form says, None for any other form."""
    found: dict[str, Any] = {}
    if not text.endswith("\n"):
        return None
    for line in text[:-1].split("\n"):
        match = _LINE.fullmatch(line)
        if match is None:
            return None
        key, kind = match["key"], match.lastgroup
        if kind == "number":
            found[key] = int(match["number"])
        elif kind == "plain":
            found[key] = word = match["plain"]
            if word == "null":
                found[key] = None
            elif word.lower() in _WORDS:
                return None
        elif kind == "quoted":
            found[key] = match["quoted"].replace("''", "'")
        elif kind == "empty":
            found[key] = _EMPTY[match["empty"]]
        else:
            found[key] = None
    return found


def _any_yaml(text: str) -> dict[str, Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_shape(yaml.parse(text, Loader=loader))
        found = yaml.load(text, Loader=loader)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = "" if line is None else f" (line {line + 1})"
        raise Damaged(f"is not valid YAML{where}") from None
    if found is None:
        raise Damaged("is empty")
    if not isinstance(found, dict):
        raise Damaged("does not hold a list of fields")
    return found


def _check_shape(events: Any) -> None:
    depth = 0
    for number, event in enumerate(events):
        name = type(event).__name__
        if name == "AliasEvent":
            raise Damaged("uses YAML aliases, which MLflow does not write")
        depth += name.endswith("StartEvent") - name.endswith("EndEvent")
        if number > _MAX_EVENTS or depth > _MAX_DEPTH:
            raise Damaged("is too large or nested too deeply")


@dataclass(frozen=True, slots=True)
class RunMeta:
    """What ``meta.yaml`` says about a run, as it stands there; ``problem`` says why it cannot be relied on."""

    run_id: str
    experiment_id: str
    run_name: str | None = None
    user_id: str | None = None
    status: str | None = None
    stage: LifecycleStage = "active"
    start_time: int | None = None
    end_time: int | None = None
    artifact_uri: str | None = None
    problem: str | None = None


def run_meta(found: Mapping[str, Any], run_id: str, experiment_id: str) -> RunMeta:
    """Read the fields of a run whose folder has this id and is in this experiment.

    What MLflow refuses is a problem here. A status is a number; the oldest files have ``run_uuid`` and no ``run_id``.
    """
    fields = _Fields(found)
    said_id = fields.text("run_id") or fields.text("run_uuid")
    said_experiment = fields.text("experiment_id")
    said_stage = fields.text("lifecycle_stage")
    status = found.get("status", 1)
    meta = RunMeta(
        run_id=run_id,
        experiment_id=experiment_id,
        run_name=fields.text("run_name"),
        user_id=fields.text("user_id"),
        status=_STATUSES.get(status) if isinstance(status, int) else status if status in _STATUS_NAMES else None,
        stage="deleted" if said_stage == "deleted" else "active",
        start_time=fields.integer("start_time"),
        end_time=fields.integer("end_time"),
        artifact_uri=fields.text("artifact_uri"),
    )
    missing = [
        name
        for name, value in (
            ("run_id", said_id),
            ("experiment_id", said_experiment),
            ("start_time", found.get("start_time")),
            ("user_id", found.get("user_id")),
        )
        if value is None
    ]
    if missing:
        fields.wrong.append(f"lacks {', '.join(missing)}")
    elif said_id != run_id:
        fields.wrong.append(f"is that of run '{said_id}', perhaps because the folder was copied or renamed")
    elif said_experiment != experiment_id:
        fields.wrong.append(f"says that the run belongs to experiment '{said_experiment}'")
    if meta.status is None:
        fields.wrong.append("has an unknown status")
    if said_stage not in (None, "active", "deleted"):
        fields.wrong.append("has an unknown lifecycle_stage")
    return replace(meta, problem=fields.problem())


@dataclass(frozen=True, slots=True)
class ExperimentMeta:
    """What ``meta.yaml`` says about an experiment; as `RunMeta`."""

    experiment_id: str
    name: str | None = None
    stage: LifecycleStage | None = None
    artifact_location: str | None = None
    creation_time: int | None = None
    last_update_time: int | None = None
    problem: str | None = None


def experiment_meta(found: Mapping[str, Any], experiment_id: str) -> ExperimentMeta:
    """Read the fields of an experiment whose folder has this id."""
    fields = _Fields(found)
    said_id, name, said_stage = fields.text("experiment_id"), fields.text("name"), fields.text("lifecycle_stage")
    stage: LifecycleStage | None = "deleted" if said_stage == "deleted" else "active" if said_stage else None
    meta = ExperimentMeta(
        experiment_id,
        name,
        stage,
        fields.text("artifact_location") or None,
        fields.integer("creation_time"),
        fields.integer("last_update_time"),
    )
    missing = [
        key for key, value in (("experiment_id", said_id), ("name", name), ("lifecycle_stage", stage)) if not value
    ]
    if missing:
        fields.wrong.append(f"lacks {', '.join(missing)}")
    elif said_id != experiment_id:
        fields.wrong.append(f"is that of experiment '{said_id}', perhaps because the folder was copied or renamed")
    return replace(meta, problem=fields.problem())


class _Fields:
    """Takes values of the right kind out of a map, and notes the others."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        self._found = found
        self.wrong: list[str] = []

    def text(self, name: str) -> str | None:
        value = self._found.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)  # A name of digits that somebody wrote without quotes.
        self.wrong.append(f"has a {name} that is no text")
        return None

    def integer(self, name: str) -> int | None:
        value = self._found.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63):
            return value
        if isinstance(value, float) and abs(value) < 2**53:
            return int(value)
        self.wrong.append(f"has a {name} that is no time")
        return None

    def problem(self) -> str | None:
        return f"{META} {' and '.join(self.wrong)}" if self.wrong else None
