# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WinRS: shells, their commands and the streams between them and the client ([MS-WSMV] 3.1.4.11 ff.)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tests.lab.endpoint import faults, soap
from tests.lab.endpoint.commands import URI, Command, Output, Shell, describe, until_ready
from tests.lab.endpoint.quotas import OperationQuota
from tests.lab.endpoint.soap import Request
from tests.lab.windows.host import ProgramNotFoundError
from tests.lab.windows.streams import BytePipe, Streams

if TYPE_CHECKING:
    from tests.lab.windows.accounts import Account
    from tests.lab.windows.host import WindowsHost

log = logging.getLogger("lab.endpoint")

#: cmd.exe's own limit on a command line.
COMMAND_LINE_LIMIT = 8191
#: Raw bytes of output in one answer; as base64 with its envelope they stay below 150 KiB.
OUTPUT_CHUNK = 60_000
#: Exit code of a process that ended by Ctrl+C (STATUS_CONTROL_C_EXIT).
CONTROL_C_EXIT = 0xC000013A
_FINISHED = f"{soap.SHELL}/CommandState/Done"
_RUNNING = f"{soap.SHELL}/CommandState/Running"
_PREFIXES = "s a x w rsp p"


class ShellService:
    """All shells of a host."""

    def __init__(self, host: WindowsHost, quota_of: Callable[[Account], OperationQuota]) -> None:
        self._host = host
        self._quota_of = quota_of
        self._shells: dict[str, Shell] = {}

    def __len__(self) -> int:
        return len(self._shells)

    def drop_all(self) -> None:
        """The host goes down: every shell and process is gone."""
        for shell in list(self._shells.values()):
            self._close(shell)

    async def handle(self, request: Request, account: Account, address: str) -> str:
        """Answer one request to the shell resource."""
        action = request.action
        if action == f"{soap.TRANSFER}/Create":
            return self._create(request, account, address)
        shell = self._find(request, account)
        self._touch(shell)
        try:
            if action == f"{soap.SHELL}/Command":
                return await self._command(request, shell)
            if action == f"{soap.SHELL}/Send":
                return self._send(request, shell)
            if action == f"{soap.SHELL}/Receive":
                return await self._receive(request, shell)
            if action == f"{soap.SHELL}/Signal":
                return self._signal(request, shell)
            if action == f"{soap.TRANSFER}/Delete":
                self._close(shell)
                return soap.answer("s a w p", f"{soap.TRANSFER}/DeleteResponse", request.message_id, "")
        finally:
            if shell.id in self._shells:
                self._touch(shell)
        raise faults.fault("action_not_supported")

    def _create(self, request: Request, account: Account, address: str) -> str:
        winrm = self._host.profile.winrm
        if not winrm.remote_shells:
            raise faults.fault("remote_shells_off")
        mine = [shell for shell in self._shells.values() if shell.account == account]
        if len(mine) >= winrm.max_shells_per_user:
            raise faults.fault("shell_quota", limit=winrm.max_shells_per_user)
        body = request.body
        if body is None or soap.local_name(body) != "Shell":
            raise faults.fault("invalid_body")
        idle = soap.child_text(body, "IdleTimeOut")
        modern = not self._host.profile.os.version.startswith("6.1")
        variables = [item for item in body.iter() if soap.local_name(item) == "Variable"]
        shell = Shell(
            id=(body.get("ShellId") if modern else None) or soap.new_id(),
            account=account,
            code_page=_number(request.options.get("WINRS_CODEPAGE"), 437),
            directory=soap.child_text(body, "WorkingDirectory"),
            environment={item.get("Name", ""): item.text or "" for item in variables},
            idle_timeout=soap.seconds(idle) if idle else (7200.0 if modern else 180.0),
        )
        self._shells[shell.id] = shell
        self._touch(shell)
        created = (
            f"<x:ResourceCreated><a:Address>{escape(request.to)}</a:Address><a:ReferenceParameters>"
            f"<w:ResourceURI>{URI}</w:ResourceURI><w:SelectorSet>"
            f'<w:Selector Name="ShellId">{shell.id}</w:Selector></w:SelectorSet></a:ReferenceParameters>'
            "</x:ResourceCreated>"
        )
        if modern:
            created += describe(shell, address)
        return soap.answer(_PREFIXES, f"{soap.TRANSFER}/CreateResponse", request.message_id, created)

    async def _command(self, request: Request, shell: Shell) -> str:
        winrm = self._host.profile.winrm
        # Whether Windows counts a command that has ended until it is signalled is not known: here it does.
        if len(shell.commands) >= winrm.max_processes_per_shell:
            raise faults.fault("process_quota")
        if request.body is None or soap.local_name(request.body) != "CommandLine":
            raise faults.fault("invalid_body")
        parts = [
            item.text or "" for item in request.body if soap.local_name(item) in ("Command", "Arguments")
        ]
        line = " ".join(part for part in parts if part)
        if len(line) > COMMAND_LINE_LIMIT:
            raise faults.fault("command_too_long")
        direct = request.options.get("WINRS_SKIP_CMD_SHELL", "FALSE").upper() == "TRUE"
        modern = not self._host.profile.os.version.startswith("6.1")
        changed = asyncio.Event()
        command = Command(
            (request.body.get("CommandId") if modern else None) or soap.new_id(),
            Streams(
                stdin=BytePipe(), stdout=Output(changed), stderr=Output(changed), code_page=shell.code_page
            ),
            changed,
        )
        self._quota_of(shell.account).hold(command.id, shell.id)
        shell.commands[command.id] = command
        command.task = asyncio.get_running_loop().create_task(self._run(shell, command, line, direct))
        if direct:
            # A program that is not there is known at once: Windows refuses the Command, not the Receive.
            await asyncio.wait({command.task}, timeout=0.02)
            if command.not_found:
                del shell.commands[command.id]
                self._quota_of(shell.account).release(command.id)
                raise faults.fault("program_not_found")
        body = f"<rsp:CommandResponse><rsp:CommandId>{command.id}</rsp:CommandId></rsp:CommandResponse>"
        return soap.answer(_PREFIXES, f"{soap.SHELL}/CommandResponse", request.message_id, body)

    async def _run(self, shell: Shell, command: Command, line: str, direct: bool) -> None:
        try:
            run = self._host.run_program if direct else self._host.run_command
            code = await run(
                line, command.streams, shell.account, directory=shell.directory, environment=shell.environment
            )
        except asyncio.CancelledError:
            code = CONTROL_C_EXIT
        except ProgramNotFoundError:
            command.not_found = True
            code = 2
        except Exception:
            # A fault of the simulation, not of the simulated host: say so and fail the command.
            log.exception("%s: the command interpreter failed on %r", self._host.profile.name, line)
            command.streams.stderr.write(b"The lab failed on this command; see its log.\r\n")
            code = 0xFFFFFFFF
        command.exit_code = code & 0xFFFFFFFF
        command.changed.set()

    def _send(self, request: Request, shell: Shell) -> str:
        for item in request.body if request.body is not None else ():
            command = self._command_of(shell, item.get("CommandId") or item.get(f"{{{soap.SHELL}}}CommandId"))
            try:
                data = base64.b64decode(item.text or "")
            except (binascii.Error, ValueError):
                raise faults.fault("invalid_xml") from None
            if command.exit_code is not None and data:
                raise faults.fault("pipe_closing")
            if data:
                command.stdin.write(data)
            if (item.get("End") or "").lower() in ("true", "1"):
                command.stdin.close()
        return soap.answer(_PREFIXES, f"{soap.SHELL}/SendResponse", request.message_id, "<rsp:SendResponse/>")

    async def _receive(self, request: Request, shell: Shell) -> str:
        wanted = next(
            (item for item in _children(request.body) if soap.local_name(item) == "DesiredStream"), None
        )
        if wanted is None:
            raise faults.fault("invalid_body")
        identity = wanted.get("CommandId") or wanted.get(f"{{{soap.SHELL}}}CommandId")
        command = self._command_of(shell, identity)
        names = [name for name in (wanted.text or "").split() if name in command.outputs]
        limit = self._host.profile.winrm.max_timeout_ms / 1000
        timeout = min(request.operation_timeout or limit, limit)
        await until_ready(command, names, timeout)
        if command.id not in shell.commands or shell.id not in self._shells:
            raise faults.fault("operation_aborted")
        streams, room = [], OUTPUT_CHUNK
        for name in names:
            data = command.outputs[name].take(room)
            room -= len(data)
            if data:
                text = base64.b64encode(data).decode()
                streams.append(f'<rsp:Stream Name="{name}" CommandId="{command.id}">{text}</rsp:Stream>')
        done = command.exit_code is not None and not any(command.outputs[name] for name in names)
        if done:
            streams += [
                f'<rsp:Stream Name="{n}" CommandId="{command.id}" End="true"></rsp:Stream>' for n in names
            ]
            ended = f"<rsp:ExitCode>{command.exit_code}</rsp:ExitCode>"
        else:
            ended = ""
        state = (
            f'<rsp:CommandState CommandId="{command.id}" State="{_FINISHED if done else _RUNNING}">{ended}'
            "</rsp:CommandState>"
        )
        body = f"<rsp:ReceiveResponse>{''.join(streams)}{state}</rsp:ReceiveResponse>"
        return soap.answer("s a w rsp p", f"{soap.SHELL}/ReceiveResponse", request.message_id, body)

    def _signal(self, request: Request, shell: Shell) -> str:
        body = request.body
        if body is None:
            raise faults.fault("invalid_body")
        command = self._command_of(shell, body.get("CommandId") or body.get(f"{{{soap.SHELL}}}CommandId"))
        code = (soap.child_text(body, "Code") or "").rpartition("/")[2].lower()
        if code not in ("terminate", "ctrl_c", "ctrl_break"):
            raise faults.fault("invalid_body")
        self._stop(command)
        if code == "terminate" or command.exit_code is not None:
            shell.commands.pop(command.id, None)
            self._quota_of(shell.account).release_later(command.id)
        answer = "<rsp:SignalResponse/>"
        return soap.answer(_PREFIXES, f"{soap.SHELL}/SignalResponse", request.message_id, answer)

    def _stop(self, command: Command) -> None:
        command.streams.terminated.set()
        if command.task is not None and not command.task.done():
            command.task.cancel()
        command.changed.set()

    def _close(self, shell: Shell) -> None:
        self._shells.pop(shell.id, None)
        if shell.reaper is not None:
            shell.reaper.cancel()
        for command in shell.commands.values():
            self._stop(command)
        shell.commands.clear()
        self._quota_of(shell.account).release_owner(shell.id)

    def _find(self, request: Request, account: Account) -> Shell:
        identity = request.selectors.get("ShellId")
        if identity is None:
            raise faults.fault("shell_selector_required")
        shell = self._shells.get(identity.strip())
        if shell is None or shell.account != account:
            raise faults.fault("shell_not_found", shell=identity)
        return shell

    def _command_of(self, shell: Shell, identity: str | None) -> Command:
        command = shell.commands.get(identity or "")
        if command is None:
            raise faults.fault("command_not_found", command=identity or "")
        return command

    def _touch(self, shell: Shell) -> None:
        """Start the idle time anew."""
        if shell.reaper is not None:
            shell.reaper.cancel()
        loop = asyncio.get_running_loop()
        shell.reaper = loop.call_later(shell.idle_timeout, self._expire, shell)

    def _expire(self, shell: Shell) -> None:
        log.info("%s: shell %s closed, idle for %s s", self._host.profile.name, shell.id, shell.idle_timeout)
        self._close(shell)


def _children(element: ElementTree.Element | None) -> list[ElementTree.Element]:
    return list(element) if element is not None else []


def _number(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"\d+", text) else default
