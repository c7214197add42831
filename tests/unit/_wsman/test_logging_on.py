# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A security context lost in the middle: renewed once, nothing is started twice, else a plain error."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from contextlib import suppress

import pytest
import requests.exceptions
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman import _client
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman._lockout import NotTriedError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman._open_connection import OpenConnection
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import (
    ConnectionLost,
    HttpStatusError,
    LogonFailed,
    RemoteError,
)
from spnego.exceptions import SpnegoError
from winrm.exceptions import InvalidCredentialsError, WinRMTransportError

from tests.unit._wsman.replay import Exchange, Host, answer, command, done, fault, started

CPU = "SELECT * FROM Win32_Processor"
WHOLE = Exchange("Enumerate", answer("enumerate_typed"))


def of_library(module: str, name: str, text: str, base: type[Exception] = Exception) -> Exception:
    """An exception as an optional library raises it, whether it is installed or not."""
    error: Exception = type(name, (base,), {"__module__": module})(text)
    return error


def credssp(
    text: str = "Server did not response with a CredSSP token after step Credential exchange",
) -> Exception:
    return of_library("requests_credssp.exceptions", "AuthenticationException", text)


def no_ticket(cause: str = "Ticket expired") -> Exception:
    # pywinrm's word for a failure of pykerberos; MIT's own words stand within it.
    return of_library(
        "winrm.vendor.requests_kerberos.exceptions",
        "KerberosExchangeError",
        f"authGSSClientStep() failed: (('Unspecified GSS failure.', 851968), ('{cause}', 100001))",
        requests.exceptions.RequestException,
    )


def refused_password() -> Exception:
    return InvalidCredentialsError("the specified credentials were rejected by the server")


LOST: dict[str, Callable[[], Exception]] = {
    "credssp": credssp,
    "credssp-status": lambda: of_library(
        "requests_credssp.exceptions", "NTStatusException", "Received error"
    ),
    "spnego": lambda: SpnegoError(0, "no context"),
    "gss": lambda: of_library("kerberos", "GSSError", "No context has been established"),
    "ticket": no_ticket,
}


@pytest.mark.parametrize("lost", LOST)
def test_a_command_that_the_host_could_not_read_is_started_once_on_a_new_context(lost: str) -> None:
    with Host(Exchange("Command", LOST[lost]()), command("ver", "6.1")) as host:
        assert host.session.run("ver").stdout == "6.1"
    assert host.replay.closed == 1


@pytest.mark.parametrize("lost", LOST)
def test_a_context_is_renewed_once_and_then_the_failure_is_one_of_logging_on(lost: str) -> None:
    refused = Exchange("Command", LOST[lost]())
    with (
        Host(refused, refused) as host,
        pytest.raises(LogonFailed, match="Logging on again for the command ver"),
    ):
        host.session.run("ver")


@pytest.mark.parametrize(
    "refusal",
    [
        refused_password(),
        credssp("Server did not response with a CredSSP token after step Public key exchange"),
    ],
)
def test_no_later_request_tries_a_refused_password_again(refusal: Exception) -> None:
    with Host(Exchange("Command", refusal)) as host:
        with pytest.raises(LogonFailed, match="Logging on again for the command ver"):
            host.session.run("ver")
        with pytest.raises(ConnectionLost, match="connection is closed"):
            host.session.query(CPU)
        assert host.replay.closed == 1


@pytest.mark.parametrize("error", [credssp(), of_library("kerberos", "GSSError", "bad token")])
def test_a_command_that_may_have_been_read_in_clear_is_not_started_again(error: Exception) -> None:
    with Host(Exchange("Command", error)) as host:
        host.replay.encryption = None  # over HTTPS
        with pytest.raises(LogonFailed, match=r"may have carried it out.*checks the host first"):
            host.session.run("ver")


def test_a_query_that_may_have_been_read_in_clear_is_asked_again() -> None:
    with Host(Exchange("Enumerate", credssp()), WHOLE) as host:
        host.replay.encryption = None
        assert len(host.session.query(CPU)) == 1


