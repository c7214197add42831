# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Export files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit._directory.powershell_objects import Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def as_file(text: str | bytes, name: str) -> str:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    return as_file
