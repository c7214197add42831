# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is prepared once for all processes of a run."""

from __future__ import annotations

import gc

import pytest
import spnego
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman import before_fork
from spnego import _ntlm


def test_each_first_use_reaches_its_end() -> None:
    # As the module itself hides what goes wrong.
    before_fork._log_on()
    before_fork._prepare_a_request()
    before_fork._read_an_answer()


def test_what_was_there_before_is_not_searched_for_garbage() -> None:
    kept = [[] for _unused in range(10)]
    before_fork.keep_shared()
    try:
        assert not any(each is one for each in gc.get_objects() for one in kept)
    finally:
        gc.unfreeze()


def test_the_lm_hash_of_a_password_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[str] = []

    def compute(password: str) -> bytes:
        computed.append(password)
        return bytes(16)

    monkeypatch.setattr(_ntlm, "lmowfv1", compute)
    before_fork.keep_lm_hashes()
    for password in ("one", "two", "one"):
        options = spnego.NegotiateOptions.use_ntlm
        assert spnego.client("User", password, protocol="ntlm", options=options).step()
    assert computed == ["one", "two"]
