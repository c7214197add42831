# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WQL: what WMI reads, what it refuses, and which rows fulfil a condition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.wmi import wql

ROW = {"name": "C:\\Windows\\a.dll", "size": 12, "version": None, "hidden": False, "text": "It's"}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (r"Name = 'c:\\windows\\A.DLL'", True),
        (r"Name = 'C:\Windows\a.dll'", False),
        (r"Name LIKE 'c:\\win%'", True),
        (r"NOT Name LIKE '%[b-z].dll'", True),
        (r"Name NOT LIKE '%_.dll'", False),
        (r"Name LIKE '%[^b].dll'", True),
        ("Size > 11 AND Size < 13", True),
        ("12 >= Size", True),
        ("Size <> 12 OR Hidden = FALSE", True),
        ("Size = '12'", True),
        ("Version IS NULL", True),
        ("Version = NULL", True),
        ("Version <> NULL", False),
        ("Version IS NOT NULL OR Name IS NULL", False),
        ("Version = '6.1'", False),
        (r"Text = 'it\'s'", True),
        ('Text = "IT\'S"', True),
        ("(Size = 1 OR Size = 12) AND NOT (Hidden = TRUE)", True),
    ],
)
def test_conditions_follow_wmi(condition: str, expected: bool) -> None:
    query = wql.parse(f"SELECT * FROM CIM_DataFile WHERE {condition}")
    assert wql.matches(query.where, ROW) is expected


def test_keywords_ignore_case_and_a_list_of_properties_is_kept_in_order() -> None:
    query = wql.parse("select Version , name from Win32_OperatingSystem")
    assert (query.properties, query.class_name, query.where) == (
        ("Version", "name"),
        "Win32_OperatingSystem",
        None,
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT",
        "SELECT * FROM",
        "SELECT * FROM A B",
        "SELECT * FROM A WHERE",
        "SELECT * FROM A WHERE Name IN ('a', 'b')",
        "SELECT * FROM A WHERE Name = 'open",
        "SELECT * FROM A WHERE (Name = 'a'",
        "SELECT * FROM A WHERE Name = ",
        "SELECT * FROM A WHERE Name LIKE 5",
        "DELETE FROM A",
        "SELECT * FROM A ORDER BY Name",
    ],
)
def test_what_is_no_wql_is_refused(text: str) -> None:
    with pytest.raises(wql.QueryError):
        wql.parse(text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        wql.parse(text)
    except wql.QueryError:
        return
    assert text.strip().lower().startswith("select")


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_a_string_that_was_escaped_comes_back_as_it_was(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    where = wql.parse(f"SELECT * FROM A WHERE Name = '{escaped}'").where
    assert wql.key_values(where, "name") == [text]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("Name = 'a' OR name = 'b' OR Name = 'a'", ["a", "b"]),
        ("Name = 'a' AND Size > 3", ["a"]),
        ("Name = 'a' OR Size > 3", None),
        ("Name LIKE 'a%'", None),
        ("NOT Name = 'a'", None),
    ],
)
def test_only_a_condition_that_binds_the_key_is_a_fast_path(
    condition: str, expected: list[str] | None
) -> None:
    assert wql.key_values(wql.parse(f"SELECT * FROM A WHERE {condition}").where, "Name") == expected
