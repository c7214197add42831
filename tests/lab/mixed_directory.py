# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small directory with every kind of object and value, in the forms that each tool exports it.

Sizes of its users must not depend on the form. The DNs, SIDs and types are written out here, so that no rule
of the collection takes part in making them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.lab.directory_export import (
    BASE,
    DISTRIBUTION,
    GLOBAL,
    LOCAL,
    UNIVERSAL,
    Item,
    sid,
    write_csv,
    write_ldif,
)

Value = str | int | bytes | list[str] | list[bytes]

PERSON, MACHINE, TRUST = 805306368, 805306369, 805306370
USER = ("top", "person", "organizationalPerson", "user")
GONE = r"\0ADEL:4f0c4d2a-9f0b-4a55-b6a4-1d5d3f0c7e11"

SIZES = {
    "ida": 1200 + 8 * 3 + 40,  # Domain Users, Sales, Everybody, and Share through Sales
    "jon": 1200 + 8 + 40,  # Domain Users and Print; News is a distribution group
    "kim": 1200 + 8 * 2 + 40 * 2,  # an inetOrgPerson: Domain Users, Sales, Share, and a history
}
"""Sizes by the formula with domain controllers up to Windows Server 2008 R2: 1200 + 8 s + 40 d."""

_SCOPES = {GLOBAL: "Global", LOCAL: "DomainLocal", UNIVERSAL: "Universal", DISTRIBUTION: "Global"}
_SCOPE_NUMBERS = {"DomainLocal": 0, "Global": 1, "Universal": 2}
_OLD_DOMAIN = (11, 12, 13)


def dn(name: str, folder: str = "OU=Groups") -> str:
    """The name of an object; a comma in it is escaped."""
    return f"CN={name},{folder},{BASE}"


def _group(name: str, rid: int, kind: int, *above: str) -> Item:
    shown: dict[str, Value] = {"objectSid": sid(rid), "groupType": kind, "sAMAccountName": name}
    return Item(
        dn(name), ("top", "group"), {**shown, "memberOf": [dn(each) for each in above]} if above else shown
    )


def _account(name: str, rid: int, kind: int, classes: tuple[str, ...], *groups: str, rdn: str = "") -> Item:
    return Item(
        dn(rdn or name, "CN=Deleted Objects" if GONE in rdn else "OU=Staff"),
        classes,
        {
            "objectSid": sid(rid),
            "sAMAccountName": name,
            "primaryGroupID": 513,
            **({} if GONE in rdn else {"sAMAccountType": kind}),  # a tombstone loses it
            **({"memberOf": [dn(each) for each in groups]} if groups else {}),
        },
    )


def people() -> list[Item]:
    """The users, whom every source shows."""
    kim = _account("kim", 2003, PERSON, (*USER, "inetOrgPerson"), "Sales")
    kim.attributes["sIDHistory"] = [sid(77, _OLD_DOMAIN)]
    kim.attributes["directReports;range=0-1"] = [dn("ida", "OU=Staff"), dn("jon", "OU=Staff")]
    return [
        _account("ida", 2001, PERSON, USER, "Sales", "Everybody", rdn=r"Doe\, Ida"),
        _account("jon", 2002, PERSON, USER, "News", "Print"),
        kim,
        _account(
            "jon", 2002, PERSON, USER, "News", rdn="jon (moved)"
        ),  # an overlapping export shows him again
    ]


def groups() -> list[Item]:
    """The groups, which every source shows."""
    return [
        _group("Domain Users", 513, GLOBAL),
        _group("Sales", 1101, GLOBAL, "Share"),
        _group("Share", 1102, LOCAL),
        _group("Print", 1103, LOCAL),
        _group("Everybody", 1104, UNIVERSAL),
        _group("News", 1105, DISTRIBUTION, "Print"),
    ]


