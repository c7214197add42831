# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the table of the hosts on the page of a fleet report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from ._host_detail import host_detail
from .changes import KINDS, Changes
from .host_row import HostRow
from .page import Cell, Column, Table, without_empty_columns
from .page_sections import Mark
from .reasons import read_reason
from .restart_times import restart_time
from .statuses import CAUSES, STATUSES, URGENCY, WORK_GROUPS, WORK_URGENCY, Status
from .work_groups import Cause

NEXT, STATUS, WINDOWS, ARCHITECTURE = "What next", "Status", "Windows version", "Architecture"
GROUP, DOMAIN, CAUSE, CHANGE = "Inventory group", "Domain", "Cause", "Change"
"""The columns that figures and bars of the page filter."""

NOT_KNOWN = "not known"

DONE = {
    "removed": ("Removed", "Would remove"),
    "installed": ("Installed", "Would install"),
    "downloaded": ("Downloaded", "Would download"),
    "restarted": ("Restarted", "Would restart"),
}
"""Labels of an action that was done and that check mode predicts; the first true action sums up a host."""
_DONE_LABELS = ("Failed", *(label for labels in DONE.values() for label in labels))

BESIDE_TIME = {"missed": " (missed)", "done": " (done)", "would": " (rehearsed)"}
"""What stands beside the time of a restart that is not planned."""


def host_table(
    rows: Sequence[HostRow],
    groups: Mapping[str, str],
    needs: Sequence[Cause],
    changes: Changes | None = None,
) -> Table:
    """Return one line per host.

    Args:
        rows: The hosts.
        groups: The work group of each host.
        needs: Why hosts need a person; a click on a cause shows its hosts.
        changes: What has changed since earlier runs.
    """
    changed = changes.hosts.items() if changes else ()
    change_of = {host: KINDS[kind].label for kind, hosts in changed for host in hosts}
    cause_of = {host: cause_label(cause) for cause in needs for host in cause.hosts}
    detail = partial(host_detail, cache={})
    table = Table(
        noun=("host", "hosts"),
        columns=(
            Column("Host"),
            Column(NEXT, "facet", [WORK_GROUPS[name].label for name in WORK_URGENCY], _marks(WORK_GROUPS)),
            Column(STATUS, "facet", [STATUSES[name].label for name in URGENCY], _marks(STATUSES)),
            Column(WINDOWS, "facet"),
            Column("Restart, host time", "time"),
            Column("Reason", wide=True),
            Column(GROUP, "facets", listed=False),
            Column(DOMAIN, "facet", listed=False),
            Column(ARCHITECTURE, "facet", ("x86", "x64", "ia64"), listed=False),
            Column("Exposed", "facet", ("yes", "no"), listed=False),
            Column("This run", "facet", _DONE_LABELS, listed=False),
            Column(CAUSE, "facet", listed=False, offered=False),
            Column(CHANGE, "facet", [kind.label for kind in KINDS.values()], listed=False),
        ),
        rows=[
            [*_cells(row, groups[row.host], cause_of.get(row.host)), change_of.get(row.host)] for row in rows
        ],
        details=[detail(row) for row in rows],
        sorted_by=NEXT,
    )
    return without_empty_columns(table)


def cause_label(cause: Cause) -> str:
    """Return a cause as the table's column holds it."""
    return f"{CAUSES[cause.kind].label}: {cause.what}"


def windows(row: HostRow) -> str:
    """Return product and service pack in short, as in "Windows 7 SP1" or "Server 2008 R2"."""
    known = row.os or {}
    product = str(known.get("product") or known.get("name") or NOT_KNOWN).replace("Windows Server", "Server")
    pack = known.get("service_pack")
    return f"{product} SP{pack}" if pack else product


def architecture(row: HostRow) -> str:
    """Return `x86`, `x64` or `ia64`."""
    return str((row.os or {}).get("architecture") or row.package_architecture or NOT_KNOWN)


def exposed(row: HostRow, name: str) -> object:
    """Return a value of the host's exposure; None where it is not known."""
    return (row.exposure or {}).get(name)


def predicted(row: HostRow) -> bool:
    """Return whether the actions are those that a rehearsal foresees."""
    return (row.actions or {}).get("predicted") is True


def _marks(statuses: dict[str, Status]) -> dict[str, Mark]:
    return {status.label: Mark(status.glyph, status.tone) for status in statuses.values()}


def _cells(row: HostRow, group: str, cause: str | None) -> list[Cell]:
    at_risk = exposed(row, "at_risk")
    restart = restart_time(row)
    return [
        row.host,
        WORK_GROUPS[group].label,
        STATUSES[row.status].label,
        windows(row),
        f"{restart}{BESIDE_TIME.get(restart.state, '')}" if restart else None,
        _reason(row),
        row.groups or None,
        row.domain,
        architecture(row),
        ("yes" if at_risk else "no") if isinstance(at_risk, bool) else None,
        _this_run(row),
        cause,
    ]


def _this_run(row: HostRow) -> str | None:
    if row.failing:
        return "Failed" if row.error else None
    taken = next((labels for name, labels in DONE.items() if (row.actions or {}).get(name) is True), None)
    return taken[predicted(row)] if taken else None


def _reason(row: HostRow) -> str | None:
    said = row.error or next(iter(row.reasons), None)
    reason = None if said is None else str(read_reason(said, row.host))
    return " ".join(filter(None, [reason, *row.remarks])) or None
