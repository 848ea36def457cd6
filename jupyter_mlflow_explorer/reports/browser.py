"""Prints a page to PDF with the Chromium or Chrome of this machine. Nothing is downloaded."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..errors import ExplorerError, NotInstalled

#: Names the program where it is in no usual place.
VARIABLE = "MLFLOW_EXPLORER_CHROMIUM"
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_PLACES = (
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
#: What Playwright has downloaded, below its folder.
_PLAYWRIGHT = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium")
_TIMEOUT_S = 180


def find_chromium() -> str:
    """Return the path of a Chromium.

    Raises
    ------
    NotInstalled
        There is none, or the one named in the environment is none.
    """
    named = os.environ.get(VARIABLE)
    if named:
        path = shutil.which(named)
        if path is None:
            raise NotInstalled(f"{VARIABLE} names {named}, which is no program that can be started.")
        return path
    for name in (*_PROGRAMS, *_PLACES):
        path = shutil.which(name)
        if path is not None:
            return path
    for place in _playwright_folders():
        for pattern in _PLAYWRIGHT:
            for found in sorted(place.glob(pattern), reverse=True):
                return str(found)
    raise NotInstalled(
        "PDF needs Chromium or Chrome, and none was found. Install one (Debian: apt install chromium), or name it in"
        f" the environment variable {VARIABLE}. HTML reports need none, and any browser prints them."
    )


def has_chromium() -> bool:
    """Whether PDF can be written here; only looks for the program."""
    try:
        find_chromium()
    except NotInstalled:
        return False
    return True


def print_page(page: str, scratch: Path) -> bytes:
    """Return a page as PDF. It is drawn without a network.

    Raises
    ------
    NotInstalled
        There is no Chromium, or it does not start here.
    """
    program = find_chromium()
    with tempfile.TemporaryDirectory(dir=scratch, prefix="print-") as folder:
        source, target = Path(folder, "report.html"), Path(folder, "report.pdf")
        source.write_text(page, encoding="utf-8", errors="replace")
        command = [
            program,
            "--headless",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-extensions",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-breakpad",
            "--no-first-run",
            "--no-default-browser-check",
            "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            # Time for charts to be drawn, in the page's own clock.
            "--virtual-time-budget=10000",
            "--no-pdf-header-footer",
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={target}",
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            # Chromium refuses to be sandboxed as root.
            command.append("--no-sandbox")
        command.append(source.as_uri())
        said = _run(command, Path(folder))
        if not target.is_file() or target.stat().st_size == 0:
            raise NotInstalled(f"{program} did not write the PDF: {said or 'it said nothing'}")
        return target.read_bytes()


def _run(command: list[str], folder: Path) -> str:
    """Run the program to its end; return its last words. It never outlives this."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Profiles, crash reports and caches go where they are removed.
            env={**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_CACHE_HOME": str(folder)},
            cwd=folder,
        )
        try:
            process.wait(_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise ExplorerError(f"{command[0]} took longer than {_TIMEOUT_S} s to print the report.") from None
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
    lines = (folder / "log").read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def _playwright_folders() -> list[Path]:
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    home = Path.home()
    return (
        [Path(named)] if named else [home / ".cache" / "ms-playwright", home / "Library" / "Caches" / "ms-playwright"]
    )
