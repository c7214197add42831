# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Explain the record of a run to the operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._windows.exit_codes import RESTART_REQUIRED, exit_name, explain_exit, is_success, written_code
from ._script import DOWNLOAD, INSTALL, REMOVE

if TYPE_CHECKING:
    from .._hotfix.last_attempt import LastAttempt

_DISM_STAGES = (INSTALL, REMOVE)
# Characters of a quoted line: an assemblyIdentity, which names the package, has about 200.
_QUOTED = 300


@dataclass(frozen=True)
class StageFailure:
    """A failed stage before DISM: its stable name, what happened, and what to do."""

    name: str
    text: str
    remedy: str


STAGE_FAILURES: dict[str, StageFailure] = {
    "begin": StageFailure(
        "folder_missing",
        "The task did not find the staging folder.",
        "Something deleted it. Run this again.",
    ),
    "fetch": StageFailure(
        "fetch_failed",
        "The host could not get the package from its source.",
        "Check the URL from the host itself (proxy of the SYSTEM account, TLS: stock 6.1 speaks 1.0 only), "
        "or the rights of its computer account on the share; or send it with package_location: controller.",
    ),
    "sha256": StageFailure(
        "hash_unavailable",
        "The host cannot compute the SHA-256 of the package (certutil), so it cannot verify the package.",
        "Use package_location: controller. For bytes that the controller has checked, SHA-1 is enough.",
    ),
    "compare": StageFailure(
        "hash_differs",
        "The package on the host has another hash than expected, so it was not used.",
        "Compare sha256 with the publisher's. If sha256 is right, the source holds another file, or security "
        "software on the host changes it.",
    ),
    "expand": StageFailure(
        "expand_failed",
        "The package could not be expanded on the host.",
        "It is damaged at its source, or the system drive is full. Download it again and compare its hash.",
    ),
    "identity": StageFailure(
        "wrong_package",
        "By its own description the package is not of this hotfix for the host's architecture, or the file "
        "is no update package at all.",
        "Name the package of this KB number and architecture.",
    ),
    "cabinet": StageFailure(
        "no_cabinet",
        "The package does not hold exactly one cabinet of this hotfix.",
        "Name the publisher's own .msu of this KB number.",
    ),
}


@dataclass(frozen=True)
class Servicing:
    """The `servicing` of the module's result; None and empty if nothing was run.

    `exit_code` is that of DISM, or of the stage before it that failed; unsigned. `exit_name` is the stable
    name of the code, or of the failed stage.
    """

    identity: str | None = None
    exit_code: int | None = None
    exit_name: str | None = None
    log_tail: str = ""


def servicing_of(record: LastAttempt, identity: str | None, log_tail: str = "") -> Servicing:
    """Return a record as `servicing`."""
    return Servicing(identity, record.exit_code, outcome_name(record), log_tail)


def succeeded(record: LastAttempt) -> bool:
    """Return whether a run reached its end and DISM, if it ran, succeeded."""
    return record.stage in (*_DISM_STAGES, DOWNLOAD) and is_success(record.exit_code)


def needs_restart(record: LastAttempt) -> bool:
    """Return whether a restart has to complete the run."""
    return succeeded(record) and record.exit_code == RESTART_REQUIRED


def outcome_name(record: LastAttempt) -> str:
    """Return the stable name of the run's exit code, or of the stage that failed."""
    failure = None if succeeded(record) else STAGE_FAILURES.get(record.stage)
    return failure.name if failure else exit_name(record.exit_code)


def explain_failure(kb: str, record: LastAttempt, log_tail: str = "") -> str:
    """Return the cause of a failure and the remedy, in full sentences.

    Before DISM it quotes the last line of the log: the exit codes of these programs say little.
    """
    failure = STAGE_FAILURES.get(record.stage)
    if failure is None:
        return f"{kb}: DISM failed. {explain_exit(record.exit_code)}"
    code = written_code(record.exit_code)
    line = _last_line(log_tail)
    said = f" The last line of its log: {line!r}." if line else ""
    return f"{kb}: {failure.text}{said} {failure.remedy} (stage {record.stage}, exit code {code})"


def _last_line(log_tail: str) -> str:
    """Return what the last stage printed last; empty if it printed nothing."""
    stages = log_tail.partition("\n== done")[0]
    lines = [line.strip() for line in stages.splitlines() if line.strip()]
    return lines[-1][:_QUOTED] if lines and not lines[-1].startswith("== ") else ""
