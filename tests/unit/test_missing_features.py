# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every question that a host is asked, and what follows where the host lacks what is asked about.

A question fails loudly, or its field says that nothing is known. Only where the missing thing itself is the
answer (a server without BitLocker has no PIN) does the host pass.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment.assess import assess
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import load_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.preflight import preflight
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart._rollback import read_servicing_log
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.clock import read_clock
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.file_version_info import (
    read_file_versions,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import RemoteError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.fetch import fetch_bytes, file_hash
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.registry import read_dword

from tests.lab.wmi import files
from tests.unit.lab_session import LabSession

DEFINITION = load_definition("KB978918")
PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
IDENTITY = "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"
CREDSSP = "C:\\Windows\\System32\\credssp.dll"


def refused(session: LabSession) -> str:
    """The names and messages of the preflight's refusals."""
    healthy = LabSession(packages={IDENTITY: 0x40})
    refusals = preflight(session, assess(healthy, DEFINITION))
    return " ".join(f"{refusal.check}: {refusal.message}" for refusal in refusals)


def assessed(session: LabSession) -> str:
    """The status with its reasons."""
    verdict = assess(session, DEFINITION).verdict
    return f"{verdict.status}: {' '.join(verdict.reasons)}"


def updates_listed(session: LabSession) -> str:
    return str(assess(session, DEFINITION).quick_fix_engineering)


Ask = Callable[[LabSession], object]

# The WMI class that the host lacks, the question, and what the answer or the error says.
QUESTIONS: list[tuple[str, Ask, str]] = [
    ("Win32_OperatingSystem", assessed, r"could not process the query.*Win32_OperatingSystem"),
    ("Win32_OperatingSystem", read_clock, r"could not process the query"),
    ("Win32_OperatingSystem", read_servicing_log, r"^The servicing log could not be read"),
    ("Win32_ComputerSystem", assessed, r"could not process the query.*Win32_ComputerSystem"),
    ("Win32_Processor", assessed, r"could not process the query.*Win32_Processor"),
    ("CIM_DataFile", assessed, r"^unknown: .*CIM_DataFile"),
    ("CIM_DataFile", lambda session: read_file_versions(session, [CREDSSP]), r"could not process the query"),
    ("CIM_DataFile", lambda session: fetch_bytes(session, CREDSSP), r"could not process the query"),
    ("Win32_QuickFixEngineering", updates_listed, r"^None$"),
    ("Win32_LogicalDisk", refused, r"^space: .*could not process the query"),
    (
        "Win32_LogicalDisk",
        lambda session: read_file_versions(session, ["C:\\none.dll"]),
        r"could not process the query",
    ),
    ("Win32_Service", refused, r"^cluster_node: .*could not process the query.* servicing: "),
    ("Win32_EncryptableVolume", refused, r"^$"),
    ("StdRegProv", lambda session: read_dword(session, "HKLM\\SOFTWARE\\X", "Y"), r"no such WMI namespace"),
]


@pytest.mark.parametrize(
    ("lacking", "ask", "told"), QUESTIONS, ids=lambda each: each if isinstance(each, str) else ""
)
def test_a_host_without_the_class_gives_no_answer_by_silence(lacking: str, ask: Ask, told: str) -> None:
    session = LabSession(system="win7-x64", packages={IDENTITY: 0x40}, missing_classes=[lacking])
    try:
        answer = str(ask(session))
    except RemoteError as error:
        answer = error.message
    assert re.search(told, answer, re.DOTALL), answer


# Where a class is there and has no row, or no value, for what every host has.
EMPTY: list[tuple[str, Ask, str]] = [
    ("Win32_OperatingSystem", assessed, r"no instance of Win32_OperatingSystem"),
    ("Win32_OperatingSystem", read_clock, r"no LocalDateTime"),
    ("Win32_ComputerSystem", assessed, r"no instance of Win32_ComputerSystem"),
    ("Win32_Processor", assessed, r"no instance of Win32_Processor"),
    ("CIM_DataFile", assessed, r"^unknown: .*CIM_DataFile.* finds none"),
    ("CIM_DataFile", lambda session: read_file_versions(session, [CREDSSP]), r"lists no file, not even"),
    ("Win32_LogicalDisk", refused, r"^space: The host did not show how much space is free"),
    ("Win32_Service", refused, r"^cluster_node: The host did not show its services.* servicing: "),
    ("Win32_EncryptableVolume", refused, r"^$"),
]


@pytest.mark.parametrize(
    ("empty", "ask", "told"), EMPTY, ids=lambda each: each if isinstance(each, str) else ""
)
def test_a_class_without_the_row_that_every_host_has_is_no_answer(
    empty: str, ask: Ask, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = LabSession(system="win7-x64")
    query = session.query

    def without_rows(wql: str, **options: object) -> list[object]:
        return [] if f"FROM {empty}" in wql else query(wql, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(session, "query", without_rows)
    try:
        answer = str(ask(session))
    except RemoteError as error:
        answer = error.message
    assert re.search(told, answer, re.DOTALL), answer


LOG = "C:\\Windows\\Logs\\CBS\\CBS.log"

# Where a program of System32 is missing: the programs, the question, and what the answer or the error says.
PROGRAMS: list[tuple[tuple[str, ...], Ask, str]] = [
    # Windows itself refuses the step that needs the rights, so an account that cannot show them goes on.
    (("whoami",), refused, r"^$"),
    # The other one of reg.exe and DISM answers, or nothing is known: a package that waits never becomes none.
    (("reg",), assessed, r"^restart_pending: "),
    (("dism",), assessed, r"^restart_pending: "),
    (("reg", "dism"), assessed, r"^unknown: .*DISM"),
    (("findstr",), assessed, r"^(unknown|restart_pending): "),
    (("schtasks",), assessed, r"^restart_pending: "),
    # `type` reads a file that certutil cannot encode; nothing stands in for its hash.
    (("certutil",), lambda session: fetch_bytes(session, LOG), r"one\r\ntwo"),
    (("certutil",), lambda session: file_hash(session, LOG), r"cannot be hashed"),
]


@pytest.mark.parametrize(
    ("lacking", "ask", "told"), PROGRAMS, ids=lambda each: "+".join(each) if isinstance(each, tuple) else ""
)
def test_a_host_without_the_program_gives_no_answer_by_silence(
    lacking: tuple[str, ...], ask: Ask, told: str
) -> None:
    session = LabSession(packages={IDENTITY: 0x60})
    session.lab.disk.write(LOG, b"one\r\ntwo\r\n")
    for name in lacking:
        session.lab.disk.delete(f"C:\\Windows\\System32\\{name}.exe")
    try:
        answer = ask(session)
    except RemoteError as error:
        answer = error.message
    text = answer.decode() if isinstance(answer, bytes) else str(answer)
    assert re.search(told, text, re.DOTALL), text


def test_a_host_without_the_service_of_servicing_is_refused() -> None:
    session = LabSession()
    del session.lab.services["trustedinstaller"]
    assert "servicing: The host did not show its services" in refused(session)


def asked_classes() -> set[str]:
    """The WMI classes that the code names in a query, or calls a method of."""
    classes: set[str] = set()
    for file in (PLUGINS / "plugin_utils").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                classes |= set(re.findall(r"\bFROM (\w+)", node.value))
                classes |= set(re.findall(r"^(?:Win32_|StdReg|CIM_)\w+$", node.value))
    return classes


def test_every_class_that_the_code_asks_for_is_in_the_table() -> None:
    # The field check asks for a class that no Windows has.
    assert asked_classes() - {"Win32_Nothing"} == {lacking for lacking, _ask, _told in QUESTIONS}


def test_files_are_asked_for_by_full_names_which_is_immediate(monkeypatch: pytest.MonkeyPatch) -> None:
    """By LIKE or without a path, WMI walks the disk for minutes (Microsoft's WMI blog)."""
    walks, asked = files.walks_the_disk, []
    monkeypatch.setattr(
        files, "walks_the_disk", lambda query: bool(asked.append(walks(query))) or walks(query)
    )
    session = LabSession()
    assess(session, DEFINITION)
    read_file_versions(session, [CREDSSP, "C:\\none.dll"])
    fetch_bytes(session, CREDSSP)
    assert len(asked) >= 3 and not any(asked)
