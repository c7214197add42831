# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FOR over words and file names, and FOR /F."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..disk import DiskError
from ..streams import BytePipe
from .conditions import matching
from .expansion import split_words
from .process import codec
from .syntax import For

if TYPE_CHECKING:
    from .process import Process
    from .shell import Shell


@dataclass(frozen=True)
class ForOptions:
    """Options of FOR /F."""

    end_of_line: str = ";"
    skip: int = 0
    delimiters: str = " \t"
    tokens: tuple[int, ...] = (1,)
    rest: bool = False
    back_quotes: bool = False


class ForSyntaxError(Exception):
    """Options of FOR /F that cmd.exe refuses; the text is the offending part."""


def parse_options(text: str) -> ForOptions:
    """`"eol=; skip=1 tokens=1,3-5* delims=, usebackq"` as written, with or without quotes."""
    text = text.strip().removeprefix('"').removesuffix('"')
    options = ForOptions()
    while text := text.lstrip(" \t"):
        lowered = text.lower()
        if lowered.startswith("usebackq"):
            options, text = replace(options, back_quotes=True), text[8:]
        elif lowered.startswith("eol="):
            options, text = replace(options, end_of_line=text[4:5]), text[5:]
        elif lowered.startswith("skip="):
            word = text[5:].split()[0]
            options, text = replace(options, skip=int(word)), text[5 + len(word) :]
        elif lowered.startswith("tokens="):
            word = text[7:].split()[0]
            numbers, rest = _tokens(word)
            options, text = replace(options, tokens=numbers, rest=rest), text[7 + len(word) :]
        elif lowered.startswith("delims="):
            value = text[7:]
            for keyword in (" tokens=", " skip=", " usebackq", " eol="):
                position = value.lower().find(keyword)
                if position >= 0:
                    value = value[:position]
            options, text = replace(options, delimiters=value), text[7 + len(value) :]
        else:
            raise ForSyntaxError(text)
    return options


def _tokens(word: str) -> tuple[tuple[int, ...], bool]:
    rest = word.endswith("*")
    numbers: list[int] = []
    for part in word.rstrip("*").split(","):
        if "-" in part:
            low, high = part.split("-")
            numbers.extend(range(int(low), int(high) + 1))
        elif part:
            numbers.append(int(part))
    return tuple(sorted(set(numbers))), rest


def fields(line: str, options: ForOptions) -> list[str] | None:
    """The tokens of a line; None where the line is skipped (empty, or a comment by eol)."""
    trimmed = line.lstrip(options.delimiters) if options.delimiters else line
    if not trimmed or (options.end_of_line and trimmed.startswith(options.end_of_line)):
        return None
    words: list[tuple[str, int]] = []
    at = 0
    while at < len(line):
        while at < len(line) and line[at] in options.delimiters:
            at += 1
        if at >= len(line):
            break
        start = at
        while at < len(line) and line[at] not in options.delimiters:
            at += 1
        words.append((line[start:at], start))
    result = [words[number - 1][0] if number <= len(words) else "" for number in options.tokens]
    if options.rest:
        following = (options.tokens[-1] if options.tokens else 0) + 1
        result.append(line[words[following - 1][1] :] if following <= len(words) else "")
    first = options.tokens[0] if options.tokens else 1
    return result if first <= len(words) else None


async def run_for(shell: Shell, process: Process, node: For) -> int:
    """Run a FOR; the code is that of the last body."""
    items = shell.late(process, node.items)
    if node.kind == "f":
        return await _for_file(shell, process, node, items)
    if node.kind:
        process.host.unknown(f"for /{node.kind}")
        process.err(f"/{node.kind} was unexpected at this time.")
        shell.error_level = 255
        return 255
    code = 0
    for value in _files(process, items):
        code = await _body(shell, process, node, {node.variable: value})
    return code


def _files(process: Process, items: str) -> list[str]:
    """Words; those with * or ? become the matching names."""
    result: list[str] = []
    for word in split_words(items.replace("\t", " ")):
        plain = word.replace('"', "")
        if "*" not in plain and "?" not in plain:
            result.append(word)
            continue
        folder, slash, pattern = plain.replace("/", "\\").rpartition("\\")
        try:
            base = process.path(folder + slash or ".").rstrip("\\")
            for name in matching(process, base, pattern):
                if not process.host.disk.is_folder(f"{base}\\{name}"):
                    result.append(f"{folder}{slash}{name}")
        except DiskError:
            continue
    return result


async def _for_file(shell: Shell, process: Process, node: For, items: str) -> int:
    try:
        options = parse_options(shell.late(process, node.options))
    except (ForSyntaxError, ValueError) as error:
        process.err(f"{error} was unexpected at this time.")
        shell.error_level = 255
        return 255
    try:
        lines = await _lines(shell, process, items.strip(), options)
    except DiskError:
        process.err(f"The system cannot find the file {items.strip()}.")
        shell.error_level = 1
        return 1
    code = 0
    for line in lines[options.skip :]:
        values = fields(line, options)
        if values is not None:
            names = {chr(ord(node.variable) + index): value for index, value in enumerate(values)}
            code = await _body(shell, process, node, names)
    return code


async def _lines(shell: Shell, process: Process, items: str, options: ForOptions) -> list[str]:
    """What FOR /F reads: the output of a command, a string, or files."""
    command, string = ("`", "'") if options.back_quotes else ("'", '"')
    if items.startswith(command) and items.endswith(command) and len(items) > 1:
        output = BytePipe()
        child = replace(process.child(), stdout=output)
        side = shell.copy()
        side.batch = None
        from .frames import ExitBatch, ExitShell

        with contextlib.suppress(ExitShell, ExitBatch):
            await side.run_text(child, items[1:-1])
        return _split(output.take().decode(codec(process.code_page), "replace"))
    if items.startswith(string) and items.endswith(string) and len(items) > 1:
        return [items[1:-1]]
    result: list[str] = []
    for word in split_words(items):
        data = process.read(process.path(word))
        if data.startswith(b"\xff\xfe"):
            result += _split(data[2:].decode("utf-16-le", "replace"))
        else:
            result += _split(data.decode(codec(process.code_page), "replace"))
    return result


def _split(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines and not lines[-1] else lines


async def _body(shell: Shell, process: Process, node: For, names: dict[str, str]) -> int:
    outer = process.for_variables
    process.for_variables = {**outer, **names}
    try:
        return await shell.run(process, node.body)
    finally:
        process.for_variables = outer
