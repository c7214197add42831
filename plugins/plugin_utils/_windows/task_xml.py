# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write tasks of the Task Scheduler as XML (`task.xml.j2` beside this file), and read them back."""

from __future__ import annotations

import codecs
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from jinja2 import Environment, StrictUndefined

_TEMPLATE = Path(__file__).with_name("task.xml.j2")
# Everything that XML 1.0 cannot carry, not even escaped, and the carriage return, which parsers turn into a
# line feed.
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BOUNDARY = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$")
_LAST_YEAR = 9900


class TaskXmlError(ValueError):
    """A task cannot carry a value, or a text is not a task."""


@dataclass(frozen=True)
class ExecAction:
    """One program that the task starts, directly and without cmd.exe."""

    command: str
    arguments: str = ""


@dataclass(frozen=True)
class TaskDefinition:
    """A task to register; it runs as SYSTEM with the full token.

    Attributes:
        description: Explains the task to the administrator who finds it.
        actions: Programs to start, one after the other.
        start: When the task starts: aware (written in UTC with `Z`), naive (the host's local time, whatever
            its offset from UTC will be then), or None for a task that only starts on demand.
        expires: When the trigger ends; Windows deletes the task 30 days later. Needs `start`.
        hours: The Task Scheduler ends the task after so many hours.
        documentation: Free text for the next run to read.
    """

    author: str
    description: str
    actions: tuple[ExecAction, ...]
    start: datetime | None = None
    expires: datetime | None = None
    hours: int = 1
    documentation: str = ""


@dataclass(frozen=True)
class RegisteredTask:
    """A task as a host gave it back, whoever registered it.

    Its start is that of its one-off time trigger. It is None if that trigger is disabled, or if the task has
    none, or if another trigger can start it again. An administrator may have disabled the task (`enabled` is
    False).
    """

    actions: tuple[ExecAction, ...]
    start: datetime | None
    documentation: str
    enabled: bool


def render_task_xml(task: TaskDefinition) -> str:
    """Return a task as XML for `register_task`, with a declaration that names UTF-16.

    Raises:
        TaskXmlError: A text holds a character that XML cannot carry, there is no program to start, or the
            task expires without a start.
    """
    if not task.actions:
        raise TaskXmlError("a task needs at least one program to start")
    if task.expires is not None and task.start is None:
        raise TaskXmlError("a task without a start time cannot expire")
    texts = [task.author, task.description, task.documentation]
    texts += [text for action in task.actions for text in (action.command, action.arguments)]
    for text in texts:
        if unfit := unfit_character(text):
            raise TaskXmlError(f"a task cannot carry the character {unfit} (in {text!r})")
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.from_string(_TEMPLATE.read_text("utf-8")).render(
        author=task.author,
        description=task.description,
        documentation=task.documentation,
        start=task.start and format_boundary(task.start),
        expires=task.expires and format_boundary(task.expires),
        hours=int(task.hours),
        actions=task.actions,
    )


def unfit_character(text: str) -> str:
    """Return the first character that a task cannot carry, such as `U+0007`; empty if there is none."""
    unfit = _NOT_XML.search(text)
    return f"U+{ord(unfit.group()):04X}" if unfit else ""


def encode_task_xml(xml: str) -> bytes:
    """Return the bytes of the file: UTF-16LE with a byte order mark, which every 6.1 host accepts."""
    return codecs.BOM_UTF16_LE + xml.encode("utf-16-le")


def parse_task_xml(text: str) -> RegisteredTask:
    """Read a task back, whoever registered it.

    Elements that are missing get the schema's defaults, because Windows may drop elements that equal them.
    Text in front (a byte order mark, a declaration whose encoding no longer fits) and NUL characters (UTF-16
    that was read byte by byte) are ignored.

    Raises:
        TaskXmlError: The text is not a task.
    """
    text = text.replace("\x00", "")
    begin, end = text.find("<Task"), text.rfind("</Task>")
    try:
        root = ET.fromstring(text[max(begin, 0) : end + len("</Task>")])
    except ET.ParseError as exc:
        raise TaskXmlError(f"not a task definition: {exc}") from exc
    triggers = [each for each in root.iterfind("{*}Triggers/*") if _is_enabled(each)]
    start = _text(triggers[0], "StartBoundary") if len(triggers) == 1 and _is_one_off(triggers[0]) else ""
    return RegisteredTask(
        actions=tuple(
            ExecAction(_text(action, "Command"), _text(action, "Arguments"))
            for action in root.iterfind("{*}Actions/{*}Exec")
        ),
        start=parse_boundary(start),
        documentation=_text(root, "RegistrationInfo/{*}Documentation"),
        enabled=_is_enabled(root, "Settings/{*}Enabled"),
    )


def format_boundary(moment: datetime) -> str:
    """Return a moment as triggers hold it: UTC with `Z`, or local time without an offset."""
    if moment.tzinfo is None:
        return moment.isoformat(timespec="seconds")
    return moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def parse_boundary(text: str) -> datetime | None:
    """Read a trigger's boundary: aware if it has an offset, naive if it is local time, None if neither."""
    found = _BOUNDARY.match(text.strip())
    if found is None:
        return None
    moment, offset = found.groups()
    try:
        boundary = datetime.fromisoformat(moment + (offset or "").replace("Z", "+00:00"))
    except ValueError:  # month 13, or an offset beyond a day
        return None
    # Later there would be no room for an offset or a delay, and nobody is there to see it.
    return boundary if boundary.year < _LAST_YEAR else None


def _is_one_off(trigger: ET.Element) -> bool:
    # `schtasks /create /sc hourly` makes a time trigger with a repetition: it starts again after its start.
    repeats = _text(trigger, "Repetition/{*}Interval").strip()
    return trigger.tag.rpartition("}")[2] == "TimeTrigger" and not repeats


def _is_enabled(parent: ET.Element, path: str = "Enabled") -> bool:
    return (_text(parent, path).strip().lower() or "true") in ("true", "1")


def _text(parent: ET.Element, path: str) -> str:
    return parent.findtext(f"{{*}}{path}") or ""
