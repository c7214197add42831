# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection: what is taken for true of Windows 6.1 without a recording that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_TABLE = Path(__file__).with_name("assumptions.yml")

HOLDS = "holds"
WRONG = "wrong"
UNDECIDED = "undecided"


@dataclass(frozen=True)
class Assumption:
    """A row of the table.

    Attributes:
        id: Name of the row and of its check.
        assumed: What is taken for true.
        matters: What rests on it.
        check: How the field check looks, or what would show it.
        if_wrong: What the collection does where it does not hold.
        checked: Whether the field check can tell; what would change a host it leaves alone.
    """

    id: str
    assumed: str
    matters: str
    check: str
    if_wrong: str
    checked: bool = True


@dataclass(frozen=True)
class Finding:
    """What a check found: one of HOLDS, WRONG and UNDECIDED, and what was seen."""

    verdict: str
    evidence: str


@cache
def assumptions() -> tuple[Assumption, ...]:
    """The table, in the order of its file."""
    return tuple(Assumption(**row) for row in yaml.safe_load(_TABLE.read_text(encoding="utf-8")))


def found(holds: bool, evidence: str) -> Finding:
    """A finding that is one way or the other."""
    return Finding(HOLDS if holds else WRONG, evidence)
