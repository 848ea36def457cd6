"""The OpenAPI 3.1 document of the HTTP API, built from `entities` and the table of operations below.

``openapi.json`` beside this module is its committed output, served at ``openapi.json`` and read by the generator of the
TypeScript types; a test regenerates it and finds no difference, another checks that every route is described.

    python -m jupyter_mlflow_explorer.handlers.openapi > jupyter_mlflow_explorer/handlers/openapi.json
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from .. import entities

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One method of one route. ``path`` is relative to ``{base_url}mlflow-explorer/api/``."""

    method: str
    path: str
    summary: str
    parameters: tuple[str, ...] = ()
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    status: int = 200
    content: str = "application/json"
    errors: tuple[int, ...] = ()


def _query(name: str, description: str, schema: JsonObject | None = None, *, many: bool = False) -> JsonObject:
    item = schema or {"type": "string"}
    parameter: JsonObject = {"name": name, "in": "query", "description": description, "schema": item}
    if many:
        parameter["schema"] = {"type": "array", "items": item}
        parameter["explode"] = True
    return parameter


def _path(name: str, description: str) -> JsonObject:
    return {"name": name, "in": "path", "required": True, "description": description, "schema": {"type": "string"}}


PARAMETERS: dict[str, JsonObject] = {
    "connection": _query("connection", "Connection id; the default connection where left out."),
    "search": _query("search", "Plain text, case ignored."),
    "filter": _query("filter", "MLflow filter expression, for example metrics.auc > 0.9."),
    "order_by": _query("order_by", "Order clause, for example metrics.auc DESC; may be repeated.", many=True),
    "view": _query("view", "Lifecycle stages shown.", {"enum": ["active", "deleted", "all"], "default": "active"}),
    "max_results": _query(
        "max_results", "Size of a page.", {"type": "integer", "minimum": 1, "maximum": 50000, "default": 100}
    ),
    "limit": _query("limit", "Size of a page.", {"type": "integer", "minimum": 1, "maximum": 50000, "default": 1000}),
    "page_token": _query("page_token", "Token of the page before."),
    "experiment_ids": _query("experiment_id", "Experiment id; may be repeated.", many=True),
    "columns": _query("columns", "Column such as metrics.auc or attributes.start_time; may be repeated.", many=True),
    "run_ids": _query("run_id", "Run id; may be repeated.", many=True),
    "keys": _query("key", "Metric key; may be repeated.", many=True),
    "max_points": _query(
        "max_points",
        "Longer histories are thinned to about this many points, keeping extremes and NaN gaps.",
        {"type": "integer", "minimum": 4, "maximum": 1000000, "default": 1000},
    ),
    "artifact_path": _query("path", "Path below the artifacts; the root where left out."),
    "artifact_max_results": _query(
        "max_results", "Size of a page.", {"type": "integer", "minimum": 1, "maximum": 50000, "default": 1000}
    ),
    "download": _query("download", "1 asks for a download instead of display.", {"enum": ["0", "1"]}),
    "content": _query("content", "0 leaves the content out.", {"enum": ["0", "1"], "default": "1"}),
    "max_bytes": _query(
        "max_bytes",
        "Answer 413 above this size; at most the server's own limit.",
        {"type": "integer", "minimum": 0},
    ),
    "type": _query("type", "What the caller expects.", {"enum": ["file", "directory", "notebook"]}),
    "format": _query("format", "How the content should be sent.", {"enum": ["text", "base64", "json"]}),
    "experiment_id": _path("experiment_id", "Experiment id."),
    "run_id": _path("run_id", "Run id."),
    "model_id": _path("model_id", "Id of a logged model (MLflow 3)."),
    "connection_id": _path("connection_id", "Connection id."),
    "report_id": _path("report_id", "Report id."),
    "drive_path": _path(
        "drive_path",
        "<connection>/<run_id>/<artifact path> or <connection>/models/<model_id>/<artifact path>, each part"
        " percent-encoded.",
    ),
}

_LIST = ("connection", "search", "filter", "order_by", "view")
_RUNS = ("connection", "experiment_ids", "search", "filter", "order_by", "view")
_READ_ERRORS = (400, 404, 501, 502, 504)

