# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""reg.exe of the simulated machine."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.lab.windows.host import WindowsHost

from .hosts import FILTERED, make_host
from .machine import CBS, cmd, command, on_host

TERMINAL = '"HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server"'


def test_a_value_is_printed_below_its_key() -> None:
    result = cmd(f"reg query {TERMINAL} /v TSAppCompat")
    assert result.out == (
        "\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\r\n"
        "    TSAppCompat    REG_DWORD    0x0\r\n\r\n"
    )


def test_a_missing_value_is_an_error_in_the_host_s_language() -> None:
    result = cmd(f"reg query {TERMINAL} /v Nope", language="de-DE", code_page=850)
    assert (result.code, result.out) == (1, "")
    assert "FEHLER: Der angegebene Registrierungsschlüssel" in result.err


def test_a_search_for_keys_ends_with_a_localised_summary() -> None:
    result = cmd(f'reg query "{CBS}\\Packages" /k /f KB976902', language="de-DE", code_page=850)
    lines = result.out.split("\r\n")
    assert len([line for line in lines if line.startswith("HKEY_LOCAL_MACHINE\\")]) == 2
    assert lines[-2] == "Ende der Suche: 2 Übereinstimmung(en) gefunden."


def test_a_search_without_a_match_exits_1() -> None:
    result = cmd(f'reg query "{CBS}\\Packages" /k /f KB978918')
    assert (result.code, result.out) == (1, "\r\nEnd of search: 0 match(es) found.\r\n")


def test_the_search_may_find_nothing_without_recursion() -> None:
    # Whether /k /f without /s looks at the first level is not verified on real hosts.
    line = f'reg query "{CBS}\\Packages" /k /f KB976902'
    assert cmd(line, faults=["reg_find_needs_recursion"]).code == 1
    assert cmd(line + " /s", faults=["reg_find_needs_recursion"]).code == 0


def test_every_host_has_thousands_of_package_keys() -> None:
    async def work(host: WindowsHost) -> None:
        assert len(host.registry.subkeys(f"{CBS}\\Packages")) >= 2000

    on_host(work)


def test_a_filtered_token_may_read() -> None:
    assert cmd(f"reg query {TERMINAL}", account=FILTERED).code == 0


def test_what_reg_does_not_know_here_is_refused_and_noted() -> None:
    async def work(host: WindowsHost) -> None:
        assert (await command(host, "reg save HKLM\\SOFTWARE C:\\x")).code == 1
        assert host.unknown_requests

    on_host(work)


@pytest.mark.parametrize(
    ("kind", "data", "shown"),
    [
        ("REG_DWORD", 16, "0x10"),
        ("REG_SZ", "a b", "a b"),
        ("REG_EXPAND_SZ", "x", "x"),
        ("REG_MULTI_SZ", ("a", "b"), "a\\0b"),
        ("REG_BINARY", b"\0\xff", "00FF"),
    ],
)
def test_data_of_every_type_is_printed(kind: str, data: Any, shown: str) -> None:
    async def work(host: WindowsHost) -> None:
        host.registry.set("HKLM\\SOFTWARE\\Test", "Name", data, kind)
        read = await command(host, "reg query HKLM\\SOFTWARE\\Test /v Name")
        assert f"    Name    {kind}    {shown}\r\n" in read.out

    on_host(work)


def test_hosts_share_a_base_and_keep_their_changes_to_themselves() -> None:
    async def work() -> None:
        one, two = make_host(), make_host()
        name = one.registry.subkeys(f"{CBS}\\Packages")[5]
        one.registry.delete(f"{CBS}\\Packages\\{name}")
        one.registry.set(f"{CBS}\\Packages\\Package_for_KB1", "CurrentState", 0x60)
        assert name in two.registry.subkeys(f"{CBS}\\Packages")
        assert not two.registry.exists(f"{CBS}\\Packages\\Package_for_KB1")
        assert name not in one.registry.subkeys(f"{CBS}\\Packages")

    asyncio.run(work())
