# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection: a session on one host, which is all that the rest of the collection talks to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from . import _connect, _wmi, shell
from ._client import Wsman
from ._responses import Row
from .recording import Recording, recording
from .shell import CommandResult, Shell
from .waiting import Clock

__all__ = ["CommandResult", "Row", "Session"]


class Session:
    """WMI and cmd.exe of one host, over the winrm connection that Ansible made.

    Nothing runs on the host but what Windows 6.1 ships; PowerShell is not needed there.

    Args:
        connection: The ``ansible.builtin.winrm`` connection plugin's object.
        host: Inventory name, for messages.
        progress: Takes a line for the operator during long work.
        clock: What to wait with.

    Attributes:
        host: Inventory name.
        clock: What to wait with, for those who poll.
    """

    def __init__(
        self,
        connection: Any,
        host: str,
        progress: Callable[[str], None],
        clock: Clock | None = None,
    ) -> None:
        self.host = host
        self.clock = clock or Clock()
        self._connection = connection
        self._wsman = Wsman(connection, host, self.clock, progress)

    def connect(self) -> None:
        """Makes Ansible's connection, waiting for a free shell if the quota is used up.

        Raises:
            AnsibleConnectionFailure: With a hint for the causes that are known.
        """
        _connect.connect(self._connection, self.clock)

    def reconnect(self) -> None:
        """Makes the connection anew, after a restart of the host.

        Raises:
            ConnectionLost: The host does not answer, or not yet.
        """
        _connect.reconnect(self._connection, self.host, self.clock)

    def query(self, wql: str, *, namespace: str = "root/cimv2", limit: int | None = None) -> list[Row]:
        """Runs a WQL query.

        Args:
            wql: The query; literals quoted by ``quote_wql``. Ask for the properties in their exact spelling.
            namespace: The WMI namespace.
            limit: Read no more rows than this and release the rest on the host.

        Returns:
            The rows; an empty list when nothing matched.

        Raises:
            WsmanFault: The host refused the query.
        """
        return _wmi.query(self._wsman, wql, namespace, limit)

    def invoke(
        self,
        class_name: str,
        method: str,
        arguments: Mapping[str, object],
        *,
        selectors: Mapping[str, str] | None = None,
        namespace: str = "root/cimv2",
        repeatable: bool = False,
    ) -> Row:
        """Calls a WMI method; once, unless it is said to be `repeatable`.

        Args:
            class_name: Such as ``Win32_Process``.
            method: Such as ``Create``.
            arguments: Input parameters by name: text, number, bool, None or a list of those.
            selectors: Key properties of the instance; none for a static method.
            namespace: The WMI namespace.
            repeatable: The method may run twice, should the host not answer in time.

        Returns:
            The output parameters, ``ReturnValue`` among them. A ReturnValue other than 0 raises nothing.

        Raises:
            CommandTimeout: Not answered in time; it may have been carried out.
            WsmanFault: The host refused the call.
        """
        return _wmi.invoke(
            self._wsman,
            class_name,
            method,
            arguments,
            selectors=selectors,
            namespace=namespace,
            repeatable=repeatable,
        )

    def run(self, command_line: str, *, timeout: float = 120.0) -> CommandResult:
        """Runs a command line by cmd.exe in the shell that Ansible opened (code page 65001).

        Args:
            command_line: One line of at most 8150 characters.
            timeout: Seconds until the command is ended.

        Returns:
            Exit code (unsigned 32-bit) and output. An exit code other than 0 raises nothing.

        Raises:
            CommandTimeout: It did not end in time.
            WsmanFault: The host refused the command.
        """
        opened = Shell(self._wsman, self._connection.shell_id, shell.UTF8)
        try:
            return opened.run(command_line, timeout=timeout)
        finally:
            self._connection.shell_id = opened.shell_id  # which Ansible deletes at the end of the task

    def shell(self) -> AbstractContextManager[Shell]:
        """A shell of its own with a code page that lets input through, deleted at the end of the block."""
        return shell.shell(self._wsman, shell.US)

    def winrm_config(self) -> dict[str, str]:
        """What ``winrm get winrm/config`` shows: path of names → value, as ``Winrs/MaxShellsPerUser``.

        Raises:
            WsmanFault: The host refused; it asks for full rights of an administrator.
        """
        return _wmi.winrm_config(self._wsman)

    def recorded(self) -> AbstractContextManager[Recording]:
        """Keeps what is sent and answered within the block."""
        return recording(self._connection)

    def progress(self, message: str) -> None:
        """Shows the operator a line during long work."""
        self._wsman.progress(message)
