# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command line means: the tree that the parser makes and the interpreter walks."""

from __future__ import annotations

from dataclasses import dataclass, field


class CmdSyntaxError(Exception):
    """The line cannot be parsed; the text is what cmd.exe prints."""


@dataclass(frozen=True)
class Redirection:
    """`handle` operator `target`; operator is one of `>` `>>` `<` `>&`."""

    handle: int
    operator: str
    target: str


@dataclass(frozen=True)
class Simple:
    """One command as written, less redirections and escapes."""

    text: str
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True)
class Group:
    body: Node
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True)
class Binary:
    """`left` operator `right`; operator is one of `&` `&&` `||` `|`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class If:
    """`kind`: exist, defined, errorlevel, or the comparison itself (==, EQU …)."""

    kind: str
    left: str
    right: str
    negate: bool
    ignore_case: bool
    then: Node
    otherwise: Node | None = None
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True)
class For:
    """`kind`: "" (files and words), f, l, d or r."""

    kind: str
    options: str
    variable: str
    items: str
    body: Node
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True)
class Nothing:
    """An empty line, a label or a remark."""

    redirections: tuple[Redirection, ...] = field(default=())


Node = Simple | Group | Binary | If | For | Nothing
