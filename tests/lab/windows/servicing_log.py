# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CBS.log and dism.log: lines of the shape that 6.1 writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .host import WindowsHost

CBS_LOG = "C:\\Windows\\Logs\\CBS\\CBS.log"
DISM_LOG = "C:\\Windows\\Logs\\DISM\\dism.log"


class ServicingLog:
    """Appends to the two logs; a full disk loses lines, as it does on Windows."""

    def __init__(self, host: WindowsHost) -> None:
        self._host = host

    def line(self, text: str, level: str = "Info") -> None:
        stamp = self._host.local_now().strftime("%Y-%m-%d %H:%M:%S")
        self._append(CBS_LOG, f"{stamp}, {level + ',':<22}CBS    {text}\r\n")

    def error(self, text: str, code: int) -> None:
        self.line(f"{text} [HRESULT = 0x{code:08x}]", "Error")

    def session_begin(self, identity: str) -> None:
        self.line("Starting TrustedInstaller initialization.")
        self.line(f"Exec: Processing started.  Client: DISM Package Manager Provider, Package: {identity}")

    def dism(self, text: str, path: str = DISM_LOG) -> None:
        """DISM's own log, or the one that /LogPath names in its place."""
        stamp = self._host.local_now().strftime("%Y-%m-%d %H:%M:%S")
        self._append(path, f"{stamp}, Info                  DISM   {text}\r\n")

    def _append(self, path: str, text: str) -> None:
        data = text.encode()
        if len(data) <= self._host.disk.free:
            self._host.disk.write(path, data, append=True)
