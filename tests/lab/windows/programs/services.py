# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sc, net, tasklist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..cmd.expansion import split_arguments

if TYPE_CHECKING:
    from ..cmd.process import Process

_MODES = {"auto": "Auto", "demand": "Manual", "disabled": "Disabled"}


async def sc(process: Process) -> int:
    """`sc config NAME start= auto|demand|disabled`."""
    words = [word.lower() for word in split_arguments(process.arguments)]
    if len(words) == 4 and words[0] == "config" and words[2] == "start=" and words[3] in _MODES:
        return _config(process, words[1], _MODES[words[3]])
    process.host.unknown(f"sc {process.arguments}")
    process.line("ERROR:  Unrecognized command")
    return 1639


def _config(process: Process, name: str, start_mode: str) -> int:
    """The blank after `start=` is part of sc's grammar: without it sc prints its usage."""
    service = process.host.services.get(name)
    code = 1060 if service is None else 0 if process.account.may_administer else 5
    if service is None or code:
        process.line(f"[SC] OpenService FAILED {code}:\r\n")
        return code
    service.start_mode = start_mode
    process.line("[SC] ChangeServiceConfig SUCCESS")
    return 0
