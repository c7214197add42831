# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task Scheduler: what it accepts, when it runs it, and what it misses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone

import pytest

from tests.lab.packages.builder import PackageSpec, inner_cabinet
from tests.lab.windows import task_xml as rules
from tests.lab.windows.host import WindowsHost

from .hosts import ADMINISTRATOR, FILTERED
from .machine import CAB, command, frozen_host, on_host, task_xml, time_trigger

RAN = "C:\\ran.txt"
NAME = "\\winfleet.hotfix\\test"


def at(now: str, work: Callable[[WindowsHost], Awaitable[None]], **profile: object) -> None:
    async def run() -> None:
        await work(frozen_host(now, **profile))

    asyncio.run(run())


def ran(host: WindowsHost) -> int:
    return host.disk.read(RAN).count(b"ran") if host.disk.exists(RAN) else 0


async def create(
    host: WindowsHost, xml: str, *, encoded: bytes | None = None, account: object = None
) -> tuple[int, str]:
    data = b"\xff\xfe" + xml.encode("utf-16-le") if encoded is None else encoded
    host.disk.write("C:\\task.xml", data)
    more = {"account": account} if account else {}
    result = await command(host, f'schtasks /create /tn "{NAME}" /xml C:\\task.xml /f', **more)
    return result.code, result.out + result.err


def test_a_registered_task_is_kept_run_and_deleted() -> None:
    async def work(host: WindowsHost) -> None:
        code, text = await create(host, task_xml())
        assert (code, text) == (0, f'SUCCESS: The scheduled task "{NAME}" has successfully been created.\r\n')
        assert host.disk.read(f"C:\\Windows\\System32\\Tasks{NAME}").startswith(b"\xff\xfe<\0")
        assert "<Command>cmd.exe</Command>" in (await command(host, f"schtasks /query /tn {NAME} /xml")).out
        assert (await command(host, f"schtasks /run /tn {NAME}")).code == 0
        await host.clock.advance(1)
        assert ran(host) == 1
        task = host.scheduler.find(NAME)
        assert task is not None and task.last_result == 0
        deleted = await command(host, f"schtasks /delete /tn {NAME} /f")
        assert deleted.out == f'SUCCESS: The scheduled task "{NAME}" was successfully deleted.\r\n'
        assert (await command(host, f"schtasks /query /tn {NAME}")).code == 1

    on_host(work)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (('version="1.2"', 'version="1.5"'), "incorrectly formatted or out of range"),
        (
            ("<Settings>", "<Settings><UseUnifiedSchedulingEngine>true</UseUnifiedSchedulingEngine>"),
            "unexpected node",
        ),
        (("<Settings>", "<Settings><Volatile>true</Volatile>"), "unexpected node"),
        (("<Settings>", "<Settings><Enabled>yes</Enabled>"), "incorrectly formatted or out of range"),
        (("<Settings>", "<Settings><ExecutionTimeLimit>2h</ExecutionTimeLimit>"), "incorrectly formatted"),
        (
            ("<Settings>", "<Settings><DeleteExpiredTaskAfter>PT1H</DeleteExpiredTaskAfter>"),
            "missing a required",
        ),
        (("<Settings>", "<Settings><Priority>11</Priority>"), "incorrectly formatted or out of range"),
        (("<Command>cmd.exe</Command>", ""), "missing a required element"),
        (("</Task>", ""), "malformed"),
    ],
)
def test_what_6_1_does_not_know_is_refused(change: tuple[str, str], complaint: str) -> None:
    async def work(host: WindowsHost) -> None:
        code, text = await create(host, task_xml().replace(*change))
        assert code == 1
        assert text.startswith("ERROR: The task XML") and complaint in text
        assert host.scheduler.find(NAME) is None

    on_host(work)


