# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that an unknown server chose, made fit for a terminal and a report."""

from __future__ import annotations

LONGEST = 255
"""The most characters that are kept; a name in DNS has no more."""


def shown(text: str) -> str | None:
    """Return the printable characters; None where there is nothing else."""
    return "".join(character for character in text[:LONGEST] if character.isprintable()).strip() or None
