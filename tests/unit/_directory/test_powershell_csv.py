# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CSV of PowerShell as people really make it, and what of it is refused."""

from __future__ import annotations

import pytest

from tests.unit._directory.powershell_objects import (
    EVERYTHING,
    GROUPS,
    SIZES,
    USERS,
    Write,
    changed,
    csv_text,
    dn,
    refused,
    survey,
)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("first", ["", "#TYPE Selected.ADUser\r\n", "sep={}\r\n"])
def test_csv_is_read_whatever_separates_its_columns(write: Write, delimiter: str, first: str) -> None:
    text = first.format(delimiter) + csv_text(EVERYTHING, delimiter)
    sizes, notes = survey(write(text, "all.csv"))
    assert sizes == SIZES and not notes


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_csv_may_have_quotes_only_where_needed(write: Write, delimiter: str) -> None:
    between = "|" if delimiter == ";" else ";"
    text = csv_text(EVERYTHING, delimiter, between).replace('"', "")
    assert survey(write(text, "all.csv"))[0] == SIZES


def test_lines_are_counted_from_the_first_of_the_file(write: Write) -> None:
    text = "#TYPE Selected.ADUser\r\nsep=,\r\n\r\n" + csv_text(changed(EVERYTHING, "nora", SID="S-1"))
    line = text[: text.index('"CN=nora')].count("\n") + 1
    assert f"line {line} (CN=nora," in refused(write(text, "all.csv"))


def test_csv_without_a_column_for_names_shows_its_first_line(write: Write) -> None:
    message = refused(write("Name^SID^MemberOf\r\n", "all.csv"))
    assert "no column DN or DistinguishedName" in message and "Name^SID" in message


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ('"CN=x,DC=ship" y,user,,,,,\r\n', "cannot be read as CSV"),
        ('"CN=x,DC=ship",user,Doe, Jane,,,,\r\n', "8 cells"),
    ],
)
def test_a_row_that_does_not_fit_is_named_and_no_cause_asserted(write: Write, row: str, what: str) -> None:
    text = csv_text(EVERYTHING)
    message = refused(write(text + row, "all.csv"))
    assert f"line {text.count(chr(10)) + 1}" in message and what in message
    assert "damaged" not in message and "cut off" not in message


def test_a_row_over_several_lines_is_named_by_its_first(write: Write) -> None:
    objects = changed(EVERYTHING, "nora", MemberOf=[dn("Crew"), dn("News")], SID="S-1")
    text = csv_text(objects, between="\r\n")
    line = text[: text.index('"CN=nora')].count("\n") + 1
    assert f"line {line} (CN=nora," in refused(write(text, "all.csv"))


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_csv_files_put_behind_each_other_are_read(write: Write, mark: str) -> None:
    users = csv_text([dict(reversed(each.items())) for each in USERS])
    sizes, notes = survey(write("\ufeff" + csv_text(GROUPS) + mark + users, "all.csv"))
    assert sizes == SIZES and not notes


@pytest.mark.parametrize(
    ("column", "cut"),
    [("memberOf;range=0-1499", True), ("memberOf;range=0-*", False), ("MemberOf;binary", False)],
)
def test_the_options_of_a_column_are_read(write: Write, column: str, cut: bool) -> None:
    sizes, notes = survey(write(csv_text(EVERYTHING).replace('"MemberOf"', f'"{column}"'), "all.csv"))
    assert sizes == SIZES and any("cut off" in note for note in notes) == cut


@pytest.mark.parametrize("rows", [",,,,,,,,\r\n", '"","",""\r\n', ",\r\n,,,\r\n"])
def test_rows_without_anything_in_them_are_passed_over(write: Write, rows: str) -> None:
    header, body = csv_text(EVERYTHING).split("\r\n", 1)
    sizes, notes = survey(write(f"{header}\r\n{rows}{body}{rows}", "all.csv"))
    assert sizes == SIZES and not notes


def test_a_column_twice_is_refused_where_its_values_differ(write: Write) -> None:
    text = csv_text(EVERYTHING).replace('"SIDHistory"', '"SamAccountName"')
    sizes, _notes = survey(write(text, "all.csv"))
    assert sizes == SIZES
    line = text[: text.index('"CN=otto')].count("\n") + 1
    message = refused(write(text.replace('"","otto"', '"x","otto"'), "all.csv"))
    assert f"line {line} (CN=otto," in message and "sAMAccountName has 2 values" in message


def test_the_name_may_stand_twice_if_it_is_the_same(write: Write) -> None:
    objects = [{"DN": each["DistinguishedName"], **each} for each in EVERYTHING]
    assert survey(write(csv_text(objects), "all.csv"))[0] == SIZES
    message = refused(write(csv_text(changed(objects, "otto", DN=dn("nora"))), "all.csv"))
    assert f"second name, '{dn('otto')}'" in message


def test_a_file_without_a_last_line_end_may_be_whole(write: Write) -> None:
    message = refused(write(csv_text(EVERYTHING).rstrip(), "all.csv"))
    assert "may be cut off" in message


def test_a_list_that_fills_a_cell_of_a_spreadsheet_may_be_cut(write: Write) -> None:
    names = ";".join([dn("Crew")] + [dn(f"Other{n:03}") for n in range(900)])
    sizes, notes = survey(write(csv_text(changed(EVERYTHING, "nora", MemberOf=names[:32_767])), "all.csv"))
    assert sizes == SIZES
    assert any("32,767" in note and "lower bounds" in note and "1: CN=nora," in note for note in notes)


def test_question_marks_in_names_may_stand_for_other_letters(write: Write) -> None:
    text = csv_text(EVERYTHING).replace("CN=Crew", "CN=Cr?w")
    sizes, (note,) = survey(write(text, "all.csv"))
    assert sizes == SIZES and "Encoding UTF8" in note and "1: CN=Cr?w," in note
