"""`collect-artifact` reads the artifact of every run under its own name, in a kernel and on a Dask cluster."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from jupyter_mlflow_explorer.cells import literals, render
from jupyter_mlflow_explorer.entities import LoggedModel, Run
from jupyter_mlflow_explorer.errors import BadInput

from .conftest import HOSTILE, Store
from .kernel import Kernel, a_kernel, printed, shown
from .selections import a_selection

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def runs(store: Store, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Runs with artifacts of many types; ``without`` has none, ``broken`` has files that cannot be read."""
    found = {}
    for number, name in enumerate(("first", "same", "same again", "hostile", "without", "broken", "deleted")):
        label = {"same again": "same", "hostile": HOSTILE}.get(name, name)
        run = found[name] = store.log(label)
        if name == "without":
            continue
        folder = tmp_path_factory.mktemp("collected")
        (folder / "tables").mkdir()
        if name == "broken":
            (folder / "tables" / "scores.csv").write_text("")
            (folder / "record.json").write_text('{"a": ')
            np.save(folder / "array.npy", np.zeros((2, 2, 2)))
        else:
            frame = pd.DataFrame({"epoch": [0, 1], "score": [number + 0.25, number + 0.5]})
            if name == "same":
                frame["run"] = ["x", "y"]
            frame.to_csv(folder / "tables" / "scores.csv", index=False)
            frame.to_parquet(folder / "scores.parquet")
            (folder / "record.json").write_text(json.dumps({"auroc": number / 10, "nested": {"n": number}}))
            (folder / "logged.json").write_text(
                json.dumps({"columns": ["k", "v"], "data": [["a", number], ["b", None]]})
            )
            (folder / "columns.json").write_text(json.dumps({"k": ["a", "b"], "v": [number, -number]}))
            (folder / "records.json").write_text(json.dumps([{"k": "a", "v": number}, {"k": "b"}]))
            (folder / "values.json").write_text(json.dumps([number, number + 1]))
            np.save(folder / "array.npy", np.array([number, number + 0.5]))
            np.save(folder / "matrix.npy", np.array([[number, 1.0], [2.0, 3.0]]))
            np.savez(folder / "arrays.npz", long=np.arange(3), short=np.array([number]))
            (folder / "values.pkl").write_bytes(pickle.dumps({"number": number}))
            (folder / "notes.txt").write_text(f"notes {number}")
            Image.new("RGB", (2, 2), (number, 0, 0)).save(folder / "plot.png")
        store.client.log_artifacts(run.run_id, str(folder))
    store.client.delete_run(found["deleted"].run_id)
    return found


def collect(kernel: Kernel, store: Store, path: str, *runs: Run, **options: Any) -> list[Any]:
    """Run the recipe; return the outputs."""
    selection = store.selection(*runs, artifact_path=path, options=options)
    return kernel.run(render("collect-artifact", selection))


def names(*runs: Run) -> list[str]:
    """Return the runs' names as cells show them."""
    return list(literals.labels((run.run_id, run.run_name) for run in runs).values())


def rows(kernel: Kernel, variable: str = "collected_table") -> list[list[Any]]:
    """Return a table's rows, with None for what is missing."""
    found: list[list[Any]] = kernel.ask(f"{variable}.astype(object).where({variable}.notna(), None).values.tolist()")
    return found


def test_tables_are_put_below_each_other_in_the_order_chosen(
    kernel: Kernel, store: Store, runs: dict[str, Run]
) -> None:
    chosen = [runs[name] for name in ("same again", "without", "hostile", "broken", "deleted", "first", "same")]
    outputs = collect(kernel, store, "tables/scores.csv", *chosen)
    label = dict(zip([run.run_id for run in chosen], names(*chosen), strict=True))
    assert kernel.ask("list(collected_table)") == ["run", "run_id", "epoch", "score", "artifact_run"]
    expected = []
    for name, number in (("same again", 2), ("hostile", 3), ("first", 0), ("same", 1)):
        for epoch in (0, 1):
            own = ["x", "y"][epoch] if name == "same" else None
            run_id = runs[name].run_id
            expected.append([label[run_id], run_id, epoch, number + 0.25 * (epoch + 1), own])
    assert rows(kernel) == expected
    assert kernel.ask("collected_table.index.tolist()") == [0, 1] * 4
    text = printed(outputs)
    assert f"deleted or cannot be read: deleted ({runs['deleted'].run_id})" in text
    failures = [line for line in text.splitlines() if line.startswith("Artifact tables/scores.csv of run")]
    assert [line.split(" cannot be loaded")[0].split("of run ")[1] for line in failures] == [
        f"without ({runs['without'].run_id})",
        f"broken ({runs['broken'].run_id})",
    ]
    assert "EmptyDataError" in failures[1]
    assert "8 rows from 4 runs" in text
    progress = "".join(output.text for output in outputs if output.get("name") == "stderr")
    assert "6/6" in progress
    assert "Downloading artifacts" not in progress
    (html,) = shown(outputs, "text/html")
    assert "<img" not in html


