"""Ways for a plugin to misbehave, named ``verb`` or ``verb-argument``."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time

PREFIX = "hook-"


def do(what: str) -> None:
    verb, _, argument = what.partition("-")
    globals()[f"_{verb}"](argument)


def _sleep(milliseconds: str) -> None:
    time.sleep(int(milliseconds) / 1000)


def _hold(seconds: str) -> None:
    """Sleep in C with the interpreter's lock held, so that no other thread of the process runs."""
    ctypes.PyDLL(None).sleep(int(seconds))


def _print(size: str) -> None:
    print("x" * int(size))
    os.write(1, b"y" * int(size))
    sys.stdout.flush()


def _complain(size: str) -> None:
    os.write(2, b"z" * int(size))


def _die(status: str) -> None:
    print(f"the driver said: token={os.environ.get('EXPLORER_TEST_TOKEN')} is no good", file=sys.stderr, flush=True)
    os._exit(int(status))


def _kill(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _exit(_: str) -> None:
    sys.exit(3)


def _read(_: str) -> None:
    """Ask the user for something, as command line clients do."""
    raise RuntimeError(f"read {sys.stdin.read(1)!r}")


def _spawn(seconds: str) -> None:
    process = subprocess.Popen(["sleep", seconds])
    raise RuntimeError(f"pid {process.pid}")


def _raise(code: str) -> None:
    from mlflow.exceptions import MlflowException
    from mlflow.protos import databricks_pb2

    raise MlflowException(f"the plugin says {code}", getattr(databricks_pb2, code))


def _fail(_: str) -> None:
    raise ValueError("something\nis wrong")


def _import(module: str) -> None:
    __import__(module)


def _connect(_: str) -> None:
    import requests
    from mlflow.exceptions import MlflowException

    try:
        requests.get("http://127.0.0.1:9/", timeout=2)
    except requests.ConnectionError as error:
        raise MlflowException(f"API request failed: {error}") from error


def _late(_: str) -> None:
    import requests

    raise requests.ReadTimeout("read timed out")


def _leak(_: str) -> None:
    raise RuntimeError(
        f"cannot log in to https://me:{os.environ['EXPLORER_TEST_TOKEN']}@host/x?token=abc at"
        f" {os.environ['MLFLOW_TRACKING_URI']} with {os.environ['EXPLORER_TEST_TOKEN']}"
    )


def _tell(name: str) -> None:
    """Say a variable of the environment."""
    raise RuntimeError(f"{name}={os.environ.get(name)}")
