# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task definitions: the XML of [MS-TSCH] 2.5, read and refused as Task Scheduler of 6.1 does.

Windows 7 and 2008 R2 know versions 1.0 to 1.3; an element of a later version, or of another place,
is an unexpected node.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from xml.etree import ElementTree

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
VERSIONS = ("1.0", "1.1", "1.2", "1.3")

_TRIGGER = "Enabled StartBoundary EndBoundary Repetition ExecutionTimeLimit"
#: Allowed children by element ([MS-TSCH] 2.5.1 to 2.5.7, schema of version 1.2).
_CHILDREN = {
    "Task": "RegistrationInfo Triggers Principals Settings Data Actions",
    "RegistrationInfo": "URI SecurityDescriptor Source Date Author Version Description Documentation",
    "Triggers": "BootTrigger RegistrationTrigger IdleTrigger TimeTrigger EventTrigger LogonTrigger "
    "SessionStateChangeTrigger CalendarTrigger",
    "TimeTrigger": _TRIGGER + " RandomDelay",
    "BootTrigger": _TRIGGER + " Delay",
    "RegistrationTrigger": _TRIGGER + " Delay",
    "LogonTrigger": _TRIGGER + " UserId Delay",
    "IdleTrigger": _TRIGGER,
    "EventTrigger": _TRIGGER
    + " Subscription Delay PeriodOfOccurrence NumberOfOccurrences MatchingElement ValueQueries",
    "SessionStateChangeTrigger": _TRIGGER + " StateChange UserId Delay",
    "CalendarTrigger": _TRIGGER
    + " RandomDelay ScheduleByDay ScheduleByWeek ScheduleByMonth ScheduleByMonthDayOfWeek",
    "ScheduleByDay": "DaysInterval",
    "Repetition": "Interval Duration StopAtDurationEnd",
    "Principals": "Principal",
    "Principal": "UserId LogonType GroupId DisplayName RunLevel",
    "Settings": "AllowStartOnDemand RestartOnFailure MultipleInstancesPolicy DisallowStartIfOnBatteries "
    "StopIfGoingOnBatteries AllowHardTerminate StartWhenAvailable NetworkProfileName "
    "RunOnlyIfNetworkAvailable WakeToRun Enabled Hidden DeleteExpiredTaskAfter IdleSettings NetworkSettings "
    "ExecutionTimeLimit Priority "
    "RunOnlyIfIdle",
    "IdleSettings": "Duration WaitTimeout StopOnIdleEnd RestartOnIdle",
    "RestartOnFailure": "Interval Count",
    "NetworkSettings": "Name Id",
    "Actions": "Exec ComHandler SendEmail ShowMessage",
    "Exec": "Command Arguments WorkingDirectory",
}
_VERSION_13 = {"Settings": "UseUnifiedSchedulingEngine DisallowStartOnRemoteAppSession"}
#: Whether the order matters: triggers and actions are sequences, the rest is xs:all.
_ORDERED = {"TimeTrigger", "BootTrigger", "RegistrationTrigger", "LogonTrigger", "CalendarTrigger"}
_BOOLEANS = [
    "Enabled",
    "AllowStartOnDemand",
    "DisallowStartIfOnBatteries",
    "StopIfGoingOnBatteries",
    "AllowHardTerminate",
    "StartWhenAvailable",
    "RunOnlyIfNetworkAvailable",
    "WakeToRun",
    "Hidden",
    "RunOnlyIfIdle",
    "StopOnIdleEnd",
    "RestartOnIdle",
    "StopAtDurationEnd",
]
_DURATION = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")
_BOUNDARY = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$")


class TaskXmlError(ValueError):
    """The definition is refused; the text is what schtasks prints after "ERROR: "."""


@dataclass(frozen=True)
class Trigger:
    """When a task starts. `start` and `end` are as written: aware with offset, naive for local time."""

    kind: str
    enabled: bool
    start: datetime | None
    end: datetime | None
    days: int = 0
    delay: timedelta = timedelta()
    repeat: timedelta | None = None


@dataclass(frozen=True)
class Definition:
    """What the scheduler acts on."""

    triggers: tuple[Trigger, ...]
    user_id: str
    commands: tuple[tuple[str, str, str], ...]
    enabled: bool
    start_on_demand: bool
    start_when_available: bool
    needs_mains: bool
    time_limit: timedelta | None
    delete_after: timedelta | None
    multiple_instances: str


def decode(data: bytes) -> str:
    """The text of a task file as schtasks reads it.

    Raises:
        TaskXmlError: A declaration names an encoding other than the text's own: the parser gets UTF-16.
    """
    if data.startswith(b"\xff\xfe"):
        text = data[2:].decode("utf-16-le", "replace")
    elif data.startswith(b"\xef\xbb\xbf"):
        text = data[3:].decode("utf-8", "replace")
    else:
        text = data.decode("cp1252", "replace")
    declared = re.match(r"\s*<\?xml[^>]*encoding=[\"']([^\"']+)[\"']", text)
    if declared and declared[1].lower() not in ("utf-16", "unicode"):
        raise TaskXmlError(
            "The task XML is malformed.\r\n(1,40)::ERROR: Switch from current encoding to specified encoding "
            "not supported."
        )
    return text


def duration(text: str) -> timedelta:
    """An xs:duration of days to seconds."""
    match = _DURATION.match(text)
    if match is None or text in ("P", "PT"):
        raise ValueError(text)
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def boundary(text: str) -> datetime:
    """A StartBoundary or EndBoundary; naive where it has no offset."""
    if not _BOUNDARY.match(text):
        raise ValueError(text)
    return datetime.fromisoformat(re.sub(r"\.\d+", "", text).replace("Z", "+00:00"))


