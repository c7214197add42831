# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look at a host of a scan whose ticket Ansible makes: what becomes of it without the ticket."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._fleet import look
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._fleet.look import Looker
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._fleet.questions import Questions
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._fleet.reach import Reach


class Connections:
    """The place of an inventory whose connections are never made."""

    def connection(self, reach: Reach) -> object:
        return SimpleNamespace(get_option={"remote_addr": f"{reach.host}.corp.example"}.get)


@pytest.fixture
def tickets(monkeypatch: pytest.MonkeyPatch) -> dict[str, AnsibleError]:
    """What kinit for a host raises, by the host; each kinit is removed from it."""
    raised: dict[str, AnsibleError] = {}

    def take_ticket(_connection: object, host: str, _clock: object) -> None:
        raise raised.pop(host)

    monkeypatch.setattr(look, "take_ticket", take_ticket)
    return raised


def looker() -> Looker:
    inventory: Any = Connections()
    return Looker(inventory, "fleet_info", Questions(None, False, [], frozenset()))


def answers(raised: dict[str, AnsibleError], kind: type[AnsibleError], hosts: int) -> list[dict[str, Any]]:
    raised.update({f"srv-{number}": kind(f"srv-{number} has none") for number in range(hosts)})
    look_at = looker()
    return [look_at(Reach(f"srv-{number}", ticket="patching")) for number in range(hosts)]


def test_a_host_without_a_ticket_is_unreachable(tickets: dict[str, AnsibleError]) -> None:
    assert answers(tickets, AnsibleConnectionFailure, 1) == [{"unreachable": True, "msg": "srv-0 has none"}]


def test_kinit_is_not_run_for_every_host_where_it_fails(tickets: dict[str, AnsibleError]) -> None:
    said = [answer["msg"] for answer in answers(tickets, AnsibleConnectionFailure, 5)]
    assert said == ["srv-0 has none", "srv-1 has none", *["srv-2 has none"] * 3]


def test_a_wrong_setting_of_a_host_fails_it_and_no_other_host(tickets: dict[str, AnsibleError]) -> None:
    said = answers(tickets, AnsibleError, 5)
    assert said == [{"failed": True, "msg": f"srv-{number} has none"} for number in range(5)]


def test_a_host_without_a_ticket_is_seen_from_outside_as_every_silent_host_is(
    tickets: dict[str, AnsibleError], monkeypatch: pytest.MonkeyPatch
) -> None:
    def probe(_self: Questions, host: str, address: str, answer: dict[str, Any]) -> None:
        answer["rdp"] = f"{host} at {address}"

    monkeypatch.setattr(Questions, "probe", probe)
    seen = [answer["rdp"] for answer in answers(tickets, AnsibleConnectionFailure, 5)]
    assert seen == [f"srv-{number} at srv-{number}.corp.example" for number in range(5)]
