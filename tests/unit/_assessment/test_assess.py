# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The assessment of a host: what it asks, what it makes of the answers, and the form of its result."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment.assess import assess
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import load_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart._task import (
    Notice,
    describe_request,
    restart_task,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.task_xml import render_task_xml
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import ConnectionLost, WsmanFault

from tests.unit._assessment.hosts import (
    IDENTITY,
    computer_row,
    hotfix_host,
    package_text,
    pending_text,
    platform_rows,
    processor_row,
    system_row,
)
from tests.unit.lab_session import LabSession

DEFINITION = load_definition("KB978918")
X64 = DEFINITION.product_for("Windows Server 2008 R2", "x64")
FIX, RTM, SP1 = "6.1.7600.20618", "6.1.7600.16385", "6.1.7601.17514"


def disk(version=FIX, *, root="C:\\Windows", manifests=False, leave_out=(), **others):
    """A disk with every x64 file at this version; `others` by file name without its suffix."""
    files = {}
    for file in X64.files:
        name = file.path.rsplit("\\", 1)[1]
        found = others.get(name.partition(".")[0].lower(), version) if file.deciding else RTM
        if not any(part.lower() in file.path.lower() for part in leave_out):
            files[file.path.replace("%SystemRoot%", root)] = found if file.version else None
    if manifests:
        files |= {each.path.replace("%SystemRoot%", root): None for each in X64.manifests}
    return files


def status_of(session, **options):
    return assess(session, DEFINITION, **options).verdict.status


def test_a_vulnerable_host():
    info = assess(hotfix_host(disk(RTM)), DEFINITION)
    assert (info.verdict.status, info.verdict.by) == ("vulnerable", None)
    assert len([reason for reason in info.verdict.reasons if "older than 6.1.7600.20618" in reason]) == 5


def test_a_fixed_host():
    session = hotfix_host(disk(manifests=True), {"packages": package_text(0x70)}, listed=True)
    result = assess(session, DEFINITION).to_result()
    assert (result["status"], result["by"]) == ("compliant", "hotfix")
    assert result["manifests"] == {"expected": 5, "present": 5, "missing": []}
    assert result["servicing"] == {
        "packages": [{"identity": IDENTITY, "state": "Installed"}],
        "quick_fix_engineering": True,
    }


def test_a_host_with_a_service_pack():
    rows = platform_rows(system_row(Version="6.1.7601", BuildNumber="7601", ServicePackMajorVersion="1"))
    info = assess(hotfix_host(disk(SP1), wmi=rows), DEFINITION)
    assert (info.verdict.status, info.verdict.by) == ("compliant", "newer")


def test_a_host_that_waits_for_its_restart():
    session = hotfix_host(
        disk(RTM), {"packages": package_text(0x60), "pending": pending_text("RebootPending")}
    )
    result = assess(session, DEFINITION).to_result()
    assert result["status"] == "restart_pending"
    assert result["restart"] == {
        "pending_for_hotfix": True,
        "pending_any": True,
        "sources": ["RebootPending"],
        "scheduled_for": None,
        "missed_at": None,
        "unread": [],
    }


def test_a_partly_fixed_host():
    assert status_of(hotfix_host(disk(credssp=RTM))) == "inconsistent"


def test_server_core_without_wow64_and_drivers():
    info = assess(hotfix_host(disk(leave_out=["SysWOW64", "Tssecsrv"])), DEFINITION)
    assert info.verdict.status == "compliant"
    assert sum("this file does not decide" in reason for reason in info.verdict.reasons) == 4


def test_the_result_has_exactly_the_fields_of_the_design():
    result = assess(hotfix_host(disk(RTM)), DEFINITION, exposure=True).to_result()
    assert list(result) == [
        "hotfix",
        "status",
        "by",
        "applicable",
        "sibling",
        "service_pack_needed",
        "reasons",
        "os",
        "package_architecture",
        "files",
        "manifests",
        "servicing",
        "restart",
        "last_attempt",
        "exposure",
    ]
    assert result["hotfix"] == "KB978918"
    assert result["applicable"] is True
    assert result["package_architecture"] == "x64"
    assert result["os"]["product"] == "Windows Server 2008 R2"
    assert result["last_attempt"] is None
    assert set(result["exposure"]) == {
        "roles",
        "nla_required",
        "rdp_port",
        "domain_member",
        "max_token_size",
        "at_risk",
    }
    assert result["files"][0] == {
        "path": "C:\\Windows\\System32\\Credssp.dll",
        "platform": "x64",
        "component": "security-credssp",
        "deciding": True,
        "expected_version": FIX,
        "version": RTM,
        "expected_size": 22016,
        "size": 22016,
        "state": "older",
    }
    assert result["files"][2]["expected_version"] is None
    assert [manifest[:5] for manifest in result["manifests"]["missing"]] == ["Amd64"] * 4 + ["X86_m"]


def classes_asked(session):
    return [query.split(" FROM ")[1].split()[0] for query in session.queries]


def test_a_whole_assessment_takes_four_queries_and_one_command():
    session = hotfix_host(disk(RTM))
    assess(session, DEFINITION, exposure=True)
    assert classes_asked(session) == [
        "Win32_OperatingSystem",
        "Win32_ComputerSystem",
        "Win32_Processor",
        "CIM_DataFile",
    ]
    assert len(session.command_lines) == 1
    assert len(session.command_lines[0]) < 8000
    assert session.invocations == []


def test_the_list_of_updates_is_asked_for_a_package_that_servicing_has():
    session = hotfix_host(disk(), {"packages": package_text(0x70)})
    assess(session, DEFINITION)
    assert classes_asked(session)[-1] == "Win32_QuickFixEngineering"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            platform_rows(system_row(Version="6.2.9200")),
            "this host runs Windows Server 2012 x64 (6.2.9200).",
        ),
        (
            platform_rows(computer=computer_row(SystemType="X86-based PC"), processor=processor_row(0, 32)),
            "this host runs Windows Server 2008 R2 x86 (6.1.7600).",
        ),
    ],
)
def test_a_host_that_it_is_not_for_is_asked_three_things_only(rows, words):
    session = hotfix_host({}, wmi=rows)
    result = assess(session, DEFINITION, exposure=True).to_result()
    assert (result["status"], result["applicable"], result["package_architecture"]) == (
        "not_applicable",
        False,
        None,
    )
    assert result["reasons"][0].endswith(words)
    assert (len(session.queries), session.command_lines) == (3, [])
    assert result["files"] == []
    assert result["exposure"]["at_risk"] is False


