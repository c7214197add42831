# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remark where a session host's Remote Desktop answered in an earlier report and no longer does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from .host_row import HostRow

_LOOK = "Users cannot sign in: look at the service TermService and at the firewall on the host."
_LOOK_AT_CONSOLE = "It does not answer by WinRM either: look at the host's console."


def with_lost_desktops(rows: Sequence[HostRow], earlier: Iterable[Mapping[str, object]]) -> list[HostRow]:
    """Return the rows, with a remark on each session host that lost its Remote Desktop.

    Args:
        rows: The rows of a report. Those of hosts whose Remote Desktop was not probed stay as they are.
        earlier: Rows of earlier JSON reports with the time of each, `reported_at`, the latest last.
    """
    answered = {str(item["host"]): item for item in earlier if _answers(item.get("rdp"))}
    return [_with_remark(row, answered[row.host]) if row.host in answered else row for row in rows]


def _with_remark(row: HostRow, before: Mapping[str, object]) -> HostRow:
    if row.rdp is None or _answers(row.rdp) or not _serves_sessions(row, before):
        return row
    said = f"Remote Desktop answered at {before['reported_at']} and no longer does."
    boot, seen = _moment((row.os or {}).get("boot_time")), _moment(before["reported_at"])
    if boot is not None and seen is not None and boot > seen:
        said = f"{said.rstrip('.')}; the host restarted in between, at {boot.isoformat()}."
    look = _LOOK_AT_CONSOLE if row.exposure is None else _LOOK
    return replace(row, remarks=(f"{said} {look}", *row.remarks))


def _answers(rdp: object) -> bool:
    """Return whether a server of RDP answered; other servers do not negotiate, nor decline to."""
    return isinstance(rdp, Mapping) and rdp.get("negotiation") is not None


def _serves_sessions(row: HostRow, before: Mapping[str, object]) -> bool:
    """Return whether users expect an answer: a session host whose Remote Desktop nobody has switched off."""
    if row.exposure is not None:
        return {"session_host", "rdp_server"} <= _roles(row.exposure)
    earlier = before.get("rdp")
    port = earlier.get("port") if isinstance(earlier, Mapping) else None
    # Nobody can say that a port of a silent host is still that of Remote Desktop, but for the same port.
    return "session_host" in _roles(before.get("exposure")) and port == (row.rdp or {}).get("port")


def _roles(exposure: object) -> set[str]:
    roles = exposure.get("roles") if isinstance(exposure, Mapping) else None
    return set(map(str, roles)) if isinstance(roles, list) else set()


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
