# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the arguments that say where a package is.

A URL or path ends up in a batch file that SYSTEM runs. These checks pass only characters that mean nothing
there within quotes. The percent sign does mean something, so _script.py doubles it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from .._controller.paths import form_of
from .._wsman.errors import InputError

CONTROLLER = "controller"
URL = "url"
HOST = "host"
# What to set where a package that should be on the controller is given as something else.
OTHER_LOCATIONS = {
    "for_url": "set package_location to url, and give sha256",
    "for_host_path": "set package_location to host, and give sha256",
}
# What a package is by the form in which it is given, where that is another location than the one asked for.
_MEANT = {
    "url": "a URL: set package_location to url",
    "host_path": "a path of Windows: set package_location to host",
    "file_url": "a file of the controller: set package_location to controller",
}

_SHA256 = re.compile(r"[0-9a-f]{64}")
# RFC 3986: unreserved and reserved characters and the percent sign. None of them ends a quoted string.
_URL_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_HOST_PATH = re.compile(r'(?:[A-Za-z]:|\\\\[^\\/:*?"<>|]+\\[^\\/:*?"<>|]+)(?:\\[^\\/:*?"<>|]+)+')
_ASCII_TEXT = re.compile(r"[\x20-\x7e]+")


@dataclass(frozen=True)
class PackageSource:
    """Where a package is: on the `controller`, at a `url` that the host reads, or at a path of the `host`.

    The expected hash is lower-case hexadecimal; None is allowed only for `controller`.
    """

    location: str
    package: str
    sha256: str | None


def parse_source(location: str, package: str, sha256: str | None) -> PackageSource:
    """Check the arguments `package_location`, `package` and `sha256` against each other.

    Raises:
        InputError: One of them is missing or wrong.
    """
    digest = _parse_sha256(sha256)
    if location != CONTROLLER and digest is None:
        raise InputError(
            f"package_location is {location} and sha256 is missing: it needs sha256, because the controller "
            "never sees the file. Take it from the publisher, or run sha256sum on a copy that you trust."
        )
    if location == URL:
        _check_url(package)
    elif location == HOST:
        _check_host_path(package)
    return PackageSource(location, package, digest)


def _parse_sha256(text: str | None) -> str | None:
    if not text:
        return None
    digest = text.strip().lower().removeprefix("sha256:").strip()
    if not _SHA256.fullmatch(digest):
        raise InputError(
            f"sha256 is {text!r}: it must be 64 hexadecimal digits, with or without `sha256:` in front"
        )
    return digest


def _check_url(url: str) -> None:
    # No message repeats a URL: it may hold a password (without `//` the parser sees no user name), or a token
    # after its `?`.
    try:
        parts = urlsplit(url)
        has_user, host = parts.username is not None or "@" in parts.netloc, parts.hostname
    except ValueError as error:
        raise InputError(f"package is not a URL ({error}): give http://… or https://…") from error
    if form_of(url) in ("host_path", "file_url"):
        raise InputError(f"package is not a URL that the host can read, but {_MEANT[form_of(url)]}")
    if has_user:
        raise InputError(
            "package is a URL that holds a user name, which would be stored on the host. "
            "Offer the package without a password; its sha256 protects it."
        )
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise InputError("package is not a URL that the host can read: give http://… or https://…")
    if not _URL_CHARACTERS.fullmatch(url):
        raise InputError(
            "package is a URL with a character that no URL has: percent-encode it, a space as %20"
        )


def _check_host_path(path: str) -> None:
    if form_of(path) in ("url", "file_url"):
        raise InputError(f"package is not a path of the host, but {_MEANT[form_of(path)]}")
    if not _HOST_PATH.fullmatch(path):
        raise InputError(
            f"package is {path!r}: it must be a full path of a file on the host. "
            r"Give C:\folder\file.msu or \\server\share\file.msu, without \ / : * ? \" < > | in names."
        )
    if not _ASCII_TEXT.fullmatch(path):
        raise InputError(
            f"package is {path!r}: a script on the host reads characters beyond ASCII differently in each "
            "language. Copy the package to a path without them."
        )
    if path.startswith("\\\\") and "@" in path.split("\\")[2]:
        raise InputError(
            f"package is {path!r}: its server name holds `@`. Give a plain server name; the host reads the "
            "share with its computer account."
        )
