# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exit codes of either sign have stable names, and every failure says what to do."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.exit_codes import (
    EXIT_CODES,
    exit_name,
    explain_exit,
    is_success,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (0, "success"),
        (3010, "restart_required"),
        (0x800F081E, "not_applicable"),
        (-2146498530, "not_applicable"),
        (2359302, "already_installed"),
        (0x80240017, "not_applicable"),
        (-2147023838, "service_disabled"),
        (740, "not_elevated"),
        (0x800F1234, "exit_0x800f1234"),
        (87, "exit_87"),
    ],
)
def test_codes_have_names_whatever_their_sign(code: int, name: str) -> None:
    assert exit_name(code) == name


@pytest.mark.parametrize("code", [0, 3010])
def test_done_and_restart_required_are_success(code: int) -> None:
    assert is_success(code)


@given(st.sampled_from(sorted(EXIT_CODES)))
def test_both_signs_mean_the_same(code: int) -> None:
    signed = code - 2**32 if code >= 2**31 else code
    assert exit_name(signed) == exit_name(code)
    assert explain_exit(signed) == explain_exit(code)
    assert is_success(signed) == is_success(code)


@pytest.mark.parametrize("code", sorted(set(EXIT_CODES) - {0, 3010, 0x240006}))
def test_every_failure_says_what_happened_and_what_to_do(code: int) -> None:
    entry = EXIT_CODES[code]
    assert entry.text.endswith(".") and entry.remedy.endswith(".")
    assert not is_success(code)


def test_an_explanation_writes_large_codes_as_documents_do() -> None:
    assert explain_exit(-2146498554).endswith("(exit code 0x800f0806)")
    assert "0x800f9999" in explain_exit(0x800F9999)
