# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths on the controller, in the forms in which operators give them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from .._wsman.errors import InputError

PATH, FILE_URL, URL, HOST_PATH = "path", "file_url", "url", "host_path"

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
# A drive needs its slash: `c:x` is a name that a controller can have.
_HOST_PATH = re.compile(r"\\\\|[A-Za-z]:[\\/]")


def form_of(text: str) -> str:
    """Return what a text is: `path`, `file_url`, `url` (any other), or `host_path` (of Windows)."""
    if _URL.match(text):
        return FILE_URL if text.lower().startswith("file:") else URL
    return HOST_PATH if _HOST_PATH.match(text) else PATH


def local_path(text: str, *, field: str = "", for_url: str = "", for_host_path: str = "") -> str:
    """Return a path with the home folder in the place of `~`, and without `file://`.

    Args:
        text: What the operator gave.
        field: The name of the field, where the caller does not put it before the message.
        for_url: What to use instead for a URL; it continues "…, not a URL: ".
        for_host_path: What to use instead for a path of Windows.

    Raises:
        InputError: It is not a path on the controller. The message does not repeat a URL, which may hold a
            password.
    """
    text = text.strip()
    try:
        return _plain(text, for_url and f": {for_url}", for_host_path and f": {for_host_path}")
    except InputError as error:
        raise InputError(f"{field} {error}".strip()) from None


def _plain(text: str, for_url: str, for_host_path: str) -> str:
    form = form_of(text)
    if form == FILE_URL:
        computer, slash, path = text.partition("://")[2].partition("/")
        if computer.lower() not in ("", "localhost"):
            raise InputError("must be a path on the controller, not a file:// URL of another computer")
        return unquote(slash + path)
    if form == URL:
        raise InputError(f"must be a path on the controller, not a URL{for_url}")
    if form == HOST_PATH:
        raise InputError(f"must be a path on the controller, not a path of Windows{for_host_path}")
    try:
        return str(Path(text).expanduser())
    except (RuntimeError, ValueError):
        raise InputError("begins with `~` and a name that no user of the controller has") from None
