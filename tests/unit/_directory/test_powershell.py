# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns and properties by their names, and lists that somebody joined into one text."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory._powershell import (
    UnreadableError,
    column,
    split_list,
)

SALES = "CN=Sales,OU=Groups,DC=corp,DC=example"
BOLD = r"CN=Doe\, Jane|x,OU=Groups,DC=corp,DC=example"
ODD = r"CN=Doors\; A,OU=Groups,DC=corp,DC=example"


@pytest.mark.parametrize(
    ("name", "attribute", "range_"),
    [
        ("DistinguishedName", "dn", ""),
        (" DN ", "dn", ""),
        ("SID", "objectSid", ""),
        ("Members", "member", ""),
        ("MEMBEROF", "memberOf", ""),
        ("memberOf;range=0-1499", "memberOf", "range=0-1499"),
        ("Member;Range=1500-*", "member", "range=1500-*"),
        ("objectSid;binary", "objectSid", ""),
        ("GroupScope", "groupScope", ""),
        ("Certificates", "certificates", ""),
    ],
)
def test_a_column_is_known_by_its_name(name: str, attribute: str, range_: str) -> None:
    assert column(name) == (attribute, range_)


def test_only_columns_that_sizes_depend_on_are_read() -> None:
    assert [column(name).is_read for name in ("DN", "MemberOf", "Certificates")] == [True, True, False]


@pytest.mark.parametrize(
    "between", [";", "; ", " ; ", "\n", "\r\n", "\r", "|", " | ", ", ", ",", " ", "\t", ";\r\n", "\n\n", ""]
)
@pytest.mark.parametrize("names", [[SALES, BOLD, SALES], [ODD, SALES], [SALES.lower(), BOLD.lower()]])
def test_joined_names_are_split(between: str, names: list[str]) -> None:
    assert split_list("memberOf", between.join(names)) == names


@pytest.mark.parametrize("name", [SALES, BOLD, ODD, "CN=Sales, OU=Groups, DC=corp, DC=example", "OU=x,O=y"])
def test_one_name_stays_whole(name: str) -> None:
    assert split_list("member", name) == [name]


@pytest.mark.parametrize("between", ["#", " / ", " && ", ":", " and ", "<br>", "_"])
def test_an_unknown_separator_is_named(between: str) -> None:
    with pytest.raises(UnreadableError, match=f"two names with '{between.strip()}' between"):
        split_list("memberOf", between.join([SALES, SALES]))


@pytest.mark.parametrize("text", ["Sales;Doors", "{CN=Sales,OU=Groups,DC=corp}", f"{SALES};Doors"])
def test_names_that_are_not_distinguished_names_are_refused(text: str) -> None:
    with pytest.raises(UnreadableError, match="not a distinguished name"):
        split_list("memberOf", text)


@pytest.mark.parametrize("between", [";", "; ", ",", " ", "|", "\n"])
def test_classes_and_histories_are_split_too(between: str) -> None:
    assert split_list("objectClass", between.join(["top", "group"])) == ["top", "group"]
    history = ["S-1-5-21-1-2-3-4", "S-1-5-21-1-2-3-5"]
    assert split_list("sIDHistory", between.join(history)) == history


def test_texts_are_not_split() -> None:
    assert split_list("displayName", "Doe; Jane | x, CN=y") == ["Doe; Jane | x, CN=y"]


@pytest.mark.parametrize(
    "text",
    [
        "Microsoft.ActiveDirectory.Management.ADPropertyValueCollection",
        "System.DirectoryServices.ResultPropertyValueCollection",
        "System.Object[]",
        "System.String[]",
        "System.Byte[]",
        "Acme.Directory.Group[]",
        "System.Collections.ArrayList",
        "System.Collections.Generic.List`1[System.String]",
        "@{BinaryLength=28; Value=S-1-5-21-1-2-3-1104}",
    ],
)
@pytest.mark.parametrize("attribute", ["memberOf", "objectSid", "sIDHistory"])
def test_the_name_of_a_type_is_refused_with_the_command_that_works(attribute: str, text: str) -> None:
    with pytest.raises(UnreadableError, match="ConvertTo-Json -Depth 3"):
        split_list(attribute, text)


@pytest.mark.parametrize("text", ["jane.doe", "art.collection", "a[1]", "system.admin"])
def test_an_account_that_looks_a_little_like_a_type_is_read(text: str) -> None:
    assert split_list("sAMAccountName", text) == [text]
