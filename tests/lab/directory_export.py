# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes an export of an invented directory, in the shape that ldifde, csvde or Get-ADUser gives it.

``python -m tests.lab.directory_export --users 400 --groups 1400 directory.ldif``; the ending of the name
chooses the format. The same arguments always write the same file. Most users are ordinary, some are near
or over the limit of 16 KB, for the reasons that directories have: domain-local groups, migrated groups
with a history, sheer numbers.
"""

from __future__ import annotations

import argparse
import base64
import csv
import json
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

BASE = "DC=corp,DC=example,DC=com"
DOMAIN = (1004336348, 1177238915, 682003330)
OLD_DOMAIN = (1957994488, 854245398, 1801674531)
GLOBAL, LOCAL, UNIVERSAL, DISTRIBUTION = -2147483646, -2147483644, -2147483640, 2
DOMAIN_USERS = 513
_FOLD = 78

_FIRST = (
    "Ada Bruno Clara Dan Eva Frank Grace Hugo Ines Jonas Karla Liam Mara Nils Olga Paul Rosa Sven Tina Uwe"
)
_LAST = (
    "Abbot Berger Costa Duarte Eriksen Fischer Grönlund Hansen Ivanova Jansen Keller Lindqvist Moreau Novák"
)
_TEAMS = "Sales Finance Legal Research Support Logistics Quality Facilities Security Marketing"


def sid(rid: int, domain: tuple[int, int, int] = DOMAIN) -> bytes:
    """Binary form of a SID of a domain."""
    return b"\x01\x05\0\0\0\0\0\x05" + struct.pack("<5I", 21, *domain, rid)


@dataclass(frozen=True)
class Item:
    """An object: attributes in the order in which they are written; lists have several values."""

    dn: str
    object_class: tuple[str, ...]
    attributes: dict[str, str | int | bytes | list[str] | list[bytes]] = field(default_factory=dict)


class Population:
    """An invented directory; users are made one at a time.

    Args:
        users: How many.
        groups: How many, besides Domain Users.
        memberships: Direct groups of an ordinary user, on average.
        seed: Makes another directory of the same size.
    """

    def __init__(self, users: int, groups: int, *, memberships: int = 12, seed: int = 1) -> None:
        self._users, self._memberships = users, memberships
        self._rng = random.Random(seed)
        self._groups = [self._group(number) for number in range(groups)]
        self._names = [group.dn for group in self._groups]
        # Towers of six: each group is a member of one or two further up; the tops of some form cycles.
        sixth = max(1, groups // 6)
        for number, group in enumerate(self._groups):
            above = self._names[number + sixth : number + sixth + 40]
            if above:
                group.attributes["memberOf"] = sorted(
                    set(self._rng.choices(above, k=self._rng.choice((1, 1, 2))))
                )
            elif number % 50 == 0:
                group.attributes["memberOf"] = [self._names[number - 1]]
        if groups > 2:
            self._groups[-2].attributes["memberOf"] = [self._names[-1]]
            self._groups[-1].attributes["memberOf"] = [self._names[-2]]

    def items(self) -> Iterator[Item]:
        """Yield groups, then users."""
        yield Item(
            f"CN=Domain Users,CN=Users,{BASE}",
            ("top", "group"),
            {"objectSid": sid(DOMAIN_USERS), "groupType": GLOBAL, "sAMAccountName": "Domain Users"},
        )
        yield from self._groups
        for number in range(self._users):
            yield self._user(number)

    def _group(self, number: int) -> Item:
        team = _TEAMS.split()[number % 10]
        kind, prefix = (
            (DISTRIBUTION, "DL") if number % 40 == 7
            else (LOCAL, "ACL") if number % 3 == 1
            else (UNIVERSAL, "UG") if number % 7 == 2
            else (GLOBAL, "GG")
        )  # fmt: skip
        name = f"{prefix}-{team}-{number:05d}"
        item = Item(
            f"CN={name},OU=Groups,OU={team},{BASE}",
            ("top", "group"),
            {"objectSid": sid(10_000 + number), "groupType": kind, "sAMAccountName": name},
        )
        if number % 25 == 3:
            item.attributes["sIDHistory"] = [sid(5_000 + number, OLD_DOMAIN)]
        return item

    def _user(self, number: int) -> Item:
        rng = self._rng
        first, last = rng.choice(_FIRST.split()), rng.choice(_LAST.split())
        account = f"{first[0]}{last[:5]}{number}".lower().replace("ö", "o").replace("á", "a")
        share = rng.random()
        if share < 0.97:
            count = min(len(self._names), int(rng.expovariate(1 / self._memberships)))
        elif share < 0.99:
            count = min(len(self._names), rng.randrange(200, 500))
        else:
            count = min(len(self._names), rng.randrange(500, 1100))
        attributes: dict[str, str | int | bytes | list[str] | list[bytes]] = {
            "objectSid": sid(200_000 + number),
            "sAMAccountName": account,
            "sAMAccountType": 805306368,
            "primaryGroupID": DOMAIN_USERS,
            "displayName": f"{last}, {first}",
            "userPrincipalName": f"{account}@corp.example.com",
        }
        if count:
            attributes["memberOf"] = rng.sample(self._names, count)
        if number % 9 == 4:
            attributes["sIDHistory"] = [sid(1_100 + number, OLD_DOMAIN)]
        if number % 3 == 0:
            attributes["homeDirectory"], attributes["homeDrive"] = rf"\\files\home$\{account}", "H:"
        return Item(
            f"CN={last}\\, {first} {number},OU=Staff,{BASE}",
            ("top", "person", "organizationalPerson", "user"),
            attributes,
        )


def _bytes(value: str | int | bytes) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def write_ldif(path: Path, items: Iterator[Item]) -> None:
    """Write LDIF as ldifde does: base64 for what is not plain, long lines folded, CR LF."""
    with path.open("wb") as file:
        for item in items:
            lines = [_ldif_line("dn", item.dn.encode()), b"changetype: add"]
            lines += [_ldif_line("objectClass", name.encode()) for name in item.object_class]
            for name, value in item.attributes.items():
                for each in value if isinstance(value, list) else [value]:
                    lines.append(_ldif_line(name, _bytes(each)))
            file.write(b"\r\n".join(lines) + b"\r\n\r\n")


def _ldif_line(name: str, value: bytes) -> bytes:
    if _is_plain(value):
        line = name.encode() + b": " + value
    else:
        line = name.encode() + b":: " + base64.b64encode(value)
    if len(line) <= _FOLD:
        return line
    rest = [line[at : at + _FOLD - 1] for at in range(_FOLD, len(line), _FOLD - 1)]
    return b"\r\n ".join([line[:_FOLD], *rest])


def _is_plain(value: bytes) -> bool:
    return (
        value.isascii() and all(32 <= octet < 127 for octet in value) and value[:1] not in (b" ", b":", b"<")
    )


def write_csv(path: Path, items: Iterator[Item]) -> None:
    """Write CSV as csvde does: one column an attribute, X'…' for binary values, ; between values."""
    columns = [
        "objectSid",
        "groupType",
        "sAMAccountName",
        "sAMAccountType",
        "primaryGroupID",
        "displayName",
        "userPrincipalName",
        "homeDirectory",
        "homeDrive",
        "memberOf",
        "sIDHistory",
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["DN", "objectClass", *columns])
        for item in items:
            cells = [item.attributes.get(name, "") for name in columns]
            rows.writerow([item.dn, ";".join(item.object_class), *map(_csv_cell, cells)])


def _csv_cell(value: str | int | bytes | list[str] | list[bytes]) -> str:
    if isinstance(value, list):
        return ";".join(_csv_cell(each) for each in value)
    return f"X'{value.hex()}'" if isinstance(value, bytes) else str(value)


_PROPERTIES = {
    "objectSid": "SID",
    "sAMAccountName": "SamAccountName",
    "memberOf": "MemberOf",
    "sIDHistory": "SIDHistory",
}


def write_json(path: Path, items: Iterator[Item]) -> None:
    """Write JSON as ``Get-ADUser | ConvertTo-Json`` does: SIDs as objects."""
    with path.open("w", encoding="utf-8-sig") as file:
        start = "[\r\n"
        for item in items:
            thing: dict[str, object] = {"DistinguishedName": item.dn, "ObjectClass": item.object_class[-1]}
            for name, value in item.attributes.items():
                thing[_PROPERTIES.get(name, name)] = _json_value(value)
            file.write(start + json.dumps(thing, ensure_ascii=False))
            start = ",\r\n"
        file.write("\r\n]\r\n")


def _json_value(value: str | int | bytes | list[str] | list[bytes]) -> object:
    if isinstance(value, list):
        return [_json_value(each) for each in value]
    if isinstance(value, bytes):
        numbers = struct.unpack("<5I", value[8:])
        return {
            "BinaryLength": len(value),
            "AccountDomainSid": "S-1-5-" + "-".join(map(str, numbers[:-1])),
            "Value": "S-1-5-" + "-".join(map(str, numbers)),
        }
    return value


WRITERS = {".ldif": write_ldif, ".csv": write_csv, ".json": write_json}


def main() -> None:
    """Write one export."""
    parser = argparse.ArgumentParser(description="Write an export of an invented directory.")
    parser.add_argument("path", type=Path, help="ends in .ldif, .csv or .json")
    parser.add_argument("--users", type=int, default=400)
    parser.add_argument("--groups", type=int, default=1400)
    parser.add_argument("--memberships", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.path.suffix not in WRITERS:
        parser.error("the name must end in .ldif, .csv or .json")
    population = Population(
        arguments.users, arguments.groups, memberships=arguments.memberships, seed=arguments.seed
    )
    arguments.path.parent.mkdir(parents=True, exist_ok=True)
    WRITERS[arguments.path.suffix](arguments.path, population.items())


if __name__ == "__main__":
    main()
