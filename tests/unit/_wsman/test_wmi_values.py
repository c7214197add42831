# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text forms of WMI values."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.wmi_values import (
    as_bool,
    as_code,
    as_datetime,
    as_int,
    as_offset_minutes,
    by_code,
    quote_wql,
    unsigned32,
)
from hypothesis import given
from hypothesis import strategies as st

offsets = st.integers(-14 * 60, 14 * 60)
moments = st.builds(
    lambda moment, minutes: moment.replace(tzinfo=timezone(timedelta(minutes=minutes))),
    st.datetimes(min_value=datetime(1601, 1, 1), max_value=datetime(9998, 12, 31)),
    offsets,
)


def sign_and_minutes(moment: datetime) -> tuple[str, int]:
    offset = moment.utcoffset()
    assert offset is not None
    minutes = int(offset.total_seconds()) // 60
    return ("-" if minutes < 0 else "+"), abs(minutes)


@given(moments)
def test_an_xsd_date_with_a_trimmed_fraction_is_read_to_the_microsecond(moment: datetime) -> None:
    sign, minutes = sign_and_minutes(moment)
    fraction = f".{moment.microsecond:06d}".rstrip("0").rstrip(".")
    zone = "Z" if minutes == 0 else f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    assert as_datetime(moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + fraction + zone) == moment


@given(moments)
def test_a_cim_date_is_read_with_its_offset_in_minutes(moment: datetime) -> None:
    sign, minutes = sign_and_minutes(moment)
    text = moment.strftime("%Y%m%d%H%M%S").rjust(14, "0") + f".{moment.microsecond:06d}{sign}{minutes:03d}"
    assert as_datetime(text) == moment


def test_a_cim_date_with_a_two_digit_offset_is_read() -> None:
    expected = datetime(2026, 11, 20, 6, 34, 24, 127000, timezone.utc)
    assert as_datetime("20261120063424.127000+00") == expected


def test_a_date_without_an_offset_is_aware() -> None:
    assert as_datetime("2026-11-20T06:34:24") == datetime(2026, 11, 20, 6, 34, 24, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "text", [None, "", "11/20/2010", "2026-13-01T00:00:00Z", "2026****000000.000000+000", "01cb8f3a"]
)
def test_what_is_no_complete_date_is_none(text: str | None) -> None:
    assert as_datetime(text) is None


@given(st.integers(-(2**31), 2**64))
def test_an_integer_is_read_from_decimal_text(number: int) -> None:
    assert as_int(f" {number} ") == number


@pytest.mark.parametrize(
    "text", [None, "", "6.1", "x64", True, "1_0", "٣", "²", "--5", "0x", "0x-5", "9" * 5000]
)
def test_what_is_no_integer_is_none(text: object) -> None:
    assert as_int(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [("-2147024891", 0x80070005), ("0x80070005", 0x80070005), ("5", 5), ("4294967296", None), ("five", None)],
)
def test_a_code_has_32_bits_or_is_none(text: str, code: int | None) -> None:
    assert as_code(text) == code


@pytest.mark.parametrize(("text", "minutes"), [("-480", -480), ("0", 0), ("1440", None), ("99999", None)])
def test_an_offset_from_utc_is_below_a_day(text: str, minutes: int | None) -> None:
    assert as_offset_minutes(text) == minutes


def test_hexadecimal_is_read_where_it_says_so() -> None:
    assert as_int("0x60") == 0x60


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("FALSE", False), ("1", True), (None, None), ("", None)]
)
def test_booleans_are_read_and_nothing_else(text: str | None, value: bool | None) -> None:
    assert as_bool(text) is value


@given(st.integers(-(2**31), 2**32 - 1))
def test_either_sign_of_a_code_is_one_unsigned_number(code: int) -> None:
    assert unsigned32(code) in range(2**32)
    assert unsigned32(code) == unsigned32(code - 2**32)


def test_the_code_for_file_not_found_is_written_unsigned() -> None:
    assert unsigned32(-2147024894) == 2147942402


@given(st.text())
def test_a_quoted_literal_of_wql_reads_back_as_the_text(text: str) -> None:
    quoted = quote_wql(text)
    assert quoted[0] == quoted[-1] == "'"
    read, rest = "", iter(quoted[1:-1])
    for character in rest:
        assert character not in "'\""
        read += next(rest) if character == "\\" else character
    assert read == text


def test_a_path_is_quoted_as_wql_wants_it() -> None:
    assert quote_wql(r"C:\Windows\credssp.dll") == r"'C:\\Windows\\credssp.dll'"


@given(st.integers(1, 0xFFFF))
def test_a_win32_code_and_its_hresult_of_either_sign_find_the_same_entry(code: int) -> None:
    hresult = 0x80070000 | code
    forms = (code, hresult, hresult - 2**32)
    assert [by_code({code: "x"}, form) for form in forms] == ["x"] * 3
    assert [by_code({hresult: "x"}, form) for form in forms] == ["x"] * 3


@pytest.mark.parametrize("code", [0x80070000, 0x80041003, 0x240006, 0, 0x80040005])
def test_other_codes_have_no_twin(code: int) -> None:
    assert by_code({code & 0xFFFF: "x"} if code & 0xFFFF != code else {}, code) is None
    assert by_code({code: "x"}, code) == "x"