def test_a_declared_utf_8_is_refused() -> None:
    async def work(host: WindowsHost) -> None:
        xml = task_xml().replace("UTF-16", "UTF-8")
        code, text = await create(host, xml, encoded=xml.encode())
        assert (code, "Switch from current encoding" in text) == (1, True)

    on_host(work)


def test_elements_of_a_trigger_have_an_order() -> None:
    xml = task_xml(
        "<TimeTrigger><EndBoundary>2026-01-02T00:00:00</EndBoundary>"
        "<StartBoundary>2026-01-01T00:00:00</StartBoundary></TimeTrigger>"
    )
    with pytest.raises(rules.TaskXmlError):
        rules.parse(xml)


def test_a_filtered_token_may_not_create_tasks() -> None:
    async def work(host: WindowsHost) -> None:
        host.disk.write("C:\\task.xml", b"\xff\xfe" + task_xml().encode("utf-16-le"))
        refused = await command(host, f"schtasks /create /tn {NAME} /xml C:\\task.xml", account=FILTERED)
        assert (refused.code, refused.err) == (1, "ERROR: Access is denied.\r\n")

    on_host(work)


@pytest.mark.parametrize(
    ("boundary", "due"),
    [
        # 02:00 local in winter and in summer; the night that has no 02:30; and a boundary in UTC.
        ("2026-01-10T02:00:00", "2026-01-10T01:00:00+00:00"),
        ("2026-07-10T02:00:00", "2026-07-10T00:00:00+00:00"),
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00+00:00"),
        ("2026-10-25T02:00:00Z", "2026-10-25T02:00:00+00:00"),
    ],
)
def test_a_boundary_without_offset_is_local_time_of_its_own_day(boundary: str, due: str) -> None:
    async def work(host: WindowsHost) -> None:
        await create(host, task_xml(time_trigger(boundary)))
        moment = datetime.fromisoformat(due)
        await host.clock.advance((moment - host.clock.now()).total_seconds() - 1)
        assert ran(host) == 0
        await host.clock.advance(2)
        assert ran(host) == 1

    at("2026-01-01T00:00:00+00:00", work, time_zone="Europe/Berlin")


@pytest.mark.parametrize(("catch_up", "runs"), [("false", 0), ("true", 1)])
def test_a_start_missed_while_off_is_caught_up_only_if_told(catch_up: str, runs: int) -> None:
    async def work(host: WindowsHost) -> None:
        settings = f"<StartWhenAvailable>{catch_up}</StartWhenAvailable>"
        await create(host, task_xml(time_trigger("2026-01-01T02:00:00Z"), settings))
        host.power.switch_off()
        await host.clock.advance(3 * 3600)
        host.power.switch_on()
        await host.clock.advance(60)
        task = host.scheduler.find(NAME)
        assert task is not None
        assert task.missed == [datetime(2026, 1, 1, 2, tzinfo=timezone.utc)]
        assert ran(host) == runs

    at("2026-01-01T00:00:00+00:00", work)


@pytest.mark.parametrize(
    ("setting", "runs"), [("", 0), ("<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>", 1)]
)
def test_on_battery_a_task_starts_only_if_told(setting: str, runs: int) -> None:
    async def work(host: WindowsHost) -> None:
        await create(host, task_xml(time_trigger("2026-01-01T02:00:00Z"), setting))
        await host.clock.advance(3 * 3600)
        assert ran(host) == runs

    at("2026-01-01T00:00:00+00:00", work, on_battery=True)


def test_tasks_survive_a_restart() -> None:
    async def work(host: WindowsHost) -> None:
        await create(host, task_xml(time_trigger("2026-01-01T02:00:00Z")))
        await command(host, "shutdown /r /t 0")
        await host.clock.advance(3 * 3600)
        assert (host.power.boots, ran(host)) == (1, 1)

    at("2026-01-01T00:00:00+00:00", work)


def test_a_boot_trigger_fires_at_every_boot() -> None:
    async def work(host: WindowsHost) -> None:
        await create(host, task_xml("<BootTrigger/>"))
        for _unused in range(2):
            await command(host, "shutdown /r /t 0")
            await host.clock.advance(60)
        assert ran(host) == 2

    on_host(work)


