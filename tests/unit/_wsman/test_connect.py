# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making the connection: patience, hints, no password."""

from __future__ import annotations

import weakref
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman import _connect
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import ConnectionLost

from tests.unit._wsman.replay import HOST, FakeClock


def text_of_fault(reason: str, **data: object) -> str:
    """How Ansible's plugin and pywinrm 0.5 put a fault into the text of a connection failure."""
    fault = {"transport_message": "Bad HTTP response returned from server. Code 500", "http_status_code": 500}
    return f"ntlm: {reason} (extended fault data: {fault | data})"


QUOTA = text_of_fault("5 shells.", wsmanfault_code=2150859173, fault_subcode="w:QuotaLimit")
QUOTA_AS_WMI_ERROR = text_of_fault("Zu viele Shells.", fault_subcode="w:InternalError")
DENIED = text_of_fault("Access is denied.", wsmanfault_code=5, fault_subcode="w:AccessDenied")


class Plugin:
    """Ansible's connection plugin as far as it is used here: each text is a failure of ``_connect``."""

    def __init__(self, *failures: str | Exception, transport: str | None = "ntlm") -> None:
        self.failures = list(failures)
        self.options: dict[str, Any] = {
            "connection_timeout": None,
            "remote_user": "Administrator",
            "remote_password": "Secret-42!",
            "transport": [transport] if transport else None,
            "remote_addr": "10.0.0.7",
            "port": 5985,
            "scheme": "http",
            "_extras": {},
        }
        self.timeouts: list[int | None] = []
        self.protocol: Any = None
        self.shell_id = None
        self._connected = False

    def get_option(self, name: str) -> Any:
        return self.options[name]

    def set_option(self, name: str, value: Any) -> None:
        self.options[name] = value

    def _kerb_auth(self, principal: str, password: str) -> None:
        pytest.fail("kinit was called")

    def _connect(self) -> None:
        self.timeouts.append(self.options["connection_timeout"])
        if self.failures:
            failure = self.failures.pop(0)
            raise failure if isinstance(failure, Exception) else AnsibleConnectionFailure(failure)


class SlowPlugin(Plugin):
    """One whose host takes its time before it fails, as a time-out does."""

    def __init__(self, clock: FakeClock, *failures: str | Exception) -> None:
        super().__init__(*failures)
        self.clock = clock

    def _connect(self) -> None:
        self.clock.advance(20.0)
        super()._connect()


def failure_of(*failures: str | Exception, transport: str | None = "ntlm") -> str:
    with pytest.raises(AnsibleConnectionFailure) as caught:
        _connect.connect(Plugin(*failures, transport=transport), HOST, FakeClock())
    return str(caught.value)


@pytest.mark.parametrize("text", [QUOTA, QUOTA_AS_WMI_ERROR])
def test_a_quota_is_read_back_from_the_failures_text_and_waited_out(text: str) -> None:
    plugin, clock = Plugin(text, text), FakeClock()
    _connect.connect(plugin, HOST, clock)
    assert clock.slept == [1.0, 2.0]


def test_a_quota_that_stays_used_up_ends_the_wait_with_a_hint() -> None:
    assert "fewer tasks at a time" in failure_of(*[QUOTA] * 50)


def test_the_cause_comes_first_and_the_libraries_words_last() -> None:
    failure = failure_of(DENIED)
    assert failure.startswith("The host denied access. Use an account in the host's Administrators group.")
    assert failure.endswith("[ntlm: Access is denied. (fault 5)]")


def test_a_shell_that_was_late_is_asked_for_with_a_longer_timeout_and_the_option_put_back() -> None:
    plugin = Plugin("ntlm: ", "ntlm: ")
    _connect.connect(plugin, HOST, FakeClock())
    assert plugin.timeouts == [None, 40, 60]
    assert plugin.options["connection_timeout"] is None


def test_a_host_that_never_opens_a_shell_is_told_of_in_words() -> None:
    clock = FakeClock()
    with pytest.raises(AnsibleConnectionFailure) as caught:
        _connect.connect(SlowPlugin(clock, *["ntlm: "] * 3), HOST, clock)
    assert str(caught.value).startswith("The host is off or busy, or a firewall blocks the port.")
    assert "did not open a shell in the time it was given" in str(caught.value)


def test_an_answer_without_a_shell_that_came_at_once_is_no_time_out() -> None:
    # pywinrm finds no shell in a page in XHTML, and fails with an exception that has no text either.
    assert failure_of(*["basic: "] * 3).startswith("Something that is not WinRM answered")


