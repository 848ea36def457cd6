"""Which metrics are better when smaller, and which are scores, judged by the words in their names."""

from __future__ import annotations

import re

#: Whole words of a metric's name. Sources: the metric names of scikit-learn, Keras, XGBoost, LightGBM and MLflow's
#: evaluators, and the usual names for costs.
# fmt: off
_SMALLER = frozenset({
    "aic", "bce", "bic", "bouldin", "brier", "cer", "cost", "crossentropy", "crps", "davies", "deviance",
    "distance", "divergence", "duration", "ece", "eer", "energy", "entropy", "err", "error", "errors", "fid",
    "fnr", "fpr", "hamming", "hinge", "inertia", "kl", "kld", "latency", "loss", "losses", "mad", "mae", "mape",
    "mase", "misclassification", "mle", "mpe", "mse", "msle", "nll", "nrmse", "perplexity", "pinball", "ppl",
    "regret", "residual", "rmse", "rmsle", "runtime", "seconds", "smape", "time", "wape", "wer",
})
# fmt: on
#: Parts of the names of what models are judged by. Short, as cells that choose a metric themselves show it.
SCORE = r"auc|auroc|acc|f1|r2|score|precision|recall"
#: Parts of the names of what is better when smaller, for the same cells; `is_smaller_better` knows more.
SMALLER = r"loss|err|mae|mape|mse|brier|nll|perplexity|time|latency|cost"
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def is_smaller_better(metric: str) -> bool:
    """Return whether a metric of this name is a loss, an error or a cost; unknown names count as larger is better.

    A ``neg`` or ``negative`` in the name turns it round, as in scikit-learn's ``neg_log_loss``.
    """
    words = [word.lower() for word in _WORDS.findall(metric)]
    smaller = any(word in _SMALLER or word.endswith(("loss", "error")) for word in words)
    return smaller != bool({"neg", "negative"} & set(words)) if smaller else False


def looks_like_score(metric: str) -> bool:
    """Return whether a metric of this name judges a model and is better when larger, such as an AUROC."""
    return re.search(SCORE, metric, re.IGNORECASE) is not None and not is_smaller_better(metric)