OPERATIONS: tuple[Operation, ...] = (
    Operation("get", "status", "Versions and features; never waits for the store.", ("connection",),
              answer=entities.Status, errors=(404,)),
    Operation("get", "connections", "All connections, the default one first.", answer=entities.Connections),
    Operation("post", "connections", "Add a connection.", body=entities.NewConnection, answer=entities.Connection,
              status=201, errors=(400, 403, 409)),
    Operation("delete", "connections/{connection_id}", "Remove a connection that a user added.",
              ("connection_id",), status=204, errors=(403, 404)),
    Operation("get", "connections/{connection_id}/check", "Whether the store can be used now.", ("connection_id",),
              answer=entities.ConnectionCheck, errors=(404,)),
    Operation("get", "experiments", "One page of experiments.", (*_LIST, "max_results", "page_token"),
              answer=entities.ExperimentsPage, errors=_READ_ERRORS),
    Operation("get", "experiments/{experiment_id}", "One experiment.", ("connection", "experiment_id"),
              answer=entities.Experiment, errors=_READ_ERRORS),
    Operation("get", "runs", "One page of runs.", (*_RUNS, "max_results", "page_token"),
              answer=entities.RunsPage, errors=_READ_ERRORS),
    Operation("get", "runs/table", "One page of runs as columns.", (*_RUNS, "columns", "limit", "page_token"),
              answer=entities.RunsTable, errors=_READ_ERRORS),
    Operation("get", "runs/columns", "Keys of params, metrics and tags that occur.",
              ("connection", "experiment_ids"), answer=entities.Columns, errors=_READ_ERRORS),
    Operation("get", "runs/{run_id}", "One run with everything.", ("connection", "run_id"),
              answer=entities.RunDetail, errors=_READ_ERRORS),
    Operation("get", "metrics", "Histories of several runs and keys.",
              ("connection", "run_ids", "keys", "max_points"), answer=entities.MetricHistories, errors=_READ_ERRORS),
    Operation("get", "runs/{run_id}/artifacts", "One folder of a run's artifacts.",
              ("connection", "run_id", "artifact_path", "artifact_max_results", "page_token"),
              answer=entities.ArtifactsPage, errors=_READ_ERRORS),
    Operation("get", "runs/{run_id}/artifacts/content", "Bytes of an artifact; Range, ETag.",
              ("connection", "run_id", "artifact_path", "download"), content="application/octet-stream",
              errors=(*_READ_ERRORS, 416)),
    Operation("head", "runs/{run_id}/artifacts/content", "Size and tag of an artifact.",
              ("connection", "run_id", "artifact_path", "download"), content="application/octet-stream",
              errors=_READ_ERRORS),
    Operation("get", "logged-models/{model_id}/artifacts", "One folder of a logged model's artifacts.",
              ("connection", "model_id", "artifact_path", "artifact_max_results", "page_token"),
              answer=entities.ArtifactsPage, errors=_READ_ERRORS),
    Operation("get", "logged-models/{model_id}/artifacts/content", "Bytes of a logged model's artifact; Range, ETag.",
              ("connection", "model_id", "artifact_path", "download"), content="application/octet-stream",
              errors=(*_READ_ERRORS, 416)),
    Operation("head", "logged-models/{model_id}/artifacts/content", "Size and tag of a logged model's artifact.",
              ("connection", "model_id", "artifact_path", "download"), content="application/octet-stream",
              errors=_READ_ERRORS),
    Operation("get", "contents/{drive_path}", "An artifact as a read-only Jupyter contents model.",
              ("drive_path", "content", "type", "format", "max_bytes"), answer=entities.ContentsModel,
              errors=(*_READ_ERRORS, 413)),
    Operation("get", "files/{drive_path}", "Bytes of an artifact by drive path; Range, ETag.",
              ("drive_path", "download"), content="application/octet-stream", errors=(*_READ_ERRORS, 416)),
    Operation("head", "files/{drive_path}", "Size and tag of an artifact by drive path.",
              ("drive_path", "download"), content="application/octet-stream", errors=_READ_ERRORS),
    Operation("get", "recipes", "What can be inserted, and recipes that are switched off.", answer=entities.Recipes),
    Operation("get", "templates", "Templates for whole notebooks.", answer=entities.Templates),
    Operation("post", "cells", "Cells for a selection.", body=entities.CellsRequest, answer=entities.Cells,
              errors=(*_READ_ERRORS, 422)),
    Operation("post", "cells/refresh", "What refreshing generated cells would change in a notebook.",
              body=entities.RefreshRequest, answer=entities.Refreshed, errors=(*_READ_ERRORS, 422)),
    Operation("post", "notebooks", "Write a notebook: of one recipe, or a whole one by a template.",
              body=entities.NotebookRequest, answer=entities.NotebookWritten, status=201,
              errors=(*_READ_ERRORS, 403, 409, 422)),
    Operation("get", "reports", "Reports that are being made, and those made since the server was started.",
              answer=entities.Reports),
    Operation("post", "reports", "Start making a report.", body=entities.ReportRequest, answer=entities.Report,
              status=202, errors=(400, 403, 404, 409, 501)),
    Operation("get", "reports/{report_id}", "One report.", ("report_id",), answer=entities.Report, errors=(404,)),
    Operation("delete", "reports/{report_id}", "Cancel a running report, or forget a finished one.", ("report_id",),
              status=204, errors=(404,)),
    Operation("get", "openapi.json", "This document.", content="application/json"),
    Operation("get", "docs", "This document as a page.", content="text/html"),
)  # fmt: skip

