# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host descriptions and fleets."""

from __future__ import annotations

import pytest

from tests.lab.fleets.many import many
from tests.lab.windows.profile import ProfileError, load_fleet, parse_fleet


def test_the_demo_fleet_has_every_kind_of_host() -> None:
    fleet = {profile.name: profile for profile in load_fleet("demo")}
    assert len(fleet) >= 14
    assert {profile.os.architecture for profile in fleet.values()} == {"x86", "x64", "ia64"}
    assert {profile.files for profile in fleet.values()} >= {
        "vulnerable",
        "fixed",
        "partial",
        "gdr",
        "sp1",
        "windows8",
    }
    assert [profile.language for profile in fleet.values()].count("de-DE") == 1
    assert not fleet["off-win7"].powered
    assert fleet["rds-2008r2"].rdp.nla and fleet["rds-2008r2"].rdp.application_server
    assert fleet["rollback-2008r2"].faults == ("revert_on_boot",)


def test_one_entry_can_describe_many_hosts() -> None:
    fleet = parse_fleet({"defaults": {"domain": "d"}, "hosts": [{"name": "h{index:03d}", "count": 3}]})
    assert [profile.name for profile in fleet] == ["h001", "h002", "h003"]
    assert {profile.domain for profile in fleet} == {"d"}


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ({"name": "a", "colour": "red"}, "a: unknown key colour"),
        ({"name": "a", "system": "dos"}, "a: unknown system dos"),
        ({"name": "a", "files": "new"}, "a: files must be one of"),
        ({"name": "a", "faults": ["gremlins"]}, "a: unknown fault gremlins"),
        ({"name": "a", "language": "xx"}, "a: unknown language xx"),
        ({"name": "a", "winrm": {"port": 1}}, "a: .*port"),
        ({"name": "a", "count": 2}, "a: count needs"),
        ({}, "a host without a name"),
    ],
)
def test_a_wrong_description_is_refused_by_name(entry: dict[str, object], complaint: str) -> None:
    with pytest.raises(ProfileError, match=complaint):
        parse_fleet({"hosts": [entry]})


def test_generated_fleets_are_mixed_and_can_fail() -> None:
    fleet = many(100, failing=True)
    assert len({profile.name for profile in fleet}) == 100
    assert len({profile.system for profile in fleet}) >= 6
    assert len([profile for profile in fleet if profile.faults]) == 10
    assert {profile.system for profile in many(10, uniform=True)} == {"2008r2-x64"}
