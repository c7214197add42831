# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: many questions to a host in one command line.

Each command costs three requests, and Windows goes on counting it among the 15 operations of the user for up
to half a minute after it ended.
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
    """Run parts of a command line as one, each behind a marker of its own.

    Args:
        session: The host.
        parts: Commands by names of letters; none of them may end the line or leave a bracket open.

    Returns:
        What each part printed, by its name.

    Raises:
        RemoteError: The command was refused, or its output is cut off.
    """
    line = " & ".join(f"echo [[{name}]]& ({command})" for name, command in parts.items())
    text = session.run(f"{line} & echo [[{_END}]]").stdout
    # What a part prints may lack its last line end, so a marker can follow it on the same line.
    marker = re.compile(rf"\[\[({'|'.join([*parts, _END])})\]\][ \t]*(?:\r?\n|$)")
    pieces = marker.split(text)
    answers = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    if missing := [name for name in (*parts, _END) if name not in answers]:
        raise RemoteError(
            session.host,
            f"The command that reads the state of the host ended before [[{missing[0]}]]. Run this again; if "
            "it stays so, check there that cmd.exe and reg.exe run for this account.",
        )
    return answers
