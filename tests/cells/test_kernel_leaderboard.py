"""`leaderboard` in a real kernel: which runs are ranked, in which order, and what is marked."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from mlflow import MlflowClient

from jupyter_mlflow_explorer.cells import Selection, render

from .conftest import HOSTILE, Store
from .kernel import Kernel, a_kernel, printed, shown

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def board(store: Store) -> Store:
    """An experiment of its own in the store, with runs that should win and runs that never should."""
    experiment_id = store.client.create_experiment("leaderboard")
    board = Store(store.uri, store.client, experiment_id)
    same = {"seed": "1"}
    start = 1_700_000_000_000
    for name, fields in {
        "second": {"params": {"lr": "0.1", **same}, "metrics": {"auroc": 0.9, "loss": 0.30, "train_auc": 1.0}},
        "best": {"params": {"lr": "0.2", **same}, "metrics": {"auroc": 0.95, "loss": 0.40}},
        "tied": {"params": {"lr": "0.3", **same}, "metrics": {"auroc": 0.9, "loss": math.nan}},
        "nan": {"params": {"lr": "9", **same}, "metrics": {"auroc": math.nan, "loss": 0.35}},
        "lacking": {"params": {"lr": "8", **same}, "metrics": {"loss": 0.01}},
        "empty": {"status": "FAILED"},
        HOSTILE: {"params": {"lr": HOSTILE, **same}, "metrics": {"auroc": 0.1, "loss": math.inf}, "status": "RUNNING"},
    }.items():
        board.runs[name] = board.log(name, start_time_ms=start, **fields)  # type: ignore[arg-type]
        start += 1000
    return board


def rank(kernel: Kernel, selection: Selection) -> tuple[list[list[Any]], str, BeautifulSoup]:
    """Run the cell; return (rank, run) of each row, what was printed, and the table as shown."""
    outputs = kernel.run(render("leaderboard", selection))
    (html,) = shown(outputs, "text/html")
    rows = kernel.ask("leaderboard[['rank', 'run']].values.tolist()")
    return rows, printed(outputs), BeautifulSoup(html, "html.parser")


def marked(page: BeautifulSoup) -> set[str]:
    """Return the texts of the cells that are marked as best."""
    assert page.style is not None
    bold = [rule.split("{")[0] for rule in page.style.get_text().split("}") if "bold" in rule]
    ids = {selector.strip() for selectors in bold for selector in selectors.split(",")}
    return {cell.get_text() for cell in page.select("td") if f"#{cell['id']}" in ids}


def select(board: Store, **fields: Any) -> Selection:
    return board.selection(**{"options": {"metric": "auroc"}, **fields})


def test_the_best_are_first_and_nan_and_missing_are_not_ranked(kernel: Kernel, board: Store) -> None:
    rows, text, page = rank(kernel, select(board))
    # Equal values share a rank; the newer run comes first.
    assert rows == [[1, "best"], [2, "tied"], [2, "second"], [4, HOSTILE]]
    assert text == "4 runs ranked by auroc, largest first.\n1 params differ; at most 20 are shown.\n"
    assert marked(page) == {"0.95"}
    headings = [cell.get_text() for cell in page.select("thead th.col_heading")]
    assert headings == ["rank", "run", "metrics.auroc", "params.lr", "age", "duration", "status"]
    assert kernel.ask("leaderboard['run_id'].tolist()") == [
        board.runs[name].run_id for name in ("best", "tied", "second", HOSTILE)
    ]
    assert kernel.ask("leaderboard['params.lr'].tolist()") == ["0.2", "0.3", "0.1", HOSTILE]
    assert kernel.ask("leaderboard['status'].tolist()") == ["FINISHED"] * 3 + ["RUNNING"]
    # Started in 2023 and ended now; a running one has no duration yet.
    assert kernel.ask("leaderboard['duration'].isna().tolist()") == [False, False, False, True]
    assert kernel.ask("(leaderboard['age'] - leaderboard['duration']).dt.total_seconds().max()") < 600
    assert kernel.ask("int(leaderboard['age'].dt.days.min())") > 365
    assert not page.find_all(["img", "script"])
    assert HOSTILE.split("\n")[0] in page.get_text()


@pytest.mark.parametrize(
    ("options", "order", "expected", "best"),
    [
        ({"metric": "loss"}, (), ["lacking", "second", "nan", "best", HOSTILE], {"0.01"}),
        ({"metric": "loss", "direction": "maximize"}, (), [HOSTILE, "best", "nan", "second", "lacking"], {"inf"}),
        ({"metric": "auroc", "direction": "minimize", "top": 2}, (), [HOSTILE, "tied"], {"0.1"}),
        ({"metric": "auroc", "top": 1}, (), ["best"], {"0.95"}),
        ({}, ("metrics.`loss` DESC", "attributes.start_time ASC"), ["lacking", "second", "nan", "best", HOSTILE], None),
        ({"metric": "auroc"}, ("attributes.start_time ASC",), ["best", "second", "tied", HOSTILE], None),
        ({"metric": "auroc", "metrics": ["loss"]}, (), ["best", "tied", "second", HOSTILE], {"0.95", "0.3"}),
    ],
)
def test_direction_order_and_number_are_as_wished(
    kernel: Kernel, board: Store, options: dict[str, Any], order: tuple[str, ...], expected: list[str], best: Any
) -> None:
    rows, _, page = rank(kernel, select(board, options=options, order_by=order))
    assert [name for _, name in rows] == expected
    if best is not None:
        assert marked(page) == best


def test_the_filter_holds_and_an_infinity_is_one(kernel: Kernel, board: Store) -> None:
    rows, _, _ = rank(kernel, select(board, filter="metrics.auroc < 0.93 and params.seed = '1'"))
    assert rows == [[1, "tied"], [1, "second"], [3, HOSTILE]]
    rank(kernel, select(board, options={"metric": "auroc", "metrics": ["loss"]}))
    losses = kernel.ask("leaderboard['metrics.loss'].tolist()")
    assert [repr(value) for value in losses] == ["0.4", "nan", "0.3", "inf"]


def test_a_metric_that_no_run_has_gives_an_empty_table(kernel: Kernel, board: Store) -> None:
    rows, text, _ = rank(kernel, select(board, options={"metric": "no such metric"}))
    assert rows == []
    assert text.startswith("0 runs ranked by no such metric")
    rows, _, _ = rank(kernel, select(board, filter="params.lr = 'nowhere'"))
    assert rows == []


@pytest.mark.parametrize(
    ("fields", "metric", "first"),
    [
        # Of the selected runs' metrics, the score that most have.
        ({"runs": ("second", "best")}, "auroc", "best"),
        ({"runs": ()}, "auroc", "best"),
        ({"filter": "params.lr = '8'"}, "loss", "lacking"),
        ({"filter": "params.lr = '8'", "options": {"direction": "maximize"}}, "loss", "lacking"),
        ({"filter": "params.lr = 'nowhere'"}, "", None),
    ],
)
def test_a_metric_is_chosen_and_said(
    kernel: Kernel, board: Store, fields: dict[str, Any], metric: str, first: str | None
) -> None:
    runs = [board.runs[name] for name in fields.pop("runs", ())]
    rows, text, _ = rank(kernel, board.selection(*runs, **fields))
    assert f"ranked by {metric}, " in text
    assert [row[1] for row in rows[:1]] == ([first] if first else [])


def test_a_new_run_joins_and_a_deleted_one_goes_when_the_cell_runs_again(kernel: Kernel, board: Store) -> None:
    cells = render("leaderboard", select(board, options={"metric": "live"}))
    old = board.log("old", metrics={"live": 1.0})
    kernel.run(cells)
    assert kernel.ask("leaderboard[['rank', 'run', 'metrics.live']].values.tolist()") == [[1, "old", 1.0]]
    new = board.log("new", metrics={"live": 2.0})
    kernel.run(cells)
    assert kernel.ask("leaderboard['run'].tolist()") == ["new", "old"]
    board.client.delete_run(old.run_id)
    kernel.run(cells)
    assert kernel.ask("leaderboard[['rank', 'run', 'run_id']].values.tolist()") == [[1, "new", new.run_id]]


def test_of_many_params_some_are_shown_and_all_are_there(kernel: Kernel, board: Store) -> None:
    for number in range(2):
        params = {f"p{place:03d}": str(number) for place in range(300)}
        board.log("wide", params={**params, "same": "1"}, metrics={"wide": float(number)})
    _, text, page = rank(kernel, select(board, options={"metric": "wide", "max_params": 3}))
    assert "300 params differ; at most 3 are shown" in text
    shown_params = [cell.get_text() for cell in page.select("th.col_heading") if "params." in cell.get_text()]
    assert shown_params == ["params.p000", "params.p001", "params.p002"]
    assert kernel.ask("sum(column.startswith('params.') for column in leaderboard)") == 300


def test_a_folder_of_runs_is_ranked_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    uri = (tmp_path / "mlruns").as_uri()
    client = MlflowClient(uri)
    files = Store(uri, client, client.create_experiment("files"))
    for name, value in {"low": 0.1, "high": 0.9, "none": None, "nan": math.nan, "infinite": -math.inf}.items():
        files.log(name, metrics={} if value is None else {"auroc": value})
    selection = files.selection(store_kind="files", options={"metric": "auroc"})
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE")
    with a_kernel() as kernel:
        kernel.run(render("setup", files.selection(store_kind="files")))
        rows, _, _ = rank(kernel, selection)
        assert rows == [[1, "high"], [2, "low"], [3, "infinite"]]
        assert kernel.ask("leaderboard['metrics.auroc'].tolist()") == [0.9, 0.1, -math.inf]
        smallest = {"metric": "auroc", "direction": "minimize"}
        rows, _, _ = rank(kernel, files.selection(store_kind="files", options=smallest))
        assert rows == [[1, "infinite"], [2, "low"], [3, "high"]]
