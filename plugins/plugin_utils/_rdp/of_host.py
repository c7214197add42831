# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remote Desktop of a host that was assessed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._wsman.errors import InputError
from .probe import probe
from .request import parse_request

_PORT, _SECONDS = 3389, 3.0
"""The defaults of rdp_info."""


def seen_from_outside(address: str, information: Mapping[str, Any]) -> dict[str, Any]:
    """Ask the port of Remote Desktop, which is the registry's where the host has shown it.

    Args:
        address: The host's name or address.
        information: The result of hotfix_info; empty for a host that did not answer.

    Returns:
        The port and the result of rdp_info; or the port and ``msg``, why nothing was asked.
    """
    port = (information.get("exposure") or {}).get("rdp_port") or _PORT
    try:
        findings = probe(parse_request({"host": address, "port": port, "timeout": _SECONDS}))
    except InputError as error:
        return {"port": port, "msg": str(error)}
    if not findings.asked:
        return {"port": port, "msg": " ".join(findings.evidence)}
    return {"port": port, **findings.to_result()}
