"""The API document: regenerated without difference, complete, and true of real answers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from jupyter_mlflow_explorer.handlers import ROUTES, openapi

from .conftest import Fetch, Seeded, body
from .test_reading import every_read

DOCS = Path(__file__).parents[2] / "docs"


def test_committed_document_is_current() -> None:
    committed = Path(openapi.__file__).with_name("openapi.json").read_text(encoding="utf-8")
    assert committed == openapi.text()


def test_document_is_valid_openapi() -> None:
    validate(openapi.document())


def _implemented() -> set[tuple[str, str]]:
    verbs = ("get", "head", "post", "put", "patch", "delete")
    return {
        (verb, re.sub(r"\([^)]*\)", "{}", pattern).replace("/?", "/").replace("\\", "").rstrip("/").replace("//", "/"))
        for pattern, handler in ROUTES
        for verb in verbs
        if verb in vars(handler)
    }


def test_every_route_is_described_and_every_description_has_a_route() -> None:
    described = {(operation.method, re.sub(r"\{[^}]*\}", "{}", operation.path)) for operation in openapi.OPERATIONS}
    assert described == _implemented()


def test_every_route_is_on_the_page_about_the_api() -> None:
    page = (DOCS / "http-api.md").read_text(encoding="utf-8")
    for operation in openapi.OPERATIONS:
        assert f"`{operation.path}" in page or f" {operation.path}" in page, operation.path


def _schema_for(path: str) -> dict[str, Any] | None:
    document = openapi.document()
    bare = "/" + path.split("?")[0]
    for template, methods in document["paths"].items():
        pattern = re.sub(r"\{drive_path\}", ".*", template)
        pattern = re.sub(r"\{[^}]*\}", "[^/]+", pattern)
        if re.fullmatch(pattern, bare) and "{" not in bare:
            content = methods["get"]["responses"]["200"].get("content", {}).get("application/json", {})
            if template in (bare, *([template] if bare not in document["paths"] else [])):
                return {**content["schema"], "components": document["components"]} if "schema" in content else None
    return None


async def test_answers_are_as_described(api: Fetch, seeded: Seeded) -> None:
    checked = []
    for path in every_read(seeded):
        schema = _schema_for(path)
        if schema is not None:
            Draft202012Validator(schema).validate(body(await api(path)))
            checked.append(path)
    assert len(checked) >= 12


@pytest.mark.parametrize("path", ["runs/none", "experiments/none", "runs?filter=x&experiment_id=1"])
async def test_errors_are_as_described(api: Fetch, path: str) -> None:
    document = openapi.document()
    schema = {"$ref": "#/components/schemas/Problem", "components": document["components"]}
    Draft202012Validator(schema).validate(body(await api(path)))


async def test_docs_page_shows_every_route_and_runs_nothing(api: Fetch) -> None:
    response = await api("docs")
    page = response.body.decode()
    for operation in openapi.OPERATIONS:
        assert f"/{operation.path}" in page
    assert "<script" not in page
    assert response.headers["Content-Type"].startswith("text/html")
