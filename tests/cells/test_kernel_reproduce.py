"""`reproduce` says what was recorded, what is missing, and which commands lead to the run again."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlflow_explorer.cells import render
from jupyter_mlflow_explorer.entities import Run

from .conftest import HOSTILE, Store
from .kernel import Kernel, printed

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(240)]

COMMIT = "0123456789abcdef0123456789abcdef01234567"
GIT = {
    "mlflow.source.git.commit": COMMIT,
    "mlflow.source.git.branch": "main",
    "mlflow.source.git.repoURL": "https://me:s3cret@git.example.com/lab/demo.git",
    "mlflow.source.name": "scripts/train it.py",
    "mlflow.source.type": "LOCAL",
}
CONDA = "name: mlflow-env\ndependencies:\n- python=3.11.7\n- pip:\n  - opencv-python==4.8.0\n"


def reproduce(kernel: Kernel, store: Store, run: Run) -> tuple[dict[str, str], list[str], str]:
    """Run the recipe; return the facts, the commands, and all that was printed."""
    text = printed(kernel.run(render("reproduce", store.selection(run))))
    lines = text.split("\n\n")[0].splitlines()
    facts = dict(line.split(": ", 1) for line in lines if ": " in line and not line.startswith("WARNING"))
    return facts, kernel.ask("commands_to_reproduce"), text


def words_in_bash(command: str, tmp_path: Path) -> list[str]:
    """Return the words that a shell makes of a command, which is not run."""
    script = tmp_path / "words.sh"
    script.write_text(f"show() {{ printf '%s\\0' \"$@\"; }}\nshow {command}\n", encoding="utf-8")
    done = subprocess.run(["bash", str(script)], capture_output=True, check=True, timeout=20)
    assert done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


def test_all_that_was_recorded_is_stated(kernel: Kernel, store: Store, tmp_path: Path) -> None:
    tags = {
        **GIT,
        "mlflow.source.git.dirty": "true",
        "dvc.data_md5": "d41d8cd9",
        "dataset_sha256": "e3b0c442",
        "team": "data-science",
    }
    run = store.log(
        "complete", params={"lr": "0.1", "decay": "-1e-3", "name": "it's a b", "data_version": "v2"}, tags=tags
    )
    (tmp_path / "requirements.txt").write_text("scikit-learn==1.5\nnumpy\n")
    (tmp_path / "conda.yaml").write_text(CONDA)
    store.client.log_artifacts(run.run_id, str(tmp_path))
    facts, commands, text = reproduce(kernel, store, run)
    assert facts == {
        "git commit": COMMIT,
        "git branch": "main",
        "git repository": "https://git.example.com/lab/demo.git",
        "uncommitted changes": "true",
        "source": "scripts/train it.py",
        "kind of source": "LOCAL",
        "data_version": "v2",
        "dataset_sha256": "e3b0c442",
        "dvc.data_md5": "d41d8cd9",
        "Python": "3.11.7",
        "requirements.txt": "2 lines, below",
        "conda.yaml": "5 lines, below",
    }
    assert "WARNING: the code had changes that were never committed" in text
    assert "\nrequirements.txt:\nscikit-learn==1.5\nnumpy\n" in text
    assert "s3cret" not in text
    assert [shlex.split(command) for command in commands] == [
        ["git", "clone", "--", "https://git.example.com/lab/demo.git", "reproduced-run"],
        ["cd", "reproduced-run"],
        ["git", "checkout", COMMIT],
        ["dvc", "pull"],
        [
            *("env", f"MLFLOW_TRACKING_URI={store.uri}", "mlflow", "artifacts", "download"),
            *("-u", f"{run.artifact_uri}/requirements.txt", "-d", "."),
        ],
        ["python", "-m", "pip", "install", "-r", "requirements.txt"],
        [
            *("python", "scripts/train it.py"),
            *("--data_version", "v2", "--decay=-1e-3", "--lr", "0.1", "--name", "it's a b"),
        ],
    ]
    assert text.endswith("\n".join(commands) + "\n")


def test_each_missing_piece_is_said_to_be_missing(kernel: Kernel, store: Store) -> None:
    facts, commands, text = reproduce(kernel, store, store.log("bare", params={"lr": "0.1"}))
    assert facts == dict.fromkeys(
        [
            "git commit",
            "git branch",
            "git repository",
            "uncommitted changes",
            "source",
            "kind of source",
            "data hashes",
            "Python",
            "requirements.txt",
            "conda.yaml",
        ],
        "missing",
    )
    assert commands == ["python SCRIPT.py --lr 0.1"]
    assert "The run was not logged by a script: put yours in place of SCRIPT.py." in text
    assert "WARNING" not in text


@pytest.mark.parametrize("source", ["/opt/lib/ipykernel_launcher.py", "notebooks/try.ipynb", "<console>"])
def test_a_notebook_is_no_script(kernel: Kernel, store: Store, source: str) -> None:
    run = store.log("notebook", tags={**GIT, "mlflow.source.name": source, "mlflow.source.git.dirty": "false"})
    facts, commands, text = reproduce(kernel, store, run)
    assert facts["source"] == source
    assert commands[-1] == "python SCRIPT.py"
    assert "WARNING" not in text


def test_a_project_is_run_by_mlflow(kernel: Kernel, store: Store) -> None:
    tags = {
        **GIT,
        "mlflow.source.type": "PROJECT",
        "mlflow.source.name": "https://u:p@git.example.com/lab/demo#sub dir",
    }
    run = store.log(
        "project", params={"alpha": "-0.5", "text": "a b"}, tags={**tags, "mlflow.project.entryPoint": "fit"}
    )
    facts, commands, _ = reproduce(kernel, store, run)
    assert facts["entry point"] == "fit"
    (command,) = commands
    assert shlex.split(command) == [
        *("mlflow", "run", "https://git.example.com/lab/demo#sub dir", "-e", "fit", "--version", COMMIT),
        *("-P", "alpha=-0.5", "-P", "text=a b"),
    ]


def test_people_s_own_names_for_commits_and_hashes_are_found(kernel: Kernel, store: Store) -> None:
    run = store.log("own names", params={"git_sha": COMMIT[:7], "dvc_rev": "abc"}, tags={"python_version": "3.12.1"})
    facts, commands, _ = reproduce(kernel, store, run)
    assert (facts["git commit"], facts["dvc_rev"], facts["Python"]) == (COMMIT[:7], "abc", "3.12.1")
    assert commands[:2] == [f"git checkout {COMMIT[:7]}", "dvc pull"]


def test_digests_of_logged_datasets_are_stated(kernel: Kernel, store: Store) -> None:
    from mlflow.entities import Dataset, DatasetInput

    run = store.log("with data", status="RUNNING")
    for digest in ("d1", "d2"):
        dataset = Dataset(name="patients", digest=digest, source_type="local", source="{}")
        store.client.log_inputs(run.run_id, datasets=[DatasetInput(dataset, [])])
    facts, _, _ = reproduce(kernel, store, run)
    assert sorted(facts["digest of patients"].split(", ")) == ["d1", "d2"]
    assert "data hashes" not in facts


def test_the_run_is_read_when_the_cell_runs(kernel: Kernel, store: Store) -> None:
    run = store.log("changes later")
    cells = render("reproduce", store.selection(run))
    store.client.set_tag(run.run_id, "mlflow.source.git.commit", COMMIT)
    store.client.delete_run(run.run_id)
    text = printed(kernel.run(cells))
    assert f"git commit: {COMMIT}\n" in text
    assert f"changes later ({run.run_id}) was deleted" in text


def test_hostile_text_stays_in_its_line_and_in_its_word(kernel: Kernel, store: Store, tmp_path: Path) -> None:
    hostile = f"{HOSTILE}\n$(touch {tmp_path}/ran) \\ ; `touch {tmp_path}/ran`\x1b[2J"
    tags = {
        **GIT,
        "mlflow.source.git.commit": "--upload-pack=x",
        "mlflow.source.git.branch": hostile,
        "mlflow.source.name": "-cprint(1)#.py",
        "dvc.tag": hostile,
    }
    facts, commands, text = reproduce(kernel, store, store.log(HOSTILE, params={"lr": hostile, "z": "1"}, tags=tags))
    assert facts["git branch"] == facts["dvc.tag"] == repr(hostile)
    assert "git checkout" not in text
    assert words_in_bash(commands[-1], tmp_path) == ["python", "./-cprint(1)#.py", "--lr", hostile, "--z", "1"]
    assert not (tmp_path / "ran").exists()
    assert "\x1b" not in text


def test_the_environment_is_that_of_the_model(kernel: Kernel, store: Store, logged_models: dict[str, Any]) -> None:
    run = logged_models["run"]
    facts, commands, text = reproduce(kernel, store, run)
    assert facts["requirements.txt"] == "2 lines, below"
    assert "\nrequirements.txt:\nmlflow==" in text
    assert "\nscikit-learn==" in text
    assert facts["Python"] == kernel.ask("__import__('platform').python_version()")
    assert f"{logged_models['locations']['classifier']}/requirements.txt" in commands[0]
    in_run = logged_models["in_run"]
    facts, commands, _ = reproduce(kernel, store, in_run)
    assert facts["conda.yaml"].endswith("lines, below")
    assert f"{in_run.artifact_uri}/models/best/requirements.txt" in commands[0]


def test_the_commands_give_the_run_s_code_and_values_back(kernel: Kernel, store: Store, tmp_path: Path) -> None:
    origin, elsewhere = tmp_path / "it's origin", tmp_path / "elsewhere"
    origin.mkdir()
    elsewhere.mkdir()
    script = "import sys\nprint({version!r}, sys.argv[1:])\n"

    def git(*words: str) -> str:
        command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", *words]
        return subprocess.run(command, cwd=origin, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    commits = []
    for version in ("then", "now"):
        (origin / "train.py").write_text(script.format(version=version))
        git("add", "train.py")
        git("commit", "-q", "-m", version)
        commits.append(git("rev-parse", "HEAD"))
    tags = {
        "mlflow.source.git.commit": commits[0],
        "mlflow.source.git.repoURL": str(origin),
        "mlflow.source.name": "train.py",
    }
    values = {"lr": "0.1", "shift": "-3", "text": "a  'b' $HOME\n\\n \u00e9"}
    _, commands, _ = reproduce(kernel, store, store.log("to be repeated", params=values, tags=tags))
    done = subprocess.run(["bash", "-e", "-c", "\n".join(commands)], cwd=elsewhere, capture_output=True, timeout=60)
    expected = ["--lr", "0.1", "--shift=-3", "--text", values["text"]]
    assert done.stdout.decode().splitlines()[-1] == f"then {expected}"
