# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enumerations: shapes as recorded from 2008 R2 SP1, paging, refusals."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.lab.endpoint.enumeration import PAGE_CHARACTERS
from tests.lab.endpoint.faults import FaultError
from tests.lab.endpoint.injection import Injection
from tests.unit.lab.hosts import ask, enumerate_message, make_host, make_service, message, pull_message, run

SHAPES = Path(__file__).parent / "shapes"


def answer(query: str, **profile: object) -> str:
    service, _unused = make_service(make_host(**profile))
    return run(ask(service, enumerate_message(query)))


def context_of(text: str) -> str:
    return re.findall(r"<n:EnumerationContext>(.*?)</n:EnumerationContext>", text)[0]


def property_names(text: str, prefix: str) -> list[str]:
    inner = text.split("<w:Items>")[1].split("</w:Items>")[0].split(">", 1)[1]
    names = re.findall(rf"<{prefix}(\w+)[ >/]", inner)
    return [name for name in dict.fromkeys(names) if name not in ("Datetime", "XmlFragment")]


@pytest.mark.parametrize("name", ["Win32_OperatingSystem", "Win32_ComputerSystem", "Win32_Processor"])
def test_a_class_has_the_recorded_properties_in_the_recorded_order(name: str) -> None:
    recorded = (SHAPES / f"{name}.txt").read_text("utf-8").split()
    assert property_names(answer(f"SELECT * FROM {name}"), "p:") == recorded


def test_a_star_query_gives_typed_elements_and_a_complete_answer_an_empty_context() -> None:
    text = answer("SELECT * FROM Win32_OperatingSystem")
    uri = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_OperatingSystem"
    assert (
        "<s:Body><n:EnumerateResponse><n:EnumerationContext></n:EnumerationContext><w:Items>"
        '<p:Win32_OperatingSystem xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xmlns:p="{uri}" xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common" '
        'xsi:type="p:Win32_OperatingSystem_Type"><p:BootDevice>'
    ) in text
    assert text.endswith(
        "</p:Win32_OperatingSystem></w:Items><w:EndOfSequence/></n:EnumerateResponse></s:Body></s:Envelope>"
    )
    assert re.search(
        r"<p:LastBootUpTime><cim:Datetime>[\d-]+T[\d:]+\.5Z</cim:Datetime></p:LastBootUpTime>", text
    )
    assert '<p:CSDVersion xsi:nil="true"/>' in text


def test_chosen_properties_give_a_fragment_without_namespace_in_alphabetical_order() -> None:
    text = answer("SELECT version, LastBootUpTime, CSDVersion, Description FROM win32_operatingsystem")
    fragment = re.sub(r"\d{4}-[\dT:.-]+Z", "TIME", text.split("<w:Items>")[1].split("</w:Items>")[0])
    assert fragment == (
        '<w:XmlFragment xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><CSDVersion xsi:nil="true"/>'
        "<Description></Description><LastBootUpTime><Datetime>TIME</Datetime></LastBootUpTime>"
        "<Version>6.1.7600</Version></w:XmlFragment>"
    )


def test_6_1_gives_one_item_first_whatever_is_asked_and_a_newer_host_more() -> None:
    query = "SELECT * FROM Win32_Processor"
    assert answer(query, processors=4).count("<p:Win32_Processor ") == 1
    newer = answer(query, processors=4, system="2012-x64", files="windows8", winrm={"optimized_items": 100})
    assert newer.count("<p:Win32_Processor ") == 4


def test_every_pull_changes_the_context_and_the_last_page_has_none() -> None:
    async def scenario() -> list[str]:
        service, _unused = make_service(make_host(processors=3))
        texts = [await ask(service, enumerate_message("SELECT * FROM Win32_Processor"))]
        while (context := context_of(texts[-1]) if "EnumerationContext" in texts[-1] else None) is not None:
            texts.append(await ask(service, pull_message(context, count=1)))
            with pytest.raises(FaultError) as caught:
                await ask(service, pull_message(context))
            assert caught.value.code == 2150858779
        assert len(service.enumerations) == 0
        return texts

    texts = run(scenario())
    assert len(texts) == 3
    assert "<n:Items><p:Win32_Processor " in texts[1]
    assert texts[2].endswith("</n:Items><n:EndOfSequence/></n:PullResponse></s:Body></s:Envelope>")


