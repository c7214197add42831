# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WMI methods and the classes computed from disk, registry and profile."""

from __future__ import annotations

import re

import pytest

from tests.lab.endpoint.faults import FaultError
from tests.lab.windows.host import WindowsHost
from tests.lab.windows.streams import Streams
from tests.unit.lab.hosts import ask, enumerate_message, invoke_message, make_host, make_service, run

KEY = "<p:hDefKey>2147483650</p:hDefKey><p:sSubKeyName>SOFTWARE\\Test</p:sSubKeyName>"


@pytest.fixture
def host() -> WindowsHost:
    host = make_host(users=[{"name": "Administrator", "password": "x", "builtin": True}])
    host.registry.set("HKLM\\SOFTWARE\\Test", "Number", 4096)
    host.registry.set("HKLM\\SOFTWARE\\Test", "Text", "a & b <c>")
    host.registry.set("HKLM\\SOFTWARE\\Test", "List", ("one", "two"))
    host.registry.set("HKLM\\SOFTWARE\\Test", "Path", "%SystemRoot%\\x", "REG_EXPAND_SZ")
    host.registry.create("HKLM\\SOFTWARE\\Test\\Beta")
    host.registry.create("HKLM\\SOFTWARE\\Test\\Alpha")
    return host


def invoke(host: WindowsHost, method: str, arguments: str, namespace: str = "root/cimv2") -> str:
    service, _unused = make_service(host)
    text = run(ask(service, invoke_message("StdRegProv", method, arguments, namespace)))
    return re.sub(r"^.*?_OUTPUT [^>]*>|</p:\w+_OUTPUT>.*$", "", text)


def query(host: WindowsHost, wql: str, namespace: str = "root/cimv2") -> list[str]:
    service, _unused = make_service(host)
    text = run(ask(service, enumerate_message(wql, namespace=namespace)))
    return [value for _unused, value in re.findall(r"<(\w+)>([^<>]*)</\1>", text)]


def values(text: str) -> list[tuple[str, str]]:
    return re.findall(r"<p:(\w+)>([^<]*)<", text)


def test_enum_key_has_the_recorded_shape(host: WindowsHost) -> None:
    service, _unused = make_service(host)
    text = run(ask(service, invoke_message("StdRegProv", "EnumKey", KEY, "root/default")))
    uri = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/default/StdRegProv"
    assert f"<a:Action>{uri}/EnumKeyResponse</a:Action>" in text
    assert text.split("<s:Body>")[1] == (
        f'<p:EnumKey_OUTPUT xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:p="{uri}" '
        'xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common"><p:sNames>Alpha</p:sNames>'
        "<p:sNames>Beta</p:sNames><p:ReturnValue>0</p:ReturnValue></p:EnumKey_OUTPUT></s:Body></s:Envelope>"
    )


@pytest.mark.parametrize(
    ("method", "name", "expected"),
    [
        ("GetDWORDValue", "Number", [("uValue", "4096"), ("ReturnValue", "0")]),
        ("GetStringValue", "text", [("sValue", "a &amp; b &lt;c&gt;"), ("ReturnValue", "0")]),
        ("GetMultiStringValue", "List", [("sValue", "one"), ("sValue", "two"), ("ReturnValue", "0")]),
        ("GetExpandedStringValue", "Path", [("sValue", "C:\\Windows\\x"), ("ReturnValue", "0")]),
        ("GetDWORDValue", "Missing", [("ReturnValue", "2")]),
        ("GetDWORDValue", "Text", [("ReturnValue", "2147749893")]),
    ],
)
def test_values_are_read_by_type(host: WindowsHost, method: str, name: str, expected: list) -> None:
    assert values(invoke(host, method, f"{KEY}<p:sValueName>{name}</p:sValueName>")) == expected


def test_a_key_that_is_not_there_is_return_value_2(host: WindowsHost) -> None:
    missing = KEY.replace("Test", "Nowhere")
    assert invoke(host, "EnumKey", missing) == '<p:sNames xsi:nil="true"/><p:ReturnValue>2</p:ReturnValue>'
    assert "<p:ReturnValue>2<" in invoke(host, "GetDWORDValue", f"{missing}<p:sValueName>a</p:sValueName>")


