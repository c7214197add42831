# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A wait during which the account can no longer log on ends with the reason, and locks no account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.now import restart_now
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.request import (
    RestartOutcome,
    parse_request,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import ConnectionLost
from winrm.exceptions import InvalidCredentialsError

from tests.lab.endpoint.injection import Injection
from tests.unit._restart.hosts import countdowns, waiting_host
from tests.unit.lab_session import LabSession

# What Ansible, pykerberos and kinit say (tests/integration/connecting provokes it).
EXPIRED = (
    "kerberos: authGSSClientStep() failed: (('Unspecified GSS failure.  Minor code may provide more "
    "information', 851968), ('Ticket expired', -1765328352))"
)
NO_KDC = (
    "Kerberos auth failure for principal joe@CORP.EXAMPLE: kinit: Cannot contact any KDC for realm "
    "'CORP.EXAMPLE' while getting initial credentials"
)
WRONG_PASSWORD = (
    "Kerberos auth failure for principal joe@CORP.EXAMPLE: kinit: Password incorrect while getting initial "
    "credentials"
)
REJECTED = "ntlm: the specified credentials were rejected by the server"
NOTICE, TIMEOUT = 60, 3600


@pytest.fixture
def host() -> LabSession:
    return waiting_host()


def restart(host: LabSession, **arguments: Any) -> RestartOutcome:
    request = parse_request({"hotfix": "KB978918", "state": "now", "notice_minutes": 1, **arguments})
    return restart_now(host, request, timeout=TIMEOUT, check_mode=False)


def refuse(host: LabSession, text: str, *, by_host: bool = False) -> None:
    host.logons.refusal, host.logons.by_host = text, by_host


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (EXPIRED, "The controller's Kerberos ticket has expired. Run kinit again."),
        (NO_KDC, "No KDC of the domain answers the controller."),
    ],
)
def test_a_wait_that_cannot_log_on_ends_after_few_tries_with_the_reason(
    host: LabSession, text: str, says: str
) -> None:
    refuse(host, text)
    outcome = restart(host)
    assert (outcome.changed, outcome.failed, host.logons.refused) == (True, True, 4)
    assert outcome.message.startswith("host1: The restart has begun, and nobody can ask the host")
    assert says in outcome.message
    assert any(f"it does not answer: {says.partition('.')[0]}" in line for line in host.progress_lines)
    assert "Look at the host's console" not in outcome.message
    assert host.clock.now() < NOTICE + 400


def test_a_wrong_password_is_tried_once(host: LabSession) -> None:
    refuse(host, WRONG_PASSWORD)
    outcome = restart(host)
    assert (outcome.failed, host.logons.refused) == (True, 1)
    assert "The user name or the password is wrong." in outcome.message


def test_a_host_that_refuses_valid_accounts_early_in_its_boot_is_given_minutes(host: LabSession) -> None:
    refuse(host, REJECTED, by_host=True)
    host.clock.after(NOTICE + 250, lambda: refuse(host, ""))
    outcome = restart(host)
    assert (outcome.failed, outcome.message) == (False, "The host was restarted.")
    assert 0 < host.logons.refused < 4


def test_a_host_that_goes_on_refusing_the_account_does_not_lock_it(host: LabSession) -> None:
    refuse(host, REJECTED, by_host=True)
    outcome = restart(host)
    assert (outcome.failed, host.logons.refused) == (True, 4)
    assert "The host did not accept the credentials." in outcome.message


def test_a_refused_logon_does_not_prove_a_restart_as_lost_contact_does() -> None:
    host = waiting_host(blocked=["wevtutil"])
    host.before("schtasks /run", lambda: host.clock.after(30, host.lab.power.abort))

    def clock_is_set() -> None:
        host.lab.boot_time += timedelta(hours=2)
        host.before("[[start]]", refuse_twice)

    def refuse_twice() -> None:
        host.before("[[start]]", refused)
        refused()

    def refused() -> None:
        raise InvalidCredentialsError("the specified credentials were rejected by the server")

    host.clock.after(40, clock_is_set)
    outcome = restart(host)
    assert outcome.failed is True
    assert "its boot time has moved, and nothing else shows a restart" in outcome.message


def test_the_operator_sees_why_a_host_does_not_answer(host: LabSession) -> None:
    restart(host)
    assert any("it does not answer: Nothing listens there" in line for line in host.progress_lines)


def test_a_wait_that_ends_says_why_the_host_did_not_answer_last() -> None:
    outcome = restart(waiting_host(faults=["no_boot"]))
    assert "it does not answer: Nothing listens there. Look at the host's console" in outcome.message


@pytest.fixture
def used_host() -> LabSession:
    """A host with a user, to which the connection breaks during the wait for the user."""
    host = waiting_host(sessions=[{"user": "user2", "id": 2, "name": "rdp-tcp#2"}])
    host.clock.after(30, lambda: host.injections.add(Injection("cut_before", action="Command", count=1)))
    return host


def test_the_wait_for_users_survives_a_connection_that_breaks(used_host: LabSession) -> None:
    used_host.clock.after(120, used_host.lab.sessions.users.clear)
    outcome = restart(used_host, wait_for_sessions_minutes=60)
    assert (outcome.failed, outcome.changed) == (False, True)
    assert any("the connection is lost; trying to connect again" in line for line in used_host.progress_lines)


def test_the_wait_for_users_ends_with_the_reason_and_without_a_restart(used_host: LabSession) -> None:
    refuse(used_host, EXPIRED)
    with pytest.raises(ConnectionLost, match=r"was not restarted.*ticket has expired"):
        restart(used_host, wait_for_sessions_minutes=60)
    assert (countdowns(used_host), used_host.logons.refused) == ([], 4)