def test_the_plugins_own_time_out_is_unreachable() -> None:
    assert "firewall" in failure_of(AnsibleError("the connection attempt timed out"))


def test_a_wrong_setting_is_a_failure_and_not_unreachable() -> None:
    plugin = Plugin(AnsibleError("The installed version of WinRM does not support transport(s) ['foo']"))
    with pytest.raises(AnsibleError, match="does not support") as caught:
        _connect.connect(plugin, HOST, FakeClock())
    assert not isinstance(caught.value, AnsibleConnectionFailure)


@pytest.mark.parametrize(
    ("text", "transport", "hint"),
    [
        (DENIED, "ntlm", "LocalAccountTokenFilterPolicy"),
        ("ntlm: the specified credentials were rejected by the server", "ntlm", "locked or expired"),
        ("ntlm: auth method ntlm requires a password", "ntlm", "--ask-pass"),
        (
            "plaintext: the specified credentials were rejected by the server",
            None,
            "Stock hosts do not accept Basic",
        ),
        (
            "basic: the specified credentials were rejected by the server",
            "basic",
            "Stock hosts do not accept Basic",
        ),
        ("kerberos: Bad HTTP response returned from server. Code 400", "kerberos", "KB2020943"),
        (
            "credssp: Server did not response with a CredSSP token after step Authentication 1 - actual ''",
            "credssp",
            "token exceeds 16 KB",
        ),
        ("ntlm: SSLError(1, '[SSL: UNSUPPORTED_PROTOCOL] unsupported protocol')", "ntlm", "TLS 1.0 only"),
        (
            "ntlm: SSLError(1, '[SSL: UNSAFE_LEGACY_RENEGOTIATION_DISABLED] unsafe "
            "legacy renegotiation disabled')",
            "ntlm",
            "KB980436",
        ),
        (
            "ssl: SSLError(1, '[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version')",
            "ssl",
            "5985",
        ),
        ("ssl: SSLZeroReturnError: sslv3 alert handshake failure", "ssl", "whatever openssl.cnf allows"),
        ("ntlm: [SSL: CERTIFICATE_VERIFY_FAILED] self signed", "ntlm", "ansible_winrm_ca_trust_path"),
        ("ntlm: [SSL: WRONG_VERSION_NUMBER] wrong version number", "ntlm", "does not speak HTTPS"),
        ("Kerberos auth failure when calling kinit cmd 'kinit': No such file", "kerberos", "krb5-user"),
        ("credssp: [Errno 111] Connection refused", "credssp", "winrm quickconfig"),
        ("ntlm: Connection to 10.0.0.9 timed out. (connect timeout=30)", "ntlm", "firewall"),
        (
            "kerberos: requested auth method is kerberos, but pykerberos is not installed",
            None,
            "pywinrm[kerberos]",
        ),
    ],
)
def test_known_causes_are_followed_by_what_to_do(text: str, transport: str | None, hint: str) -> None:
    failure = failure_of(text, transport=transport)
    assert failure.endswith(f"[{text.rstrip('.')}]") or text == DENIED
    assert hint in failure


def test_http_400_without_kerberos_is_not_blamed_on_the_token() -> None:
    assert "KB2020943" not in failure_of("ntlm: Bad HTTP response returned from server. Code 400")


def test_a_password_that_a_library_put_into_the_text_is_blanked() -> None:
    failure = failure_of("kerberos: kinit failed for u with Secret-42!")
    assert "Secret-42!" not in failure
    assert "********" in failure


def test_a_host_that_is_not_back_yet_is_a_lost_connection() -> None:
    with pytest.raises(ConnectionLost, match=r"rdsh-07: The host does not answer.*Connection refused"):
        _connect.reconnect(Plugin("ntlm: Connection refused"), "rdsh-07", FakeClock())


def test_reconnecting_drops_the_old_connection_first() -> None:
    plugin = Plugin()
    plugin.shell_id = "old"  # type: ignore[assignment]
    _connect.reconnect(plugin, "rdsh-07", FakeClock())
    assert (plugin.shell_id, plugin.timeouts) == (None, [None])


def test_a_connection_leaves_its_ticket_cache_when_it_is_let_go() -> None:
    plugin = Plugin(transport="kerberos")
    _connect.connect(plugin, HOST, FakeClock())
    gone = weakref.ref(plugin)
    del plugin
    assert gone() is None
