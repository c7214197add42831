# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""schtasks.exe: /create /xml, /run, /delete, /query. Messages after 6.1; CSV is localised."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from .. import task_xml
from ..accounts import SYSTEM
from ..cmd.expansion import split_arguments
from ..disk import DiskError
from ..scheduler import Task

if TYPE_CHECKING:
    from ..cmd.process import Process

_WITH_VALUE = {"/tn", "/xml", "/ru", "/rp", "/fo", "/u", "/p", "/s", "/sc", "/st", "/sd", "/tr", "/mo", "/rl"}
_NO_TASK = 'ERROR: The specified task name "{name}" does not exist in the system.'


async def schtasks(process: Process) -> int:
    """One verb and its options."""
    words = split_arguments(process.arguments)
    verbs = {"/create": _create, "/run": _run, "/delete": _delete, "/query": _query}
    verb = next((word.lower() for word in words if word.lower() in verbs), "/query" if not words else "")
    options: dict[str, str] = {}
    index = 0
    while index < len(words):
        name = words[index].lower()
        value = words[index + 1] if index + 1 < len(words) else ""
        takes = name in _WITH_VALUE and not (name == "/xml" and verb == "/query")
        options[name] = value if takes else ""
        index += 2 if takes else 1
    known = set(verbs) | {"/tn", "/xml", "/ru", "/f", "/fo", "/nh", "/v", "/i", "/rp"}
    if not verb or set(options) - known:
        process.host.unknown(f"schtasks {process.arguments}")
        process.err('ERROR: Invalid syntax.\r\nType "SCHTASKS /?" for usage.')
        return 1
    return await verbs[verb](process, options)


def _denied(process: Process) -> bool:
    if process.account.may_administer and not process.host.has_fault("access_denied"):
        return False
    process.err("ERROR: Access is denied.")
    return True


async def _confirm(process: Process, options: dict[str, str], question: str) -> bool:
    if "/f" in options:
        return True
    process.out(question)
    return (await process.read_text()).strip().lower().startswith("y")


async def _create(process: Process, options: dict[str, str]) -> int:
    name = options.get("/tn", "")
    if "/xml" not in options or not name:
        # /SC, /ST, /SD depend on the host's locale; the lab knows definitions in XML only.
        process.host.unknown(f"schtasks {process.arguments}")
        process.err(
            'ERROR: Invalid syntax. Mandatory option missing.\r\nType "SCHTASKS /CREATE /?" for usage.'
        )
        return 1
    if _denied(process):
        return 1
    try:
        data = process.read(process.path(options["/xml"]))
    except DiskError:
        process.err("ERROR: The system cannot find the file specified.")
        return 1
    question = f'WARNING: The task name "{name}" already exists. Do you want to replace it (Y/N)? '
    if process.host.scheduler.find(name) and not await _confirm(process, options, question):
        return 0
    try:
        scheduler = process.host.scheduler
        task = scheduler.register(name, task_xml.decode(data), process.account)
        if options.get("/ru", "").lower() in ("system", "nt authority\\system", "s-1-5-18"):
            task.account = SYSTEM
    except task_xml.TaskXmlError as error:
        process.err(f"ERROR: {error}")
        return 1
    process.line(f'SUCCESS: The scheduled task "{name}" has successfully been created.')
    return 0


async def _run(process: Process, options: dict[str, str]) -> int:
    name = options.get("/tn", "")
    task = process.host.scheduler.find(name)
    if task is None:
        process.err("ERROR: The system cannot find the file specified.")
        return 1
    if _denied(process):
        return 1
    if not task.definition.start_on_demand:
        process.err("ERROR: The task cannot be started on demand.")
        return 1
    process.host.scheduler.run(task)
    process.line(f'SUCCESS: Attempted to run the scheduled task "{name}".')
    return 0


