# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings as conversations."""

from __future__ import annotations

import base64
import re
from typing import Any

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check._sanitise import Sanitiser
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check._transcript import conversation
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.registry import read_dword

from tests.unit._field_check.bundles import played
from tests.unit._wsman.replay import (
    Exchange,
    Host,
    answer,
    command,
    deleted,
    fault,
    opened,
    output,
    running,
    started,
)
from tests.unit._wsman.replay import done as ended

SANITISER = {"rdsh-07.example.test": "host.example.test", "anna": "user"}


def recorded(host: Host, act: Any) -> dict[str, Any]:
    with host, host.session.recorded() as kept:
        act(host.session)
    return conversation(kept, Sanitiser(SANITISER))


def test_a_recording_plays_as_the_fake_of_the_remote_room_wants_it() -> None:
    data = recorded(Host(command("whoami", "corp\\anna")), lambda session: session.run("whoami"))
    assert [each["action"] for each in data["exchanges"]] == ["Command", "Receive"]
    assert data["exchanges"][0]["expect"] == {"Command": "whoami"}
    with played(data) as host:
        assert host.session.run("whoami").stdout == "corp\\user"


def test_a_name_that_is_cut_between_two_answers_is_found() -> None:
    host = Host(started(), running("I am an"), ended("na."))
    data = recorded(host, lambda session: session.run("x"))
    text = "".join(each["reply"] for each in data["exchanges"])
    streams = re.findall(r"<rsp:Stream [^>]*>([^<]*)<", text)
    assert b"".join(map(base64.b64decode, streams)) == b"I am user."


def test_a_query_is_known_by_its_text_and_a_method_by_its_parameters() -> None:
    def act(session: Any) -> None:
        session.query("SELECT Name FROM Win32_Service WHERE StartName='anna'")
        read_dword(session, "HKLM\\SOFTWARE\\x", "y")

    data = recorded(
        Host(
            Exchange("Enumerate", answer("empty_no_items")),
            output("StdRegProv", "GetDWORDValue", "<p:ReturnValue>2</p:ReturnValue>"),
        ),
        act,
    )
    query, method = (each["expect"] for each in data["exchanges"])
    assert query == {"Filter": "SELECT Name FROM Win32_Service WHERE StartName='user'"}
    assert method == {"hDefKey": "2147483650", "sSubKeyName": "SOFTWARE\\x", "sValueName": "y"}


def test_the_form_of_an_answer_stays_as_the_host_wrote_it() -> None:
    plain = answer("enumerate_fragment").replace("@RELATES_TO@", "uuid:0B1D5C6E-3A70-4E57-9F1C-7F0A5B1E7D02")
    data = recorded(Host(Exchange("Enumerate", plain)), lambda session: session.query("SELECT x FROM y"))
    kept = data["exchanges"][0]["reply"]
    assert re.findall("<[^>]*>", kept) == re.findall("<[^>]*>", plain)
    assert "@RELATES_TO@" in kept


def test_the_name_in_a_fault_is_replaced() -> None:
    def act(session: Any) -> None:
        try:
            session.query("SELECT x FROM y")
        except Exception as error:
            assert "CannotProcessFilter" not in str(error)

    data = recorded(Host(fault("Enumerate", 2150858778)), act)
    assert data["exchanges"][0]["status"] == 500
    assert 'Machine="host.example.test"' in data["exchanges"][0]["reply"]


def test_input_is_not_kept() -> None:
    def act(session: Any) -> None:
        with session.shell() as shell:
            shell.run("sort", stdin=[b"secret"])

    sends = Exchange("Send", answer("send"))
    data = recorded(Host(opened(), started(), sends, ended(), deleted()), act)
    assert data["exchanges"][2] == {**data["exchanges"][2], "action": "Send", "expect": {}}
    assert base64.b64encode(b"secret").decode() not in str(data)
