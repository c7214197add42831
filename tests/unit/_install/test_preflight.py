# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reasons for which the preflight refuses a host, and the checks that can be waived."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment.assess import assess
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import load_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.preflight import WAIVABLE, preflight
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import ConnectionLost, WsmanFault

from tests.unit._assessment.hosts import hotfix_host, package_text, platform_rows, system_row
from tests.unit.fake_session import FakeSession
from tests.unit.lab_session import LabSession

DEFINITION = load_definition("KB978918")
ELEVATED = '"Mandatory Label\\High Mandatory Level","Label","S-1-16-12288",""\n'
FILTERED = '"Mandatory Label\\Medium Mandatory Level","Label","S-1-16-8192",""\n'
SERVICES = {"TrustedInstaller": "Manual"}
GIB = 2**30


def host(
    *,
    groups: Any = ELEVATED,
    services: dict[str, str] | None = None,
    free: int = 20 * GIB,
    protectors: tuple[int, ...] | None = None,
    protection: int = 1,
    product_type: str = "3",
    parts: dict[str, str] | None = None,
) -> FakeSession:
    """A vulnerable server; `protectors` are the BitLocker protectors of its drive, None without BitLocker."""
    session = hotfix_host({"C:\\Windows\\System32\\credssp.dll": "6.1.7600.16385"}, parts)
    known = {**SERVICES, **(services or {})}
    no_namespace = WsmanFault("host1", 2150858752, "No resource", subcode="DestinationUnreachable")
    session.wmi |= platform_rows(system_row(ProductType=product_type)) | {
        "Win32_Service": lambda wql: [
            {"Name": name, "StartMode": mode} for name, mode in known.items() if f"'{name}'" in wql
        ],
        "Win32_LogicalDisk": [{"FreeSpace": str(free)}],
        "Win32_EncryptableVolume": no_namespace
        if protectors is None
        else [{"DeviceID": "\\\\?\\Volume{1}\\"}],
    }
    session.commands["whoami"] = groups
    session.methods |= {
        "Win32_EncryptableVolume.GetProtectionStatus": {
            "ReturnValue": "0",
            "ProtectionStatus": str(protection),
        },
        "Win32_EncryptableVolume.GetKeyProtectors": lambda arguments: (
            {"ReturnValue": "0", "VolumeKeyProtectorID": ["{A}"]}
            if arguments["KeyProtectorType"] in (protectors or ())
            else {"ReturnValue": "0"}
        ),
    }
    return session


def refused(session: FakeSession, *allow: str) -> list[str]:
    return [refusal.check for refusal in preflight(session, assess(session, DEFINITION), allow)]


def test_a_host_with_nothing_in_the_way_is_ready() -> None:
    assert refused(host()) == []


