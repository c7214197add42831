# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports: LDIF, CSV and JSON give the same sizes, and what is damaged is refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.problems import DirectoryError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.progress import Progress
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.sid import parse_sid
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._sizer import TokenSize
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import (
    SidCounts,
    TokenRules,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.survey import Survey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lab import mixed_directory
from tests.lab.directory_export import WRITERS, Population

DOMAIN = "S-1-5-21-1-2-3"
LDIF = """version: 1

# a comment
dn: CN=Staff,OU=Groups,DC=corp,DC=example
objectClass: top
objectClass: group
objectSid: S-1-5-21-1-2-3-1201
groupType: -2147483646
memberOf: CN=Doors,OU=Groups,DC=co
 rp,DC=example

dn: CN=Doors,OU=Groups,DC=corp,DC=example
objectClass: group
objectSid: S-1-5-21-1-2-3-1202
groupType: -2147483644

dn: CN=Domain Users,CN=Users,DC=corp,DC=example
objectClass: group
objectSid: S-1-5-21-1-2-3-513
groupType: -2147483646

dn: CN=Jane Doe,OU=Staff,DC=corp,DC=example
objectClass: person
objectClass: user
objectSid: S-1-5-21-1-2-3-1104
sAMAccountName: jdoe
primaryGroupID: 513
memberOf: CN=Staff,OU=Groups,DC=corp,DC=example

dn: CN=PC1,OU=Staff,DC=corp,DC=example
objectClass: user
objectClass: computer
objectSid: S-1-5-21-1-2-3-1105
sAMAccountName: PC1$
primaryGroupID: 515

"""
JANE = SidCounts(global_=2, domain_local=1)


@pytest.fixture
def export(tmp_path: Path) -> Callable[..., str]:
    def write(text: str | bytes, suffix: str = ".ldif", name: str = "export") -> str:
        path = tmp_path / f"{name}{suffix}"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    return write


def survey(*sources: str) -> tuple[dict[str, TokenSize], list[str]]:
    found = Survey(sources, TokenRules())
    return {size.user.account: size for size in found.all()}, list(found.notes)


def refused(source: str) -> str:
    with pytest.raises(DirectoryError) as caught:
        survey(source)
    return str(caught.value)


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("exports")
    for suffix, write in WRITERS.items():
        write(folder / f"directory{suffix}", Population(60, 300).items())
    return {suffix: folder / f"directory{suffix}" for suffix in WRITERS}


def test_all_formats_give_the_same_sizes(invented: dict[str, Path]) -> None:
    results = [
        {name: size.to_result() for name, size in survey(str(path))[0].items()} for path in invented.values()
    ]
    assert len(results[0]) == 60
    assert results[0] == results[1] == results[2]


def test_users_and_groups_may_come_from_two_files(export: Callable[..., str]) -> None:
    head, found, rest = LDIF.partition("dn: CN=Jane")
    sizes, notes = survey(export(found + rest, name="users"), export(head, name="groups"))
    assert sizes["jdoe"].counts == JANE and not notes


# LDIF


def test_ldif_with_comments_folded_lines_and_computers(export: Callable[..., str]) -> None:
    sizes, notes = survey(export(LDIF))
    assert {name: size.counts for name, size in sizes.items()} == {"jdoe": JANE}
    assert not notes


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_ldif_with_a_byte_order_mark_and_crlf(export: Callable[..., str], encoding: str) -> None:
    sizes, _notes = survey(export(LDIF.replace("\n", "\r\n").encode(encoding)))
    assert sizes["jdoe"].counts == JANE


def test_ldif_keys_of_any_case_and_values_of_any_order(export: Callable[..., str]) -> None:
    text = (
        LDIF.replace("groupType", "GROUPTYPE")
        .replace("objectClass: group\n", "")
        .replace("memberOf", "MEMBEROF")
    )
    assert survey(export(text))[0]["jdoe"].counts == JANE


def test_ldif_long_runs_of_memberships_are_read_whole(export: Callable[..., str]) -> None:
    more = "".join(f"memberOf: CN=Doors{n},OU=Groups,DC=corp,DC=example\n" for n in range(5))
    groups = "".join(
        f"dn: CN=Doors{n},OU=Groups,DC=corp,DC=example\nobjectSid: {DOMAIN}-{1300 + n}\n"
        "groupType: -2147483644\n\n"
        for n in range(5)
    )
    last = "memberOf: CN=Staff,OU=Groups,DC=corp,DC=example\n"
    run = LDIF.replace(last, last + more) + groups
    interrupted = LDIF.replace(last, more + "displayName: x\n" + last) + groups
    for text in (run, interrupted):
        assert survey(export(text))[0]["jdoe"].counts == SidCounts(global_=2, domain_local=6)


def test_ldif_members_cut_off_by_the_server_are_reported(export: Callable[..., str]) -> None:
    text = LDIF.replace(
        "groupType: -2147483644\n",
        "groupType: -2147483644\nmember;range=0-1499: CN=Jane Doe,OU=Staff,DC=corp,DC=example\n",
    )
    _sizes, (note,) = survey(export(text))
    assert "cut off" in note and "CN=Doors" in note and "lower bounds" in note


def test_ldif_cut_off_within_a_line_is_refused(export: Callable[..., str]) -> None:
    assert "cut off" in refused(export(LDIF[: LDIF.index("jdoe") + 2]))


def test_ldif_with_a_zero_byte_names_line_and_object(export: Callable[..., str]) -> None:
    path = export(LDIF.replace("sAMAccountName: jdoe", "sAMAccountName: j\0oe"))
    line = LDIF[: LDIF.index("sAMAccountName: jdoe")].count("\n") + 1
    message = refused(path)
    assert f"line {line} " in message and "CN=Jane Doe" in message and "zero byte" in message


@pytest.mark.parametrize(
    ("damage", "what"),
    [("sAMAccountName jdoe", "no colon"), ("sAMAccountName:: j*oe", "not base64")],
)
def test_ldif_damaged_lines_are_named(export: Callable[..., str], damage: str, what: str) -> None:
    more = "memberOf: CN=Doors,OU=Groups,DC=corp,DC=example\n"
    text = LDIF.replace("sAMAccountName: jdoe\n", more * 3 + damage + "\n")
    line = text[: text.index(damage)].count("\n") + 1
    message = refused(export(text))
    assert f"line {line} " in message and what in message and "CN=Jane Doe" in message


def test_ldif_with_a_damaged_sid_names_the_object(export: Callable[..., str]) -> None:
    message = refused(export(LDIF.replace("objectSid: S-1-5-21-1-2-3-1104", "objectSid:: AQUAAA==")))
    assert "(CN=Jane Doe," in message and "objectSid is not a SID" in message


def test_ldif_that_is_a_list_of_changes_is_refused(export: Callable[..., str]) -> None:
    text = LDIF.replace(
        "DC=example\nobjectClass: person", "DC=example\nchangetype: modify\nobjectClass: person"
    )
    assert "list of changes" in refused(export(text))


def test_a_record_without_dn_is_refused(export: Callable[..., str]) -> None:
    assert "without dn" in refused(export(LDIF + "sAMAccountName: nobody\n\n"))


def test_text_in_the_ansi_code_page_is_read_and_reported(export: Callable[..., str]) -> None:
    text = LDIF.replace("Staff,OU=Groups", "Büro,OU=Groups").encode("cp1252")
    sizes, (note,) = survey(export(text))
    assert sizes["jdoe"].counts == JANE and "Windows-1252" in note


def test_utf16_with_half_a_character_is_refused(export: Callable[..., str]) -> None:
    damaged = LDIF.encode("utf-16").replace("j".encode("utf-16-le"), b"\x00\xd8")
    assert "UTF-16" in refused(export(damaged))


@pytest.mark.parametrize("suffix", [".ldif", ".csv"])
def test_an_empty_file_is_refused(export: Callable[..., str], suffix: str) -> None:
    assert "is empty" in refused(export("", suffix))


# Attributes withheld


def test_memberships_withheld_everywhere_are_reported(export: Callable[..., str]) -> None:
    text = "".join(line for line in LDIF.splitlines(True) if not line.startswith(("memberOf", " rp")))
    sizes, notes = survey(export(text))
    assert sizes["jdoe"].counts == SidCounts(global_=1)
    assert [note.partition(": ")[2].partition(" shows")[0] for note in notes] == ["no group", "no user"]
    assert all("memberOf" in note and "lower bounds" in note for note in notes)


def test_nesting_withheld_from_groups_alone_is_reported(export: Callable[..., str]) -> None:
    sizes, (note,) = survey(export(LDIF.replace("memberOf: CN=Doors,OU=Groups,DC=co\n rp,DC=example\n", "")))
    assert sizes["jdoe"].counts == SidCounts(global_=2)
    assert "no group shows memberOf or member" in note and "lower bounds" in note


def test_members_of_groups_are_memberships_shown(export: Callable[..., str]) -> None:
    text = "".join(line for line in LDIF.splitlines(True) if not line.startswith(("memberOf", " rp")))
    member = "member: CN=Jane Doe,OU=Staff,DC=corp,DC=example\n"
    sizes, notes = survey(
        export(text.replace("groupType: -2147483644\n", f"groupType: -2147483644\n{member}"))
    )
    assert sizes["jdoe"].counts == SidCounts(global_=1, domain_local=1) and not notes


@pytest.mark.parametrize(
    ("line", "second"),
    [
        ("sAMAccountName: jdoe\n", "sAMAccountName: asmith\n"),
        ("primaryGroupID: 513\n", "primaryGroupID: 513\n"),
        ("groupType: -2147483644\n", "groupType: 8\n"),
    ],
)
def test_a_second_value_of_what_has_one_names_line_and_object(
    export: Callable[..., str], line: str, second: str
) -> None:
    text = LDIF.replace(line, line + second)
    record = text[: text.rindex("dn:", 0, text.index(second, text.index(line) + 1))]
    message = refused(export(text))
    assert f"line {record.count(chr(10)) + 1} (CN=" in message
    assert f"{line.partition(':')[0]} has 2 values" in message


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("primaryGroupID: 513\n", "primaryGroupID"),
        ("sAMAccountName: jdoe\n", "sAMAccountName"),
        ("objectSid: S-1-5-21-1-2-3-1202\n", "objectSid"),
        ("groupType: -2147483644\n", "groupType"),
    ],
)
def test_an_attribute_withheld_of_one_object_is_named(
    export: Callable[..., str], line: str, words: str
) -> None:
    _sizes, notes = survey(export(LDIF.replace(line, "")))
    assert any(words in note and ("CN=" in note or "jdoe" in note) for note in notes)


