# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session on a simulated host, without a network: the lab answers below pywinrm.

Queries, methods, shells and commands take the way they take to a host, down to the message that WinRM would
get; only HTTP and authentication are missing. Whatever the lab does not know fails the test.

The host's clock stands still until the session sleeps: tasks, DISM and restarts go on while the code under
test waits, and no test waits for them in real time.
"""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.session import Session
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.waiting import Clock
from requests.exceptions import ConnectionError as HttpConnectionError
from winrm.exceptions import WinRMTransportError
from winrm.protocol import Protocol

from tests.lab.clock import Clock as LabClock
from tests.lab.endpoint import faults, soap
from tests.lab.endpoint.wsman import WsmanService, action_name
from tests.lab.windows.host import WindowsHost
from tests.unit.lab.hosts import make_host, make_service

T = TypeVar("T")
UTF8 = 65001

_loop = asyncio.new_event_loop()


@atexit.register
def _end_all_hosts() -> None:
    """End what still runs on the hosts of the tests, such as a task that nobody waited for."""
    while left := asyncio.all_tasks(_loop):
        for task in left:
            task.cancel()
        _loop.run_until_complete(asyncio.wait(left))
    _loop.close()


class LabTime(Clock):
    """The session's clock and the host's: it moves only while somebody sleeps.

    Attributes:
        slept: the seconds of each sleep.
    """

    def __init__(self, clock: LabClock) -> None:
        # Clock is frozen, as a value that several share should be.
        self.__dict__.update(slept=[], _clock=clock, _start=clock.now(), _plans=[])

    slept: list[float]
    _clock: LabClock
    _start: datetime
    _plans: list[tuple[float, Callable[[], object]]]

    def now(self) -> float:
        return (self._clock.now() - self._start).total_seconds()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        end = self.now() + seconds
        while self._plans and min(self._plans, key=_moment)[0] <= end:
            plan = min(self._plans, key=_moment)
            self._plans.remove(plan)
            self._advance_to(plan[0])
            plan[1]()
        self._advance_to(end)

    def after(self, seconds: float, happens: Callable[[], object]) -> None:
        """Let something happen once this much time has passed."""
        self._plans.append((self.now() + seconds, happens))

    def _advance_to(self, moment: float) -> None:
        _loop.run_until_complete(self._clock.advance(max(0.0, moment - self.now())))


def _moment(plan: tuple[float, Callable[[], object]]) -> float:
    return plan[0]


class LabSession(Session):
    """A session on one simulated host.

    Args:
        lab: the host, whose clock must stand still; None makes one.
        now: the host's first moment, ISO 8601 with its offset; None for the real one.
        user: the account that connects.
        name: the host's name in the inventory.
        profile: what a fleet file may say of a host (tests/lab/windows/profile.py).

    Attributes:
        lab: the host; its disk, registry, tasks and power may be looked at and changed.
        clock: the session's clock and the host's.
        command_lines: every command line that was started, in order, those of uploads included.
        progress_lines: what the operator was shown.
        logons: what becomes of tries to log on.
    """

    def __init__(
        self,
        lab: WindowsHost | None = None,
        *,
        now: str | None = None,
        user: str = "Administrator",
        name: str = "host1",
        **profile: Any,
    ) -> None:
        if lab is None:
            clock = LabClock(datetime.fromisoformat(now) if now else None, running=False)
            lab = _loop.run_until_complete(_made(clock, profile))
        self.lab = lab
        self.command_lines: list[str] = []
        self.progress_lines: list[str] = []
        self._before: list[tuple[str, Callable[[], object]]] = []
        self._wire = _Wire(lab, user, self._starting)
        self.logons = Logons()
        super().__init__(
            _LabConnection(self._wire, self.logons),
            name,
            self.progress_lines.append,
            clock=LabTime(lab.clock),
        )
        self.clock: LabTime
        if lab.powered:
            self.connect()

    @property
    def injections(self) -> Any:
        """What goes wrong between the session and the host (tests/lab/endpoint/injection.py)."""
        return self._wire.injections

    def before(self, part: str, happens: Callable[[], object]) -> None:
        """Let something happen on the host once, just before it gets a command line that holds `part`."""
        self._before.append((part, happens))

    def work(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine of the lab, such as a command of somebody else, and wait for its end."""
        return _loop.run_until_complete(_while_time_passes(self.lab.clock, coroutine))

    def _starting(self, command_line: str) -> None:
        for plan in [plan for plan in self._before if plan[0] in command_line]:
            self._before.remove(plan)
            plan[1]()
        self.command_lines.append(command_line)


