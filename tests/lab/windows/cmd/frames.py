# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batch files at work, and how control leaves them."""

from __future__ import annotations

from dataclasses import dataclass, field

from .process import Environment


class ExitShell(Exception):  # noqa: N818 - control flow, not an error
    """`exit`: the whole cmd.exe ends."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class ExitBatch(Exception):  # noqa: N818 - control flow, not an error
    """`exit /b` or `goto :eof`: the current batch file or call ends."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class Goto(Exception):  # noqa: N818 - control flow, not an error
    """`goto label`."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.label = label


@dataclass
class Batch:
    """A batch file at work. `arguments[0]` is the name it was called by."""

    path: str
    lines: list[str]
    arguments: list[str]
    position: int = 0
    saved: list[tuple[Environment, bool]] = field(default_factory=list)

    def find_label(self, label: str) -> int | None:
        """Line after a label: looked for from here to the end, then from the start."""
        wanted = label.lstrip(":").split()[0].lower() if label.strip(": ") else ""
        order: list[int] = [*range(self.position, len(self.lines)), *range(self.position)]
        for index in order:
            text = self.lines[index].lstrip(" \t,;=@")
            if text.startswith(":") and not text.startswith("::"):
                words = text[1:].replace(":", " ").split()
                if words and words[0].lower() == wanted:
                    return index + 1
        return None
