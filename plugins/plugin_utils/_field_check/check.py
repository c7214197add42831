# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Test the assumptions of the table on one host, and record the conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._assessment.assess import assess
from .._hotfix.definition import load_definition
from .._windows.operating_system import read_operating_system
from .._wsman.errors import ConnectionLost, RemoteError, WsmanFault
from . import _checks_commands, _checks_upload, _checks_wmi
from ._assumptions import UNDECIDED, WRONG, Finding, assumptions
from ._host import Check, CheckedHost
from ._sanitise import Sanitiser
from ._transcript import conversation

if TYPE_CHECKING:
    from .._wsman.session import Session

CHECKS: Mapping[str, Check] = {**_checks_wmi.CHECKS, **_checks_commands.CHECKS, **_checks_upload.CHECKS}
SCHEMA = 2
PLATFORM, ASSESSMENT = "platform", "assessment"
_HOTFIX = "KB978918"


@dataclass(frozen=True)
class FieldCheck:
    """The findings by the ids of their assumptions, in the order of the table, and the bundle as plain data.

    ``folder_left`` is the folder of the uploads, if it could not be removed.
    """

    findings: dict[str, Finding]
    bundle: dict[str, Any]
    folder_left: str | None = None


def field_check(
    session: Session, names: Mapping[str, str], *, upload: bool = True, note: str = ""
) -> FieldCheck:
    """Test all assumptions that a connected host can show, which excludes the one about TLS.

    ``names`` maps names to keep out of the bundle to their replacements; the host's own are added. ``upload``
    sends files to a separate folder, which is removed again.

    Raises:
        RemoteError: The host went away, or did not report which Windows it runs.
    """
    system = read_operating_system(session)
    host = CheckedHost(session, system)
    sanitiser = Sanitiser({**names, **_names_of_host(host)})
    conversations: dict[str, dict[str, Any]] = {}
    with session.recorded() as kept:
        read_operating_system(session)
    conversations[PLATFORM] = conversation(kept, sanitiser)

    findings = {}
    folder_left = None
    if upload:
        _checks_upload.make_folder(host)
    try:
        for assumption in assumptions():
            if assumption.id not in CHECKS or (not upload and assumption.id in _checks_upload.NEED_FOLDER):
                continue
            session.progress(f"checking {assumption.id}")
            with session.recorded() as kept:
                finding = run_check(assumption.id, host)
            findings[assumption.id] = finding
            conversations[assumption.id] = {
                "finding": {"verdict": finding.verdict, "evidence": sanitiser.text(finding.evidence)},
                **conversation(kept, sanitiser),
            }
    finally:
        if upload and not _checks_upload.remove_folder(host):
            folder_left = host.folder
    with session.recorded() as kept:
        result = assessment(session)
    conversations[ASSESSMENT] = {"result": sanitiser.value(result), **conversation(kept, sanitiser)}
    bundle = {"schema": SCHEMA, "note": note, "conversations": conversations}
    return FieldCheck(findings, bundle, folder_left)


def run_check(name: str, host: CheckedHost) -> Finding:
    """Run one check; a refusal is a finding: UNDECIDED if the account lacks the right, else WRONG.

    Raises:
        ConnectionLost: The host went away.
    """
    try:
        return CHECKS[name](host)
    except ConnectionLost:
        raise
    except RemoteError as error:
        denied = isinstance(error, WsmanFault) and error.denied
        return Finding(UNDECIDED if denied else WRONG, error.message)


def assessment(session: Session) -> dict[str, Any]:
    """Return the assessment for the bundle, as `hotfix_info` returns it."""
    return assess(session, load_definition(_HOTFIX), exposure=True).to_result()


def _names_of_host(host: CheckedHost) -> dict[str, str]:
    """Return the host's own names, which must not be in the bundle → their replacements."""
    line = "echo %COMPUTERNAME%& echo %USERDOMAIN%& echo %USERDNSDOMAIN%& echo %USERNAME%"
    computer, netbios, dns, user = (host.session.run(line).stdout.splitlines() + [""] * 4)[:4]
    system = host.system
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
