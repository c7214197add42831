# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything about a host that a client could have changed, as data to compare before and after."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.lab.windows.host import WindowsHost


def snapshot(host: WindowsHost) -> dict[str, Any]:
    """The state of a host.

    Returns:
        `files`: path → SHA-256, None for a folder; `rights`: path → what icacls set; `registry`: keys and
        values that differ from a fresh installation; `tasks`: name → XML; `services`: name → start mode; and
        the few values that a restart, a countdown or a drain would change.
    """
    disk = host.disk
    countdown = host.power.countdown
    return {
        "files": {
            entry.path: None if entry.is_folder else hashlib.sha256(disk.read(entry.path)).hexdigest()
            for entry in disk.walk("C:\\")
        },
        "rights": {
            path: {"inherited": acl.inherited, "entries": dict(acl.entries), "owner": acl.owner}
            for path, acl in disk.acls.items()
        },
        "registry": {
            path: values if values is None else {name: str(data) for name, data in values.items()}
            for path, values in host.registry.changes().items()
        },
        "tasks": {task.name: task.xml for task in host.scheduler.all()},
        "services": {service.name: service.start_mode for service in host.services.values()},
        "boots": host.power.boots,
        "countdown": countdown.comment if countdown else None,
        "logon_mode": host.sessions.logon_mode,
        "messages": len(host.sessions.messages),
    }