def test_a_command_whose_answer_cannot_be_decrypted_is_not_started_again() -> None:
    def parse_encrypted_response() -> Exception:  # the name that pywinrm's method has
        try:
            raise of_library("kerberos", "GSSError", "A token had an invalid signature")
        except Exception as error:
            return error

    unreadable = Exchange("Command", parse_encrypted_response())
    with Host(unreadable) as host, pytest.raises(LogonFailed, match="may have carried it out"):
        host.session.run("ver")


def unproven() -> Exception:
    """What the library raises where a host does not prove itself, whose answer may be there."""
    return of_library(
        "winrm.vendor.requests_kerberos.exceptions",
        "MutualAuthenticationError",
        "Unable to authenticate <Response [200]>",
        requests.exceptions.RequestException,
    )


def test_an_answer_of_a_host_that_does_not_prove_itself_is_not_asked_for_again() -> None:
    with Host(Exchange("Command", unproven())) as host, pytest.raises(LogonFailed):
        host.session.run("ver")


@pytest.mark.parametrize("idle", [101, 120, 7200])
def test_nothing_is_sent_on_a_connection_that_the_host_may_have_closed(idle: float) -> None:
    # The default notice of a restart is ten minutes, and http.sys closes after two.
    with Host(WHOLE, command("ver")) as host:
        host.session.query(CPU)
        assert host.replay.closed == 0
        host.clock.advance(idle)
        host.session.run("ver")
        assert host.replay.closed == 1


@pytest.mark.parametrize("lost", LOST)
def test_a_log_on_that_is_refused_on_a_new_connection_is_not_tried_again(lost: str) -> None:
    # Each counts for the lockout of the account.
    with Host(WHOLE, Exchange("Command", LOST[lost]())) as host:
        host.session.query(CPU)
        host.clock.advance(600)
        with pytest.raises(LogonFailed):
            host.session.run("ver")


@pytest.mark.parametrize("lost", LOST)
def test_a_log_on_that_is_refused_to_the_end_of_the_last_command_is_not_tried_again(lost: str) -> None:
    with Host(command("ver"), Exchange("Signal", LOST[lost]())) as host:
        host.session.run("ver")
        host.clock.advance(600)
        with pytest.raises(LogonFailed):
            host.session.run("ver")


def test_the_end_of_the_last_command_that_a_host_may_have_read_stops_no_command() -> None:
    with Host(command("ver"), Exchange("Signal", unproven()), command("ver", "6.1")) as host:
        host.session.run("ver")
        assert host.session.run("ver").stdout == "6.1"


def test_an_account_that_must_not_be_tried_is_not_logged_on_by_a_later_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def barred(*_unused: object) -> None:
        raise NotTriedError("not tried: other1 refused CORP\\patching")

    with Host(WHOLE) as host:
        host.session.query(CPU)
        host.clock.advance(600)
        monkeypatch.setattr(_client, "request_in_turn", barred)
        with pytest.raises(LogonFailed, match="other1 refused"):
            host.session.query(CPU)
        with pytest.raises(ConnectionLost, match="closed"):
            host.session.query(CPU)


def test_a_password_that_is_refused_to_the_end_of_the_last_command_is_told_as_it_is() -> None:
    with Host(command("ver"), Exchange("Signal", InvalidCredentialsError("no"))) as host:
        host.session.run("ver")
        host.clock.advance(600)
        with pytest.raises(LogonFailed, match="ansible_password"):
            host.session.run("ver")


def test_a_managed_ticket_that_expired_while_the_connection_was_idle_is_renewed() -> None:
    with Host(WHOLE, Exchange("Command", no_ticket()), command("ver")) as host:
        kinit = Kinit(host)
        host.session.query(CPU)
        host.clock.advance(600)
        host.session.run("ver")
    assert len(kinit.calls) == 1


