# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CSV and JSON of PowerShell as people really make them, and what of it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory import _encodings
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.problems import DirectoryError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.sid import parse_sid
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import TokenRules
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.survey import Survey

DOMAIN = "S-1-5-21-9-8-7"
SUFFIX = "OU=All,DC=ship,DC=example"
BASE = 1200
SIZES = {"nora": BASE + 8 * 2 + 40, "otto": BASE + 8}  # Domain Users, Crew and, through it, Bridge

Object = dict[str, Any]
Write = Callable[[str | bytes, str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def as_file(text: str | bytes, name: str) -> str:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    return as_file


def dn(name: str) -> str:
    return f"CN={name},{SUFFIX}"


def group(
    name: str, rid: int, scope: str, category: str = "Security", member_of: Sequence[str] = ()
) -> Object:
    return {
        "DistinguishedName": dn(name),
        "ObjectClass": "group",
        "SID": f"{DOMAIN}-{rid}",
        "GroupScope": scope,
        "GroupCategory": category,
        "MemberOf": [dn(each) for each in member_of],
        "SIDHistory": [],
    }


def user(name: str, rid: int, member_of: Sequence[str] = (), **more: Any) -> Object:
    return {
        "DistinguishedName": dn(name),
        "ObjectClass": "user",
        "SID": f"{DOMAIN}-{rid}",
        "SamAccountName": name,
        "PrimaryGroupID": 513,
        "MemberOf": [dn(each) for each in member_of],
        "SIDHistory": [],
        **more,
    }


GROUPS = [
    group("Domain Users", 513, "Global"),
    group("Crew", 1101, "Global", member_of=["Bridge"]),
    group("Bridge", 1102, "DomainLocal"),
    group("News", 1103, "Universal", "Distribution", member_of=["Bridge"]),
]
USERS = [user("nora", 2001, ["Crew"]), user("otto", 2002, ["News"])]
EVERYTHING = [*GROUPS, *USERS]


def csv_text(objects: Sequence[Mapping[str, Any]], delimiter: str = ",", between: str = ";") -> str:
    """As Export-Csv writes it: everything in quotes."""
    columns = list(dict.fromkeys(name for each in objects for name in each))
    rows = [columns]
    for each in objects:
        cells = [each.get(name, "") for name in columns]
        rows.append([between.join(cell) if isinstance(cell, list) else str(cell) for cell in cells])
    return "".join(
        delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in rows
    )


def survey(*paths: str) -> tuple[dict[str, int], list[str]]:
    found = Survey(paths, TokenRules())
    return {size.user.account: size.token_bytes for size in found.all()}, list(found.notes)


def refused(*paths: str) -> str:
    with pytest.raises(DirectoryError) as caught:
        survey(*paths)
    return str(caught.value)


def changed(objects: Sequence[Object], name: str, **values: Any) -> list[Object]:
    """The objects, one of them with other properties; None takes one away."""
    return [
        {key: value for key, value in {**each, **values}.items() if value is not None}
        if each["DistinguishedName"] == dn(name)
        else each
        for each in objects
    ]


def without(objects: Sequence[Object], *names: str) -> list[Object]:
    return [{key: value for key, value in each.items() if key not in names} for each in objects]


# CSV


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


# Both formats

FORMATS: dict[str, Callable[[Sequence[Mapping[str, Any]]], str]] = {
    "all.csv": csv_text,
    "all.json": json.dumps,
}
BOTH = pytest.mark.parametrize("name", FORMATS)


@BOTH
def test_scope_and_category_are_read(write: Write, name: str) -> None:
    sizes, notes = survey(write(FORMATS[name](EVERYTHING), name))
    assert sizes == SIZES and not notes


@BOTH
def test_groups_without_category_are_security_groups_with_a_warning(write: Write, name: str) -> None:
    sizes, (note,) = survey(write(FORMATS[name](without(EVERYTHING, "GroupCategory")), name))
    assert sizes == {
        "nora": BASE + 8 * 2 + 40,
        "otto": BASE + 8 * 2 + 40,
    }  # News counts, as any unknown group
    assert "GroupCategory" in note and "security groups" in note and "4: CN=" in note


@BOTH
def test_security_groups_without_scope_are_global_with_a_warning(write: Write, name: str) -> None:
    sizes, (note,) = survey(write(FORMATS[name](without(EVERYTHING, "GroupScope")), name))
    assert sizes == {"nora": BASE + 8 * 3, "otto": BASE + 8}
    assert "GroupScope" in note and "lower bounds" in note and "3: CN=" in note


@BOTH
def test_groups_of_which_only_the_class_is_known_are_global_security_groups(write: Write, name: str) -> None:
    objects = without(EVERYTHING, "GroupScope", "GroupCategory")
    sizes, (note,) = survey(write(FORMATS[name](objects), name))
    assert sizes == {"nora": BASE + 8 * 3, "otto": BASE + 8 * 3}
    assert "GroupScope and GroupCategory" in note and "global security groups" in note


@BOTH
def test_a_scope_that_does_not_exist_names_the_object(write: Write, name: str) -> None:
    message = refused(write(FORMATS[name](changed(EVERYTHING, "Crew", GroupScope="Lokal")), name))
    assert "(CN=Crew," in message and "groupScope is 'Lokal'" in message and "line " in message


@BOTH
def test_nesting_that_no_group_shows_is_reported(write: Write, name: str) -> None:
    flat = [*without(GROUPS, "MemberOf"), *USERS]
    sizes, (note,) = survey(write(FORMATS[name](flat), name))
    assert sizes["nora"] == BASE + 8 * 2
    assert "no group shows memberOf or member" in note


@BOTH
def test_a_history_that_was_not_exported_is_reported(write: Write, name: str) -> None:
    sizes, (note,) = survey(write(FORMATS[name](without(EVERYTHING, "SIDHistory")), name))
    assert sizes == SIZES and "omits sIDHistory" in note


@BOTH
def test_accounts_that_are_no_users_are_left_out(write: Write, name: str) -> None:
    others = [
        user("EU$", 3001),
        user("gone\\0ADEL:4f0c4d2a-9f0b-4a55-b6a4-1d5d3f0c7e11", 3002, SamAccountName="gone"),
        user("lost", 3003, Deleted="True"),
        user("sql$", 3004, ObjectClass="msDS-GroupManagedServiceAccount"),
        user("PC1$", 3005, ObjectClass="computer"),
    ]
    sizes, (note,) = survey(write(FORMATS[name]([*EVERYTHING, *others]), name))
    assert sizes == SIZES
    assert "end in $" in note and "(1: CN=EU$," in note


@BOTH
def test_a_person_of_another_class_is_a_user(write: Write, name: str) -> None:
    sizes, notes = survey(
        write(FORMATS[name](changed(EVERYTHING, "nora", ObjectClass="inetOrgPerson")), name)
    )
    assert sizes == SIZES and not notes


@BOTH
def test_objects_of_unknown_kind_count_as_users_with_a_warning(write: Write, name: str) -> None:
    sizes, (note,) = survey(write(FORMATS[name]([*GROUPS, *without(USERS, "ObjectClass")]), name))
    assert sizes == SIZES and "taken for users" in note and "2: CN=" in note


@BOTH
def test_the_name_of_a_type_is_refused_only_where_it_is_read(write: Write, name: str) -> None:
    kind = "System.Object[]"
    assert survey(write(FORMATS[name](changed(EVERYTHING, "nora", Certificates=kind)), name))[0] == SIZES
    message = refused(write(FORMATS[name](changed(EVERYTHING, "nora", MemberOf=kind)), name))
    assert (
        "(CN=nora," in message and "memberOf: found 'System.Object[]'" in message and "Get-ADUser" in message
    )


@BOTH
def test_a_joined_list_of_both_formats_is_split(write: Write, name: str) -> None:
    joined = f"{dn('News')}; {dn('Crew')}|{dn('Bridge')}"
    sizes, notes = survey(write(FORMATS[name](changed(EVERYTHING, "nora", MemberOf=joined)), name))
    assert sizes == SIZES and not notes


@BOTH
def test_text_that_is_not_utf8_is_counted_once(write: Write, name: str) -> None:
    text = FORMATS[name](changed(EVERYTHING, "nora", SamAccountName="n0ra")).replace("n0ra", "nöra")
    sizes, (note,) = survey(write(text.encode("cp1252"), name))
    assert "nöra" in sizes and "Windows-1252 (1: line " in note


@BOTH
def test_objects_that_show_only_a_sid_are_left_out_with_a_warning(write: Write, name: str) -> None:
    bare = without(GROUPS, "ObjectClass", "GroupScope", "GroupCategory")
    sizes, notes = survey(write(FORMATS[name]([*bare, *USERS]), name))
    assert sizes == {"nora": BASE + 8, "otto": BASE + 8}  # Domain Users alone
    assert any("left out" in note and "lower bounds" in note and "(4: CN=" in note for note in notes)


@BOTH
def test_a_name_that_is_not_distinguished_is_refused(write: Write, name: str) -> None:
    message = refused(write(FORMATS[name](changed(EVERYTHING, "otto", DistinguishedName="otto")), name))
    assert "(otto): this is not a distinguished name" in message


@BOTH
@pytest.mark.parametrize("place", ["LDAP://", "\\\\ship.example\\"])
def test_a_name_with_its_place_before_it_is_refused(write: Write, name: str, place: str) -> None:
    objects = changed(EVERYTHING, "Crew", DistinguishedName=place + dn("Crew"))
    assert "this is not a distinguished name" in refused(write(FORMATS[name](objects), name))


@BOTH
def test_the_words_of_quest_for_categories_are_read(write: Write, name: str) -> None:
    renamed = [
        {("GroupType" if key == "GroupCategory" else key): value for key, value in each.items()}
        for each in EVERYTHING
    ]
    sizes, notes = survey(write(FORMATS[name](renamed), name))
    assert sizes == SIZES and not notes


@BOTH
def test_numbers_of_a_data_frame_are_whole(write: Write, name: str) -> None:
    objects = changed(EVERYTHING, "Crew", groupType="-2147483646.0")
    objects = changed(objects, "nora", PrimaryGroupID="513.0")
    sizes, notes = survey(write(FORMATS[name](objects), name))
    assert sizes == SIZES and not notes


@BOTH
def test_a_fraction_is_no_number_of_a_group(write: Write, name: str) -> None:
    objects = changed(EVERYTHING, "nora", PrimaryGroupID="513.5")
    assert "primaryGroupID is '513.5', not a whole number" in refused(write(FORMATS[name](objects), name))


@BOTH
def test_the_name_of_an_account_type_proves_nothing(write: Write, name: str) -> None:
    objects = changed(EVERYTHING, "nora", sAMAccountType="USER_OBJECT")
    sizes, notes = survey(write(FORMATS[name](objects), name))
    assert sizes == SIZES and not notes


@BOTH
def test_an_empty_value_is_a_missing_one(write: Write, name: str) -> None:
    objects = changed(EVERYTHING, "nora", PrimaryGroupID="", SamAccountName="", MemberOf="")
    sizes, notes = survey(write(FORMATS[name](objects), name))
    assert sizes == {dn("nora"): BASE + 8, "otto": BASE + 8}
    assert [note for note in notes if "primaryGroupID" in note] and len(notes) == 2


@BOTH
def test_users_without_sids_are_said_to_be_there(write: Write, name: str) -> None:
    message = refused(write(FORMATS[name]([*GROUPS, *without(USERS, "SID")]), name))
    assert "found no user" in message and "users without a readable objectSid were skipped (2: CN=" in message


# JSON


def test_enumerations_are_read_from_objects(write: Write) -> None:
    numbers = {"DomainLocal": 0, "Global": 1, "Universal": 2, "Security": 1, "Distribution": 0}
    objects = [
        {
            key: {"value": numbers[value], "Value": value} if key.startswith("Group") else value
            for key, value in each.items()
        }
        for each in EVERYTHING
    ]
    sizes, notes = survey(write(json.dumps(objects), "all.json"))
    assert sizes == SIZES and not notes


@pytest.mark.parametrize(
    ("options", "cut"),
    [(["range=0-0"], True), (["range=0-*"], False), (["range=0-0", "range=1-*"], False), (["binary"], False)],
)
def test_the_options_of_a_property_are_read(write: Write, options: list[str], cut: bool) -> None:
    shown = {
        f"memberOf;{option}": [dn(name)] for option, name in zip(options, ("Crew", "News"), strict=False)
    }
    objects = changed(EVERYTHING, "nora", MemberOf=None, **shown)
    sizes, notes = survey(write(json.dumps(objects), "all.json"))
    assert sizes == SIZES
    assert [note.partition("(")[2] for note in notes] == ([f"1: {dn('nora')})"] if cut else [])


def test_a_property_twice_is_refused_only_where_it_is_read(write: Write) -> None:
    text = "[\n" + ",\n".join(map(json.dumps, EVERYTHING)) + "\n]"
    twice = text.replace('"SamAccountName": "nora"', '"SamAccountName": "nora", "SamAccountName": "otto"')
    message = refused(write(twice, "all.json"))
    assert "line 6, object 5 (CN=nora," in message and "SamAccountName twice" in message
    text = text.replace('"SamAccountName": "nora"', '"SamAccountName": "nora", "Name": 1, "Name": 2')
    assert survey(write(text, "all.json"))[0] == SIZES


def test_a_second_value_of_what_has_one_names_line_and_object(write: Write) -> None:
    objects = changed(EVERYTHING, "otto", SamAccountName=["otto", "nora"])
    message = refused(write(json.dumps(objects, indent=1), "all.json"))
    line = json.dumps(objects, indent=1).partition('"CN=otto')[0].count("\n")
    assert f"line {line}, object 6 (CN=otto," in message and "sAMAccountName has 2 values" in message


def test_properties_of_the_same_attribute_are_one_list(write: Write) -> None:
    shown = [{**each, "objectSid": each["SID"], "memberof": each["MemberOf"]} for each in EVERYTHING]
    sizes, notes = survey(write(json.dumps(shown), "all.json"))
    assert sizes == SIZES and not notes


@pytest.mark.parametrize("value", [[{"DistinguishedName": dn("Crew"), "Name": "Crew"}], [None, dn("Crew")]])
def test_groups_may_be_objects_and_lists_may_have_gaps(write: Write, value: object) -> None:
    assert survey(write(json.dumps(changed(EVERYTHING, "nora", MemberOf=value)), "all.json"))[0] == SIZES


@pytest.mark.parametrize("value", [[{"Name": "Crew"}], [[dn("Crew")]]])
def test_an_object_in_place_of_a_name_is_refused(write: Write, value: object) -> None:
    message = refused(write(json.dumps(changed(EVERYTHING, "nora", MemberOf=value)), "all.json"))
    assert "(CN=nora," in message and "memberOf" in message and "-Depth 3" in message


def test_binary_sids_are_lists_of_numbers(write: Write) -> None:
    octets = list(parse_sid(f"{DOMAIN}-2001"))
    for shown in (octets, {"value": octets, "Count": len(octets)}):
        objects = changed(EVERYTHING, "nora", SID=shown, SIDHistory=[list(parse_sid("S-1-5-21-3-3-3-7"))])
        assert survey(write(json.dumps(objects), "all.json"))[0] == {**SIZES, "nora": SIZES["nora"] + 40}


def test_the_form_of_ldapdomaindump_is_read(write: Write) -> None:
    objects = [
        {"attributes": {"objectClass": ["top", each["ObjectClass"]], "objectSid": [each["SID"]],
                        "distinguishedName": [each["DistinguishedName"]], "memberOf": each["MemberOf"],
                        **({"groupType": [-2147483644 if "Bridge" in each["DistinguishedName"] else
                                          2 if "News" in each["DistinguishedName"] else -2147483646]}
                           if each["ObjectClass"] == "group" else
                           {"sAMAccountName": [each["SamAccountName"]], "sAMAccountType": [805306368],
                            "primaryGroupID": [513]})},
         "dn": each["DistinguishedName"]}
        for each in EVERYTHING
    ]  # fmt: skip
    sizes, notes = survey(write("[" + ",".join(map(json.dumps, objects)) + "]", "domain.json"))
    assert sizes == SIZES and not notes


@pytest.mark.parametrize("wrapped", [{"value": EVERYTHING, "Count": 6}, {"entries": EVERYTHING}])
def test_a_list_that_is_an_object_itself_is_read(write: Write, wrapped: dict[str, Any]) -> None:
    assert survey(write(json.dumps(wrapped), "all.json"))[0] == SIZES


def test_json_files_put_behind_each_other_are_read(write: Write) -> None:
    text = "\ufeff" + json.dumps(GROUPS) + "\r\n\ufeff" + json.dumps(USERS)
    assert survey(write(text, "all.json"))[0] == SIZES


# Files of several encodings in one


def ldif() -> tuple[str, str]:
    """The same directory as LDIF: groups, users."""
    types = {"Domain Users": -2147483646, "Crew": -2147483646, "Bridge": -2147483644, "News": 2}
    records = []
    for each in EVERYTHING:
        lines = [
            f"dn: {each['DistinguishedName']}",
            f"objectClass: {each['ObjectClass']}",
            f"objectSid: {each['SID']}",
        ]
        if each["ObjectClass"] == "group":
            lines.append(f"groupType: {types[each['DistinguishedName'][3:].partition(',')[0]]}")
        else:
            lines += [f"sAMAccountName: {each['SamAccountName']}", "primaryGroupID: 513"]
        records.append("\n".join([*lines, *(f"memberOf: {name}" for name in each["MemberOf"])]) + "\n\n")
    return "".join(records[: len(GROUPS)]), "".join(records[len(GROUPS) :])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("block", [7, 64, 1 << 20])
def test_ldif_files_put_behind_each_other_are_read(
    write: Write, monkeypatch: pytest.MonkeyPatch, encoding: str, block: int
) -> None:
    monkeypatch.setattr(_encodings, "BLOCK_BYTES", block)
    text = "\ufeff" + "version: 1\n\n\ufeff".join(ldif())
    sizes, notes = survey(write(text.encode("utf-16-le" if encoding == "utf-16" else encoding), "all.ldif"))
    assert sizes == SIZES and not notes


@pytest.mark.parametrize(
    ("first", "second"), [("utf-8", "utf-16"), ("utf-16", "utf-8"), ("utf-16-be", "utf-16")]
)
@pytest.mark.parametrize("name", ["all.ldif", "all.csv", "all.json"])
def test_files_of_two_encodings_in_one_are_refused(write: Write, name: str, first: str, second: str) -> None:
    parts = ldif() if name == "all.ldif" else (FORMATS[name](GROUPS) + "\r\n", FORMATS[name](USERS) + "\r\n")
    mark = "\ufeff" if first == "utf-16-be" else ""
    refused(write((mark + parts[0]).encode(first) + parts[1].encode(second), name))
