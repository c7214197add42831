# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a hotfix definition field by field, with messages that name the field, its value and what is valid."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from .._windows.file_version import RELEASED, FileVersion
from .._wsman.errors import InputError

SYSTEM_ROOT = "%SystemRoot%"

# Matches a whole text. [0-9] and not \d: Python knows digits that no file name or script of Windows has.
KB_NUMBER = re.compile(r"KB[0-9]{5,8}")

# Win32_OperatingSystem gives %SystemRoot%; other variables depend on the account and are refused.
_HOST_PATH = re.compile(r'(?:%SystemRoot%|[A-Za-z]:)(?:\\(?!\.+(?:\\|$))[^\\/:*?"<>|%]+)+', re.IGNORECASE)
_NEEDED: Any = object()


class Fields:
    """One mapping of a definition; it knows its own path for the messages.

    Numbers and flags may be text: extra variables in the ``key=value`` form arrive as text.
    """

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            raise InputError(f"{path} is {_kind(value)}: it must be a mapping of fields")
        self._values = value
        self._path = path
        self._read: set[str] = set()

    def wrong(self, name: str, value: Any, valid: str) -> InputError:
        """Return the error for a field of this mapping that has a wrong value."""
        return InputError(f"{self._at(name)} is {_kind(value)}: {valid}")

    def refuse_others(self) -> None:
        """Refuse a field that nobody read: it is misspelled or in the wrong place."""
        unknown = {str(name): value for name, value in self._values.items() if name not in self._read}
        for name in sorted(unknown):
            valid = f"a definition has no such field here; valid are {', '.join(sorted(self._read))}"
            raise self.wrong(name, unknown[name], valid)

    def text(self, name: str, default: str = _NEEDED) -> str:
        """Return text without outer white space; a field without a default is required."""
        value = self._get(name, default)
        if not isinstance(value, str) or (default is _NEEDED and not value.strip()):
            raise self.wrong(name, value, "it must be text")
        return str(value).strip()

    def texts(self, name: str, *, empty: bool = False) -> list[str]:
        """Return a list of text, with at least one entry unless it may be empty."""
        values = self._list(name, empty)
        for index, value in enumerate(values):
            if not isinstance(value, str) or not value.strip():
                raise self.wrong(f"{name}[{index}]", value, "it must be text")
        return [str(value).strip() for value in values]

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return text that is one of the choices."""
        value = self.text(name)
        if value not in choices:
            raise self.wrong(name, value, f"it must be one of {', '.join(choices)}")
        return value

    def flag(self, name: str, default: bool = _NEEDED) -> bool:
        """Return true or false."""
        value = self._get(name, default)
        spelled = str(value).lower()
        if spelled not in ("true", "false"):
            raise self.wrong(name, value, "it must be true or false")
        return spelled == "true"

    def integer(self, name: str) -> int | None:
        """Return a whole number of bytes; None where the field is absent."""
        value = self._get(name, None)
        if value is None:
            return None
        if isinstance(value, bool) or not re.fullmatch(r"\d+", str(value)):
            raise self.wrong(name, value, "it must be a whole number of bytes")
        return int(value)

    def build(self, name: str) -> int | None:
        """Return a build of Windows 6.1; None where the field is absent."""
        value = self._get(name, None)
        if value is not None and str(value) not in {str(build) for build in RELEASED}:
            raise self.wrong(name, value, "it must be 7600 (no service pack) or 7601 (Service Pack 1)")
        return None if value is None else int(value)

    def digest(self, name: str, digits: int) -> str | None:
        """Return a hash in lower case; None where the field is absent."""
        value = self._get(name, None)
        # A number is refused: YAML would have dropped its leading zeros.
        if value is not None and not re.fullmatch(
            rf"[0-9A-Fa-f]{{{digits}}}", value if isinstance(value, str) else ""
        ):
            raise self.wrong(name, value, f"it must be {digits} hexadecimal digits, in quotes")
        return None if value is None else str(value).lower()

    def version(self, name: str) -> FileVersion | None:
        """Return a file version; None where the field is absent."""
        value = self._get(name, None)
        if value is None:
            return None
        try:
            return FileVersion.parse(str(value))
        except ValueError:
            raise self.wrong(name, value, "it must be a file version of four numbers") from None

    def time(self, name: str) -> datetime | None:
        """Return a time; None where the field is absent."""
        value = self._get(name, None)
        if value is None or isinstance(value, datetime):
            return value
        try:
            # Python before 3.11 does not read the Z of a UTC time.
            return datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        except ValueError:
            raise self.wrong(name, value, "it must be a time such as 2010-01-15T20:03Z") from None

    def host_path(self, name: str) -> str:
        """Return a full path on the host."""
        return self._checked_path(name, self.text(name))

    def host_paths(self, name: str) -> Iterator[str]:
        """Yield full paths on the host; the field may be absent."""
        for index, value in enumerate(self.texts(name, empty=True)):
            yield self._checked_path(f"{name}[{index}]", value)

    def mappings(self, name: str, *, empty: bool = False) -> Iterator[Fields]:
        """Yield the entries of a list of mappings, which needs one unless it may be empty."""
        for index, value in enumerate(self._list(name, empty)):
            yield Fields(value, f"{self._at(name)}[{index}]")

    def mapping_of_mappings(self, name: str) -> Iterator[tuple[str, Fields]]:
        """Yield name and fields of each entry, which may have a ``description`` besides the fields read."""
        inner = Fields(self._get(name, _NEEDED), self._at(name))
        for key in inner._values:
            fields = Fields(inner._values[key], inner._at(str(key)))
            yield str(key), fields
            fields.text("description", "")
            fields.refuse_others()

    def _checked_path(self, name: str, value: str) -> str:
        if not _HOST_PATH.fullmatch(value):
            valid = rf"it must be a full path that begins with {SYSTEM_ROOT}\ or a drive, without wildcards"
            raise self.wrong(name, value, valid)
        return value

    def _list(self, name: str, empty: bool) -> list[Any]:
        value = self._get(name, [] if empty else _NEEDED)
        if not isinstance(value, (list, tuple)) or not (value or empty):
            valid = f"it must be a list{'' if empty else ' with at least one entry'}"
            raise self.wrong(name, value, valid)
        return list(value)

    def _get(self, name: str, default: Any) -> Any:
        self._read.add(name)
        value = self._values.get(name)
        if value is not None:
            return value
        if default is _NEEDED:
            raise self.wrong(name, None, "a definition needs it")
        return default

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}"


def _kind(value: Any) -> str:
    """Name a value in the words of YAML."""
    if value is None:
        return "missing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list" if value else "an empty list"
    return repr(value)
