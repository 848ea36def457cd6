"""The work behind the demo's metrics: small real trainings with scikit-learn, each distinct one done once.

Everything is decided by the seed. A history is a list of values with steps from 0.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import sklearn.datasets
import sklearn.ensemble
import sklearn.exceptions
import sklearn.kernel_approximation
import sklearn.linear_model
import sklearn.metrics
import sklearn.model_selection
import sklearn.naive_bayes
import sklearn.neighbors
import sklearn.neural_network
import sklearn.pipeline
import sklearn.preprocessing
from scipy.stats import rankdata  # type: ignore[import-untyped,unused-ignore]
from sklearn.experimental import enable_iterative_imputer  # noqa: F401  # Makes IterativeImputer importable.
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer

Array = Any

BOOTSTRAPS = 1000


@dataclass(frozen=True)
class Outcome:
    """What a training gave: last values and histories of metrics, and what artifacts are made of."""

    metrics: dict[str, float]
    histories: dict[str, list[float]] = field(default_factory=dict)
    truth: Array = None
    scores: Array = None
    predicted: Array = None
    labels: tuple[str, ...] = ()
    model: Any = None
    example: Array = None
    bootstrap: dict[str, Array] = field(default_factory=dict)


def classifier(outliers: str, imputation: str, model: str, variant: int, seed: int) -> Outcome:
    """Return one classifier's outcome; variants above 0 evaluate it on a resample of the test set.

    The resample is real, and costs a thousandth of a training: so a thousand runs take minutes and not hours.
    """
    fitted = _fit(outliers, imputation, model, seed)
    truth, scores = fitted.truth, fitted.scores
    if variant:
        chosen = np.random.default_rng([seed, variant, len(model)]).integers(0, len(truth), len(truth))
        truth, scores = truth[chosen], scores[chosen]
    bootstrap = _bootstrap(truth, scores, np.random.default_rng([seed, variant]))
    metrics = {
        **fitted.metrics,
        "auroc": float(sklearn.metrics.roc_auc_score(truth, scores)),
        "auprc": float(sklearn.metrics.average_precision_score(truth, scores)),
        "brier": float(np.mean((scores - truth) ** 2)),
        "log_loss": float(sklearn.metrics.log_loss(truth, np.clip(scores, 1e-6, 1 - 1e-6))),
        "accuracy": float(np.mean((scores >= 0.5) == truth)),
        "f1": float(sklearn.metrics.f1_score(truth, scores >= 0.5)),
        "auroc_ci_lower": float(np.percentile(bootstrap["auroc"], 2.5)),
        "auroc_ci_upper": float(np.percentile(bootstrap["auroc"], 97.5)),
    }
    return Outcome(
        metrics=metrics,
        histories=fitted.histories,
        truth=truth,
        scores=scores,
        predicted=(scores >= 0.5).astype(int),
        labels=("malignant", "benign"),
        model=fitted.model,
        example=fitted.example,
        bootstrap=bootstrap,
    )


def network(size: int, rate: float, epochs: int, variant: int, seed: int) -> Outcome:
    """Return the outcome of a one-layer network after `epochs` epochs; variants are as for `classifier`."""
    training = _network(size, rate, seed)
    training.continue_until(epochs)
    truth = training.truth
    chosen = (
        np.random.default_rng([seed, variant, size]).integers(0, len(truth), len(truth)) if variant else slice(None)
    )
    truth = truth[chosen]
    guesses = [guess[chosen] for guess in training.guesses[:epochs]]
    histories = {
        "train_loss": training.losses[:epochs],
        "val_loss": [float(-np.mean(np.log(chance[chosen]))) for chance in training.chances[:epochs]],
        "val_accuracy": [float(np.mean(guess == truth)) for guess in guesses],
    }
    return Outcome(
        metrics={
            "best_val_accuracy": max(histories["val_accuracy"]),
            "f1_macro": float(sklearn.metrics.f1_score(truth, guesses[-1], average="macro")),
        },
        histories=histories,
        truth=truth,
        predicted=guesses[-1],
        scores=training.chances[epochs - 1][chosen],
        labels=tuple("0123456789"),
    )


class _NetworkTraining:
    """A network that is trained as far as anybody asked for; shorter trainings are its beginning.

    ``guesses`` and ``chances`` hold the predicted digit and the true digit's probability by epoch, for the test set.
    """

    def __init__(self, size: int, rate: float, seed: int) -> None:
        self._train, self._test, self._train_truth, self.truth = _digits(seed)
        self._model = sklearn.neural_network.MLPClassifier(
            hidden_layer_sizes=(size,), learning_rate_init=rate, batch_size=64, random_state=seed
        )
        self.losses: list[float] = []
        self.guesses: list[Array] = []
        self.chances: list[Array] = []

    def continue_until(self, epochs: int) -> None:
        """Train until `epochs` epochs are done."""
        while len(self.losses) < epochs:
            self._model.partial_fit(self._train, self._train_truth, classes=np.arange(10))
            probabilities = self._model.predict_proba(self._test)
            self.losses.append(float(self._model.loss_))
            self.guesses.append(probabilities.argmax(axis=1))
            self.chances.append(np.clip(probabilities[np.arange(len(self.truth)), self.truth], 1e-9, 1))


_network = cache(_NetworkTraining)


def diverged(rate: float, epochs: int, seed: int) -> Outcome:
    """Return the outcome of softmax regression with far too high a rate: its loss becomes infinite, then NaN."""
    train, test, train_truth, truth = _digits(seed)
    targets = np.eye(10)[train_truth]
    weights = np.zeros((train.shape[1], 10))
    velocity = np.zeros_like(weights)
    losses, norms = [], []
    with np.errstate(all="ignore"):
        for epoch in range(epochs):
            logits = train @ weights
            powers = np.exp(logits - (0 if epoch > 5 else logits.max(axis=1, keepdims=True)))
            probabilities = powers / powers.sum(axis=1, keepdims=True)
            losses.append(float(-np.mean(np.log(probabilities[targets == 1]))))
            norms.append(float(np.exp(np.abs(weights).max())))
            velocity = 0.9 * velocity - rate * train.T @ (probabilities - targets) / len(train)
            weights = weights + velocity
        predicted = np.nan_to_num(test @ weights).argmax(axis=1)
    return Outcome(
        metrics={"best_val_accuracy": float(np.mean(predicted == truth)), "val_loss": math.nan},
        histories={"train_loss": losses, "weight_scale": norms},
        truth=truth,
        predicted=predicted,
        scores=np.full(len(truth), math.nan),
        labels=tuple("0123456789"),
    )


@dataclass(frozen=True)
class _Fitted:
    truth: Array
    scores: Array
    metrics: dict[str, float]
    histories: dict[str, list[float]]
    model: Any
    example: Array


@cache
def _fit(outliers: str, imputation: str, name: str, seed: int) -> _Fitted:
    train, test, train_truth, truth, error = _imputed(outliers, imputation, seed)
    model, histories = _train(name, train, train_truth, test, truth, seed)
    return _Fitted(
        truth=truth,
        scores=model.predict_proba(test)[:, 1],
        metrics={"imputation_rmse": error},
        histories=histories,
        model=model,
        example=test[:3],
    )


def _train(
    name: str, train: Array, train_truth: Array, test: Array, truth: Array, seed: int
) -> tuple[Any, dict[str, list[float]]]:
    """Fit one classifier; return it with the curves that its kind of training has."""
    if name == "SGD-logistic":
        return _train_by_epochs(train, train_truth, test, truth, seed)
    models: dict[str, Callable[[], Any]] = {
        "LogReg": lambda: sklearn.linear_model.LogisticRegression(max_iter=500),
        "GradBoost": lambda: sklearn.ensemble.GradientBoostingClassifier(
            n_estimators=60, max_depth=2, random_state=seed
        ),
        "RandomForest": lambda: sklearn.ensemble.RandomForestClassifier(n_estimators=60, random_state=seed),
        "ExtraTrees": lambda: sklearn.ensemble.ExtraTreesClassifier(n_estimators=60, random_state=seed),
        "RBF-LogReg": lambda: sklearn.pipeline.make_pipeline(
            sklearn.kernel_approximation.RBFSampler(gamma=0.02, n_components=200, random_state=seed),
            sklearn.linear_model.LogisticRegression(max_iter=500),
        ),
        "NaiveBayes": sklearn.naive_bayes.GaussianNB,
        "KNN": lambda: sklearn.neighbors.KNeighborsClassifier(15),
    }
    model = models[name]().fit(train, train_truth)
    histories: dict[str, list[float]] = {}
    if name == "GradBoost":
        staged = [stage[:, 1] for stage in model.staged_predict_proba(test)]
        histories = {
            "train_loss": [float(loss) for loss in model.train_score_],
            "val_loss": [float(sklearn.metrics.log_loss(truth, scores)) for scores in staged],
            "val_auroc": [float(sklearn.metrics.roc_auc_score(truth, scores)) for scores in staged],
        }
    return model, histories


def _train_by_epochs(
    train: Array, train_truth: Array, test: Array, truth: Array, seed: int
) -> tuple[Any, dict[str, list[float]]]:
    model = sklearn.linear_model.SGDClassifier(
        loss="log_loss", alpha=0.01, learning_rate="constant", eta0=0.001, random_state=seed
    )
    histories: dict[str, list[float]] = {"train_loss": [], "val_loss": [], "val_auroc": []}
    for _ in range(30):
        model.partial_fit(train, train_truth, classes=[0, 1])
        scores = model.predict_proba(test)[:, 1]
        fitted = model.predict_proba(train)[:, 1]
        histories["train_loss"].append(float(sklearn.metrics.log_loss(train_truth, fitted)))
        histories["val_loss"].append(float(sklearn.metrics.log_loss(truth, scores)))
        histories["val_auroc"].append(float(sklearn.metrics.roc_auc_score(truth, scores)))
    return model, histories


@cache
def _imputed(outliers: str, imputation: str, seed: int) -> tuple[Array, Array, Array, Array, float]:
    """Return scaled train and test data, their truth, and the imputation's error in standard deviations."""
    values, truth = sklearn.datasets.load_breast_cancer(return_X_y=True)
    values = sklearn.preprocessing.scale(values)
    random_source = np.random.default_rng(seed)
    damaged = values.copy()
    spikes = random_source.random(values.shape) < 0.02
    damaged[spikes] *= 8
    gaps = random_source.random(values.shape) < 0.15
    damaged[gaps] = np.nan
    train, test = sklearn.model_selection.train_test_split(
        np.arange(len(truth)), test_size=0.4, random_state=seed, stratify=truth
    )
    low, high = _limits(outliers, damaged[train])
    damaged = np.clip(damaged, low, high)
    imputer = {
        "mean": SimpleImputer(strategy="mean"),
        "median": SimpleImputer(strategy="median"),
        "KNN-k5": KNNImputer(n_neighbors=5),
        "iterative": IterativeImputer(max_iter=3, n_nearest_features=8, random_state=seed),
    }[imputation]
    with warnings.catch_warnings():
        # Three rounds of imputation do not converge, and need not.
        warnings.simplefilter("ignore", sklearn.exceptions.ConvergenceWarning)
        imputer.fit(damaged[train])
    filled = imputer.transform(damaged)
    error = float(np.sqrt(np.mean((filled[gaps] - values[gaps]) ** 2)))
    return filled[train], filled[test], truth[train], truth[test], error


