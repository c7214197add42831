# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WinRS: lifecycle, streams, signals, quotas; shapes as recorded from Windows 7."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.lab.endpoint import soap
from tests.lab.endpoint.commands import URI
from tests.lab.endpoint.faults import FaultError
from tests.lab.endpoint.wsman import WsmanService
from tests.lab.windows.host import ProgramNotFoundError, WindowsHost
from tests.lab.windows.streams import Streams
from tests.unit.lab.hosts import ADMINISTRATOR, FILTERED, ask, make_host, make_service, message, run

Behaviour = Callable[[str, Streams], Awaitable[int]]


def host_that(behaves: Behaviour, **profile: Any) -> WindowsHost:
    """A host whose command line is the test's own function."""
    host = make_host(**profile)

    async def run_command(line: str, streams: Streams, *_unused: Any, **__: Any) -> int:
        return await behaves(line, streams)

    host.run_command = run_command  # type: ignore[method-assign]
    host.run_program = run_command  # type: ignore[method-assign]
    return host


async def says_hello(line: str, streams: Streams) -> int:
    streams.stdout.write(b"hello\r\n")
    streams.stderr.write(b"oops\r\n")
    return -5


async def waits(line: str, streams: Streams) -> int:
    await asyncio.sleep(60)
    return 0


class Client:
    """One shell of a service, in the words of the protocol."""

    def __init__(self, service: WsmanService) -> None:
        self.service = service
        self.shell = ""

    async def call(self, action: str, body: str = "", header: str = "") -> str:
        selector = f'<w:SelectorSet><w:Selector Name="ShellId">{self.shell}</w:Selector></w:SelectorSet>'
        return await ask(self.service, message(action, URI, body, header + (selector if self.shell else "")))

    async def create(self) -> str:
        body = "<rsp:Shell><rsp:InputStreams>stdin</rsp:InputStreams></rsp:Shell>"
        text = await self.call(f"{soap.TRANSFER}/Create", body)
        self.shell = re.findall(r'Name="ShellId">([^<]+)<', text)[0]
        return text

    async def command(self, line: str, options: str = "") -> str:
        body = f"<rsp:CommandLine><rsp:Command>{line}</rsp:Command></rsp:CommandLine>"
        header = f"<w:OptionSet>{options}</w:OptionSet>"
        text = await self.call(f"{soap.SHELL}/Command", body, header)
        return re.findall(r"<rsp:CommandId>([^<]+)<", text)[0]

    async def receive(self, command: str, timeout: str = "PT20S") -> str:
        wanted = f'<rsp:DesiredStream CommandId="{command}">stdout stderr</rsp:DesiredStream>'
        body = f"<rsp:Receive>{wanted}</rsp:Receive>"
        header = f"<w:OperationTimeout>{timeout}</w:OperationTimeout>"
        return await self.call(f"{soap.SHELL}/Receive", body, header)

    async def send(self, command: str, data: bytes, end: bool = True) -> str:
        text = base64.b64encode(data).decode()
        stream = (
            f'<rsp:Stream Name="stdin" CommandId="{command}" End="{str(end).lower()}">{text}</rsp:Stream>'
        )
        return await self.call(f"{soap.SHELL}/Send", f"<rsp:Send>{stream}</rsp:Send>")

    async def signal(self, command: str, code: str = "terminate") -> str:
        uri = f"{soap.SHELL}/signal/{code}"
        body = f'<rsp:Signal CommandId="{command}"><rsp:Code>{uri}</rsp:Code></rsp:Signal>'
        return await self.call(f"{soap.SHELL}/Signal", body)

    async def delete(self) -> str:
        return await self.call(f"{soap.TRANSFER}/Delete")


def client_of(behaves: Behaviour, *, linger: float = 30.0, **profile: Any) -> Client:
    return Client(make_service(host_that(behaves, **profile), linger=linger)[0])


def code_of(work: Awaitable[Any]) -> Awaitable[int]:
    async def caught() -> int:
        with pytest.raises(FaultError) as error:
            await work
        return error.value.code

    return caught()


def test_a_windows_7_shell_is_answered_without_a_description() -> None:
    text = run(client_of(says_hello).create())
    assert text.endswith("</a:ReferenceParameters></x:ResourceCreated></s:Body></s:Envelope>")
    assert "<a:Address>http://host:5985/wsman</a:Address>" in text


def test_output_end_and_exit_code_come_in_the_recorded_shape() -> None:
    async def scenario() -> tuple[str, str]:
        client = client_of(says_hello)
        await client.create()
        command = await client.command("anything")
        await asyncio.sleep(0.01)
        return command, await client.receive(command)

    command, text = run(scenario())
    body = text.split("<s:Body>")[1].replace(command, "ID")
    assert body == (
        '<rsp:ReceiveResponse><rsp:Stream Name="stdout" CommandId="ID">aGVsbG8NCg==</rsp:Stream>'
        '<rsp:Stream Name="stderr" CommandId="ID">b29wcw0K</rsp:Stream>'
        '<rsp:Stream Name="stdout" CommandId="ID" End="true"></rsp:Stream>'
        '<rsp:Stream Name="stderr" CommandId="ID" End="true"></rsp:Stream>'
        f'<rsp:CommandState CommandId="ID" State="{soap.SHELL}/CommandState/Done">'
        "<rsp:ExitCode>4294967291</rsp:ExitCode></rsp:CommandState></rsp:ReceiveResponse></s:Body></s:Envelope>"
    )


def test_receive_without_output_ends_in_the_operation_timeout() -> None:
    async def scenario() -> int:
        client = client_of(waits)
        await client.create()
        command = await client.command("wait")
        return await code_of(client.receive(command, "PT0.05S"))

    assert run(scenario()) == 2150858793