async def _delete(process: Process, options: dict[str, str]) -> int:
    name = options.get("/tn", "")
    if process.host.scheduler.find(name) is None:
        process.err(_NO_TASK.format(name=name))
        return 1
    if _denied(process):
        return 1
    question = f'WARNING: Are you sure you want to remove the task "{name}" (Y/N)? '
    if not await _confirm(process, options, question):
        return 0
    process.host.scheduler.delete(name)
    process.line(f'SUCCESS: The scheduled task "{name}" was successfully deleted.')
    return 0


async def _query(process: Process, options: dict[str, str]) -> int:
    scheduler, name = process.host.scheduler, options.get("/tn", "")
    if not name:
        tasks = scheduler.all()
    elif name.endswith("\\"):
        prefix = "\\" + name.strip("\\").lower() + "\\"
        tasks = [task for task in scheduler.all() if task.name.lower().startswith(prefix)]
    else:
        found = scheduler.find(name)
        tasks = [found] if found else []
    if name and not tasks:
        process.err("ERROR: The system cannot find the file specified.")
        return 1
    if "/xml" in options:
        for task in tasks:
            body = re.sub(r"^\s*<\?xml[^>]*\?>\s*", "", task.xml)
            process.line('<?xml version="1.0" encoding="UTF-16"?>\r\n' + body.rstrip())
        return 0
    if process.code_page != 437 and process.host.has_fault("schtasks_code_page"):
        process.err("ERROR: Unable to load column resource.")
        return 1
    if not name and process.host.has_fault("schtasks_list_broken"):
        _print(process, tasks[:1], options)
        process.err("ERROR: The task image is corrupt or has been tampered with.")
        return 1
    _print(process, tasks, options)
    return 0


def _stamp(process: Process, moment: datetime | None) -> str:
    """A time in the host's locale."""
    if moment is None:
        return str(process.texts["not_available"])
    local = moment.astimezone(process.host.time_zone)
    clock = "%I:%M:%S %p" if process.texts["time_12"] else "%H:%M:%S"
    return local.strftime(f"{process.texts['date']} {clock}")


def _result(process: Process, task: Task) -> str:
    """The Last Result. Windows 7 shows 1 for a task that never ran (recorded), a server its code."""
    if task.last_run is None and not process.host.profile.os.is_server:
        return "1"
    return str(task.last_result - (1 << 32) if task.last_result & 0x80000000 else task.last_result)


def _row(process: Process, task: Task) -> list[str]:
    states: dict[str, str] = process.texts["schtasks_status"]  # type: ignore[assignment]
    status = "running" if task.running else "ready" if task.definition.enabled else "disabled"
    command, arguments, _unused = task.definition.commands[0]
    return [
        process.host.profile.netbios_name,
        task.name,
        _stamp(process, process.host.scheduler.next_run(task)),
        states[status],
        "Interactive/Background",
        _stamp(process, task.last_run),
        _result(process, task),
        str(process.texts["not_available"]),
        f"{command} {arguments}".strip(),
    ]


def _print(process: Process, tasks: list[Task], options: dict[str, str]) -> None:
    headers: list[str] = list(process.texts["schtasks_headers"])  # type: ignore[call-overload]
    columns = range(len(headers)) if "/v" in options else range(1, 4)
    form = options.get("/fo", "table").lower()
    rows = [_row(process, task) for task in tasks]
    if form == "list":
        for row in rows:
            process.line()
            for column in columns:
                process.line(f"{headers[column] + ':':<38}{row[column]}")
        return
    if form == "csv":
        # Quotes inside a field are not doubled: that is how it is on 6.1.
        if "/nh" not in options:
            process.line(",".join(f'"{headers[column]}"' for column in columns))
        for row in rows:
            process.line(",".join(f'"{row[column]}"' for column in columns))
        return
    widths = {1: 40, 2: 22, 3: 15}
    process.line()
    if "/nh" not in options:
        process.line(" ".join(headers[column].ljust(widths.get(column, 20)) for column in columns))
        process.line(" ".join("=" * widths.get(column, 20) for column in columns))
    for row in rows:
        process.line(" ".join(row[column].ljust(widths.get(column, 20)) for column in columns))
