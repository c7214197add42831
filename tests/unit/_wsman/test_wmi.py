# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queries and methods, as the conversations they are."""

from __future__ import annotations

import re

import pytest
import requests.exceptions
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman import _wmi
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import (
    CommandTimeout,
    ConnectionLost,
    HttpStatusError,
    LogonFailed,
    RemoteError,
    WsmanFault,
)
from winrm.exceptions import InvalidCredentialsError, WinRMTransportError

from tests.unit._wsman.replay import Exchange, Host, answer, fault, output, timeout

FIRST = Exchange("Enumerate", answer("enumerate_first_of_four"))
MIDDLE = Exchange(
    "Pull", answer("pull_middle"), {"EnumerationContext": "uuid:5F0E2D11-6A0C-4C55-8A34-0E9C1F7B2A01"}
)
LAST = Exchange(
    "Pull", answer("pull_last"), {"EnumerationContext": "uuid:8D3B7C40-19F2-4B0E-A6A7-2C4D9E0F5B02"}
)
WHOLE = Exchange("Enumerate", answer("enumerate_typed"))
CPU = "SELECT * FROM Win32_Processor"


def test_a_query_asks_for_everything_at_once() -> None:
    asked = Exchange(
        "Enumerate",
        answer("enumerate_typed"),
        {
            "ResourceURI": "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/*",
            "MaxElements": "32000",
            "OptimizeEnumeration": "",
            "Filter": CPU,
            "Filter@Dialect": "http://schemas.microsoft.com/wbem/wsman/1/WQL",
        },
    )
    with Host(asked) as host:
        assert len(host.session.query(CPU)) == 1


def test_maxelements_is_in_the_namespace_each_request_has_it_in() -> None:
    with Host(FIRST, MIDDLE, LAST) as host:
        host.session.query(CPU)
        tags = [
            element.tag
            for request in host.replay.requests
            for element in request.iter()
            if "MaxEl" in element.tag
        ]
    enumerate_tag, *pull_tags = tags
    assert enumerate_tag == "{http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd}MaxElements"
    assert set(pull_tags) == {"{http://schemas.xmlsoap.org/ws/2004/09/enumeration}MaxElements"}


def test_pulls_follow_the_changing_context_to_the_end() -> None:
    with Host(FIRST, MIDDLE, LAST) as host:
        rows = host.session.query(CPU)
    assert [row["DeviceID"] for row in rows] == ["CPU0", "CPU1", "CPU2", "CPU3"]


def test_a_query_without_an_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_wmi, "_MOST_PAGES", 2)
    with Host(FIRST, MIDDLE) as host, pytest.raises(RemoteError, match=r"sent 2 answers.*no end.*Winmgmt"):
        host.session.query(CPU)


def test_a_limit_reads_no_further_and_releases_the_rest() -> None:
    released = Exchange(
        "Release", answer("release"), {"EnumerationContext": "uuid:5F0E2D11-6A0C-4C55-8A34-0E9C1F7B2A01"}
    )
    with Host(FIRST, released) as host:
        assert [row["DeviceID"] for row in host.session.query(CPU, limit=1)] == ["CPU0"]


def test_a_release_that_fails_loses_no_rows() -> None:
    with Host(FIRST, MIDDLE, fault("Release", 2150858843)) as host:
        assert len(host.session.query(CPU, limit=2)) == 2


def test_an_unknown_namespace_is_told_from_a_query_that_failed() -> None:
    winrm_2 = fault("Enumerate", 2150858752, "a:DestinationUnreachable")
    winrm_3 = Exchange("Enumerate", without_code("a:DestinationUnreachable"), status=500)
    for exchange, missing in (
        (winrm_2, True),
        (winrm_3, True),
        (fault("Enumerate", 2150859002, "w:InternalError"), False),
        (fault("Enumerate", 5, "w:AccessDenied"), False),
    ):
        with Host(exchange) as host, pytest.raises(WsmanFault) as caught:
            host.session.query("SELECT Name FROM Win32_Volume", namespace="root/none")
        assert caught.value.no_such_class is missing


