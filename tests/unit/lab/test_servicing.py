# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servicing: packages, pending state, the boot that completes them, and the ways in which it fails."""

from __future__ import annotations

import asyncio

import pytest

from tests.lab.packages import article
from tests.lab.windows.host import WindowsHost
from tests.lab.windows.servicing import INSTALL_PENDING, INSTALLED, UNINSTALL_PENDING

from .hosts import FILTERED
from .machine import CAB, CBS, IDENTITY, add_package, command, on_host, restart

CREDSSP = "C:\\Windows\\System32\\credssp.dll"
FIXED, RTM = "6.1.7600.20618", "6.1.7600.16385"
SYSTEMS = {"win7-x86": "x86", "2008r2-x64": "x64", "2008r2-ia64": "ia64"}


def _pending(host: WindowsHost) -> tuple[bool, bool]:
    return host.registry.exists(f"{CBS}\\RebootPending"), host.disk.exists("C:\\Windows\\winsxs\\pending.xml")


@pytest.mark.parametrize(("system", "architecture"), SYSTEMS.items())
def test_files_change_at_the_restart_and_are_the_article_s(system: str, architecture: str) -> None:
    async def work(host: WindowsHost) -> None:
        result = await add_package(host, architecture)
        assert result.code == 3010
        assert "Restart Windows to complete this operation." in result.out
        assert host.disk.version(CREDSSP) == RTM
        assert _pending(host) == (True, True)
        await restart(host)
        assert _pending(host) == (False, False)
        for row in article.files(architecture):
            info = host.disk.info(row.path)
            assert info is not None and info.size == row.size
            assert host.disk.version(row.path) == (row.version or None)
        for manifest in article.manifests(architecture):
            info = host.disk.info(f"C:\\Windows\\winsxs\\Manifests\\{manifest.name}")
            assert info is not None and info.size == manifest.size and info.name == manifest.name.lower()
        assert "KB978918" in [row.hotfix_id for row in host.servicing.quick_fixes()]

    on_host(work, system=system)


def test_states_and_listing_of_a_package() -> None:
    async def work(host: WindowsHost) -> None:
        await add_package(host)
        assert host.servicing.state(IDENTITY) == INSTALL_PENDING
        listing = (await command(host, "dism /online /english /get-packages")).out
        block = listing[listing.index(f"Package Identity : {IDENTITY}") :].split("\r\n\r\n")[0]
        assert block.split("\r\n")[1:] == [
            "State : Install Pending",
            "Release Type : Hotfix",
            "Install Time : ",
        ]
        assert "KB978918" not in [row.hotfix_id for row in host.servicing.quick_fixes()]
        await restart(host)
        assert host.servicing.state(IDENTITY) == INSTALLED
        assert host.servicing.state(IDENTITY.replace("_for", "_1_for")) == INSTALLED

    on_host(work)


def test_a_second_install_changes_nothing() -> None:
    async def work(host: WindowsHost) -> None:
        await add_package(host)
        assert (await add_package(host)).code == 3010
        await restart(host)
        assert (await add_package(host)).code == 0
        assert _pending(host) == (False, False)

    on_host(work)


def test_removing_restores_the_originals_at_the_restart() -> None:
    async def work(host: WindowsHost) -> None:
        before = host.disk.read(CREDSSP)
        await add_package(host)
        await restart(host)
        removed = await command(
            host, f"dism /online /english /quiet /norestart /remove-package /packagename:{IDENTITY}"
        )
        assert (removed.code, host.servicing.state(IDENTITY)) == (3010, UNINSTALL_PENDING)
        assert host.disk.version(CREDSSP) == FIXED
        await restart(host)
        assert host.disk.read(CREDSSP) == before
        assert host.servicing.state(IDENTITY) == 0
        assert host.disk.listing("C:\\Windows\\winsxs\\Manifests") == []

    on_host(work)


def test_a_host_that_came_with_the_fix_can_go_back_to_rtm() -> None:
    async def work(host: WindowsHost) -> None:
        assert host.servicing.state(IDENTITY) == INSTALLED
        await command(host, f"dism /online /quiet /norestart /remove-package /packagename:{IDENTITY}")
        await restart(host)
        assert host.disk.version(CREDSSP) == RTM

    on_host(work, files="fixed")


def test_a_change_rolled_back_at_boot_leaves_the_old_files_and_a_log() -> None:
    async def work(host: WindowsHost) -> None:
        assert (await add_package(host)).code == 3010
        await restart(host)
        assert host.disk.version(CREDSSP) == RTM
        assert (host.servicing.state(IDENTITY), _pending(host)) == (0, (False, False))
        assert b"HRESULT = 0x800f0922" in host.disk.read("C:\\Windows\\Logs\\CBS\\CBS.log")

    on_host(work, faults=["revert_on_boot"])


def test_a_second_restart_is_part_of_the_change() -> None:
    async def work(host: WindowsHost) -> None:
        await add_package(host)
        await restart(host)
        assert host.power.boots == 2
        assert host.disk.version(CREDSSP) == FIXED
        assert not host.registry.exists(f"{CBS}\\RebootInProgress")

    on_host(work, faults=["second_restart"])


