# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registry keys: a missing value, a missing key, and an answer that was not given are three things."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.registry_keys import (
    KeyContent,
    keys_command,
    parse_keys,
    read_keys,
)

from tests.unit.lab_session import LabSession

SERVER = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server"
LISTENER = SERVER + "\\WinStations\\RDP-Tcp"
ABSENT = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
KEYS = (SERVER, LISTENER, ABSENT)
SHOWN = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft"


def printed(session: LabSession) -> str:
    return session.run(keys_command(KEYS)).stdout


def test_keys_are_read_with_their_numbers_and_subkeys() -> None:
    contents = parse_keys(printed(LabSession(rdp={"enabled": True, "nla": True})), KEYS)
    assert contents[SERVER].dwords["fdenytsconnections"] == 0
    assert "winstations" in contents[SERVER].subkeys
    assert contents[LISTENER].dwords["userauthentication"] == 1


def test_a_missing_key_is_proven_by_a_key_above_it() -> None:
    assert parse_keys(printed(LabSession()), KEYS)[ABSENT] == KeyContent()


def test_a_key_that_exists_and_is_not_shown_is_left_out() -> None:
    text = f"{SHOWN}\\Windows NT\r\n{SHOWN}\\SystemCertificates\r\n=2 \r\n"
    assert parse_keys(text, [ABSENT]) == {}
    assert parse_keys(text.replace("Windows NT", "Windows Defender"), [ABSENT]) == {ABSENT: KeyContent()}


def test_the_control_set_may_be_named_by_its_number() -> None:
    shown = "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\Terminal Server"
    text = f"{shown}\r\n    TSAppCompat    REG_DWORD    0x1\r\n\r\n{shown}\\WinStations\r\n=0\r\n"
    assert parse_keys(text, [SERVER]) == {SERVER: KeyContent({"tsappcompat": 1}, frozenset({"winstations"}))}


@pytest.mark.parametrize("text", ["", "=none\r\n=none\r\n=none\r\n", f"{SERVER}\r\n=0\r\n{LISTENER}\r\n"])
def test_an_answer_that_was_not_given_shows_no_key(text: str) -> None:
    assert parse_keys(text, KEYS) == {}


@pytest.mark.parametrize("barred", ["reg_disabled", "blocked"])
def test_where_reg_exe_is_barred_wmi_shows_the_same(barred: str) -> None:
    rdp = {"enabled": True, "nla": True, "application_server": True}
    names = {SERVER: ("fDenyTSConnections", "TSAppCompat"), LISTENER: ("UserAuthentication",), ABSENT: ("x",)}
    session = LabSession(rdp=rdp, blocked=["reg"] if barred == "blocked" else [], faults=["reg_disabled"])
    contents, cause = read_keys(session, printed(session), names)
    assert (contents[SERVER].dwords, cause) == ({"fdenytsconnections": 0, "tsappcompat": 1}, "")
    assert contents[LISTENER].dwords == {"userauthentication": 1}
    assert contents[ABSENT] == KeyContent()


def test_where_both_ways_are_barred_the_cause_names_them() -> None:
    session = LabSession(faults=["reg_disabled", "stdregprov_denied"])
    contents, cause = read_keys(session, printed(session), dict.fromkeys(KEYS, ()))
    assert contents == {}
    assert cause.startswith(f"reg.exe did not show {SERVER}, and StdRegProv answers: ")
    assert "The host denied access" in cause


def test_on_a_host_that_answers_nothing_is_asked_of_wmi() -> None:
    session = LabSession()
    text = printed(session)
    session.lab.inject("stdregprov_denied")
    assert set(read_keys(session, text, dict.fromkeys(KEYS, ()))[0]) == set(KEYS)


@pytest.mark.parametrize("mark", ["=0", "=1", "=2"])
def test_what_reg_exe_does_not_print_shows_no_key(mark: str) -> None:
    assert parse_keys(f"Disabled by your administrator.\r\n{mark}\r\n", [SERVER]) == {}


@pytest.mark.parametrize("mark", ["=0", "=1", "=2"])
def test_a_key_with_nothing_in_it_is_shown_and_has_no_key_below_it(mark: str) -> None:
    assert parse_keys(f"\r\n{mark}\r\n", [SERVER]) == {SERVER: KeyContent()}
