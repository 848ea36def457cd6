"""Text from a store, made fit for one line that people read: on a terminal, in a comment, as a heading."""

from __future__ import annotations

import unicodedata


def visible(text: str) -> str:
    """Return `text` on one line for people to read: white space of any kind as a space, control, bidirectional and
    unpaired surrogate characters as U+FFFD, ends trimmed."""
    return "".join(_visible_character(character) for character in text).strip()


def _visible_character(character: str) -> str:
    if character.isprintable():
        return character
    if character.isspace():
        return " "
    # The zero width joiner holds emoji together; it is harmless between visible characters.
    if character == "\N{ZERO WIDTH JOINER}":
        return character
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character) in ("Cc", "Cf", "Cs") else character
