# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second client that shares no code with pywinrm, and pywinrm itself, against the lab.

They guard against a lab and a client that share a mistake.
"""

from __future__ import annotations

import base64
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
import winrm
from pypsrp.exceptions import AuthenticationError, WinRMTransportError, WSManFaultError
from pypsrp.shell import Process, SignalCode, WinRS
from pypsrp.wsman import NAMESPACES, WSMan

PASSWORD = "Secret-Passw0rd!"
FLEET = {
    "defaults": {
        "users": [
            {"name": "Administrator", "password": PASSWORD, "administrator": True, "builtin": True},
            {"name": "operator", "password": PASSWORD, "administrator": False},
        ],
        "winrm": {"http": True, "https": True},
    },
    "hosts": [
        {"name": "r2", "system": "2008r2-x64", "processors": 2},
        {"name": "newer", "system": "2012-x64", "files": "windows8"},
        {"name": "basic", "system": "2008r2-x64", "winrm": {"basic": True}},
        {"name": "open", "system": "2008r2-x64", "winrm": {"basic": True, "allow_unencrypted": True}},
        {"name": "old-tls", "system": "win7-x64", "winrm": {"tls10_only": True}},
    ],
}
WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
CIMV2 = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2"
SOAP_TYPE = {"Content-Type": "application/soap+xml;charset=UTF-8"}
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def lab(start_lab: Callable[..., Any]) -> Any:
    return start_lab(FLEET)


def connect(lab: Any, host: str, **options: Any) -> WSMan:
    settings: dict[str, Any] = {
        "auth": "ntlm",
        "ssl": False,
        "username": "Administrator",
        "password": PASSWORD,
    }
    settings.update(options)
    port = 5986 if settings["ssl"] else 5985
    return WSMan(lab.host_vars(host)["ansible_host"], port=port, cert_validation=False, **settings)


@pytest.fixture(params=[("ntlm", False), ("negotiate", False), ("ntlm", True), ("negotiate", True)], ids=str)
def client(request: pytest.FixtureRequest, lab: Any) -> Iterator[WSMan]:
    auth, ssl = request.param
    with connect(lab, "r2", auth=auth, ssl=ssl) as wsman:
        yield wsman


def enumerate_wql(wsman: WSMan, query: str) -> ElementTree.Element:
    body = ElementTree.Element(f"{{{NAMESPACES['wsen']}}}Enumerate")
    ElementTree.SubElement(body, f"{{{NAMESPACES['wsman']}}}OptimizeEnumeration")
    ElementTree.SubElement(body, f"{{{NAMESPACES['wsman']}}}MaxElements").text = "100"
    ElementTree.SubElement(body, f"{{{NAMESPACES['wsman']}}}Filter", Dialect=WQL).text = query
    return wsman.enumerate(f"{CIMV2}/*", body)


def pull(wsman: WSMan, context: str) -> ElementTree.Element:
    body = ElementTree.Element(f"{{{NAMESPACES['wsen']}}}Pull")
    ElementTree.SubElement(body, f"{{{NAMESPACES['wsen']}}}EnumerationContext").text = context
    ElementTree.SubElement(body, f"{{{NAMESPACES['wsen']}}}MaxElements").text = "100"
    return wsman.pull(f"{CIMV2}/*", body)


def local_names(element: ElementTree.Element) -> list[str]:
    return [item.tag.rpartition("}")[2] for item in element.iter()]


def url(lab: Any, host: str) -> str:
    return f"http://{lab.host_vars(host)['ansible_host']}:5985/wsman"


def test_pypsrp_queries_over_every_transport(client: WSMan) -> None:
    answer = enumerate_wql(client, "SELECT Version, BuildNumber FROM Win32_OperatingSystem")
    assert [item.text for item in answer.iter() if item.tag in ("BuildNumber", "Version")] == [
        "7600",
        "6.1.7600",
    ]


def test_pypsrp_runs_a_command_over_every_transport(client: WSMan) -> None:
    with WinRS(client) as shell:
        process = Process(shell, "echo one& echo two 1>&2& exit 7")
        process.invoke()
        process.signal(SignalCode.CTRL_C)
    assert (process.stdout, process.stderr, process.rc) == (b"one\r\n", b"two \r\n", 7)


def test_a_message_larger_than_one_tcp_segment_passes_encryption_both_ways(lab: Any) -> None:
    line = b"x" * 70 + b"\r\n"
    with connect(lab, "r2") as wsman, WinRS(wsman, codepage=437) as shell:
        process = Process(shell, 'findstr /r "^"')
        process.begin_invoke()
        process.send(line * 1000, end=True)
        process.end_invoke()
        process.signal(SignalCode.CTRL_C)
    assert process.stdout == line * 1000


def test_a_newer_host_describes_the_shell_it_made(lab: Any) -> None:
    with connect(lab, "newer") as wsman, WinRS(wsman) as shell:
        assert shell.owner == "NEWER\\Administrator"
        assert shell.idle_time_out == "PT7200.000S"


def test_the_rest_of_an_enumeration_comes_by_pull_under_changing_contexts(lab: Any) -> None:
    with connect(lab, "r2") as wsman:
        first = enumerate_wql(wsman, "SELECT * FROM Win32_Processor")
        context = str(first.findtext(".//wsen:EnumerationContext", namespaces=NAMESPACES))
        assert local_names(first).count("Win32_Processor") == 1
        rest = pull(wsman, context)
        assert local_names(rest).count("Win32_Processor") == 1
        assert "EndOfSequence" in local_names(rest)
        with pytest.raises(WSManFaultError) as caught:
            pull(wsman, context)
    assert caught.value.code == 2150858779


def test_a_wrong_password_is_refused_with_401(lab: Any) -> None:
    with (
        connect(lab, "r2", password="wrong") as wsman,
        pytest.raises((AuthenticationError, WinRMTransportError)),
    ):
        enumerate_wql(wsman, "SELECT * FROM Win32_OperatingSystem")


def test_an_account_without_rights_is_refused_with_fault_5(lab: Any) -> None:
    with connect(lab, "r2", username="operator") as wsman, pytest.raises(WSManFaultError) as caught:
        enumerate_wql(wsman, "SELECT * FROM Win32_OperatingSystem")
    assert caught.value.code == 5


def test_an_answer_over_150_kib_is_refused(lab: Any) -> None:
    body = ElementTree.fromstring(
        f'<p:EnumKey_INPUT xmlns:p="{CIMV2}/StdRegProv"><p:hDefKey>2147483650</p:hDefKey><p:sSubKeyName>'
        "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages"
        "</p:sSubKeyName></p:EnumKey_INPUT>"
    )
    with connect(lab, "r2") as wsman, pytest.raises(WSManFaultError) as caught:
        wsman.invoke(f"{CIMV2}/StdRegProv/EnumKey", f"{CIMV2}/StdRegProv", body)
    assert caught.value.code == 2150858824


def test_basic_over_plain_http_is_refused_unless_the_host_allows_unencrypted_traffic(lab: Any) -> None:
    answers = {}
    for host in ("r2", "basic", "open"):
        answer = requests.post(
            url(lab, host),
            data=b"<no-soap/>",
            auth=("Administrator", PASSWORD),
            headers=SOAP_TYPE,
            timeout=10,
        )
        answers[host] = (answer.status_code, "WSManFault" in answer.text)
    assert answers == {"r2": (401, False), "basic": (500, False), "open": (500, True)}


def test_basic_over_https_works(lab: Any) -> None:
    with connect(lab, "basic", auth="basic", ssl=True) as wsman:
        answer = enumerate_wql(wsman, "SELECT Version FROM Win32_OperatingSystem")
    assert "Version" in local_names(answer)


def test_a_host_with_tls_1_0_alone_is_refused_by_a_default_controller(lab: Any) -> None:
    address = lab.host_vars("old-tls")["ansible_host"]
    with pytest.raises(requests.exceptions.SSLError):
        requests.post(f"https://{address}:5986/wsman", verify=False, timeout=5)


def test_a_client_that_allows_tls_1_0_gets_it(lab: Any) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    address = lab.host_vars("old-tls")["ansible_host"]
    with socket.create_connection((address, 5986), timeout=5) as plain, context.wrap_socket(plain) as secure:
        assert secure.version() == "TLSv1"


def test_a_host_that_is_off_refuses_connections_and_forgets_its_shells(lab: Any) -> None:
    with connect(lab, "open") as wsman:
        shell = WinRS(wsman)
        shell.open()
        lab.control.power("open", on=False)
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.post(url(lab, "open"), timeout=5)
        lab.control.power("open", on=True)
        lab.control.wait_until_up("open")
    with connect(lab, "open") as again, pytest.raises(WSManFaultError) as caught:
        shell.wsman = again
        Process(shell, "ver").begin_invoke()
    assert caught.value.code == 2150858843


def test_pywinrm_runs_a_command_and_reads_its_streams(lab: Any) -> None:
    address = lab.host_vars("r2")["ansible_host"]
    session = winrm.Session(address, auth=("Administrator", PASSWORD), transport="ntlm")
    answer = session.run_cmd("ver")
    assert b"6.1.7600" in answer.std_out
    assert answer.status_code == 0


def test_identify_tells_nothing_of_the_version_to_a_stranger(lab: Any) -> None:
    message = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><s:Header/>'
        "<s:Body><i:Identify/></s:Body></s:Envelope>"
    )
    headers = {**SOAP_TYPE, "WSMANIDENTIFY": "unauthenticated"}
    answer = requests.post(url(lab, "r2"), data=message, headers=headers, timeout=5)
    assert "OS: 0.0.0" in answer.text


def test_an_encrypted_message_without_a_negotiated_key_is_refused(lab: Any) -> None:
    token = base64.b64encode(f"Administrator:{PASSWORD}".encode()).decode()
    headers = {
        "Content-Type": 'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";'
        'boundary="Encrypted Boundary"',
        "Authorization": f"Basic {token}",
    }
    assert requests.post(url(lab, "open"), data=b"garbage", headers=headers, timeout=5).status_code == 400


@pytest.mark.parametrize("kind", ["cut_before", "cut_answer"])
def test_an_injected_cut_breaks_the_connection_once(lab: Any, kind: str) -> None:
    with connect(lab, "r2", reconnection_retries=0) as wsman:
        enumerate_wql(wsman, "SELECT Version FROM Win32_OperatingSystem")
        lab.control.inject("r2", kind, action="Enumerate")
        with pytest.raises(requests.exceptions.RequestException):
            enumerate_wql(wsman, "SELECT Version FROM Win32_OperatingSystem")
    with connect(lab, "r2") as wsman:
        assert "Version" in local_names(enumerate_wql(wsman, "SELECT Version FROM Win32_OperatingSystem"))


def test_an_injected_quota_fault_meets_as_many_requests_as_asked(lab: Any) -> None:
    lab.control.inject("r2", "operations_quota", count=2, action="Enumerate")
    codes = []
    with connect(lab, "r2") as wsman:
        for _unused in range(3):
            try:
                enumerate_wql(wsman, "SELECT Version FROM Win32_OperatingSystem")
                codes.append(0)
            except WSManFaultError as error:
                codes.append(error.code)
    assert codes == [2150859174, 2150859174, 0]


def test_the_sixth_shell_of_a_user_is_refused(lab: Any) -> None:
    with connect(lab, "r2") as wsman:
        shells = [WinRS(wsman) for _unused in range(6)]
        for shell in shells[:5]:
            shell.open()
        with pytest.raises(WSManFaultError) as caught:
            shells[5].open()
        for shell in shells[:5]:
            shell.close()
    assert caught.value.code == 2150859173


def test_counters_tell_requests_bytes_and_the_cpu_of_the_lab(lab: Any) -> None:
    lab.control.reset_counters()
    with connect(lab, "newer") as wsman:
        enumerate_wql(wsman, "SELECT Version FROM Win32_OperatingSystem")
    counters = lab.control.counters()
    host = counters["hosts"]["newer"]
    # One request for the 401, two for NTLM (the last carries nothing), one for the query.
    assert (host["requests"], host["actions"]) == (4, {"Enumerate": 1})
    assert host["bytes_in"] > 1000
    assert host["bytes_out"] > 1000
    assert counters["cpu_seconds"] > 0


@pytest.mark.parametrize(("kind", "status"), [("unauthorized", 401), ("http_400", 400)])
def test_an_injected_http_status_answers_every_request_until_it_is_cleared(
    lab: Any, kind: str, status: int
) -> None:
    lab.control.inject("open", kind, count=None)
    statuses = [
        requests.post(url(lab, "open"), auth=("Administrator", PASSWORD), timeout=5).status_code
        for _unused in range(3)
    ]
    lab.control.clear_faults("open")
    assert statuses == [status] * 3
    assert requests.post(url(lab, "open"), auth=("Administrator", PASSWORD), timeout=5).status_code == 200


def test_a_slow_answer_comes_late(lab: Any) -> None:
    lab.control.inject("r2", "slow", seconds=0.6)
    began = time.monotonic()
    with connect(lab, "r2") as wsman:
        enumerate_wql(wsman, "SELECT Version FROM Win32_OperatingSystem")
    assert time.monotonic() - began > 0.6


def test_a_message_over_150_kib_is_refused_with_413(lab: Any) -> None:
    answer = requests.post(
        url(lab, "open"), data=b" " * 160_000, auth=("Administrator", PASSWORD), headers=SOAP_TYPE, timeout=5
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(("size", "status"), [(16_000, 401), (16_384, 400)])
def test_headers_of_more_than_16_kb_are_refused_with_400(lab: Any, size: int, status: int) -> None:
    headers = {"Authorization": "Negotiate " + "A" * size}
    assert requests.post(url(lab, "open"), headers=headers, timeout=5).status_code == status


def test_a_connection_is_closed_when_it_was_idle_for_two_minutes_of_the_fleets_clock(lab: Any) -> None:
    session = requests.Session()

    def open_after(seconds: float) -> int:
        lab.control.advance(seconds)
        count: int = lab.control.host("basic")["connections"]
        return count

    session.post(url(lab, "basic"), timeout=5)
    assert open_after(119) == 1
    session.post(url(lab, "basic"), timeout=5)
    assert open_after(119) == 1
    assert open_after(2) == 0


def test_a_moved_clock_moves_the_time_that_wmi_tells(lab: Any) -> None:
    with connect(lab, "r2") as wsman:
        before = enumerate_wql(wsman, "SELECT LocalDateTime FROM Win32_OperatingSystem")
        lab.control.advance(86400)
    with connect(lab, "r2") as wsman:
        after = enumerate_wql(wsman, "SELECT LocalDateTime FROM Win32_OperatingSystem")
    first, second = (
        datetime.fromisoformat(str(answer.findtext(".//LocalDateTime/Datetime"))[:19])
        for answer in (before, after)
    )
    assert timedelta(days=1) <= second - first < timedelta(days=1, minutes=1)


def test_a_restart_on_order_breaks_connections_and_moves_the_boot_time(lab: Any) -> None:
    before = lab.control.host("r2")["boot_time"]
    with connect(lab, "r2") as wsman, WinRS(wsman) as shell:
        process = Process(shell, "shutdown /r /t 5")
        process.invoke()
        assert process.rc == 0
        assert lab.control.host("r2")["countdown"]["restart"] is True
        lab.control.advance(5.1)
        shell.opened = False
    lab.control.advance(60)
    lab.control.wait_until_up("r2")
    assert lab.control.host("r2")["boot_time"] > before
