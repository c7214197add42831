# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what was measured keeps its bound. What was not measured is never called met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    """A figure and the most that it may be; the figure is None where it was not measured."""

    name: str
    figure: float | None
    most: float
    unit: str = ""

    def __str__(self) -> str:
        limit = f"{self.name}, at most {self.most:g} {self.unit}".rstrip()
        if self.figure is None:
            return f"{limit}: not measured"
        return f"{limit}: {'NOT MET' if self.over else 'met'} ({self.figure:.2f})"

    @property
    def over(self) -> bool:
        """Whether the figure was measured and is beyond its bound."""
        return self.figure is not None and self.figure > self.most


def judge(bounds: Sequence[Bound]) -> int:
    """Print each bound; the result is 1 if a figure is beyond its own."""
    for bound in bounds:
        print(f"  {bound}")
    return int(any(bound.over for bound in bounds))
