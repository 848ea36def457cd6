"""`cells.literals`: whatever the text, it stays a literal, one comment line, or plain text on the page."""

from __future__ import annotations

import ast
import io
import math
import re
import tokenize
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager
from markdown_it import MarkdownIt
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from jupyter_mlflow_explorer.cells import literals

NASTY = [
    "",
    " ",
    "plain",
    "café 😀 👨‍👩‍👧",
    'say "hi"',
    'it\'s "both"',
    "back\\slash \\n \\",
    "line\nbreak\r\nand\rmore",
    "\u2028\u2029\x85\x0b\x0c\x1c",
    "\x00\x07\x1b[31m",
    "\u202eevil\u202c \u2066x\u2069",
    "\ud800 lone \udfff",
    "{braces} {0} {{x}} %s %(a)s ${x} $x$ $$y$$",
    "</script><img src=x onerror=alert(1)>",
    "[x](javascript:alert(1)) ![y](http://e.com/p.png) <http://e.com> https://e.com www.e.com a@b.com",
    "`tick` ``two`` ``` three\n```",
    "| a | b |\n|---|---|",
    "# heading\n- item\n> quote\n1. one\n***\n    code",
    "\\(x\\) \\[y\\] \\begin{equation}z\\end{equation}",
    "&lt;b&gt; &#60;script&#62; &copy;",
    "%%bash\nrm -rf /",
    "!ls\n%cd /\nfoo?\n??x",
    "coding: utf-7 -*- coding=latin-1 -*-",
    "*em* _em_ **strong** ~~del~~ ^sup^ [^1] [ ] [x] :tag:",
]
anything = st.one_of(st.sampled_from(NASTY), st.text(alphabet=st.characters(exclude_categories=())))
simple = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), anything)
nested = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(anything, inner, max_size=4),
    ),
    max_leaves=12,
)


def evaluate(expression: str) -> Any:
    """Evaluate with nothing but `float` in reach."""
    return eval(compile(expression, "cell", "eval"), {"__builtins__": {}, "float": float})


def same(left: Any, right: Any) -> bool:
    """Equality with the type, the sign of zero and NaN."""
    return repr(left) == repr(right)


@given(nested)
def test_a_literal_evaluates_to_its_value(value: Any) -> None:
    assert same(evaluate(literals.python(value)), value)


@given(nested, st.integers(0, 40), st.integers(0, 100))
def test_a_literal_laid_out_over_lines_evaluates_to_its_value(value: Any, indent: int, room: int) -> None:
    expression = literals.python(value, indent=indent, room=room)
    assert same(evaluate(expression), value)


@given(anything)
def test_a_text_literal_is_one_line_that_every_encoding_and_ipython_leave_alone(text: str) -> None:
    expression = literals.python(text)
    assert len(expression.splitlines()) == 1
    expression.encode()
    source = f"x = {expression}"
    assert TransformerManager().transform_cell(source).rstrip("\n") == source


@pytest.mark.parametrize(
    ("value", "expression"),
    [
        ("café 😀", '"café 😀"'),
        ('say "hi"', "'say \"hi\"'"),
        ("a\u202eb", '"a\\u202eb"'),
        (True, "True"),
        (1, "1"),
        (float("nan"), 'float("nan")'),
        ([float("inf"), -math.inf], '[float("inf"), float("-inf")]'),
        ((1,), "(1,)"),
        ({"a": [1, 2]}, '{"a": [1, 2]}'),
        ({}, "{}"),
    ],
)
def test_a_literal_reads_as_a_person_would_write_it(value: Any, expression: str) -> None:
    assert literals.python(value) == expression


def test_long_containers_take_one_line_an_item() -> None:
    assert literals.python({"a": "x", "b": ["y"]}, room=0) == '{\n    "a": "x",\n    "b": ["y"],\n}'


def test_a_huge_integer_is_written_in_hex() -> None:
    assert ast.literal_eval(literals.python(10**9000)) == 10**9000


