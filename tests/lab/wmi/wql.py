# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WQL: SELECT … FROM … WHERE …, as WMI reads it (no IN, case ignored, backslash escapes in strings)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Value = str | int | float | bool | None
Row = Mapping[str, Any]


class QueryError(ValueError):
    """The text is no WQL query (WBEM_E_INVALID_QUERY)."""


@dataclass(frozen=True)
class Compare:
    """`name op literal`; `op` is one of = <> < <= > >= LIKE ISNULL NOTNULL."""

    name: str
    op: str
    value: Value = None


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    item: Condition


@dataclass(frozen=True)
class Both:
    """`left AND right`."""

    left: Condition
    right: Condition


@dataclass(frozen=True)
class Either:
    """`left OR right`."""

    left: Condition
    right: Condition


Condition = Compare | Not | Both | Either


@dataclass(frozen=True)
class Query:
    """A query that was read; `properties` is empty for `SELECT *`."""

    properties: tuple[str, ...]
    class_name: str
    where: Condition | None
    text: str


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<number>[+-]?(?:0[xX][0-9A-Fa-f]+|\d+(?:\.\d+)?))
      | (?P<word>[A-Za-z_][\w.]*)
      | (?P<symbol><>|!=|<=|>=|[=<>(),*])
    )""",
    re.VERBOSE | re.DOTALL,
)
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_OPERATORS = ("=", "<>", "!=", "<", "<=", ">", ">=")


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        QueryError: WMI would refuse it.
    """
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._position = 0

    def query(self) -> Query:
        self._keyword("SELECT")
        properties = self._select_list()
        self._keyword("FROM")
        class_name = self._word()
        where = None
        if self._accept("WHERE"):
            where = self._either()
        if self._position != len(self._tokens):
            raise QueryError(f"unexpected {self._peek()[1]!r}")
        return Query(properties, class_name, where, self._text)

    def _select_list(self) -> tuple[str, ...]:
        if self._accept("*"):
            return ()
        names = [self._word()]
        while self._accept(","):
            names.append(self._word())
        return tuple(names)

    def _either(self) -> Condition:
        left = self._both()
        while self._accept("OR"):
            left = Either(left, self._both())
        return left

    def _both(self) -> Condition:
        left = self._single()
        while self._accept("AND"):
            left = Both(left, self._single())
        return left

    def _single(self) -> Condition:
        if self._accept("NOT"):
            return Not(self._single())
        if self._accept("("):
            inner = self._either()
            if not self._accept(")"):
                raise QueryError("a parenthesis is not closed")
            return inner
        kind, _unused = self._peek()
        if kind in ("string", "number"):
            value = self._literal()
            op = self._operator()
            return Compare(self._word(), _FLIPPED.get(op, op), value)
        name = self._word()
        if self._accept("IS"):
            negated = self._accept("NOT")
            self._keyword("NULL")
            return Compare(name, "NOTNULL" if negated else "ISNULL")
        if self._accept("NOT"):
            self._keyword("LIKE")
            return Not(Compare(name, "LIKE", self._text_literal()))
        if self._accept("LIKE"):
            return Compare(name, "LIKE", self._text_literal())
        op = self._operator()
        value = self._literal()
        if value is None:
            return Compare(name, "ISNULL" if op == "=" else "NOTNULL")
        return Compare(name, op, value)

    def _operator(self) -> str:
        kind, text = self._next()
        if kind != "symbol" or text not in _OPERATORS:
            raise QueryError(f"{text!r} is no operator")
        return "<>" if text == "!=" else text

    def _text_literal(self) -> str:
        value = self._literal()
        if not isinstance(value, str):
            raise QueryError("LIKE needs a string")
        return value

    def _literal(self) -> Value:
        kind, text = self._next()
        if kind == "string":
            return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
        if kind == "number":
            return float(text) if "." in text else int(text, 0) if "x" in text.lower() else int(text)
        if kind == "word" and text.upper() in ("TRUE", "FALSE", "NULL"):
            return {"TRUE": True, "FALSE": False, "NULL": None}[text.upper()]
        raise QueryError(f"{text!r} is no value")

    def _word(self) -> str:
        kind, text = self._next()
        if kind != "word" or text.upper() in ("SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN"):
            raise QueryError(f"{text!r} is no name")
        return text

    def _keyword(self, word: str) -> None:
        if not self._accept(word):
            raise QueryError(f"{word} expected")

    def _accept(self, text: str) -> bool:
        kind, found = self._peek()
        if kind in ("word", "symbol") and found.upper() == text:
            self._position += 1
            return True
        return False

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._position] if self._position < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        if token[0] == "end":
            raise QueryError("the query ends too early")
        self._position += 1
        return token


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position = [], 0
    stripped = text.rstrip().rstrip(";")
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None or match.end() == position:
            raise QueryError(f"cannot read {stripped[position : position + 20]!r}")
        found.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        position = match.end()
    return found


