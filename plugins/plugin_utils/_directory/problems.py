# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exception of the directory room, and its notes for operators."""

from __future__ import annotations

from collections.abc import Iterator


class DirectoryError(Exception):
    """A source cannot be read, or an option is out of range; the text says which, and what to do."""


class Notes:
    """Problems that do not stop the work but make sizes lower bounds, counted by kind with a few names.

    A directory of a million users can have a hundred thousand dangling references. Each kind is therefore one
    warning with its count and the first few objects by name.
    """

    NAMED = 3

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._examples: dict[str, list[str]] = {}

    def add(self, kind: str, name: str = "") -> None:
        """Count one more object of a kind, which is the sentence for the operator."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        examples = self._examples.setdefault(kind, [])
        if name and len(examples) < self.NAMED and name not in examples:
            examples.append(name)

    def __iter__(self) -> Iterator[str]:
        """Yield one line per kind, in the order in which the kinds first occurred."""
        for kind, count in self._counts.items():
            names = "; ".join(self._examples[kind])
            if not names:
                yield kind
            else:
                more = ", …" if count > len(self._examples[kind]) else ""
                yield f"{kind} ({count}: {names}{more})"
