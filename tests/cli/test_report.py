"""`report`: one file, a kernel that can log in, and no credentials in what is kept."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat import v4

from ..stores.children import heed_interrupts
from .test_cli import explorer

pytestmark = pytest.mark.timeout(200)

TUMOURS = "Demo: tumour classifiers"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def save(path: Path, *cells: nbformat.NotebookNode) -> Path:
    nbformat.write(v4.new_notebook(cells=list(cells)), path)
    return path


@pytest.mark.kernel
def test_chosen_runs_become_one_page(folder: Path, tmp_path: Path) -> None:
    best = json.loads(explorer("runs", "--experiment", TUMOURS, "--order-by", "metrics.auroc DESC", "--max-runs", "2",
                               "--json", cwd=folder).out)["runs"]  # fmt: skip
    made = explorer(
        *("report", "--experiment", TUMOURS, "--order-by", "metrics.auroc DESC", "--max-runs", "2", "--json"),
        *("--title", "The best <two>", "--tracking-uri", f"sqlite:///{folder}/mlflow.db"),
        cwd=tmp_path,
    )
    assert made.code == 0, made.err
    answer = json.loads(made.out)
    assert answer == {"path": "The best two.html", "format": "html", "executed": True, "failed_cell": None}
    assert os.listdir(tmp_path) == ["The best two.html"]
    page = (tmp_path / "The best two.html").read_text(encoding="utf-8")
    assert "<title>The best &lt;two&gt;</title>" in page
    assert "data:image/png;base64," in page
    for run in best:
        assert run["run_id"] in page
    # Running again replaces nothing by accident.
    again = explorer("report", "--experiment", TUMOURS, "--title", "The best <two>", "--max-runs", "2",
                     "--tracking-uri", f"sqlite:///{folder}/mlflow.db", cwd=tmp_path)  # fmt: skip
    assert (again.code, "--force" in again.err) == (1, True)


@pytest.mark.kernel
def test_a_failed_cell_shows_and_credentials_do_not(tmp_path: Path) -> None:
    (tmp_path / "plot.png").write_bytes(PNG)
    notebook = save(
        tmp_path / "mine.ipynb",
        v4.new_markdown_cell("# Mine\n\n![local](plot.png) ![other](https://example.com/x.png) $a < b^2$"),
        v4.new_code_cell(
            "import os\nname, word = (os.environ[f'MLFLOW_TRACKING_{k}'] for k in ('USERNAME', 'PASSWORD'))"
        ),
        v4.new_code_cell("print(name, word)\nassert (name, len(word)) == ('some one', 8)"),
        v4.new_code_cell("raise OSError(f'http://{name}:{word}@host/?token={word}')"),
        v4.new_code_cell("print('never' + 'there')"),
    )
    before = notebook.read_bytes()
    made = explorer("report", "mine.ipynb", "--json", "--tracking-uri", "http://some%20one:s3cr%2Ft%40%21@127.0.0.1:9",
                    cwd=tmp_path)  # fmt: skip
    assert made.code == 1, made.err
    assert json.loads(made.out) == {"path": "mine.html", "format": "html", "executed": False, "failed_cell": 4}
    page = (tmp_path / "mine.html").read_text(encoding="utf-8")
    assert "Error: Cell 4 of the notebook failed: OSError" in made.err
    assert page.index("This report is not complete.") < page.index("Mine")
    assert "Traceback" in page
    assert "neverthere" not in page
    assert "some one ***" in page
    assert "s3cr" not in page + made.err + made.out
    assert base64.b64encode(PNG).decode() in page
    assert "<math" in page
    assert 'src="https://' not in page
    assert notebook.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["mine.html", "mine.ipynb", "plot.png"]


@pytest.mark.kernel
def test_interrupting_leaves_nothing(tmp_path: Path) -> None:
    code = "import os, time\nopen('pid', 'w').write(f'{os.getpid()} ')\ntime.sleep(600)"
    save(tmp_path / "long.ipynb", v4.new_code_cell(code))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [sys.executable, "-m", "jupyter_mlflow_explorer", "report", "long.ipynb", "--force"]
    (tmp_path / "long.html").write_text("an earlier one")
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(scratch)},
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=heed_interrupts,
    )
    pid = tmp_path / "pid"
    end = time.monotonic() + 90
    while not (pid.exists() and pid.read_text().endswith(" ")) and time.monotonic() < end:
        assert process.poll() is None
        time.sleep(0.1)
    kernel = int(pid.read_text())
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, b"Interrupted." in err, b"Traceback" in err) == (130, True, False), err
    assert not psutil.pid_exists(kernel)
    assert (tmp_path / "long.html").read_text() == "an earlier one"
    assert sorted(os.listdir(tmp_path)) == ["long.html", "long.ipynb", "pid", "scratch"]
    assert os.listdir(scratch) == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((), 2, "Name a notebook, or choose runs"),
        (("a.ipynb", "--run", "x"), 2, "not both"),
        (("gone.ipynb",), 2, "gone.ipynb"),
        (("text.txt",), 2, "text.txt is not a notebook"),
        (("a.ipynb", "--format", "docx"), 2, "docx"),
        (("a.ipynb", "--output", "no/such/x.html"), 2, "no folder"),
        (("a.ipynb", "--format", "pdf"), 1, "apt install chromium"),
        (("strange.ipynb",), 1, "There is no kernel 'fortran66'"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, arguments: tuple[str, ...], code: int, says: str) -> None:
    save(tmp_path / "a.ipynb", v4.new_code_cell("1"))
    strange = v4.new_notebook(
        cells=[v4.new_code_cell("1")], metadata={"kernelspec": {"name": "fortran66", "display_name": "x"}}
    )
    nbformat.write(strange, tmp_path / "strange.ipynb")
    (tmp_path / "text.txt").write_text("[1")
    before = sorted(os.listdir(tmp_path))
    # Chromium is looked for in PATH and where Playwright puts its own.
    answer = explorer("report", *arguments, cwd=tmp_path, PATH=str(tmp_path), HOME=str(tmp_path))
    assert (answer.code, says in answer.err) == (code, True), answer.err
    assert "Traceback" not in answer.err
    assert sorted(name for name in os.listdir(tmp_path) if name != ".ipython") == before


def test_the_named_chromium_is_used(tmp_path: Path) -> None:
    save(tmp_path / "a.ipynb", v4.new_code_cell("1", outputs=[v4.new_output("stream", text="one")]))
    program = tmp_path / "browser"
    program.write_text("#!/bin/sh\necho 'no display here' >&2\nexit 1\n")
    options = ("report", "a.ipynb", "--no-execute", "--format", "pdf")
    answer = explorer(*options, cwd=tmp_path, MLFLOW_EXPLORER_CHROMIUM=str(program))
    assert (answer.code, "no program that can be started" in answer.err) == (1, True)
    program.chmod(0o755)
    answer = explorer(*options, cwd=tmp_path, MLFLOW_EXPLORER_CHROMIUM=str(program))
    assert (answer.code, "no display here" in answer.err) == (1, True)
    assert sorted(os.listdir(tmp_path)) == ["a.ipynb", "browser"]
