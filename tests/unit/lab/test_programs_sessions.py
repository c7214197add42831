# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""shutdown, sessions, services and rights of the simulated machine."""

from __future__ import annotations

from tests.lab.windows.host import WindowsHost

from .hosts import ADMINISTRATOR, FILTERED
from .machine import add_package, cmd, command, on_host, restart

TERMINAL_SERVER = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server"
SESSION_HOST = {"enabled": True, "application_server": True}
SESSIONS = [{"user": "anna", "id": 2, "name": "rdp-tcp#0"}, {"user": "bert", "id": 3, "state": "disc"}]


def test_a_countdown_can_be_begun_once_and_aborted_once() -> None:
    async def work(host: WindowsHost) -> None:
        first = await command(host, 'shutdown /r /t 600 /d p:2:17 /c "hotfix"')
        assert (first.code, first.out, first.err) == (0, "", "")
        second = await command(host, "shutdown /r /t 600")
        assert (second.code, second.err) == (1190, "A system shutdown has already been scheduled.(1190)\r\n")
        assert (await command(host, "shutdown /a")).code == 0
        assert (await command(host, "shutdown /a")).code == 1116
        await host.clock.advance(700)
        assert host.powered

    on_host(work)


def test_shutdown_refuses_what_windows_refuses() -> None:
    assert cmd("shutdown /r", account=FILTERED).err == "Access is denied.(5)\r\n"
    assert cmd(f'shutdown /r /c "{"x" * 513}"').code == 87
    assert cmd("shutdown /r /t 315360001").code == 87


def test_a_restart_takes_the_host_away_and_moves_its_boot_time() -> None:
    async def work(host: WindowsHost) -> None:
        seen: list[bool] = []
        host.on_power_change(seen.append)
        before = host.boot_time
        await command(host, "shutdown /r /t 60")
        await host.clock.advance(60)
        await host.clock.advance(1)
        assert not host.powered
        await host.clock.advance(30)
        assert (host.powered, seen) == (True, [False, True])
        assert host.boot_time > before

    on_host(work, shutdown_seconds=0.5, boot_seconds=20)


def test_a_restart_ends_running_commands() -> None:
    async def work(host: WindowsHost) -> None:
        host.power.schedule(1, restart=True)
        assert (await add_package(host)).code == 0xC000013A

    on_host(work, boot_seconds=0.1, shutdown_seconds=0.1, dism_seconds=600)


def test_sessions_are_listed_in_the_host_s_language() -> None:
    english = cmd("query session", sessions=SESSIONS).out
    assert english.startswith(" SESSIONNAME       USERNAME                 ID  STATE")
    german = cmd("query session", sessions=SESSIONS, language="de-DE", code_page=850).out
    assert german.startswith(" SITZUNGSNAME")
    assert "anna" in german and "Aktiv" in german


def test_a_message_reaches_every_user() -> None:
    async def work(host: WindowsHost) -> None:
        assert (await command(host, "msg * /time:60 Restart at 22:00")).code == 0
        assert host.sessions.messages == [("anna", "Restart at 22:00"), ("bert", "Restart at 22:00")]
        assert (await command(host, "msg nobody hello")).code == 1

    on_host(work, sessions=SESSIONS)


def test_a_user_who_is_logged_off_has_no_session() -> None:
    async def work(host: WindowsHost) -> None:
        assert (await command(host, "logoff 2")).code == 0
        assert [user.user for user in host.sessions.users] == ["bert"]
        assert (await command(host, "logoff 2")).code == 1

    on_host(work, sessions=SESSIONS)


def test_a_drain_until_restart_ends_with_the_restart() -> None:
    async def work(host: WindowsHost) -> None:
        assert (await command(host, "change logon /drainuntilrestart")).code == 0
        assert host.sessions.logon_mode == "drainuntilrestart"
        await restart(host)
        assert (host.sessions.logon_mode, host.sessions.users) == ("enable", [])

    on_host(work, sessions=SESSIONS, rdp=SESSION_HOST)


def test_services_and_elevation() -> None:
    assert cmd("sc config nope start= demand").code == 1060
    assert cmd("sc config TrustedInstaller start= demand", account=FILTERED).code == 5
    assert "S-1-16-12288" in cmd("whoami /groups", account=ADMINISTRATOR).out
    assert "S-1-16-8192" in cmd("whoami /groups", account=FILTERED).out


def test_uac_filters_local_administrators_other_than_the_built_in_one() -> None:
    users = [{"name": "ops", "password": "x", "administrator": True, "builtin": False}]

    async def work(host: WindowsHost) -> None:
        account = host.authenticate("HOST\\ops", "x")
        assert account is not None and not account.may_administer
        host.registry.set(
            "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System",
            "LocalAccountTokenFilterPolicy",
            1,
        )
        account = host.authenticate("ops", "x")
        assert account is not None and account.may_administer
        assert host.authenticate("ops", "wrong") is None

    on_host(work, users=users)


def test_the_registry_shows_the_drain_mode() -> None:
    async def work(host: WindowsHost) -> None:
        shown = []
        for option in ("/drainuntilrestart", "/drain", "/enable"):
            await command(host, f"change logon {option}")
            shown.append(host.registry.dword(TERMINAL_SERVER, "TSServerDrainMode"))
        assert shown == [1, 2, 0]

    on_host(work, rdp=SESSION_HOST)


def test_a_host_without_the_role_service_is_not_drained() -> None:
    async def work(host: WindowsHost) -> None:
        assert (await command(host, "change logon /drainuntilrestart")).code == 1
        assert host.registry.dword(TERMINAL_SERVER, "TSServerDrainMode") is None

    on_host(work, system="win7-x64")
