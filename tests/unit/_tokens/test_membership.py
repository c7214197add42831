# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which groups are in a token: nesting, cycles, distribution groups, BUILTIN, foreign principals, holes."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.distinguished_names import (
    canonical_dn,
    foreign_principal_sid,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.problems import DirectoryError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.sid import parse_sid
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import (
    SidCounts,
    TokenRules,
)

from tests.unit._tokens.small_directory import (
    CORP,
    DISTRIBUTION,
    GLOBAL,
    LAB,
    LOCAL,
    UNIVERSAL,
    Directory,
    dn,
)


def test_nested_groups_count_up_to_the_top() -> None:
    directory = Directory()
    directory.group("a", member_of=["b"])
    directory.group("b", UNIVERSAL, member_of=["c"])
    directory.group("c", LOCAL)
    assert directory.holds(directory.user(member_of=["a"])) == {"Domain Users", "a", "b", "c"}


def test_a_cycle_counts_each_of_its_groups_once() -> None:
    directory = Directory()
    for name, parent in ("ab", "bc", "ca"):
        directory.group(name, UNIVERSAL, member_of=[parent])
    size = directory.size(directory.user(member_of=["a", "b"]))
    assert size.counts == SidCounts(global_=1, universal=3)


def test_a_distribution_group_breaks_the_chain() -> None:
    directory = Directory()
    directory.group("mail", DISTRIBUTION, member_of=["secured"])
    directory.group("secured")
    assert directory.holds(directory.user(member_of=["mail"])) == {"Domain Users"}
    assert not list(directory.notes)


def test_builtin_groups_are_left_out() -> None:
    directory = Directory()
    directory.group("Users", 0x80000005, sid="S-1-5-32-545")
    directory.group("a", member_of=["Users"])
    assert directory.holds(directory.user(member_of=["a", "Users"])) == {"Domain Users", "a"}


def test_the_primary_group_brings_what_it_is_a_member_of() -> None:
    directory = Directory()
    directory.group("Staff", rid=1500, member_of=["Doors"])
    directory.group("Doors", LOCAL)
    assert directory.holds(directory.user(primary=1500)) == {"Staff", "Doors"}


def test_an_unknown_primary_group_is_counted_and_named() -> None:
    directory = Directory()
    assert directory.size(directory.user(primary=4711)).counts == SidCounts(global_=1)
    (note,) = directory.notes
    assert "primary group" in note and f"{CORP}-4711" in note


def test_a_hidden_primary_group_id_is_reported_and_domain_users_assumed() -> None:
    directory = Directory()
    assert directory.holds(directory.user("blind", primary=None)) == {"Domain Users"}
    (note,) = directory.notes
    assert "primaryGroupID" in note and "blind" in note


def test_memberships_that_point_at_nothing_are_named_and_do_not_count() -> None:
    directory = Directory()
    directory.group("a", member_of=["gone"])
    assert directory.holds(directory.user(member_of=["a", "vanished"])) == {"Domain Users", "a"}
    (note,) = directory.notes
    assert "lower bounds" in note and "CN=gone" in note and "CN=vanished" in note


def test_member_values_alone_are_enough() -> None:
    directory = Directory()
    directory.group("b", members=[dn("a")])
    directory.group("a", members=[dn("jdoe")])
    assert directory.holds(directory.user()) == {"Domain Users", "a", "b"}


def test_the_same_membership_from_both_ends_counts_once() -> None:
    directory = Directory()
    directory.group("a", members=[dn("jdoe")])
    assert directory.account(directory.user(member_of=["a"])).groups.count(1) == 1


def test_members_that_are_nobody_are_reported() -> None:
    directory = Directory()
    directory.group("a", members=[dn("jdoe"), dn("Deleted")])
    directory.size(directory.user())
    directory.membership.note_strangers()
    (note,) = directory.notes
    assert "cn=deleted" in note and "(1:" in note


