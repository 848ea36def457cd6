"""A real Jupyter Server with the extension, on a SQLite store that MLflow itself wrote."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from tornado.httpclient import HTTPClientError, HTTPResponse

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HOSTILE = "a\"b'c\n{d}</script><img src=x onerror=alert(1)>`e` 🎉"

#: Artifacts of the first run, by path.
ARTIFACTS: dict[str, bytes] = {
    "plot.png": PNG,
    "table.csv": b"a,b\n1,2\n",
    "notes.md": b"# Notes\n\n![plot](plot.png)\n",
    "page.html": b"<script>alert(1)</script>",
    "big.txt": b"0123456789" * 20_000,
    "model.bin": b"\0\1\2\3",
    "latin.txt": "é".encode("latin-1"),
    "empty.txt": b"",
    "nested/in/deep.json": b'{"a": 1}',
    "odd/a #1 100% é?.txt": b"odd",
    "odd/book.ipynb": json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode(),
    "odd/broken.ipynb": b"{",
}

MODEL_ARTIFACTS: dict[str, bytes] = {
    "MLmodel": b"flavors: {}\n",
    "requirements.txt": b"mlflow\n",
    "data/a #1 100% é?.csv": b"a,b\n1,2\n",
}


@dataclass(frozen=True)
class Seeded:
    """What was written: the store's file, its experiment and its runs (first the one with artifacts)."""

    path: Path
    experiment_id: str
    run_ids: tuple[str, ...]
    #: A model that the first run logged, with the artifacts `MODEL_ARTIFACTS`.
    model_id: str

    @property
    def uri(self) -> str:
        return f"sqlite:///{self.path}"


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    from mlflow import MlflowClient
    from mlflow.entities import Metric

    folder = tmp_path_factory.mktemp("store")
    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    experiment_id = client.create_experiment("credit-risk", artifact_location=str(folder / "artifacts"))
    run_ids = []
    for number, name in enumerate(("first", "second", HOSTILE)):
        run = client.create_run(
            experiment_id, start_time=1_700_000_000_000 + number, run_name=name, tags={"mlflow.note.content": HOSTILE}
        )
        run_ids.append(run.info.run_id)
        client.log_param(run.info.run_id, "lr", f"0.{number}")
        client.log_batch(
            run.info.run_id,
            metrics=[Metric("loss", 1 / (step + 1), 1_700_000_000_000 + step, step) for step in range(20)],
        )
        client.log_metric(run.info.run_id, "auc", (0.9, math.nan, math.inf)[number])
        client.set_terminated(run.info.run_id, end_time=1_700_000_060_000)
    for path, data in ARTIFACTS.items():
        file = folder / "artifacts" / run_ids[0] / "artifacts" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    model = client.create_logged_model(experiment_id, name="net", source_run_id=run_ids[0])
    for path, data in MODEL_ARTIFACTS.items():
        file = folder / "artifacts" / "models" / model.model_id / "artifacts" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return Seeded(folder / "mlflow.db", experiment_id, tuple(run_ids), model.model_id)


@pytest.fixture
def connections() -> dict[str, str]:
    """Overridden by tests that need other connections."""
    return {}


@pytest.fixture
def jp_server_config(seeded: Seeded, connections: dict[str, str], tmp_path: Path) -> dict[str, Any]:
    return {
        "ServerApp": {
            "jpserver_extensions": {"jupyter_mlflow_explorer": True, "jupyter_server_terminals": False},
            "reraise_server_extension_failures": True,
            "allow_unauthenticated_access": False,
            "allow_origin": "",
        },
        "ExplorerApp": {
            "connections": {"Main": seeded.uri, **connections},
            "connections_file": str(tmp_path / "config" / "connections.json"),
            "request_timeout_s": 2.0,
        },
    }


Fetch = Callable[..., Awaitable[HTTPResponse]]


@pytest.fixture
def api(jp_fetch: Any) -> Fetch:
    """Fetch below the API with the token; errors are answers too."""

    async def fetch(path: str, *, json_body: Any = None, **kwargs: Any) -> HTTPResponse:
        if json_body is not None:
            kwargs.setdefault("method", "POST")
            kwargs["body"] = json.dumps(json_body)
        kwargs.setdefault("request_timeout", 30)
        path, _, query = path.partition("?")
        if query:
            kwargs["params"] = parse_qsl(query, keep_blank_values=True)
        try:
            # jp_fetch encodes path and parameters itself.
            return await jp_fetch("mlflow-explorer", "api", unquote(path), **kwargs)
        except HTTPClientError as error:
            if error.response is None:
                raise
            return error.response

    return fetch


def body(response: HTTPResponse) -> Any:
    """Return the JSON of an answer."""
    return json.loads(response.body)


def refuse_constants(name: str) -> Any:
    """For `json.loads(parse_constant=…)`: bare NaN and Infinity are no JSON."""
    raise AssertionError(f"the answer holds a bare {name}")
