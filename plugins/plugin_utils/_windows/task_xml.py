# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: Task Scheduler definitions as XML, version 1.2, both ways.

[MS-TSCH] 2.5 defines the format. Windows 6.1 refuses newer versions, and a setting that is left out gets a
default that suits a desktop (no start on batteries, lowered priority), so every setting is written out.
"""

from __future__ import annotations

import codecs
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
AUTHOR = "winfleet.hotfix"
LOCAL_SYSTEM = "S-1-5-18"

# What XML 1.0 cannot carry, not even escaped; and the carriage return, which parsers turn into a line feed.
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DURATION = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")
_BOUNDARY = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$")


class TaskXmlError(ValueError):
    """A text that cannot go into a task, or a task that cannot be read."""


@dataclass(frozen=True)
class ExecAction:
    """One program that the task starts, directly and without cmd.exe."""

    command: str
    arguments: str = ""


@dataclass(frozen=True)
class TaskDefinition:
    """What tells one task of the collection from another.

    Attributes:
        description: For the administrator who finds the task.
        actions: Programs to start, one after the other.
        start: When the task starts: aware (written in UTC with `Z`), naive (the host's local time, whatever
            its offset from UTC will be then), or None for a task that is started on demand only.
        expires: When the trigger ends; Windows then deletes the task after `keep_expired`. Needs `start`.
        keep_expired: How long an expired task stays for the next run to read.
        execution_time_limit: After this the Task Scheduler ends the task; zero is no limit.
        documentation: Free text; carries what the task was asked for.
        enabled: False for a task that an administrator switched off.
        author: Who registered it.
    """

    description: str
    actions: tuple[ExecAction, ...]
    start: datetime | None = None
    expires: datetime | None = None
    keep_expired: timedelta = timedelta(days=30)
    execution_time_limit: timedelta = timedelta(hours=1)
    documentation: str = ""
    enabled: bool = True
    author: str = AUTHOR


# 4 to 6 are the normal class. The Task Scheduler's own default, 7, also lowers the priority of disk and
# memory access, under which servicing takes several times as long.
_PRIORITY = "5"

# Settings that are the same for every task. A missed start is not made up for (the restart would fall into
# working hours), and neither batteries nor idleness nor the network decide.
_SETTINGS: tuple[tuple[str, str], ...] = (
    ("MultipleInstancesPolicy", "IgnoreNew"),
    ("DisallowStartIfOnBatteries", "false"),
    ("StopIfGoingOnBatteries", "false"),
    ("AllowHardTerminate", "true"),
    ("StartWhenAvailable", "false"),
    ("RunOnlyIfNetworkAvailable", "false"),
    ("AllowStartOnDemand", "true"),
    ("Hidden", "false"),
    ("RunOnlyIfIdle", "false"),
    ("WakeToRun", "false"),
    ("Priority", _PRIORITY),
)
_IDLE_SETTINGS: tuple[tuple[str, str], ...] = (
    ("Duration", "PT10M"),
    ("WaitTimeout", "PT1H"),
    ("StopOnIdleEnd", "false"),
    ("RestartOnIdle", "false"),
)


def render_task_xml(task: TaskDefinition) -> str:
    """Write a task as XML, to be registered by `_scheduled_task.register_task`.

    Args:
        task: The task; it runs as SYSTEM with the full token.

    Returns:
        The XML text with a declaration that names UTF-16, the encoding in which it has to be stored.

    Raises:
        TaskXmlError: A text holds control characters, there is no action, or the task expires without start.
    """
    if not task.actions:
        raise TaskXmlError("a task needs at least one program to start")
    if task.expires is not None and task.start is None:
        raise TaskXmlError("a task without a start time cannot expire")
    root = ET.Element("Task", {"version": "1.2", "xmlns": NAMESPACE})
    information = ET.SubElement(root, "RegistrationInfo")
    _add(information, "Author", task.author)
    _add(information, "Description", task.description)
    if task.documentation:
        _add(information, "Documentation", task.documentation)
    triggers = ET.SubElement(root, "Triggers")
    if task.start is not None:
        # A sequence in the schema: the order of these elements is fixed.
        trigger = ET.SubElement(triggers, "TimeTrigger")
        _add(trigger, "Enabled", "true")
        _add(trigger, "StartBoundary", format_boundary(task.start))
        if task.expires is not None:
            _add(trigger, "EndBoundary", format_boundary(task.expires))
    principal = ET.SubElement(ET.SubElement(root, "Principals"), "Principal", {"id": "Author"})
    _add(principal, "UserId", LOCAL_SYSTEM)
    _add(principal, "RunLevel", "HighestAvailable")
    settings = ET.SubElement(root, "Settings")
    for name, value in _SETTINGS:
        _add(settings, name, value)
    _add(settings, "Enabled", "true" if task.enabled else "false")
    _add(settings, "ExecutionTimeLimit", _format_duration(task.execution_time_limit))
    if task.expires is not None:
        _add(settings, "DeleteExpiredTaskAfter", _format_duration(task.keep_expired))
    idle = ET.SubElement(settings, "IdleSettings")
    for name, value in _IDLE_SETTINGS:
        _add(idle, name, value)
    actions = ET.SubElement(root, "Actions", {"Context": "Author"})
    for action in task.actions:
        element = ET.SubElement(actions, "Exec")
        _add(element, "Command", action.command)
        if action.arguments:
            _add(element, "Arguments", action.arguments)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-16"?>\n{ET.tostring(root, encoding="unicode")}\n'


def encode_task_xml(xml: str) -> bytes:
    """Return the bytes of the file: UTF-16LE with a byte order mark, which every 6.1 host accepts."""
    return codecs.BOM_UTF16_LE + xml.encode("utf-16-le")


def parse_task_xml(text: str) -> TaskDefinition:
    """Read a task back, whoever registered it.

    Elements that are missing get the schema's defaults, for Windows may drop what equals them.

    Args:
        text: The XML as the host gave it. Text in front (a byte order mark, a declaration whose encoding no
            longer fits) and NUL characters (UTF-16 that was read byte by byte) do not matter.

    Returns:
        The task; `start` is that of its one-off time trigger, None where there is none or it is disabled.

    Raises:
        TaskXmlError: This is no task.
    """
    text = text.replace("\x00", "")
    begin, end = text.find("<Task"), text.rfind("</Task>")
    try:
        root = ET.fromstring(text[max(begin, 0) : end + len("</Task>")])
    except ET.ParseError as exc:
        raise TaskXmlError(f"not a task definition: {exc}") from exc
    settings = _child(root, "Settings")
    trigger = _one_off_trigger(root)
    actions = _child(root, "Actions")
    information = _child(root, "RegistrationInfo")
    return TaskDefinition(
        author=_text(information, "Author"),
        description=_text(information, "Description"),
        documentation=_text(information, "Documentation"),
        actions=tuple(
            ExecAction(_text(element, "Command"), _text(element, "Arguments"))
            for element in (() if actions is None else actions)
            if _local_name(element) == "Exec"
        ),
        start=parse_boundary(_text(trigger, "StartBoundary")),
        expires=parse_boundary(_text(trigger, "EndBoundary")),
        keep_expired=_parse_duration(_text(settings, "DeleteExpiredTaskAfter")) or timedelta(days=30),
        execution_time_limit=_parse_duration(_text(settings, "ExecutionTimeLimit", "PT72H")) or timedelta(0),
        enabled=_text(settings, "Enabled", "true").strip().lower() in ("true", "1"),
    )


def format_boundary(moment: datetime) -> str:
    """Write a moment the way triggers want it: UTC with `Z`, or local time without any offset."""
    if moment.tzinfo is None:
        return moment.isoformat(timespec="seconds")
    return moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def parse_boundary(text: str) -> datetime | None:
    """Read a trigger's boundary: aware if it has an offset, naive if it is local time, None if neither."""
    found = _BOUNDARY.match(text.strip())
    if found is None:
        return None
    moment, offset = found.groups()
    return datetime.fromisoformat(moment + (offset or "").replace("Z", "+00:00"))


