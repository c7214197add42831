# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sc, net, tasklist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..cmd.expansion import split_arguments

if TYPE_CHECKING:
    from ..cmd.process import Process

_START = {"Auto": "2   AUTO_START", "Manual": "3   DEMAND_START", "Disabled": "4   DISABLED"}
_MODES = {"auto": "Auto", "demand": "Manual", "disabled": "Disabled"}


async def sc(process: Process) -> int:
    """`sc query NAME`, `sc qc NAME`, `sc config NAME start= auto|demand|disabled`."""
    words = [word.lower() for word in split_arguments(process.arguments)]
    if len(words) == 4 and words[0] == "config" and words[2] == "start=" and words[3] in _MODES:
        return _config(process, words[1], _MODES[words[3]])
    if len(words) != 2 or words[0] not in ("query", "qc"):
        process.host.unknown(f"sc {process.arguments}")
        process.line("ERROR:  Unrecognized command")
        return 1639
    service = process.host.services.get(words[1])
    if service is None:
        call = "EnumQueryServicesStatus:OpenService" if words[0] == "query" else "OpenService"
        process.line(f"[SC] {call} FAILED 1060:\r\n")
        process.line("The specified service does not exist as an installed service.\r\n")
        return 1060
    running = service.running or (service.name == "TrustedInstaller" and process.host.servicing.busy)
    if words[0] == "qc":
        process.line("[SC] QueryServiceConfig SUCCESS\r\n")
        process.line(f"SERVICE_NAME: {service.name}")
        process.line("        TYPE               : 10  WIN32_OWN_PROCESS ")
        process.line(f"        START_TYPE         : {_START[service.start_mode]}")
        process.line(f"        DISPLAY_NAME       : {service.display_name}")
        return 0
    process.line(f"\r\nSERVICE_NAME: {service.name} ")
    process.line("        TYPE               : 10  WIN32_OWN_PROCESS  ")
    process.line(f"        STATE              : {'4  RUNNING' if running else '1  STOPPED'} ")
    process.line("        WIN32_EXIT_CODE    : 0  (0x0)")
    return 0


def _config(process: Process, name: str, start_mode: str) -> int:
    """The blank after `start=` is part of sc's grammar: without it sc prints its usage."""
    service = process.host.services.get(name)
    code = 1060 if service is None else 0 if process.account.may_administer else 5
    if service is None or code:
        process.line(f"[SC] OpenService FAILED {code}:\r\n")
        return code
    service.start_mode = start_mode
    process.line("[SC] ChangeServiceConfig SUCCESS")
    return 0


async def net(process: Process) -> int:
    """`net session` (the usual test for elevation), `net start`, `net localgroup GROUP`."""
    words = [word.lower() for word in split_arguments(process.arguments)]
    host = process.host
    if words[:1] in (["session"], ["sessions"]):
        if not process.account.may_administer:
            process.err("System error 5 has occurred.\r\n\r\nAccess is denied.\r\n")
            return 2
        process.line("There are no entries in the list.\r\n")
        return 0
    if words == ["start"]:
        process.line("These Windows services are started:\r\n")
        for service in host.services.values():
            if service.running:
                process.line(f"   {service.display_name}")
        process.line("\r\nThe command completed successfully.\r\n")
        return 0
    if len(words) == 2 and words[0] == "localgroup":
        if words[1] != str(process.texts["administrators"]).lower():
            process.err(
                "System error 1376 has occurred.\r\n\r\nThe specified local group does not exist.\r\n"
            )
            return 2
        process.line(f"Alias name     {process.texts['administrators']}\r\n\r\nMembers\r\n")
        for user in host.users.values():
            if user.administrator:
                process.line(user.name)
        process.line("The command completed successfully.\r\n")
        return 0
    host.unknown(f"net {process.arguments}")
    process.err("The syntax of this command is:\r\n\r\nNET [ LOCALGROUP | SESSION | START ]")
    return 1


async def tasklist(process: Process) -> int:
    """`tasklist [/fi "imagename eq NAME"] [/fo csv] [/nh]`."""
    words = split_arguments(process.arguments)
    lowered = [word.lower() for word in words]
    images = [
        "System",
        "smss.exe",
        "csrss.exe",
        "services.exe",
        "lsass.exe",
        "svchost.exe",
        "winrshost.exe",
        "cmd.exe",
    ]
    if process.host.servicing.busy:
        images += ["TrustedInstaller.exe", "Dism.exe"]
    if "/fi" in lowered:
        condition = lowered[lowered.index("/fi") + 1].split()
        if condition[:2] != ["imagename", "eq"] or len(condition) != 3:
            process.host.unknown(f"tasklist {process.arguments}")
            process.err("ERROR: The search filter cannot be recognized.")
            return 1
        images = [image for image in images if image.lower() == condition[2]]
    if not images:
        process.line("INFO: No tasks are running which match the specified criteria.")
        return 0
    csv = "csv" in lowered
    if "/nh" not in lowered:
        process.line(
            '"Image Name","PID","Session Name","Session#","Mem Usage"' if csv else "\r\nImage Name       PID"
        )
    for number, image in enumerate(images):
        identifier = 4 + number * 104
        process.line(
            f'"{image}","{identifier}","Services","0","4,096 K"' if csv else f"{image:<25} {identifier:>8}"
        )
    return 0
