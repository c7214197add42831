# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What CSV and JSON of PowerShell have in common, as people really make them."""

from __future__ import annotations

import pytest

from tests.unit._directory.powershell_objects import (
    BASE,
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
    user,
    without,
)

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
