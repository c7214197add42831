# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The field check counts the parts of the assessment's command line that a host loses."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check._checks_commands import CHECKS
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check._host import CheckedHost

from tests.unit.fake_session import FakeSession
from tests.unit.lab_session import LabSession


@pytest.mark.parametrize(
    ("session", "evidence"),
    [
        (LabSession(), "0 of 6 parts were lost"),
        (
            FakeSession(commands={"echo [[": "[[run]] \r\n[[packages]] \r\n[[pending]] \r\n"}),
            "4 of 6 parts were lost: pending, scheduled, attempt, exposure",
        ),
    ],
    ids=["none", "some"],
)
def test_the_lost_parts_are_counted(session: Any, evidence: str) -> None:
    assert CHECKS["joined-command"](CheckedHost(session, None)).evidence == evidence  # type: ignore[arg-type]
