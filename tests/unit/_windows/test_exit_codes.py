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
        (1234, "exit_1234"),
        (0x800704D2, "exit_1234"),
        (2, "file_not_found"),
        (0x80070003, "path_not_found"),
        (0x80070020, "file_in_use"),
        (0x800700B7, "another_installation_running"),
        (0x800706BE, "rpc_failed"),
        (0x800702E4, "not_elevated"),
        (0x80070032, "msu_not_supported"),
        (0x8007045B, "shutting_down"),
        (0x80070BC9, "restart_needed_first"),
        (3017, "restart_needed_first"),
        (0x800B0109, "package_not_trusted"),
        (0x80096010, "package_altered"),
    ],
)
def test_codes_have_names_whatever_their_sign(code: int, name: str) -> None:
    assert exit_name(code) == name


@pytest.mark.parametrize("code", [0, 3010])
def test_done_and_restart_required_are_success(code: int) -> None:
    assert is_success(code)


READINESS_TOOL = (
    # its article, without the code of a missing file
    *(0x8007000D, 0x800F081F, 0x80073712, 0x800736CC, 0x800705B9, 0x80070246, 0x8007370D, 0x8007370B),
    *(0x8007370A, 0x80070057, 0x800B0100, 0x80092003, 0x800B0101, 0x8007371B, 0x80070490),
    # its log
    *(0x800F0818, 0x800F0900, 0x80073701, 0x800736B3, 0x80092004, 0x800F080D),
)


@pytest.mark.parametrize("code", READINESS_TOOL, ids=hex)
def test_the_codes_of_the_readiness_tool_are_damage_of_the_store_and_name_the_tool(code: int) -> None:
    assert exit_name(code) == "store_damaged"
    assert "KB947821" in explain_exit(code)


@pytest.mark.parametrize("code", [0x800B0100, 0x800B0109, 0x80096010], ids=hex)
def test_a_package_that_was_packed_anew_is_compared_with_the_publishers(code: int) -> None:
    assert "compare its hash with the publisher's" in explain_exit(code)


@pytest.mark.parametrize("code", sorted(code for code in EXIT_CODES if code and code != 3010))
def test_a_win32_code_and_its_hresult_have_one_name(code: int) -> None:
    twin = code & 0xFFFF if code >> 16 == 0x8007 else 0x80070000 | code if code <= 0xFFFF else code
    if twin != 3010:
        assert exit_name(twin) == exit_name(code)


def test_a_restart_that_completes_is_told_from_one_that_is_needed_first() -> None:
    assert (exit_name(3010), exit_name(0x80070BC2)) == ("restart_required", "restart_needed_first")
    assert not is_success(0x80070BC2)


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
