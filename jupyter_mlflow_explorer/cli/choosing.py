"""What a person types to choose from a numbered list: ``all``, numbers and ranges, or text to filter by. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBERS = re.compile(r"[\d\s,\-–]+")
_RANGE = re.compile(r"(\d{1,9})(?:\s*[-–]\s*(\d{1,9}))?")


@dataclass(frozen=True)
class Chosen:
    """These places of the list, from 0, in the order typed, each once."""

    places: tuple[int, ...]


@dataclass(frozen=True)
class Narrowed:
    """Only entries with this text are wanted in the list; an empty text means all of them again."""

    text: str


@dataclass(frozen=True)
class Misunderstood:
    """Nothing that can be done; ``message`` says why and what is possible."""

    message: str


def read_choice(typed: str, count: int) -> Chosen | Narrowed | Misunderstood:
    """Return what was typed for a list of `count` entries, which are numbered from 1.

    ``all`` or ``*`` is everything; ``1-5,8`` are numbers and ranges; a text after ``/`` filters even where it looks
    like numbers; any other text filters.
    """
    text = typed.strip()
    if not text:
        return Misunderstood("Type numbers such as 1-5,8, or all, or a text to filter by; q leaves.")
    if text.startswith("/"):
        return Narrowed(text[1:].strip())
    if text.lower() in ("all", "*"):
        return Chosen(tuple(range(count))) if count else Misunderstood("The list is empty.")
    if not _NUMBERS.fullmatch(text):
        return Narrowed(text)
    places: dict[int, None] = {}
    for part in re.split(r"[,\s]+(?![-–])(?<![-–])", re.sub(r"\s*([-–])\s*", r"\1", text).strip(", ")):
        match = _RANGE.fullmatch(part)
        if match is None:
            return Misunderstood(f"{part!r} is no number and no range such as 1-5.")
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last:
            return Misunderstood(f"The range {part} runs backwards. Write {last}-{first}.")
        if first < 1 or last > count:
            return Misunderstood(f"{part} is not in the list, which has the numbers 1 to {count}.")
        places.update(dict.fromkeys(range(first - 1, last)))
    return Chosen(tuple(places))
