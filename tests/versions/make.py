"""Makes the stores in this folder: each version of MLflow in an environment of its own writes one.

usage: python tests/versions/make.py [VERSION…]

Needs a package index. Run it to add a version; the stores that are there need not be made again.
"""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).parent
#: By version, what `pip install` gets. 3.18.0 came without its companion packages, so it stands on those of 3.17.
VERSIONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "2.22.5": (("mlflow==2.22.5", "sqlalchemy<2.1", "setuptools<81"),),
    "3.17.2": (("mlflow==3.17.2",),),
    "3.18.0": (("mlflow==3.17.2",), ("--no-deps", "mlflow==3.18.0")),
}


def make(version: str) -> None:
    """Write ``mlflow-<version>.tar.gz``."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = Path(scratch, "venv")
        venv.create(environment, with_pip=True)
        python = environment / "bin" / "python"
        for packages in VERSIONS[version]:
            subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        subprocess.run([python, HERE / "write.py", Path(scratch, "store")], check=True)
        pack(Path(scratch, "store"), HERE / f"mlflow-{version}.tar.gz")


def pack(folder: Path, archive: Path) -> None:
    """Pack a folder without owners, so that only what MLflow wrote makes a difference."""

    def nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return entry

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path in sorted(folder.rglob("*")):
            tar.add(path, str(path.relative_to(folder)), recursive=False, filter=nobody)
    archive.write_bytes(gzip.compress(packed.getvalue(), mtime=0))


if __name__ == "__main__":
    for wanted in sys.argv[1:] or VERSIONS:
        make(wanted)
