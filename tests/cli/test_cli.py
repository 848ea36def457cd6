"""The command line, run as its users run it: in a process of its own."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from jupyter_mlflow_explorer import __version__
from jupyter_mlflow_explorer.cli.main import main
from jupyter_mlflow_explorer.demo import hostile

pytestmark = pytest.mark.timeout(120)

PAGE = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")


@dataclass
class Answer:
    """What a command wrote and returned."""

    code: int
    out: str
    err: str


def explorer(*arguments: str, cwd: Path, **environment: str) -> Answer:
    """Run the command line in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "jupyter_mlflow_explorer", *arguments],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory in which `demo` was run."""
    folder = tmp_path_factory.mktemp("work")
    answer = explorer("demo", "--runs", "12", "--seed", "1", "--json", cwd=folder)
    assert answer.code == 0, answer.err
    (folder / "demo.json").write_text(answer.out)
    (folder / "demo.err").write_text(answer.err)
    return folder


def test_demo_writes_into_mlflows_default_store_and_says_so(folder: Path) -> None:
    created = json.loads((folder / "demo.json").read_text())
    assert created["tracking_uri"] == f"sqlite:///{folder}/mlflow.db"
    assert len(created["run_ids"]) == 12
    assert len(created["experiments"]) == 2
    messages = (folder / "demo.err").read_text()
    assert f"Writing to sqlite:///{folder}/mlflow.db" in messages
    assert "Created 12 runs in 2 experiments." in messages
    assert "12/12" in messages
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["mlartifacts"]


def test_a_second_demo_adds_nothing_and_says_why(folder: Path) -> None:
    for command in (["demo", "--runs", "1"], ["create-demo-runs", "1"]):
        answer = explorer(*command, cwd=folder)
        assert answer.code == 0
        assert "exists already; nothing was added. Use --force to add runs." in answer.err
        assert answer.out == ""
    found = json.loads(explorer("runs", "--json", cwd=folder).out)
    assert len(found["runs"]) == 12


def test_create_demo_runs_takes_the_number_as_an_argument(tmp_path: Path) -> None:
    answer = explorer("create-demo-runs", "1", "--json", "--tracking-uri", "sqlite:///other.db", cwd=tmp_path)
    assert answer.code == 0, answer.err
    assert len(json.loads(answer.out)["run_ids"]) == 1
    assert (tmp_path / "other.db").exists()
    assert not (tmp_path / "mlflow.db").exists()


def test_experiments_are_listed_for_people_and_machines(folder: Path) -> None:
    found = json.loads(explorer("experiments", "--json", cwd=folder).out)
    names = [experiment["name"] for experiment in found["experiments"]]
    assert sorted(names) == ["Default", "Demo: digits training", "Demo: tumour classifiers"]
    table = explorer("experiments", cwd=folder)
    assert table.code == 0
    assert table.err == ""
    for name in names:
        assert name in table.out
    searched = json.loads(explorer("experiments", "--search", "digits", "--json", cwd=folder).out)
    assert [experiment["name"] for experiment in searched["experiments"]] == ["Demo: digits training"]


def test_runs_are_filtered_ordered_and_limited(folder: Path) -> None:
    answer = explorer(
        "runs", "--experiment", "Demo: tumour classifiers", "--filter", "metrics.auroc > 0.5",
        "--order-by", "metrics.auroc DESC", "--max-runs", "2", "--json", cwd=folder,
    )  # fmt: skip
    assert answer.code == 0, answer.err
    found = json.loads(answer.out)["runs"]
    everything = json.loads(explorer("runs", "--experiment", "Demo: tumour classifiers", "--json", cwd=folder).out)[
        "runs"
    ]
    scores = sorted((run["metrics"]["auroc"] for run in everything if "auroc" in run["metrics"]), reverse=True)
    assert [run["metrics"]["auroc"] for run in found] == scores[:2]
    assert "raise --max-runs for more" in answer.err
    by_id = json.loads(explorer("runs", "--experiment", found[0]["experiment_id"], "--json", cwd=folder).out)["runs"]
    assert by_id == everything


def test_every_page_is_read(folder: Path) -> None:
    answer = explorer("runs", "--json", "--max-runs", "5000", cwd=folder)
    assert len(json.loads(answer.out)["runs"]) == 12
    assert answer.err == ""


def test_infinite_metrics_are_texts_in_json(folder: Path) -> None:
    runs = json.loads(explorer("runs", "--json", cwd=folder).out, parse_constant=pytest.fail)["runs"]
    (odd,) = (run for run in runs if run["run_name"] == hostile.NAME)
    assert odd["metrics"]["infinity"] == "Infinity"
    assert odd["metrics"]["minus infinity"] == "-Infinity"
    assert odd["metrics"]["not a number"] == "NaN"


def test_hostile_names_are_text_on_the_terminal(folder: Path) -> None:
    answer = explorer("runs", "--search", "onerror", cwd=folder, COLUMNS="300")
    assert answer.code == 0
    joined = re.sub(r"[│┃\s]+", " ", answer.out)
    assert "{braces} `ticks`" in joined
    assert "[a](javascript:b)" in joined
    assert "\x1b" not in answer.out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["runs", "--experiment", "nowhere"], 1, "No experiment has the name or id 'nowhere'"),
        (["runs", "--filter", "metrics.auroc >"], 2, ""),
        (["runs", "--order-by", "nonsense.x"], 2, ""),
        (["runs", "--max-runs", "0"], 2, "--max-runs"),
        (["runs", "--nonsense"], 2, "--nonsense"),
        (["nonsense"], 2, "nonsense"),
        (["demo", "--runs", "0"], 2, "--runs"),
        (["experiments", "--tracking-uri", "http://"], 2, "names no host"),
        (["experiments", "--tracking-uri", "sqlite:///missing.db"], 3, "missing.db"),
        (["experiments", "--tracking-uri", "s3://bucket"], 3, "'s3'"),
    ],
)
def test_failures_have_a_message_and_a_code(folder: Path, arguments: list[str], code: int, message: str) -> None:
    answer = explorer(*arguments, cwd=folder)
    assert answer.code == code, answer.err
    assert "Error: " in answer.err
    assert message in answer.err
    assert "Traceback" not in answer.err
    assert answer.out == ""
    assert not (folder / "missing.db").exists()


@pytest.mark.parametrize("command", ["experiments", "runs", "demo"])
def test_a_dead_server_gives_code_3_soon_and_keeps_the_password(tmp_path: Path, command: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    answer = explorer(command, "--tracking-uri", f"http://me:s3cr3t@127.0.0.1:{port}", cwd=tmp_path)
    assert answer.code == 3
    assert "Error: " in answer.err
    assert "s3cr3t" not in answer.err + answer.out
    assert list(tmp_path.iterdir()) == []


def test_the_environment_names_the_store(folder: Path, tmp_path: Path) -> None:
    answer = explorer("experiments", "--json", cwd=tmp_path, MLFLOW_TRACKING_URI=f"sqlite:///{folder}/mlflow.db")
    assert len(json.loads(answer.out)["experiments"]) == 3
    assert list(tmp_path.iterdir()) == []


def test_a_missing_extra_is_named(tmp_path: Path) -> None:
    # A package that cannot be imported stands before the real one.
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "mlflow.py").write_text('raise ModuleNotFoundError("No module", name="mlflow")')
    answer = explorer("demo", "--runs", "1", cwd=tmp_path, PYTHONPATH=str(tmp_path / "blocked"))
    assert answer.code == 1
    assert 'pip install "jupyter-mlflow-explorer[demo]"' in answer.err
    assert "(mlflow)" in answer.err
    assert not (tmp_path / "mlflow.db").exists()


def test_version() -> None:
    answer = CliRunner().invoke(main, ["--version"])
    assert answer.exit_code == 0
    assert answer.output == f"jupyter-mlflow-explorer, version {__version__}\n"


def test_importing_the_command_line_loads_no_web_stack_and_no_mlflow() -> None:
    program = "import sys, jupyter_mlflow_explorer.cli.main; print(' '.join(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in answer.stdout.split()}
    assert "click" in loaded
    assert not loaded & {
        "tornado",
        "jupyter_server",
        "mlflow",
        "sklearn",
        "pandas",
        "matplotlib",
        "nbformat",
        "nbclient",
    }


@pytest.mark.parametrize("name", main.commands)
def test_each_command_and_option_is_documented(name: str) -> None:
    (section,) = re.findall(rf"^## {name}\n(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL)
    for parameter in main.commands[name].params:
        if isinstance(parameter, click.Option):
            assert f"`{parameter.opts[0]}" in section, parameter.opts
        else:
            argument = parameter.human_readable_name
            assert f"`{argument if parameter.required else f'[{argument}]'}`" in section or "`[N]`" in section


def test_the_page_documents_nothing_else() -> None:
    assert re.findall(r"^## ([a-z-]+)$", PAGE, flags=re.MULTILINE) == list(main.commands)
    known = {option for command in main.commands.values() for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"^\| `(--[a-z-]+)", PAGE, flags=re.MULTILINE)) <= known


def test_demo_in_a_folder_of_runs(tmp_path: Path) -> None:
    made = explorer("demo", "--runs", "2", "--tracking-uri", "mlruns", "--json", cwd=tmp_path)
    assert made.code == 0, made.err
    listed = explorer("runs", "--experiment", "Demo: tumour classifiers", "--json", cwd=tmp_path)
    assert {run["run_id"] for run in json.loads(listed.out)["runs"]} == set(json.loads(made.out)["run_ids"])
    again = explorer("demo", cwd=tmp_path)
    assert (again.code, "exists already" in again.err) == (0, True)
