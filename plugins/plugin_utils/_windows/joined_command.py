# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask a host many things in one command line.

Each command costs three requests, and Windows counts it among the user's 15 operations for up to half a
minute after it ends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .._wsman.errors import RemoteError

if TYPE_CHECKING:
    from .._wsman.session import Session

_END = "end"


def ask_in_one_command(session: Session, parts: Mapping[str, str]) -> dict[str, str]:
    """Run several commands as one command line, each behind its own marker; return the output by name.

    A name has letters only. No command may end the line or leave a bracket open.

    Raises:
        RemoteError: The host refused the command line, or its output is cut off.
    """
    line = " & ".join(f"echo [[{name}]]& ({command})" for name, command in parts.items())
    text = session.run(f"{line} & echo [[{_END}]]").stdout
    # A command may print no last line end, so a marker can follow its output on the same line.
    marker = re.compile(rf"\[\[({'|'.join([*parts, _END])})\]\][ \t]*(?:\r?\n|$)")
    pieces = marker.split(text)
    answers = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    if missing := [name for name in (*parts, _END) if name not in answers]:
        raise RemoteError(
            session.host,
            f"The command that reads the host's state ended before [[{missing[0]}]]. Run this again. If it "
            "fails again, check on the host that cmd.exe and reg.exe run for this account.",
        )
    return answers
