# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of cmd.exe and of the programs whose output is read."""

from __future__ import annotations

import re

from .._assessment.assess import assessment_commands
from .._windows.joined_command import ask_once
from .._windows.scheduled_tasks import last_result
from .._windows.task_xml import TaskXmlError, parse_task_xml
from .._wsman.shell import MAX_COMMAND_LINE
from .._wsman.wmi_values import as_int
from ._assumptions import UNDECIDED, Finding, found
from ._host import Check, CheckedHost, last_line

# Tasks with a command that ship with Windows 7 and Windows Server 2008 R2, enabled or not.
_TASKS = (
    "\\Microsoft\\Windows\\Defrag\\ScheduledDefrag",
    "\\Microsoft\\Windows\\Time Synchronization\\SynchronizeTime",
)
_NO_TASK = Finding(UNDECIDED, "none of the tasks that ship with Windows exists")
# Any hotfix will do: the parts ask the same questions for each.
_KB = "KB978918"
_NT_VERSION = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
_FOUNDATION = "Microsoft-Windows-Foundation-Package"
_NOT_APPLICABLE = 0x800F081E
_COMMANDS = 18
_LONG_WAIT = 10.0
_LETTERS = "ä я 日"
_PROCESSORS = {"x86": "x86", "x64": "AMD64", "ia64": "IA64"}


def _sixty_four_bit_files(host: CheckedHost) -> Finding:
    architecture = host.system.architecture
    if not host.is_64_bit:
        return Finding(UNDECIDED, f"{architecture} has one System32")
    shell = last_line(host.session.run("echo %PROCESSOR_ARCHITECTURE%").stdout)
    native, emulated = (f"{host.windows}\\{folder}\\credssp.dll" for folder in ("System32", "SysWOW64"))
    sizes = {path: file.size for path, file in host.files([native, emulated]).items()}
    evidence = f"the shell is {shell}; credssp.dll: {sizes}"
    if emulated not in sizes:
        return found(shell == _PROCESSORS.get(architecture or ""), evidence)
    listed = host.session.run(f'for %f in ("{native}") do @echo %~zf').stdout
    evidence += f", by cmd.exe {last_line(listed)}"
    same = as_int(last_line(listed)) == sizes.get(native)
    return found(same and shell == _PROCESSORS.get(architecture or ""), evidence)


def _manifests_folder(host: CheckedHost) -> Finding:
    folder = f"{host.windows}\\winsxs\\Manifests"
    name = host.session.run(f'for %f in ("{folder}\\*.manifest") do @echo %~nxf& exit').stdout.strip()
    if not name:
        return Finding(UNDECIDED, f"no manifest in {folder}")
    path = f"{folder}\\{name}"
    count = host.count_rows(path)
    return found(count > 0, f"{name}: {count} rows")


def _reg_first_level(host: CheckedHost) -> Finding:
    lines = host.session.run(f'reg query "{_NT_VERSION}" /k /f Winlogon').stdout.splitlines()
    keys = [line.strip() for line in lines if line.startswith("HKEY_")]
    first = [key for key in keys if key.lower().endswith("\\currentversion\\winlogon")]
    return found(bool(first), f"{len(keys)} keys, {len(first)} of them on the first level")


def _servicing_by_dism(host: CheckedHost) -> Finding:
    line = f"dism /online /english /get-packages | findstr /c:{_FOUNDATION}"
    result = host.session.run(line, timeout=600)
    return found(_FOUNDATION in result.stdout, last_line(result.stdout + result.stderr))


def _servicing_log(host: CheckedHost) -> Finding:
    path = f"{host.windows}\\Logs\\CBS\\CBS.log"
    result = host.session.run(f'find /c /v "" < "{path}"')
    count = as_int(result.stdout)
    if count is None and not host.files([path]):
        return Finding(UNDECIDED, "servicing has not written a log yet")
    return found(count is not None, f"{count} lines" if count is not None else last_line(result.stderr))