def test_reboot_in_progress_stands_while_servicing_settles() -> None:
    async def work(host: WindowsHost) -> None:
        await add_package(host)
        await command(host, "shutdown /r /t 0")
        await host.clock.advance(10)
        assert host.powered and host.registry.exists(f"{CBS}\\RebootInProgress")
        await host.clock.advance(30)
        assert not host.registry.exists(f"{CBS}\\RebootInProgress")

    on_host(work, shutdown_seconds=1, boot_seconds=5, settle_seconds=20)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("another_install_running", 183),
        ("trustedinstaller_disabled", 0x80070422),
        ("store_damaged", 0x80073712),
        ("pending_operations", 0x800F0806),
        ("restart_needed_first", 0x80070BC2),
        ("servicing_stack_too_old", 0x800F0823),
        ("disk_full", 0x80070070),
        ("rpc_failed", 1726),
    ],
)
def test_bad_luck_has_its_code_and_changes_nothing(fault: str, code: int) -> None:
    async def work(host: WindowsHost) -> None:
        host.inject(fault)
        result = await add_package(host)
        number = str(code) if code < 0x10000 else f"0x{code:08x}"
        assert result.code == code
        assert f"\r\nError: {number}\r\n" in result.out
        assert (host.servicing.state(IDENTITY), _pending(host)) == (0, (False, False))

    on_host(work)


def test_a_boot_starts_without_the_volatile_keys_of_other_software() -> None:
    async def work(host: WindowsHost) -> None:
        update = (
            "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired"
        )
        for key in (update, f"{CBS}\\RebootPending"):
            host.registry.create(key)
        host.inject("restart_needed_first")
        assert (await add_package(host)).code == 0x80070BC2
        await restart(host)
        assert not host.registry.exists(update)
        assert _pending(host) == (False, False)
        assert (await add_package(host)).code == 3010

    on_host(work)


def test_two_installations_do_not_run_at_once() -> None:
    async def work(host: WindowsHost) -> None:
        results = await asyncio.gather(add_package(host), add_package(host))
        assert sorted(result.code for result in results) == [183, 3010]

    on_host(work)


def test_a_restart_in_the_middle_of_an_installation_leaves_nothing_pending() -> None:
    async def work(host: WindowsHost) -> None:
        running = asyncio.ensure_future(add_package(host))
        await asyncio.sleep(0.05)
        await restart(host)
        assert (await running).code == 0xC000013A
        assert (host.servicing.state(IDENTITY), _pending(host)) == (0, (False, False))
        assert not host.servicing.busy

    on_host(work, dism_seconds=30)


@pytest.mark.parametrize(
    ("system", "files", "architecture"),
    [("2008r2-x64-sp1", "sp1", "x64"), ("2012-x64", "windows8", "x64"), ("win7-x64", "vulnerable", "x86")],
)
def test_a_package_for_another_system_is_not_applicable(system: str, files: str, architecture: str) -> None:
    async def work(host: WindowsHost) -> None:
        assert (await add_package(host, architecture)).code == 0x800F081E

    on_host(work, system=system, files=files)


def test_dism_refuses_msu_missing_and_damaged_files_and_filtered_tokens() -> None:
    async def work(host: WindowsHost) -> None:
        line = "dism /online /english /norestart /add-package /packagepath:"
        host.disk.write("C:\\x.msu", b"MSCF")
        host.disk.write("C:\\x.cab", b"MSCFgarbage")
        assert (await command(host, line + "C:\\x.msu")).code == 50
        assert (await command(host, line + "C:\\nope.cab")).code == 3
        assert (await command(host, line + "C:\\x.cab")).code == 0x800F0805
        refused = await command(host, line + "C:\\x.cab", account=FILTERED)
        assert (refused.code, "Elevated permissions are required to run DISM." in refused.out) == (740, True)
        assert (await command(host, "dism /online /cleanup-image /restorehealth")).code == 87

    on_host(work)


def test_quiet_without_norestart_restarts_unasked() -> None:
    async def work(host: WindowsHost) -> None:
        await add_package(host)
        host.servicing.finish_boot()
        await command(host, f"dism /online /quiet /add-package /packagepath:{CAB}")
        assert host.power.countdown is not None or host.power.going_down

    on_host(work)


def test_a_gdr_host_takes_the_fix_and_newer_files_stay() -> None:
    async def gdr(host: WindowsHost) -> None:
        await add_package(host)
        await restart(host)
        assert host.disk.version(CREDSSP) == FIXED

    async def newer(host: WindowsHost) -> None:
        await add_package(host)
        await restart(host)
        assert host.disk.version(CREDSSP) == "6.1.7600.21000"

    on_host(gdr, files="gdr")
    on_host(newer, files="ldr")


def test_core_without_wow64_takes_only_the_native_part() -> None:
    async def work(host: WindowsHost) -> None:
        await add_package(host)
        await restart(host)
        assert host.disk.version(CREDSSP) == FIXED
        assert not host.disk.exists("C:\\Windows\\SysWOW64")

    on_host(work, system="2008r2-core")
