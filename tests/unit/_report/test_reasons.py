# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages in parts: the cause and the remedy for a person, the rest for who unfolds it."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.reasons import Reason, read_reason
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import WsmanFault
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.failures import (
    Failure,
    _filled,
    advice_said,
    table,
)
from hypothesis import given
from hypothesis import strategies as st

POOL = "ntlm: HTTPConnectionPool(host='10.0.0.7', port=5985): Max retries exceeded with url: /wsman"


def test_the_words_of_a_library_are_left_out() -> None:
    reason = read_reason(f"pc-1: Nothing listens there. Run winrm quickconfig on the host. [{POOL}]", "pc-1")
    assert reason.what == "Nothing listens there."
    assert reason.remedy.startswith("Run winrm quickconfig on the host")


def test_a_message_of_a_library_alone_is_not_passed_for_a_cause() -> None:
    assert str(read_reason(POOL, "pc-1")) == "The connection failed, and the cause is not known."


def test_a_fault_says_its_cause_before_the_request_and_the_code() -> None:
    fault = WsmanFault("pc-1", 5, "Zugriff verweigert", action="the query 'SELECT * FROM X'")
    reason = read_reason(str(fault), "pc-1")
    assert reason.what == "The host denied access."
    assert reason.denied
    assert "SELECT" not in str(reason) and "Zugriff" not in str(reason)


@pytest.mark.parametrize("row", table(), ids=lambda row: row.advice.what[:40])
def test_every_advice_is_found_again_in_the_message_that_gave_it(row: object) -> None:
    given = _filled(row.advice, Failure(host="pc-1", port=5985))  # type: ignore[attr-defined]
    found = advice_said(f"pc-1: {given} [{POOL}]")
    assert found is not None
    assert found.what == _filled(row.advice, Failure()).what  # type: ignore[attr-defined]


def test_a_sentence_of_another_part_of_the_collection_is_cut_at_its_end() -> None:
    said = "srv-1: KB978918: DISM failed. The disk is full. Free 2 GB on C: and run again. (exit code 112)"
    assert read_reason(said, "srv-1") == Reason(
        "KB978918: DISM failed.", "The disk is full. Free 2 GB on C: and run again. (exit code 112)"
    )


def test_a_host_that_is_named_as_a_word_does_not_spoil_the_sentence() -> None:
    assert read_reason("disk: The disk is full.", "disk").what == "The disk is full."


@given(st.text(), st.text(min_size=1))
def test_any_text_has_a_cause(message: str, host: str) -> None:
    assert read_reason(message, host).what
