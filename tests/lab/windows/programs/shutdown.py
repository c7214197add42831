# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""shutdown.exe: /r /s /t /c /d /f /a. Success is silent; errors go to stderr with their number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..cmd.expansion import split_arguments

if TYPE_CHECKING:
    from ..cmd.process import Process

_TEXTS = {
    5: "Access is denied.",
    87: "The parameter is incorrect.",
    1115: "A system shutdown is in progress.",
    1116: "Unable to abort the system shutdown because no shutdown was in progress.",
    1190: "A system shutdown has already been scheduled.",
}
_LONGEST_COMMENT = 512
_LONGEST_TIMEOUT = 315360000  # ten years, documented
_REASON = re.compile(r"^[pu]?:?\d{1,3}:\d{1,5}$", re.IGNORECASE)


def _fail(process: Process, code: int) -> int:
    process.err(f"{_TEXTS[code]}({code})")
    return code


def _parse(words: list[str]) -> dict[str, str] | None:
    """Switches with their values; None for a line that shutdown.exe does not understand."""
    options: dict[str, str] = {}
    index = 0
    while index < len(words):
        name = words[index].lower().replace("-", "/", 1)
        if name in ("/t", "/c", "/d"):
            if index + 1 >= len(words):
                return None
            options[name] = words[index + 1]
            index += 1
        elif name in ("/r", "/s", "/a", "/f", "/g"):
            options[name] = ""
        else:
            return None
        index += 1
    return options


async def shutdown(process: Process) -> int:
    """Begin or abort a countdown."""
    options = _parse(split_arguments(process.arguments))
    if options is None or not {"/r", "/s", "/a", "/g"} & set(options):
        process.host.unknown(f"shutdown {process.arguments}")
        process.err(
            "Usage: shutdown [/i | /l | /s | /r | /g | /a | /p | /h | /e] [/f]\r\n"
            '    [/t xxx][/d [p|u:]xx:yy [/c "comment"]]'
        )
        return 1
    if not process.account.may_administer or process.host.has_fault("access_denied"):
        return _fail(process, 5)
    power = process.host.power
    if "/a" in options:
        code = power.abort(process.account.qualified)
        return _fail(process, code) if code else 0
    seconds, comment, reason = options.get("/t", "30"), options.get("/c", ""), options.get("/d", "")
    if not seconds.isdigit() or int(seconds) > _LONGEST_TIMEOUT or len(comment) > _LONGEST_COMMENT:
        return _fail(process, 87)
    if reason and not _REASON.match(reason):
        return _fail(process, 87)
    code = power.schedule(
        int(seconds),
        restart="/s" not in options,
        comment=comment,
        reason=reason,
        user=process.account.qualified,
    )
    return _fail(process, code) if code else 0
