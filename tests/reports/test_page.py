"""What a report shows of formulas and secrets: markup that nobody wrote, and passwords, are not in it."""

from __future__ import annotations

import html
import json
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup
from hypothesis import example, given
from hypothesis import strategies as st
from nbformat import v4

from jupyter_mlflow_explorer.reports.page import formula, latex_to_html
from jupyter_mlflow_explorer.reports.secrets import Secrets

HARMLESS = {"math", "mi", "mn", "mo", "mrow", "msub", "msup", "msubsup", "mfrac", "msqrt", "mroot", "mtext", "mstyle"}


@given(latex=st.text() | st.from_regex(r"[\\{}<>/a-z\"'= $&;]{0,40}"))
@example(latex=r"\text{<script>alert(1)</script>}")
@example(latex=r"\text{&lt;img src=x onerror=alert(1)&gt;}")
@example(latex=r"</math><script>alert(1)</script>")
@example(latex=r"\href{javascript:alert(1)}{x}")
@example(latex=r"\style{color:red}{x}\class{y}{z}")
@example(latex=r"a\verb|<svg onload=alert(1)>|")
@pytest.mark.parametrize("display", ["block", "inline"])
def test_formulas_never_become_other_markup(latex: str, display: str) -> None:
    for shown in (formula(latex, display), latex_to_html(f"$${latex}$$"), latex_to_html(latex)):
        soup = BeautifulSoup(shown, "html.parser")
        found = {tag.name for tag in soup.find_all(True)}
        assert not found & {"script", "img", "svg", "iframe", "a", "style", "object", "embed", "form", "link", "base"}
        assert all(name.startswith("m") or name in ("semantics", "none") for name in found)
        for tag in soup.find_all(True):
            assert not any(name.startswith("on") or "href" in name or name == "src" for name in tag.attrs)


def test_a_formula_becomes_mathml() -> None:
    tags = {tag.name for tag in BeautifulSoup(formula(r"\frac{a}{b_1}", "block"), "html.parser").find_all(True)}
    assert {"math", "mfrac", "msub"} <= tags <= HARMLESS


passwords = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=5, max_size=30)


@given(user=passwords, password=passwords)
@example(user="anna1", password="pass/word&<x>")
def test_a_password_is_hidden_in_each_form(user: str, password: str) -> None:
    uri = f"http://{quote(user, safe='')}:{quote(password, safe='')}@tracking.example/x"
    secrets = Secrets({"MLFLOW_TRACKING_TOKEN": f"token-{password}"}, [uri])
    quoted = quote(password, safe="")
    forms = [password, quoted, html.escape(password), json.dumps(password)[1:-1], repr(password)[1:-1]]
    # Around it is what belongs to no secret, so that what is left is no accident.
    text = "\n".join(f"\u2603{form}\u2603" for form in [*forms, f"token-{password}", uri])
    cell = v4.new_code_cell(
        "print()",
        outputs=[
            v4.new_output("stream", text=text),
            v4.new_output("display_data", data={"text/html": text, "application/json": {"a": [text]}}),
            v4.new_output("error", ename="E", evalue=text, traceback=[text]),
        ],
    )
    notebook = v4.new_notebook(cells=[cell])
    secrets.hide_in(notebook)
    for part in json.dumps(notebook.cells[0].outputs, ensure_ascii=False).split("\u2603"):
        assert password not in part
    hidden = secrets.hide(text)
    assert f"\u2603{password}\u2603" not in hidden
    assert f"\u2603{quoted}\u2603" not in hidden


def test_what_only_looks_like_a_secret_stays() -> None:
    secrets = Secrets({"HOME": "/home/anna", "SHORT_TOKEN": "abc"}, ["http://127.0.0.1:5000", "sqlite:////data/a@b.db"])
    for text in ("/home/anna", "abc", "http://127.0.0.1:5000", "sqlite:////data/a@b.db", "anna@example.org"):
        assert secrets.hide(text) == text