def _limits(outliers: str, values: Array) -> tuple[Array, Array]:
    if outliers == "IQR-clip":
        lower, upper = np.nanpercentile(values, [25, 75], axis=0)
        return lower - 1.5 * (upper - lower), upper + 1.5 * (upper - lower)
    if outliers == "zscore-clip":
        mean, spread = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
        return mean - 3 * spread, mean + 3 * spread
    if outliers == "winsor-5pct":
        lower, upper = np.nanpercentile(values, [5, 95], axis=0)
        return lower, upper
    infinite = np.full(values.shape[1], np.inf)
    return -infinite, infinite


@cache
def _digits(seed: int) -> tuple[Array, Array, Array, Array]:
    values, truth = sklearn.datasets.load_digits(return_X_y=True)
    parts = sklearn.model_selection.train_test_split(
        values / 16.0, truth, test_size=0.3, random_state=seed, stratify=truth
    )
    return parts[0], parts[1], parts[2], parts[3]


def _bootstrap(truth: Array, scores: Array, random_source: Any) -> dict[str, Array]:
    """Return AUROC and Brier score for each of 1,000 resamples; a resample of one class only is drawn as it is, NaN."""
    chosen = random_source.integers(0, len(truth), (BOOTSTRAPS, len(truth)))
    truths, samples = truth[chosen], scores[chosen]
    positives = truths.sum(axis=1)
    negatives = truths.shape[1] - positives
    ranks = rankdata(samples, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        auroc = ((ranks * truths).sum(axis=1) - positives * (positives + 1) / 2) / (positives * negatives)
    return {"auroc": auroc, "brier": ((samples - truths) ** 2).mean(axis=1)}
