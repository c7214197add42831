# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry by StdRegProv."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import RegistryError, RemoteError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.registry import (
    read_dword,
    read_string,
    read_subkeys,
    read_value_names,
)

from tests.unit._wsman.replay import Exchange, Host, fault, output, timeout

KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa"


def answered(method: str, values: str = "", code: int = 0, **expect: str) -> Exchange:
    return output("StdRegProv", method, f"{values}<p:ReturnValue>{code}</p:ReturnValue>", **expect)


def test_a_dword_is_asked_for_by_hive_path_and_name() -> None:
    asked = answered(
        "GetDWORDValue",
        "<p:uValue>48000</p:uValue>",
        hDefKey="2147483650",
        sSubKeyName=r"SYSTEM\CurrentControlSet\Control\Lsa",
        sValueName="MaxTokenSize",
    )
    with Host(asked) as host:
        assert read_dword(host.session, KEY, "MaxTokenSize") == 48000


def test_a_dword_is_unsigned() -> None:
    with Host(answered("GetDWORDValue", "<p:uValue>-1</p:uValue>")) as host:
        assert read_dword(host.session, KEY, "x") == 0xFFFFFFFF


def test_a_value_that_is_not_there_is_none() -> None:
    with Host(*[answered(f"Get{kind}Value", code=2) for kind in ("DWORD", "String")]) as host:
        assert read_dword(host.session, KEY, "x") is None
        assert read_string(host.session, KEY, "x") is None


def test_an_expandable_string_is_read_expanded() -> None:
    expanded = answered("GetExpandedStringValue", r"<p:sValue>C:\Windows</p:sValue>")
    with Host(answered("GetStringValue", code=0x80041005), expanded) as host:
        assert read_string(host.session, KEY, "x") == r"C:\Windows"


def test_a_value_of_another_type_is_none() -> None:
    with Host(answered("GetDWORDValue", code=-2147217403)) as host:
        assert read_dword(host.session, KEY, "x") is None


def test_a_denied_read_is_an_error_and_never_nothing() -> None:
    with Host(answered("GetDWORDValue", code=5)) as host, pytest.raises(RegistryError) as caught:
        read_dword(host.session, KEY, "x")
    assert KEY in str(caught.value)
    assert "could not be read. The host denied access." in str(caught.value)


def test_an_answer_without_a_return_value_is_an_error() -> None:
    with (
        Host(output("StdRegProv", "GetDWORDValue", "")) as host,
        pytest.raises(RemoteError, match="returned no code"),
    ):
        read_dword(host.session, KEY, "x")


def test_registry_calls_are_repeated_for_they_do_no_harm_twice() -> None:
    late = timeout("StdRegProv/GetDWORDValue")
    with Host(fault("StdRegProv/GetDWORDValue", 2150859174), late, answered("GetDWORDValue", code=2)) as host:
        assert read_dword(host.session, KEY, "x") is None


def test_a_number_that_is_there_and_not_returned_is_an_error() -> None:
    with (
        Host(answered("GetDWORDValue")) as host,
        pytest.raises(RemoteError, match="returned no number for TSServerDrainMode"),
    ):
        read_dword(host.session, KEY, "TSServerDrainMode")


@pytest.mark.parametrize("code", [1, 0x80041005, 0x80041008])
def test_names_that_a_host_fails_to_list_are_an_error_and_not_none(code: int) -> None:
    # For a value, these codes say that it has another type; a list of names has none.
    with Host(*[answered(f"Enum{kind}", code=code) for kind in ("Key", "Values")]) as host:
        for read in (read_subkeys, read_value_names):
            with pytest.raises(RegistryError):
                read(host.session, KEY)
