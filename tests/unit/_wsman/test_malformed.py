# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any answer of a host, however malformed, is a result or a clear error."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman import _client
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import (
    ConnectionLost,
    HttpStatusError,
    NonsenseError,
    RemoteError,
    WsmanFault,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.failures import Failure
from winrm.exceptions import WinRMTransportError

from tests.unit._wsman.replay import Exchange, Host, answer, signalled, started
from tests.unit.fixtures.loader import fixture

QUERY = "SELECT * FROM Win32_Processor"
RECORDINGS = {path.stem: path.read_bytes() for path in sorted(fixture("wsman").iterdir())}
RECORDINGS["output"] = answer(
    "output", CLASS="StdRegProv", METHOD="GetDWORDValue", VALUES="<p:uValue>1</p:uValue>"
).encode()
MUTATIONS = 10_000
_TOKENS = (
    b"<",
    b">",
    b'"',
    b"/",
    b"&",
    b"&#0;",
    b"\x00",
    b"\xff",
    b"\xc3",
    b"0x80338029",
    b"-1",
    b"9" * 5000,
)
_TOKENS += (b"1_0", b" ", b'Code=""', b'xsi:nil="true"', b"<a/>", b"nan", b"\xd9\xa3", b"s:Fault")


class Answering:
    """A transport that gives one document to every request, with a status."""

    read_timeout_sec = 30

    def __init__(self) -> None:
        self.document, self.status, self.left = b"", 200, 0

    def send_message(self, _message: str) -> bytes:
        self.left -= 1
        if self.left < 0:  # one page after another would never end
            raise WinRMTransportError("http", 503, "")
        if self.status != 200:
            raise WinRMTransportError("http", self.status, self.document.decode("utf-8", "replace"))
        return self.document

    def close_session(self) -> None: ...


def mutated(document: bytes, rng: random.Random) -> bytes:
    """Change a document in one to three places: cut, repeat, move or overwrite a piece."""
    for _unused in range(rng.randint(1, 3)):
        begin = rng.randrange(len(document) + 1)
        end = min(len(document), begin + rng.choice((1, 3, 10, 80)))
        piece = rng.choice((b"", document[begin:end] * 2, rng.choice(_TOKENS), document[end : end + 20]))
        document = document[:begin] + piece + document[end:]
    return document


def test_ten_thousand_mutated_recordings_end_in_a_result_or_a_clear_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The requests and the proxy are the same each time, and what takes the time.
    monkeypatch.setattr(_client, "envelope", lambda *_arguments, **_options: "")
    monkeypatch.setattr(_client, "way_of", lambda _connection: Failure())
    rng = random.Random(978918)
    host = Host()
    host.connection.protocol.transport = transport = Answering()
    invoke = partial(host.session.invoke, "StdRegProv", "GetDWORDValue", {})
    run = partial(host.session.run, "ver", timeout=1.0)
    fitting: dict[str, Callable[[], object]] = {"output": invoke, "receive": run, "signal": run, "send": run}
    names = list(RECORDINGS)
    for count in range(MUTATIONS):
        name = names[count % len(names)]
        transport.document = mutated(RECORDINGS[name], rng)
        transport.status = 500 if "fault" in name else 200
        transport.left = 3
        try:
            fitting.get(name.partition("_")[0], partial(host.session.query, QUERY))()
        except RemoteError as error:
            assert str(error).startswith("rdsh-07: ")
        except Exception as error:
            pytest.fail(f"{name}, mutation {count}: {error!r} for {transport.document!r}")


@pytest.mark.parametrize("code", ["", "0x5", "five", "5 ", "1_0", "٥", "99999999999999999999", "9" * 5000])
def test_a_fault_whose_code_is_no_number_is_a_fault(code: str) -> None:
    reply = answer("fault", CODE=code, SUBCODE="w:InternalError", REASON="Etwas ging schief.")
    with Host(Exchange("Enumerate", reply, status=500)) as host, pytest.raises(WsmanFault) as caught:
        host.session.query(QUERY)
    assert "Etwas ging schief." in str(caught.value)
    assert caught.value.code == {"0x5": 5, "5 ": 5}.get(code, 0)


def test_a_quota_in_hexadecimal_is_waited_out() -> None:
    reply = answer("fault", CODE="0x803381A6", SUBCODE="w:InternalError", REASON="15 operations")
    with Host(
        Exchange("Enumerate", reply, status=500), Exchange("Enumerate", answer("enumerate_typed"))
    ) as host:
        assert len(host.session.query(QUERY)) == 1


def test_a_time_out_in_hexadecimal_is_repeated_with_more_time() -> None:
    late = answer("fault", CODE="0x80338029", SUBCODE="w:TimedOut", REASON="Late.")
    again = Exchange("Enumerate", answer("enumerate_typed"), {"OperationTimeout": "PT40S"})
    with Host(Exchange("Enumerate", late, status=500), again) as host:
        assert len(host.session.query(QUERY)) == 1


def test_a_fault_in_another_namespace_of_soap_is_read_all_the_same() -> None:
    reply = answer("fault", CODE=5, SUBCODE="w:AccessDenied", REASON="Nein.")
    reply = reply.replace(
        "http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/"
    )
    with (
        Host(Exchange("Enumerate", reply, status=500)) as host,
        pytest.raises(WsmanFault, match="denied access"),
    ):
        host.session.query(QUERY)


def test_an_earlier_fault_is_not_taken_for_the_answer_to_a_later_request() -> None:
    gone = answer("fault", CODE=2150858843, SUBCODE="w:InvalidSelectors", REASON="Gone.")
    unreadable = AttributeError("'NoneType' object has no attribute 'wrap'")
    with (
        Host(Exchange("Command", gone, status=500), Exchange("Create", unreadable)) as host,
        pytest.raises(NonsenseError, match="a new shell made no sense"),
    ):
        host.session.run("ver")


@pytest.mark.parametrize("reply", ["", "<html/>", "<p>une page", "<?xml version='1.0' encoding='none'?><a/>"])
def test_an_answer_that_is_no_ws_management_is_a_clear_error(reply: str) -> None:
    with Host(Exchange("Enumerate", reply)) as host, pytest.raises(NonsenseError, match="ansible_port"):
        host.session.query(QUERY)


@pytest.mark.parametrize("name", ["command", "create"])
def test_an_answer_without_an_identifier_starts_nothing(name: str) -> None:
    reply = answer(name).replace(">A3D0F7E2-94B1-4C68-B5B0-7E1C2D3F4A30<", "><")
    reply = reply.replace(">1F4C9A77-2E1D-4B7C-8C0A-9D3E5B6F7A20<", "><")
    action = name.capitalize()
    with Host(Exchange(action, reply)) as host, pytest.raises(NonsenseError):
        if name == "command":
            host.session.run("ver")
        else:
            with host.session.shell():
                pass


def test_output_that_is_no_base64_is_a_clear_error_and_the_command_is_ended() -> None:
    broken = Exchange("Receive", answer("receive_running", STDOUT="A"))
    with (
        Host(started(), broken, signalled()) as host,
        pytest.raises(NonsenseError, match="the output of ver"),
    ):
        host.session.run("ver")


def test_a_proxy_in_place_of_the_host_is_named_when_running_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.corp.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    asked = [
        (WinRMTransportError("http", 503, "<html>"), HttpStatusError),
        (OSError("Tunnel connection failed: 403 Forbidden"), ConnectionLost),
        (AttributeError("'NoneType' object has no attribute 'wrap'"), NonsenseError),
    ]
    for error, kind in asked:
        exchanges = [Exchange("Enumerate", error)] * (2 if kind is ConnectionLost else 1)
        with Host(*exchanges) as host, pytest.raises(kind, match=r"proxy http://proxy\.corp\.example"):
            host.session.query(QUERY)
