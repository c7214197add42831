# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the restart task does, and that a message reaches the users as it was written."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart._task import (
    Notice,
    check_message,
    describe_request,
    quote_argument,
    restart_delay,
    restart_task,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.task_xml import (
    ExecAction,
    encode_task_xml,
    parse_task_xml,
    render_task_xml,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError
from hypothesis import example, given
from hypothesis import strategies as st

NASTY = 'R&D: 50 % "off" ^now^ <b>%PATH%</b> $(Arg0) C:\\dir\\ 再起動します | %OS'
ENVIRONMENT = {"path": "C:\\Windows", "os": "Windows_NT", "a": "x"}

messages = st.text(
    st.sampled_from(' "%$()\\^&|<>aA')
    | st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
    max_size=80,
)


def expand(arguments: str) -> str:
    """What the Task Scheduler does to arguments: variables of the environment and of the task."""
    arguments = re.sub(r"\$\(\w+\)", "", arguments)
    return re.sub("%([^%]+)%", lambda name: ENVIRONMENT.get(name[1].lower(), name[0]), arguments)


def split(line: str) -> list[str]:
    """The C runtime's rules for a program's arguments."""
    arguments: list[str] = []
    current, quoted, started, index = "", False, False, 0
    while index < len(line):
        slashes = len(line[index:]) - len(line[index:].lstrip("\\"))
        index += slashes
        if line[index : index + 1] == '"':
            current += "\\" * (slashes // 2)
            started = True
            if slashes % 2:
                current += '"'
            elif quoted and line[index + 1 : index + 2] == '"':
                current += '"'
                index += 1
            else:
                quoted = not quoted
            index += 1
            continue
        current += "\\" * slashes
        started = started or slashes > 0
        if index == len(line):
            break
        if line[index] in " \t" and not quoted:
            if started:
                arguments.append(current)
            current, started = "", False
        else:
            current += line[index]
            started = True
        index += 1
    return [*arguments, current] if started else arguments


@given(messages)
@example(NASTY)
@example("%PATH%")
@example('%"%a%"')
def test_a_message_survives_the_xml_the_task_scheduler_and_the_quoting(message: str) -> None:
    task = restart_task("KB978918", Notice(timedelta(minutes=5), message), at=None, request="now")
    registered = encode_task_xml(render_task_xml(task)).decode("utf-16")
    [action] = parse_task_xml(registered).actions
    arguments = split(expand(action.arguments))
    assert arguments[:6] == ["/r", "/f", "/t", "300", "/d", "p:2:17"]
    assert arguments[6:] == (["/c", message] if message else [])


@given(messages)
def test_a_quoted_text_is_one_argument(text: str) -> None:
    assert split(expand(f"/a {quote_argument(text)} /b")) == ["/a", text, "/b"]


def test_the_task_begins_the_countdown_a_notice_before_the_restart() -> None:
    at = datetime(2026, 11, 21, 3, tzinfo=timezone.utc)
    task = restart_task("KB978918", Notice(timedelta(minutes=15), "bye"), at=at, request="r")
    assert task.start == datetime(2026, 11, 21, 2, 45, tzinfo=timezone.utc)
    assert restart_delay(task.actions[0]) == 15 * 60


@given(messages)
@example("at /t 5 or /s\\")
def test_the_delay_is_read_past_any_message(message: str) -> None:
    task = restart_task("KB978918", Notice(timedelta(minutes=15), message), at=None, request="r")
    assert restart_delay(task.actions[0]) == 15 * 60


def test_shutdown_is_started_directly_and_first() -> None:
    task = restart_task("KB978918", Notice(timedelta(minutes=5), NASTY, drain=True), at=None, request="r")
    assert [action.command.rpartition("\\")[2] for action in task.actions] == [
        "shutdown.exe",
        "change.exe",
        "msg.exe",
    ]
    assert task.actions[1].arguments == "logon /drainuntilrestart"
    assert split(expand(task.actions[2].arguments)) == ["*", "/time:300", NASTY]


def test_without_drain_and_message_only_the_restart_is_left() -> None:
    [action] = restart_task("KB978918", Notice(timedelta(0), ""), at=None, request="r").actions
    assert action.arguments == "/r /f /t 0 /d p:2:17"


def test_the_message_may_have_512_characters() -> None:
    assert check_message("x" * 512) == "x" * 512
    with pytest.raises(InputError, match="message has 513 characters: Windows shows up to 512"):
        check_message("x" * 513)


def test_characters_outside_the_basic_plane_count_twice_as_windows_counts_them() -> None:
    with pytest.raises(InputError, match="514 characters"):
        check_message("\U0001f512" * 257)


def test_a_message_loses_the_line_break_that_yaml_leaves_at_its_end() -> None:
    assert check_message("Save your work.\r\nBye.\n") == "Save your work.\nBye."


@pytest.mark.parametrize("message", ["a\x00b", "bell\x07", "\ud800"])
def test_a_message_that_no_task_can_carry_is_refused(message: str) -> None:
    with pytest.raises(InputError, match=r"character U\+"):
        check_message(message)


@pytest.mark.parametrize(
    "other",
    [
        Notice(timedelta(minutes=6), NASTY),
        Notice(timedelta(minutes=5), NASTY + "!"),
        Notice(timedelta(minutes=5), NASTY, drain=True),
    ],
)
def test_requests_are_told_apart_by_every_part(other: Notice) -> None:
    notice = Notice(timedelta(minutes=5), NASTY)
    line = describe_request("KB978918", "at 2026-11-21T03:00:00", notice)
    assert line.isascii()
    assert line == describe_request("KB978918", "at 2026-11-21T03:00:00", notice)
    assert line != describe_request("KB978918", "at 2026-11-21T03:00:00", other)
    assert line != describe_request("KB978918", "at 2026-11-22T03:00:00", notice)


@pytest.mark.parametrize(
    ("command", "arguments", "delay"),
    [
        ("%SystemRoot%\\System32\\shutdown.exe", '/r /f /t 600 /d p:2:17 /c "bye"', 600),
        ("shutdown", "-r -t 0 -f", 0),
        ("SHUTDOWN.EXE", "/r", 30),
        ("C:\\Windows\\System32\\shutdown.exe", "/g /t 60", 60),
        ("cmd.exe", "/c shutdown.exe -f -r -t 5", 5),
        ('"C:\\Windows\\System32\\shutdown.exe"', "/r /t:90", 90),
        ("shutdown.exe", "/s /t 0", None),
        ("shutdown.exe", "/a", None),
        ("shutdown.exe", '/s /c "do not /r /t 5"', None),
        ("cmd.exe", "/c echo shutdown", None),
        ("cmd.exe", '/c "shutdown /r"', 30),
        ("cmd.exe", "/c shutdown -r>nul", 30),
        ("cmd.exe", "/c shutdown /t 9 /r&exit", 9),
        ("powershell.exe", '-Command "shutdown -r -t 5; exit"', 5),
        ("shutdown.exe", '/t 60 /c "Patch day" /r', 60),
        ("shutdown.exe", "/c bye -r -t 5", 5),
        ("shutdown.exe", '/r /c "at /t 5" /t 90', 90),
        ("shutdown.exe", '/s /c "say \\"no\\" to /r"', None),
    ],
)
def test_restarts_are_told_from_other_actions(command: str, arguments: str, delay: int | None) -> None:
    assert restart_delay(ExecAction(command, arguments)) == delay