def names(condition: Condition | None) -> set[str]:
    """All property names a condition mentions."""
    if condition is None:
        return set()
    if isinstance(condition, Compare):
        return {condition.name}
    if isinstance(condition, Not):
        return names(condition.item)
    return names(condition.left) | names(condition.right)


def key_values(condition: Condition | None, name: str) -> list[str] | None:
    """The values a key can have at all, in the query's order; None when the condition does not bind it."""
    if isinstance(condition, Compare):
        bound = condition.op == "=" and condition.name.lower() == name.lower()
        return [condition.value] if bound and isinstance(condition.value, str) else None
    if isinstance(condition, Both):
        left, right = key_values(condition.left, name), key_values(condition.right, name)
        return left if left is not None else right
    if isinstance(condition, Either):
        left, right = key_values(condition.left, name), key_values(condition.right, name)
        return None if left is None or right is None else left + [item for item in right if item not in left]
    return None


def matches(condition: Condition | None, row: Row) -> bool:
    """True if a row (properties by lower-case name) fulfils the condition."""
    if condition is None:
        return True
    if isinstance(condition, Both):
        return matches(condition.left, row) and matches(condition.right, row)
    if isinstance(condition, Either):
        return matches(condition.left, row) or matches(condition.right, row)
    if isinstance(condition, Not):
        return not matches(condition.item, row)
    value = row.get(condition.name.lower())
    if condition.op in ("ISNULL", "NOTNULL"):
        return (value is None) == (condition.op == "ISNULL")
    if value is None or isinstance(value, (list, tuple)):
        return False
    if condition.op == "LIKE":
        return _like(str(condition.value)).fullmatch(_text(value)) is not None
    return _compare(value, condition.op, condition.value)


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def _compare(value: Any, op: str, literal: Value) -> bool:
    if isinstance(value, bool) or isinstance(literal, bool):
        return _TESTS[op](_truth(value), _truth(literal))
    if isinstance(value, (int, float)):
        try:
            number: int | float = float(literal) if isinstance(literal, str) else literal  # type: ignore[assignment]
        except ValueError:
            return False
        return _TESTS[op](value, number)
    return _TESTS[op](_text(value).lower(), _text(literal).lower())


def _truth(value: Any) -> bool:
    return value.lower() == "true" if isinstance(value, str) else bool(value)


def _text(value: Any) -> str:
    return str(value)


def _like(pattern: str) -> re.Pattern[str]:
    r"""WQL's LIKE: % any text, _ one character, [a-f] [^a-f] ranges."""
    parts, position = [], 0
    while position < len(pattern):
        character = pattern[position]
        end = pattern.find("]", position + 1)
        if character == "%":
            parts.append(".*")
        elif character == "_":
            parts.append(".")
        elif character == "[" and end > position + 1:
            inner = pattern[position + 1 : end]
            escaped = re.sub(r"([\\\[\]^])", r"\\\1", inner.removeprefix("^"))
            parts.append(f"[^{escaped}]" if inner.startswith("^") else f"[{escaped}]")
            position = end
        else:
            parts.append(re.escape(character))
        position += 1
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