def _add(parent: ET.Element, name: str, text: str) -> None:
    unfit = _NOT_XML.search(text)
    if unfit:
        raise TaskXmlError(
            f"{name} holds the character U+{ord(unfit.group()):04X}, which a task cannot carry"
        )
    ET.SubElement(parent, name).text = text


def _format_duration(duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    for size, unit in ((86400, "P{}D"), (3600, "PT{}H"), (60, "PT{}M")):
        if seconds and seconds % size == 0:
            return unit.format(seconds // size)
    return f"PT{seconds}S"


def _parse_duration(text: str) -> timedelta | None:
    found = _DURATION.match(text.strip())
    if found is None:
        return None
    days, hours, minutes, seconds = (int(number or 0) for number in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _one_off_trigger(root: ET.Element) -> ET.Element | None:
    triggers = _child(root, "Triggers")
    for trigger in () if triggers is None else triggers:
        if _local_name(trigger) == "TimeTrigger" and _text(trigger, "Enabled", "true") in ("true", "1"):
            return trigger
    return None


def _local_name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _child(parent: ET.Element | None, name: str) -> ET.Element | None:
    children = () if parent is None else parent
    return next((child for child in children if _local_name(child) == name), None)


def _text(parent: ET.Element | None, name: str, default: str = "") -> str:
    child = _child(parent, name)
    return default if child is None or child.text is None else child.text
