# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated hosts on which KB978918 waits for a restart, and what happens to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.lab.packages.builder import PackageSpec, inner_cabinet
from tests.lab.windows.scheduler import Task
from tests.lab.windows.task_xml import Trigger
from tests.unit.lab.machine import CAB, CBS, IDENTITY
from tests.unit.lab_session import LabSession

TASK = "\\winfleet.hotfix\\KB978918-restart"
ANNOUNCEMENT = "\\winfleet.hotfix\\KB978918-announcement"
ABSENT, REMOVING, STAGED, SUPERSEDED, PENDING, INSTALLED = 0x00, 0x05, 0x40, 0x50, 0x60, 0x70
NOW = datetime.fromisoformat("2026-06-18T08:00+02:00")  # a Thursday
SESSION_HOST = {"enabled": True, "nla": True, "application_server": True}
OPERATOR = "CORP\\operator"
# Commands that only look.
LOOKS = ("echo [[", "(if exist", "(schtasks /query", "schtasks /query", "dir ", "query session")


def waiting_host(**profile: Any) -> LabSession:
    """Return a session on a host in Berlin on which servicing waits for a restart to install KB978918."""
    defaults: dict[str, Any] = {"uptime_days": 5, "dism_seconds": 0, "boot_seconds": 100, "rdp": SESSION_HOST}
    session = LabSession(now=NOW.isoformat(), **{"time_zone": "Europe/Berlin", **defaults, **profile})
    session.lab.disk.write(CAB, inner_cabinet(PackageSpec("x64")))
    assert session.work(session.lab.servicing.add_package(CAB, [])) == 3010
    return session


def installed_host(**profile: Any) -> LabSession:
    """Return a session on a host in Berlin that has KB978918 and waits for nothing."""
    session = LabSession(now=NOW.isoformat(), time_zone="Europe/Berlin", files="fixed", **profile)
    set_package(session, INSTALLED)
    return session


def set_package(session: LabSession, state: int) -> None:
    """Set the state of the package by hand."""
    session.lab.registry.set(f"{CBS}\\Packages\\{IDENTITY}", "CurrentState", state)


def changes(session: LabSession) -> list[str]:
    """Return the commands that changed something."""
    return [line for line in session.command_lines if not line.startswith(LOOKS)]


def task(session: LabSession, name: str = TASK) -> Task | None:
    """Return a task of the host."""
    return session.lab.scheduler.find(name)


def trigger(session: LabSession) -> Trigger:
    """Return the one trigger of the restart task."""
    found = task(session)
    assert found is not None, "there is no task on the host"
    [only] = found.definition.triggers
    return only


def countdowns(session: LabSession) -> list[str]:
    """Return the countdowns that were begun on the host, such as `countdown of 60 s: bye`."""
    return [text for _moment, text in session.lab.power.history if text.startswith("countdown of")]


def until(session: LabSession, local: str) -> None:
    """Let time pass until a moment of the host's local time; what is due on the way happens."""
    moment = datetime.fromisoformat(local).replace(tzinfo=session.lab.time_zone)
    session.clock.sleep((moment - session.lab.clock.now()).total_seconds())


def called_off(session: LabSession, local: str) -> None:
    """Let somebody end the countdown that runs at a moment of the host's local time."""
    until(session, local)
    assert session.lab.power.abort(OPERATOR) == 0


def other_countdown(session: LabSession) -> None:
    """Let somebody else begin a countdown of six hours."""
    assert session.lab.power.schedule(6 * 3600, restart=True, user=OPERATOR) == 0


def restarted(session: LabSession) -> LabSession:
    """Return a new session on the host after a restart, with servicing at rest."""
    assert session.lab.power.schedule(0, restart=True) == 0
    session.clock.sleep(600)
    return LabSession(session.lab)


def at_boot(session: LabSession, happens: Callable[[], object]) -> None:
    """Let something happen on the host the moment it answers again."""
    session.lab.on_power_change(lambda up: happens() if up else None)
