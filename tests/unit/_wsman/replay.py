# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one fake of the remote room: a transport below pywinrm that plays a conversation.

It stands where ``winrm.transport.Transport`` stands, so that pywinrm's own Protocol is part of what is
tested. A request that is not the next of the conversation, or does not hold what the conversation says,
fails the test (by pytest.fail, which no except clause of the code swallows as it would an AssertionError);
so does a conversation that was not played to its end.
"""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import requests
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.session import Session
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.waiting import Clock
from winrm.exceptions import WinRMTransportError
from winrm.protocol import Protocol

from tests.unit.fixtures.loader import fixture

HOST = "rdsh-07"
SHELL_ID = "6E0B3B0C-5A65-4E6B-9D5E-0C7B6A1F2D10"
OWN_SHELL_ID = "1F4C9A77-2E1D-4B7C-8C0A-9D3E5B6F7A20"
COMMAND_ID = "A3D0F7E2-94B1-4C68-B5B0-7E1C2D3F4A30"


def answer(name: str, **values: object) -> str:
    """A fixture with its ``@NAME@`` places filled."""
    text = fixture(f"wsman/{name}.xml").read_text(encoding="utf-8")
    for key, value in {"COMMAND_ID": COMMAND_ID, "SHELL_ID": OWN_SHELL_ID, **values}.items():
        text = text.replace(f"@{key}@", str(value))
    return text


@dataclass
class Exchange:
    """A request as it has to be, and the answer to it.

    Attributes:
        action: The end of the request's Action.
        reply: The answer's document, or an exception to raise instead.
        expect: Local name of an element → its text; ``Name@Attribute`` → that attribute's value.
        status: HTTP status of the answer.
    """

    action: str
    reply: str | Exception
    expect: dict[str, str] = field(default_factory=dict)
    status: int = 200


class FakeClock(Clock):
    """A clock that sleeps at once and remembers for how long."""

    def __init__(self) -> None:
        object.__setattr__(self, "time", 1000.0)
        object.__setattr__(self, "slept", [])

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        object.__setattr__(self, "time", self.time + seconds)


class Replay:
    """The transport: plays exchanges in order, and keeps the requests."""

    def __init__(self, exchanges: list[Exchange], clock: FakeClock) -> None:
        self.exchanges = list(exchanges)
        self.requests: list[ET.Element] = []
        self.read_timeout_sec = 30
        self.read_timeouts: list[int] = []
        self.closed = 0
        self.clock = clock
        self.auth_method = "ntlm"
        self.encryption: object = "a context"
        self.endpoint = f"http://{HOST}:5985/wsman"
        self.session = requests.Session()

    def send_message(self, message: str) -> bytes:
        request = ET.fromstring(message)
        action = text_of(request, "Action")
        if not self.exchanges:
            pytest.fail(f"{action} was sent after the conversation's end")
        exchange = self.exchanges.pop(0)
        if not action.endswith(f"/{exchange.action}"):
            pytest.fail(f"{action} was sent instead of {exchange.action}")
        for name, value in exchange.expect.items():
            if (found := text_of(request, name)) != value:
                pytest.fail(f"{action} has {name} {found!r} instead of {value!r}")
        self.requests.append(request)
        self.read_timeouts.append(self.read_timeout_sec)
        if isinstance(exchange.reply, Exception):
            raise exchange.reply
        reply = exchange.reply.replace("@RELATES_TO@", text_of(request, "MessageID"))
        if "2150858793" in reply:
            self.clock.advance(float(text_of(request, "OperationTimeout")[2:-1]))
        if exchange.status != 200:
            raise WinRMTransportError("http", exchange.status, reply)
        return reply.encode()

    def close_session(self) -> None:
        self.closed += 1
        self.session = requests.Session()

    def sent_input(self) -> bytes:
        """What all Sends carried."""
        sends = (node for request in self.requests for node in request.iter() if local(node) == "Send")
        return b"".join(base64.b64decode(stream.text or "") for send in sends for stream in send)

    def command_lines(self) -> list[str]:
        """All commands that were started."""
        return [
            text_of(request, "Command")
            for request in self.requests
            if text_of(request, "Action").endswith("/Command")
        ]


class FakeConnection:
    """What the code uses of Ansible's winrm connection plugin, connected."""

    transport = "winrm"

    def __init__(self, replay: Replay) -> None:
        self.protocol = Protocol(f"http://{HOST}:5985/wsman", "ntlm", username="u", password="p")
        self.protocol.transport = replay
        self.shell_id = SHELL_ID
        self._kerb_managed = False
        self.kinit: Callable[[str, str], None] | None = None
        self.options: dict[str, object] = {"remote_addr": HOST, "port": 5985, "transport": ["ntlm"]}

    def get_option(self, name: str) -> object:
        return self.options.get(name)

    def _kerb_auth(self, principal: str, password: str) -> None:
        assert self.kinit, "nobody expected kinit"
        self.kinit(principal, password)


