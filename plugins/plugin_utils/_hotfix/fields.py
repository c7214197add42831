# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: reads a hotfix definition field by field, with messages that name the field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from .._windows.file_version import FileVersion

SYSTEM_ROOT = "%SystemRoot%"

# Of a whole text; [0-9] and not \d, for Python knows digits that no file name or script of Windows has.
KB_NUMBER = re.compile(r"KB[0-9]{5,8}")

# Only %SystemRoot% is replaced, by what Win32_OperatingSystem says; other variables depend on the account.
_HOST_PATH = re.compile(r'(?:%SystemRoot%|[A-Za-z]:)(?:\\(?!\.+(?:\\|$))[^\\/:*?"<>|%]+)+', re.IGNORECASE)
_NEEDED: Any = object()


class DefinitionError(ValueError):
    """A hotfix definition is wrong; the message begins with the path of the field."""


class Fields:
    """One mapping of a definition, read field by field; knows its own path for the messages.

    Numbers and flags may be text: extra variables of ``key=value`` form arrive so.
    """

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            raise DefinitionError(f"{path or 'definition'}: must be a mapping of fields, not {_kind(value)}")
        self._values = value
        self._path = path
        self._read: set[str] = set()

    def wrong(self, name: str, problem: str) -> DefinitionError:
        """Return the error that says what is wrong with a field of this mapping."""
        return DefinitionError(f"{self._at(name)}: {problem}")

    def refuse_others(self) -> None:
        """Raise for a field that was never asked for: it is misspelled or stands in the wrong place."""
        unknown = sorted(str(name) for name in self._values if name not in self._read)
        if unknown:
            raise self.wrong(
                unknown[0], f"is no field of a definition; here are {', '.join(sorted(self._read))}"
            )

    def text(self, name: str, default: str = _NEEDED) -> str:
        """Return text without its outer white space; without a default it is needed."""
        value = self._get(name, default)
        if not isinstance(value, str) or (default is _NEEDED and not value.strip()):
            raise self.wrong(name, f"must be text, not {_kind(value)}")
        return str(value).strip()

    def texts(self, name: str, *, empty: bool = False) -> list[str]:
        """Return a list of text; needs an entry unless it may be empty."""
        values = self._list(name, empty)
        for index, value in enumerate(values):
            if not isinstance(value, str) or not value.strip():
                raise self.wrong(f"{name}[{index}]", f"must be text, not {_kind(value)}")
        return [str(value).strip() for value in values]

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return text that is one of the choices."""
        value = self.text(name)
        if value not in choices:
            raise self.wrong(name, f"{value!r} is not one of {', '.join(choices)}")
        return value

    def flag(self, name: str, default: bool = _NEEDED) -> bool:
        """Return true or false."""
        value = self._get(name, default)
        spelled = str(value).lower()
        if spelled not in ("true", "false"):
            raise self.wrong(name, f"must be true or false, not {_kind(value)}")
        return spelled == "true"

    def integer(self, name: str) -> int | None:
        """Return a whole number of bytes, or None where the field is absent."""
        value = self._get(name, None)
        if value is None:
            return None
        if isinstance(value, bool) or not re.fullmatch(r"\d+", str(value)):
            raise self.wrong(name, f"must be a whole number of bytes, not {_kind(value)}")
        return int(value)

    def version(self, name: str) -> FileVersion | None:
        """Return a file version, or None where the field is absent."""
        value = self._get(name, None)
        if value is None:
            return None
        try:
            return FileVersion.parse(str(value))
        except ValueError as error:
            raise self.wrong(name, str(error)) from error

    def time(self, name: str) -> datetime | None:
        """Return a time, or None where the field is absent."""
        value = self._get(name, None)
        if value is None or isinstance(value, datetime):
            return value
        try:
            # Python before 3.11 does not read the Z of a UTC time.
            return datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        except ValueError as error:
            raise self.wrong(name, f"{value!r} is not a time (like 2010-01-15T20:03Z)") from error

    def host_path(self, name: str) -> str:
        """Return a full path on the host."""
        return self._checked_path(name, self.text(name))

    def host_paths(self, name: str) -> Iterator[str]:
        """Return full paths on the host; the field may be absent."""
        for index, value in enumerate(self.texts(name, empty=True)):
            yield self._checked_path(f"{name}[{index}]", value)

    def mappings(self, name: str, *, empty: bool = False) -> Iterator[Fields]:
        """Return the entries of a list of mappings; needs one unless it may be empty."""
        for index, value in enumerate(self._list(name, empty)):
            yield Fields(value, f"{self._at(name)}[{index}]")

    def mapping_of_mappings(self, name: str) -> Iterator[tuple[str, Fields]]:
        """Return name and fields of each entry, which may have a ``description`` beside what is read."""
        inner = Fields(self._get(name, _NEEDED), self._at(name))
        for key in inner._values:
            fields = Fields(inner._values[key], inner._at(str(key)))
            yield str(key), fields
            fields.text("description", "")
            fields.refuse_others()

    def _checked_path(self, name: str, value: str) -> str:
        if not _HOST_PATH.fullmatch(value):
            raise self.wrong(
                name,
                rf"{value!r} is not a full path without wildcards that begins with {SYSTEM_ROOT}\ or a drive",
            )
        return value

    def _list(self, name: str, empty: bool) -> list[Any]:
        value = self._get(name, [] if empty else _NEEDED)
        if not isinstance(value, (list, tuple)) or not (value or empty):
            raise self.wrong(
                name, f"must be a list{'' if empty else ' with at least one entry'}, not {_kind(value)}"
            )
        return list(value)

    def _get(self, name: str, default: Any) -> Any:
        self._read.add(name)
        value = self._values.get(name)
        if value is not None:
            return value
        if default is _NEEDED:
            raise self.wrong(name, "is missing")
        return default

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


def _kind(value: Any) -> str:
    """Name what was found instead, in the words of YAML."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list" if value else "an empty list"
    return repr(value)
