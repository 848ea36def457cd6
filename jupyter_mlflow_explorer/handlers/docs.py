"""The OpenAPI document as one plain HTML page."""

from __future__ import annotations

import json
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; font: 600 1rem ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-top: 1px solid #8886; }
code { font-family: ui-monospace, monospace; }
"""


def page(document: str) -> str:
    """Return the page for an OpenAPI document given as JSON text."""
    api: dict[str, Any] = json.loads(document)
    parts = [f"<h1>{escape(api['info']['title'])} HTTP API</h1>", f"<p>{escape(api['info']['description'])}</p>"]
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            parts.append(f"<h2 id='{escape(operation['operationId'])}'>{method.upper()} {escape(path)}</h2>")
            parts.append(f"<p>{escape(operation['summary'])}</p>")
            rows = [_parameter(parameter) for parameter in operation["parameters"]]
            if "requestBody" in operation:
                rows.append(("body", _schema(operation["requestBody"]["content"])))
            rows += [(status, _answer(answer)) for status, answer in operation["responses"].items()]
            cells = (f"<tr><td><code>{escape(name)}</code></td><td>{text}</td></tr>" for name, text in rows)
            parts.append(f"<table>{''.join(cells)}</table>")
    parts.append("<h1>Shapes</h1>")
    for name, schema in api["components"]["schemas"].items():
        parts.append(f"<h2 id='{escape(name)}'>{escape(name)}</h2><p>{escape(schema.get('description', ''))}</p>")
        rows = [
            (key, f"<code>{escape(_type(field))}</code> {escape(field.get('description', ''))}")
            for key, field in schema.get("properties", {}).items()
        ]
        cells = (f"<tr><td><code>{escape(key)}</code></td><td>{text}</td></tr>" for key, text in rows)
        parts.append(f"<table>{''.join(cells)}</table>")
    body = "\n".join(parts)
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(api['info']['title'])}</title>"
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _parameter(parameter: dict[str, Any]) -> tuple[str, str]:
    return parameter["name"], f"{escape(parameter['description'])} <small>({escape(parameter['in'])})</small>"


def _schema(content: dict[str, Any]) -> str:
    first: dict[str, Any] = next(iter(content.values()), {})
    reference = first.get("schema", {}).get("$ref")
    if not reference:
        return ", ".join(escape(kind) for kind in content)
    name = escape(reference.rsplit("/", 1)[-1])
    return f"<a href='#{name}'>{name}</a>"


def _answer(answer: dict[str, Any]) -> str:
    shape = _schema(answer["content"]) if "content" in answer else ""
    return f"{escape(answer['description'])} {shape}"


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"].rsplit("/", 1)[-1])
    if "anyOf" in field:
        return " | ".join(_type(option) for option in field["anyOf"])
    if "enum" in field:
        return " | ".join(json.dumps(value) for value in field["enum"])
    if field.get("type") == "array":
        return f"[{_type(field.get('items', {}))}]"
    return str(field.get("const", field.get("type", "any")))
