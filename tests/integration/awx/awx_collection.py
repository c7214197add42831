# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetches the collection awx.awx, which PyPI has inside the community package `ansible`."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

PACKAGE = "ansible==12.3.0"
"""Holds awx.awx 24.6.1, the release of the AWX on which the guide's facts were measured."""

FOLDER = Path(__file__).resolve().parents[3] / "build" / "awx-collection"
_INSIDE = "ansible_collections/awx/awx/"


class UnavailableError(Exception):
    """The package could not be had; the message says why."""


def fetch() -> Path:
    """A collection path that holds awx.awx; kept in build/ for the next time."""
    if not (FOLDER / _INSIDE / "MANIFEST.json").exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(_download()) as wheel:
            wheel.extractall(FOLDER, [name for name in wheel.namelist() if name.startswith(_INSIDE)])
    return FOLDER


def _download() -> Path:
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        str(FOLDER),
        PACKAGE,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(FOLDER.glob("ansible-*.whl"))
    if done.returncode or not wheels:
        raise UnavailableError(
            f"awx.awx is not to be had ({PACKAGE} from PyPI): {done.stderr.strip()[-200:]}"
        )
    return wheels[-1]
