# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A session on one host: the only way in which the other rooms talk to a host."""

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
    """Reaches WMI and cmd.exe of one host over the winrm connection that Ansible made.

    It runs only what Windows 6.1 ships, and needs no PowerShell on the host.

    Args:
        connection: The ``ansible.builtin.winrm`` connection plugin.
        host: Inventory name.
        progress: Shows the operator a line during long work.
        clock: Measures waiting, also that of callers that poll.
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
        self._shell: Shell | None = None

    def connect(self) -> None:
        """Make Ansible's connection, and wait for a free shell if the quota is used up.

        Raises:
            AnsibleConnectionFailure: The connection failed; a known cause comes with a hint.
        """
        _connect.connect(self._connection, self.host, self.clock)
        self._wsman.answered()

    def reconnect(self) -> None:
        """Make a new connection after a restart of the host.

        Raises:
            LogonFailed: The account cannot log on.
            ConnectionLost: The host does not answer yet.
        """
        _connect.reconnect(self._connection, self.host, self.clock)
        self._wsman.answered()

    def close(self) -> None:
        """Delete the shell on the host, and close the connection; nobody can use either afterwards.

        Ansible does so itself at the end of a task.
        """
        if self._connection.shell_id:
            self._opened().close()
        _connect.drop(self._connection)

    def query(self, wql: str, *, namespace: str = "root/cimv2", limit: int | None = None) -> list[Row]:
        """Run a WQL query and return its rows; an empty list if nothing matches.

        Args:
            wql: The query, with literals from ``quote_wql`` and properties in their exact spelling.
            limit: Read at most this many rows, and release the rest on the host.

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
        """Call a WMI method; only once unless it is `repeatable`.

        Args:
            class_name: Such as ``Win32_Process``, with `method` such as ``Create``.
            arguments: Input parameters by name: text, number, bool, None or a list of those.
            selectors: Key properties of the instance; none for a static method.
            repeatable: Call the method again if the host does not answer in time.

        Returns:
            The output parameters with ``ReturnValue``, whatever its value.

        Raises:
            CommandTimeout: The host did not answer in time, and may have carried out the call.
            WsmanFault: The host refused the call.
        """
        return _wmi.invoke(self._wsman, class_name, method, arguments, selectors, namespace, repeatable)

    def run(self, command_line: str, *, timeout: float = 120.0) -> CommandResult:
        """Run a command line with cmd.exe in the shell that Ansible opened (code page 65001).

        Args:
            command_line: One line of at most 8150 characters.
            timeout: Seconds after which the command is terminated.

        Returns:
            The output and the exit code, unsigned 32-bit and whatever its value.

        Raises:
            CommandTimeout: The command did not end in time.
            WsmanFault: The host refused the command.
        """
        opened = self._opened()
        try:
            return opened.run(command_line, timeout=timeout)
        finally:
            self._connection.shell_id = opened.shell_id  # Ansible deletes it at the end of the task

    def shell(self) -> AbstractContextManager[Shell]:
        """Open a shell whose code page passes input through, and delete it at the end of the block."""
        return shell.shell(self._wsman, shell.US)

    def winrm_config(self) -> dict[str, str]:
        """Return the output of ``winrm get winrm/config``: ``Winrs/MaxShellsPerUser`` → value.

        Raises:
            WsmanFault: The host refused: it requires full administrator rights.
        """
        return _wmi.winrm_config(self._wsman)

    def recorded(self) -> AbstractContextManager[Recording]:
        """Record all requests and answers of the block, and none for what was before it."""
        if self._shell:
            self._shell.signal_ended()
        return recording(self._connection)

    def progress(self, message: str) -> None:
        """Show the operator a line during long work."""
        self._wsman.progress(message)

    def _opened(self) -> Shell:
        """Return the shell of the connection, which is another one after a new connection."""
        if self._shell is None or self._shell.shell_id != self._connection.shell_id:
            self._shell = Shell(self._wsman, self._connection.shell_id, shell.UTF8)
        return self._shell
