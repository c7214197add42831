# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remove from recordings what identifies their owner.

Known names (of the host, its domain, the account) are replaced wherever they stand alone; security
identifiers, addresses and other identifiers are recognised by their form. Each gets the same replacement
everywhere, so a recording stays a conversation. Free text stays as it is: read a bundle before you pass it
on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_SID = re.compile(r"S-1-5-21-\d+-\d+-\d+")
_IDENTIFIER = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}", re.IGNORECASE)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
# A package's version has the form of an address, but follows a tilde.
_IPV4 = re.compile(rf"(?<![\w.~-])(?!127\.0\.0\.1){_OCTET}(?:\.{_OCTET}){{3}}(?![\w.])")
_IPV6 = re.compile(
    r"(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}(?:%\d+)?(?![\w:])", re.IGNORECASE
)  # three colons or more: a time has two
_MAC = re.compile(r"(?<![\w:-])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![\w:-])", re.IGNORECASE)


class Sanitiser:
    """Replaces names and identifiers, and remembers each replacement.

    Args:
        names: Name, in any case → its replacement. Names without a letter or digit are ignored.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._seen: dict[str, str] = {}
        self._names = [
            (_needle(name), replacement)
            for name, replacement in sorted(names.items(), key=lambda item: -len(item[0]))
            if any(letter.isalnum() for letter in name)  # the domain of ".\\anna" is not a name
        ]

    def text(self, text: str) -> str:
        """Return a text without what identifies the host's owner."""
        for needle, replacement in self._names:
            text = needle.sub(lambda match, new=replacement: _as_wide(match[0], new), text)  # type: ignore[misc]
        text = _SID.sub(self._numbered(lambda number: f"S-1-5-21-1000-2000-{3000 + number}"), text)
        text = _IDENTIFIER.sub(
            self._numbered(lambda number: f"00000000-0000-4000-8000-{number:012X}", upper=True), text
        )
        text = _MAC.sub("02-00-00-00-00-01", text)
        text = _IPV4.sub(self._numbered(lambda number: f"192.0.2.{1 + number % 254}"), text)
        return _IPV6.sub(self._numbered(lambda number: f"2001:db8:0:0:0:0:0:{1 + number:x}"), text)

    def value(self, value: object) -> object:
        """Return plain data with all its texts sanitised."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.value(member) for key, member in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(member) for member in value]
        return value

    def _numbered(
        self, replacement: Callable[[int], str], *, upper: bool = False
    ) -> Callable[[re.Match[str]], str]:
        def replace(match: re.Match[str]) -> str:
            key = match[0].upper() if upper else match[0]
            if key in self._seen.values():
                return match[0]
            return self._seen.setdefault(key, replacement(len(self._seen)))

        return replace


def _needle(name: str) -> re.Pattern[str]:
    """Return a pattern for a name that stands alone, in UTF-16 too, where NUL follows each letter."""
    letters = "\0?".join(re.escape(letter) for letter in name)
    # One letter before a colon is a drive.
    after = "(?![A-Za-z0-9:])" if len(name) == 1 else "(?![A-Za-z0-9])"
    return re.compile(rf"(?<![A-Za-z0-9])(?<![A-Za-z0-9]\0){letters}{after}", re.IGNORECASE)


def _as_wide(found: str, replacement: str) -> str:
    return "\0".join(replacement) if "\0" in found else replacement
