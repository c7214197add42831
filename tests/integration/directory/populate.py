# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the objects of the tests into a Samba directory; runs under the distribution's Python.

Usage: populate.py DATABASE SMB_CONF small
       populate.py DATABASE SMB_CONF large USERS GROUPS
       populate.py DATABASE SMB_CONF tokens HOST GROUPS...
"""

from __future__ import annotations

import itertools
import random
import sys

import ldb
from samba.auth import system_session
from samba.dcerpc import security
from samba.dsdb import (
    GTYPE_DISTRIBUTION_GLOBAL_GROUP,
    GTYPE_SECURITY_DOMAIN_LOCAL_GROUP,
    GTYPE_SECURITY_GLOBAL_GROUP,
    GTYPE_SECURITY_UNIVERSAL_GROUP,
)
from samba.ndr import ndr_pack
from samba.param import LoadParm
from samba.samdb import SamDB

PASSWORD = "Directory-Test-1"
SCOPES = {
    "g": GTYPE_SECURITY_GLOBAL_GROUP,
    "u": GTYPE_SECURITY_UNIVERSAL_GROUP,
    "l": GTYPE_SECURITY_DOMAIN_LOCAL_GROUP,
    "d": GTYPE_DISTRIBUTION_GLOBAL_GROUP,
}


class Writer:
    """Adds objects below one organizational unit."""

    def __init__(self, database: SamDB) -> None:
        self.database = database
        self.base = str(database.domain_dn())
        self.unit = f"OU=Sizing,{self.base}"
        database.add({"dn": self.unit, "objectClass": "organizationalUnit"})

    def group(self, name: str, scope: str, *members: str) -> str:
        dn = f"CN={name},{self.unit}"
        group = {"dn": dn, "objectClass": "group", "sAMAccountName": name, "groupType": str(SCOPES[scope])}
        self.database.add({**group, "member": list(members)} if members else group)
        return dn

    def user(self, name: str, **attributes: str) -> str:
        dn = f"CN={name},{self.unit}"
        self.database.add({"dn": dn, "objectClass": "user", "sAMAccountName": name, **attributes})
        return dn

    def join(self, group: str, *members: str) -> None:
        message = ldb.Message(ldb.Dn(self.database, group))
        message["member"] = ldb.MessageElement(list(members), ldb.FLAG_MOD_ADD, "member")
        self.database.modify(message)

    def enable(self, name: str) -> None:
        self.database.setpassword(f"(sAMAccountName={name})", PASSWORD)
        self.database.enable_account(f"(sAMAccountName={name})")

    def sid_history(self, dn: str, *sids: str) -> None:
        message = ldb.Message(ldb.Dn(self.database, dn))
        values = [ndr_pack(security.dom_sid(sid)) for sid in sids]
        message["sIDHistory"] = ldb.MessageElement(values, ldb.FLAG_MOD_REPLACE, "sIDHistory")
        self.database.modify(message)


def small(writer: Writer) -> None:
    """Users of every shape: nested, cyclic, through distribution groups, with up to 1,000 groups."""
    reader = f"CN=reader,CN=Users,{writer.base}"
    writer.database.add({"dn": reader, "objectClass": "user", "sAMAccountName": "reader"})
    writer.enable("reader")

    groups = {
        scope: [writer.group(f"group-{scope}{n}", scope) for n in range(count)]
        for scope, count in (("g", 600), ("u", 200), ("l", 200), ("d", 3))
    }
    # Nested: n1 in n2 in n3 …, global in universal in domain-local; a cycle of three.
    chain = [writer.group(f"n{n}", scope) for n, scope in enumerate("ggguull")]
    for inner, outer in itertools.pairwise(chain):
        writer.join(outer, inner)
    ring = [writer.group(f"ring{n}", "u") for n in range(3)]
    for inner, outer in itertools.pairwise([*ring, ring[0]]):
        writer.join(outer, inner)
    writer.join(groups["l"][0], ring[1])
    # d0 (distribution) between a user and l1: breaks the chain; g0 -> d1 -> u1 as well.
    writer.join(groups["u"][1], groups["d"][1])
    writer.join(groups["d"][1], groups["g"][0])
    writer.join(groups["u"][2], groups["d"][0])
    writer.join(f"CN=Remote Desktop Users,CN=Builtin,{writer.base}", chain[1])

    everyone = [*groups["g"], *groups["u"], *groups["l"]]
    shapes = {
        "u0": [],
        "g50": groups["g"][:50],
        "l50": groups["l"][:50],
        "g100": groups["g"][:100],
        "v100": groups["u"][:100],
        "g200": groups["g"][:200],
        "l200": groups["l"],
        "mix": [*groups["g"][:150], *groups["u"][:100], *groups["l"][:100]],
        "g400": groups["g"][:400],
        "all": everyone,
        "nested": [chain[0]],
        "middle": [chain[3]],
        "cyclic": [ring[0]],
        "distribution": [groups["d"][0], groups["g"][0]],
        "builtin": [f"CN=Backup Operators,CN=Builtin,{writer.base}"],
        "migrated": [groups["g"][1], groups["u"][0]],
    }
    for name in shapes:
        writer.user(name, displayName=f"{name} example")
        writer.enable(name)
    members: dict[str, list[str]] = {}
    for name, holds in shapes.items():
        for group in holds:
            members.setdefault(group, []).append(f"CN={name},{writer.unit}")
    for group, names in members.items():
        writer.join(group, *names)
    writer.sid_history(f"CN=migrated,{writer.unit}", "S-1-5-21-1-2-3-1105", "S-1-5-21-1-2-3-1106")
    writer.sid_history(groups["u"][0], "S-1-5-21-1-2-3-2001")
    # A primary group other than Domain Users, itself in others.
    writer.user("primary", displayName="primary example")
    writer.enable("primary")
    writer.join(chain[2], f"CN=primary,{writer.unit}")
    found = writer.database.search(base=chain[2], scope=ldb.SCOPE_BASE, attrs=["objectSid"])
    rid = int.from_bytes(bytes(found[0]["objectSid"][0])[-4:], "little")
    message = ldb.Message(ldb.Dn(writer.database, f"CN=primary,{writer.unit}"))
    message["primaryGroupID"] = ldb.MessageElement(str(rid), ldb.FLAG_MOD_REPLACE, "primaryGroupID")
    writer.database.modify(message)


def large(writer: Writer, users: int, groups: int) -> None:
    """Many users with about ten memberships each, for timing."""
    rng = random.Random(1)
    reader = f"CN=reader,CN=Users,{writer.base}"
    writer.database.add({"dn": reader, "objectClass": "user", "sAMAccountName": "reader"})
    writer.enable("reader")
    names = [writer.group(f"group{n}", "gggul"[n % 5]) for n in range(groups)]
    members: dict[str, list[str]] = {}
    for n in range(users):
        dn = writer.user(
            f"user{n}", displayName=f"User number {n}", userPrincipalName=f"user{n}@corp.example.com"
        )
        for group in rng.sample(names, 10):
            members.setdefault(group, []).append(dn)
    for group, dns in members.items():
        writer.join(group, *dns)


def tokens(writer: Writer, host: str, *counts: int) -> None:
    """A computer with the service HTTP, and users `groups-N`, each in its number of global groups."""
    users = {count: writer.user(f"groups-{count}") for count in counts}
    for number in range(max(counts)):
        writer.group(f"group-{number}", "g", *(user for count, user in users.items() if count > number))
    for count in counts:
        writer.enable(f"groups-{count}")
    name = host.partition(".")[0]
    computer = {
        "dn": f"CN={name},CN=Computers,{writer.base}",
        "objectClass": "computer",
        "sAMAccountName": f"{name}$",
        "servicePrincipalName": f"HTTP/{host}",
        "userAccountControl": "4096",
    }
    writer.database.add(computer)
    writer.database.setpassword(f"(sAMAccountName={name}$)", PASSWORD)


def main() -> None:
    path, config, what, *numbers = sys.argv[1:]
    parameters = LoadParm()
    parameters.load(config)
    database = SamDB(
        url=path,
        session_info=system_session(),
        lp=parameters,
        options=["batch_mode:1", "transaction_index_cache_size:200000"],
    )
    database.transaction_start()
    try:
        writer = Writer(database)
        if what == "large":
            large(writer, *map(int, numbers))
        elif what == "tokens":
            tokens(writer, numbers[0], *map(int, numbers[1:]))
        else:
            small(writer)
        address = parameters.get("interfaces")[0].partition("/")[0]
        controller = f"CN=DC1,OU=Domain Controllers,{database.domain_dn()}"
        message = ldb.Message(ldb.Dn(database, controller))
        principals = [f"ldap/{address}", "ldap/dc1.corp.example.com"]
        message["servicePrincipalName"] = ldb.MessageElement(
            principals, ldb.FLAG_MOD_ADD, "servicePrincipalName"
        )
        database.modify(message)
    except BaseException:
        database.transaction_cancel()
        raise
    database.transaction_commit()


if __name__ == "__main__":
    main()
