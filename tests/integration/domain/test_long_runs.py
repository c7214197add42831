# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A logon that is lost in the middle of a restart at once: renewed, or one clear error after few tries."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.now import restart_now
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.request import (
    RestartOutcome,
    parse_request,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.session import Session
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.waiting import Clock

from tests.integration.conftest import Lab
from tests.integration.domain.conftest import kinit
from tests.lab.control.client import ControlClient

# Ansible does not close the file of a ticket that it replaces.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

MANUAL = {"ansible_winrm_kinit_mode": "manual", "ansible_password": ""}
CREDSSP = {"ansible_winrm_transport": "credssp"}
NOTICE = 600
"""Seconds; the default of the module, in which http.sys closes the idle connection."""


class FleetTime(Clock):
    """A clock on which sleeping moves the fleet's time, and whatever is planned on the way happens."""

    def __init__(self, control: ControlClient) -> None:
        self.__dict__.update(_control=control, _slept=0.0, plans=[])

    _control: ControlClient
    _slept: float
    plans: list[Callable[[], object]]

    def now(self) -> float:
        return time.monotonic() + self._slept

    def sleep(self, seconds: float) -> None:
        self.__dict__["_slept"] += seconds
        if seconds >= NOTICE:
            for plan in self.plans:
                plan()
            # The host is still up at the end of the notice, as its Task Scheduler takes a moment.
            seconds -= 5
        self._control.advance(seconds)


class Controller:
    """Restarts hosts at once, with Ansible's own connection and the libraries of this environment."""

    def __init__(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lab = lab
        self.clock = FleetTime(lab.control)
        self.shown: list[str] = []
        for name in ("KRB5_CONFIG", "KRB5CCNAME"):
            monkeypatch.setenv(name, lab.domain()[name])
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # of which pywinrm warns
            monkeypatch.delenv(name, raising=False)

    def restart(self, host: str, **variables: Any) -> RestartOutcome:
        """Restart a host with the notice of ten minutes."""
        given = {**self.lab.host_vars(host), "ansible_winrm_kinit_env_vars": ["KRB5_CONFIG"], **variables}
        transport = given.pop("ansible_winrm_transport")
        extras = {name: given[name] for name in given if name == "ansible_winrm_kerberos_hostname_override"}
        connection = connection_loader.get("winrm", PlayContext(), None)
        connection.set_options(
            var_options={**given, "ansible_winrm_transport": [transport], "_extras": extras}
        )
        session = Session(connection, host, self.shown.append, self.clock)
        session.connect()
        request = parse_request(
            {"hotfix": "KB978918", "state": "now", "only_if_pending": "never", "notice_minutes": NOTICE // 60}
        )
        return restart_now(session, request, timeout=3600, check_mode=False)

    def boots(self, host: str) -> int:
        """How often the host has restarted."""
        boots: int = self.lab.control.host(host)["boots"]
        return boots


@pytest.fixture(scope="module")
def lab(start_domain: Callable[..., Lab]) -> Lab:
    names = (
        "credssp",
        "managed",
        "manual",
        "renewed",
        "expiring",
        "valid",
        "without-kdc",
        "locked",
        "changed",
    )
    return start_domain([{"name": name, "winrm": {"credssp": True}} for name in names])


@pytest.fixture
def controller(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Controller]:
    kinit(lab)
    yield Controller(lab, monkeypatch)
    lab.control.kdc(on=True)
    lab.control.administer("modprinc +allow_tix patching")


@pytest.mark.parametrize(("host", "variables"), [("credssp", CREDSSP), ("managed", {}), ("manual", MANUAL)])
def test_a_restart_with_the_default_notice_succeeds_over_each_transport(
    controller: Controller, host: str, variables: dict[str, Any]
) -> None:
    outcome = controller.restart(host, **variables)
    assert (outcome.changed, outcome.failed, outcome.message) == (True, False, "The host was restarted.")
    assert controller.boots(host) == 1
    assert [line for line in controller.shown if "made no sense" in line or "Logging on" in line] == []


def expire() -> None:
    """Take the ticket away: one of few seconds would make the tests depend on the machine's speed."""
    Path(os.environ["KRB5CCNAME"].removeprefix("FILE:")).write_bytes(b"")


def test_a_ticket_of_ansibles_own_that_expires_during_the_notice_is_renewed(controller: Controller) -> None:
    controller.clock.plans.append(expire)
    outcome = controller.restart("renewed")
    assert (outcome.failed, outcome.message) == (False, "The host was restarted.")


def test_a_ticket_that_expires_during_the_notice_ends_the_wait_with_the_reason(
    controller: Controller,
) -> None:
    controller.clock.plans.append(expire)
    outcome = controller.restart("expiring", **MANUAL)
    assert outcome.failed
    assert "has no Kerberos ticket" in outcome.message and "kinit" in outcome.message
    assert any(
        "it does not answer: The controller has no Kerberos ticket" in line for line in controller.shown
    )
    assert controller.boots("expiring") == 1


def test_a_kdc_that_goes_away_is_not_missed_while_the_ticket_is_valid(
    controller: Controller, lab: Lab
) -> None:
    controller.clock.plans.append(lambda: lab.control.kdc(on=False))
    assert not controller.restart("valid").failed


def test_a_kdc_that_is_away_when_the_ticket_expires_ends_the_wait_with_the_reason(
    controller: Controller, lab: Lab
) -> None:
    controller.clock.plans += [expire, lambda: lab.control.kdc(on=False)]
    outcome = controller.restart("without-kdc")
    assert outcome.failed
    assert "No KDC of the domain answers the controller." in outcome.message
    assert any("it does not answer: No KDC of the domain" in line for line in controller.shown)
    assert controller.boots("without-kdc") == 1


def test_an_account_that_is_locked_during_the_notice_is_not_tried_again(
    controller: Controller, lab: Lab
) -> None:
    controller.clock.plans += [expire, lambda: lab.control.administer("modprinc -allow_tix patching")]
    outcome = controller.restart("locked")
    assert outcome.failed
    assert "The account is locked out or disabled in the domain." in outcome.message
    assert sum("it does not answer" in line for line in controller.shown) == 1


def test_a_password_that_is_changed_during_the_notice_is_refused_no_more_than_four_times(
    controller: Controller, lab: Lab
) -> None:
    # The CIS benchmarks let a domain lock an account after five wrong passwords.
    def change_password() -> None:
        for accounts in (lab.directory / "accounts").iterdir():
            accounts.write_text(
                re.sub(":[0-9A-F]{32}:\\[", f":{'0' * 32}:[", accounts.read_text("utf-8")), "utf-8"
            )

    controller.clock.plans.append(change_password)
    outcome = controller.restart("changed", ansible_winrm_transport="ntlm")
    assert "did not accept the credentials" in outcome.message
    assert lab.control.counters()["hosts"]["changed"]["logons_refused"] <= 4