@pytest.mark.parametrize(
    ("product_type", "product"),
    [("1", "Windows Vista"), ("2", "Windows Server 2008"), ("3", "Windows Server 2008")],
)
def test_a_windows_with_the_same_error_is_told_its_own_hotfix_and_counts_as_at_risk(product_type, product):
    session = hotfix_host({}, wmi=platform_rows(system_row(Version="6.0.6002", ProductType=product_type)))
    result = assess(session, DEFINITION, exposure=True).to_result()
    assert (result["status"], result["applicable"], result["sibling"]) == (
        "not_applicable",
        False,
        "KB975943",
    )
    assert result["reasons"][0].endswith(f"this host runs {product} x64 (6.0.6002).")
    assert result["reasons"][1].startswith(f"KB975943 repairs the same error on {product}.")
    assert result["exposure"]["at_risk"] is True


@pytest.mark.parametrize("system", ["vista-x86", "2008-x64"])
def test_a_simulated_host_of_the_sibling_is_told_too(system):
    assert assess(LabSession(system=system), DEFINITION).to_result()["sibling"] == "KB975943"


@pytest.mark.parametrize("system", ["win7-x64", "2008r2-x64", "2012-x64"])
def test_a_host_without_a_sibling_names_none(system):
    assert assess(LabSession(system=system), DEFINITION).to_result()["sibling"] is None


@pytest.mark.parametrize(
    "rows",
    [
        platform_rows(computer=computer_row(SystemType=None), processor={}),
        platform_rows(processor=processor_row(0, 32)),
        platform_rows(system_row(ProductType=None)),
    ],
)
def test_a_platform_that_is_not_clear_is_unknown_and_counts_as_at_risk(rows):
    info = assess(hotfix_host({}, wmi=rows), DEFINITION, exposure=True)
    assert info.verdict.status == "unknown"
    assert info.verdict.reasons[0]
    assert info.exposure.at_risk


