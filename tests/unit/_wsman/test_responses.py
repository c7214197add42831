# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WS-Management answers, read into plain data."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman._responses import (
    parse_fault,
    parse_output,
    parse_page,
)

from tests.unit._wsman.replay import answer


def test_a_typed_object_is_read_by_local_names() -> None:
    (row,) = parse_page(answer("enumerate_typed")).rows
    assert row == {
        "AutomaticManagedPagefile": "false",
        "BootOptionOnLimit": None,
        "Caption": "RDSH-07",
        "Description": "",
        "DomainRole": "3",
        "InstallDate": "2011-05-02T07:14:09.25-04:00",
        "Roles": ["LM_Workstation", "LM_Server", "NT"],
        "SystemType": "x64-based PC",
    }


def test_a_fragment_is_read_the_same_way() -> None:
    (row,) = parse_page(answer("enumerate_fragment")).rows
    assert row == {
        "BuildNumber": "7600",
        "Caption": "Microsoft Windows Server 2008 R2 Standard ",
        "CSDVersion": None,
        "LastBootUpTime": "2026-11-02T04:11:53.5Z",
        "MUILanguages": ["de-DE", "en-US"],
        "Organization": "",
        "Version": "6.1.7600",
    }


def test_a_page_names_the_context_of_the_next() -> None:
    assert (
        parse_page(answer("enumerate_first_of_four")).context == "uuid:5F0E2D11-6A0C-4C55-8A34-0E9C1F7B2A01"
    )
    assert parse_page(answer("pull_middle")).context == "uuid:8D3B7C40-19F2-4B0E-A6A7-2C4D9E0F5B02"


@pytest.mark.parametrize("name", ["enumerate_typed", "pull_last", "pull_empty"])
def test_the_last_page_has_no_context(name: str) -> None:
    assert parse_page(answer(name)).context is None


@pytest.mark.parametrize("name", ["empty_no_items", "empty_items", "empty_other_end", "empty_no_context"])
def test_no_rows_are_no_rows_in_every_likely_shape(name: str) -> None:
    page = parse_page(answer(name))
    assert (page.rows, page.context) == ([], None)


@pytest.mark.parametrize("document", ["", "<html>proxy</html>", "plain text"])
def test_what_is_no_answer_is_refused(document: str) -> None:
    with pytest.raises(ValueError, match="the answer"):
        parse_page(document)


def test_the_output_of_another_method_is_refused() -> None:
    document = answer("output", CLASS="StdRegProv", METHOD="EnumKey", VALUES="")
    with pytest.raises(ValueError, match="GetDWORDValue_OUTPUT"):
        parse_output(document, "GetDWORDValue")


def test_a_fault_is_read_with_the_providers_code_and_innermost_reason() -> None:
    fault = parse_fault(answer("fault_invalid_class"))
    assert fault is not None
    assert (fault.code, fault.subcode, fault.provider_code) == (2150858778, "CannotProcessFilter", 0x80041010)
    assert fault.reason == "Die angegebene Klasse ist im Namespace nicht vorhanden."


def test_a_fault_without_wsmanfault_has_the_code_of_its_wmi_error() -> None:
    fault = parse_fault(answer("fault_wmi_error", CODE=0x803381A5, SUBCODE="w:QuotaLimit", REASON="Enough."))
    assert fault is not None
    assert (fault.code, fault.subcode, fault.reason) == (2150859173, "QuotaLimit", "Enough.")


def test_what_is_no_fault_is_none() -> None:
    assert parse_fault(answer("signal")) is None
    assert parse_fault("Bad Request") is None
