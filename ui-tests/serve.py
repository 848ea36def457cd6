"""Seeds the stores for the browser tests once and starts one of the two Jupyter Servers that they use.

usage: serve.py open|authenticated

``open`` is Galata's server, without token and XSRF; ``authenticated`` has both, as users have. Both read the stores
under ``build/ui-tests`` (or UI_STORES_DIR, whose name the pictures show) and write ``<kind>.log`` there. Whichever
starts first seeds; the other waits.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("UI_STORES_DIR") or HERE.parent / "build" / "ui-tests")

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"


def seed_once() -> None:
    """Seed unless it was done in this test run (or ever, with UI_KEEP_STORES=1)."""
    stamp = DATA / "seeded"
    with open(DATA / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mine = os.environ["UI_RUN"]
        if stamp.exists() and (os.environ.get("UI_KEEP_STORES") or stamp.read_text() == mine):
            return
        import seed

        for old in DATA.iterdir():
            if old.name != "lock" and old.suffix != ".log":
                shutil.rmtree(old) if old.is_dir() else old.unlink()
        seed.seed_all(DATA)
        stamp.write_text(mine)


def main() -> None:
    kind = sys.argv[1]
    sys.path.insert(0, str(HERE))
    DATA.mkdir(parents=True, exist_ok=True)
    # Playwright would print all of it between the tests' results.
    log = os.open(DATA / f"{kind}.log", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    seed_once()
    work = DATA / kind
    shutil.rmtree(work, ignore_errors=True)
    (work / "config").mkdir(parents=True)
    os.environ["UI_DATA"] = str(DATA)
    os.environ["UI_KIND"] = kind
    os.environ["JUPYTER_CONFIG_DIR"] = str(work / "config")
    os.environ["JUPYTER_PATH"] = str(HERE / "share")
    os.environ["JUPYTERLAB_GALATA_ROOT_DIR"] = str(work)
    # The kernels' own MLflow must find the same stores by absolute URIs only.
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    os.execvp("jupyter", ["jupyter", "lab", "--config", str(HERE / "jupyter_server_test_config.py")])


if __name__ == "__main__":
    main()
