# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parses command lines as cmd.exe does: operators, groups, redirections, quotes and carets.

Rules after `cmd /?`, `if /?`, `for /?` and the phases described in "How does the Windows Command
Interpreter (CMD.EXE) parse scripts?" (Stack Overflow 4094699). The text comes with percent expansion done.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from .cursor import DELIMITERS, SPACE, Cursor
from .syntax import Binary, CmdSyntaxError, For, Group, If, Node, Nothing, Redirection, Simple

_COMPARISONS = ("equ", "neq", "lss", "leq", "gtr", "geq")


@lru_cache(maxsize=256)
def parse_line(text: str) -> Node:
    """Return the tree of a line that no other line follows; a fleet is asked with the same lines.

    Raises:
        CmdSyntaxError: cmd.exe would refuse the line.
    """
    return Parser(text).parse()


class Parser(Cursor):
    """Parses one logical line; a group that is not closed asks for more lines."""

    def parse(self) -> Node:
        """The tree of the line.

        Raises:
            CmdSyntaxError: cmd.exe would refuse the line.
        """
        node = self._sequence()
        self._skip(SPACE)
        if self._at < len(self._text):
            raise self._unexpected()
        return node

    # -- grammar -------------------------------------------------------------------------------------

    def _sequence(self, *, one_line: bool = False) -> Node:
        left: Node | None = None
        while True:
            self._skip(DELIMITERS if left is None else SPACE)
            if self._peek() == "\n" and self._depth and not one_line:
                self._at += 1
                continue
            if not self._peek():
                if self._depth and not one_line and self._fetch():
                    continue
                break
            if self._peek() == ")" and self._depth:
                break
            if self._peek() == ":" and not one_line:
                self._take_line()
                continue
            right = self._either()
            left = right if left is None else Binary("&", left, right)
            self._skip(SPACE)
            if self._peek() == "&" and self._peek(2) != "&&":
                self._at += 1
                continue
            if self._peek() == "\n" and self._depth and not one_line:
                continue
            if not self._peek() and self._depth and not one_line:
                continue
            break
        return left if left is not None else Nothing()

    def _either(self) -> Node:
        left = self._both()
        while self._ahead("||"):
            self._at += 2
            left = Binary("||", left, self._operand(self._both))
        return left

    def _both(self) -> Node:
        left = self._pipe()
        while self._ahead("&&"):
            self._at += 2
            left = Binary("&&", left, self._operand(self._pipe))
        return left

    def _pipe(self) -> Node:
        left = self._command()
        self._skip(SPACE)
        if self._peek() == "|" and self._peek(2) != "||":
            self._at += 1
            return Binary("|", left, self._operand(self._pipe))
        return left

    def _operand(self, parse: Callable[[], Node]) -> Node:
        self._skip(SPACE)
        if self._peek() in ("", "\n", "&", "|", ")"):
            raise self._unexpected()
        return parse()

    def _command(self) -> Node:
        self._skip(DELIMITERS + "@")
        before = self._redirections()
        self._skip(DELIMITERS + "@")
        if self._peek() in ("&", "|"):
            raise self._unexpected()
        if self._peek() == "(":
            return self._group(before)
        word = self._word().lower()
        if word == "if":
            return self._if()
        if word == "for":
            return self._for()
        if word == "rem":
            self._take_line()
            return Nothing()
        return self._simple(before)

    def _group(self, before: tuple[Redirection, ...]) -> Node:
        self._at += 1
        self._depth += 1
        body = self._sequence()
        if self._peek() != ")":
            raise CmdSyntaxError("The syntax of the command is incorrect.")
        self._at += 1
        self._depth -= 1
        return Group(body, before + self._redirections())

    def _simple(self, before: tuple[Redirection, ...]) -> Node:
        text: list[str] = []
        redirections = list(before)
        quoted = False
        while True:
            char = self._peek()
            if not char or char == "\n":
                break
            if char == '"':
                quoted = not quoted
            elif not quoted:
                if char == "^":
                    text.append(self._escaped())
                    continue
                if char in "&|" or (char == ")" and self._depth):
                    break
                if char in "<>":
                    redirections.append(self._redirection(text))
                    continue
            text.append(char)
            self._at += 1
        return Simple("".join(text), tuple(redirections))

    # -- redirections --------------------------------------------------------------------------------

    def _redirections(self) -> tuple[Redirection, ...]:
        result: list[Redirection] = []
        while True:
            self._skip(SPACE)
            ahead = self._peek(2)
            if ahead[:1] in ("<", ">"):
                result.append(self._redirection([]))
            elif len(ahead) == 2 and ahead[0].isdigit() and ahead[1] in "<>":
                self._at += 1
                result.append(self._redirection([ahead[0]]))
            else:
                return tuple(result)

    def _redirection(self, text: list[str]) -> Redirection:
        """A redirection at the cursor; a digit just before it (a word of its own) is its handle."""
        operator = ">>" if self._peek(2) == ">>" else self._peek()
        handle = 0 if operator == "<" else 1
        if text and text[-1].isdigit() and (len(text) == 1 or text[-2] in DELIMITERS + '"' + ")"):
            handle = int(text.pop())
        self._at += len(operator)
        if self._peek() == "&":
            self._at += 1
            target = self._peek()
            if not target.isdigit():
                raise self._unexpected()
            self._at += 1
            return Redirection(handle, operator[0] + "&", target)
        self._skip(DELIMITERS)
        target = self._token()
        if not target:
            raise self._unexpected()
        return Redirection(handle, operator, target)

    # -- if and for ----------------------------------------------------------------------------------

    def _keyword(self) -> str:
        self._skip(SPACE)
        return self._word().lower()

    def _if(self) -> Node:
        self._at += 2
        negate = ignore_case = False
        while True:
            word = self._keyword()
            if word == "/i":
                ignore_case = True
            elif word == "not":
                negate = True
            else:
                break
            self._at += len(word)
        kind, left, right = self._condition(word)
        then = self._sequence(one_line=True)
        if isinstance(then, Nothing):
            raise CmdSyntaxError("The syntax of the command is incorrect.")
        otherwise = None
        if self._keyword() == "else":
            self._at += 4
            otherwise = self._sequence(one_line=True)
        return If(kind, left, right, negate, ignore_case, then, otherwise)

    def _condition(self, word: str) -> tuple[str, str, str]:
        if word in ("exist", "defined", "errorlevel", "cmdextversion"):
            self._at += len(word)
            self._skip(DELIMITERS)
            return word, self._token(), ""
        left = self._token()
        self._skip(SPACE)
        if self._peek(2) == "==":
            self._at += 2
            kind = "=="
        else:
            kind = self._word().lower()
            if kind not in _COMPARISONS:
                raise self._unexpected()
            self._at += len(kind)
        self._skip(DELIMITERS)
        right = self._token()
        if not right:
            raise self._unexpected()
        return kind, left, right

    def _for(self) -> Node:
        self._at += 3
        kind = options = ""
        word = self._keyword()
        if word.startswith("/"):
            kind = word[1:]
            if kind not in ("f", "l", "d", "r"):
                raise self._unexpected()
            self._at += 2
            self._skip(SPACE)
            if self._peek() != "%":
                options = self._token()
                self._skip(SPACE)
        if self._peek() != "%" or len(self._peek(2)) < 2:
            raise self._unexpected()
        variable = self._peek(2)[1]
        self._at += 2
        if self._keyword() != "in":
            raise self._unexpected()
        self._at += 2
        self._skip(SPACE)
        if self._peek() != "(":
            raise self._unexpected()
        self._at += 1
        items = self._items()
        if self._keyword() != "do":
            raise self._unexpected()
        self._at += 2
        body = self._sequence(one_line=True)
        if isinstance(body, Nothing):
            raise CmdSyntaxError("The syntax of the command is incorrect.")
        return For(kind, options, variable, items, body)

    def _items(self) -> str:
        """The text between the parentheses of a FOR."""
        result: list[str] = []
        quoted = False
        while True:
            char = self._peek()
            if not char:
                if not self._fetch():
                    raise CmdSyntaxError("The syntax of the command is incorrect.")
                continue
            if char == '"':
                quoted = not quoted
            elif not quoted:
                if char == "^":
                    result.append(self._escaped())
                    continue
                if char == ")":
                    self._at += 1
                    return "".join(result)
                if char in "&|<>":
                    raise self._unexpected()
            result.append(" " if char == "\n" else char)
            self._at += 1
