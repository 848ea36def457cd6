"""A server that speaks S3's protocol (moto), and a store whose runs and models keep their artifacts on it.

Everything is written by MLflow itself through boto3, except keys that MLflow cannot write.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from .seed import ODD_NAMES
from .server import free_port

BUCKET = "artifacts"
#: What every client of the server has in its environment, MLflow's and ours.
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "AKIATESTINGTESTINGXX",
    "AWS_SECRET_ACCESS_KEY": "secret-of-the-tests",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
BIG = bytes(range(256)) * 12_000


@dataclass
class S3Server:
    """A running server; ``environment`` is what its clients need."""

    address: str
    process: subprocess.Popen[bytes]

    @property
    def environment(self) -> dict[str, str]:
        return {**VARIABLES, "MLFLOW_S3_ENDPOINT_URL": self.address}

    def client(self) -> Any:
        """Return boto3's client."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.address,
            region_name="us-east-1",
            aws_access_key_id=VARIABLES["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=VARIABLES["AWS_SECRET_ACCESS_KEY"],
        )


@dataclass
class S3Store:
    """A database whose artifacts are on S3: where it is, and what was logged."""

    database: Path
    server: S3Server
    run_id: str
    model_id: str
    #: A run whose artifacts a tracking server keeps, on S3.
    served_run_id: str
    #: The bytes of the run's artifacts, by path.
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def uri(self) -> str:
        return f"sqlite:///{self.database}"

    @property
    def prefix(self) -> str:
        """The key of the run's artifacts."""
        return f"root/{self.run_id}/artifacts"


@contextlib.contextmanager
def moto(**environment: str) -> Iterator[S3Server]:
    """Start the server; stops it after."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/moto-api/", timeout=2):
                break
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the S3 server did not start")
            time.sleep(0.1)
        yield S3Server(address, process)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """The server, for the whole session."""
    with moto() as server:
        server.client().create_bucket(Bucket=BUCKET)
        yield server


@pytest.fixture(scope="session")
def s3_store(s3_server: S3Server, tmp_path_factory: pytest.TempPathFactory) -> S3Store:
    """A run, a logged model and their artifacts, logged by MLflow."""
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModelStatus

    folder = tmp_path_factory.mktemp("s3-store")
    files = {
        **{name: name.encode() for name in ODD_NAMES},
        "empty.bin": b"",
        "big.bin": BIG,
        "deep/er/est/x.json": b'{"x": 1}',
        "model/MLmodel": b"run-level: true\n",
        "model2/MLmodel": b"another\n",
        "model.txt": b"not in the folder",
        "model-a/b.txt": b"b",
        **{f"many/{i:02d}.txt": str(i).encode() for i in range(25)},
    }
    local = folder / "local"
    for path, content in files.items():
        (local / path).parent.mkdir(parents=True, exist_ok=True)
        (local / path).write_bytes(content)
    model = folder / "model"
    (model / "data").mkdir(parents=True)
    (model / "MLmodel").write_text("flavors: {}\n")
    (model / "requirements.txt").write_text("mlflow\n")
    (model / "data" / "weights.bin").write_bytes(bytes(1000))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in s3_server.environment.items():
            patch.setenv(name, value)
        client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
        experiment = client.create_experiment("on-s3", f"s3://{BUCKET}/root")
        run_id = client.create_run(experiment, run_name="on S3").info.run_id
        client.log_artifacts(run_id, str(local))
        client.set_terminated(run_id)
        logged = client.create_logged_model(experiment, name="net", source_run_id=run_id)
        client.log_model_artifacts(logged.model_id, str(model))
        client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
        served = client.create_experiment("served", "mlflow-artifacts:/served")
        served_run_id = client.create_run(served, run_name="served").info.run_id
    boto = s3_server.client()
    for path, content in (("plain.txt", b"served"), ("deep/a.txt", b"a")):
        boto.put_object(Bucket=BUCKET, Key=f"destination/served/{served_run_id}/artifacts/{path}", Body=content)
    return S3Store(folder / "mlflow.db", s3_server, run_id, logged.model_id, served_run_id, files)


@pytest.fixture
def s3_environment(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """This process may read the server's buckets."""
    for name in tuple(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return s3_server
