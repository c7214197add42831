# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record that the last installation left on the host."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from .._windows.exit_codes import RESTART_REQUIRED, SUCCESS
from .._windows.packages import SUPERSEDED, UNINSTALL_PENDING, PackageState, parent_package
from .._wsman.wmi_values import unsigned32
from .product import PRODUCT

# An installation leaves this file. A download or a removal leaves a file of its own, so this one stays.
ATTEMPT = "attempt.txt"
# Printed after a record, and where there is none: a record that cannot be read prints neither.
_WHOLE, _ABSENT = "[end of the record]", "[no record]"
_FIELD = re.compile(r"^\s*(\w+)=(.*?)\s*$")


@dataclass(frozen=True)
class LastAttempt:
    """How the last installation on a host ended.

    Attributes:
        time: When it began, ISO 8601 with offset.
        exit_code: Of DISM, or of the earlier step that failed; unsigned.
        outcome: `installed`, `pending`, `rolled_back` or `failed`.
        stage: Its last step: `fetch`, `sha256`, `compare`, `expand`, `identity`, `cabinet`, `install`.
        run: The run that it belongs to.
    """

    time: str
    exit_code: int
    outcome: str
    stage: str = ""
    run: str = ""

    def to_result(self) -> dict[str, object]:
        """Return plain data, in the form that the modules document."""
        return {"time": self.time, "exit_code": self.exit_code, "outcome": self.outcome}


def staging_folder(kb: str, windows_directory: str = "%SystemRoot%") -> str:
    """Return the folder on the host; cmd.exe expands the variable, WMI needs the real directory."""
    return rf"{windows_directory}\{PRODUCT}\{kb}"


def last_attempt_command(kb: str, record: str = ATTEMPT) -> str:
    """Return a part of a cmd.exe line that prints a record for `read_attempt`, or that there is none.

    A record that cannot be seen is missing only if its folder can be listed, or is missing itself.
    """
    folder = staging_folder(kb)
    absent = f"echo {_ABSENT}"
    return (
        f'(if exist "{folder}\\{record}" (type "{folder}\\{record}" && echo {_WHOLE}) else '
        f'if exist "{folder}\\" (dir /a "{folder}" >nul && {absent}) else '
        f'if exist "%SystemRoot%\\" {absent}) 2>nul'
    )


def read_attempt(kb: str, text: str, record: str = ATTEMPT) -> tuple[LastAttempt | None, str]:
    """Read what `last_attempt_command` printed.

    Return the attempt, None if there was none; and in a sentence why that is not known, empty if it is.
    """
    fields, whole, _rest = text.partition(_WHOLE)
    attempt = parse_last_attempt(fields) if whole else None
    if attempt is not None or (_ABSENT in text and not whole):
        return attempt, ""
    what = "holds no result" if whole else "could not be read"
    return None, f"How the last run ended is not known: its record {staging_folder(kb)}\\{record} {what}."


def parse_last_attempt(text: str) -> LastAttempt | None:
    """Read a record; None where the text is not one.

    The outcome is that of the moment when DISM ended; `settle_attempt` adds the effect of the restart.
    """
    found = (_FIELD.match(line) for line in text.splitlines())
    fields = {field[1]: field[2] for field in found if field}
    try:
        exit_code = unsigned32(int(fields["exit_code"]))
    except (KeyError, ValueError):
        return None
    stage = fields.get("stage", "")
    outcome = "failed"
    if stage in ("install", "remove", "download"):
        outcome = {SUCCESS: "installed", RESTART_REQUIRED: "pending"}.get(exit_code, "failed")
    return LastAttempt(fields.get("started", ""), exit_code, outcome, stage, fields.get("run", ""))


def settle_attempt(attempt: LastAttempt | None, packages: list[PackageState] | None) -> LastAttempt | None:
    """Return the attempt with the outcome that servicing shows now, or unchanged where that is not known.

    An attempt that needed a restart becomes `installed` when the package is installed. It becomes
    `rolled_back` when nothing of the package is installed: Windows undid it at the restart.
    """
    if attempt is None or attempt.outcome != "pending" or packages is None:
        return attempt
    package = parent_package(packages)
    if package is None or package.not_installed:
        return replace(attempt, outcome="rolled_back")
    # The restart also took place if another package has replaced this one since, or somebody removes it.
    if package.installed or package.state in (SUPERSEDED, UNINSTALL_PENDING):
        return replace(attempt, outcome="installed")
    return attempt
