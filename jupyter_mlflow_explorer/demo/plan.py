"""What the demo store holds: which runs, with which params, names, tags and times. Pure and decided by the seed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from . import hostile

Kind = Literal["classifier", "network", "search", "diverged", "simulated", "hostile"]
Status = Literal["FINISHED", "FAILED", "RUNNING"]

CLASSIFIERS = "Demo: tumour classifiers"
NETWORKS = "Demo: digits training"
EXPERIMENT_NOTES = {
    CLASSIFIERS: "Breast cancer data with injected gaps and outliers: outlier handling × imputation × classifier.",
    NETWORKS: "Handwritten digits: small networks trained epoch by epoch, and searches with child runs.",
}

#: The newest run starts here: 2025-09-30 15:00 UTC. Fixed, so that a seed gives the same times on every day.
LAST_START_MS = 1_759_244_400_000
_HOUR_MS = 3_600_000
#: The runs are spread over this long before `LAST_START_MS`.
_SPAN_MS = 42 * 24 * _HOUR_MS
_TRIAL_MS = 5 * 60_000

OUTLIERS = ("none", "IQR-clip", "zscore-clip", "winsor-5pct")
IMPUTATIONS = ("mean", "median", "KNN-k5", "iterative")
MODELS = ("LogReg", "GradBoost", "RandomForest", "SGD-logistic", "ExtraTrees", "RBF-LogReg", "NaiveBayes", "KNN")


@dataclass(frozen=True)
class PlannedRun:
    """One run to be. ``parent`` is the index of its parent in the plan; ``variant`` makes repeated work differ."""

    index: int
    kind: Kind
    experiment: str
    name: str
    status: Status
    start_ms: int
    params: dict[str, str]
    tags: dict[str, str]
    variant: int
    parent: int | None = None
    #: 2 for every kind of artifact, 1 for those of a usual run, 0 for a report only.
    artifacts: int = 1
    log_model: bool = False
    #: At least this long, from start to end.
    lasts_ms: int = 0


@dataclass
class _Draft:
    kind: Kind
    experiment: str
    name: str
    params: dict[str, str]
    status: Status = "FINISHED"
    tags: dict[str, str] = field(default_factory=dict)
    variant: int = 0
    parent: int | None = None
    artifacts: int = 1
    log_model: bool = False


def plan(runs: int, seed: int, last_start_ms: int = LAST_START_MS) -> tuple[PlannedRun, ...]:
    """Return exactly `runs` (>= 1) planned runs, in the order in which they are written: parents before children.

    No run starts after `last_start_ms`, when the one starts that is still running.

    The special ones come early, so that a small demo has them too. Equal arguments give equal plans, and a longer plan
    differs from a shorter one by later runs and by times only.
    """
    random_source = random.Random(seed)
    drafts: list[_Draft] = []
    endless = _drafts(random_source)
    while len(drafts) < runs:
        drafts.append(next(endless))
    starts = sorted(last_start_ms - random_source.randrange(_HOUR_MS, _SPAN_MS) for _ in drafts)
    planned: list[PlannedRun] = []
    for index, draft in enumerate(drafts):
        start_ms = _start(index, draft, starts, planned, last_start_ms)
        tags = {**_source_tags(seed, index, draft), **draft.tags}
        planned.append(
            PlannedRun(
                index=index,
                kind=draft.kind,
                experiment=draft.experiment,
                name=draft.name,
                status=draft.status,
                start_ms=start_ms,
                params=draft.params,
                tags=tags,
                variant=draft.variant,
                parent=draft.parent,
                artifacts=draft.artifacts if index < 60 or draft.artifacts == 2 else 0,
                log_model=draft.log_model,
                lasts_ms=_TRIAL_MS * int(draft.params.get("trials", "0")),
            )
        )
    return tuple(planned)


def _start(index: int, draft: _Draft, starts: list[int], planned: list[PlannedRun], last_start_ms: int) -> int:
    """Return when a run starts: in the order of the plan, but the running run last, the richest just before it, and
    the trials of a search one after the other while it lasts."""
    if draft.status == "RUNNING":
        return last_start_ms
    if draft.parent is not None:
        return planned[draft.parent].start_ms + (index - draft.parent - 1) * _TRIAL_MS + 10_000
    return last_start_ms - _HOUR_MS if index == 0 else starts[index]


def _drafts(random_source: random.Random) -> Iterator[_Draft]:
    """Yield runs without end: the special ones, then mostly classifiers and networks, now and then a search."""
    usual = _usual(random_source)
    count = 0

    first = _classifier("IQR-clip", "median", "LogReg", 0)
    first.artifacts, first.log_model = 2, True
    specials = [
        first,
        _Draft("hostile", CLASSIFIERS, hostile.NAME, dict(hostile.PARAMS), tags=_hostile_tags()),
        *_search(random_source, parent=2, trials=3),
        _Draft(
            "diverged", NETWORKS, "softmax-lr1e4-diverges", {"learning_rate": "1e4", "epochs": "12", "momentum": "0.9"}
        ),
        _Draft("network", NETWORKS, "mlp-64-crashed", _network_params(64, "0.003", 40), status="FAILED", variant=1),
        _Draft("network", NETWORKS, "mlp-96-running", _network_params(96, "0.001", 60), status="RUNNING", variant=2),
        _Draft(
            "simulated",
            CLASSIFIERS,
            "simple__MOMENT-gt-finetune__SAITS__CatBoost",
            _classifier_params("MOMENT-gt-finetune", "SAITS", "CatBoost", 0),
            tags={
                "demo.simulated": "The metrics are those of another run plus noise: the demo has none of these methods."
            },
        ),
    ]
    for draft in specials:
        yield draft
        count += 1
    while True:
        for _ in range(26):
            yield next(usual)
            count += 1
        for draft in _search(random_source, parent=count, trials=4):
            yield draft
            count += 1


def _usual(random_source: random.Random) -> Iterator[_Draft]:
    """Yield two classifiers to each network; every combination of methods once, then again as another variant."""
    combinations = [(o, i, m) for o in OUTLIERS for i in IMPUTATIONS for m in MODELS]
    networks = [(size, rate) for size in (32, 64, 128) for rate in ("0.0003", "0.001", "0.003", "0.01")]
    variant = 0
    while True:
        shuffled = random_source.sample(combinations, len(combinations))
        for number, (outliers, imputation, model) in enumerate(shuffled):
            yield _classifier(outliers, imputation, model, variant)
            if number % 2:
                size, rate = random_source.choice(networks)
                params = _network_params(size, rate, random_source.choice((8, 15, 25, 40)))
                name = f"mlp-{size}-lr{rate}-e{params['epochs']}"
                yield _Draft("network", NETWORKS, name, params, variant=variant)
        variant += 1


def _search(random_source: random.Random, parent: int, trials: int) -> Iterator[_Draft]:
    """Yield a parent run and one child for each trial; `parent` is the index that the parent gets."""
    rates = random_source.sample(("0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03"), trials)
    params = {"search": "random", "trials": str(trials), "objective": "val_accuracy", "sizes": "16, 32, 64"}
    yield _Draft("search", NETWORKS, f"hpo-mlp-{parent}", params, variant=parent)
    for trial, rate in enumerate(rates):
        size = random_source.choice((16, 32, 64))
        params = {**_network_params(size, rate, 10 + 5 * trial), "trial": str(trial)}
        yield _Draft("network", NETWORKS, f"trial-{trial}", params, parent=parent, artifacts=0)


def _classifier(outliers: str, imputation: str, model: str, variant: int) -> _Draft:
    # Repeats keep their name: real stores are full of equal names.
    return _Draft(
        "classifier",
        CLASSIFIERS,
        f"simple__{outliers}__{imputation}__{model}",
        _classifier_params(outliers, imputation, model, variant),
        variant=variant,
    )


def _classifier_params(outliers: str, imputation: str, model: str, variant: int) -> dict[str, str]:
    return {
        "featurization": "simple",
        "outlier_method": outliers,
        "imputation_method": imputation,
        "classifier": model,
        "test_fraction": "0.4",
        "missing_fraction": "0.15",
        "outlier_fraction": "0.02",
        "n_bootstrap": "1000",
        "resample": str(variant),
    }


def _network_params(size: int, rate: str, epochs: int) -> dict[str, str]:
    return {"hidden_units": str(size), "learning_rate": rate, "epochs": str(epochs), "batch_size": "64"}


def _hostile_tags() -> dict[str, str]:
    return {**hostile.TAGS, "mlflow.note.content": hostile.NOTE}


def _source_tags(seed: int, index: int, draft: _Draft) -> dict[str, str]:
    """Return the tags that MLflow sets in a Git checkout; a new commit every fourth run."""
    commit = hashlib.sha1(f"demo {seed} {index // 4}".encode()).hexdigest()
    script = "train_classifier.py" if draft.experiment == CLASSIFIERS else "train_network.py"
    return {
        "mlflow.user": ("ada", "grace", "emmy")[index % 3],
        "mlflow.source.name": script,
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": commit,
        "mlflow.source.git.branch": "main" if index % 5 else "try/imputation",
        "mlflow.source.git.repoURL": "https://git.example.com/lab/demo.git",
        "dataset": "breast_cancer" if draft.experiment == CLASSIFIERS else "digits",
        "demo.seed": str(seed),
    }
