# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file for `--limit @file`."""

from __future__ import annotations

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.limit_file import limit_text
from hypothesis import given
from hypothesis import strategies as st


def test_each_host_has_a_line() -> None:
    assert limit_text(["rdsh-07", "web.corp.example"]) == ("rdsh-07\nweb.corp.example\n", [])


def test_a_name_that_ansible_would_take_for_a_pattern_is_left_out_and_named() -> None:
    hostile = ["all:!good", "*", "web[1:3]", "@other", "~regex", "a\nall", "a,b", " ", "", "&group", "--x"]
    assert limit_text(hostile) == ("", hostile)


@given(st.lists(st.text()))
def test_no_line_holds_what_has_a_meaning_in_a_pattern(hosts: list[str]) -> None:
    text, left_out = limit_text(hosts)
    assert not set(text) & set(":,;&!*?[]{}~@\\ \t\r")
    assert len(text.splitlines()) + len(left_out) == len(hosts)