def test_an_unknown_method_or_parameter_is_refused(host: WindowsHost) -> None:
    for method, arguments, code in (
        ("Nonsense", "", 2150858771),
        ("SetDWORDValue", f"{KEY}<p:sValueName>a</p:sValueName><p:uValue>1</p:uValue>", 2150858771),
        ("EnumKey", "<p:sKey>a</p:sKey>", 2150858837),
    ):
        with pytest.raises(FaultError) as caught:
            invoke(host, method, arguments)
        assert caught.value.code == code


def test_an_answer_beyond_the_envelope_limit_is_refused(host: WindowsHost) -> None:
    packages = KEY.replace("Test", "Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages")
    with pytest.raises(FaultError) as caught:
        invoke(host, "EnumKey", packages)
    assert (caught.value.code, caught.value.subcode) == (2150858824, "w:EncodingLimit")


def test_a_data_file_is_read_from_the_disk_at_the_moment_of_the_query(host: WindowsHost) -> None:
    wql = r"SELECT Version, FileSize FROM CIM_DataFile WHERE Name = 'c:\\windows\\system32\\CREDSSP.dll'"
    assert query(host, wql)[1] == "6.1.7600.16385"
    host.disk.write("C:\\Windows\\System32\\credssp.dll", b"no image")
    assert query(host, wql)[0] == "8"
    host.disk.delete("C:\\Windows\\System32\\credssp.dll")
    assert query(host, wql) == []


def test_a_query_that_names_no_file_walks_the_disk(host: WindowsHost) -> None:
    assert query(host, "SELECT Name FROM CIM_DataFile WHERE FileName = 'tssecsrv' AND Extension = 'sys'") == [
        "c:\\windows\\system32\\drivers\\tssecsrv.sys"
    ]


@pytest.mark.parametrize(
    "name", ["D:\\\\x.dll", "%SystemRoot%\\\\win.ini", "win.ini", "C:\\\\Windows", "C:\\\\a?b"]
)
def test_what_is_no_file_on_a_local_fixed_disk_gives_no_row(host: WindowsHost, name: str) -> None:
    assert query(host, f"SELECT Name FROM CIM_DataFile WHERE Name = '{name}'") == []


def test_a_version_with_its_branch_tail_is_told_where_the_profile_says_so() -> None:
    wql = r"SELECT Version FROM CIM_DataFile WHERE Name = 'C:\\Windows\\System32\\credssp.dll'"
    assert query(make_host(faults=["file_version_tail"]), wql) == ["6.1.7600.16385 (win7_rtm.090713-1255)"]


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ({"system": "win7-x86", "domain": "corp.example"}, ["1", "X86-based PC", "32-bit", "1"]),
        ({"language": "de-DE"}, ["2", "x64-based PC", "64-Bit", "3"]),
        ({"system": "2008r2-ia64", "domain": "corp.example"}, ["3", "64-bit Intel PC", "64-bit", "3"]),
        ({"domain": "corp.example", "domain_controller": True}, ["5", "x64-based PC", "64-bit", "2"]),
    ],
)
def test_role_architecture_and_language_follow_the_profile(profile: dict, expected: list[str]) -> None:
    host = make_host(**profile)
    computer = query(host, "SELECT DomainRole, SystemType FROM Win32_ComputerSystem")
    system = query(host, "SELECT OSArchitecture, ProductType FROM Win32_OperatingSystem")
    assert [*computer, *system] == expected


def test_quick_fixes_have_a_text_date_and_services_a_start_mode(host: WindowsHost) -> None:
    dates = query(host, "SELECT InstalledOn FROM Win32_QuickFixEngineering WHERE HotFixID LIKE 'KB%'")
    assert re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}", dates[0])
    assert query(host, "SELECT StartMode FROM Win32_Service WHERE Name = 'trustedinstaller'") == ["Manual"]


def test_process_create_starts_a_program_and_does_not_wait(host: WindowsHost) -> None:
    started = []

    async def run_program(line: str, streams: Streams, *_unused: object, **__: object) -> int:
        started.append(line)
        return 0

    host.run_program = run_program  # type: ignore[method-assign]
    service, _unused = make_service(host)
    order = invoke_message("Win32_Process", "Create", "<p:CommandLine>cmd.exe /c ver</p:CommandLine>")
    text = run(ask(service, order))
    assert [name for name, _unused in values(text)] == ["ProcessId", "ReturnValue"]
    assert started == ["cmd.exe /c ver"]
