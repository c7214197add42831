# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Envelopes: what a request must be, and how faults look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.endpoint import faults, soap
from tests.unit.lab.hosts import message

IDENTIFY = (
    f'<s:Envelope xmlns:s="{soap.SOAP}" xmlns:i="{soap.IDENTITY}"><s:Header/>'
    "<s:Body><i:Identify/></s:Body></s:Envelope>"
)


def test_header_values_are_read() -> None:
    header = (
        "<w:OperationTimeout>PT1M2.5S</w:OperationTimeout><w:MaxEnvelopeSize>153600</w:MaxEnvelopeSize>"
        '<w:SelectorSet><w:Selector Name="ShellId">ABC</w:Selector></w:SelectorSet>'
        '<w:OptionSet><w:Option Name="WINRS_CODEPAGE">437</w:Option></w:OptionSet>'
    )
    request = soap.parse(message("urn:action", "urn:resource", "<n:Pull/>", header))
    assert request.operation_timeout == 62.5
    assert request.max_envelope_size == 153600
    assert (request.selectors, request.options) == ({"ShellId": "ABC"}, {"WINRS_CODEPAGE": "437"})
    assert request.body is not None
    assert soap.local_name(request.body) == "Pull"


def test_identify_needs_no_header() -> None:
    assert soap.parse(IDENTIFY.encode()).action == "Identify"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b"no xml", "invalid_xml"),
        (b"<!DOCTYPE a><a/>", "invalid_xml"),
        (b"<a/>", "version_mismatch"),
        (message("", "urn:x"), "header_required"),
        (message("urn:a", "urn:x", header='<e xmlns="urn:e" s:mustUnderstand="true"/>'), "must_understand"),
        (
            message("urn:a", "urn:x", header="<w:OperationTimeout>soon</w:OperationTimeout>"),
            "invalid_timeout",
        ),
        (message("urn:a", "urn:x").replace(b"s:Body", b"s:Bode"), "invalid_body"),
    ],
)
def test_what_is_no_request_is_refused_with_the_fault_of_its_reason(text: bytes, name: str) -> None:
    with pytest.raises(faults.FaultError) as caught:
        soap.parse(text)
    assert caught.value.name == name


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(faults.FaultError):
        soap.parse(data)


def test_an_unknown_header_that_need_not_be_understood_is_ignored() -> None:
    assert soap.parse(message("urn:a", "urn:x", header='<e xmlns="urn:e"/>')).action == "urn:a"


def test_a_fault_has_the_recorded_shape() -> None:
    text = soap.fault_answer(faults.fault("operation_quota", limit=15), "uuid:1", "10.0.0.1")
    body = text.split("<s:Body>")[1]
    assert "<a:Action>http://schemas.dmtf.org/wbem/wsman/1/wsman/fault</a:Action>" in text
    assert body.startswith(
        "<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>w:InternalError</s:Value></s:Subcode>"
        '</s:Code><s:Reason><s:Text xml:lang="en-US">The WS-Management service cannot process the request. '
    )
    assert (
        '<s:Detail><f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" '
        'Code="2150859174" Machine="10.0.0.1"><f:Message>The WS-Management service cannot process the '
        "request. This user is allowed a maximum number of 15 concurrent operations, which has been exceeded."
    ) in body


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("cannot_process_filter", 2150858778),
        ("operation_quota", 2150859174),
        ("shell_quota", 2150859173),
        ("timed_out", 2150858793),
        ("shell_not_found", 2150858843),
        ("access_denied", 5),
        ("program_not_found", 2147942402),
        ("command_too_long", 2147942606),
    ],
)
def test_codes_are_those_that_windows_sends(name: str, code: int) -> None:
    assert faults.fault(name, limit=1, shell="A").code == code