def test_a_user_without_sid_is_left_out_and_named(export: Callable[..., str]) -> None:
    other = (
        LDIF[LDIF.index("dn: CN=Jane") : LDIF.index("dn: CN=PC1")]
        .replace("Jane", "John")
        .replace("1104", "1106")
    )
    text = LDIF.replace("objectSid: S-1-5-21-1-2-3-1104\n", "") + other
    sizes, notes = survey(export(text))
    assert list(sizes) == ["jdoe"] and sizes["jdoe"].user.sid == parse_sid(f"{DOMAIN}-1106")
    assert any("users without a readable objectSid" in note and "CN=Jane" in note for note in notes)


# CSV

HEADER = "DN,objectClass,objectSid,groupType,sAMAccountName,primaryGroupID,memberOf\r\n"


def test_csv_as_csvde_writes_it(export: Callable[..., str]) -> None:
    staff = parse_sid(f"{DOMAIN}-1201").hex()
    text = (
        HEADER
        + f'"CN=Staff,DC=corp",top;group,X\'{staff}\',-2147483646,Staff,,"CN=Doors\\; A,DC=corp;CN=B,DC=corp"'
        "\r\n"
        + f'"CN=Doors\\; A,DC=corp",top;group,{DOMAIN}-1202,-2147483644,Doors,,\r\n'
        + f'"CN=B,DC=corp",top;group,{DOMAIN}-1203,-2147483640,B,,\r\n'
        + f'"CN=Domain Users,DC=corp",group,{DOMAIN}-513,-2147483646,Domain Users,,\r\n'
        + f'"CN=Jane,DC=corp",top;person;user,{DOMAIN}-1104,,jdoe,513,"CN=Staff,DC=corp"\r\n'
    )
    sizes, notes = survey(export(text, ".csv"))
    assert sizes["jdoe"].counts == SidCounts(global_=2, universal=1, domain_local=1) and not notes


