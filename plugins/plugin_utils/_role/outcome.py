# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves of a host: its row for the report, and the restarts of a fleet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .._rdp.findings import FINDINGS
from .._rdp.remarks import contradictions, remark_on_silent_host

# ansible-core 2.19 puts words of its own before the message of a task, once for each task it went through,
# and more of them before the message of a filter.
_ADDED = re.compile(r"^((Task|Action) failed: )+|^.*The filter plugin '[^']+' failed: ", re.DOTALL)


def outcome(
    known: Mapping[str, Any] | None,
    host: str,
    error: str = "",
    answers: Iterable[Mapping[str, Any]] = (),
    rdp: Mapping[str, Any] | None = None,
    rdp_port: int = 3389,
) -> dict[str, Any]:
    """Return what the report says of a host.

    Args:
        known: Its assessment, or the result of the role; nothing where there is none.
        host: Its name in the inventory.
        error: What failed.
        answers: The results of the tasks on the host, to see whether it did not answer.
        rdp: The result of `rdp_info` for it; nothing where its Remote Desktop was not probed.
        rdp_port: The port that was probed.
    """
    row = _outcome(known or {}, host, error, answers)
    if not rdp or rdp.get("skipped"):
        return row
    if "evidence" not in rdp:
        return {**row, "remarks": [f"Remote Desktop was not probed: {_ADDED.sub('', str(rdp.get('msg')))}"]}
    seen = {name: rdp[name] for name in FINDINGS}
    if row.get("unreachable"):
        remarks = [remark_on_silent_host(seen, rdp_port, row["error"])]
    else:
        remarks = list(contradictions(seen, rdp_port, row))
    return {**row, "rdp": {"port": rdp_port, **seen}, "remarks": remarks}


def _outcome(
    known: Mapping[str, Any], host: str, error: str, answers: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    silent = next((answer for answer in answers if answer.get("unreachable")), None)
    row = {**known, "host": host}
    if silent is not None:
        said = str(silent.get("msg") or "") or error or "The host did not answer."
        return {**row, "unreachable": True, "error": _ADDED.sub("", said)}
    return {**row, "error": _ADDED.sub("", _ADDED.sub("", error))} if error else row


def restarts(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return which hosts restart when, which missed their restart, and which wait and have none.

    A time with Z is UTC; one without is the local time of the host. `not_known` has the reasons of each host
    that did not show its restarts.
    """
    rows = list(rows)
    found = [(row["host"], row["status"], row["restart"]) for row in rows if row.get("restart")]
    planned = {host: restart["scheduled_for"] for host, _status, restart in found if restart["scheduled_for"]}
    not_known = {host: restart["unread"] for host, _status, restart in found if restart.get("unread")}
    not_known |= {row["host"]: [row["error"]] for row in rows if row.get("error") and not row.get("restart")}
    return {
        "scheduled": dict(sorted(planned.items(), key=lambda item: item[1])),
        "missed": {host: restart["missed_at"] for host, _status, restart in found if restart["missed_at"]},
        "waiting_without": [
            host
            for host, status, _restart in found
            if status == "restart_pending" and host not in planned and host not in not_known
        ],
        "not_known": not_known,
    }