def test_names_match_across_spellings() -> None:
    directory = Directory()
    directory.group("Größe\\, M", members=[b"cn=JDOE, ou=all, dc=corp, dc=example"])
    directory.group("Zug", UNIVERSAL)
    other = b"CN=ZUG , OU=ALL,DC=Corp,DC=example"
    directory.group("inner", members=[b"CN=gr\\C3\\B6\\C3\\9Fe\\2C m,OU=All,DC=corp,DC=example"])
    user = directory.user()._replace(member_of=[other])
    assert directory.holds(user) == {"Domain Users", "Größe\\", "Zug", "inner"}


def test_universal_groups_of_another_domain_are_foreign() -> None:
    directory = Directory()
    directory.group("Domain Users", rid=513, domain=LAB)
    directory.group("forest", UNIVERSAL, members=[dn("guest", LAB), dn("jdoe")])
    guest, native = directory.user("guest", domain=LAB), directory.user()
    assert directory.size(guest).counts == SidCounts(global_=1, universal_foreign=1)
    assert directory.size(native).counts == SidCounts(global_=1, universal=1)


def test_a_foreign_security_principal_leads_to_the_group_it_stands_for() -> None:
    directory = Directory()
    directory.group("Domain Users", rid=513, domain=LAB)
    directory.group("lab-staff", domain=LAB, rid=1200)
    directory.group("doors", LOCAL)
    directory.foreign_principal(f"{LAB}-1200", ["doors"])
    user = directory.user(domain=LAB, member_of=["lab-staff"])
    assert directory.holds(user) == {"Domain Users", "lab-staff", "doors"}


def test_a_foreign_security_principal_leads_to_the_user_it_stands_for() -> None:
    directory = Directory()
    directory.group("doors", LOCAL, members=[f"CN={LAB}-1104,CN=ForeignSecurityPrincipals,DC=corp".encode()])
    assert "doors" in directory.holds(directory.user(domain=LAB))


@pytest.mark.parametrize(
    ("domain", "groups", "reported"),
    [(LAB, [], True), (LAB, ["doors"], False), ("S-1-5-21-3-3-3", [], False)],
)
def test_principals_of_covered_domains_without_any_membership_are_reported(
    domain: str, groups: list[str], reported: bool
) -> None:
    directory = Directory()
    directory.group("doors", LOCAL)
    directory.group("Domain Users", domain=LAB, rid=513)
    directory.foreign_principal(f"{domain}-1300", groups)
    directory.foreign_principal("S-1-5-11", ["doors"])
    directory.size(directory.user(domain=LAB))
    assert any("no foreign security principal" in note for note in directory.notes) == reported


def test_principals_of_uncovered_domains_are_reported_and_well_known_ones_are_not() -> None:
    directory = Directory()
    directory.group("doors", LOCAL)
    directory.foreign_principal("S-1-5-21-4-4-4-1104", ["doors"])
    directory.foreign_principal("S-1-5-11", ["doors"])
    directory.size(directory.user())
    directory.membership.note_strangers()
    (note,) = directory.notes
    assert "S-1-5-21-4-4-4-1104" in note and "(1:" in note


@pytest.mark.parametrize("rid", [496, 497])
def test_how_somebody_signed_in_is_no_account_of_a_domain(rid: int) -> None:
    directory = Directory()
    directory.group("doors", LOCAL)
    directory.foreign_principal(f"S-1-5-21-0-0-0-{rid}", ["doors"])
    assert directory.holds(directory.user()) == {"Domain Users"}
    directory.membership.note_strangers()
    assert not list(directory.notes)


def test_sid_history_of_the_user_and_of_every_group_counts() -> None:
    directory = Directory()
    directory.group("a", member_of=["b"], history=[f"{LAB}-1"])
    directory.group("b", history=[f"{LAB}-1", f"{LAB}-2"])
    user = directory.user(member_of=["a"], history=[f"{LAB}-2", f"{LAB}-3"])
    assert directory.size(user).counts == SidCounts(global_=3, sid_history=3)


