# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulated Windows host: its disk, registry, servicing, tasks, sessions, power, and its command line.

Nothing here knows of networks: an endpoint asks `authenticate`, `run_command` and the parts, and is
told by `on_power_change` when to drop its connections.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.lab.clock import Clock

from .accounts import SYSTEM, Account, network_logon
from .disk import Disk
from .images import create_disk
from .power import Power
from .profile import FAULTS, HostProfile, UserProfile
from .registry import Registry
from .registry_base import create_registry
from .scheduler import Scheduler
from .servicing import Servicing
from .sessions import Sessions
from .streams import Streams

_POLICY = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"


class ProgramNotFoundError(Exception):
    """No such program (a command without cmd shell): the endpoint answers fault 2147942402."""


@dataclass
class Service:
    """A Windows service. `start_mode` as WMI says it: Auto, Manual, Disabled."""

    name: str
    display_name: str
    start_mode: str = "Auto"
    running: bool = True


class WindowsHost:
    """A host of the fleet.

    Args:
        profile: Its description.
        folder: The host's own folder; its drive C: lies in `folder/C`. Must not exist with content.
        clock: The fleet's clock.
        templates: Folder of the disk templates that hosts share (same file system as `folder`).
    """

    def __init__(
        self, profile: HostProfile, folder: Path, clock: Clock, templates: Path | None = None
    ) -> None:
        self.profile = profile
        self.name = profile.name
        self.clock = clock
        self.log = logging.getLogger(f"lab.{profile.name}")
        self.faults: set[str] = set(profile.faults)
        self.time_zone: tzinfo = ZoneInfo(profile.time_zone)
        root = folder / "C"
        create_disk(profile, root, templates or folder.parent / ".templates")
        self.disk = Disk(root, profile.free_bytes)
        self.disk.shares = {share.lower(): Path(path) for share, path in profile.shares.items()}
        self.downloads: dict[str, Path] = {url: Path(path) for url, path in profile.downloads.items()}
        # What `certutil -urlcache` has kept, by the SID of the account that downloaded it.
        self.url_cache: dict[str, dict[str, bytes]] = {}
        # Set by whoever has a network: fetches a URL that `downloads` does not name.
        self.fetch: Callable[[str], Awaitable[bytes | None]] | None = None
        self.registry: Registry = create_registry(profile)
        self.services = _services(profile)
        self.users: dict[str, UserProfile] = {user.name.lower(): user for user in profile.users}
        self.unknown_requests: list[str] = []
        self.process_ids = 1000
        self.boot_time: datetime = (clock.now() - timedelta(days=profile.uptime_days)).replace(
            microsecond=500000
        )
        self.sessions = Sessions(self)
        self.power = Power(self)
        self.servicing = Servicing(self)
        self.scheduler = Scheduler(self)
        self._commands: set[asyncio.Task[int]] = set()

    # -- state ---------------------------------------------------------------------------------------

    @property
    def powered(self) -> bool:
        """True while the host answers the network."""
        return self.power.on

    @property
    def is_session_host(self) -> bool:
        """True with the role service Remote Desktop Session Host."""
        return self.profile.os.is_server and self.profile.rdp.application_server

    def on_power_change(self, callback: Callable[[bool], None]) -> None:
        """Call back with True after a boot, with False when the host goes down (connections break)."""
        self.power.callbacks.append(callback)

    def has_fault(self, name: str) -> bool:
        return name in self.faults

    def inject(self, name: str) -> None:
        """Switch a fault of `profile.FAULTS` on. Raises KeyError for an unknown name."""
        if name not in FAULTS:
            raise KeyError(name)
        self.faults.add(name)
        if name == "trustedinstaller_disabled":
            self.services["trustedinstaller"].start_mode = "Disabled"

    def clear_fault(self, name: str) -> None:
        """Switch a fault off."""
        self.faults.discard(name)
        if name == "trustedinstaller_disabled":
            self.services["trustedinstaller"].start_mode = "Manual"

    def local_now(self) -> datetime:
        """The host's local time, aware."""
        return self.clock.now().astimezone(self.time_zone)

    @property
    def utc_offset_minutes(self) -> int:
        """Today's offset, as WMI's CurrentTimeZone gives it."""
        offset = self.local_now().utcoffset() or timedelta()
        return int(offset.total_seconds() // 60)

    # -- accounts ------------------------------------------------------------------------------------

    def find_user(self, name: str) -> UserProfile | None:
        """The account of a logon name (`user`, `DOMAIN\\user`, `user@domain`), or None."""
        plain = name.rpartition("\\")[2].partition("@")[0]
        return self.users.get(plain.lower())

    def logon(self, user: UserProfile) -> Account:
        """The token of a network logon of this user."""
        policy = self.registry.dword(_POLICY, "LocalAccountTokenFilterPolicy")
        account = network_logon(self.profile, user, filter_policy=policy)
        if self.has_fault("access_denied"):
            return Account(account.name, account.domain, account.sid, account.administrator, False)
        return account

    def authenticate(self, name: str, password: str) -> Account | None:
        """The account for a name and password, or None."""
        user = self.find_user(name)
        return self.logon(user) if user is not None and user.password == password else None

    # -- commands ------------------------------------------------------------------------------------

    async def run_command(
        self,
        line: str,
        streams: Streams,
        account: Account = SYSTEM,
        *,
        directory: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> int:
        """Run what follows `cmd.exe /c`.

        Args:
            line: The command line.
            streams: Standard streams; `streams.terminated` ends the command.
            directory, environment: Of the shell (WorkingDirectory, Environment of its Create).

        Returns:
            The exit code, unsigned 32-bit.
        """
        from .cmd.interpreter import run_line

        return await self._run(run_line(self, line, streams, account, directory, environment), streams)

    async def run_program(
        self,
        line: str,
        streams: Streams,
        account: Account = SYSTEM,
        *,
        directory: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> int:
        """Run a program without cmd.exe (WINRS_SKIP_CMD_SHELL, Win32_Process.Create, a task's Exec).

        Raises:
            ProgramNotFoundError: There is no such program.
        """
        from .cmd.interpreter import run_program

        return await self._run(run_program(self, line, streams, account, directory, environment), streams)

    async def _run(self, work: Coroutine[Any, Any, int], streams: Streams) -> int:
        task: asyncio.Task[int] = asyncio.ensure_future(work)
        stopper = asyncio.ensure_future(streams.terminated.wait())
        self._commands.add(task)
        try:
            await asyncio.wait({task, stopper}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                task.cancel()
                # STATUS_CONTROL_C_EXIT: what a process ended by Signal leaves.
                return 0xC000013A
            if task.cancelled():
                return 0xC000013A
            return task.result() & 0xFFFFFFFF
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            stopper.cancel()
            self._commands.discard(task)

    def end_commands(self) -> None:
        """A restart ends every process."""
        for task in list(self._commands):
            if task is not asyncio.current_task():
                task.cancel()

    def unknown(self, what: str) -> None:
        """Note something asked of this host that the lab does not know: it was refused as Windows would."""
        self.unknown_requests.append(what)
        self.log.warning("not known to the lab: %s", what)

    def next_process_id(self) -> int:
        self.process_ids += 4
        return self.process_ids


def utc(moment: datetime) -> datetime:
    return moment.astimezone(timezone.utc)


def _services(profile: HostProfile) -> dict[str, Service]:
    """The services that somebody may ask for, by lower-case name."""
    services = [
        Service("WinRM", "Windows Remote Management (WS-Management)"),
        Service("Winmgmt", "Windows Management Instrumentation"),
        Service("Schedule", "Task Scheduler"),
        Service("EventLog", "Windows Event Log"),
        Service("wuauserv", "Windows Update", "Manual", False),
        Service("TrustedInstaller", "Windows Modules Installer", "Manual", False),
        Service("TermService", "Remote Desktop Services", "Manual", profile.rdp.enabled),
    ]
    if "trustedinstaller_disabled" in profile.faults:
        services[5].start_mode = "Disabled"
    if profile.cluster_node:
        services.append(Service("ClusSvc", "Cluster Service"))
    if profile.domain_controller:
        services.append(Service("NTDS", "Active Directory Domain Services"))
    return {service.name.lower(): service for service in services}
