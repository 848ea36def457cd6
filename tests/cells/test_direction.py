"""Which metrics are better when smaller."""

from __future__ import annotations

import pytest

from jupyter_mlflow_explorer.cells.direction import is_smaller_better, looks_like_score


@pytest.mark.parametrize(
    "metric",
    [
        "loss", "val_loss", "train/loss", "valLoss", "log_loss", "logloss", "mlogloss", "RMSE", "rmse", "test.mae",
        "brier", "brier_score_loss", "Brier score", "mean_squared_error", "error", "error_rate", "max_error", "ECE",
        "calibration_error", "cross_entropy", "hinge", "perplexity", "fit_time", "latency_ms", "WER",
        "validation_0-rmse", "mean_absolute_percentage_error", "deviance", "training_loss_2", "false_positive_fpr",
    ],
)  # fmt: skip
def test_losses_errors_and_costs_are_better_when_smaller(metric: str) -> None:
    assert is_smaller_better(metric)


@pytest.mark.parametrize(
    "metric",
    [
        "auroc", "roc_auc", "accuracy", "f1", "f1_score", "precision", "recall", "r2", "r2_score", "score", "mcc",
        "explained_variance", "neg_log_loss", "neg_mean_squared_error", "NegRMSE", "average_precision",
        "lossless_ratio", "", "m", "throughput", "interrater", "maestro", "balanced_accuracy", "ndcg@10",
    ],
)  # fmt: skip
def test_other_metrics_are_better_when_larger(metric: str) -> None:
    assert not is_smaller_better(metric)


@pytest.mark.parametrize(
    ("metric", "is_score"),
    [
        ("auroc", True), ("val_AUC", True), ("accuracy", True), ("f1_macro", True), ("test_r2", True),
        ("brier_score_loss", False), ("rmse", False), ("loss", False), ("epoch", False), ("", False),
    ],
)  # fmt: skip
def test_scores_judge_a_model_and_are_better_when_larger(metric: str, is_score: bool) -> None:
    assert looks_like_score(metric) == is_score
