# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves of a host: its row for the report."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from .._rdp.findings import FINDINGS
from .._rdp.remarks import contradictions, remark_on_silent_host

# ansible-core 2.19 puts words of its own before the message of a task, once for each task it went through,
# and more of them before the message of a filter.
_ADDED = re.compile(r"^((Task|Action) failed: )+|^.*The filter plugin '[^']+' failed: ", re.DOTALL)
_UNSAID = "A task failed on this host; the output of the run has its message."

ANSWERS = (
    *("read", "cancelled", "assessed", "chosen", "settled", "preflight", "download", "servicing"),
    *("answer", "around", "verified", "refused"),
)
"""What the tasks of the role and the playbooks register, without the prefix; at most one of them failed."""


def outcomes(
    variables: Mapping[str, Mapping[str, Any]], failed: Collection[str] = ()
) -> Iterator[dict[str, Any]]:
    """Yield what the report says of each host that the run came to.

    Args:
        variables: The variables of each host.
        failed: The hosts on which a task failed, by Ansible's own account.
    """
    for host, known in variables.items():
        if any(_answers(known)):
            seen = (known.get("hotfix__assessed") or {}).get("rdp")
            row = _outcome(host, known, host in failed)
            yield {**row, **_seen_from_outside(seen, row)} if seen else row


def refused(variables: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether no host was looked at, because the settings were refused everywhere."""
    return all(
        any(each.get("refused") for each in _answers(known)) or _read_in_vain(known) for known in variables
    )


def _answers(known: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [known.get(f"hotfix__{name}") or {} for name in ANSWERS]


def _read_in_vain(known: Mapping[str, Any]) -> bool:
    """Return whether the role refused the settings of a host, or did not come to it."""
    return not any(_answers(known)) or bool((known.get("hotfix__read") or {}).get("failed"))


def _outcome(host: str, known: Mapping[str, Any], has_failed: bool) -> dict[str, Any]:
    said = known.get("hotfix_result") or (known.get("hotfix__assessed") or {}).get("hotfix_info") or {}
    row = {**said, "host": host, **({"removal": True} if _wanted(host, known) == "absent" else {})}
    failure = next((each for each in _answers(known) if each.get("failed") or each.get("unreachable")), None)
    if failure is None:
        return {**row, "error": _UNSAID} if has_failed else row
    error = _ADDED.sub("", _ADDED.sub("", str(failure.get("msg") or "")))
    if failure.get("silent") or failure.get("unreachable"):
        return {**row, "unreachable": True, "error": error or "The host did not answer."}
    return {**row, "error": error or _UNSAID}


def _wanted(host: str, known: Mapping[str, Any]) -> str:
    """Return the state that the settings of a host want, if they were read."""
    settings = (known.get("hotfix__read") or {}).get("settings") or {}
    return str(settings.get("state") or ((known.get("hotfix__run") or {}).get("states") or {}).get(host))


def _seen_from_outside(rdp: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the Remote Desktop port of a host says, and what it adds to or contradicts of its row."""
    if "evidence" not in rdp:
        return {"remarks": [f"Remote Desktop was not probed: {rdp.get('msg')}"]}
    seen, port = {name: rdp[name] for name in FINDINGS}, rdp["port"]
    if row.get("unreachable"):
        remarks = [remark_on_silent_host(seen, port, row["error"])]
    else:
        remarks = list(contradictions(seen, port, row))
    return {"rdp": {"port": port, **seen}, "remarks": remarks}