def test_csv_with_flattened_lists_is_refused_with_the_command_that_works(export: Callable[..., str]) -> None:
    text = (
        '#TYPE Microsoft.ActiveDirectory.Management.ADUser\r\n"DistinguishedName","MemberOf","SID"\r\n'
        '"CN=J,DC=corp","Microsoft.ActiveDirectory.Management.ADPropertyValueCollection",'
        f'"{DOMAIN}-1104"\r\n'
    )
    message = refused(export(text, ".csv"))
    assert "ADPropertyValueCollection" in message and "Get-ADUser" in message and "ConvertTo-Json" in message


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("\"CN=J,DC=corp\",user,X'zz',,jdoe,513,\r\n", "hexadecimal"),
        ('"CN=J,DC=corp",user\r\n', "cells"),
        ('"CN=J,DC=corp,user,,,jdoe,513,\r\n', "line 2"),
        ('"CN=J,DC=corp",user,,,j\0,513,\r\n', "zero byte"),
        ('"",user,,,jdoe,513,\r\n', "no DN"),
        (f'"CN=J,DC=corp",user,{DOMAIN}-1104,,jdoe,many,\r\n', "primaryGroupID"),
        ('"CN=J,DC=corp",user', "cut off"),
    ],
)
def test_csv_damage_is_named(export: Callable[..., str], row: str, what: str) -> None:
    assert what.lower() in refused(export(HEADER + row, ".csv")).lower()


