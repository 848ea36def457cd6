"""Where the databases' SQL differs, and MLflow's use of it. One object per kind; queries ask the one they are for.

SQLite is the plain case. Facts about MLflow are from `SearchUtils.get_sql_comparison_func` of MLflow 3.17, and from
comparing answers.
"""

from __future__ import annotations

import math
from typing import Any

import sqlalchemy as sa

from ..filters import COMPARE
from . import schema
from .folding import replacements

Condition = sa.ColumnElement[bool]
Expression = sa.ColumnElement[Any]

_INTEGER_LIMIT = 2**63
#: What Python's `float` takes for a number, as a regular expression of every database; the white space is gone.
_DIGITS = "[0-9](_?[0-9])*"
_NUMBER = f"^[+-]?({_DIGITS}[.]?({_DIGITS})?|[.]{_DIGITS})([eE][+-]?{_DIGITS})?$"
_INFINITY = "^[+-]?([iI][nN][fF]|[iI][nN][fF][iI][nN][iI][tT][yY])$"


class Dialect:
    """SQLite, and what the others have in common with it."""

    label = "SQLite"
    #: Whether NULL sorts after all values instead of before.
    nulls_are_largest = False
    #: Columns joined in one query: SQLite joins at most 64 tables, MySQL 61, and the order may need some.
    joins = 24
    #: Whether the driver reads the whole answer to a query before it hands out the first row.
    fetches_all = False

    def is_text(self, column: Expression, text: str) -> Condition:
        """Return "the column is exactly this text", whatever the database takes for equal."""
        return column == text

    def compare_text(self, column: Expression, operator: str, value: Any) -> Condition:
        """Return MLflow's comparison of a column with a text, or with several for ``IN``."""
        if operator == "LIKE":
            return column.like(value)
        if operator == "ILIKE":
            return column.ilike(value)
        if operator == "IN":
            return column.in_(list(value))
        compared: Condition = COMPARE[operator](column, value)
        return compared

    def compare_number(self, column: Expression, operator: str, value: int | float) -> Condition:
        """Return the comparison of a column with a number, which is bound as what it is: 1.5 stays 1.5."""
        compared: Condition = COMPARE[operator](column, _bound(value))
        return compared

    def number(self, text: Expression) -> Expression:
        """Return the number that a param's text holds, as Python's `float` reads it; NULL for NaN and other text."""
        return sa.func.explorer_number(text, type_=sa.Float)

    def contains(self, column: Expression, text: str) -> Condition:
        """Return "the column contains `text`, ignoring case", as `matching.matcher` defines it."""
        if text.isascii():
            return sa.func.instr(sa.func.lower(column), text.lower()) > 0
        return sa.func.instr(sa.func.explorer_casefold(column), text.casefold()) > 0

    def pinned(self, index: str) -> str:
        """Return what follows a table's name to have an index (its name quoted) used; empty where there is no way."""
        return ""

    def key_condition(self, column: str) -> str:
        """Return "the column is exactly the text :key" as SQL; `column` is a quoted name."""
        return f"{column} = :key"

    def keys(self, source: sa.Table, condition: Condition) -> sa.Select[Any]:
        """Return the query for the keys that runs with `condition` have.

        It hops from key to key on the primary key instead of reading the table.
        """
        first = sa.select(sa.func.min(source.c.key).label("key"))
        keys = first.cte("keys", recursive=True)
        following = sa.select(sa.func.min(source.c.key)).where(source.c.key > keys.c.key).scalar_subquery()
        keys = keys.union_all(sa.select(following).where(keys.c.key.is_not(None)))
        using: sa.Select[Any] = (
            sa.select(sa.literal_column("1"))
            .select_from(source.join(schema.runs, schema.runs.c.run_uuid == source.c.run_uuid))
            .where(source.c.key == keys.c.key, condition)
            # PostgreSQL would read all of the table for EXISTS, and stops at the first run with this.
            .limit(sa.literal_column("1"))
        )
        return sa.select(keys.c.key).where(keys.c.key.is_not(None), using.scalar_subquery().is_not(None))


class SQLite(Dialect):
    """A file. ``explorer_number`` and ``explorer_casefold`` are functions that `sqlite` adds to each connection."""

    def pinned(self, index: str) -> str:
        """Return the hint; a query with an index that is not there fails."""
        return f" INDEXED BY {index}"


class PostgreSQL(Dialect):
    """PostgreSQL. Text compares byte by byte and sorts by the database's collation."""

    label = "PostgreSQL"
    nulls_are_largest = True
    fetches_all = True

    #: What `str.strip` takes off.
    _SPACE = "".join(c for c in map(chr, range(1, 0x3001)) if c.isspace())
    #: Beyond these, a text of digits is infinite or zero as a double, and PostgreSQL refuses to convert it.
    _OVERFLOW: Expression = sa.literal_column("1.797693134862315807937e308")
    _UNDERFLOW: Expression = sa.literal_column("2.4703282292062328e-324")

    def number(self, text: Expression) -> Expression:
        """Return the number that a text holds. Unlike Python, it knows no digits beyond 0 to 9.

        Every conversion is guarded, as one that fails would fail the query. A text that overflows as a double does
        not as NUMERIC, as long as its exponent has three digits; with more, its sign decides alone.
        """
        stripped = sa.func.btrim(text, self._SPACE)
        plain = sa.func.replace(stripped, "_", "")
        exact = sa.cast(plain, sa.Numeric)
        double = sa.cast(plain, sa.Float)
        zero, infinity = (sa.cast(sa.literal_column(f"'{value}'"), sa.Float) for value in ("0", "Infinity"))
        size = sa.func.abs(exact)
        by_sign = sa.case((plain.regexp_match("^-"), -infinity), else_=infinity)
        return sa.case(
            (stripped.regexp_match(_INFINITY), by_sign),
            (sa.not_(stripped.regexp_match(_NUMBER)), sa.null()),
            (
                plain.regexp_match("^[^eE]*([eE][+-]?0*[0-9]{1,3})?$"),
                sa.case((size >= self._OVERFLOW, by_sign), (size <= self._UNDERFLOW, zero), else_=double),
            ),
            (plain.regexp_match("^[+-]?[0.]*[eE]|[eE]-"), zero),
            else_=by_sign,
        )

    def contains(self, column: Expression, text: str) -> Condition:
        """Return "contains, ignoring case". With the collation C, `lower` knows the letters of ASCII only."""
        plain = sa.collate(column, "C")
        if text.isascii():
            return sa.func.strpos(sa.func.lower(plain), text.lower()) > 0
        folded = text.casefold()
        letters = replacements(folded)
        single = {letter: becomes for letter, becomes in letters.items() if len(becomes) == 1}
        searched: Expression = sa.func.translate(plain, "".join(single), "".join(single.values()))
        for letter, becomes in letters.items():
            if letter not in single:
                searched = sa.func.replace(searched, letter, becomes)
        return sa.func.strpos(searched, folded) > 0


