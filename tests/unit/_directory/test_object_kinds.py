# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an object is, from whatever its source shows of it."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory._object_kinds import (
    Kind,
    category_and_scope,
    kind_of,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.records import (
    SCOPE_DOMAIN_LOCAL,
    SCOPE_GLOBAL,
    SCOPE_UNIVERSAL,
    SECURITY_ENABLED,
)

DN = b"CN=x,OU=Staff,DC=corp,DC=example"
USER = ("top", "person", "organizationalPerson", "user")


def show(**values: str | tuple[str, ...]) -> dict[str, list[bytes]]:
    """Attributes as readers deliver them."""
    return {
        name: [each.encode() for each in (value if isinstance(value, tuple) else (value,))]
        for name, value in values.items()
    }


@pytest.mark.parametrize(
    "shown",
    [
        show(sAMAccountType="805306368", objectClass=USER, sAMAccountName="x"),
        show(sAMAccountType="805306368", sAMAccountName="hidden$"),
        show(objectClass=USER, sAMAccountName="x"),
        show(objectClass="user", sAMAccountName="x"),
        show(objectClass=(*USER, "inetOrgPerson"), sAMAccountName="x"),
        show(objectClass="inetOrgPerson", sAMAccountName="x"),
        show(objectClass="acmeEmployee", sAMAccountName="x", primaryGroupID="513"),
        show(objectClass="user", sAMAccountName="hidden$", userAccountControl="66048"),
        show(objectClass="USER", sAMAccountName="x"),
        show(objectClass="InetOrgPerson", sAMAccountName="x"),
    ],
)
def test_users(shown: dict[str, list[bytes]]) -> None:
    assert kind_of(DN, shown) is Kind.USER


@pytest.mark.parametrize(
    "shown",
    [
        show(sAMAccountType="805306369", objectClass=(*USER, "computer"), sAMAccountName="PC1$"),
        show(sAMAccountType="805306370", objectClass=USER, sAMAccountName="EU$"),
        show(objectClass="user", sAMAccountName="EU$", userAccountControl="2080"),
        show(objectClass="computer", sAMAccountName="PC1$"),
        show(objectClass="msDS-ManagedServiceAccount", sAMAccountName="web$", primaryGroupID="515"),
        show(objectClass="msDS-GroupManagedServiceAccount", sAMAccountName="sql$", primaryGroupID="515"),
        show(objectClass=(*USER, "computer", "msDS-GroupManagedServiceAccount"), sAMAccountName="sql$"),
        show(objectClass="msDS-DelegatedManagedServiceAccount", sAMAccountName="app$"),
        show(objectClass="Computer", sAMAccountName="PC1$"),
        show(objectClass="builtinDomain", objectSid="S-1-5-32"),
        show(objectClass=("top", "person", "organizationalPerson", "contact")),
        show(objectClass=USER, sAMAccountName="x", isDeleted="TRUE"),
        show(objectClass="user", sAMAccountName="x", isDeleted="True"),
        show(objectClass="group", groupType="-2147483646", isDeleted="TRUE"),
        show(),
    ],
)
def test_neither_users_nor_groups(shown: dict[str, list[bytes]]) -> None:
    assert kind_of(DN, shown) is Kind.OTHER


@pytest.mark.parametrize(
    "dn",
    [
        b"CN=x\\0ADEL:4f0c4d2a-9f0b-4a55-b6a4-1d5d3f0c7e11,CN=Deleted Objects,DC=corp,DC=example",
        b"cn=x\\0adel:4f0c4d2a-9f0b-4a55-b6a4-1d5d3f0c7e11,ou=staff,dc=corp,dc=example",
    ],
)
def test_a_deleted_object_is_known_by_its_name(dn: bytes) -> None:
    assert kind_of(dn, show(objectClass=USER, sAMAccountName="x")) is Kind.OTHER
    assert kind_of(dn, show(objectClass="group", groupType="-2147483646")) is Kind.OTHER


def test_an_object_renamed_by_a_conflict_is_not_deleted() -> None:
    dn = b"CN=x\\0ACNF:4f0c4d2a-9f0b-4a55-b6a4-1d5d3f0c7e11,OU=Staff,DC=corp,DC=example"
    assert kind_of(dn, show(objectClass=USER, sAMAccountName="x")) is Kind.USER


@pytest.mark.parametrize(
    "shown",
    [
        show(groupType="-2147483646"),
        show(objectClass=("top", "group")),
        show(groupScope="Global", sAMAccountName="x"),
        show(sAMAccountType="268435456", sAMAccountName="x"),
        show(sAMAccountType="536870913", sAMAccountName="x"),
        show(member="CN=y,DC=corp", sAMAccountName="x"),
        show(objectClass="Group", sAMAccountName="x"),
    ],
)
def test_groups(shown: dict[str, list[bytes]]) -> None:
    assert kind_of(DN, shown) is Kind.GROUP


def test_what_only_a_name_speaks_for_is_a_guess() -> None:
    assert kind_of(DN, show(sAMAccountName="x")) is Kind.LIKELY_USER
    assert kind_of(DN, show(primaryGroupID="513")) is Kind.LIKELY_USER
    assert kind_of(DN, show(objectClass="acmeEmployee", sAMAccountName="x")) is Kind.LIKELY_USER
    assert kind_of(DN, show(objectClass="acmeHost", sAMAccountName="x$")) is Kind.LIKELY_NOT_A_USER
    assert kind_of(DN, show(objectSid="S-1-5-21-1-2-3-4")) is Kind.UNKNOWN
    assert kind_of(DN, show(sAMAccountName="EU$")) is Kind.LIKELY_NOT_A_USER
    assert kind_of(DN, show(objectClass="user", sAMAccountName="EU$")) is Kind.LIKELY_NOT_A_USER


@pytest.mark.parametrize(
    ("shown", "category", "scope"),
    [
        (show(groupCategory="Security", groupScope="DomainLocal"), SECURITY_ENABLED, SCOPE_DOMAIN_LOCAL),
        (show(groupCategory="1", groupScope="2"), SECURITY_ENABLED, SCOPE_UNIVERSAL),
        (show(groupCategory="0", groupScope="Global"), 0, SCOPE_GLOBAL),
        (show(groupScope="0"), None, SCOPE_DOMAIN_LOCAL),
        (show(groupCategory="distribution"), 0, None),
        (show(groupType="Security", groupScope="Universal"), SECURITY_ENABLED, SCOPE_UNIVERSAL),
        (show(groupType="Distribution", groupScope="Global"), 0, SCOPE_GLOBAL),
        (show(sAMAccountType="268435456"), SECURITY_ENABLED, None),
        (show(sAMAccountType="536870912"), SECURITY_ENABLED, SCOPE_DOMAIN_LOCAL),
        (show(sAMAccountType="268435457"), 0, None),
        (show(sAMAccountType="268435456", groupScope="Universal"), SECURITY_ENABLED, SCOPE_UNIVERSAL),
        (show(), None, None),
    ],
)
def test_category_and_scope_are_read_or_unknown(
    shown: dict[str, list[bytes]], category: int | None, scope: int | None
) -> None:
    assert category_and_scope(shown) == (category, scope)


@pytest.mark.parametrize("shown", [show(groupScope="Lokal"), show(groupScope="2", groupCategory="7")])
def test_a_scope_that_does_not_exist_is_refused(shown: dict[str, list[bytes]]) -> None:
    with pytest.raises(ValueError, match=r"Lokal|7"):
        category_and_scope(shown)