def test_csv_without_names_is_refused(export: Callable[..., str]) -> None:
    assert "DistinguishedName" in refused(export("Name,SID\r\nx,y\r\n", ".csv"))


# JSON

SID_OBJECT = {"BinaryLength": 28, "AccountDomainSid": {"Value": DOMAIN}, "Value": f"{DOMAIN}-1104"}
OBJECTS = [
    {"DistinguishedName": "CN=Staff,DC=corp", "ObjectClass": "group", "SID": {"Value": f"{DOMAIN}-1201"},
     "GroupScope": 1, "GroupCategory": 1, "MemberOf": ["CN=Doors,DC=corp", "CN=Mail,DC=corp"]},
    {"DistinguishedName": "CN=Doors,DC=corp", "ObjectClass": "group", "SID": {"Value": f"{DOMAIN}-1202"},
     "GroupScope": "DomainLocal", "GroupCategory": "Security", "MemberOf": []},
    {"DistinguishedName": "CN=Mail,DC=corp", "ObjectClass": "group", "SID": {"Value": f"{DOMAIN}-1203"},
     "GroupScope": 2, "GroupCategory": 0},
    {"DistinguishedName": "CN=Domain Users,DC=corp", "ObjectClass": "group", "SID": f"{DOMAIN}-513",
     "groupType": -2147483646},
    {"DistinguishedName": "CN=Jane,DC=corp", "ObjectClass": "user", "SID": SID_OBJECT,
     "SamAccountName": "jdoe", "primaryGroupID": 513,
     "MemberOf": {"value": ["CN=Staff,DC=corp"], "Count": 1}, "SIDHistory": {},
     "DisplayName": None},
]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(OBJECTS),
        "\n".join(map(json.dumps, OBJECTS)),
        json.dumps(OBJECTS[:4], indent=1) + json.dumps(OBJECTS[4]),
    ],
    ids=["array", "lines", "concatenated"],
)
def test_json_as_the_active_directory_module_writes_it(export: Callable[..., str], text: str) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        sizes, notes = survey(export(text.encode(encoding), ".json"))
        assert sizes["jdoe"].counts == JANE and not notes


def test_json_objects_larger_than_the_window_are_read(
    export: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.json_export._WINDOW", 16
    )
    assert survey(export(json.dumps(OBJECTS), ".json"))[0]["jdoe"].counts == JANE


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (json.dumps(OBJECTS)[:-1], "cut off"),
        (json.dumps(OBJECTS)[:-40], "cut off"),
        (json.dumps(OBJECTS)[1:], "closes an array that it does not open"),
        (json.dumps(OBJECTS).replace('"GroupScope": 2', '"GroupScope" 2'), "damaged"),
        ("\x00\x01binary", "where an object should begin"),
        ("[]", "no object"),
        (json.dumps(OBJECTS).replace('"Count": 1', '"Count": 3'), "announces 3 values and holds 1"),
        (json.dumps({"value": OBJECTS, "Count": 9}), "announces 9 values and holds 5"),
        ('[{"Name": "x"}]', "DistinguishedName"),
        (json.dumps(OBJECTS).replace('{"value": ["CN=Staff,DC=corp"], "Count": 1}',
                                     '"x.ADPropertyValueCollection"'), "-Depth"),
    ],
)  # fmt: skip
def test_json_damage_is_named(export: Callable[..., str], text: str, what: str) -> None:
    assert what in refused(export(text, ".json"))


