# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection: goes through the table of assumptions on one host and keeps what was said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._assessment.assess import assess
from .._hotfix.definition import load_definition
from .._windows.operating_system import read_operating_system
from .._wsman.errors import ConnectionLost, RemoteError, WsmanFault
from .._wsman.fault_codes import ACCESS_DENIED
from . import _checks_commands, _checks_upload, _checks_wmi
from ._assumptions import UNDECIDED, WRONG, Assumption, Finding, assumptions
from ._host import Check, Subject
from ._sanitise import Sanitiser
from ._transcript import conversation

if TYPE_CHECKING:
    from .._wsman.session import Session

CHECKS: Mapping[str, Check] = {**_checks_wmi.CHECKS, **_checks_commands.CHECKS, **_checks_upload.CHECKS}
SCHEMA = 1
PLATFORM, ASSESSMENT = "platform", "assessment"
_HOTFIX = "KB978918"


@dataclass(frozen=True)
class FieldCheck:
    """What came of a field check.

    Attributes:
        findings: For each assumption that was looked at, in the order of the table.
        bundle: What was said, sanitised, as plain data.
        folder_left: The folder of the uploads, if it could not be removed.
    """

    findings: dict[str, Finding]
    bundle: dict[str, Any]
    folder_left: str | None = None


def field_check(
    session: Session, names: Mapping[str, str], *, upload: bool = True, note: str = ""
) -> FieldCheck:
    """Checks the assumptions that a connected host can tell, all but that on TLS.

    Args:
        session: The host.
        names: Names that may not be in the bundle → what stands for them; the host's own are added.
        upload: Whether files may be sent to a folder of their own, which is removed again.
        note: What the bundle says of itself.

    Raises:
        RemoteError: The host went away, or does not even tell which Windows it runs.
    """
    system = read_operating_system(session)
    subject = Subject(session, system)
    sanitiser = Sanitiser({**names, **_names_of_host(subject)})
    conversations: dict[str, dict[str, Any]] = {}
    with session.recorded() as kept:
        read_operating_system(session)
    conversations[PLATFORM] = conversation(kept, sanitiser)

    findings = {}
    folder_left = None
    if upload:
        _checks_upload.make_folder(subject)
    try:
        for assumption in _on_host(upload):
            session.progress(f"looking at {assumption.id}")
            with session.recorded() as kept:
                finding = run_check(assumption.id, subject)
            findings[assumption.id] = finding
            conversations[assumption.id] = {
                "finding": {"verdict": finding.verdict, "evidence": sanitiser.text(finding.evidence)},
                **conversation(kept, sanitiser),
            }
    finally:
        if upload and not _checks_upload.remove_folder(subject):
            folder_left = subject.folder
    with session.recorded() as kept:
        result = assessment(session)
    conversations[ASSESSMENT] = {"result": sanitiser.value(result), **conversation(kept, sanitiser)}
    bundle = {"schema": SCHEMA, "note": note, "conversations": conversations}
    return FieldCheck(findings, bundle, folder_left)


def run_check(name: str, subject: Subject) -> Finding:
    """Runs one check. A refusal is a finding: wrong, or undecided where the account lacks the right.

    Raises:
        ConnectionLost: The host went away.
    """
    try:
        return CHECKS[name](subject)
    except ConnectionLost:
        raise
    except RemoteError as error:
        denied = isinstance(error, WsmanFault) and ACCESS_DENIED in (error.code, error.provider_code)
        return Finding(UNDECIDED if denied else WRONG, error.message)


def assessment(session: Session) -> dict[str, Any]:
    """The assessment that the bundle holds, as `hotfix_info` returns it."""
    return assess(session, load_definition(_HOTFIX), exposure=True).to_result()


def _on_host(upload: bool) -> Iterator[Assumption]:
    for assumption in assumptions():
        if assumption.id in CHECKS and (upload or assumption.id not in _checks_upload.NEED_FOLDER):
            yield assumption


def _names_of_host(subject: Subject) -> dict[str, str]:
    """The host's own names, of which nothing is kept that tells them."""
    line = "echo %COMPUTERNAME%& echo %USERDOMAIN%& echo %USERDNSDOMAIN%& echo %USERNAME%"
    computer, netbios, dns, user = (subject.session.run(line).stdout.splitlines() + [""] * 4)[:4]
    system = subject.system
    stand_ins = {
        "DOMAIN": (netbios,),
        "example.test": (dns, system.domain or ""),
        "user": (user,),
        "HOST": (computer, system.computer_name or ""),
    }
    return {
        name.strip(): stand_in
        for stand_in, found in stand_ins.items()
        for name in found
        if name.strip() and "%" not in name and name.strip().upper() not in ("WORKGROUP", "BUILTIN")
    }