def _integrity_label(host: CheckedHost) -> Finding:
    # Only the label is read, because the other lines name the account's groups.
    text = host.session.run("whoami /groups /fo csv /nh | findstr S-1-16-").stdout
    labels = re.findall(r"S-1-16-\d+", text)
    if not labels:
        return found(False, "no label")
    return found(labels[0] in ("S-1-16-12288", "S-1-16-16384"), f"label {labels[0]}")


def _many_commands(host: CheckedHost) -> Finding:
    clock = host.session.clock
    longest = 0.0
    with host.session.shell() as shell:
        for _number in range(_COMMANDS):
            began = clock.now()
            shell.run("ver")
            longest = max(longest, clock.now() - began)
    waited = longest > _LONG_WAIT
    return found(not waited, f"{_COMMANDS} commands, {'with' if waited else 'without'} a wait beyond 10 s")


def _exit_codes(host: CheckedHost) -> Finding:
    code = host.session.run(f"cmd /c exit {_NOT_APPLICABLE - (1 << 32)}").exit_code
    return found(code == _NOT_APPLICABLE, f"0x{code:08X}")


def _long_command_line(host: CheckedHost) -> Finding:
    text = "x" * (MAX_COMMAND_LINE - len("echo "))
    length = len(host.session.run(f"echo {text}").stdout.strip())
    return found(length == len(text), f"{length} of {len(text)} characters came back")


def _non_ascii_output(host: CheckedHost) -> Finding:
    text = host.session.run(f"echo {_LETTERS}").stdout.strip()
    return found(text == _LETTERS, repr(text))


def _task_xml(host: CheckedHost) -> Finding:
    for name in _TASKS:
        ways = {
            "type": f'type "%SystemRoot%\\System32\\Tasks{name}"',
            "schtasks": f'schtasks /query /tn "{name}" /xml',
        }
        texts = {way: host.session.run(f"{line} 2>nul").stdout for way, line in ways.items()}
        if any(texts.values()):
            readings = {way: _reading(text) for way, text in texts.items()}
            evidence = ", ".join(f"{way}: {reading or 'read'}" for way, reading in readings.items())
            return found("" in readings.values(), f"{name}: {evidence}")
    return _NO_TASK


def _reading(text: str) -> str:
    """Return why a task's XML cannot be parsed, or an empty text if it can."""
    try:
        parse_task_xml(text)
    except TaskXmlError as error:
        return str(error)
    return ""


def _task_listing(host: CheckedHost) -> Finding:
    for name in _TASKS:
        there = host.session.run(f'schtasks /query /tn "{name}" >nul 2>nul').exit_code == 0
        if there:
            result = last_result(host.session, name)
            return found(result is not None, f"{name}: last result {result}")
    return _NO_TASK


def _system_log(host: CheckedHost) -> Finding:
    result = host.session.run('wevtutil qe System "/q:*" /c:1 /rd:true /f:xml >nul')
    return found(result.exit_code == 0, last_line(result.stderr) if result.exit_code else "it is readable")


def _joined_command(host: CheckedHost) -> Finding:
    parts = assessment_commands(_KB, exposure=True)
    lost = [name for name in parts if name not in ask_once(host.session, parts)]
    return found(
        not lost, f"{len(lost)} of {len(parts)} parts were lost{': ' if lost else ''}{', '.join(lost)}"
    )


CHECKS: dict[str, Check] = {
    "joined-command": _joined_command,
    "sixty-four-bit-files": _sixty_four_bit_files,
    "manifests-folder": _manifests_folder,
    "reg-first-level": _reg_first_level,
    "servicing-by-dism": _servicing_by_dism,
    "servicing-log": _servicing_log,
    "integrity-label": _integrity_label,
    "many-commands": _many_commands,
    "exit-codes": _exit_codes,
    "long-command-line": _long_command_line,
    "non-ascii-output": _non_ascii_output,
    "task-xml": _task_xml,
    "task-listing": _task_listing,
    "system-log": _system_log,
}