@pytest.mark.parametrize(
    ("session", "check"),
    [
        (host(groups=FILTERED), "rights"),
        (host(product_type="2"), "domain_controller"),
        (host(services={"ClusSvc": "Auto"}), "cluster_node"),
        (host(protectors=(4,)), "bitlocker_pin"),
        (host(protectors=(1, 6)), "bitlocker_pin"),
        (host(services={"TrustedInstaller": "Disabled"}), "servicing"),
        (host(free=GIB // 4), "space"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_stands_in_the_way_is_named(session: FakeSession, check: str) -> None:
    assert refused(session) == [check]


@pytest.mark.parametrize(
    ("session", "check"),
    [
        (host(product_type="2"), "domain_controller"),
        (host(services={"ClusSvc": "Auto"}), "cluster_node"),
        (host(protectors=(4,)), "bitlocker_pin"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_allowed_is_no_refusal(session: FakeSession, check: str) -> None:
    assert refused(session, check) == []


@pytest.mark.parametrize("check", WAIVABLE)
def test_a_refusal_that_may_be_waived_names_the_modules_option(check: str) -> None:
    session = host(product_type="2", services={"ClusSvc": "Auto"}, protectors=(4,))
    refusals = preflight(session, assess(session, DEFINITION))
    (message,) = (refusal.message for refusal in refusals if refusal.check == check)
    assert f"allow: [{check}]" in message and "hotfix_allow" not in message


@pytest.mark.parametrize("protectors", [(1,), (1, 3), (1, 2, 3)])
def test_a_drive_that_the_tpm_opens_alone_is_ready(protectors: tuple[int, ...]) -> None:
    assert refused(host(protectors=protectors)) == []


@pytest.mark.parametrize("protectors", [(2,), (2, 3), (3,), (5,), (8,), ()])
def test_a_protected_drive_that_the_tpm_does_not_open_alone_waits_for_somebody(
    protectors: tuple[int, ...],
) -> None:
    assert refused(host(protectors=protectors)) == ["bitlocker_pin"]


def test_suspended_protection_asks_for_nothing() -> None:
    assert refused(host(protectors=(4,), protection=0)) == []


def test_bitlocker_that_cannot_be_read_is_no_evidence_of_an_unattended_start() -> None:
    session = host()
    session.wmi["Win32_EncryptableVolume"] = WsmanFault("host1", 5, "Access is denied.")
    assert refused(session) == ["bitlocker_pin"]


@pytest.mark.parametrize(
    "answer",
    [{"ReturnValue": str(0x80310008)}, {}, WsmanFault("host1", 2150858752, "The volume is gone")],
    ids=["locked", "no-code", "gone"],
)
def test_protectors_that_cannot_be_read_are_no_evidence_of_an_unattended_start(answer: Any) -> None:
    session = host(protectors=(1,))
    session.methods["Win32_EncryptableVolume.GetKeyProtectors"] = answer
    assert refused(session) == ["bitlocker_pin"]


NO_SUCH = {
    "winrm-2": WsmanFault("host1", 2150858752, "No resource", subcode="DestinationUnreachable"),
    "winrm-3": WsmanFault("host1", 0, "No resource", subcode="DestinationUnreachable"),
    "namespace": WsmanFault("host1", 2150858778, "No namespace", provider_code=0x8004100E),
    "class": WsmanFault("host1", 2150858778, "Invalid class", provider_code=0x80041010),
    "class-without-code": WsmanFault("host1", 2150858778, "Invalid class"),
}


@pytest.mark.parametrize("fault", NO_SUCH.values(), ids=NO_SUCH)
def test_a_host_without_bitlocker_starts_by_itself(fault: WsmanFault) -> None:
    session = host()
    session.wmi["Win32_EncryptableVolume"] = fault
    assert refused(session) == []


@pytest.mark.parametrize(
    "fault",
    [
        WsmanFault("host1", 2150858778, "Invalid query", provider_code=0x80041017),
        WsmanFault("host1", 0, "Denied", subcode="DestinationUnreachable", provider_code=0x80041003),
        WsmanFault("host1", 2150858752, "WMI failed", provider_code=0x80041001),
        WsmanFault("host1", 2150859002, "Not a singleton"),
    ],
    ids=["query", "denied", "failed", "singleton"],
)
def test_a_question_that_failed_does_not_show_that_bitlocker_is_missing(fault: WsmanFault) -> None:
    session = host()
    session.wmi["Win32_EncryptableVolume"] = fault
    assert refused(session) == ["bitlocker_pin"]


@pytest.mark.parametrize("stack", ["2.0", "3.0"])
@pytest.mark.parametrize("system", ["2008r2-x64", "win7-x64"])
def test_a_simulated_host_as_shipped_is_ready(system: str, stack: str) -> None:
    session = LabSession(system=system, winrm={"stack": stack})
    assert preflight(session, assess(session, DEFINITION)) == ()


@pytest.mark.parametrize(("bitlocker", "checks"), [([1, 3], []), ([4], ["bitlocker_pin"]), ([], [])])
def test_a_simulated_server_with_bitlocker_is_judged_by_its_protectors(
    bitlocker: list[int], checks: list[str]
) -> None:
    session = LabSession(bitlocker=bitlocker)
    assert [refusal.check for refusal in preflight(session, assess(session, DEFINITION))] == checks


def test_protection_of_unknown_state_is_taken_for_on() -> None:
    assert refused(host(protectors=(4,), protection=2)) == ["bitlocker_pin"]


def test_a_host_that_goes_away_is_not_refused_but_lost() -> None:
    session = host()
    session.wmi["Win32_LogicalDisk"] = ConnectionLost("host1", "gone")
    with pytest.raises(ConnectionLost):
        refused(session)


def test_a_disabled_cluster_service_is_no_cluster() -> None:
    assert refused(host(services={"ClusSvc": "Disabled"})) == []


def test_a_host_without_whoami_is_not_refused_for_its_rights() -> None:
    assert refused(host(groups=(1, "", "'whoami' is not recognized"))) == []


def test_a_host_that_only_waits_for_its_restart_needs_no_room() -> None:
    session = host(free=0, services={"TrustedInstaller": "Disabled"}, parts={"packages": package_text(0x60)})
    assert refused(session) == []


def test_all_refusals_are_reported_at_once() -> None:
    assert refused(host(product_type="2", services={"ClusSvc": "Auto"}, free=0)) == [
        "domain_controller",
        "cluster_node",
        "space",
    ]


def test_a_protection_status_that_failed_is_not_protection_off() -> None:
    session = host(protectors=(4,), protection=0)
    session.methods["Win32_EncryptableVolume.GetProtectionStatus"]["ReturnValue"] = str(0x80310008)
    assert refused(session) == ["bitlocker_pin"]


@pytest.mark.parametrize(
    ("service", "checks"),
    [("ClusSvc", ["cluster_node"]), ("TrustedInstaller", ["cluster_node", "servicing"])],
)
def test_a_service_whose_start_mode_is_not_shown_is_not_missing(service: str, checks: list[str]) -> None:
    assert refused(host(services={service: None})) == checks  # type: ignore[dict-item]
