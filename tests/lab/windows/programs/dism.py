# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dism.exe and wusa.exe of 6.1; texts and exit codes after recorded output and the table of the facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..cmd.expansion import split_arguments
from ..disk import DiskError
from ..registry_base import PACKAGES
from ..servicing import INSTALLED, STATE_NAMES, ServicingError
from ..servicing_log import DISM_LOG
from ..servicing_package import UnusablePackageError, open_package

if TYPE_CHECKING:
    from ..cmd.process import Process

_TEXTS = {
    3: "An error occurred trying to open - {path} Error: 0x80070003",
    50: "The request is not supported.",
    183: "Cannot create a file when that file already exists.",
    1726: "The remote procedure call failed.",
    0x80070002: "The system cannot find the file specified.",
    0x80070070: "There is not enough space on the disk.",
    0x80070422: "The service cannot be started, either because it is disabled or because it has no enabled "
    "devices associated with it.",
    0x80070BC2: "The requested operation is successful. "
    "Changes will not be effective until the system is rebooted.",
    0x800736CC: "The component's file does not match the verification information present in the component "
    "manifest.",
    0x80073701: "The referenced assembly could not be found.",
    0x80073712: "The component store has been corrupted.",
    0x800F0805: "The specified package is not valid Windows package.",
    0x800F0806: "The operation could not be completed due to pending operations.",
    0x800F081E: "The specified package is not applicable to this image.",
    0x800F0823: "The specified package requires a newer version of the servicing stack.",
    0x800F0825: "Package cannot be uninstalled.",
    0x800F0831: "The component store is corrupt.",
}
_KNOWN = {
    "online", "english", "quiet", "norestart", "logpath", "loglevel", "ignorecheck", "scratchdir", "format",
    "add-package", "remove-package", "get-packages", "get-packageinfo", "packagepath", "packagename",
}  # fmt: skip


def _options(arguments: str) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    for word in split_arguments(arguments):
        name, _unused, value = word.removeprefix("/").removeprefix("-").partition(":")
        if not value and "=" in name:
            name, _unused, value = name.partition("=")
        result.setdefault(name.lower(), []).append(value)
    return result


async def dism(process: Process) -> int:
    """`dism /online /english /add-package|/remove-package|/get-packages|/get-packageinfo …`."""
    host, options = process.host, _options(process.arguments)
    quiet = "quiet" in options
    if not process.account.may_administer:
        process.line("\r\nError: 740\r\n\r\nElevated permissions are required to run DISM.")
        process.line("Use an elevated command prompt to complete these tasks.")
        return 740
    if not quiet:
        process.line("\r\nDeployment Image Servicing and Management tool")
        process.line("Version: 6.1.7600.16385\r\n")
    unknown = set(options) - _KNOWN
    verb = next((name for name in _VERBS if name in options), "")
    if unknown or "online" not in options or not verb:
        host.unknown(f"dism {process.arguments}")
        process.line(f"\r\nError: 87\r\n\r\nThe {min(unknown, default='command-line')} option is unknown.")
        return 87
    if not quiet:
        process.line(f"Image Version: {host.profile.os.version}.16385\r\n")
    log = process.path((options.get("logpath") or [DISM_LOG])[0])
    host.servicing.log.dism(
        f"DISM.EXE: <----- Starting Dism.exe session -----> {process.arguments.strip()}", log
    )
    code = await _VERBS[verb](process, options, quiet)
    host.servicing.log.dism(f"DISM.EXE: Dism.exe exit code: 0x{code:x}", log)
    return await _after(process, code, options, quiet)


async def _after(process: Process, code: int, options: dict[str, list[str]], quiet: bool) -> int:
    """Messages at the end; without /NoRestart DISM restarts (with /Quiet unasked)."""
    if code == 3010:
        if "norestart" in options:
            if not quiet:
                process.line("Restart Windows to complete this operation.")
            return code
        if not quiet:
            process.line("Restart Windows to complete this operation.")
            process.out("Do you want to restart the computer now (Y/N)? ")
        if quiet or (await process.read_text()).strip().lower().startswith("y"):
            process.host.power.schedule(0, restart=True, comment="DISM", reason="p:2:17")
    elif code:
        number = str(code) if code < 0x10000 else f"0x{code:08x}"
        path = (options.get("packagepath") or [""])[0]
        process.line(f"\r\nError: {number}\r\n\r\n{_TEXTS.get(code, 'An error occurred.').format(path=path)}")
        process.line("\r\nThe DISM log file can be found at C:\\Windows\\Logs\\DISM\\dism.log")
    elif not quiet:
        process.line("The operation completed successfully.")
    return code


async def _add(process: Process, options: dict[str, list[str]], quiet: bool) -> int:
    result = 0
    paths = [path for path in options.get("packagepath", []) if path]
    for number, text in enumerate(paths, 1):
        try:
            path = process.path(text)
        except DiskError:
            return 3
        if not process.host.disk.is_file(path):
            return 3
        if path.lower().endswith(".msu"):
            return 50
        report: list[str] = []
        try:
            code = await process.host.servicing.add_package(path, report)
        except ServicingError as error:
            return error.code
        if not quiet:
            process.line(f"Processing {number} of {len(paths)} - Adding package {report[0]}")
            process.line("[==========================100.0%==========================]")
        result = max(result, code)
    return result if paths else 87


async def _remove(process: Process, options: dict[str, list[str]], quiet: bool) -> int:
    names = [name for name in options.get("packagename", []) if name]
    for text in options.get("packagepath", []):
        try:
            path = process.path(text)
            package, _unused = open_package(process.host.disk, path)
        except DiskError:
            return 3
        except UnusablePackageError as error:
            return error.code
        names.append(str(package.identity))
    result = 0
    for name in names:
        registry = process.host.registry
        identity = registry.spelled(f"{PACKAGES}\\{name}").rpartition("\\")[2]
        try:
            result = max(result, await process.host.servicing.remove_package(identity))
        except ServicingError as error:
            return error.code
    return result if names else 87


async def _list(process: Process, options: dict[str, list[str]], quiet: bool) -> int:
    process.line("Packages listing:\r\n")
    for identity, state in process.host.servicing.packages():
        _block(process, identity, state)
    return 0


def _block(process: Process, identity: str, state: int) -> None:
    installed = process.host.servicing.install_time(identity) if state >= INSTALLED else None
    stamp = ""
    if installed is not None:
        local = installed.astimezone(process.host.time_zone)
        stamp = local.strftime(f"{process.texts['date']} %H:%M")
    kind = (
        "Hotfix"
        if identity.startswith("Package_")
        else "Foundation"
        if "Foundation" in identity
        else "Feature Pack"
    )
    process.line(f"Package Identity : {identity}")
    process.line(f"State : {STATE_NAMES.get(state, 'Invalid')}")
    process.line(f"Release Type : {kind}")
    process.line(f"Install Time : {stamp}\r\n")


_VERBS = {"add-package": _add, "remove-package": _remove, "get-packages": _list}
