# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users and groups as PowerShell shows them, their exports, and what becomes of these."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.problems import DirectoryError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import TokenRules
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.survey import Survey

DOMAIN = "S-1-5-21-9-8-7"
SUFFIX = "OU=All,DC=ship,DC=example"
BASE = 1200
SIZES = {"nora": BASE + 8 * 2 + 40, "otto": BASE + 8}  # Domain Users, Crew and, through it, Bridge

Object = dict[str, Any]
Write = Callable[[str | bytes, str], str]


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


FORMATS: dict[str, Callable[[Sequence[Mapping[str, Any]]], str]] = {
    "all.csv": csv_text,
    "all.json": json.dumps,
}
