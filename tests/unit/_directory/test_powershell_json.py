# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON of PowerShell as people really make it, and files of several encodings in one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory import _encodings
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.sid import parse_sid

from tests.unit._directory.powershell_objects import (
    DOMAIN,
    EVERYTHING,
    FORMATS,
    GROUPS,
    SIZES,
    USERS,
    Write,
    changed,
    dn,
    refused,
    survey,
)


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
