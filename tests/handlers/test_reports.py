"""Reports over HTTP, from a server in a process of its own: files, failures, cancelling, and the end of the server."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbformat import v4

from ..stores.jupyter import Jupyter, jupyter_server
from .conftest import HOSTILE, Fetch, Seeded, body

SECRET = "pa55 w0rd/§"
_ENDLESS = """
import os, subprocess, sys, time
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open("pids.part", "w") as file:
    file.write(f"{os.getpid()} {other.pid}")
os.rename("pids.part", "pids")
time.sleep(600)
"""


def write_notebook(path: Path, *sources: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [v4.new_code_cell(source) for source in sources]
    cells[0].outputs = [v4.new_output("stream", text="an old output")]
    nbformat.write(v4.new_notebook(cells=cells), path)


def wait_for(what: Callable[[], Any], seconds: float = 90) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("It did not happen.")


def is_alive(pid: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    return False


def finished(server: Jupyter, report_id: str) -> dict[str, Any]:
    """Return a report once it is no longer running."""

    def look() -> Any:
        report = server.ask("GET", f"reports/{report_id}").json
        return report["state"] != "running" and report

    found: dict[str, Any] = wait_for(look, 120)
    return found


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server's temporary files go."""
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="module")
def server(seeded: Seeded, scratch: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    connections = {"Main": seeded.uri, "Guarded": "http://someone:pa55%20w0rd%2F%C2%A7@127.0.0.1:9"}
    folder = tmp_path_factory.mktemp("jupyter")
    with jupyter_server(folder, connections, {"TMPDIR": str(scratch)}) as running:
        yield running


@pytest.fixture
def root(server: Jupyter) -> Path:
    return server.log.parent


@pytest.mark.kernel
def test_a_new_notebook_is_executed_and_kept_as_one_page(
    server: Jupyter, root: Path, scratch: Path, seeded: Seeded
) -> None:
    (root / "out").mkdir()
    notebook = {"recipe": "compare-runs", "run_ids": list(seeded.run_ids), "title": f"Two {HOSTILE[:1]} runs"}
    started = server.ask("POST", "reports", body={"notebook": notebook, "output": "out"})
    assert started.status == 202, started.body
    assert started.json["state"] == "running"
    report = finished(server, started.json["report_id"])
    assert (report["state"], report["phase"], report["path"]) == ("done", "saving", "out/Two a runs.html"), report
    assert report["done"] == report["total"] > 0
    assert (report["message"], report["failed_cell"]) == (None, None)
    page = (root / report["path"]).read_text(encoding="utf-8")
    assert "Content-Security-Policy" in page
    assert "<title>Two a runs</title>" in page
    assert not re.findall(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//[^>]*", page)
    for word in ("auc", "first", "second", "0.9"):
        assert word in page
    # A run's name is text, wherever the comparison shows it.
    assert "<img src=x" not in page
    assert server.ask("GET", "reports").json["reports"][0] == report
    assert server.ask("DELETE", f"reports/{report['report_id']}").status == 204
    assert server.ask("GET", f"reports/{report['report_id']}").status == 404
    assert (root / report["path"]).exists()
    assert list(scratch.iterdir()) == []


@pytest.mark.kernel
def test_a_failed_cell_shows_and_the_notebook_stays(server: Jupyter, root: Path, scratch: Path) -> None:
    password = json.dumps(SECRET)
    write_notebook(
        root / "mine" / "failing.ipynb",
        "import os\nprint(os.path.basename(os.getcwd()))",
        f'raise ValueError("no http://someone:" + {password}.replace(" ", "%20") + "@host/ for " + {password})',
        "print('never' + 'there')",
    )
    before = (root / "mine" / "failing.ipynb").read_bytes()
    asked = {"path": "mine/failing.ipynb", "format": "markdown", "output": "mine"}
    report = finished(server, server.ask("POST", "reports", body=asked).json["report_id"])
    assert (report["state"], report["code"], report["failed_cell"]) == ("done", "cell_failed", 2)
    assert "ValueError" in report["message"]
    text = (root / "mine" / "failing.md").read_text(encoding="utf-8")
    assert text.startswith("> **This report is not complete.** Cell 2 of the notebook failed")
    assert "    mine\n" in text
    assert "Traceback" in text
    assert "neverthere" not in text
    assert "an old output" not in text
    log = server.log.read_text(encoding="utf-8")
    for secret in (SECRET, "pa55%20w0rd", "pa55"):
        assert secret not in text + report["message"] + log
    assert (root / "mine" / "failing.ipynb").read_bytes() == before
    # Not executed, the outputs of the file are what is shown.
    asked = {"path": "mine/failing.ipynb", "format": "pdf", "execute": False, "output": "mine/as it is.pdf"}
    report = finished(server, server.ask("POST", "reports", body=asked).json["report_id"])
    assert (report["state"], report["path"], report["total"]) == ("done", "mine/as it is.pdf", 0), report
    assert (root / "mine" / "as it is.pdf").read_bytes().startswith(b"%PDF-")
    assert sorted(os.listdir(root / "mine")) == ["as it is.pdf", "failing.ipynb", "failing.md"]
    assert list(scratch.iterdir()) == []


@pytest.mark.kernel
def test_cancelling_waits_until_the_kernel_and_what_it_started_are_gone(
    server: Jupyter, root: Path, scratch: Path
) -> None:
    write_notebook(root / "long" / "endless.ipynb", _ENDLESS)
    report_id = server.ask("POST", "reports", body={"path": "long/endless.ipynb"}).json["report_id"]
    pids = wait_for(lambda: (root / "long" / "pids").exists() and (root / "long" / "pids").read_text()).split()
    report = server.ask("GET", f"reports/{report_id}").json
    assert (report["state"], report["phase"], report["done"], report["total"]) == ("running", "executing", 0, 1)
    children = server.children()
    assert len(children) == 1
    assert server.ask("DELETE", f"reports/{report_id}").status == 204
    assert not any(map(is_alive, (*map(int, pids), *children)))
    report = server.ask("GET", f"reports/{report_id}").json
    assert (report["state"], report["message"]) == ("cancelled", None)
    assert list(scratch.iterdir()) == []
    assert not (root / "endless.html").exists()


@pytest.mark.kernel
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_server(tmp_path: Path, end: signal.Signals) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with jupyter_server(tmp_path / "root", {}, {"TMPDIR": str(scratch)}) as server:
        write_notebook(tmp_path / "root" / "endless.ipynb", _ENDLESS)
        assert server.ask("POST", "reports", body={"path": "endless.ipynb"}).status == 202
        pids = tmp_path / "root" / "pids"
        wait_for(pids.exists)
        processes = [*map(int, pids.read_text().split()), *server.children()]
        assert len(processes) == 3
        os.kill(server.pid, end)
        wait_for(lambda: not any(map(is_alive, processes)), 60)
        wait_for(lambda: list(scratch.iterdir()) == [], 60)
        assert not (tmp_path / "root" / "endless.html").exists()


@pytest.mark.parametrize(
    ("wanted", "status", "says"),
    [
        ({}, 400, "either path"),
        ({"path": "a.ipynb", "notebook": {"recipe": "overview", "title": "x"}}, 400, "either path"),
        ({"path": "a.ipynb", "format": "docx"}, 400, "format"),
        ({"path": "gone.ipynb"}, 404, "gone.ipynb"),
        ({"path": "text.txt"}, 404, "text.txt"),
        ({"path": "../a.ipynb"}, 400, "root folder"),
        ({"path": "a.ipynb", "output": "../x"}, 400, "root folder"),
        ({"path": "a.ipynb", "output": "..\\x"}, 400, "root folder"),
        ({"path": "a.ipynb", "output": "/../x.html"}, 400, "root folder"),
        ({"path": "a.ipynb", "output": ".hidden"}, 400, "hidden"),
        ({"path": "a.ipynb", "output": ".hidden/x.html"}, 400, "hidden"),
        ({"path": "a.ipynb", "output": ".x.html"}, 400, "hidden"),
        ({"path": "a.ipynb", "output": "gone"}, 404, "gone"),
        ({"path": "a.ipynb", "output": "gone/x.html"}, 404, "gone"),
        ({"path": "a.ipynb", "output": "x.pdf"}, 404, "x.pdf"),
        ({"path": "a.ipynb", "output": "there.html"}, 409, "there.html"),
        ({"notebook": {"recipe": "overview", "title": "x", "connection": "nope"}}, 404, "nope"),
    ],
)
async def test_what_is_wrong_is_said_at_once(
    api: Fetch, jp_root_dir: Path, wanted: dict[str, Any], status: int, says: str
) -> None:
    write_notebook(jp_root_dir / "a.ipynb", "1")
    (jp_root_dir / "there.html").write_text("mine")
    (jp_root_dir / "text.txt").write_text("mine")
    (jp_root_dir / ".hidden").mkdir()
    answer = await api("reports", json_body=wanted)
    assert (answer.code, says in body(answer)["message"]) == (status, True), answer.body
    assert body(await api("reports"))["reports"] == []
    assert (jp_root_dir / "there.html").read_text() == "mine"
