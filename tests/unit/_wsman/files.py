# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that are sent and fetched, and what certutil prints of them."""

from __future__ import annotations

import hashlib

DESTINATION = r"C:\ProgramData\stage\KB1.cab"
SMALL = b"x" * 100
LARGE = bytes(range(256)) * 800
"""Ends 245 bytes after its last line feed."""


def printed(data: bytes, *algorithms: str, spaced: bool = False) -> str:
    text = ""
    for algorithm in algorithms:
        digest = hashlib.new(algorithm, data).digest()
        shown = digest.hex(" ") if spaced else digest.hex()
        text += f"{algorithm.upper()} hash of file C:\\x:\r\n{shown}\r\n"
        text += "CertUtil: -hashfile command completed successfully.\r\n"
    return text