def test_a_task_that_takes_too_long_is_ended() -> None:
    async def work(host: WindowsHost) -> None:
        limit = "<ExecutionTimeLimit>PT5M</ExecutionTimeLimit>"
        host.disk.write(CAB, inner_cabinet(PackageSpec("x64")))
        install = f"/c dism /online /norestart /add-package /packagepath:{CAB}"
        await create(host, task_xml(time_trigger("2026-01-01T02:00:00Z"), limit, install))
        await host.clock.advance(2 * 3600 + 60)
        assert "Running" in (await command(host, f"schtasks /query /tn {NAME}")).out
        await host.clock.advance(300)
        task = host.scheduler.find(NAME)
        assert task is not None and not task.running
        assert task.last_result == 267014

    at("2026-01-01T00:00:00+00:00", work, dism_seconds=3600)


def test_an_expired_task_deletes_itself() -> None:
    async def work(host: WindowsHost) -> None:
        trigger = time_trigger("2026-01-01T02:00:00Z", "2026-01-01T03:00:00Z")
        await create(host, task_xml(trigger, "<DeleteExpiredTaskAfter>PT1H</DeleteExpiredTaskAfter>"))
        await host.clock.advance(3.5 * 3600)
        assert (host.scheduler.find(NAME) is not None, ran(host)) == (True, 1)
        await host.clock.advance(3600)
        assert host.scheduler.find(NAME) is None
        assert not host.disk.exists(f"C:\\Windows\\System32\\Tasks{NAME}")

    at("2026-01-01T00:00:00+00:00", work)


def test_a_task_runs_as_its_principal_or_else_as_its_author() -> None:
    async def work(host: WindowsHost) -> None:
        await create(host, task_xml(arguments="/c whoami&gt;C:\\ran.txt"), account=ADMINISTRATOR)
        await command(host, f"schtasks /run /tn {NAME}")
        await host.clock.advance(1)
        assert host.disk.read(RAN) == b"nt authority\\system\r\n"
        nobody = task_xml(arguments="/c whoami&gt;C:\\ran.txt").replace("<UserId>S-1-5-18</UserId>", "")
        await create(host, nobody, account=ADMINISTRATOR)
        await command(host, f"schtasks /run /tn {NAME}")
        await host.clock.advance(1)
        assert host.disk.read(RAN) == b"host\\administrator\r\n"
        code, text = await create(host, task_xml().replace("S-1-5-18", "stranger"))
        assert (code, "No mapping between account names" in text) == (1, True)

    on_host(work)


def test_the_listing_is_localised() -> None:
    async def work(host: WindowsHost) -> None:
        await create(host, task_xml(time_trigger("2026-01-01T02:00:00Z")))
        listing = await command(host, "schtasks /query /fo csv", code_page=850)
        assert listing.out == (
            f'"Aufgabenname","Nächste Laufzeit","Status"\r\n"{NAME}","01.01.2026 03:00:00","Bereit"\r\n'
        )

    at("2026-01-01T00:00:00+00:00", work, language="de-DE", time_zone="Europe/Berlin")


def test_a_restart_asked_by_a_task_cuts_the_host_off() -> None:
    async def work(host: WindowsHost) -> None:
        arguments = "/c shutdown /r /t 300 /d p:2:17 &amp; change logon /drainuntilrestart"
        await create(host, task_xml(time_trigger("2026-01-01T02:00:00Z"), "", arguments))
        await host.clock.advance(2 * 3600 + 60)
        assert (host.powered, host.sessions.logon_mode) == (True, "drainuntilrestart")
        await host.clock.advance(300)
        assert (host.power.boots, host.sessions.logon_mode) == (1, "enable")

    at("2026-01-01T00:00:00+00:00", work, rdp={"enabled": True, "application_server": True})
