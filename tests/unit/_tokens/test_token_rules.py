# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token model: Microsoft's formula, the wire size, limits and statuses."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.problems import DirectoryError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.records import UserRecord
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._name_bytes import (
    NameBytes,
    most_name_bytes,
    name_bytes,
    user_name_bytes,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import (
    SidCounts,
    TokenRules,
)
from hypothesis import given
from hypothesis import strategies as st

NAMES = name_bytes("jdoe", full_name="Jane Doe", dns_domain="corp.example.com")
COUNTS = st.builds(SidCounts, *[st.integers(0, 2000)] * 5)


def test_an_empty_token_is_1200_bytes_by_the_formula() -> None:
    assert TokenRules().token_bytes(SidCounts()) == 1200


@pytest.mark.parametrize(
    ("counts", "kdc", "expected"),
    [
        (SidCounts(global_=101), "2012", 2008),
        (SidCounts(global_=1, domain_local=200), "2012", 2808),
        (SidCounts(global_=1, domain_local=200), "2008r2", 1208 + 200 * 40),
        (SidCounts(global_=151, universal=100, domain_local=100), "2012", 4008),
        (SidCounts(universal_foreign=380), "2012", 16_400),
        (SidCounts(sid_history=3), "2008r2", 1320),
    ],
)
def test_small_groups_cost_8_bytes_and_large_ones_40(counts: SidCounts, kdc: str, expected: int) -> None:
    assert TokenRules(kdc=kdc).token_bytes(counts) == expected


def test_without_resource_sid_compression_domain_local_groups_cost_40_again() -> None:
    counts = SidCounts(domain_local=10)
    assert TokenRules(kdc="2012", compression=False).token_bytes(counts) == 1600


def test_delegation_doubles_the_formula() -> None:
    counts = SidCounts(global_=100)
    assert TokenRules(delegation=True).token_bytes(counts) == 2 * TokenRules().token_bytes(counts)


@pytest.mark.parametrize(
    ("account", "groups", "pac"),
    [("u0", 1, 768), ("g50", 51, 1184), ("all", 1001, 8784), ("l200", 201, 2400)],
)
def test_the_wire_size_stands_on_the_pac_that_a_domain_controller_made(
    account: str, groups: int, pac: int
) -> None:
    # Lengths of the PAC in tickets decrypted from Samba 4.17.12, realm corp.example.com, KDC dc1; there
    # domain-local groups are among the 8-byte ones.
    names = name_bytes(
        account, full_name=f"{account} example", dns_domain="corp.example.com", logon_server="DC1"
    )
    wire = TokenRules(kdc="2012").wire_bytes(SidCounts(global_=groups), names)
    ticket_spnego_and_tsrequest = 352 + 300 + 29
    assert wire == pac + ticket_spnego_and_tsrequest


@pytest.mark.parametrize(
    ("account", "groups", "measured"),
    [("u0", 1, 1405), ("g100", 101, 2241), ("g200", 201, 3040), ("mix", 351, 4222), ("all", 1001, 9444)],
)
def test_the_wire_size_is_near_every_tsrequest_measured(account: str, groups: int, measured: int) -> None:
    names = name_bytes(account, full_name=account, dns_domain="corp.test", logon_server="DC1")
    wire = TokenRules(kdc="2012").wire_bytes(SidCounts(global_=groups), names)
    assert abs(wire - measured) / measured < 0.03


def test_the_wire_passes_16384_when_the_formula_says_about_16170() -> None:
    rules = TokenRules(kdc="2012")
    counts = SidCounts(global_=1, universal_foreign=374)
    assert rules.token_bytes(counts) < 16_384 < rules.wire_bytes(counts, NAMES)


def test_resource_groups_cost_8_bytes_and_32_once_on_the_wire() -> None:
    rules = TokenRules(kdc="2012")
    none, one, two = (rules.wire_bytes(SidCounts(domain_local=n), NAMES) for n in range(3))
    assert (one - none, two - one) == (40, 8)


@given(COUNTS, st.sampled_from(["2008r2", "2012"]), st.booleans(), st.booleans())
def test_nobody_who_fits_into_the_room_for_groups_is_flagged(
    counts: SidCounts, kdc: str, compression: bool, delegation: bool
) -> None:
    rules = TokenRules(kdc=kdc, compression=compression, delegation=delegation)
    plain = TokenRules(kdc=kdc, compression=compression)
    sids = plain.token_bytes(counts) - 1200
    size = max(rules.token_bytes(counts), rules.wire_bytes(counts, NAMES))
    if sids + sum(NAMES) < rules.room_for_groups():
        assert rules.status(size) == "ok"


@pytest.mark.parametrize(
    ("size", "status"), [(13_107, "ok"), (13_108, "near"), (16_384, "near"), (16_385, "over")]
)
def test_the_status_follows_limit_and_warn_percent(size: int, status: str) -> None:
    assert TokenRules().status(size) == status


def test_each_limit_is_checked_by_itself() -> None:
    rules = TokenRules(limit=20_000)
    assert rules.limits_exceeded(12_001, 5) == ("12000",)
    assert rules.limits_exceeded(50_000, 1011) == ("12000", "20000", "48000", "1010_sids")
    assert rules.limits_exceeded(70_000, 1010) == ("12000", "20000", "48000", "65535")


@pytest.mark.parametrize(
    "options",
    [{"limit": 1200}, {"limit": 2_000_000}, {"warn_percent": 0}, {"warn_percent": 101}, {"kdc": "2003"}],
)
def test_settings_out_of_range_are_refused_by_name(options: dict[str, object]) -> None:
    with pytest.raises(DirectoryError, match=next(iter(options))):
        TokenRules(**options)  # type: ignore[arg-type]


@given(st.text(max_size=64), st.text(max_size=64))
def test_longer_names_never_make_a_smaller_ticket(account: str, more: str) -> None:
    short, long = name_bytes(account), name_bytes(account + more)
    assert isinstance(short, NameBytes) and sum(short) <= sum(long)


@given(*[st.text(max_size=40)] * 5, st.sampled_from(["corp", "a.very.long.domain.example.com", ""]))
def test_the_bound_of_the_names_is_never_under_their_bytes(
    account: str, full: str, principal: str, home: str, ou: str, domain: str
) -> None:
    suffix = "".join(f",DC={label}" for label in domain.split("."))
    given_names = {"sAMAccountName": account, "displayName": full, "userPrincipalName": principal}
    attributes = {
        name: [value.encode()] for name, value in {**given_names, "homeDirectory": home}.items() if value
    }
    for server in ("", "DC1", "FIFTEEN-LETTERS"):
        user = UserRecord(f"CN={ou}{suffix}".encode(), b"", 513, attributes, logon_server=server)
        assert sum(user_name_bytes(user)) <= most_name_bytes(user)