class MySQL(Dialect):
    """MySQL and MariaDB. Their text compares without regard to case, accents and trailing spaces by default.

    MLflow asks for the same bytes beside that where it compares, but not where it looks for a key to sort by.
    """

    label = "MySQL"
    fetches_all = True

    def pinned(self, index: str) -> str:
        """Return the hint; a query with an index that is not there fails."""
        return f" FORCE INDEX ({index})"

    def key_condition(self, column: str) -> str:
        """Return "exactly", as `is_text`."""
        return f"{column} = :key AND BINARY CONVERT({column} USING utf8mb4) = :key"

    def is_text(self, column: Expression, text: str) -> Condition:
        """Return "exactly this text". The first condition finds it by index, the second does not depend on charsets."""
        return sa.and_(column == text, _binary(_utf8(column)) == text)

    def compare_text(self, column: Expression, operator: str, value: Any) -> Condition:
        """Return MLflow's comparison: also of the bytes, but for ``ILIKE``."""
        if operator == "IN":
            return _binary(column).in_(list(value))
        if operator == "ILIKE":
            return column.ilike(value)
        if operator == "LIKE":
            return sa.and_(column.like(value), _binary(column).like(value))
        if operator == "!=":
            return sa.or_(column != value, _binary(column) != value)
        return sa.and_(column == value, _binary(column) == value)

    def compare_number(self, column: Expression, operator: str, value: int | float) -> Condition:
        """Return the comparison. There is no infinity here, and it compares with every number as it does with 0."""
        if isinstance(value, float) and math.isinf(value):
            return sa.and_(column.is_not(None), sa.true() if COMPARE[operator](0.0, value) else sa.false())
        return super().compare_number(column, operator, value)

    def number(self, text: Expression) -> Expression:
        """Return the number that a text holds. Unlike Python, it knows only the white space and digits of ASCII.

        Infinities are the largest numbers, as MLflow stores them.
        """
        plain: Expression = text
        for letter in " \t\n\r\f\v_":
            plain = sa.func.replace(plain, letter, "")
        space = "[[:space:]]*"
        largest: Expression = sa.literal_column("1.7976931348623157e308")
        return sa.case(
            (
                text.regexp_match(f"^{space}{_INFINITY[1:-1]}{space}$"),
                sa.case((plain.like("-%"), -largest), else_=largest),
            ),
            (text.regexp_match(f"^{space}{_NUMBER[1:-1]}{space}$"), plain.op("+")(sa.literal_column("0e0"))),
            else_=sa.null(),
        )

    def contains(self, column: Expression, text: str) -> Condition:
        """Return "contains, ignoring case". `LOWER` knows all letters; two of them become letters of ASCII."""
        searched: Expression = sa.collate(_utf8(column), "utf8mb4_bin")
        if text.isascii():
            for letter in "\N{KELVIN SIGN}\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}":
                searched = sa.func.replace(searched, letter, "\N{REPLACEMENT CHARACTER}")
            return sa.func.locate(text.lower(), sa.func.lower(searched)) > 0
        folded = text.casefold()
        for letter, becomes in replacements(folded).items():
            searched = sa.func.replace(searched, letter, becomes)
        return sa.func.locate(folded, searched) > 0

    def keys(self, source: sa.Table, condition: Condition) -> sa.Select[Any]:
        """Return the query for the keys. In their own collation, keys that differ in case only would be one.

        The index on the run holds the key too, so the runs' keys are read from there. A recursive query would end
        after 1,000 keys, and telling bytes apart instead takes five times as long.
        """
        return (
            sa.select(sa.collate(_utf8(source.c.key), "utf8mb4_bin"))
            .distinct()
            .select_from(schema.runs.join(source, schema.runs.c.run_uuid == source.c.run_uuid))
            .where(condition)
        )


class MariaDB(MySQL):
    """MariaDB, which differs from MySQL in its name."""

    label = "MariaDB"


def _bound(value: int | float) -> Expression:
    if isinstance(value, int) and abs(value) >= _INTEGER_LIMIT:
        value = float(value)
    return sa.literal(value, sa.Float if isinstance(value, float) else sa.BigInteger)


def _utf8(column: Expression) -> Expression:
    """Return a text in the charset of the connection, which holds every other."""
    return sa.func.convert(column.op("USING")(sa.literal_column("utf8mb4")), type_=sa.String)


def _binary(column: Expression) -> Expression:
    """Return the bytes of a text, to compare with a text of the connection."""
    return sa.type_coerce(sa.cast(column, sa.LargeBinary), sa.String)
