# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The characters of a command line: taking them one by one, with carets and quotes."""

from __future__ import annotations

from collections.abc import Callable

from .syntax import CmdSyntaxError

SPACE = " \t\v\f\xa0"
DELIMITERS = SPACE + ",;="


class Cursor:
    """A place in a logical line that grows when a script has more lines to it."""

    def __init__(self, text: str, more: Callable[[], str | None] | None = None) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._more = more or (lambda: None)

    def _peek(self, length: int = 1) -> str:
        return self._text[self._at : self._at + length]

    def _skip(self, characters: str) -> None:
        while self._at < len(self._text) and self._text[self._at] in characters:
            self._at += 1

    def _unexpected(self) -> CmdSyntaxError:
        word = self._peek(2) if self._peek(2) in ("&&", "||", ">>") else self._peek().strip()
        if not word:
            return CmdSyntaxError("The syntax of the command is incorrect.")
        if word not in ("&&", "||", ">>", "&", "|", "<", ">", ")", "("):
            word = self._text[self._at :].split()[0]
        return CmdSyntaxError(f"{word} was unexpected at this time.")

    def _ahead(self, operator: str) -> bool:
        self._skip(SPACE)
        return self._peek(len(operator)) == operator

    def _fetch(self) -> bool:
        """Append the next line of the script; False at its end."""
        line = self._more()
        if line is None:
            return False
        self._text += "\n" + line
        return True

    def _word(self) -> str:
        """The next word without taking it, for keywords."""
        end = self._at
        while end < len(self._text) and self._text[end] not in DELIMITERS + "\n&|<>()":
            end += 1
        return self._text[self._at : end]

    def _take_line(self) -> str:
        end = self._text.find("\n", self._at)
        end = len(self._text) if end < 0 else end
        line, self._at = self._text[self._at : end], end
        return line

    def _escaped(self) -> str:
        """The character behind a caret; at the end of a line the next line goes on."""
        self._at += 1
        if self._peek() in ("", "\n"):
            if not self._peek() and not self._fetch():
                return ""
            self._at += 1
        char = self._peek()
        self._at += 1
        return char

    def _token(self, stop: str = "") -> str:
        """A word with quotes kept and carets resolved."""
        result: list[str] = []
        quoted = False
        while self._at < len(self._text):
            char = self._peek()
            if char == "\n":
                break
            if char == '"':
                quoted = not quoted
            elif not quoted:
                if char == "^":
                    result.append(self._escaped())
                    continue
                if char in DELIMITERS + "&|<>" + stop or (char == ")" and self._depth):
                    break
            result.append(char)
            self._at += 1
        return "".join(result)
