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

from .._wsman.errors import ConnectionLost, RemoteError
from ._batches import in_batches

if TYPE_CHECKING:
    from .._wsman.session import Session

_END = "end"
# cmd.exe takes 8191 characters. The rest is left for the shell's own part of the line.
_CHARACTERS_PER_LINE = 7000


def command_lines(parts: Mapping[str, str]) -> list[dict[str, str]]:
    """Split commands, in their order, into as few lines as cmd.exe takes them in."""
    batches = in_batches(
        parts, lambda name: len(_part(name, parts[name])) + 3, characters=_CHARACTERS_PER_LINE
    )
    return [{name: parts[name] for name in batch} for batch in batches]


def ask_in_one_command(session: Session, parts: Mapping[str, str]) -> dict[str, str]:
    """Run several commands as one command line; return the output of each by its name.

    A name has letters only. No command may end the line or leave a bracket open. A command whose output the
    line lost runs once more on its own. What is lost again is empty text, so let each command print proof
    that it answered.

    Raises:
        RemoteError: The host refused the command line, or printed nothing of it.
    """
    answers = ask_once(session, parts)
    for name in parts:
        if name not in answers:
            answers |= _ask_alone(session, name, parts[name])
    if not answers:
        raise RemoteError(
            session.host,
            "The commands that read the host's state printed nothing. Check on the host that cmd.exe runs "
            'for this account (policy "Prevent access to the command prompt"), then run this again.',
        )
    return {name: answers.get(name, "") for name in parts}


def ask_once(session: Session, parts: Mapping[str, str]) -> dict[str, str]:
    """Run several commands as one command line; return the output of those that it did not lose, by name.

    Raises:
        RemoteError: The host refused the command line.
    """
    line = " & ".join(_part(name, command) for name, command in parts.items())
    text = session.run(f"{line} & echo [[{_END}]]").stdout
    # A command may print no last line end, so a marker can follow its output on the same line.
    marker = re.compile(rf"\[\[({'|'.join([*parts, _END])})\]\][ \t]*(?:\r?\n|$)")
    pieces = marker.split(text)
    # The next marker shows that an output is whole; the last output has none if the line was cut off.
    return dict(zip(pieces[1:-2:2], pieces[2:-1:2], strict=True))


def _part(name: str, command: str) -> str:
    return f"echo [[{name}]]& ({command})"


def _ask_alone(session: Session, name: str, command: str) -> dict[str, str]:
    try:
        return ask_once(session, {name: command})
    except ConnectionLost:
        raise
    except RemoteError:
        return {}
