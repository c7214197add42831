# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The statuses of hosts and of users' tokens with their labels and colours, and the roles of hosts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """A status in a report."""

    name: str  # as in JSON and CSV
    label: str  # as a person reads it
    glyph: str  # distinguishes it without colour
    tone: str  # its colour on a page, a name in assets/page.css
    meaning: str = ""  # one sentence for the legend


STATUSES = {
    status.name: status
    for status in (
        Status("compliant", "Compliant", "✓", "good", "Every deciding file is the hotfix's own or newer."),
        Status("restart_pending", "Restart pending", "↻", "busy", "A restart completes the change."),
        Status("vulnerable", "Vulnerable", "▲", "bad", "A deciding file is older than the hotfix's."),
        Status("inconsistent", "Inconsistent", "≠", "odd", "Files and servicing contradict each other."),
        Status("unknown", "Unknown", "?", "doubt", "Evidence could not be read; see the reasons."),
        Status("error", "Error", "✕", "fault", "A task failed, or the result proves nothing."),
        Status("unreachable", "Unreachable", "⊘", "gone", "The host did not answer."),
        Status("not_attempted", "Not attempted", "○", "waiting", "The run ended before this host's turn."),
        Status(
            "not_applicable",
            "Not applicable",
            "–",
            "aside",
            "Another Windows version, architecture or service pack.",
        ),
    )
}
"""The statuses of hosts, in the order in which a page shows them."""

SETTLED = ("compliant", "not_applicable")
UNFIXED = ("vulnerable", "inconsistent", "restart_pending")
"""Positive evidence that the fix is not in force."""

NO_VERDICT = frozenset({"error", "unreachable", "not_attempted"})
"""Statuses that describe only the run, not the hotfix."""

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

TOKEN_STATUSES = {
    status.name: status
    for status in (
        Status("over", "Over", "!", "bad"),
        Status("near", "Near", "~", "doubt"),
        Status("ok", "Below", "✓", "good", "No action needed."),
    )
}
"""The statuses of users' tokens against the limit, worst first."""

ROLES = {
    "session_host": "Session hosts",
    "rdp_server": "Remote Desktop on",
    "rdp_client": "Remote Desktop clients",
}
"""The roles in the exposure of a host, as a page calls them."""