async def _made(clock: LabClock, profile: dict[str, Any]) -> WindowsHost:
    """Make a host within the loop, where it may plan for later."""
    return make_host(clock=clock, **profile)


async def _while_time_passes(clock: LabClock, coroutine: Coroutine[Any, Any, T]) -> T:
    """Wait for a coroutine. One that sleeps on the host's clock would never end, as nobody else sleeps."""
    work = asyncio.ensure_future(coroutine)
    while not (await asyncio.wait({work}, timeout=0.1))[0]:
        await clock.advance(1.0)
    return work.result()


class _Wire:
    """Stands where pywinrm's transport stands, and hands each message to the service of the host."""

    auth_method = "ntlm"
    encryption = "a context"

    def __init__(self, lab: WindowsHost, user: str, starting: Callable[[str], None]) -> None:
        self.read_timeout_sec = 30
        self._lab = lab
        self._user = user
        self._starting = starting
        self._service: WsmanService
        self._service, self.injections = make_service(lab, linger=0.0)
        lab.on_power_change(lambda _on: self._service.drop_all())

    def send_message(self, message: str) -> bytes:
        """Return the host's answer.

        Raises:
            WinRMTransportError: the answer is a fault.
            HttpConnectionError: the host is off, or a test lets the connection break.
        """
        if not self._lab.powered:
            raise HttpConnectionError("[Errno 111] Connection refused")
        request = soap.parse(message.encode())
        action = action_name(request)
        if action == "Command" and request.body is not None:
            self._starting(soap.child_text(request.body, "Command") or "")
        if self.injections.take(action, "cut_before"):
            raise HttpConnectionError("[Errno 104] Connection reset by peer")
        answer = _loop.run_until_complete(self._answer(request))
        if self._lab.unknown_requests:
            pytest.fail(f"not known to the lab: {self._lab.unknown_requests}")
        if self.injections.take(action, "cut_answer") or not self._lab.powered:
            raise HttpConnectionError("[Errno 104] Connection reset by peer")
        return answer

    @property
    def host_is_up(self) -> bool:
        """Whether the host answers."""
        return self._lab.powered

    def close_session(self) -> None:
        """Close nothing: there is no connection to close."""

    async def _answer(self, request: soap.Request) -> bytes:
        user = self._lab.find_user(self._user)
        assert user is not None, f"the host has no account {self._user}"
        handling = self._service.handle(request, self._lab.logon(user), "127.0.0.1")
        try:
            return (await _while_time_passes(self._lab.clock, handling)).encode()
        except faults.FaultError as error:
            text = soap.fault_answer(error, request.message_id, self._lab.profile.netbios_name)
            raise WinRMTransportError("http", 500, text) from None


@dataclass
class Logons:
    """What becomes of tries to log on.

    Attributes:
        refusal: how Ansible words the refusal of each; empty while the account may log on.
        by_host: whether the host refuses them, and not the controller or the domain.
        refused: the number of tries that were refused.
    """

    refusal: str = ""
    by_host: bool = False
    refused: int = 0


class _LabConnection:
    """What the code uses of Ansible's winrm connection plugin."""

    transport = "winrm"

    def __init__(self, wire: _Wire, logons: Logons) -> None:
        self._wire = wire
        self._logons = logons
        self._options: dict[str, Any] = {"transport": ["ntlm"]}
        self._connected = False
        self.protocol: Protocol | None = None
        self.shell_id: str | None = None

    def get_option(self, name: str) -> Any:
        return self._options.get(name)

    def set_option(self, name: str, value: Any) -> None:
        self._options[name] = value

    def _connect(self) -> None:
        if self._connected:
            return
        protocol = Protocol("http://host1:5985/wsman", "ntlm", username="u", password="p")
        protocol.transport = self._wire
        if self._logons.refusal and (self._wire.host_is_up or not self._logons.by_host):
            self._logons.refused += 1
            raise AnsibleConnectionFailure(self._logons.refusal)
        try:
            self.shell_id = protocol.open_shell(codepage=UTF8)
        except Exception as error:
            # The plugin does the same with every exception.
            raise AnsibleConnectionFailure(f"ntlm: {error}") from error
        self.protocol, self._connected = protocol, True
