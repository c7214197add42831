# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""chcp and hostname."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..cmd.expansion import split_arguments
from ..cmd.process import codec

if TYPE_CHECKING:
    from ..cmd.process import Process


async def chcp(process: Process) -> int:
    """Show or set the console's code page."""
    words = split_arguments(process.arguments)
    if words:
        try:
            number = int(words[0])
            "".encode(codec(number))
        except (ValueError, LookupError):
            process.line("Invalid code page")
            return 1
        process.console.code_page = number
    process.line(f"Active code page: {process.code_page}")
    return 0


async def hostname(process: Process) -> int:
    process.line(process.host.profile.netbios_name.lower())
    return 0
