# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Package states come from the registry by the host's own search, or from DISM where that proves nothing."""

from __future__ import annotations

import asyncio
import re

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.packages import (
    BROKEN_STATES,
    STATES,
    PackageState,
    packages_command,
    packages_from_answer,
    parent_package,
    parse_packages,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import RemoteError
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.fake_session import FakeSession
from tests.unit.lab.hosts import make_host
from tests.unit.lab.machine import add_package, command

KEY = (
    "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages\\"
)
IDENTITY = "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"
PROOF = KEY + "Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~6.1.7600.16385\r\n"


def answer(identity: str, state: str) -> str:
    return f"{KEY}{identity}\r\n\r\n{KEY}{identity}\r\n    CurrentState    REG_DWORD    {state}\r\n\r\n"


def package(name: str, code: int, version: str = "6.1.1.0") -> PackageState:
    state = (STATES | BROKEN_STATES)[code]
    return PackageState(f"{name}~31bf3856ad364e35~amd64~~{version}", state, code)


def test_the_command_asks_for_one_kb_only_and_never_lists_the_key() -> None:
    line = packages_command("KB978918")
    assert "/k /f KB978918 " in line and "_for_KB978918[^0-9]" in line
    assert len(line) < 1000 and "\n" not in line


# What each state of Microsoft's chart means for a hotfix.
CHART = {
    0x00: ("Not Present", "not installed"),
    0x04: ("Staged", "not installed"),
    0x05: ("Uninstall Pending", "pending"),
    0x10: ("Resolving", "not installed"),
    0x20: ("Resolved", "not installed"),
    0x30: ("Staging", "not installed"),
    0x40: ("Staged", "not installed"),
    0x50: ("Superseded", "replaced"),
    0x60: ("Install Pending", "pending"),
    0x65: ("Partially Installed", "in part"),
    0x70: ("Installed", "installed"),
    0x80: ("Permanent", "installed"),
    0xFFFFFF80: ("Invalid Permanent", "in doubt"),
    0xFFFFFF90: ("Invalid Installed", "in doubt"),
    0xFFFFFFC0: ("Invalid Staged", "in doubt"),
    0xFFFFFFE0: ("Invalid Resolved", "in doubt"),
    0xFFFFFFED: ("Unknown (0xffffffed)", "in doubt"),
    0x90: ("Unknown (0x90)", "in doubt"),
}


@pytest.mark.parametrize(("code", "name", "meaning"), [(code, *row) for code, row in CHART.items()])
def test_each_state_of_the_chart_has_its_name_and_one_meaning(code: int, name: str, meaning: str) -> None:
    (found,) = parse_packages(answer(IDENTITY, hex(code)) + PROOF)
    assert found == PackageState(IDENTITY, name, code)
    flags = {
        "pending": found.pending,
        "installed": found.installed,
        "not installed": found.not_installed,
        "in doubt": bool(found.doubt),
    }
    assert [flag for flag, holds in flags.items() if holds] == [meaning] * (meaning in flags)


def test_the_chart_holds_all_states() -> None:
    assert set(CHART) >= {*STATES, *BROKEN_STATES}


def test_a_broken_package_is_said_to_be_broken_with_its_repair() -> None:
    doubt = package("Package_for_KB978918", 0xFFFFFF90).doubt
    assert "broken (Invalid Installed)" in doubt and "KB947821" in doubt
    assert "could not be read" not in doubt


def test_a_state_that_was_read_is_never_said_to_be_unreadable() -> None:
    assert "not documented: Unknown (0x90)" in PackageState(IDENTITY, "Unknown (0x90)", 0x90).doubt
    assert "could not be read" in PackageState(IDENTITY, "Unknown", None).doubt


def test_a_word_of_dism_without_a_meaning_is_in_doubt() -> None:
    listing = f"Package Identity : {IDENTITY}\r\nState : Removed\r\n"
    (found,) = packages_from_answer(
        FakeSession(commands={"dism /online /english /get-packages": listing}), "KB978918", ""
    )
    assert found.doubt and not found.not_installed


@pytest.mark.parametrize(("code", "name"), STATES.items())
def test_states_have_the_names_that_dism_gives_them(code: int, name: str) -> None:
    assert parse_packages(answer(IDENTITY, hex(code)) + PROOF) == [PackageState(IDENTITY, name, code)]


def test_a_state_without_a_name_is_unknown_with_its_number() -> None:
    assert parse_packages(answer(IDENTITY, "0x33"))[0].state == "Unknown (0x33)"


def test_a_package_whose_state_cannot_be_read_is_not_forgotten() -> None:
    assert parse_packages(f"{KEY}{IDENTITY}\r\n" + PROOF) == [PackageState(IDENTITY, "Unknown", None)]


def test_several_packages_keep_the_order_of_the_host() -> None:
    text = answer("Package_1_for_KB978918~x", "0x70") + answer(IDENTITY, "0x60")
    assert [found.code for found in parse_packages(text)] == [0x70, 0x60]


@given(st.text(max_size=300))
def test_other_output_holds_no_package(text: str) -> None:
    assert parse_packages(text + "\nHKEY is not a key\n") == []


def test_nothing_found_by_a_search_that_works_is_the_answer() -> None:
    session = FakeSession()
    assert packages_from_answer(session, "KB978918", PROOF) == []
    assert not session.command_lines


def test_a_state_that_the_command_did_not_print_is_asked_for() -> None:
    key = KEY.replace("HKEY_LOCAL_MACHINE", "HKLM") + IDENTITY
    session = FakeSession(registry={key: {"CurrentState": 0x60}})
    names = f"{KEY}{IDENTITY}\r\n" + PROOF
    assert packages_from_answer(session, "KB978918", names) == [
        PackageState(IDENTITY, "Install Pending", 0x60)
    ]
    assert packages_from_answer(FakeSession(), "KB978918", names) == [PackageState(IDENTITY, "Unknown", None)]


@pytest.mark.parametrize(("reads", "code"), [(True, 0x60), (False, None)])
def test_a_package_is_named_whether_or_not_for_reads_what_a_command_prints(
    reads: bool, code: int | None
) -> None:
    async def printed() -> str:
        host = make_host()
        await add_package(host)
        line = packages_command("KB978918")
        if not reads:
            line = re.sub(r"\('.*?'\)", "('rem')", line)
        return (await command(host, line, code_page=65001)).out

    assert [found.code for found in parse_packages(asyncio.run(printed()))] == [code] * 3, "root, tree, leaf"


DISM = (
    "Package Identity : Package_for_KB9789180~31bf3856ad364e35~amd64~~6.1.1.0\r\nState : Installed\r\n"
    f"Package Identity : {IDENTITY}\r\nState : Install Pending\r\n"
)


def test_a_search_that_proves_nothing_is_left_to_dism() -> None:
    session = FakeSession(commands={"dism /online /english /get-packages": DISM})
    assert packages_from_answer(session, "KB978918", "") == [PackageState(IDENTITY, "Install Pending", 0x60)]


def test_where_neither_answers_the_error_names_the_cause() -> None:
    session = FakeSession(
        commands={
            "dism /online /english /get-packages |": "",
            "dism /online /english /get-packages": (740, ""),
        }
    )
    with pytest.raises(RemoteError, match=r"no package at all.*elevated.*Administrators"):
        packages_from_answer(session, "KB978918", "")


@pytest.mark.parametrize(
    "others",
    [
        [package("Package_1_for_KB978918", 0x70)],
        [package("Package_for_KB978918_RTM", 0x70), package("Package_2_for_KB978918_RTM", 0x70)],
        [package("Package_for_KB978918", 0x00, "6.1.2.0")],
        [package("Package_for_KB978918", 0x50, "6.1.0.9")],
        [package("Package_for_KB978918", 0x40, "6.1.2.0"), package("Package_for_KB978918", 0x70, "6.1.3.0")],
    ],
)
def test_the_parent_decides_among_the_packages_of_a_hotfix(others: list[PackageState]) -> None:
    parent = package("Package_for_KB978918", 0x60)
    assert parent_package([*others, parent]) == parent_package([parent, *others]) == parent


def test_without_a_plain_parent_the_branch_package_decides() -> None:
    branch = package("Package_for_KB978918_RTM", 0x70)
    assert parent_package([package("Package_1_for_KB978918", 0x40), branch]) == branch
    assert parent_package([]) is None
