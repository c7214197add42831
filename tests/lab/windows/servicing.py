# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Component Based Servicing: packages, their states, and what happens to them at the restart.

Files change only at the boot that follows, never when DISM runs: the article says that a restart is
required, and the pending state in between is what a client has to tell apart.
"""

from __future__ import annotations

import re
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from tests.lab.packages.identity import PackageIdentity

from .registry_base import BASE_UPDATES, CBS, PACKAGES, WINDOWS_UPDATE
from .servicing_log import ServicingLog
from .servicing_package import PackageManifest, UnusablePackageError, open_package
from .servicing_plan import Host, PackageDamagedError, Plan, make_plan, version_of
from .servicing_store import ComponentStore

if TYPE_CHECKING:
    from .host import WindowsHost

ABSENT, UNINSTALL_PENDING, STAGED, INSTALL_PENDING, INSTALLED = 0x0, 0x5, 0x40, 0x60, 0x70
STATE_NAMES = {
    ABSENT: "Not Present",
    0x4: "Staged",
    UNINSTALL_PENDING: "Uninstall Pending",
    0x10: "Resolving",
    0x20: "Resolved",
    0x30: "Staging",
    STAGED: "Staged",
    0x50: "Superseded",
    INSTALL_PENDING: "Install Pending",
    0x65: "Partially Installed",
    INSTALLED: "Installed",
    0x80: "Installed",
}
_PENDING_XML = "C:\\Windows\\winsxs\\pending.xml"
_REBOOT_PENDING = f"{CBS}\\RebootPending"

#: Exit codes by fault, in the order in which DISM would meet them (facts: table of exit codes).
FAULT_CODES = {
    "rpc_failed": 1726,
    "another_install_running": 183,
    "trustedinstaller_disabled": 0x80070422,
    "servicing_stack_too_old": 0x800F0823,
    "store_damaged": 0x80073712,
    "restart_needed_first": 0x80070BC2,
    "pending_operations": 0x800F0806,
    "disk_full": 0x80070070,
}
_ROOM_NEEDED = 50 * 1024**2  # what servicing wants free before it begins; assumption


class ServicingError(Exception):
    """Servicing refuses. `code`: what DISM exits with."""

    def __init__(self, code: int) -> None:
        super().__init__(hex(code))
        self.code = code


@dataclass
class Transaction:
    """A package that waits for a restart; `package` and `files` if it comes, none if it goes."""

    identity: str
    members: list[str]
    package: PackageManifest | None = None
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class QuickFix:
    """A row of Win32_QuickFixEngineering; InstalledOn is a string on 6.1."""

    hotfix_id: str
    description: str
    installed_by: str
    installed_on: str


class Servicing:
    """The servicing stack of one host."""

    def __init__(self, host: WindowsHost) -> None:
        self._host = host
        self.log = ServicingLog(host)
        self._pending: dict[str, Transaction] = {}
        self._store = ComponentStore(host.profile, host.disk, host.profile.os.release)
        self._restarts_done = 0
        self._finishing = False
        self.busy = False

    # -- asking --------------------------------------------------------------------------------------

    def state(self, identity: str) -> int:
        return self._host.registry.dword(f"{PACKAGES}\\{identity}", "CurrentState") or ABSENT

    def packages(self) -> list[tuple[str, int]]:
        """Every package identity and its state, as /get-packages lists them."""
        return [(name, self.state(name)) for name in self._host.registry.subkeys(PACKAGES)]

    def quick_fixes(self) -> list[QuickFix]:
        """Installed updates; only packages that servicing calls installed count."""
        rows = [QuickFix(kb, text, "NT AUTHORITY\\SYSTEM", "11/20/2010") for kb, text in BASE_UPDATES]
        for name, state in self.updates():
            if state == INSTALLED and name.startswith("Package_for_KB"):
                kb = name.split("~")[0].removeprefix("Package_for_")
                if all(row.hotfix_id != kb for row in rows):
                    installed = self.install_time(name)
                    date = f"{installed.month}/{installed.day}/{installed.year}" if installed else "1/21/2010"
                    rows.append(QuickFix(kb, "Hotfix", "NT AUTHORITY\\SYSTEM", date))
        return rows

    def updates(self) -> list[tuple[str, int]]:
        names = [name for name in self._host.registry.subkeys(PACKAGES) if name.startswith("Package_")]
        return [(name, self.state(name)) for name in names]

    def install_time(self, identity: str) -> datetime | None:
        key = f"{PACKAGES}\\{identity}"
        high, low = (
            self._host.registry.dword(key, "InstallTimeHigh"),
            self._host.registry.dword(key, "InstallTimeLow"),
        )
        if high is None or low is None:
            return None
        return datetime.fromtimestamp((high << 32 | low) / 10**7 - 11644473600, timezone.utc)

    # -- changing ------------------------------------------------------------------------------------

    async def add_package(self, path: str, report: list[str]) -> int:
        """What DISM /Add-Package does with a file: stage it, mark it pending. Returns DISM's exit code.

        Raises:
            ServicingError: It refuses.
        """
        return await self._exclusive(self._add(path, report))

    async def remove_package(self, identity: str) -> int:
        """What DISM /Remove-Package does. Returns DISM's exit code.

        Raises:
            ServicingError: It refuses.
        """
        return await self._exclusive(self._remove(identity))

    async def _exclusive(self, work: Coroutine[Any, Any, int]) -> int:
        if self.busy:
            work.close()
            raise ServicingError(183)
        self.busy = True
        try:
            return await work
        finally:
            self.busy = False

    async def _work(self) -> None:
        host = self._host
        await host.clock.sleep(600 if host.has_fault("dism_slow") else host.profile.dism_seconds)

    def _refuse(self) -> None:
        host = self._host
        for fault, code in FAULT_CODES.items():
            if host.has_fault(fault):
                self.log.error(f"Failed to process the session: {fault}", code)
                raise ServicingError(code)
        if host.services["trustedinstaller"].start_mode == "Disabled":
            raise ServicingError(0x80070422)
        if host.disk.free < _ROOM_NEEDED:
            raise ServicingError(0x80070070)

    async def _add(self, path: str, report: list[str]) -> int:
        package, files = self._open(path)
        identity = str(package.identity)
        report.append(identity)
        self.log.session_begin(identity)
        await self._work()
        self._refuse()
        if version_of(package.servicing_stack) > version_of(self._host.profile.os.release):
            raise ServicingError(FAULT_CODES["servicing_stack_too_old"])
        plan = self._plan(package, files)
        if plan is None:
            self.log.error(f"Package {identity} is not applicable", 0x800F081E)
            raise ServicingError(0x800F081E)
        state = self.state(identity)
        if state in (INSTALLED, 0x80):
            return 0
        if state == INSTALL_PENDING:
            return 3010
        for member in plan.members:
            self._set_state(member, INSTALL_PENDING)
        self._stage(files)
        self._make_pending(Transaction(identity, list(plan.members), package, files))
        self.log.line(f"Exec: Package: {identity}, pending install, restart required")
        return 3010

    async def _remove(self, identity: str) -> int:
        await self._work()
        self._refuse()
        state = self.state(identity)
        if state == ABSENT:
            raise ServicingError(0x800F0805)
        if self._host.has_fault("cannot_remove") or not identity.startswith("Package_"):
            raise ServicingError(0x800F0825)
        if state == UNINSTALL_PENDING:
            return 3010
        if state == INSTALL_PENDING:
            # Not yet installed: servicing cancels the pending install at the same restart.
            self._pending.pop(identity, None)
        members = self._members_of(identity)
        for member in members:
            self._set_state(member, UNINSTALL_PENDING)
        self._make_pending(Transaction(identity, members))
        self.log.line(f"Exec: Package: {identity}, pending uninstall, restart required")
        return 3010

    def _open(self, path: str) -> tuple[PackageManifest, dict[str, bytes]]:
        try:
            return open_package(self._host.disk, path)
        except UnusablePackageError as error:
            raise ServicingError(error.code) from error

    def _plan(self, package: PackageManifest, files: dict[str, bytes]) -> Plan | None:
        def installed(identity: PackageIdentity) -> bool:
            return self.state(str(identity)) == INSTALLED

        try:
            return make_plan(package, files, Host(installed, self._store.version), self._store.path)
        except PackageDamagedError as error:
            raise ServicingError(error.code) from error

    def _members_of(self, root: str) -> list[str]:
        """The package and those below it: `Package_for_KB…_RTM`, `Package_1_for_KB…` of the same version."""
        name, _unused, rest = root.partition("~")
        kb, _unused, forced = name.removeprefix("Package_for_").partition("_")
        end = f"_{forced}" if forced else ""
        below = re.compile(
            rf"Package_(for_{kb}_(RTM|SP1)|\d+_for_{kb}){end}~{re.escape(rest)}", re.IGNORECASE
        )
        names = self._host.registry.subkeys(PACKAGES)
        return [root, *(each for each in names if below.fullmatch(each))]

    def _stage(self, files: dict[str, bytes]) -> None:
        """Lay the payload into winsxs, where real servicing keeps it until the restart."""
        disk = self._host.disk
        for name, data in files.items():
            folder, _unused, _unused = name.rpartition("\\")
            if folder:
                target = f"C:\\Windows\\winsxs\\{folder}"
                if not disk.exists(target):
                    disk.make_folder(target)
                disk.write(f"C:\\Windows\\winsxs\\{name}", data)

    def _make_pending(self, transaction: Transaction) -> None:
        self._pending[transaction.identity] = transaction
        self._restarts_done = 0
        self._host.registry.create(_REBOOT_PENDING)
        self._host.disk.write(
            _PENDING_XML, b"<?xml version='1.0' encoding='utf-8'?><PendingTransaction/>\r\n"
        )

    def _set_state(self, identity: str, state: int) -> None:
        registry, key = self._host.registry, f"{PACKAGES}\\{identity}"
        if state == ABSENT:
            registry.delete(key)
            return
        registry.set(key, "CurrentState", state)
        registry.set(key, "InstallClient", "DISM Package Manager Provider")
        registry.set(key, "InstallUser", "S-1-5-18")
        if state == INSTALLED:
            ticks = int((self._host.clock.now().timestamp() + 11644473600) * 10**7)
            registry.set(key, "InstallTimeHigh", ticks >> 32)
            registry.set(key, "InstallTimeLow", ticks & 0xFFFFFFFF)

    # -- power ---------------------------------------------------------------------------------------

    def went_down(self) -> None:
        self.busy = False

    def at_boot(self) -> bool:
        """Work before the network is up. Returns True if there was any."""
        # RebootPending and RebootRequired are volatile keys: a boot starts without them.
        self._host.registry.delete(f"{WINDOWS_UPDATE}\\RebootRequired")
        self._host.clear_fault("restart_needed_first")
        if not self._pending:
            self._host.registry.delete(_REBOOT_PENDING)
            return False
        self._restarts_done += 1
        self._finishing = not self.needs_second_restart
        if self._finishing:
            for transaction in list(self._pending.values()):
                self._commit(transaction)
        return True

    @property
    def needs_second_restart(self) -> bool:
        return bool(self._pending) and self._host.has_fault("second_restart") and self._restarts_done < 2

    def finish_boot(self) -> None:
        """The end of boot-time servicing: nothing is pending any more."""
        self._pending.clear()
        self._restarts_done = 0
        self._host.registry.delete(_REBOOT_PENDING)
        if self._host.disk.exists(_PENDING_XML):
            self._host.disk.delete(_PENDING_XML)

    def _commit(self, transaction: Transaction) -> None:
        host, identity, members = self._host, transaction.identity, transaction.members
        installing = transaction.package is not None
        if host.has_fault("revert_on_boot"):
            for member in members:
                self._set_state(member, ABSENT if installing else INSTALLED)
            self.log.error(
                f"Startup: Failed to process advanced operation queue, rolling back {identity}", 0x800F0922
            )
            self.log.line(f"Startup: Package: {identity}, changes were rolled back, final state: Absent")
            return
        if transaction.package is None:
            self._store.remove(identity, host.clock.now())
        # Another package of the same boot may have changed the components since.
        elif plan := self._plan(transaction.package, transaction.files):
            self._store.install(identity, plan, host.clock.now())
        for member in members:
            self._set_state(member, INSTALLED if installing else ABSENT)
        final = "Installed" if installing else "Absent"
        self.log.line(f"Startup: Package: {identity}, completed, final state: {final}, hr 0x0")