def test_what_is_sent_reaches_standard_input_until_its_end() -> None:
    async def echoes(line: str, streams: Streams) -> int:
        streams.stdout.write(await streams.stdin.read())
        return 0

    async def scenario() -> str:
        client = client_of(echoes)
        await client.create()
        command = await client.command("cat")
        await client.send(command, b"one ", end=False)
        assert "<rsp:SendResponse/>" in await client.send(command, b"two")
        return await client.receive(command)

    assert base64.b64encode(b"one two").decode() in run(scenario())


def test_much_output_comes_in_pieces_below_the_envelope_limit() -> None:
    async def floods(line: str, streams: Streams) -> int:
        streams.stdout.write(bytes(range(256)) * 1000)
        return 0

    async def scenario() -> tuple[bytes, list[int]]:
        client = client_of(floods)
        await client.create()
        command = await client.command("flood")
        data, sizes, text = b"", [], ""
        while "Done" not in text:
            text = await client.receive(command)
            sizes.append(len(text))
            data += b"".join(base64.b64decode(part) for part in re.findall(r'"stdout"[^>]*>([^<]+)<', text))
        return data, sizes

    data, sizes = run(scenario())
    assert data == bytes(range(256)) * 1000
    assert max(sizes) < 150 * 1024


def test_terminate_ends_the_process_and_the_command_is_gone() -> None:
    async def scenario() -> tuple[str, int]:
        client = client_of(waits)
        await client.create()
        command = await client.command("wait")
        text = await client.signal(command)
        return text, await code_of(client.receive(command))

    text, code = run(scenario())
    assert "<rsp:SignalResponse/>" in text
    assert code == 2150858843


def test_control_c_leaves_its_exit_code_to_be_read() -> None:
    async def scenario() -> str:
        client = client_of(waits)
        await client.create()
        command = await client.command("wait")
        await asyncio.sleep(0.01)
        await client.signal(command, "ctrl_c")
        return await client.receive(command)

    assert f"<rsp:ExitCode>{0xC000013A}</rsp:ExitCode>" in run(scenario())


def test_a_program_that_is_not_there_is_refused_when_no_cmd_shell_is_wanted() -> None:
    async def missing(line: str, streams: Streams) -> int:
        raise ProgramNotFoundError(line)

    async def scenario() -> int:
        client = client_of(missing)
        await client.create()
        return await code_of(
            client.command("nothing.exe", '<w:Option Name="WINRS_SKIP_CMD_SHELL">True</w:Option>')
        )

    assert run(scenario()) == 2147942402


def test_a_line_beyond_cmds_limit_is_refused() -> None:
    async def scenario() -> int:
        client = client_of(says_hello)
        await client.create()
        return await code_of(client.command("x" * 8192))

    assert run(scenario()) == 2147942606


def test_a_deleted_shell_is_not_found() -> None:
    async def scenario() -> int:
        client = client_of(says_hello)
        await client.create()
        assert "transfer/DeleteResponse" in await client.delete()
        return await code_of(client.command("ver"))

    assert run(scenario()) == 2150858843


def test_the_shells_of_another_account_are_not_found() -> None:
    async def scenario() -> int:
        client = client_of(says_hello)
        await client.create()
        client.service.shells._shells[client.shell].account = FILTERED
        return await code_of(client.command("ver"))

    assert run(scenario()) == 2150858843


def test_a_sixth_shell_and_a_sixteenth_process_are_refused() -> None:
    async def scenario() -> tuple[int, int]:
        service = client_of(waits, winrm={"max_operations_per_user": 100}).service
        clients = [Client(service) for _unused in range(6)]
        for client in clients[:5]:
            await client.create()
        for _unused in range(15):
            await clients[0].command("wait")
        return await code_of(clients[5].create()), await code_of(clients[0].command("wait"))

    assert run(scenario()) == (2150859173, 2150858815)


@pytest.mark.parametrize(("linger", "expected"), [(30.0, 2150859174), (0.0, None)])
def test_a_terminated_command_counts_as_an_operation_for_a_while(linger: float, expected: int | None) -> None:
    async def scenario() -> int | None:
        client = client_of(says_hello, linger=linger)
        await client.create()
        for _unused in range(14):
            command = await client.command("hello")
            await asyncio.sleep(0)
            await client.receive(command)
            await client.signal(command)
        try:
            command = await client.command("hello")
            await client.receive(command)
        except FaultError as error:
            return error.code
        return None

    assert run(scenario()) == expected


def test_deleting_the_shell_frees_the_operations_of_its_commands() -> None:
    async def scenario() -> None:
        client = client_of(says_hello)
        for _unused in range(3):
            await client.create()
            for _unused in range(10):
                await client.signal(await client.command("hello"))
            await client.delete()
            client.shell = ""

    run(scenario())


def test_an_idle_shell_is_closed() -> None:
    async def scenario() -> int:
        client = client_of(says_hello)
        body = "<rsp:Shell><rsp:IdleTimeOut>PT0.05S</rsp:IdleTimeOut></rsp:Shell>"
        text = await client.call(f"{soap.TRANSFER}/Create", body)
        client.shell = re.findall(r'Name="ShellId">([^<]+)<', text)[0]
        await asyncio.sleep(0.1)
        return await code_of(client.command("ver"))

    assert run(scenario()) == 2150858843


def test_an_account_without_rights_is_refused_before_anything_else() -> None:
    service, _unused = make_service(host_that(says_hello))
    create = message(f"{soap.TRANSFER}/Create", URI, "<rsp:Shell/>")
    with pytest.raises(FaultError) as caught:
        run(ask(service, create, FILTERED))
    assert (caught.value.code, caught.value.subcode) == (5, "w:AccessDenied")
    assert "ResourceCreated" in run(ask(service, create, ADMINISTRATOR))
