# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of Windows files: how they compare and which branch built them."""

from __future__ import annotations

import re
from dataclasses import dataclass

# CIM_DataFile.Version held numbers and dots wherever it was recorded. Version resources may also have
# commas, and a tail such as " (win7_rtm.090713-1255)" may follow: the leading four numbers count.
_LEADING_FOUR = re.compile(r"\s*(\d{1,5})" + r"\s*[.,]\s*(\d{1,5})" * 3 + r"(?![\d.])", re.ASCII)

_RTM_BUILD, _SP1_BUILD = (6, 1, 7600), (6, 1, 7601)
_RTM_REVISION = 16385
# The revision with which each build of 6.1 was released: both its branches begin with it.
RELEASED = {7600: _RTM_REVISION, 7601: 17514}
# Microsoft builds each update twice: revisions below 20000 hold security fixes only (GDR), revisions from
# 20000 on hold every hotfix so far (LDR). So a GDR file is older than the LDR file of an earlier hotfix. No
# specification gives the number; all samples of the two builds agree: GDR 16385 to 18972, LDR 20618 to 24382.
_FIRST_LDR_REVISION = 20000


@dataclass(frozen=True, order=True)
class FileVersion:
    """The four numbers of a version resource; compared number by number, as Windows servicing does."""

    major: int
    minor: int
    build: int
    revision: int

    @classmethod
    def parse(cls, text: str) -> FileVersion:
        """Read the leading four numbers of ``6.1.7600.16385``, whatever tail follows them.

        Raises:
            ValueError: The text does not start with four numbers of 16 bits.
        """
        found = _LEADING_FOUR.match(text)
        numbers = tuple(int(number) for number in found.groups()) if found else ()
        if not numbers or max(numbers) > 0xFFFF:
            raise ValueError(f"{text!r} is not a file version (four numbers, like 6.1.7600.20618)")
        return cls(*numbers)

    @property
    def line(self) -> tuple[int, int, int]:
        """Major, minor and build: within a line, the revisions of each branch are in order."""
        return self.major, self.minor, self.build

    @property
    def has_branches(self) -> bool:
        """Whether its build is one of which the revisions of the branches are known."""
        return self.build in RELEASED

    @property
    def is_ldr(self) -> bool:
        """Whether its revision is one of the LDR branch, if it has branches."""
        return self.revision >= _FIRST_LDR_REVISION

    @property
    def branch(self) -> str:
        """``RTM``, ``GDR``, ``LDR``, ``SP1`` (any build of 6.1.7601), ``later`` or ``other`` (before RTM)."""
        product = (self.major, self.minor, self.build)
        if product == _RTM_BUILD and self.revision >= _RTM_REVISION:
            if self.revision == _RTM_REVISION:
                return "RTM"
            return "LDR" if self.revision >= _FIRST_LDR_REVISION else "GDR"
        if product == _SP1_BUILD:
            return "SP1"
        return "later" if product > _SP1_BUILD else "other"

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.build}.{self.revision}"