def test_an_unclear_architecture_does_not_matter_for_another_windows():
    rows = platform_rows(system_row(Version="6.2.9200"), processor=processor_row(0, 32))
    assert status_of(hotfix_host({}, wmi=rows)) == "not_applicable"


REFUSED = WsmanFault("host1", 5, "Access is denied.")


def test_files_that_cannot_be_read_make_it_unknown():
    session = hotfix_host({}, wmi={"CIM_DataFile": REFUSED})
    result = assess(session, DEFINITION).to_result()
    assert result["status"] == "unknown"
    assert result["reasons"][0].startswith(
        "The versions of these files could not be read: C:\\Windows\\System32\\Credssp.dll"
    )
    assert "Access is denied." in result["reasons"][-1]
    assert {file["state"] for file in result["files"]} == {"unreadable"}
    assert result["manifests"] == {"expected": 5, "present": None, "missing": []}


def test_wmi_that_finds_no_file_at_all_is_no_evidence_of_missing_files():
    info = assess(hotfix_host({}), DEFINITION)
    assert info.verdict.status == "unknown"
    assert "finds none of the hotfix's 8 files" in info.verdict.reasons[-1]


def test_missing_native_files_beside_others_are_evidence():
    assert status_of(hotfix_host(disk(leave_out=["System32\\Credssp"]))) == "inconsistent"


def test_servicing_that_cannot_be_asked_makes_it_unknown():
    session = hotfix_host(disk())
    session.commands = {"echo [[": REFUSED, "schtasks": REFUSED}
    result = assess(session, DEFINITION, exposure=True).to_result()
    assert result["status"] == "unknown"
    assert result["reasons"][0] == "The state of the hotfix's packages in servicing could not be read."
    assert "Access is denied." in result["reasons"][1]
    assert result["restart"]["pending_for_hotfix"] is None
    assert result["exposure"]["at_risk"] is True


def test_a_part_that_the_command_line_lost_is_asked_for_on_its_own():
    session = hotfix_host(
        disk(RTM), {"packages": package_text(0x60), "pending": pending_text("RebootPending")}
    )
    whole = session.commands["echo [["]
    session.commands["echo [["] = lambda line: (
        whole(line).partition("=0")[0] if "[[attempt]]" in line else whole(line)
    )
    info = assess(session, DEFINITION)
    assert (info.verdict.status, info.pending.sources) == ("restart_pending", ("RebootPending",))
    assert len(session.command_lines) == 1 + 3, "the packages were whole, three other parts were not"


def test_a_part_that_is_lost_twice_is_no_evidence():
    session = hotfix_host(disk())
    session.commands = {
        "echo [[": "[[run]] \r\n[[packages]] \r\n" + package_text(0x70) + "[[pending]] \r\n",
        "schtasks": (1, "", "ERROR: Access is denied."),
    }
    session.methods["StdRegProv.EnumKey"] = REFUSED
    session.methods["StdRegProv.EnumValues"] = REFUSED
    result = assess(session, DEFINITION).to_result()
    assert (result["status"], result["by"]) == ("compliant", "hotfix"), "files and packages answered"
    assert (result["restart"]["pending_any"], result["restart"]["scheduled_for"]) == (None, None)
    assert "KB978918-restart may exist: it cannot be looked for" in result["reasons"][-2]
    assert "RebootPending, RebootInProgress, RebootRequired" in result["reasons"][-1]


def test_a_command_line_that_prints_nothing_makes_it_unknown():
    session = hotfix_host(disk())
    session.commands = {"echo [[": "The command prompt has been disabled.", "schtasks": REFUSED}
    info = assess(session, DEFINITION)
    assert info.verdict.status == "unknown"
    assert "Check on the host that cmd.exe runs for this account" in info.verdict.reasons[-1]


def test_an_empty_search_for_packages_is_settled_by_dism():
    session = hotfix_host(disk(RTM), {"packages": ""})
    session.commands["dism"] = f"Package Identity : {IDENTITY}\r\nState : Install Pending\r\n"
    assert status_of(session) == "restart_pending"


def test_a_package_whose_state_is_not_known_makes_it_unknown():
    info = assess(hotfix_host(disk(), {"packages": package_text(0x90)}), DEFINITION)
    assert info.verdict.status == "unknown"
    assert IDENTITY in info.verdict.reasons[0]


