# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Convert WMI values from and to text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import TypeVar

T = TypeVar("T")

# HRESULT_FROM_WIN32 of winerror.h: severity 1, FACILITY_WIN32.
_WIN32_FACILITY = 0x8007

# int() takes more than numbers of a host: 1_0, and digits of other scripts.
_INTEGER = re.compile(r"[+-]?\d{1,20}|0x([0-9a-f]{1,16})", re.ASCII | re.IGNORECASE)
# FILETIME begins in 1601; the last year would leave no room for an offset.
_FIRST_YEAR, _NO_YEAR = 1601, 9999
_XSD_DATE = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?\s*(Z|[+-]\d\d:?\d\d)?", re.ASCII | re.IGNORECASE
)
_TO_ESCAPE = re.compile(r"""(['"\\])""")
_CIM_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d{2,3}))?", re.ASCII)


def as_int(value: object) -> int | None:
    """Return a WMI integer, or None for nil, an empty text or anything else.

    Args:
        value: Decimal text (uint64 comes as plain decimal), hexadecimal text with 0x, an int, or None.
    """
    if value is None or isinstance(value, bool):
        return None
    if match := _INTEGER.fullmatch(str(value).strip()):
        return int(match[1], 16) if match[1] else int(match[0])
    return None


def as_code(value: object) -> int | None:
    """Return a fault, HRESULT or exit code unsigned, or None if it is not one of 32 bits."""
    number = as_int(value)
    return None if number is None or not -(2**31) <= number < 2**32 else unsigned32(number)


def as_bool(value: object) -> bool | None:
    """Return a WMI boolean (``true``/``false``, also ``1``/``0``), or None if it is neither."""
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower())


def as_datetime(value: object) -> datetime | None:
    """Return a WMI date as an aware datetime, UTC if it has no offset; None if it is not a complete date.

    Recordings have xs:dateTime with 0 to 6 digits of fraction and ``Z`` or ``-04:00``. A second WMI
    implementation uses the CIM form with a two-digit offset, ``20261120063424.127000+00``. The proper CIM
    form has a three-digit offset in minutes, and asterisks for an unknown field, which makes the date
    incomplete. A two-digit offset counts as minutes too: CIM has no hours there, and zero is the only value
    seen.
    """
    text = "" if value is None else str(value).strip()
    try:
        if match := _XSD_DATE.fullmatch(text):
            return _date(match, _xsd_zone(match[8]))
        if match := _CIM_DATE.fullmatch(text):
            return _date(match, timezone(timedelta(minutes=int(f"{match[8] or '+'}{match[9] or '0'}"))))
    except (ValueError, OverflowError):
        pass  # month 13, or an offset beyond a day
    return None


def as_offset_minutes(value: object) -> int | None:
    """Return an offset from UTC such as WMI's CurrentTimeZone, or None if it is not below a day."""
    minutes = as_int(value)
    return None if minutes is None or abs(minutes) >= 24 * 60 else minutes


def _date(match: re.Match[str], zone: timezone) -> datetime:
    if not _FIRST_YEAR <= int(match[1]) < _NO_YEAR:
        raise ValueError("a year in which Windows has no time")
    year, month, day, hour, minute, second = (int(field) for field in match.groups()[:6])
    microsecond = int((match[7] or "0")[:6].ljust(6, "0"))
    return datetime(year, month, day, hour, minute, second, microsecond, zone)


def _xsd_zone(zone: str | None) -> timezone:
    if zone is None or zone in "Zz":
        return timezone.utc
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))


def unsigned32(value: int) -> int:
    """Return an exit or HRESULT code, printed with either sign, unsigned: 0x80070002 is 2147942402."""
    return value & 0xFFFFFFFF


def same_code(code: int) -> tuple[int, ...]:
    """Return the forms of a code to look it up by, unsigned: as it is, and its twin.

    A Win32 code and its HRESULT, 5 and 0x80070005, mean the same. Windows programs end with either.
    """
    unsigned = unsigned32(code)
    if unsigned >> 16 == _WIN32_FACILITY and unsigned & 0xFFFF:
        return unsigned, unsigned & 0xFFFF
    if 0 < unsigned <= 0xFFFF:
        return unsigned, _WIN32_FACILITY << 16 | unsigned
    return (unsigned,)


def by_code(table: Mapping[int, T], code: int) -> T | None:
    """Return a table's entry for a code in any of its forms; None if there is none."""
    return next((table[form] for form in same_code(code) if form in table), None)


def quote_wql(text: str) -> str:
    """Return a string literal of WQL, quotes included.

    WQL wants a backslash before each backslash and quote
    (``Name='C:\\\\Windows\\\\System32\\\\credssp.dll'``).
    """
    escaped = _TO_ESCAPE.sub(r"\\\1", text)
    return f"'{escaped}'"