def test_json_in_no_encoding_is_refused_or_reported(export: Callable[..., str]) -> None:
    text = json.dumps(OBJECTS, ensure_ascii=False).replace("jdoe", "jdöe").encode("cp1252")
    sizes, (note,) = survey(export(text, ".json"))
    assert "jdöe" in sizes and "Windows-1252" in note


# Damage of any kind


@pytest.fixture(scope="module")
def tiny_exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("tiny")
    for suffix, write in WRITERS.items():
        write(folder / f"tiny{suffix}", Population(2, 4, memberships=2).items())
    for name, write_mixed in mixed_directory.WRITERS.items():
        write_mixed(folder / name)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@settings(max_examples=250)
@given(
    name=st.sampled_from([*(f"tiny{suffix}" for suffix in WRITERS), *mixed_directory.WRITERS]),
    cut=st.floats(0, 1),
    at=st.floats(0, 1),
    junk=st.binary(max_size=12),
)
def test_no_damage_gives_anything_but_a_size_or_a_clear_error(
    tiny_exports: dict[str, bytes],
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    cut: float,
    at: float,
    junk: bytes,
) -> None:
    whole = tiny_exports[name]
    start = int(at * len(whole))
    damaged = whole[:start] + junk + whole[start + len(junk) :]
    path = tmp_path_factory.getbasetemp() / f"damaged-{name}"
    path.write_bytes(damaged[: int(cut * len(damaged))] if cut < 0.5 else damaged)
    try:
        sizes, _notes = survey(str(path))
    except DirectoryError as error:
        assert str(path) in str(error)
    else:
        assert sizes


# Sources as such


@pytest.mark.parametrize(
    ("source", "what"),
    [("export.xml", "is not a source"), ("http://dc1", "ldap://"), ("/nowhere/export.ldif", "cannot read")],
)
def test_what_is_no_source_is_refused(source: str, what: str) -> None:
    assert what in refused(source)


def test_no_source_at_all_is_refused() -> None:
    with pytest.raises(DirectoryError, match="no source"):
        Survey([], TokenRules())


def test_an_export_without_users_is_refused(export: Callable[..., str]) -> None:
    assert "no user" in refused(export(LDIF[: LDIF.index("dn: CN=Jane")]))


def test_somebody_who_is_not_there_is_named(export: Callable[..., str]) -> None:
    found = Survey([export(LDIF)], TokenRules())
    with pytest.raises(DirectoryError, match=r"no such user.*ghost"):
        list(found.named(["JDOE", "ghost"]))


def test_users_are_found_by_account_or_dn(export: Callable[..., str]) -> None:
    for name in ("JDoe", "cn=jane doe, ou=staff, dc=corp, dc=example"):
        assert [size.user.account for size in Survey([export(LDIF)], TokenRules()).named([name])] == ["jdoe"]


def test_long_reads_show_progress_and_short_ones_nothing() -> None:
    now, lines = [0.0], []
    progress = Progress(lines.append, clock=lambda: now[0])
    for seconds in (1, 2, 3, 4, 5, 6, 7, 11):
        now[0] = seconds
        progress.step("export.ldif", "users", 1000)
    assert lines == [
        "token_size: 5,000 users read from export.ldif (1,250/s)",
        "token_size: 8,000 users read from export.ldif (800/s)",
    ]


def test_an_export_counts_what_it_passes_over_too(
    invented: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.source._PROGRESS_STEP", 10
    )
    now, lines = [0.0], []

    def clock() -> float:
        now[0] += 1
        return now[0]

    progress = Progress(lines.append, every=20, clock=clock)
    list(Survey([str(invented[".ldif"])], TokenRules(), progress=progress).flagged())
    assert any("objects (for their groups)" in line for line in lines)
    assert any("objects (for their users)" in line for line in lines)


def test_sources_of_different_encodings_are_read_as_one(export: Callable[..., str]) -> None:
    text = LDIF.replace("CN=Staff", "CN=Büro")
    head, found, rest = text.partition("dn: CN=Jane")
    users = export((found + rest).encode("utf-16"), name="users")
    sizes, notes = survey(users, export(head, name="groups"))
    assert sizes["jdoe"].counts == JANE and not notes
