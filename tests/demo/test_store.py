"""The demo store holds what the plan says, as MLflow's own client reads it."""

from __future__ import annotations

import json
import math
import pickle
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from PIL import Image

from jupyter_mlflow_explorer.demo import hostile
from jupyter_mlflow_explorer.demo.plan import CLASSIFIERS, NETWORKS, plan
from jupyter_mlflow_explorer.demo.target import AlreadyThere
from jupyter_mlflow_explorer.demo.write import create
from jupyter_mlflow_explorer.errors import Conflict

from .conftest import RUNS, Demo, make_demo

pytestmark = pytest.mark.timeout(120)


def named(demo: Demo, name: str) -> Any:
    """Return the run of this name."""
    (run,) = (run for run in demo.runs() if run.info.run_name == name)
    return run


def history(demo: Demo, run: Any, key: str) -> list[float]:
    """Return a metric's values by step."""
    points = sorted(demo.client.get_metric_history(run.info.run_id, key), key=lambda point: point.step)
    assert [point.step for point in points] == list(range(len(points)))
    times = [point.timestamp for point in points]
    assert times == sorted(times)
    assert times[0] > run.info.start_time
    return [point.value for point in points]


def download(demo: Demo, run: Any, path: str) -> Path:
    """Return the artifact's file, which is on this disk."""
    found = Path(run.info.artifact_uri.removeprefix("file://")) / path
    assert found.is_relative_to(demo.folder)
    return found


def walk(client: Any, run_id: str, folder: str | None = None) -> dict[str, int]:
    """Return the size of every artifact by path, as MLflow lists them."""
    sizes: dict[str, int] = {}
    for entry in client.list_artifacts(run_id, folder):
        sizes |= walk(client, run_id, entry.path) if entry.is_dir else {entry.path: entry.file_size}
    return sizes


def test_the_runs_are_those_of_the_plan(demo: Demo) -> None:
    planned = plan(RUNS, seed=3)
    runs = demo.runs()
    names = {identifier: name for name, identifier in demo.created.experiments.items()}
    for run, wanted in zip(runs, planned, strict=True):
        assert run.info.run_name == wanted.name
        assert names[run.info.experiment_id] == wanted.experiment
        assert run.info.status == wanted.status
        assert run.info.start_time == wanted.start_ms
        assert run.data.params == wanted.params
        assert run.data.tags.items() >= wanted.tags.items()
        assert len(run.data.tags["mlflow.source.git.commit"]) == 40
        if wanted.status == "RUNNING":
            assert run.info.end_time is None
        else:
            assert run.info.end_time >= run.info.start_time + wanted.lasts_ms
        if wanted.parent is not None:
            assert run.data.tags["mlflow.parentRunId"] == runs[wanted.parent].info.run_id
    total = sum(len(demo.client.search_runs([identifier])) for identifier in demo.created.experiments.values())
    assert total == RUNS
    assert set(demo.created.experiments) == {CLASSIFIERS, NETWORKS}


def test_metrics_are_those_of_the_predictions(demo: Demo) -> None:
    classifiers = [run for run in demo.runs() if "mlflow.parentRunId" not in run.data.tags]
    checked = 0
    for run in classifiers:
        if run.data.params.get("classifier", "CatBoost") == "CatBoost":
            continue
        table = pd.read_csv(download(demo, run, "tables/predictions.csv"))
        metrics = run.data.metrics
        assert metrics["auroc"] == pytest.approx(sklearn.metrics.roc_auc_score(table.truth, table.score))
        assert metrics["brier"] == pytest.approx(sklearn.metrics.brier_score_loss(table.truth, table.score))
        assert metrics["accuracy"] == pytest.approx((table.truth == table.predicted).mean())
        assert metrics["auroc"] > 0.9
        bootstrap = pickle.loads(download(demo, run, "bootstrap_results.pkl").read_bytes())
        assert set(bootstrap) == {"auroc", "brier"}
        assert bootstrap["auroc"].shape == bootstrap["brier"].shape == (1000,)
        assert np.mean(bootstrap["auroc"]) == pytest.approx(metrics["auroc"], abs=0.005)
        assert metrics["auroc_ci_lower"] == pytest.approx(np.percentile(bootstrap["auroc"], 2.5))
        checked += 1
    assert checked >= 3


def test_networks_learn_and_their_histories_differ_in_length(demo: Demo) -> None:
    lengths = set()
    for run in demo.runs():
        if "hidden_units" in run.data.params and run.info.status == "FINISHED":
            losses = history(demo, run, "train_loss")
            assert len(losses) == int(run.data.params["epochs"])
            assert losses[-1] < losses[0]
            assert run.data.metrics["best_val_accuracy"] == max(history(demo, run, "val_accuracy"))
            lengths.add(len(losses))
    assert len(lengths) >= 3


