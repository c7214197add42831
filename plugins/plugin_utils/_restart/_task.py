# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the host's own restart task, and recognise restarts in tasks of others.

The task starts shutdown.exe directly, without cmd.exe. So only two readers interpret the message: the Task
Scheduler expands `%NAME%` and `$(Name)` in arguments, and the C runtime splits them by its rules for quotes.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from .._hotfix.product import PRODUCT, TASK_FOLDER
from .._windows.task_xml import ExecAction, TaskDefinition, format_boundary, unfit_character
from .._wsman.errors import InputError
from ._drain import DRAIN_COMMAND

# shutdown.exe refuses a longer comment and, in this version, a longer countdown.
MESSAGE_LIMIT = 512
DEFAULT_SHUTDOWN_DELAY = 30

_SYSTEM32 = "%SystemRoot%\\System32\\"
# The trigger is useless after the restart. The task stays readable for another 30 days (task.xml.j2).
_EXPIRY = timedelta(days=1)
# Planned, operating system, hot fix: SHTDN_REASON_MAJOR_OPERATINGSYSTEM and _MINOR_HOTFIX.
_REASON = "p:2:17"

_DRAIN, _NO_DRAIN = "drain", "no drain"

_OPTIONS = re.compile(r"\bshutdown(?:\.exe)?\"?(\s.*)", re.IGNORECASE | re.DOTALL)
# An option also ends at a quote or an operator of cmd.exe or PowerShell: `cmd /c "shutdown /r"`.
_RESTARTING = re.compile(r"\s[/-][rg](?=[\s\"'&|<>;)]|$)", re.IGNORECASE)
_DELAY = re.compile(r"\s[/-]t[\s:]+(\d{1,20})", re.ASCII | re.IGNORECASE)
_LONGEST_DELAY = 315_360_000
"""Seconds, ten years: `shutdown /?` says that more is not valid."""
# The comment may stand before other options. It is one argument by the rules of the C runtime.
_COMMENT = re.compile(r"\s[/-]c\s+(?:\"(?:\\.|[^\"\\])*(?:\"|$)|\\.|[^\s\"\\])+", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Notice:
    """The notice that users get before the host goes down.

    Attributes:
        lead: The notice begins so long before the restart.
        drain: The host refuses new logons from then on, until the restart or until somebody cancels it.
    """

    lead: timedelta
    message: str
    drain: bool = False

    @property
    def seconds(self) -> int:
        """Return the length of the countdown in seconds."""
        return int(self.lead.total_seconds())


def task_name(kb: str) -> str:
    """Return the full name of the restart task of a hotfix."""
    return f"{TASK_FOLDER}{kb}-restart"


def announcement_name(kb: str) -> str:
    """Return the full name of the task that asks users to sign out."""
    return f"{TASK_FOLDER}{kb}-announcement"


def check_message(message: str) -> str:
    """Return the message as Windows will show it.

    Raises:
        InputError: The message is too long for shutdown.exe, or a task cannot carry one of its characters.
    """
    message = message.replace("\r\n", "\n").strip()
    length = len(message.encode("utf-16-le", "surrogatepass")) // 2
    if length > MESSAGE_LIMIT:
        raise InputError(f"message has {length} characters: Windows shows up to {MESSAGE_LIMIT}")
    if unfit := unfit_character(message):
        raise InputError(f"message has the character {unfit}: Windows cannot show it; leave it out")
    return message


def restart_task(kb: str, notice: Notice, *, at: datetime | None, request: str) -> TaskDefinition:
    """Return the task that warns users, drains the host and restarts it.

    The countdown of shutdown.exe is the notice: users see the message when it begins. It comes first, so the
    host restarts on time even if another action fails (not every edition has msg.exe).

    Args:
        notice: The notice; it begins `notice.lead` before `at`.
        at: When the host goes down; None for a task that only starts on demand.
        request: The request in one line, by which the next run recognises it.
    """
    countdown = f"/r /f /t {notice.seconds} /d {_REASON}"
    if notice.message:
        countdown += f" /c {quote_argument(notice.message)}"
    actions = [ExecAction(f"{_SYSTEM32}shutdown.exe", countdown)]
    if notice.drain:
        _unused, _unused, arguments = DRAIN_COMMAND.partition(" ")
        actions.append(ExecAction(f"{_SYSTEM32}change.exe", arguments))
        if notice.message:
            actions.append(_tell_users(notice.message, notice.seconds))
    start = None if at is None else at - notice.lead
    when = "on demand" if at is None else f"at {format_boundary(at)}"
    return TaskDefinition(
        author=PRODUCT,
        description=f"Restarts the computer {when} to complete {kb}.",
        actions=tuple(actions),
        start=start,
        expires=None if start is None else start + notice.lead + _EXPIRY,
        documentation=request,
    )


def announcement_task(kb: str, message: str, seconds: int) -> TaskDefinition:
    """Return the task that shows every user a message for so many seconds when somebody starts it."""
    return TaskDefinition(
        author=PRODUCT,
        description=f"Asks users to sign out before the restart that completes {kb}.",
        actions=(_tell_users(message, seconds),),
    )


def _tell_users(message: str, seconds: int) -> ExecAction:
    return ExecAction(f"{_SYSTEM32}msg.exe", f"* /time:{max(seconds, 1)} {quote_argument(message)}")


def describe_request(kb: str, when: str, notice: Notice) -> str:
    """Return one ASCII line that is equal only for equal requests.

    It begins with the hotfix and the time or window. It holds only a digest of the notice's message, because
    the host may return the task's text in a code page that lacks the message's characters.
    """
    digest = hashlib.sha256(notice.message.encode("utf-8")).hexdigest()[:16]
    drain = _DRAIN if notice.drain else _NO_DRAIN
    return f"{kb} restart {when}; notice {notice.seconds} s; {drain}; message {digest}"


def asks_for_drain(request: str) -> bool:
    """Return whether a request, as `describe_request` wrote it, asks for a drain."""
    return _DRAIN in request.split("; ")


def restart_delay(action: ExecAction) -> int | None:
    """Return after how many seconds an action restarts the host; None if it does not restart it.

    This covers shutdown.exe itself and in a line of another program, with options marked by `/` or `-`. It
    does not look into scripts that an action starts.
    """
    found = _OPTIONS.search(f"{action.command} {action.arguments}")
    options = _COMMENT.sub("", found[1]) if found else ""
    if not _RESTARTING.search(options):
        return None
    delay = _DELAY.search(options)
    return min(int(delay[1]), _LONGEST_DELAY) if delay else DEFAULT_SHUTDOWN_DELAY


def quote_argument(text: str) -> str:
    """Quote one argument of a program that the Task Scheduler starts.

    Backslashes and quotes follow the C runtime's rules. Each `%` and `$` stands outside the quotes
    (`"50"%" off"`). The program reads the same text; the Task Scheduler, which expands variables before the
    program splits its arguments, finds quotes in the name of a variable and so expands nothing.
    """
    quoted = '"'
    for part in re.split(r'(\\*["%$]|\\+$)', text):
        backslashes = part[: len(part) - len(part.lstrip("\\"))]
        if part.endswith('"'):
            quoted += backslashes * 2 + '\\"'
        elif part.endswith(("%", "$")):
            quoted += f'{backslashes * 2}"{part[-1]}"'
        elif part and part == backslashes:
            quoted += backslashes * 2
        else:
            quoted += part
    return quoted + '"'