class Host:
    """A session over a conversation."""

    def __init__(self, *exchanges: Exchange | list[Exchange]) -> None:
        flat: list[Exchange] = []
        for exchange in exchanges:
            flat += exchange if isinstance(exchange, list) else [exchange]
        self.clock = FakeClock()
        self.replay = Replay(flat, self.clock)
        self.connection = FakeConnection(self.replay)
        self.shown: list[str] = []
        self.session = Session(self.connection, HOST, self.shown.append, self.clock)

    def __enter__(self) -> Host:
        return self

    def __exit__(self, kind: object, *_rest: object) -> None:
        if kind is None:
            left = [exchange.action for exchange in self.replay.exchanges]
            assert not left, f"never asked for: {left}"


def fault(action: str, code: int, subcode: str = "w:InternalError", reason: str = "No.") -> Exchange:
    """A fault as the answer to an action."""
    return Exchange(action, answer("fault", CODE=code, SUBCODE=subcode, REASON=reason), status=500)


def timeout(action: str, **expect: str) -> Exchange:
    """Fault 2150858793, after as long as the request's OperationTimeout."""
    return Exchange(
        action,
        answer("fault", CODE=2150858793, SUBCODE="w:TimedOut", REASON="Too long."),
        dict(expect),
        status=500,
    )


def output(class_name: str, method: str, values: str, **expect: str) -> Exchange:
    """The answer to a WMI method; values are elements with prefix ``p``."""
    reply = answer("output", CLASS=class_name, METHOD=method, VALUES=values)
    return Exchange(f"{class_name}/{method}", reply, dict(expect))


def started(line: str | None = None, **expect: str) -> Exchange:
    """A command that starts."""
    if line is not None:
        expect["Command"] = line
    return Exchange("Command", answer("command"), dict(expect))


def done(stdout: str | bytes = "", exit_code: int = 0, stderr: str = "") -> Exchange:
    """The end of a command."""
    out = stdout.encode() if isinstance(stdout, str) else stdout
    values = {"STDOUT": base64.b64encode(out).decode(), "STDERR": base64.b64encode(stderr.encode()).decode()}
    return Exchange("Receive", answer("receive_done", EXIT_CODE=exit_code, **values))


def running(stdout: str = "") -> Exchange:
    """Output of a command that goes on."""
    return Exchange("Receive", answer("receive_running", STDOUT=base64.b64encode(stdout.encode()).decode()))


def signalled() -> Exchange:
    """The end of a command, acknowledged."""
    return Exchange("Signal", answer("signal"))


def command(line: str | None = None, stdout: str | bytes = "", exit_code: int = 0) -> list[Exchange]:
    """A whole command without input; the next one in its shell begins with a Signal that ends it."""
    return [started(line), done(stdout, exit_code)]


def in_one_shell(*commands: list[Exchange]) -> list[Exchange]:
    """Commands that follow each other in a shell: each ends the one before it."""
    return [exchange for each in commands for exchange in [signalled(), *each]][1:]


def sent(*, last: bool = False) -> Exchange:
    """One Send."""
    return Exchange("Send", answer("send"), {"Stream@End": "true"} if last else {})


def opened(codepage: int = 437) -> Exchange:
    """A new shell."""
    return Exchange("Create", answer("create"), {"Option[WINRS_CODEPAGE]": str(codepage)})


def deleted(shell_id: str = OWN_SHELL_ID) -> Exchange:
    """A shell deleted."""
    return Exchange("Delete", answer("delete"), {"Selector": shell_id})


def local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def text_of(request: ET.Element, name: str) -> str:
    """Text of the element ``Name`` or ``Name[its Name attribute]``, or the attribute ``Name@Attribute``."""
    path, _at, attribute = name.partition("@")
    path, _bracket, named = path.rstrip("]").partition("[")
    for element in request.iter():
        if local(element) == path and (not named or element.get("Name") == named):
            if attribute:
                return element.get(attribute, "")
            return element.text or ""
    pytest.fail(f"the request has no {name}")
