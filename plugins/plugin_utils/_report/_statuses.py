# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: the statuses of a fleet report, in the order in which a page shows them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """One status a host can have in a fleet report.

    Attributes:
        name: As in JSON and CSV.
        label: As a person reads it.
        meaning: One sentence for the legend.
        glyph: Tells it apart without colour.
        tone: Its colour on a page, a name in assets/page.css.
    """

    name: str
    label: str
    meaning: str
    glyph: str
    tone: str


STATUSES: dict[str, Status] = {
    status.name: status
    for status in (
        Status("compliant", "Compliant", "Every deciding file is the hotfix's own or newer.", "✓", "good"),
        Status(
            "restart_pending", "Restart pending", "Installed or removed; a restart completes it.", "↻", "busy"
        ),
        Status("vulnerable", "Vulnerable", "A deciding file is older than the hotfix's.", "▲", "bad"),
        Status("inconsistent", "Inconsistent", "Files and servicing contradict each other.", "≠", "odd"),
        Status("unknown", "Unknown", "Evidence could not be read; see the reasons.", "?", "doubt"),
        Status("error", "Error", "No verdict: something failed, or the result proves nothing.", "✕", "fault"),
        Status("unreachable", "Unreachable", "The host did not answer.", "⊘", "gone"),
        Status("not_attempted", "Not attempted", "The run ended before this host's turn.", "○", "waiting"),
        Status("not_applicable", "Not applicable", "Another Windows version or architecture.", "–", "aside"),
    )
}

NO_VERDICT = frozenset({"error", "unreachable", "not_attempted"})
"""Statuses that say nothing about the hotfix, only about the run."""

URGENCY = (
    "error",
    "vulnerable",
    "inconsistent",
    "unknown",
    "unreachable",
    "not_attempted",
    "restart_pending",
    "compliant",
    "not_applicable",
)
"""The order in which a person wants to look at the hosts."""
