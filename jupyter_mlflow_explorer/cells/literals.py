"""Text and values into source: the one place where what comes from MLflow becomes Python, a comment or Markdown.

Run names, tags, params, paths and URIs are hostile: they may hold newlines, quotes, braces, markup, control and
bidirectional characters. Every function here returns text that cannot leave the place where it is put.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable

from ..visible import visible

__all__ = ["comment", "labels", "markdown", "markdown_code", "python", "shorten", "visible"]

#: Python literals are laid out for this line length, the default of common formatters.
LINE_LENGTH = 88

#: Above this size Python refuses to convert an integer to decimal digits (``sys.set_int_max_str_digits``: 4,300).
_DECIMAL_BITS = 10_000
_SHORT_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\\": r"\\"}
_MARKDOWN_LOOKALIKES = {"$": "\N{FULLWIDTH DOLLAR SIGN}", "\\": "\N{FULLWIDTH REVERSE SOLIDUS}"}


def python(value: object, *, indent: int = 0, room: int = LINE_LENGTH) -> str:
    """Return a Python expression that evaluates to `value`.

    Parameters
    ----------
    value
        ``str``, ``int``, ``float`` (NaN and infinities too), ``bool``, ``None``, or a list, tuple or dict of those.
    indent
        Column of the line on which the expression starts; a container that is too long for one line is laid out over
        several, whose continuation is indented from here.
    room
        Columns left on the first line; one-line containers that need more are laid out over several lines.

    Raises
    ------
    TypeError
        For any other type, subclasses included: what is not known is never guessed.
    """
    kind = type(value)
    if value is None or kind is bool:
        return repr(value)
    if isinstance(value, str) and kind is str:
        return _text(value)
    if isinstance(value, int) and kind is int:
        return hex(value) if value.bit_length() > _DECIMAL_BITS else repr(value)
    if isinstance(value, float) and kind is float:
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if isinstance(value, (list, tuple, dict)) and kind in (list, tuple, dict):
        return _container(value, indent, room)
    raise TypeError(f"No Python literal for a value of type {kind.__name__}")


def comment(text: str) -> str:
    """Return `text` as the content of one comment line, without the ``#``: one line, no invisible characters.

    ``coding:`` and ``coding=`` are broken up, because Python reads them in a file's first comments as its encoding.
    """
    return re.sub(r"coding(?=[:=])", "coding ", visible(text))


def markdown(text: str) -> str:
    """Return `text` as inline Markdown that shows it as plain text.

    ASCII punctuation becomes numeric entities, so no character can start markup, HTML, a link or a table cell. A dollar
    sign and a backslash become their full-width forms: JupyterLab typesets mathematics in the rendered page, where an
    entity is a dollar sign again.
    """
    return "".join(_markdown_character(character) for character in visible(text))


def markdown_code(text: str) -> str:
    """Return `text` as a Markdown code span, for names, paths and values; fit for a table cell too.

    Nothing inside a code span is markup or mathematics. A pipe becomes a broken bar, as tables split on it even there.
    """
    shown = visible(text).replace("|", "\N{BROKEN BAR}")
    if not shown:
        return "*(empty)*"
    # Renderers disagree about backticks inside spans (CommonMark's fence rule is not universal), so there are none.
    return f"`{shown.replace('`', chr(0x2CB))}`"


def shorten(text: str, length: int) -> str:
    """Return `text` with its middle replaced by an ellipsis where it is longer than `length` characters (>= 3)."""
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    return f"{text[:head]}…{text[len(text) - (length - 1 - head) :]}"


def labels(named: Iterable[tuple[str, str]], *, length: int = 80) -> dict[str, str]:
    """Return a heading for each (id, name): the name as `visible` text, told apart by a short id where names repeat.

    Ids must be distinct; so are the headings. A run without a name is called by its id.
    """
    texts = {identifier: shorten(visible(name), length) or visible(identifier) for identifier, name in named}
    forms: list[Callable[[str, str], str]] = [
        lambda identifier, text: text,
        lambda identifier, text: f"{text} ({visible(identifier)[:8]})",
        lambda identifier, text: f"{text} ({visible(identifier)})",
    ]
    found = {identifier: forms[0](identifier, text) for identifier, text in texts.items()}
    for form in forms[1:]:
        repeated = _repeated(found.values())
        found = {
            identifier: form(identifier, texts[identifier]) if label in repeated else label
            for identifier, label in found.items()
        }
    counts = Counter(found.values())
    for number, (identifier, label) in enumerate(list(found.items()), start=1):
        if counts[label] > 1:
            found[identifier] = f"{label} #{number}"
            counts.subtract([label])
            counts.update([found[identifier]])
    return found


def _repeated(values: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    return {value for value in values if value in seen or seen.add(value)}  # type: ignore[func-returns-value]


def _text(value: str) -> str:
    quote = "'" if '"' in value and "'" not in value else '"'
    return quote + "".join(_escaped(character, quote) for character in value) + quote


def _escaped(character: str, quote: str) -> str:
    if character == quote:
        return "\\" + character
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    # Not printable: control, format (bidirectional too), surrogate, private and unassigned characters, odd spaces.
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _container(value: list[object] | tuple[object, ...] | dict[object, object], indent: int, room: int) -> str:
    brackets = {list: "[]", tuple: "()", dict: "{}"}[type(value)]
    if isinstance(value, dict):
        items = [f"{python(key, room=10**9)}: " for key in value]
        values = list(value.values())
    else:
        items = [""] * len(value)
        values = list(value)
    flat = ", ".join(item + python(element, room=10**9) for item, element in zip(items, values, strict=True))
    one_line = brackets[0] + flat + (",)" if len(values) == 1 and isinstance(value, tuple) else brackets[1])
    if not values or len(one_line) <= room:
        return one_line
    inner = indent + 4
    lines = [
        f"{' ' * inner}{item}{python(element, indent=inner, room=LINE_LENGTH - inner - len(item) - 1)},"
        for item, element in zip(items, values, strict=True)
    ]
    return "\n".join([brackets[0], *lines, " " * indent + brackets[1]])


def _markdown_character(character: str) -> str:
    if character in _MARKDOWN_LOOKALIKES:
        return _MARKDOWN_LOOKALIKES[character]
    return character if not character.isascii() or character.isalnum() or character == " " else f"&#{ord(character)};"
