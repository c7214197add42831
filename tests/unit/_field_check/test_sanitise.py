# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is taken out of recordings, and what stays."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check._sanitise import Sanitiser
from hypothesis import given
from hypothesis import strategies as st

NAMES = {"RDSH-07": "HOST", "contoso.example": "example.test", "CONTOSO": "DOMAIN", "anna": "user", "C": "X"}


@pytest.fixture
def sanitiser() -> Sanitiser:
    return Sanitiser(NAMES)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("rdsh-07.contoso.example", "HOST.example.test"),
        (r"CONTOSO\anna logged on to \\RDSH-07\c", r"DOMAIN\user logged on to \\HOST\X"),
        (r"C:\Users\anna\x", r"C:\Users\user\x"),
        ("hannah, contosoes, RDSH-071", "hannah, contosoes, RDSH-071"),
        ("at 10.20.30.40:5985", "at 192.0.2.1:5985"),
        ("fe80::1c2b:3a4d:5e6f:7081%11", "2001:db8:0:0:0:0:0:1"),
        ("00-15-5D-01-02-03", "02-00-00-00-00-01"),
    ],
)
def test_names_and_addresses_are_replaced_where_they_stand_alone(
    sanitiser: Sanitiser, text: str, clean: str
) -> None:
    assert sanitiser.text(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "6.1.7600.20618",
        "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0",
        "2026-11-20T09:27:35.258831Z",
        "S-1-5-18 S-1-5-32-544 S-1-16-12288",
        r"HKLM\SYSTEM\CurrentControlSet",
    ],
)
def test_what_belongs_to_windows_stays(sanitiser: Sanitiser, text: str) -> None:
    assert sanitiser.text(text) == text


def test_the_same_identifier_gets_the_same_replacement_in_any_case(sanitiser: Sanitiser) -> None:
    one, two = "6E0B3B0C-5A65-4E6B-9D5E-0C7B6A1F2D10", "1F4C9A77-2E1D-4B7C-8C0A-9D3E5B6F7A20"
    first = sanitiser.text(f"uuid:{one}")
    assert first != sanitiser.text(f"uuid:{two}")
    assert sanitiser.text(f"uuid:{one.lower()}") == first
    assert sanitiser.text(first) == first


def test_a_domain_of_security_identifiers_is_replaced_and_the_relative_one_stays(
    sanitiser: Sanitiser,
) -> None:
    assert sanitiser.text("S-1-5-21-1-2-3-500") == sanitiser.text("S-1-5-21-1-2-3-500")
    assert sanitiser.text("S-1-5-21-1-2-3-500").endswith("-500")
    assert "1-2-3" not in sanitiser.text("S-1-5-21-1-2-3-500")


def test_a_name_in_utf_16_is_replaced_by_one_in_utf_16(sanitiser: Sanitiser) -> None:
    wide = "by anna now".encode("utf-16-le").decode("latin-1")
    assert sanitiser.text(wide).encode("latin-1").decode("utf-16-le") == "by user now"


def test_a_name_without_letters_is_no_name() -> None:
    assert Sanitiser({".": "DOMAIN", "": "x"}).text("dism . /x 6.1") == "dism . /x 6.1"


def test_results_are_sanitised_in_depth(sanitiser: Sanitiser) -> None:
    value = {"os": {"computer_name": "RDSH-07"}, "list": ["anna", 1, None]}
    assert sanitiser.value(value) == {"os": {"computer_name": "HOST"}, "list": ["user", 1, None]}


@given(st.text(alphabet="abcXYZ019-_. \\:@", max_size=60))
def test_no_known_name_is_left_alone_in_any_text(text: str) -> None:
    sanitiser = Sanitiser({"anna": "user", "RDSH-07": "HOST"})
    clean = sanitiser.text(f"{text} anna {text}\\RDSH-07.{text}")
    assert " anna " not in clean
    assert "\\RDSH-07." not in clean