def test_the_search_keeps_the_best_of_its_children(demo: Demo) -> None:
    (parent,) = (run for run in demo.runs() if "trials" in run.data.params)
    children = demo.client.search_runs(
        [parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'", order_by=["start_time ASC"]
    )
    assert len(children) == 3
    best = [child.data.metrics["best_val_accuracy"] for child in children]
    assert history(demo, parent, "best_val_accuracy") == [max(best[: trial + 1]) for trial in range(3)]
    assert all(child.info.end_time <= parent.info.end_time for child in children)


def test_failed_and_running_runs_stopped_half_way(demo: Demo) -> None:
    for name, epochs in (("mlp-64-crashed", 16), ("mlp-96-running", 36)):
        run = named(demo, name)
        assert len(history(demo, run, "val_loss")) == epochs < int(run.data.params["epochs"])
        assert "f1_macro" not in run.data.metrics


def test_the_diverged_run_has_an_infinite_and_then_no_loss(demo: Demo) -> None:
    losses = history(demo, named(demo, "softmax-lr1e4-diverges"), "train_loss")
    assert math.isfinite(losses[0])
    # MLflow's SQL stores give an infinity back as the largest float.
    assert 1.7976931348623157e308 in losses
    assert math.isnan(losses[-1])


def test_the_hostile_run_is_kept_to_the_letter(demo: Demo) -> None:
    run = named(demo, hostile.NAME)
    assert run.data.params == hostile.PARAMS
    assert run.data.tags.items() >= hostile.TAGS.items()
    assert run.data.tags["mlflow.note.content"] == hostile.NOTE
    assert math.isnan(run.data.metrics["not a number"])
    for text in (hostile.NAME, hostile.NOTE, " ".join(hostile.PARAMS.values()), " ".join(hostile.TAGS.values())):
        assert "\n" in text
    for needle in ("'", '"', "\n", "{", "</script>", "`", "😀"):
        assert needle in hostile.NAME
        assert needle in hostile.NOTE or needle == "'"


def test_one_run_has_artifacts_of_every_kind(demo: Demo) -> None:
    run = demo.runs()[0]
    sizes = walk(demo.client, run.info.run_id)
    endings = {Path(path).suffix for path in sizes}
    assert endings >= {
        ".png",
        ".csv",
        ".json",
        ".md",
        ".html",
        ".ipynb",
        ".parquet",
        ".npy",
        ".npz",
        ".pkl",
        ".svg",
        ".bin",
    }
    assert sizes["empty.txt"] == 0
    assert sizes["deep/er/est/notes.txt"] > 0
    odd = {Path(path).name for path in sizes if path.startswith("odd names/")}
    for character in "#%? é'{":
        assert any(character in name for name in odd), character
    for path, size in sizes.items():
        assert download(demo, run, path).stat().st_size == size
    for name in odd:
        assert repr(name) in download(demo, run, f"odd names/{name}").read_text(encoding="utf-8")


def test_the_artifacts_can_be_read(demo: Demo) -> None:
    run = demo.runs()[0]
    with Image.open(download(demo, run, "plots/confusion_matrix.png")) as image:
        assert image.size[0] > 200
    report = json.loads(download(demo, run, "report.json").read_text(encoding="utf-8"))
    assert report["metrics"]["auroc"] == run.data.metrics["auroc"]
    table = pd.read_csv(download(demo, run, "tables/predictions.csv"))
    parquet = pd.read_parquet(download(demo, run, "tables/predictions.parquet"))
    pd.testing.assert_frame_equal(table, parquet, check_dtype=False)
    scores = np.load(download(demo, run, "arrays/scores.npy"))
    np.testing.assert_allclose(scores, table.score)
    markdown = download(demo, run, "docs/report.md")
    assert "![Confusion matrix](../plots/confusion_matrix.png)" in markdown.read_text(encoding="utf-8")
    assert (markdown.parent / "../plots/confusion_matrix.png").exists()


def test_the_logged_model_predicts_its_input_example(demo: Demo) -> None:
    import mlflow

    mlflow.set_tracking_uri(demo.uri)
    run = demo.runs()[0]
    model = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
    example = model.input_example
    assert len(example) == 3
    table = pd.read_csv(download(demo, run, "tables/predictions.csv"))
    assert list(model.predict(example)) == table.predicted[:3].tolist()


def test_the_same_seed_gives_the_same_runs_again(demo: Demo, tmp_path: Path) -> None:
    def facts(made: Demo) -> list[str]:
        return [
            repr(
                (
                    r.info.run_name,
                    r.info.start_time,
                    r.info.end_time,
                    sorted(r.data.params.items()),
                    sorted(r.data.metrics.items()),
                )
            )
            for r in made.runs()
        ]

    from jupyter_mlflow_explorer.demo import trainings

    # Nothing remembered: the trainings are done again.
    for name in ("_network", "_fit", "_imputed", "_digits"):
        getattr(trainings, name).cache_clear()
    assert facts(make_demo(tmp_path, runs=RUNS, seed=3)) == facts(demo)


def test_a_second_demo_is_refused_unless_forced(demo: Demo) -> None:
    before = len(demo.runs())
    with pytest.raises(AlreadyThere, match=r"'Demo: tumour classifiers' exists already"):
        create(demo.uri, runs=1)
    assert before == RUNS
    added = create(demo.uri, runs=2, force=True)
    assert added.experiments == demo.created.experiments
    found = sum(len(demo.client.search_runs([identifier])) for identifier in added.experiments.values())
    assert found == RUNS + 2
    for run_id in added.run_ids:
        demo.client.delete_run(run_id)


def test_a_database_of_another_version_is_left_alone(demo: Demo, tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    path.write_bytes((demo.folder / "mlflow.db").read_bytes())
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = 'cc1f77228345'")
    connection.execute("DROP TABLE latest_metrics")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(Conflict, match="mlflow db upgrade"):
        create(f"sqlite:///{path}", runs=1)
    assert path.read_bytes() == before
    path.write_text("This is no database, but a text that is long enough to look at.")
    with pytest.raises(Conflict, match="not an MLflow database"):
        create(f"sqlite:///{path}", runs=1)