def test_a_sid_that_is_a_group_and_a_history_counts_once_as_the_dearer() -> None:
    directory = Directory()
    directory.group("old", rid=1300, domain=LAB)
    directory.group("new", history=[f"{LAB}-1300"], members=[dn("jdoe")])
    directory.group("link", LOCAL, members=[dn("jdoe")])
    directory.group("old-too", sid=f"{LAB}-1300", members=[dn("jdoe")])
    assert directory.size(directory.user()).counts == SidCounts(global_=2, domain_local=1, sid_history=1)


def test_the_same_group_from_two_sources_is_one() -> None:
    directory = Directory()
    directory.group("a", rid=1400, members=[dn("jdoe")])
    directory.group("b", rid=1400, member_of=["c"])
    directory.group("c")
    assert directory.size(directory.user()).counts.global_ == 3


def test_a_membership_that_holds_two_names_is_refused() -> None:
    directory = Directory()
    directory.group("Sales")
    user = directory.user(member_of=["Sales,OU=All,DC=corp,DC=example#CN=Doors"])
    with pytest.raises(
        DirectoryError, match=r"memberOf of CN=jdoe,.* a second name begins with 'CN=Doors,OU=All"
    ):
        directory.size(user)


def test_two_groups_of_one_name_are_reported() -> None:
    directory = Directory()
    directory.group("Sales", rid=1500)
    directory.group("Sales", rid=1500)
    assert not list(directory.notes)
    directory.group("Sales", LOCAL, rid=1501)
    directory.group("Sales", DISTRIBUTION, rid=1502)
    (note,) = directory.notes
    assert "different SIDs" in note and note.endswith("(2: CN=Sales,OU=All,DC=corp,DC=example, …)")


def test_top_groups_name_what_leaving_each_would_save() -> None:
    directory = Directory(TokenRules(kdc="2012"))
    directory.group("big", member_of=["x", "y", "shared"])
    directory.group("small", member_of=["shared"])
    directory.group("redundant")
    directory.group("sub", member_of=["redundant"])
    for name in ("x", "y", "shared"):
        directory.group(name, UNIVERSAL)
    account = directory.account(directory.user(member_of=["big", "small", "redundant", "sub"]))
    costs = {cost.dn.partition(",")[0]: cost.bytes for cost in directory.sizer.top_groups(account)}
    assert costs == {"CN=big": 24, "CN=small": 8, "CN=sub": 8}


def test_the_result_has_the_documented_keys() -> None:
    directory = Directory()
    directory.group("a")
    user = directory.user(member_of=["a"])
    result = directory.size(user).to_result(directory.sizer.top_groups(directory.account(user)))
    assert result["user"] == "jdoe" and result["sid"] == f"{CORP}-1104" and result["status"] == "ok"
    assert result["sids"] == 2 and result["top_groups"] == [{"dn": dn("a").decode(), "bytes": 8}]
    assert result["groups"] == {
        "global": 2,
        "universal": 0,
        "universal_foreign": 0,
        "domain_local": 0,
        "sid_history": 0,
    }


def test_security_bit_and_scope_come_from_the_group_type() -> None:
    assert tuple(2**32 + signed for signed in (-2147483646, -2147483644, -2147483640)) == (
        GLOBAL,
        LOCAL,
        UNIVERSAL,
    )
    assert len(parse_sid(CORP)) == 24


def test_a_name_that_only_looks_like_a_foreign_principal_is_none() -> None:
    suffix = ",CN=ForeignSecurityPrincipals,DC=corp"
    assert foreign_principal_sid(f"CN={LAB}-1104{suffix}".encode()) == parse_sid(f"{LAB}-1104")
    for name in (f"CN={LAB}-1104,OU=Staff,DC=corp", f"CN=S-1-5{suffix}", f"CN=S-1-x{suffix}", "CN=S-1-5-"):
        assert foreign_principal_sid(name.encode()) is None


def test_a_comma_inside_a_name_keeps_its_blank() -> None:
    assert canonical_dn(b"CN=Doe\\2C John , OU=A") == b"cn=doe\\, john,ou=a"
    assert canonical_dn(b"CN=Doe\\,John,OU=A") == b"cn=doe\\,john,ou=a"
