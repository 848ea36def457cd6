"""Reads MLflow's filter and order grammar, and a superset of it, by recursive descent.

::

    filter     = or
    or         = and { OR and }
    and        = not { AND not }
    not        = NOT not | "(" or ")" | comparison
    comparison = key operator value | key [NOT] IN "(" text { "," text } [","] ")" | key IS [NOT] NULL
    order      = key [ ASC | DESC ]
    key        = [ kind "." ] ( word { "." word } | `quoted` | "quoted" )

MLflow itself has AND only, no NOT and no parentheses, and compares params as text. A quoted value ends as MLflow
ends it, and is taken as it stands: ``'it''s'`` keeps both quotes there and here, so write ``"it's"``. MLflow ignores
an AND too many and joins two conditions without one; here both are errors, because they are slips.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NoReturn, cast

from ...errors import BadFilter
from .keys import DATASET_KEYS, EXPERIMENTS, NULL, RUNS, Vocabulary
from .tree import And, Comparison, Filter, Key, KeyKind, Node, Not, Operator, Or, OrderTerm, Value

#: Far above what a person writes; keeps SQL within SQLite's limits on depth and tables.
MAX_LENGTH = 20_000
MAX_COMPARISONS = 200
MAX_DEPTH = 40

_SINGLE = r"'(?:''|\\'|[^'])*'"
_DOUBLE = r'"(?:""|\\"|[^"])*"'
_BACKTICK = r"`(?:``|[^`])*`"
_NAME = rf"(?:{_BACKTICK}|{_DOUBLE}|\w+(?:\.\w+)*)"
_KEY = re.compile(rf"(?:(?P<kind>`\w+`|\w+)\.)?(?P<name>{_NAME})")
_TEXT = re.compile(f"{_SINGLE}|{_DOUBLE}")
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])")
_SYMBOL = re.compile(r"<=|>=|!=|<>|==|=|<|>")
_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"\w+")


def parse_runs_filter(text: str) -> Filter:
    """Parse a filter of runs; raises `BadFilter`."""
    return _Parser(text, RUNS).filter()


def parse_experiments_filter(text: str) -> Filter:
    """Parse a filter of experiments; raises `BadFilter`."""
    return _Parser(text, EXPERIMENTS).filter()


def parse_runs_order(clauses: tuple[str, ...]) -> tuple[OrderTerm, ...]:
    """Parse the order of runs, one clause a text; raises `BadFilter`, also where two clauses name one key."""
    return _order(clauses, RUNS)


def parse_experiments_order(clauses: tuple[str, ...]) -> tuple[OrderTerm, ...]:
    """Parse the order of experiments; raises `BadFilter`."""
    return _order(clauses, EXPERIMENTS)


def _order(clauses: tuple[str, ...], words: Vocabulary) -> tuple[OrderTerm, ...]:
    terms: list[OrderTerm] = []
    for clause in clauses:
        term = _Parser(clause, words).order()
        if any(other.key == term.key for other in terms):
            raise BadFilter(f"The order names {term.key.kind} '{term.key.name}' twice. Remove one of them.", 0)
        terms.append(term)
    return tuple(terms)


class _Parser:
    """One pass over one text; ``at`` is the next character to read."""

    def __init__(self, text: str, words: Vocabulary) -> None:
        self.text = text
        self.words = words
        self.at = 0
        self.comparisons = 0

    # Entry points

    def filter(self) -> Filter:
        if len(self.text) > MAX_LENGTH:
            raise BadFilter(f"The filter is longer than {MAX_LENGTH:,} characters. Shorten it.", MAX_LENGTH)
        if not self.text.strip():
            return Filter(None)
        tree = self._or(0)
        self._space()
        if self.at < len(self.text):
            self._fail(f"Expected AND, OR or the end of the filter, found {self._found()}", self.at)
        return Filter(tree)

    def order(self) -> OrderTerm:
        if not self.text.strip():
            raise BadFilter("An order clause is empty. Write for example: attributes.start_time DESC", 0)
        start, key = self._key()
        if key.kind not in self.words.orderable:
            self._fail(f"{self.words.noun.capitalize()} cannot be sorted by {key.kind}s", start)
        descending = False
        if self._keyword("DESC"):
            descending = True
        else:
            self._keyword("ASC")
        self._space()
        if self.at < len(self.text):
            self._fail(f"Expected ASC, DESC or the end of the order clause, found {self._found()}", self.at)
        return OrderTerm(key, descending)

    # Grammar

    def _or(self, depth: int) -> Node:
        parts = [self._and(depth)]
        while self._keyword("OR"):
            parts.append(self._and(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _and(self, depth: int) -> Node:
        parts = [self._not(depth)]
        while self._keyword("AND"):
            parts.append(self._not(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _not(self, depth: int) -> Node:
        self._space()
        if depth > MAX_DEPTH:
            self._fail(f"More than {MAX_DEPTH} levels of parentheses and NOT", self.at)
        if self._keyword("NOT"):
            return Not(self._not(depth + 1))
        start = self.at
        if self._symbol("("):
            inner = self._or(depth + 1)
            if not self._symbol(")"):
                self._fail(f"Expected ) for the ( at character {start + 1}, found {self._found()}", self.at)
            return inner
        return self._comparison()

    def _comparison(self) -> Comparison:
        start, key = self._key()
        self.comparisons += 1
        if self.comparisons > MAX_COMPARISONS:
            self._fail(f"More than {MAX_COMPARISONS} conditions", start)
        operator = self._operator(key)
        value, source = self._value(key, operator)
        is_mlflow = self.words.is_mlflow(key.kind, key.name, operator, isinstance(value, int | float))
        return Comparison(key, operator, value, source, start, is_mlflow)

    def _key(self) -> tuple[int, Key]:
        self._space()
        start = self.at
        match = _KEY.match(self.text, start)
        if match is None or match.group().upper() in ("AND", "OR", "NOT"):
            self._fail(f"Expected a key such as metrics.accuracy, found {self._found()}", start)
        kind_text, name_text = match["kind"], match["name"]
        kind: KeyKind = "attribute"
        if kind_text is not None:
            known = self.words.kinds.get(kind_text.strip("`"))
            if known is None:
                self._fail(
                    f"Unknown kind of key '{kind_text}'. Filters of {self.words.noun} know "
                    f"{_listed(dict.fromkeys(self.words.kinds.values()))}",
                    start,
                )
            kind = known
        name = name_text[1:-1] if name_text[0] in '`"' else name_text
        if name_text[0] == '"' and len(name) >= 2 and name[0] == name[-1] == "`":
            name = name[1:-1]  # MLflow takes both pairs of quotes off.
        self._check_name(kind, name, start, match.start("name"))
        self.at = match.end()
        following = self.text[self.at : self.at + 1]
        if following and following in "-/:.@#$" and name_text[0] not in '`"':
            self._fail("A key with other characters than letters, digits, _ and . needs backticks", self.at)
        if kind == "attribute":
            name = self.words.aliases.get(name, name)
        return start, Key(kind, name)

    def _check_name(self, kind: KeyKind, name: str, start: int, name_start: int) -> None:
        if not name:
            self._fail("The key is empty", name_start)
        if kind == "attribute" and name not in self.words.attributes and name not in self.words.aliases:
            hint = "" if start != name_start else ". Params, metrics and tags need a prefix, such as params."
            self._fail(
                f"Unknown attribute '{name}'. Attributes of {self.words.noun} are "
                f"{_listed(sorted(self.words.attributes))}{hint if self.words is RUNS else ''}",
                name_start,
            )
        if kind == "dataset" and name not in DATASET_KEYS:
            self._fail(f"Unknown dataset key '{name}'. Datasets have {_listed(sorted(DATASET_KEYS))}", name_start)

    def _operator(self, key: Key) -> Operator:
        self._space()
        start = self.at
        symbol = _SYMBOL.match(self.text, start)
        if symbol is not None:
            self.at = symbol.end()
            if symbol.group() in ("==", "<>"):
                self._fail(f"Write {'=' if symbol.group() == '==' else '!='} instead of {symbol.group()}", start)
            return cast(Operator, symbol.group())
        if self._keyword("IS"):
            negated = self._keyword("NOT")
            if not self._keyword("NULL"):
                self._fail(f"Expected NULL or NOT NULL after IS, found {self._found()}", self.at)
            return "IS NOT NULL" if negated else "IS NULL"
        negated = self._keyword("NOT")
        for word in ("LIKE", "ILIKE", "IN"):
            if self._keyword(word):
                return cast(Operator, f"NOT {word}" if negated else word)
        self._fail(f"Expected a comparison such as = or > after '{key.name}', found {self._found()}", start)

    def _value(self, key: Key, operator: Operator) -> tuple[Value, str]:
        if operator in NULL:
            if key.kind == "dataset":
                self._fail("IS NULL does not work for datasets", self.at)
            return None, ""
        self._space()
        start = self.at
        if operator in ("IN", "NOT IN"):
            value: Value = self._list()
        elif (text := _TEXT.match(self.text, start)) is not None:
            self.at = text.end()
            value = text.group()[1:-1]
        elif (number := _NUMBER.match(self.text, start)) is not None:
            self.at = number.end()
            value = _number(number.group())
        else:
            self._fail_value(key, operator, start)
        self._check_value(key, operator, value, start)
        return value, self.text[start : self.at]

    def _list(self) -> tuple[str, ...]:
        if not self._symbol("("):
            self._fail(f"Expected a list such as ('a', 'b'), found {self._found()}", self.at)
        values: list[str] = []
        while True:
            self._space()
            if values and self._symbol(")"):
                return tuple(values)
            text = _TEXT.match(self.text, self.at)
            if text is None:
                self._fail(f"Expected a quoted text in the list, found {self._found()}", self.at)
            values.append(text.group()[1:-1])
            self.at = text.end()
            if not self._symbol(","):
                if not self._symbol(")"):
                    self._fail(f"Expected , or ) in the list, found {self._found()}", self.at)
                return tuple(values)

    def _check_value(self, key: Key, operator: Operator, value: Value, start: int) -> None:
        is_number = isinstance(value, int | float)
        accepted = self.words.accepted(key.kind, key.name, is_number)
        if not accepted:
            wanted = "a quoted text" if is_number else "a number"
            self._fail(f"'{key.name}' is compared with {wanted}, found {self.text[start : self.at]}", start)
        if operator not in accepted:
            hint = " (write the number without quotes)" if key.kind == "param" and not is_number else ""
            self._fail(f"{operator} does not work for '{key.name}' with this value{hint}", start)
        if self.words is EXPERIMENTS and key.name == "experiment_id" and key.kind == "attribute":
            if operator not in ("=", "!=", "IN", "NOT IN"):
                self._fail(f"{operator} does not work for 'experiment_id'; use = or IN", start)
            for text in value if isinstance(value, tuple) else (value,):
                if not re.fullmatch(r"-?[0-9]{1,18}", str(text)):
                    self._fail(f"An experiment id is a whole number in quotes, found '{text}'", start)

    # Scanning

    def _space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _symbol(self, symbol: str) -> bool:
        self._space()
        if self.text.startswith(symbol, self.at):
            self.at += len(symbol)
            return True
        return False

    def _keyword(self, keyword: str) -> bool:
        """Step over `keyword` if it comes next as a whole word, in any case."""
        self._space()
        match = _WORD.match(self.text, self.at)
        if match is None or match.group().upper() != keyword:
            return False
        # `in.x` would be a key, not a keyword.
        if self.text.startswith(".", match.end()):
            return False
        self.at = match.end()
        return True

    def _found(self) -> str:
        self._space()
        rest = self.text[self.at : self.at + 24]
        return f"'{rest}{'…' if len(self.text) > self.at + 24 else ''}'" if rest else "the end"

    def _fail_value(self, key: Key, operator: Operator, start: int) -> NoReturn:
        first = self.text[start : start + 1]
        if first and first in "'\"":
            self._fail(f"The text that starts with {first} is not closed", start)
        is_number = bool(self.words.accepted(key.kind, key.name, True))
        wanted = {
            (True, True): "a number or a quoted text",
            (True, False): "a number",
            (False, True): "a quoted text such as 'x'",
        }[is_number, bool(self.words.accepted(key.kind, key.name, False))]
        self._fail(f"Expected {wanted} after {operator}, found {self._found()}", start)

    def _fail(self, what: str, position: int) -> NoReturn:
        raise BadFilter(f"{what} (at character {position + 1}).", position)


def _number(text: str) -> int | float:
    if re.fullmatch(r"-?\d{1,18}", text):
        return int(text)
    return float(text)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
