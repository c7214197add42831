# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host is probed, and how long that may take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._wsman.errors import InputError

LEAST_SECONDS, MOST_SECONDS = 0.1, 300.0
# A name, or an address of IPv4 or IPv6, the latter with or without a zone and brackets.
_HOST = re.compile(r"\[?[\w.:%-]{1,255}\]?")


@dataclass(frozen=True)
class ProbeRequest:
    """A host's name or address, its port, and the seconds for all of the probe."""

    host: str
    port: int
    timeout: float


def parse_request(arguments: Mapping[str, Any]) -> ProbeRequest:
    """Return the request that the module's arguments make.

    Raises:
        InputError: One of them cannot be meant.
    """
    host, port, timeout = str(arguments["host"]).strip(), arguments["port"], arguments["timeout"]
    if not _HOST.fullmatch(host):
        raise InputError(f"host is {host[:60]!r}: give a name or an address, such as rdsh-07 or 10.0.0.7")
    if not 1 <= port <= 65535:
        raise InputError(
            f"port is {port}: it must be from 1 to 65535, and Remote Desktop has 3389 by default"
        )
    if not LEAST_SECONDS <= timeout <= MOST_SECONDS:
        raise InputError(
            f"timeout is {timeout:g}: it must be from {LEAST_SECONDS:g} to {MOST_SECONDS:g} seconds"
        )
    return ProbeRequest(host.strip("[]"), port, timeout)
