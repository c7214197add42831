# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of sending and fetching, in a folder of their own."""

from __future__ import annotations

from functools import partial

from .._wsman.fetch import fetch_bytes, hash_by_each
from .._wsman.send import send_bytes, send_one_way
from ._assumptions import Finding, found
from ._host import Check, CheckedHost, noise

_ADMINISTRATORS = "*S-1-5-32-544"
_SYSTEM = "*S-1-5-18"
_LARGE = 32 * 1024
_SMALL = 8 * 1024


def make_folder(host: CheckedHost) -> None:
    """Make the folder of the uploads, or use one that an earlier check left."""
    host.session.run(f'if not exist "{host.folder}\\" mkdir "{host.folder}"')


def remove_folder(host: CheckedHost) -> bool:
    """Remove the folder of the uploads with its content; return whether it is gone."""
    line = f'rd /s /q "{host.folder}" 2>nul & if exist "{host.folder}\\" echo left'
    return "left" not in host.session.run(line).stdout


def _hash_algorithms(host: CheckedHost) -> Finding:
    known = hash_by_each(host.session, f"{host.system32}\\certutil.exe")
    return found("sha256" in known, ", ".join(known) or "none")


def _closed_folder(host: CheckedHost) -> Finding:
    grants = f'"{_SYSTEM}:(OI)(CI)F" "{_ADMINISTRATORS}:(OI)(CI)F"'
    line = f'icacls "{host.folder}" /inheritance:r /grant:r {grants} /q && icacls "{host.folder}"'
    result = host.session.run(line)
    entries = result.stdout.count("(OI)(CI)(F)")
    return found(result.exit_code == 0 and entries == 2, f"exit code {result.exit_code}, {entries} entries")


def _upload(host: CheckedHost, *, way: str, size: int) -> Finding:
    whole, failure = send_one_way(host.session, way, noise(size), f"{host.folder}\\{way}.bin")
    return found(whole, failure or "it arrived whole")


def _fetch(host: CheckedHost) -> Finding:
    path = f"{host.folder}\\fetch.bin"
    sent = noise(1000)
    send_bytes(host.session, sent, path)
    came = fetch_bytes(host.session, path)
    return found(came == sent, f"{len(came or b'')} of {len(sent)} bytes came back")


CHECKS: dict[str, Check] = {
    "hash-algorithms": _hash_algorithms,
    "closed-folder": _closed_folder,
    "upload-raw": partial(_upload, way="raw", size=_LARGE),
    "upload-lines": partial(_upload, way="lines", size=_LARGE),
    "upload-echo": partial(_upload, way="echo", size=_SMALL),
    "fetch": _fetch,
}
NEED_FOLDER = frozenset(CHECKS) - {"hash-algorithms"}