def test_the_list_of_updates_does_not_decide():
    session = hotfix_host(
        disk(), {"packages": package_text(0x70)}, wmi={"Win32_QuickFixEngineering": REFUSED}
    )
    result = assess(session, DEFINITION).to_result()
    assert result["status"] == "compliant"
    assert result["servicing"]["quick_fix_engineering"] is None


def test_a_host_that_goes_away_is_an_error():
    session = hotfix_host({}, wmi={"CIM_DataFile": ConnectionLost("host1", "gone")})
    with pytest.raises(ConnectionLost):
        assess(session, DEFINITION)


def test_windows_may_lie_on_another_drive():
    rows = platform_rows(system_row(WindowsDirectory="D:\\WINNT"))
    info = assess(hotfix_host(disk(root="D:\\WINNT"), wmi=rows), DEFINITION)
    assert info.verdict.status == "compliant"
    assert info.files[0].path == "D:\\WINNT\\System32\\Credssp.dll"


ATTEMPT = "run=1\r\nstarted=2010-02-16T01:00:00+01:00\r\nstage=install\r\nexit_code=3010[end of the record]"


@pytest.mark.parametrize(
    ("packages", "outcome"),
    [(package_text(0x60), "pending"), (package_text(0x70), "installed"), (package_text(0x40), "rolled_back")],
)
def test_the_last_attempt_is_settled_by_servicing(packages, outcome):
    # The record has no last line end: the marker of the next part follows it on the same line.
    session = hotfix_host(disk(RTM), {"packages": packages, "attempt": ATTEMPT})
    assert assess(session, DEFINITION, exposure=True).to_result()["last_attempt"] == {
        "time": "2010-02-16T01:00:00+01:00",
        "exit_code": 3010,
        "outcome": outcome,
    }


def test_an_attempt_stays_pending_where_servicing_does_not_answer():
    session = hotfix_host(disk(RTM), {"packages": "", "attempt": ATTEMPT})
    session.commands["dism /online"] = REFUSED
    info = assess(session, DEFINITION)
    assert info.last_attempt.outcome == "pending" and "rolled back" not in " ".join(info.verdict.reasons)


def test_an_installation_that_was_rolled_back_is_the_first_reason():
    session = hotfix_host(disk(RTM), {"packages": package_text(0x40), "attempt": ATTEMPT})
    assert "rolled back at the restart" in assess(session, DEFINITION).verdict.reasons[0]


def test_the_roles_that_count_are_those_of_the_caller():
    session = hotfix_host(disk(RTM))
    assert assess(session, DEFINITION, exposure=True, exposure_roles=["rdp_client"]).exposure.at_risk
    assert not assess(session, DEFINITION, exposure=True, exposure_roles=[]).exposure.at_risk


def test_exposure_is_read_only_when_asked_for():
    session = hotfix_host(disk(RTM))
    assert assess(session, DEFINITION).to_result()["exposure"] is None
    assert "Terminal Server" not in session.command_lines[0]


@pytest.mark.parametrize(
    ("at", "scheduled_for", "missed_at"),
    [
        pytest.param("2010-02-16T03:00:00", "2010-02-16T03:00:00", None, id="ahead"),
        pytest.param("2010-02-15T16:28:00", None, None, id="the host has started since"),
        pytest.param("2010-02-15T20:00:00", None, "2010-02-15T20:00:00", id="it passed without a restart"),
    ],
)
def test_a_restart_of_ours_is_told_while_it_is_ahead(at, scheduled_for, missed_at):
    notice = Notice(timedelta(minutes=15), "Restart at [[end]] of day")
    task = restart_task(
        "KB978918",
        notice,
        at=datetime.fromisoformat(at),
        request=describe_request("KB978918", f"at {at}", notice),
    )
    session = hotfix_host(disk(RTM), {"packages": package_text(0x60), "scheduled": render_task_xml(task)})
    result = assess(session, DEFINITION, exposure=True).to_result()
    assert result["restart"]["scheduled_for"] == scheduled_for
    assert result["exposure"]["roles"] == ["rdp_client"]
    assert result["restart"]["missed_at"] == missed_at
    assert ("was missed" in result["reasons"][0]) is (missed_at is not None)
