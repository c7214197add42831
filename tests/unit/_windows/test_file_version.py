# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File versions: reading, ordering, branch."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.file_version import FileVersion
from hypothesis import given
from hypothesis import strategies as st

NUMBER = st.integers(0, 0xFFFF)
NUMBERS = st.tuples(NUMBER, NUMBER, NUMBER, NUMBER)


@pytest.mark.parametrize(
    "text",
    [
        "6.1.7600.16385",
        "6.1.7600.16385 (win7_rtm.090713-1255)",
        "  6.1.7600.16385",
        "6, 1, 7600, 16385",
        "6.1.7600.16385built by: WinDDK",
    ],
)
def test_reads_the_leading_four_numbers(text):
    assert str(FileVersion.parse(text)) == "6.1.7600.16385"


@pytest.mark.parametrize(
    "text", ["", "6.1", "6.1.7600", "v6.1.7600.1", "6.1.7600.70000", "6.1.7600.1.2", "x"]
)
def test_refuses_what_is_no_version(text):
    with pytest.raises(ValueError, match="not a file version"):
        FileVersion.parse(text)


@given(NUMBERS, NUMBERS)
def test_orders_as_the_numbers_do_not_as_their_text(left, right):
    assert (FileVersion(*left) < FileVersion(*right)) == (left < right)


@given(NUMBERS)
def test_text_reads_back_as_the_same_version(numbers):
    assert FileVersion.parse(str(FileVersion(*numbers))) == FileVersion(*numbers)


@pytest.mark.parametrize(
    ("text", "branch"),
    [
        ("6.1.7600.16385", "RTM"),
        ("6.1.7600.16386", "GDR"),
        ("6.1.7600.17206", "GDR"),
        ("6.1.7600.20618", "LDR"),
        ("6.1.7600.21999", "LDR"),
        ("6.1.7601.17514", "SP1"),
        ("6.1.7601.19110", "SP1"),
        ("6.1.7601.23403", "SP1"),
        ("6.2.9200.16384", "later"),
        ("10.0.14393.0", "later"),
        ("6.1.7600.16384", "other"),
        ("6.0.6001.18000", "other"),
    ],
)
def test_names_the_branch_that_built_a_file(text, branch):
    assert FileVersion.parse(text).branch == branch


def test_a_later_gdr_build_is_older_than_the_hotfix_and_sp1_is_newer():
    fix = FileVersion.parse("6.1.7600.20618")
    assert FileVersion.parse("6.1.7600.17206") < fix < FileVersion.parse("6.1.7601.17514")


def test_a_later_ldr_build_holds_the_hotfix():
    assert FileVersion.parse("6.1.7600.21000") > FileVersion.parse("6.1.7600.20618")
