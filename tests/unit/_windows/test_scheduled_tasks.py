# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks on a host: what is sent, and what is made of the answers in whatever language they come."""

from __future__ import annotations

import asyncio

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows import scheduled_tasks
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.scheduled_tasks import (
    NEVER_RUN,
    STILL_RUNNING,
    TaskUnreadableError,
    delete_task,
    is_task_running,
    is_whole_listing,
    last_result,
    list_each_task,
    listing_command,
    parse_listing,
    read_task,
    register_task,
    start_task,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.task_xml import parse_task_xml
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import RemoteError

from tests.unit.fake_session import FakeSession
from tests.unit.lab.hosts import make_host
from tests.unit.lab.machine import command, task_xml
from tests.unit.lab_session import LabSession

NAME = "\\winfleet.hotfix\\KB978918-restart"
XML = '<?xml version="1.0" encoding="UTF-16"?>\n<Task version="1.2"><Actions/></Task>'


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bytes, str]]:
    files: list[tuple[bytes, str]] = []
    monkeypatch.setattr(
        scheduled_tasks, "send_bytes", lambda session, data, destination: files.append((data, destination))
    )
    return files


def test_a_task_is_registered_from_a_utf_16_file_that_is_removed_again(
    sent: list[tuple[bytes, str]],
) -> None:
    session = FakeSession(commands={"schtasks /create": "SUCCESS"})
    register_task(session, NAME, XML)
    [(data, destination)] = sent
    assert data.decode("utf-16") == XML
    [line] = session.command_lines
    assert line.startswith(f'schtasks /create /tn "{NAME}" /xml "{destination}" /f <nul & ')
    assert line.count(f'del /f /q "{destination}"') == 2, "registered or refused"


def test_the_file_lies_where_only_administrators_write(sent: list[tuple[bytes, str]]) -> None:
    register_task(FakeSession(commands={"schtasks /create": ""}), NAME, XML)
    assert sent[0][1] == "%SystemRoot%\\winfleet.hotfix-KB978918-restart.xml"


def test_a_refused_task_names_the_host_and_what_windows_said(sent: list[tuple[bytes, str]]) -> None:
    refusal = (1, "", "FEHLER: Zugriff verweigert\r\n")
    filtered = '"Mandatory Label\\Medium Mandatory Level","Label","S-1-16-8192",""\n'
    session = FakeSession(commands={"schtasks /create": refusal, "whoami": filtered})
    with pytest.raises(RemoteError, match=r"host1: The task .* FEHLER: Zugriff verweigert .*administrator"):
        register_task(session, NAME, XML)


def test_a_task_that_is_not_there_cannot_be_started() -> None:
    session = FakeSession(commands={"schtasks /run": (1, "", "ERROR: The system cannot find the file.")})
    with pytest.raises(RemoteError, match="could not be started"):
        start_task(session, NAME)


def registered(session: LabSession, name: str = NAME, xml: str | None = None) -> None:
    """Register a task on a simulated host."""
    session.lab.scheduler.register(name, xml or task_xml())


def damaged(session: LabSession, name: str, content: bytes = b"\xff\xfe<\x00T\x00") -> None:
    """Leave a file in place of a task's definition that is not a definition."""
    session.lab.disk.write(f"C:\\Windows\\System32\\Tasks{name}", content)


def test_a_task_is_read_from_its_file() -> None:
    session = LabSession(blocked=["schtasks"])
    registered(session)
    task = read_task(session, NAME)
    assert task is not None and task.actions[0].command == "cmd.exe"


def test_a_task_whose_file_does_not_parse_is_asked_of_schtasks() -> None:
    session = LabSession()
    registered(session)
    damaged(session, NAME)
    assert read_task(session, NAME) == parse_task_xml(task_xml())


def test_a_task_that_is_nowhere_is_none() -> None:
    session = LabSession()
    registered(session, "\\other")
    assert read_task(session, NAME) is None
    assert read_task(LabSession(session.lab), "\\other") is not None


def test_a_task_that_nothing_can_read_is_an_error_and_never_none() -> None:
    session = LabSession(blocked=["schtasks"])
    registered(session)
    damaged(session, NAME, b"\x00\x00")
    with pytest.raises(
        TaskUnreadableError, match=r"exists, but its definition cannot be read.*blocked by group policy"
    ):
        read_task(session, NAME)


def test_a_task_that_cannot_be_looked_for_is_an_error_and_never_none() -> None:
    session = FakeSession(
        commands={"(if exist": "", "schtasks /query": (1, "", "FEHLER: Zugriff verweigert")}
    )
    with pytest.raises(TaskUnreadableError, match=r"may exist: it cannot be looked for .*Zugriff verweigert"):
        read_task(session, NAME)


def test_deleting_tells_whether_a_task_was_there() -> None:
    session = LabSession()
    registered(session)
    registered(session, "\\other")
    assert delete_task(session, NAME) is True
    assert delete_task(session, NAME) is False


def test_a_task_that_stays_after_its_deletion_is_an_error() -> None:
    session = LabSession(blocked=["schtasks"])
    registered(session)
    with pytest.raises(RemoteError, match=r"could not be deleted: .*blocked by group policy"):
        delete_task(session, NAME)