def without_code(subcode: str) -> str:
    """A fault whose Detail is empty."""
    text = answer("fault", CODE=0, SUBCODE=subcode, REASON="No.")
    return re.sub(r"<s:Detail>.*</s:Detail>", "<s:Detail/>", text)


def test_another_namespace_is_part_of_the_resource() -> None:
    uri = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/MSCluster/*"
    with Host(Exchange("Enumerate", answer("empty_no_items"), {"ResourceURI": uri})) as host:
        assert host.session.query("SELECT Name FROM MSCluster_Cluster", namespace="root/MSCluster") == []


@pytest.mark.parametrize("code", [2150859173, 2150859174, 2150859175, 2150859176, 2150859179])
def test_a_quota_is_waited_out(code: int) -> None:
    with Host(fault("Enumerate", code), fault("Enumerate", code), WHOLE) as host:
        assert len(host.session.query(CPU)) == 1
    assert host.clock.slept == [1.0, 2.0]


def test_a_quota_told_as_a_wmi_error_is_waited_out() -> None:
    reply = answer("fault_wmi_error", CODE=0x803381A6, SUBCODE="w:InternalError", REASON="15 operations")
    with Host(Exchange("Enumerate", reply, status=500), WHOLE) as host:
        assert len(host.session.query(CPU)) == 1


def test_a_quota_that_stays_used_up_ends_the_wait() -> None:
    host = Host(*[fault("Enumerate", 2150859174)] * 50)
    with pytest.raises(WsmanFault, match="Waiting did not help") as caught:
        host.session.query(CPU)
    assert caught.value.code == 2150859174
    assert sum(host.clock.slept) == pytest.approx(90)
    assert host.shown[0] == f"the query {CPU!r}: waiting for a WinRM quota of the host (15 s)"


def test_a_query_is_repeated_with_longer_operation_timeouts() -> None:
    with Host(
        timeout("Enumerate", OperationTimeout="PT20S"),
        timeout("Enumerate", OperationTimeout="PT40S"),
        Exchange("Enumerate", answer("enumerate_typed"), {"OperationTimeout": "PT60S"}),
    ) as host:
        assert len(host.session.query(CPU)) == 1
    assert host.replay.read_timeouts == [30, 50, 70]
    assert host.replay.read_timeout_sec == 30


def test_a_query_that_never_ends_in_time_is_a_fault_with_that_code() -> None:
    with (
        Host(*[timeout("Enumerate")] * 3) as host,
        pytest.raises(WsmanFault, match="run the task again") as caught,
    ):
        host.session.query(CPU)
    assert caught.value.code == 2150858793


@pytest.mark.parametrize("code", [1115, 0x8007045B])
def test_a_host_that_is_going_down_is_said_to_be_in_either_form_of_the_code(code: int) -> None:
    with Host(fault("Enumerate", code)) as host, pytest.raises(WsmanFault, match="shutting down"):
        host.session.query(CPU)


@pytest.mark.parametrize("code", [5, 0x80070005, 0x80041003])
def test_a_denial_is_a_denial_in_every_form(code: int) -> None:
    with Host(fault("Enumerate", code)) as host, pytest.raises(WsmanFault) as caught:
        host.session.query(CPU)
    assert caught.value.denied


def test_a_query_that_names_no_instance_is_no_missing_class() -> None:
    with (
        Host(fault("Enumerate", 2150859002)) as host,
        pytest.raises(WsmanFault, match="without saying which"),
    ):
        host.session.query(CPU)


def test_a_fault_names_host_query_remedy_and_reason() -> None:
    reply = Exchange("Enumerate", answer("fault_invalid_class"), status=500)
    with Host(reply) as host, pytest.raises(WsmanFault) as caught:
        host.session.query("SELECT * FROM Win32_Prozessor")
    text = str(caught.value)
    for part in ("rdsh-07: ", "no such WMI class", "Win32_Prozessor", "0x80041010", "Die angegebene Klasse"):
        assert part in text


def test_access_denied_tells_of_the_filtered_token() -> None:
    denied = fault("Enumerate", 5, reason="Access is denied.")
    with Host(denied) as host, pytest.raises(WsmanFault, match="LocalAccountTokenFilterPolicy"):
        host.session.query(CPU)


@pytest.mark.parametrize(
    "error",
    [
        WinRMTransportError("http", 400, ""),
        requests.exceptions.ConnectionError("gone"),
    ],
)
def test_a_security_context_that_the_host_forgot_is_made_anew_once(error: Exception) -> None:
    with Host(Exchange("Enumerate", error), WHOLE) as host:
        assert len(host.session.query(CPU)) == 1
    assert host.replay.closed == 1


def test_refused_credentials_are_an_error_that_says_so() -> None:
    refused = Exchange("Enumerate", InvalidCredentialsError("no"))
    with Host(refused) as host, pytest.raises(LogonFailed, match="did not accept the credentials"):
        host.session.query(CPU)


def test_a_request_that_is_too_large_says_what_limits_it() -> None:
    large = Exchange("Enumerate", "", status=413)
    with Host(large) as host, pytest.raises(HttpStatusError, match="MaxEnvelopeSizekb"):
        host.session.query(CPU)


def test_a_host_that_is_gone_is_a_lost_connection() -> None:
    gone = Exchange("Enumerate", requests.exceptions.ConnectionError("[Errno 113] No route to host')"))
    with Host(gone, gone) as host, pytest.raises(ConnectionLost, match="No route to host"):
        host.session.query(CPU)


def test_an_answer_that_is_no_wsman_is_an_error_and_no_empty_result() -> None:
    with Host(Exchange("Enumerate", "<html/>")) as host, pytest.raises(RemoteError, match="made no sense"):
        host.session.query(CPU)


def test_a_method_is_called_with_its_arguments_in_the_classes_namespace() -> None:
    uri = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Process"
    values = "<p:ProcessId>4021</p:ProcessId><p:ReturnValue>0</p:ReturnValue>"
    asked = output("Win32_Process", "Create", values, ResourceURI=uri, CommandLine="cmd.exe /c ver & exit")
    with Host(asked) as host:
        answered = host.session.invoke("Win32_Process", "Create", {"CommandLine": "cmd.exe /c ver & exit"})
    assert answered == {"ProcessId": "4021", "ReturnValue": "0"}
    assert host.replay.requests[0].find(f".//{{{uri}}}Create_INPUT/{{{uri}}}CommandLine") is not None


def test_arguments_keep_their_kind() -> None:
    asked = output("Win32_X", "Do", "<p:ReturnValue>0</p:ReturnValue>", Flag="true", Number="7", Names="a")
    with Host(asked) as host:
        host.session.invoke("Win32_X", "Do", {"Flag": True, "Number": 7, "Names": ["a", "b"], "None": None})
    nil = "{http://www.w3.org/2001/XMLSchema-instance}nil"
    elements = [
        element for element in host.replay.requests[0].iter() if element.tag.endswith(("}None", "}Names"))
    ]
    assert [element.text for element in elements] == ["a", "b", None]
    assert elements[2].get(nil) == "true"


def test_an_instance_is_selected_by_its_keys() -> None:
    asked = output("Win32_Service", "StartService", "<p:ReturnValue>0</p:ReturnValue>")
    asked.expect["Selector[Name]"] = "TrustedInstaller"
    with Host(asked) as host:
        host.session.invoke("Win32_Service", "StartService", {}, selectors={"Name": "TrustedInstaller"})


def test_a_method_that_may_have_run_is_not_called_twice() -> None:
    with (
        Host(timeout("Create", OperationTimeout="PT60S")) as host,
        pytest.raises(CommandTimeout, match="not called again"),
    ):
        host.session.invoke("Win32_Process", "Create", {"CommandLine": "x"})


def test_a_method_is_not_called_twice_when_the_connection_broke() -> None:
    gone = Exchange("Create", requests.exceptions.ConnectionError("gone"))
    with Host(gone) as host, pytest.raises(ConnectionLost):
        host.session.invoke("Win32_Process", "Create", {"CommandLine": "x"})


def test_a_character_that_xml_cannot_carry_is_refused_before_it_is_sent() -> None:
    with Host() as host, pytest.raises(RemoteError, match=r"U\+0001"):
        host.session.invoke("Win32_Process", "Create", {"CommandLine": "a\x01"})