_ERROR_MEANINGS = {
    400: "Bad input; a wrong filter says where and why.",
    403: "Not allowed for this user, or switched off by configuration.",
    404: "No such thing.",
    409: "It is there already, or may not be changed now.",
    413: "Above the size limit.",
    416: "The range lies outside the file.",
    422: "A recipe of an installed package is broken.",
    501: "This store cannot do that.",
    502: "The tracking server refused us or is broken.",
    504: "The tracking server did not answer in time.",
}


def _entities() -> list[type[BaseModel]]:
    return [
        value
        for value in vars(entities).values()
        if isinstance(value, type) and issubclass(value, entities.Entity) and value is not entities.Entity
    ]


def _operation(operation: Operation) -> JsonObject:
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answer: JsonObject = {"description": operation.summary}
    if operation.answer is not None:
        reference = {"$ref": f"#/components/schemas/{operation.answer.__name__}"}
        answer["content"] = {"application/json": {"schema": reference}}
    elif operation.method == "get":
        answer["content"] = {operation.content: {}}
    responses: JsonObject = {str(operation.status): answer}
    for status in sorted({*operation.errors, 403}):
        responses[str(status)] = {"description": _ERROR_MEANINGS[status]}
        if operation.method != "head":
            responses[str(status)]["content"] = problem
    described: JsonObject = {
        "operationId": operation.method + "".join(part.title() for part in _words(operation.path)),
        "summary": operation.summary,
        "parameters": [PARAMETERS[name] for name in operation.parameters],
        "responses": responses,
    }
    if operation.body is not None:
        reference = {"$ref": f"#/components/schemas/{operation.body.__name__}"}
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": reference}}}
    return described


def _words(path: str) -> list[str]:
    return path.replace("{", "").replace("}", "").replace("_", "/").replace(".", "/").split("/")


def document(version: str = "1") -> JsonObject:
    """Return the whole OpenAPI document. ``version`` is the version of the API, not of the package."""
    bodies = {operation.body for operation in OPERATIONS}
    _, definitions = models_json_schema(
        [(entity, "validation" if entity in bodies else "serialization") for entity in _entities()],
        ref_template="#/components/schemas/{model}",
    )
    paths: JsonObject = {}
    for operation in OPERATIONS:
        paths.setdefault("/" + operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "jupyter-mlflow-explorer",
            "version": version,
            "description": "MLflow experiments, runs, metrics and artifacts for JupyterLab. Every route needs Jupyter's"
            " authentication (token or cookie) and, with a cookie, its XSRF token. Times are milliseconds UTC, sizes"
            " bytes; non-finite numbers are the strings NaN, Infinity and -Infinity.",
        },
        "servers": [{"url": "/mlflow-explorer/api"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "Authorization"}},
        },
    }


def text() -> str:
    """Return the document as it is committed: indented JSON with a final newline."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