def test_a_deletion_that_nothing_proves_is_an_error() -> None:
    session = FakeSession(
        commands={"schtasks /delete": (1, "", "ERROR: Access is denied."), "whoami": (1, "")}
    )
    with pytest.raises(RemoteError, match="could not be deleted: ERROR: Access is denied"):
        delete_task(session, NAME)


def test_every_task_is_listed_on_its_own_where_schtasks_stops_at_a_damaged_one() -> None:
    session = LabSession(faults=["schtasks_list_broken"])
    names = [f"\\Ops\\{'long name ' * 10}{number:03}" for number in range(99)]
    for name in names:
        registered(session, name)
    damaged(session, "\\Ops\\damaged")
    assert not is_whole_listing(session.run(listing_command()).stdout)
    text, unread = list_each_task(session)
    assert (sorted(parse_listing(text)), unread) == (names, ["\\Ops\\damaged"])


def test_tasks_are_listed_one_by_one_under_their_own_code_page_too() -> None:
    session = LabSession(faults=["schtasks_list_broken", "schtasks_code_page"])
    registered(session)
    text, unread = list_each_task(session)
    assert (list(parse_listing(text)), unread) == ([NAME], [])
    assert session.run("chcp").stdout.strip().endswith("65001")


def test_tasks_that_schtasks_does_not_list_at_all_are_an_error() -> None:
    session = LabSession(blocked=["schtasks"])
    registered(session)
    with pytest.raises(RemoteError, match="does not list the host's scheduled tasks"):
        list_each_task(session)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("0", 0),
        ("267009", STILL_RUNNING),
        pytest.param("267045", STILL_RUNNING, id="queued"),
        pytest.param("-2147216609", STILL_RUNNING, id="a second start was refused"),
        ("1190", 1190),
        ("-2147024891", 0x80070005),
        ("N/A", None),
    ],
)
def test_the_last_result_is_the_number_in_the_seventh_column(column: str, expected: int | None) -> None:
    line = (
        f'\r\n"PC1","{NAME}","Nicht zutreffend","Bereit","Interaktiv/Hintergrund","20.11.2026 03:00:00",'
        f'"{column}","winfleet.hotfix","shutdown.exe /c "a, b"","N/A"\r\n'
    )
    assert last_result(FakeSession(commands={"schtasks /query": line}), NAME) == expected


def test_a_running_task_is_told_by_its_last_result() -> None:
    running = FakeSession(commands={"schtasks /query": f'"PC1","{NAME}","N/A","x","x","x","267009"'})
    assert is_task_running(running, NAME) is True


def test_a_task_that_is_not_there_is_not_running() -> None:
    session = LabSession()
    registered(session, "\\other")
    assert is_task_running(session, NAME) is False


def test_whether_a_task_runs_is_unknown_where_schtasks_is_barred() -> None:
    session = LabSession(blocked=["schtasks"])
    registered(session)
    assert is_task_running(session, NAME) is None


@pytest.mark.parametrize("faults", [[], ["schtasks_code_page"]])
def test_tasks_are_listed_on_a_host_that_lists_them_under_its_own_code_page_only(faults: list[str]) -> None:
    async def results() -> tuple[int | None, int | None, str]:
        host = make_host(faults=faults)
        host.disk.write("C:\\task.xml", b"\xff\xfe" + task_xml().encode("utf-16-le"))
        await command(host, f'schtasks /create /tn "{NAME}" /xml C:\\task.xml /f')
        one = await command(host, listing_command(NAME), code_page=65001)
        every = await command(host, f"({listing_command()}) | findstr cmd & chcp", code_page=65001)
        return parse_listing(one.out).get(NAME), parse_listing(every.out).get(NAME), every.out[-7:].strip()

    assert asyncio.run(results()) == (NEVER_RUN, NEVER_RUN, "65001"), "and the shell keeps its code page"


def listing(last_run: str, result: str) -> str:
    return (
        f'"HOST","{NAME}","N/A","Ready","Interactive/Background","{last_run}","{result}","winfleet","cmd"\r\n'
    )


@pytest.mark.parametrize("last_run", ["N/A", "Nicht zutreffend", "\u041d/\u0414", "\u8a72\u5f53\u306a\u3057"])
def test_windows_7_shows_1_for_a_task_that_never_ran(last_run: str) -> None:
    assert parse_listing(listing(last_run, "1")) == {NAME: NEVER_RUN}


@pytest.mark.parametrize("last_run", ["7/14/2009 12:54:22 AM", "14.07.2009 00:54:22"])
def test_a_task_that_ran_and_ended_with_1_failed(last_run: str) -> None:
    assert parse_listing(listing(last_run, "1")) == {NAME: 1}


@pytest.mark.parametrize("system", ["win7-x64", "2008r2-x64"])
def test_a_simulated_task_that_never_ran_is_told_so_on_clients_and_servers(system: str) -> None:
    async def result() -> int | None:
        host = make_host(system=system)
        host.disk.write("C:\\task.xml", b"\xff\xfe" + task_xml().encode("utf-16-le"))
        await command(host, f'schtasks /create /tn "{NAME}" /xml C:\\task.xml /f')
        return parse_listing((await command(host, listing_command(NAME), code_page=437)).out).get(NAME)

    assert asyncio.run(result()) == NEVER_RUN
