# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of System32 that the lab knows. A host has a program only if the file lies on its disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from . import (
    certutil,
    cmd,
    dism,
    expand,
    reg,
    rights,
    schtasks,
    services,
    sessions,
    shutdown,
    system,
    text,
    wevtutil,
)

if TYPE_CHECKING:
    from ..cmd.process import Process

Program = Callable[["Process"], Awaitable[int]]

_PROGRAMS: dict[str, Program] = {
    "cacls": rights.cacls,
    "certutil": certutil.certutil,
    "change": sessions.change,
    "chcp": system.chcp,
    "cmd": cmd.cmd,
    "dism": dism.dism,
    "expand": expand.expand,
    "find": text.find,
    "findstr": text.findstr,
    "hostname": system.hostname,
    "icacls": rights.icacls,
    "logoff": sessions.logoff,
    "msg": sessions.msg,
    "query": sessions.query,
    "reg": reg.reg,
    "sc": services.sc,
    "schtasks": schtasks.schtasks,
    "shutdown": shutdown.shutdown,
    "takeown": rights.takeown,
    "wevtutil": wevtutil.wevtutil,
    "whoami": rights.whoami,
}


def find_program(name: str) -> Program | None:
    """The implementation of a program by its name without extension, or None."""
    return _PROGRAMS.get(name.lower())
