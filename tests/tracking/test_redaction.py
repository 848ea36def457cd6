from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlflow_explorer.tracking.redaction import redact, redact_json, redact_text


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("https://me:hunter2@mlflow.example:5000/base", "https://***@mlflow.example:5000/base"),
        ("https://token-only@mlflow.example", "https://***@mlflow.example"),
        ("postgresql+psycopg://u:p@ss@db/mlflow", "postgresql+psycopg://***@db/mlflow"),
        ("postgresql://u:pa/ss@db/mlflow", "postgresql://***@db/mlflow"),
        ("postgresql://u:12/34@db:5432/mlflow?sslmode=require", "postgresql://***@db:5432/mlflow?sslmode=require"),
        ("mysql://u:p?w@db/mlflow", "mysql://***@db/mlflow"),
        ("https://h/?token=abc&page=2", "https://h/?token=***&page=2"),
        (
            "https://b.s3.amazonaws.com/k?X-Amz-Signature=ab&X-Amz-Date=1",
            "https://b.s3.amazonaws.com/k?X-Amz-Signature=***&X-Amz-Date=1",
        ),
        (
            "wasbs://c@account.blob.core.windows.net/x?sv=1&sig=zz",
            "wasbs://***@account.blob.core.windows.net/x?sv=1&sig=***",
        ),
        ("https://h/#access_token=abc", "https://h/#access_token=***"),
        ("https://h/?next=https://a:b@c/", "https://h/?next=https://***@c/"),
        ("mssql+pyodbc:///?odbc_connect=PWD%3Dx", "mssql+pyodbc:///?odbc_connect=***"),
        ("sqlite:////home/me/mlflow.db", "sqlite:////home/me/mlflow.db"),
        ("s3://bucket/path@v1/x", "s3://bucket/path@v1/x"),
        ("https://host:5000/path@v1", "https://host:5000/path@v1"),
        ("/plain/path", "/plain/path"),
        ("mlflow-artifacts:/1/abc/artifacts", "mlflow-artifacts:/1/abc/artifacts"),
        ("", ""),
    ],
)
def test_redact_hides_credentials_and_nothing_else(uri: str, shown: str) -> None:
    assert redact(uri) == shown


def test_text_and_json_are_redacted_inside() -> None:
    assert redact_text('see "https://a:b@c/d" and x') == 'see "https://***@c/d" and x'
    source = '{"uri": "s3://bucket/x",  "n": 1}'
    assert redact_json(source) == source
    assert redact_json('{"url": "https://a:b@c/d", "password": "x"}') == '{"url": "https://***@c/d", "password": "***"}'
    assert redact_json("https://a:b@c") == "https://***@c"


_word = st.text("abcdefghijklmnopqrstuvwxyz0123456789!$%&*-._~", min_size=6)


@given(user=_word, password=_word)
def test_no_password_survives(user: str, password: str) -> None:
    shown = redact(f"https://{user}:{password}@host/x")
    assert shown == "https://***@host/x"


@given(st.text())
def test_any_text_is_accepted_and_redacting_twice_changes_nothing(text: str) -> None:
    assert redact(redact(text)) == redact(text)
