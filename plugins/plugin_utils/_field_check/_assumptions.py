# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection assumes about Windows 6.1 without a recording that shows it."""

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
    """A row of the table: an assumption, why it matters, and what the collection does if it is wrong.

    The row and its check have the same name. ``check`` says how the field check tests the assumption, or what
    would show it; it is not ``checked`` if that would change the host. It is ``handled`` if nobody has to do
    anything where it is wrong.
    """

    id: str
    assumed: str
    matters: str
    check: str
    if_wrong: str
    checked: bool = True
    handled: bool = False


@dataclass(frozen=True)
class Finding:
    """The result of a check: HOLDS, WRONG or UNDECIDED, and the evidence."""

    verdict: str
    evidence: str


@cache
def assumptions() -> tuple[Assumption, ...]:
    """Return the table in the order of its file."""
    return tuple(Assumption(**row) for row in yaml.safe_load(_TABLE.read_text(encoding="utf-8")))


def found(holds: bool, evidence: str) -> Finding:
    """Return a finding that is HOLDS or WRONG."""
    return Finding(HOLDS if holds else WRONG, evidence)