def others() -> list[Item]:
    """Accounts that are no users, which a search for users does not find and an export may show."""
    gone = Item(
        dn("Old team" + GONE, "CN=Deleted Objects"),
        ("top", "group"),
        {"objectSid": sid(1106), "groupType": GLOBAL, "sAMAccountName": "Old team"},
    )
    return [
        gone,
        _account("lou", 2004, PERSON, USER, rdn="lou" + GONE),
        _account("PC1$", 2005, MACHINE, (*USER, "computer"), "Share"),
        _account("sql$", 2006, MACHINE, (*USER, "computer", "msDS-GroupManagedServiceAccount"), "Share"),
        _account("web$", 2007, MACHINE, (*USER, "computer", "msDS-ManagedServiceAccount"), "Share"),
        _account("EU$", 2008, TRUST, USER),
        Item(
            dn("Ann Contact"),
            ("top", "person", "organizationalPerson", "contact"),
            {"memberOf": [dn("News")]},
        ),
    ]


def everything() -> Iterator[Item]:
    """All objects."""
    yield from groups()
    yield from people()
    yield from others()


def _properties(item: Item) -> dict[str, object]:
    """An object as the ActiveDirectory module shows it: other names, the last class, no sAMAccountType."""
    names = {
        "objectSid": "SID",
        "sAMAccountName": "SamAccountName",
        "memberOf": "MemberOf",
        "sIDHistory": "SIDHistory",
    }
    shown: dict[str, object] = {"DistinguishedName": item.dn, "ObjectClass": item.object_class[-1]}
    for name, value in item.attributes.items():
        values = [_sid_text(each) if isinstance(each, bytes) else each for each in _as_list(value)]
        if name == "groupType":
            shown["GroupScope"] = _SCOPES[int(str(value))]
            shown["GroupCategory"] = "Distribution" if value == DISTRIBUTION else "Security"
        elif name != "sAMAccountType":
            shown[names.get(name, name)] = values if isinstance(value, list) else values[0]
    return {**shown, "MemberOf": shown.get("MemberOf", []), "SIDHistory": shown.get("SIDHistory", [])}


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _sid_text(value: bytes) -> str:
    parts = [int.from_bytes(value[at : at + 4], "little") for at in range(8, len(value), 4)]
    return "S-1-5-" + "-".join(map(str, parts))


def write_powershell_csv(path: Path, *, delimiter: str = ";", between: str = " | ") -> None:
    """Write as ``Export-Csv -UseCulture`` in Europe, with lists joined by hand."""
    rows = list(map(_properties, everything()))
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([between.join(map(str, _as_list(row.get(name, "")))) for name in columns])


def write_powershell_json(path: Path) -> None:
    """Write as ConvertTo-Json, with enumerations and SIDs as objects, and one attribute in ranges."""
    objects = []
    for item in everything():
        shown = _properties(item)
        shown["SID"] = {"BinaryLength": 28, "Value": shown["SID"]} if "SID" in shown else None
        if "GroupScope" in shown:
            scope, category = str(shown["GroupScope"]), shown["GroupCategory"]
            shown["GroupScope"] = {"value": _SCOPE_NUMBERS[scope], "Value": scope}
            shown["GroupCategory"] = {"value": int(category == "Security"), "Value": category}
        if shown.get("SamAccountName") == "ida":
            first, second = _as_list(shown.pop("MemberOf"))
            shown |= {"memberOf;range=0-0": [first], "memberOf;range=1-*": [second]}
        objects.append(shown)
    path.write_text(json.dumps(objects, indent=1), "utf-8")


def write_ldif_in_ranges(path: Path) -> None:
    """Write as ldapsearch, which shows Active Directory's ranges as they came."""
    items = []
    for item in everything():
        attributes = dict(item.attributes)
        if attributes["sAMAccountName" if "sAMAccountName" in attributes else "memberOf"] == "ida":
            first, second = _as_list(attributes.pop("memberOf"))
            attributes |= {"memberOf;range=0-0": [str(first)], "memberOf;range=1-*": [str(second)]}
        items.append(replace(item, attributes=attributes))
    write_ldif(path, iter(items))


def write_csvde(path: Path) -> None:
    """Write as csvde."""
    write_csv(path, everything())


WRITERS = {
    "mixed.ldif": write_ldif_in_ranges,
    "csvde.csv": write_csvde,
    "powershell.csv": write_powershell_csv,
    "powershell.json": write_powershell_json,
}
"""What writes each form of the directory, by the name of the file."""
