# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A logon that is lost in the middle of a restart at once: renewed, or one clear error after few tries."""

from __future__ import annotations

import gc
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible import constants
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.now import restart_now
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.request import (
    RestartOutcome,
    parse_request,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman import _client
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.session import Session
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.waiting import Clock

from tests.integration.conftest import Lab
from tests.integration.domain.conftest import PASSWORD, kinit, refusals
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
        # Each restart is a run of its own, which knows nothing of refusals in another.
        monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(lab.directory / secrets.token_hex(8)))
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
    gc.collect()  # the files of tickets, while their warning is still ignored
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


@pytest.fixture
def change_password(lab: Lab) -> Iterator[Callable[[], None]]:
    """A function that gives the account another password, on the hosts and in the domain, for this test."""
    files = {path: path.read_text("utf-8") for path in (lab.directory / "accounts").iterdir()}

    def change() -> None:
        lab.control.administer("cpw -pw Neu/Wort+44% patching")
        for path, text in files.items():
            path.write_text(re.sub(":[0-9A-F]{32}:\\[", f":{'0' * 32}:[", text), "utf-8")

    yield change
    lab.control.administer(f"cpw -pw {PASSWORD} patching")
    for path, text in files.items():
        path.write_text(text, "utf-8")


@pytest.mark.parametrize("dropped", [False, True])
@pytest.mark.parametrize("transport", ["ntlm", "credssp", "kerberos"])
def test_a_password_that_is_changed_during_the_notice_is_refused_no_more_than_three_times(
    controller: Controller,
    lab: Lab,
    change_password: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    transport: str,
    dropped: bool,
) -> None:
    # The CIS benchmarks let a domain lock an account after five. A connection may be dropped early, too.
    if dropped:
        monkeypatch.setattr(_client, "_LONGEST_IDLE", 2.0 * NOTICE)
    controller.clock.plans += [expire, change_password]
    before = refusals(lab)
    outcome = controller.restart("changed", ansible_winrm_transport=transport)
    assert outcome.failed
    assert 0 < refusals(lab) - before <= 3
    assert "check ansible_user" in outcome.message.lower()