@pytest.mark.parametrize(
    ("path", "columns", "values"),
    [
        ("scores.parquet", ["epoch", "score"], [[0, 0.25], [1, 0.5], [0, 3.25], [1, 3.5]]),
        ("record.json", ["auroc", "nested.n"], [[0.0, 0], [0.3, 3]]),
        ("logged.json", ["k", "v"], [["a", 0], ["b", None], ["a", 3], ["b", None]]),
        ("columns.json", ["k", "v"], [["a", 0], ["b", 0], ["a", 3], ["b", -3]]),
        ("records.json", ["k", "v"], [["a", 0], ["b", None], ["a", 3], ["b", None]]),
        ("values.json", ["value"], [[0], [1], [3], [4]]),
        ("array.npy", [0], [[0], [0.5], [3], [3.5]]),
        ("matrix.npy", [0, 1], [[0, 1], [2, 3], [3, 1], [2, 3]]),
        ("arrays.npz", ["long", "short"], [[0, 0], [1, None], [2, None], [0, 3], [1, None], [2, None]]),
    ],
)
def test_each_type_becomes_a_table(
    kernel: Kernel, store: Store, runs: dict[str, Run], path: str, columns: list[Any], values: list[list[Any]]
) -> None:
    first, hostile = runs["first"], runs["hostile"]
    collect(kernel, store, path, first, hostile)
    assert kernel.ask("list(collected_table)") == ["run", "run_id", *columns]
    found = rows(kernel)
    assert [row[2:] for row in found] == values
    half = len(values) // 2
    assert [row[1] for row in found] == [first.run_id] * half + [hostile.run_id] * half


@pytest.mark.parametrize("path", ["a%20b.csv", "odd #1.csv", "why?.csv", "a b.csv"])
def test_names_that_read_as_something_else_are_read_as_they_are(
    kernel: Kernel, store: Store, tmp_path: Path, path: str
) -> None:
    runs = []
    for number in range(2):
        for name in ("a%20b.csv", "a b.csv", "odd #1.csv", "why?.csv"):
            (tmp_path / name).write_text(f"file,number\n{name},{number}\n")
        runs.append(store.log(f"odd {number}"))
        store.client.log_artifacts(runs[-1].run_id, str(tmp_path))
    runs.insert(1, store.runs["empty"])
    outputs = collect(kernel, store, path, *runs)
    assert [row[2:] for row in rows(kernel)] == [[path, 0], [path, 1]]
    assert f"Artifact {path} of run empty ({store.runs['empty'].run_id}) cannot be loaded" in printed(outputs)


def test_other_types_stay_by_run(kernel: Kernel, store: Store, runs: dict[str, Run]) -> None:
    first, hostile, without = runs["first"], runs["hostile"], runs["without"]
    outputs = collect(kernel, store, "notes.txt", hostile, without, first)
    label = dict(zip(("hostile", "first"), names(hostile, first), strict=True))
    assert kernel.ask("list(collected_artifacts.items())") == [
        [label["hostile"], "notes 3"],
        [label["first"], "notes 0"],
    ]
    assert "notes.txt of run without" in printed(outputs)
    collect(kernel, store, "values.pkl", first, hostile)
    assert kernel.ask("list(collected_artifacts.values())") == [{"number": 0}, {"number": 3}]
    outputs = collect(kernel, store, "plot.png", first, hostile)
    assert len(shown(outputs, "image/png")) == 2
    assert printed(outputs).splitlines() == [label["first"], label["hostile"]]
    collect(kernel, store, "array.npy", first, hostile, table=False)
    assert kernel.ask("[array.tolist() for array in collected_artifacts.values()]") == [[0, 0.5], [3, 3.5]]


