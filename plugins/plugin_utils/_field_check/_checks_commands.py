# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection: checks of cmd.exe and of the programs that are read from."""

from __future__ import annotations

import re

from .._windows.scheduled_tasks import last_result
from .._windows.task_xml import TaskXmlError, parse_task_xml
from .._wsman.shell import MAX_COMMAND_LINE
from .._wsman.wmi_values import as_int, quote_wql
from ._assumptions import UNDECIDED, Finding, found
from ._host import Check, Subject, last_line

# Tasks with a command that Windows 7 and Windows Server 2008 R2 come with, switched off or not.
_TASKS = (
    "\\Microsoft\\Windows\\Defrag\\ScheduledDefrag",
    "\\Microsoft\\Windows\\Time Synchronization\\SynchronizeTime",
)
_NT_VERSION = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
_FOUNDATION = "Microsoft-Windows-Foundation-Package"
_NOT_APPLICABLE = 0x800F081E
_COMMANDS = 18
_LONG_WAIT = 10.0
_LETTERS = "ä я 日"
_PROCESSORS = {"x86": "x86", "x64": "AMD64", "ia64": "IA64"}


def _sixty_four_bit_files(subject: Subject) -> Finding:
    architecture = subject.system.architecture
    if not subject.is_64_bit:
        return Finding(UNDECIDED, f"{architecture} has one System32")
    shell = last_line(subject.session.run("echo %PROCESSOR_ARCHITECTURE%").stdout)
    native, emulated = (f"{subject.windows}\\{folder}\\credssp.dll" for folder in ("System32", "SysWOW64"))
    sizes = {path: file.size for path, file in subject.files([native, emulated]).items()}
    evidence = f"the shell is {shell}; credssp.dll: {sizes}"
    if emulated not in sizes:
        return found(shell == _PROCESSORS.get(architecture or ""), evidence)
    listed = subject.session.run(f'for %f in ("{native}") do @echo %~zf').stdout
    evidence += f", by cmd.exe {last_line(listed)}"
    same = as_int(last_line(listed)) == sizes.get(native)
    return found(same and shell == _PROCESSORS.get(architecture or ""), evidence)


def _manifests_folder(subject: Subject) -> Finding:
    folder = f"{subject.windows}\\winsxs\\Manifests"
    name = subject.session.run(f'for %f in ("{folder}\\*.manifest") do @echo %~nxf& exit').stdout.strip()
    if not name:
        return Finding(UNDECIDED, f"no manifest in {folder}")
    path = f"{folder}\\{name}"
    rows = subject.session.query(f"SELECT Name FROM CIM_DataFile WHERE Name={quote_wql(path)}")
    return found(bool(rows), f"{name}: {len(rows)} rows")


def _reg_first_level(subject: Subject) -> Finding:
    lines = subject.session.run(f'reg query "{_NT_VERSION}" /k /f Winlogon').stdout.splitlines()
    keys = [line.strip() for line in lines if line.startswith("HKEY_")]
    first = [key for key in keys if key.lower().endswith("\\currentversion\\winlogon")]
    return found(bool(first), f"{len(keys)} keys, {len(first)} of them on the first level")


def _servicing_by_dism(subject: Subject) -> Finding:
    line = f"dism /online /english /get-packages | findstr /c:{_FOUNDATION}"
    result = subject.session.run(line, timeout=600)
    return found(_FOUNDATION in result.stdout, last_line(result.stdout + result.stderr))


def _servicing_log(subject: Subject) -> Finding:
    path = f"{subject.windows}\\Logs\\CBS\\CBS.log"
    result = subject.session.run(f'find /c /v "" < "{path}"')
    count = as_int(result.stdout)
    if count is None and not subject.files([path]):
        return Finding(UNDECIDED, "servicing has written none yet")
    return found(count is not None, f"{count} lines" if count is not None else last_line(result.stderr))


def _integrity_label(subject: Subject) -> Finding:
    # Nothing but the label is asked for: the other lines name the account's groups.
    text = subject.session.run("whoami /groups /fo csv /nh | findstr S-1-16-").stdout
    labels = re.findall(r"S-1-16-\d+", text)
    if not labels:
        return found(False, "no label")
    return found(labels[0] in ("S-1-16-12288", "S-1-16-16384"), f"label {labels[0]}")


def _many_commands(subject: Subject) -> Finding:
    clock = subject.session.clock
    longest = 0.0
    with subject.session.shell() as shell:
        for _number in range(_COMMANDS):
            began = clock.now()
            shell.run("ver")
            longest = max(longest, clock.now() - began)
    waited = longest > _LONG_WAIT
    return found(not waited, f"{_COMMANDS} commands, {'with' if waited else 'without'} a wait beyond 10 s")


def _exit_codes(subject: Subject) -> Finding:
    code = subject.session.run(f"cmd /c exit {_NOT_APPLICABLE - (1 << 32)}").exit_code
    return found(code == _NOT_APPLICABLE, f"0x{code:08X}")


def _long_command_line(subject: Subject) -> Finding:
    text = "x" * (MAX_COMMAND_LINE - len("echo "))
    length = len(subject.session.run(f"echo {text}").stdout.strip())
    return found(length == len(text), f"{length} of {len(text)} characters came back")


def _non_ascii_output(subject: Subject) -> Finding:
    text = subject.session.run(f"echo {_LETTERS}").stdout.strip()
    return found(text == _LETTERS, repr(text))


def _task_xml(subject: Subject) -> Finding:
    for name in _TASKS:
        ways = {
            "type": f'type "%SystemRoot%\\System32\\Tasks{name}"',
            "schtasks": f'schtasks /query /tn "{name}" /xml',
        }
        texts = {way: subject.session.run(f"{line} 2>nul").stdout for way, line in ways.items()}
        if any(texts.values()):
            readings = {way: _reading(text) for way, text in texts.items()}
            evidence = ", ".join(f"{way}: {reading or 'read'}" for way, reading in readings.items())
            return found("" in readings.values(), f"{name}: {evidence}")
    return Finding(UNDECIDED, "none of the tasks that Windows comes with is there")


def _reading(text: str) -> str:
    """Why a task's XML cannot be read; empty if it can."""
    try:
        parse_task_xml(text)
    except TaskXmlError as error:
        return str(error)
    return ""


def _task_listing(subject: Subject) -> Finding:
    for name in _TASKS:
        there = subject.session.run(f'schtasks /query /tn "{name}" >nul 2>nul').exit_code == 0
        if there:
            result = last_result(subject.session, name)
            return found(result is not None, f"{name}: last result {result}")
    return Finding(UNDECIDED, "none of the tasks that Windows comes with is there")


def _system_log(subject: Subject) -> Finding:
    result = subject.session.run('wevtutil qe System "/q:*" /c:1 /rd:true /f:xml >nul')
    return found(result.exit_code == 0, last_line(result.stderr) if result.exit_code else "it can be read")


CHECKS: dict[str, Check] = {
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
