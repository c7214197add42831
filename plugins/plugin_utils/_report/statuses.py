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

WORK_GROUPS = {
    group.name: group
    for group in (
        Status("fixed", "Fixed", "✓", "good", "The files prove the fix. Nothing is left to do."),
        Status("removed", "Removed", "⊖", "good", "The hotfix is not on the host, and is not wanted there."),
        Status(
            "restart_planned", "Restart planned", "↻", "busy", "The planned restart completes the change."
        ),
        Status(
            "to_do",
            "To do",
            "▲",
            "bad",
            "Not proven to be as wanted: run remediate, or read the reasons.",
        ),
        Status("failed", "Failed", "✕", "fault", "A step failed, or the host denied access."),
        Status("not_reachable", "Not reachable", "⊘", "gone", "The host did not answer."),
        Status("not_applicable", "Not applicable", "–", "aside", "The hotfix is not for this host."),
        Status("not_looked_at", "Not looked at", "○", "waiting", "The run ended before this host's turn."),
    )
}
"""What is to be done with a host next: each host is in one of these groups, in the order of a page."""

SETTLED_GROUPS = ("fixed", "removed", "not_applicable")
"""The work groups in which nothing is left to do."""

WORK_URGENCY = (
    "failed",
    "to_do",
    "not_reachable",
    "not_looked_at",
    "restart_planned",
    "fixed",
    "removed",
    "not_applicable",
)
"""The order in which a person wants to look at the work groups."""

CAUSES = {
    cause.name: cause
    for cause in (
        Status("denied", "Access denied", "⊗", "fault", "Use an account in the host's Administrators group."),
        Status("failed", "Failed", "✕", "fault", "Repair the cause, and run again on these hosts."),
        Status(
            "rolled_back",
            "Rolled back",
            "↶",
            "bad",
            "Read the end of CBS.log on the host for the cause, repair it, and run remediate again.",
        ),
        Status(
            "missed",
            "Restart missed",
            "!",
            "bad",
            "Run remediate again to schedule a new restart, or restart the host yourself.",
        ),
        Status(
            "no_restart",
            "No restart planned",
            "↻",
            "busy",
            "Run remediate with a restart window to schedule the restart, or restart the host yourself.",
        ),
        Status("prerequisite", "Needs something else first", "…", "odd"),
        Status(
            "unknown",
            "Not known",
            "?",
            "doubt",
            "Give the account the rights that the reason names, or complete the definition; assess again.",
        ),
        Status(
            "not_reachable", "Not reachable", "⊘", "gone", "Switch the host on, or check its WinRM listener."
        ),
    )
}
"""Why a host needs a person, in the order of a page. The meaning is the remedy where a reason names none."""

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
