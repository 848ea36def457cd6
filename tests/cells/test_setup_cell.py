"""The setup cell: reaches the store, and never shows a credential."""

from __future__ import annotations

import ast
import os
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jupyter_mlflow_explorer.cells import render

from .selections import a_selection

SECRETS = ("s3cr3t", "us3r")


def setup_source(uri: str, **fields: Any) -> str:
    """Return the source of the setup cell for a tracking URI."""
    (cell,) = render("setup", a_selection("setup", tracking_uri=uri, **fields))
    source: str = cell.source
    compile(source, "setup", "exec")
    return source


def tracking_uri(source: str) -> str:
    """Run the cell against a stand-in that records what `set_tracking_uri` is given.

    Only the URI's expression is of interest here; the kernel tests run the cell against MLflow.
    """
    tree = ast.parse(source)
    call = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "set_tracking_uri"
    )
    from urllib.parse import quote

    value: str = eval(compile(ast.Expression(call.args[0]), "uri", "eval"), {"os": os, "quote": quote})
    return value


@pytest.mark.parametrize(
    "uri",
    [
        "sqlite:////home/a@b/mlflow.db",
        "sqlite:////data/ml flow#1.db",
        "sqlite:///file:/data/mlflow.db?mode=ro&uri=true",
        "http://localhost:5000",
        "https://mlflow.example.com/user/joe@example.com/proxy/5000",
        "https://[::1]:5000/mlflow",
        "postgresql://host:5432/db?sslmode=require",
        "file:///data/mlruns",
        "/data/mlruns",
        "C:\\data\\a@b\\mlruns",
        "databricks://profile",
        "databricks",
    ],
)
def test_a_uri_without_credentials_is_kept_as_it_is(uri: str) -> None:
    assert tracking_uri(setup_source(uri)) == uri


@pytest.mark.parametrize(
    ("uri", "kept"),
    [
        ("http://us3r:s3cr3t@host:5000/path", "http://host:5000/path"),
        ("https://us3r:s3cr3t@ho.st", "https://ho.st"),
        ("https://s3cr3t@ho.st", "https://ho.st"),
        ("https://us3r:p@s3cr3t@ho.st/x", "https://ho.st/x"),
        ("https://us3r:a/s3cr3t@ho.st/x", "https://ho.st/x"),
        ("https://us3r:a?s3cr3t@ho.st/x", "https://ho.st/x"),
        ("https://us3r:a#s3cr3t@ho.st/x", "https://ho.st/x"),
        ("https://ho.st/x?token=s3cr3t", "https://ho.st/x"),
        ("https://ho.st/x#s3cr3t", "https://ho.st/x"),
        ("plugin://us3r:s3cr3t@ho.st/x", "plugin://ho.st/x"),
        ("postgresql://ho.st/db?user=us3r&password=s3cr3t&sslmode=require", "postgresql://ho.st/db?sslmode=require"),
        ("sqlite:////data/x.db?key=s3cr3t", "sqlite:////data/x.db"),
        ("us3r:s3cr3t@host", "host"),
    ],
)
def test_credentials_are_left_out(uri: str, kept: str) -> None:
    source = setup_source(uri)
    assert not any(secret in source for secret in SECRETS)
    assert tracking_uri(source) == kept


def test_http_credentials_are_asked_for_by_variable() -> None:
    source = setup_source("https://us3r:s3cr3t@ho.st", store_kind="rest")
    assert "# Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD in the environment to log in." in source


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://us3r:s3cr3t@ho.st:5432/db?sslmode=require",
        "postgresql://us3r:s3/cr@s3cr3t@ho.st:5432/db?sslmode=require",
        "postgresql+psycopg2://us3r:s3cr3t#x@ho.st:5432/db?sslmode=require",
        "mysql+pymysql://us3r:12/s3cr3t@ho.st:5432/db?sslmode=require",
    ],
)
def test_database_credentials_come_from_the_environment(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_DATABASE_USERNAME", "me")
    monkeypatch.setenv("MLFLOW_DATABASE_PASSWORD", "p@ss/w:rd")
    source = setup_source(uri)
    assert not any(secret in source for secret in SECRETS)
    assert "# Set MLFLOW_DATABASE_USERNAME and MLFLOW_DATABASE_PASSWORD in the environment to log in." in source
    scheme = uri.partition("://")[0]
    assert tracking_uri(source) == f"{scheme}://me:p%40ss%2Fw%3Ard@ho.st:5432/db?sslmode=require"


# Not "@": a password with both an unencoded "@" and a slash cannot be told from a host and a path.
userinfo = st.text(alphabet="abc:/?#%&=!$'\"\\{}\n ", max_size=6)


@given(st.sampled_from(["http", "https", "postgresql", "mysql+pymysql", "plugin"]), userinfo, userinfo)
@example("https", "", "/")
def test_no_password_reaches_the_cell(scheme: str, before: str, after: str) -> None:
    source = setup_source(f"{scheme}://us3r:{before}s3cr3t{after}@ho.st:5000/x")
    assert not any(secret in source for secret in SECRETS)


def test_registry_uri_is_set_only_when_it_differs() -> None:
    same = setup_source("http://a", registry_uri="http://a")
    assert "set_registry_uri" not in same
    other = setup_source("http://a", registry_uri="http://us3r:s3cr3t@b")
    assert 'mlflow.set_registry_uri("http://b")' in other


def test_file_stores_are_allowed_before_the_client_is_made() -> None:
    source = setup_source("file:///data/mlruns", store_kind="files")
    assert source.index('os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")') < source.index("MlflowClient()")
    assert source.startswith("# MLflow connection: Local store\nimport os\n\nimport mlflow\n")


def test_a_hostile_connection_name_stays_a_comment() -> None:
    source = setup_source("http://a", connection_name="x\nimport os; os.abort()\r\u2028")
    names = [node.names[0].name for node in ast.parse(source).body if isinstance(node, ast.Import)]
    assert names == ["mlflow"]
