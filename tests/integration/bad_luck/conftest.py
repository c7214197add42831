# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by the tests of bad input and bad luck: packages, good and bad."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab.packages.__main__ import main as write_packages


@dataclass(frozen=True)
class Packages:
    """The folder of the good packages; the bad ones lie below it."""

    folder: Path

    def good(self, architecture: str = "x64") -> Path:
        return self.folder / f"Windows6.1-KB978918-{architecture}.msu"

    def bad(self, ending: str) -> Path:
        """The one bad package whose name ends so."""
        (found,) = (self.folder / "bad").glob(f"*{ending}.msu")
        return found


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    folder = tmp_path_factory.mktemp("packages")
    assert write_packages([str(folder)]) == 0
    return Packages(folder)