def test_no_run_with_the_artifact_gives_an_empty_table(kernel: Kernel, store: Store, runs: dict[str, Run]) -> None:
    text = printed(collect(kernel, store, "tables/scores.csv", runs["without"], runs["broken"]))
    assert kernel.ask("[list(collected_table), len(collected_table)]") == [["run", "run_id"], 0]
    assert text.count("cannot be loaded") == 2
    text = printed(collect(kernel, store, "array.npy", runs["broken"]))
    assert "ValueError: Must pass 2-d input" in text


def test_forty_runs_are_read_at_the_same_time(kernel: Kernel, store: Store, tmp_path: Path) -> None:
    runs = []
    for number in range(40):
        (tmp_path / "n.json").write_text(json.dumps({"number": number}))
        runs.append(store.log("same name"))
        store.client.log_artifact(runs[-1].run_id, str(tmp_path / "n.json"))
    collect(kernel, store, "n.json", *runs)
    expected = [[f"same name ({run.run_id[:8]})", run.run_id, number] for number, run in enumerate(runs)]
    assert rows(kernel) == expected


def test_without_tqdm_runs_are_counted(kernel: Kernel, store: Store, runs: dict[str, Run]) -> None:
    code = nbformat.v4.new_code_cell
    kernel.run([code("import sys\nkept = sys.modules.get('tqdm')\nsys.modules['tqdm'] = None")])
    try:
        outputs = collect(kernel, store, "record.json", runs["first"], runs["hostile"])
    finally:
        kernel.run([code("sys.modules.pop('tqdm')\nif kept: sys.modules['tqdm'] = kept")])
    assert printed(outputs).splitlines()[-2:] == ["2 of 2", "2 rows from 2 runs"]
    assert [row[3] for row in rows(kernel)] == [0, 3]


def test_a_dask_client_of_the_kernel_does_the_reading(store: Store, runs: dict[str, Run]) -> None:
    start = """
    import os
    from distributed import Client, LocalCluster
    dask_client = Client(LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=None))
    """
    probe = "artifact_table = artifact_table.assign(process=os.getpid())\n    return artifact_table"
    with a_kernel() as kernel:
        selection = store.selection(
            *(runs[name] for name in ("hostile", "without", "first", "same again")), artifact_path="tables/scores.csv"
        )
        cells = render("collect-artifact", selection, setup=True)
        kernel.run([nbformat.v4.new_code_cell("\n".join(line.strip() for line in start.splitlines()))])
        # Tell the process that reads, and nothing else.
        assert cells[-1].source.count("    return artifact_table") == 1
        cells[-1].source = cells[-1].source.replace("return artifact_table", probe)
        text = printed(kernel.run(cells))
        assert "tables/scores.csv of run without" in text
        found = rows(kernel)
        assert [row[1:4] for row in found] == [
            [runs[name].run_id, epoch, number + 0.25 * (epoch + 1)]
            for name, number in (("hostile", 3), ("first", 0), ("same again", 2))
            for epoch in (0, 1)
        ]
        workers = set(kernel.ask("list(dask_client.run(os.getpid).values())"))
        assert {row[4] for row in found} <= workers
        assert kernel.ask("dask_client.status") == "running"
        # Without a client, the kernel reads by itself.
        kernel.run([nbformat.v4.new_code_cell("dask_client.cluster.close()\ndask_client.close()"), *cells])
        assert {row[4] for row in rows(kernel)} == {kernel.ask("os.getpid()")}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"artifact_path": "plots", "artifact_is_dir": True}, "reads one file of each run; a folder is chosen"),
        ({"artifact_path": ""}, "reads one file of each run"),
        ({"model": LoggedModel(model_id="m-1", name="net")}, "not of a logged model"),
        ({"model": LoggedModel(model_id="m-1", name="net"), "runs": ()}, "not of a logged model"),
        ({"runs": ()}, "collect-artifact needs at least 1 run"),
        ({"options": {"workers": 0}}, "Option 'workers' of recipe collect-artifact"),
    ],
)
def test_what_cannot_be_collected_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        render("collect-artifact", a_selection("collect-artifact", **fields))
