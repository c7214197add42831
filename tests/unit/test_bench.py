# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A benchmark says of each bound whether it is met, and only of what it measured."""

from __future__ import annotations

import pytest

from tests.bench._bounds import Bound, judge


def test_what_was_not_measured_is_not_called_met(capsys: pytest.CaptureFixture[str]) -> None:
    assert judge([Bound("opened and sorted", None, 2, "s")]) == 0
    assert capsys.readouterr().out == "  opened and sorted, at most 2 s: not measured\n"


@pytest.mark.parametrize(("figure", "said", "code"), [(1.43, "met (1.43)", 0), (1.51, "NOT MET (1.51)", 1)])
def test_a_measured_bound_is_met_or_not(
    figure: float, said: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert judge([Bound("ratio of wall time", figure, 1.5), Bound("memory", None, 1, "MiB")]) == code
    assert f"ratio of wall time, at most 1.5: {said}" in capsys.readouterr().out
