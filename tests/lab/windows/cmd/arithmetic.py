# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SET /A: 32-bit integer arithmetic."""

from __future__ import annotations

import re

from .process import Environment

_TOKEN = re.compile(
    r"\s*(0x[0-9a-f]+|\d+|[a-z_][\w.]*|<<=?|>>=?|[-+*/%&|^]=|[-+*/%&|^~!(),=])", re.IGNORECASE
)
_LEVELS = (("|",), ("^",), ("&",), ("<<", ">>"), ("+", "-"), ("*", "/", "%"))


class ArithmeticSyntaxError(ValueError):
    """Not an expression."""


def evaluate(text: str, environment: Environment) -> int:
    """Evaluate an expression, assignments included; the value of the last one."""
    tokens: list[str] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ArithmeticSyntaxError(text)
        tokens.append(match[1])
        at = match.end()
    parser = _Evaluator(tokens, environment)
    value = parser.assignment()
    while parser.take(","):
        value = parser.assignment()
    if parser.tokens:
        raise ArithmeticSyntaxError(text)
    return value


def _wrap(value: int) -> int:
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value & 0x80000000 else value


class _Evaluator:
    def __init__(self, tokens: list[str], environment: Environment) -> None:
        self.tokens = tokens
        self._environment = environment

    def take(self, *wanted: str) -> str:
        if self.tokens and self.tokens[0] in wanted:
            return self.tokens.pop(0)
        return ""

    def assignment(self) -> int:
        if len(self.tokens) > 1 and self.tokens[1].endswith("=") and self.tokens[0][0].isalpha():
            name, operator = self.tokens.pop(0), self.tokens.pop(0)[:-1]
            value = self.assignment()
            if operator:
                value = _apply(operator, self._variable(name), value)
            self._environment.set(name, str(value))
            return value
        return self._level(0)

    def _level(self, depth: int) -> int:
        if depth == len(_LEVELS):
            return self._unary()
        value = self._level(depth + 1)
        while operator := self.take(*_LEVELS[depth]):
            value = _apply(operator, value, self._level(depth + 1))
        return value

    def _unary(self) -> int:
        operator = self.take("-", "+", "~", "!")
        if operator:
            value = self._unary()
            return {"-": -value, "+": value, "~": ~value, "!": int(not value)}[operator]
        if self.take("("):
            value = self.assignment()
            if not self.take(")"):
                raise ArithmeticSyntaxError("(")
            return value
        if not self.tokens:
            raise ArithmeticSyntaxError("end")
        token = self.tokens.pop(0)
        return _number(token) if token[0].isdigit() else self._variable(token)

    def _variable(self, name: str) -> int:
        try:
            return _number(self._environment.get(name) or "0")
        except ArithmeticSyntaxError:
            return 0


def _number(text: str) -> int:
    plain = text.strip()
    sign = -1 if plain.startswith("-") else 1
    plain = plain.lstrip("-")
    try:
        base = 16 if plain.lower().startswith("0x") else 8 if plain.startswith("0") and len(plain) > 1 else 10
        return _wrap(sign * int(plain, base))
    except ValueError as error:
        raise ArithmeticSyntaxError(text) from error


def _apply(operator: str, left: int, right: int) -> int:
    if operator in "/%" and right == 0:
        raise ZeroDivisionError
    quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1) if operator in "/%" else 0
    results = {
        "+": left + right,
        "-": left - right,
        "*": left * right,
        "/": quotient,
        "%": left - quotient * right,
        "&": left & right,
        "|": left | right,
        "^": left ^ right,
    }
    if operator == "<<":
        return _wrap(left << (right & 31))
    if operator == ">>":
        return _wrap(left >> (right & 31))
    return _wrap(results[operator])