def in_zone(moment: datetime, zone: tzinfo) -> datetime:
    """A boundary as a moment: without offset it is local time of that day (daylight saving included)."""
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _check(element: ElementTree.Element, version: str) -> None:
    name = _local(element)
    if not element.tag.startswith(f"{{{NAMESPACE}}}"):
        raise TaskXmlError(f"The task XML contains an unexpected node.\r\n(2,2):{name}:")
    text = (element.text or "").strip()
    if name in _BOOLEANS and text not in ("true", "false", "1", "0"):
        raise _wrong(name, text)
    if name not in _CHILDREN:
        _check_value(name, text)
        return
    allowed = _CHILDREN[name].split() + (_VERSION_13.get(name, "").split() if version == "1.3" else [])
    last = -1
    for child in element:
        child_name = _local(child)
        if child_name not in allowed:
            raise TaskXmlError(f"The task XML contains an unexpected node.\r\n(2,2):{child_name}:")
        if name in _ORDERED:
            position = allowed.index(child_name)
            if position < last:
                raise TaskXmlError(f"The task XML contains an unexpected node.\r\n(2,2):{child_name}:")
            last = position
        if (
            name == "Principal"
            and child_name == "RunLevel"
            and (child.text or "").strip()
            not in (
                "LeastPrivilege",
                "HighestAvailable",
            )
        ):
            raise _wrong(child_name, child.text or "")
        if name != "RegistrationInfo":
            _check(child, version)


def _check_value(name: str, text: str) -> None:
    try:
        if name in ("StartBoundary", "EndBoundary"):
            boundary(text)
        elif name in (
            "ExecutionTimeLimit",
            "DeleteExpiredTaskAfter",
            "Delay",
            "RandomDelay",
            "Interval",
            "WaitTimeout",
        ):
            duration(text)
        elif (name == "Priority" and not 0 <= int(text) <= 10) or (
            name == "MultipleInstancesPolicy"
            and text not in ("Parallel", "Queue", "IgnoreNew", "StopExisting")
        ):
            raise ValueError(text)
    except ValueError as error:
        raise _wrong(name, text) from error


def _wrong(name: str, text: str) -> TaskXmlError:
    return TaskXmlError(
        "The task XML contains a value which is incorrectly formatted or out of range."
        f"\r\n(2,2):{name}:{text}"
    )


def parse(text: str) -> Definition:
    """Validate a task definition and read it.

    Raises:
        TaskXmlError: Task Scheduler would refuse it.
    """
    body = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.lstrip("\ufeff"))
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise TaskXmlError("The task XML is malformed.") from error
    version = root.get("version", "")
    if _local(root) != "Task" or version not in VERSIONS:
        raise _wrong("version", version)
    _check(root, version)

    def find(path: str, default: str = "") -> str:
        element = root.find("/".join(f"{{{NAMESPACE}}}{part}" for part in path.split("/")))
        return default if element is None else (element.text or "").strip()

    def flag(name: str, default: bool) -> bool:
        return find(f"Settings/{name}", "true" if default else "false") in ("true", "1")

    triggers = tuple(_trigger(item) for item in root.findall(f"{{{NAMESPACE}}}Triggers/*"))
    commands = tuple(_command(item) for item in root.findall(f"{{{NAMESPACE}}}Actions/{{{NAMESPACE}}}Exec"))
    if root.find(f"{{{NAMESPACE}}}Actions") is None or not commands:
        raise TaskXmlError("The task XML is missing a required element or attribute.\r\n(2,2):Actions:")
    expires = find("Settings/DeleteExpiredTaskAfter")
    if expires and not any(trigger.end for trigger in triggers):
        raise TaskXmlError("The task XML is missing a required element or attribute.\r\n(2,2):EndBoundary:")
    limit = duration(find("Settings/ExecutionTimeLimit", "PT72H"))
    return Definition(
        triggers=triggers,
        user_id=find("Principals/Principal/UserId") or find("Principals/Principal/GroupId"),
        commands=commands,
        enabled=flag("Enabled", True),
        start_on_demand=flag("AllowStartOnDemand", True),
        start_when_available=flag("StartWhenAvailable", False),
        needs_mains=flag("DisallowStartIfOnBatteries", True),
        time_limit=limit if limit else None,
        delete_after=duration(expires) if expires else None,
        multiple_instances=find("Settings/MultipleInstancesPolicy", "IgnoreNew"),
    )


def _trigger(element: ElementTree.Element) -> Trigger:
    values = {_local(item): (item.text or "").strip() for item in element.iter()}
    kind = _local(element)
    if kind in ("TimeTrigger", "CalendarTrigger") and "StartBoundary" not in values:
        raise TaskXmlError("The task XML is missing a required element or attribute.\r\n(2,2):StartBoundary:")
    return Trigger(
        kind=kind,
        enabled=values.get("Enabled", "true") in ("true", "1"),
        start=boundary(values["StartBoundary"]) if "StartBoundary" in values else None,
        end=boundary(values["EndBoundary"]) if "EndBoundary" in values else None,
        days=int(values.get("DaysInterval") or 0),
        delay=duration(values["Delay"]) if "Delay" in values else timedelta(),
        repeat=duration(values["Interval"]) if "Interval" in values else None,
    )


def _command(element: ElementTree.Element) -> tuple[str, str, str]:
    values = {_local(item): (item.text or "") for item in element}
    if not values.get("Command", "").strip():
        raise TaskXmlError("The task XML is missing a required element or attribute.\r\n(2,2):Command:")
    return values["Command"].strip(), values.get("Arguments", ""), values.get("WorkingDirectory", "")
