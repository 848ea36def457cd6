"""All benchmarks, one after the other: ``python -m benchmarks [--quick]``; exits with 1 where a budget is missed."""

from __future__ import annotations

import subprocess
import sys

failed = [
    name
    for name in ("server", "stores", "files_store", "notebooks", "database_servers")
    if subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *sys.argv[1:]]).returncode
]
if failed:
    sys.exit(f"above budget: {', '.join(failed)}")
