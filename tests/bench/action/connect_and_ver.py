# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The baseline of the benchmark: what any task on such a host costs. Connects and runs `cmd /c ver`."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Connects as Ansible does, runs one command in the shell that came with the connection."""

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        connection = self._connection
        connection._connect()
        command = connection.protocol.run_command(connection.shell_id, "cmd", ["/c", "ver"])
        stdout, _stderr, code = connection.protocol.get_command_output(connection.shell_id, command)
        connection.protocol.cleanup_command(connection.shell_id, command)
        return result | {"failed": code != 0 or b"Windows" not in stdout, "changed": False}