@pytest.mark.parametrize("idle", [0, 600])
def test_requests_take_the_way_of_an_open_connection_also_after_a_new_log_on(idle: float) -> None:
    with Host(WHOLE, WHOLE) as host:
        host.session.query(CPU)
        host.clock.advance(idle)
        host.session.query(CPU)
        assert isinstance(host.replay.session, OpenConnection)


def test_a_connection_in_use_is_kept() -> None:
    with Host(*[WHOLE] * 5) as host:
        for _unused in range(5):
            host.session.query(CPU)
            host.clock.advance(60)
        assert host.replay.closed == 0


def test_a_broken_connection_is_not_used_again() -> None:
    gone = Exchange("Command", requests.exceptions.ConnectionError("gone"))
    with Host(gone, started("ver"), done()) as host:
        with pytest.raises(ConnectionLost):
            host.session.run("ver")
        host.session.run("ver")
        assert host.replay.closed == 1


@pytest.mark.parametrize(
    "failure",
    [
        fault("Command", 2150858778),
        Exchange("Command", requests.exceptions.ConnectionError("gone")),
        Exchange("Command", InvalidCredentialsError("no")),
        Exchange("Command", WinRMTransportError("http", 500, "<html>")),
    ],
)
def test_a_connection_goes_with_its_file_of_tickets_although_a_request_has_failed(failure: Exchange) -> None:
    host = Host(command("ver"), fault("Signal", 2150858843), failure)
    kept = weakref.ref(host.connection)
    gc.collect()
    gc.disable()
    try:
        host.session.run("ver")
        with suppress(RemoteError):
            host.session.run("ver")
        failure.reply = ""  # the exception that the test raises has a traceback with the connection in it
        del host
        assert kept() is None
    finally:
        gc.enable()


class Kinit:
    """Ansible's own kinit, which runs at each connection if it manages the tickets."""

    def __init__(self, host: Host, failure: str = "") -> None:
        self.calls: list[tuple[str, str]] = []
        self.failure = failure
        host.replay.auth_method = "kerberos"
        host.connection._kerb_managed = True
        host.connection._winrm_user, host.connection._winrm_pass = "joe@CORP.EXAMPLE", "Secret-42!"
        host.connection.options["remote_password"] = "Secret-42!"
        host.connection.kinit = self

    def __call__(self, principal: str, password: str) -> None:
        self.calls.append((principal, password))
        if self.failure:
            raise AnsibleConnectionFailure(self.failure)


@pytest.mark.parametrize("lost", [no_ticket, refused_password])
def test_a_managed_ticket_is_renewed_with_the_context(lost: Callable[[], Exception]) -> None:
    with Host(Exchange("Command", lost()), command("ver")) as host:
        kinit = Kinit(host)
        host.session.run("ver")
    assert kinit.calls == [("joe@CORP.EXAMPLE", "Secret-42!")]


def test_a_managed_ticket_that_cannot_be_renewed_is_a_failure_to_log_on_that_shows_no_password() -> None:
    with Host(Exchange("Command", no_ticket())) as host:
        Kinit(host, "Kerberos auth failure for principal joe@CORP.EXAMPLE: Secret-42! is not right")
        with pytest.raises(LogonFailed) as caught:
            host.session.run("ver")
    assert "Secret-42!" not in str(caught.value)


def test_a_ticket_of_the_operators_own_is_not_touched() -> None:
    with Host(Exchange("Command", no_ticket()), command("ver")) as host:
        kinit = Kinit(host)
        host.connection._kerb_managed = False
        host.session.run("ver")
    assert kinit.calls == []


def test_a_token_with_which_the_account_has_logged_on_is_not_called_too_large() -> None:
    bad_request = Exchange("Command", WinRMTransportError("http", 400, ""))
    with Host(bad_request, bad_request) as host:
        host.connection.options["transport"] = ["kerberos"]
        with pytest.raises(HttpStatusError, match="could not read the request"):
            host.session.run("ver")