def test_a_page_ends_near_76000_characters() -> None:
    async def scenario() -> str:
        service, _unused = make_service(make_host(processors=60))
        first = await ask(service, enumerate_message("SELECT * FROM Win32_Processor"))
        return await ask(service, pull_message(context_of(first)))

    page = run(scenario()).split("<n:Items>")[1].split("</n:Items>")[0]
    assert PAGE_CHARACTERS - 4000 < len(page) <= PAGE_CHARACTERS


def test_no_row_is_an_empty_list_at_once_or_by_pull_where_a_test_wants_that() -> None:
    async def scenario() -> tuple[str, str, str]:
        service, injections = make_service(make_host())
        query = enumerate_message("SELECT * FROM Win32_Service WHERE Name = 'none'")
        plain = await ask(service, query)
        injections.add(Injection("zero_rows_by_pull"))
        first = await ask(service, query)
        return plain, first, await ask(service, pull_message(context_of(first)))

    plain, first, last = run(scenario())
    assert "<w:Items></w:Items><w:EndOfSequence/>" in plain
    assert "w:Items" not in first
    assert "<n:Items></n:Items><n:EndOfSequence/>" in last


def test_an_enumeration_that_is_not_optimised_starts_with_a_context_alone() -> None:
    service, _unused = make_service(make_host())
    text = run(ask(service, enumerate_message("SELECT * FROM Win32_OperatingSystem", optimized=False)))
    assert re.search(r"<n:EnumerateResponse><n:EnumerationContext>uuid:[0-9A-F-]+</n:Enum", text)
    assert "Items" not in text


def test_a_released_enumeration_cannot_be_pulled() -> None:
    async def scenario() -> int:
        service, _unused = make_service(make_host(processors=2))
        context = context_of(await ask(service, enumerate_message("SELECT * FROM Win32_Processor")))
        release = pull_message(context).replace(b"Pull", b"Release")
        assert "enumeration/ReleaseResponse" in await ask(service, release)
        with pytest.raises(FaultError) as caught:
            await ask(service, pull_message(context))
        return caught.value.code

    assert run(scenario()) == 2150858779


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM Win32_Processa",
        "SELECT Name FROM Win32_OperatingSystem WHERE Name IN ('a')",
        "SELECT Nonsense FROM Win32_OperatingSystem",
        "SELECT * FROM CIM_DataFile WHERE Nme = 'a'",
    ],
)
def test_an_invalid_class_or_query_is_the_recorded_fault(query: str) -> None:
    host = make_host()
    service, _unused = make_service(host)
    with pytest.raises(FaultError) as caught:
        run(ask(service, enumerate_message(query)))
    assert (caught.value.code, caught.value.subcode) == (2150858778, "n:CannotProcessFilter")
    assert 'Machine="HOST"' in caught.value.message
    assert host.unknown_requests == [f"root/cimv2: {query}"]


def test_another_dialect_and_an_unknown_namespace_are_refused() -> None:
    service, _unused = make_service(make_host())
    request = enumerate_message("SELECT * FROM Win32_OperatingSystem")
    for bad, code in (
        (request.replace(b"/1/WQL", b"/1/XPath"), 2150858777),
        (request.replace(b"root/cimv2", b"root/nowhere"), 2150858752),
        (message("http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate", "http://x/y"), 2150858752),
    ):
        with pytest.raises(FaultError) as caught:
            run(ask(service, bad))
        assert caught.value.code == code


def test_a_server_lacks_the_namespace_of_bitlocker_as_shipped_and_a_client_has_it() -> None:
    request = enumerate_message(
        "SELECT DeviceID FROM Win32_EncryptableVolume",
        namespace="root/cimv2/Security/MicrosoftVolumeEncryption",
    )
    server = make_host()
    service, _unused = make_service(server)
    with pytest.raises(FaultError) as caught:
        run(ask(service, request))
    assert (caught.value.code, caught.value.subcode) == (2150858752, "a:DestinationUnreachable")
    assert not server.unknown_requests
    client, _unused = make_service(make_host(system="win7-x64"))
    assert "<DeviceID>" in run(ask(client, request))