class Text(str):
    """A subclass, whose repr could be anything."""


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", 1j, Text("x"), [Text("x")], range(3)])
def test_other_types_are_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="No Python literal"):
        literals.python(value)


@given(anything)
def test_a_comment_stays_one_comment(text: str) -> None:
    source = f"# {literals.comment(text)}\nx = 1\n"
    kinds = [token.type for token in tokenize.generate_tokens(io.StringIO(source).readline)]
    assert kinds.count(tokenize.COMMENT) == 1
    assert ast.dump(ast.parse(source)) == ast.dump(ast.parse("x = 1"))
    # As a file, too: a first comment may name the encoding.
    assert ast.dump(ast.parse(source.encode())) == ast.dump(ast.parse("x = 1"))


class Page(HTMLParser):
    """Collects the tags and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        for name, _ in attrs:
            self.tags.append(f"@{name}")

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(source: str) -> list[Page]:
    """Render as CommonMark with tables, and as nbconvert does."""
    return [
        Page(MarkdownIt("commonmark").enable("table").enable("strikethrough").render(source)),
        Page(markdown2html_mistune(source)),
    ]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@given(anything)
def test_markdown_text_has_no_markup(text: str) -> None:
    shown = literals.visible(text).replace("$", "＄").replace("\\", "＼")
    for page in rendered(f"Run {literals.markdown(text)} end"):
        assert page.tags == ["p"]
        assert squeezed(page.text) == squeezed(f"Run {shown} end")


@given(anything, anything)
def test_markdown_code_spans_have_no_markup(text: str, other: str) -> None:
    for page in rendered(f"- {literals.markdown_code(text)}, {literals.markdown_code(other)}"):
        assert [tag for tag in page.tags if tag not in ("em", "p")] in (
            ["ul", "li", "code", "code"],
            ["ul", "li", "code"],
            ["ul", "li"],
        )
        for part in (text, other):
            shown = literals.visible(part).replace("|", "¦").replace("`", "ˋ")
            assert squeezed(shown) in squeezed(page.text)


@given(anything, anything)
def test_table_cells_stay_two(text: str, other: str) -> None:
    source = f"| a | b |\n|---|---|\n| {literals.markdown_code(text)} | {literals.markdown(other)} |\n"
    for page in rendered(source):
        assert page.tags.count("td") == 2
        assert page.tags.count("tr") == 2
        assert not {"img", "a", "script", "@href", "@src", "@onerror"} & set(page.tags)


@given(anything)
def test_markdown_has_no_mathematics(text: str) -> None:
    assert not re.search(r"[$\\]", literals.markdown(text))


@given(st.lists(st.tuples(st.uuids().map(lambda u: u.hex), anything), unique_by=lambda pair: pair[0], max_size=8))
def test_labels_are_distinct_visible_and_in_order(named: list[tuple[str, str]]) -> None:
    found = literals.labels(named)
    assert list(found) == [identifier for identifier, _ in named]
    assert len(set(found.values())) == len(named)
    for label in found.values():
        assert label
        assert len(label.splitlines()) == 1
        assert len(label) < 130


def test_labels_tell_equal_names_apart_by_short_id() -> None:
    named = [("a" * 32, "run"), ("b" * 32, "run"), ("c" * 32, "other"), ("d" * 32, "")]
    assert list(literals.labels(named).values()) == ["run (aaaaaaaa)", "run (bbbbbbbb)", "other", "d" * 32]


def test_labels_stay_distinct_when_short_ids_and_names_collide() -> None:
    named = [("a" * 31 + "1", "run"), ("a" * 31 + "2", "run"), ("x", "run (aaaaaaaa)")]
    assert len(set(literals.labels(named).values())) == 3


def test_shorten_keeps_both_ends() -> None:
    assert literals.shorten("abcdefghij", 5) == "ab…ij"
    assert literals.shorten("abc", 5) == "abc"
