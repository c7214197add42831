# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variable expansion: %VAR%, %1 and %~dp0, %i of FOR, !VAR!."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..disk import DiskError

if TYPE_CHECKING:
    from .process import Process

Lookup = Callable[[str], "str | None"]
_MODIFIERS = "fdpnxsatz"


def _split_name(body: str) -> tuple[str, str]:
    """`VAR:~1,2` as ("VAR", "~1,2")."""
    name, colon, modifier = body.partition(":")
    return (name, modifier) if colon and modifier else (body, "")


def modify(value: str, modifier: str) -> str:
    """Apply `~start,length` or `old=new` to a value."""
    if modifier.startswith("~"):
        start_text, _unused, length_text = modifier[1:].partition(",")
        try:
            start = int(start_text or 0)
            length = int(length_text) if length_text.strip() else None
        except ValueError:
            return value
        start = max(0, len(value) + start) if start < 0 else start
        end = len(value) if length is None else (start + length if length >= 0 else len(value) + length)
        return value[start : max(start, end)]
    old, equals, new = modifier.partition("=")
    if not equals or not old.strip("*"):
        return value
    if old.startswith("*"):
        position = value.lower().find(old[1:].lower())
        return value if position < 0 else new + value[position + len(old) - 1 :]
    return re.sub(re.escape(old), lambda _unused: new, value, flags=re.IGNORECASE)


def expand_percent(text: str, lookup: Lookup, arguments: Callable[[str], str | None] | None) -> str:
    """Percent expansion of a line.

    Args:
        lookup: Value of a variable or None.
        arguments: In a batch file, the value of `*`, `1`, `~dp0` …, or None if it is no argument; on the
            command line None: there undefined variables stay as they are written and %% is two characters.
    """
    result: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char != "%":
            result.append(char)
            at += 1
            continue
        if arguments is not None:
            if text[at + 1 : at + 2] == "%":
                result.append("%")
                at += 2
                continue
            match = re.match(rf"%(\*|~?[{_MODIFIERS}]*(?:\$[^:]+:)?\d)", text[at:], re.IGNORECASE)
            if match and (value := arguments(match[1])) is not None:
                result.append(value)
                at += match.end()
                continue
        end = text.find("%", at + 1)
        if end > at + 1:
            name, modifier = _split_name(text[at + 1 : end])
            found = lookup(name)
            if found is not None:
                result.append(modify(found, modifier) if modifier else found)
                at = end + 1
                continue
            if arguments is not None:
                at = end + 1
                continue
        if arguments is None:
            result.append("%")
        at += 1
    return "".join(result)


def expand_delayed(text: str, lookup: Lookup) -> str:
    """Expand !VAR!. Carets escape a second time, but only in a text with an exclamation mark."""
    if "!" not in text:
        return text
    result: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "^" and at + 1 < len(text):
            result.append(text[at + 1])
            at += 2
        elif char == "!":
            end = text.find("!", at + 1)
            if end < 0:
                at += 1
                continue
            name, modifier = _split_name(text[at + 1 : end])
            value = lookup(name)
            if value is not None:
                result.append(modify(value, modifier) if modifier else value)
            at = end + 1
        else:
            result.append(char)
            at += 1
    return "".join(result)


def expand_for(text: str, process: Process) -> str:
    """%i and %~dpi of the FOR loops around a command."""
    variables = process.for_variables
    if not variables or "%" not in text:
        return text
    result: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "%" and at + 1 < len(text):
            if text[at + 1] in variables:
                result.append(variables[text[at + 1]])
                at += 2
                continue
            if text[at + 1] == "~" and (found := _modified(text, at + 2, process)):
                result.append(found[0])
                at = found[1]
                continue
        result.append(text[at])
        at += 1
    return "".join(result)


def _modified(text: str, start: int, process: Process) -> tuple[str, int] | None:
    """Resolve `%~dpX` (cursor behind the tilde): the longest run of modifiers before a loop variable."""
    end = start
    while end < len(text) and text[end].lower() in _MODIFIERS:
        end += 1
    for position in range(min(end, len(text) - 1), start - 1, -1):
        if text[position] in process.for_variables:
            value = process.for_variables[text[position]]
            return path_parts(value, text[start:position].lower(), process), position + 1
    return None


def path_parts(value: str, modifiers: str, process: Process) -> str:
    """What %~fdpnxatz makes of a value; without modifiers only the quotes go."""
    value = value.removeprefix('"').removesuffix('"') if value.startswith('"') else value
    if not modifiers:
        return value
    try:
        full = process.path(value)
    except DiskError:
        return ""
    info = process.host.disk.info(full)
    if info is not None:
        full = info.path
    folder, _unused, name = full.rpartition("\\")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    result = ""
    for letter, part in (("z", str(info.size) if info else ""), ("t", _stamp(process, info))):
        if letter in modifiers:
            result += part + " "
    if "f" in modifiers or "s" in modifiers:
        return result + full
    result += "C:" if "d" in modifiers else ""
    result += folder[2:] + "\\" if "p" in modifiers else ""
    result += stem if "n" in modifiers else ""
    result += dot + extension if "x" in modifiers else ""
    return result.rstrip(" ") if "z" in modifiers or "t" in modifiers else result


def _stamp(process: Process, info: object) -> str:
    moment = getattr(info, "modified", None)
    if moment is None:
        return ""
    local = moment.astimezone(process.host.time_zone)
    return str(local.strftime(f"{process.texts['date']} %H:%M"))


def split_words(text: str, delimiters: str = " \t,;=") -> list[str]:
    """Words as batch arguments and FOR items have them: quotes group and stay."""
    words: list[str] = []
    current = ""
    quoted = False
    for char in text:
        if char == '"':
            quoted = not quoted
        if char in delimiters and not quoted:
            if current:
                words.append(current)
            current = ""
        else:
            current += char
    if current:
        words.append(current)
    return words


def split_arguments(text: str) -> list[str]:
    """Arguments as the C run-time library splits them (CommandLineToArgvW): backslashes and quotes."""
    result: list[str] = []
    current: list[str] = []
    quoted = started = False
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            end = at
            while end < len(text) and text[end] == "\\":
                end += 1
            count = end - at
            if end < len(text) and text[end] == '"':
                current.append("\\" * (count // 2))
                if count % 2:
                    current.append('"')
                    end += 1
            else:
                current.append("\\" * count)
            started, at = True, end
            continue
        if char == '"':
            if quoted and text[at + 1 : at + 2] == '"':
                current.append('"')
                at += 1
            else:
                quoted = not quoted
            started = True
        elif char in " \t" and not quoted:
            if started:
                result.append("".join(current))
            current, started = [], False
        else:
            current.append(char)
            started = True
        at += 1
    if started:
        result.append("".join(current))
    return result
