# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that need a service pack first, in a report."""

from __future__ import annotations

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_rows import build_rows
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.totals import fleet_side

from tests.unit._report.samples import hotfix_info

NEEDING = hotfix_info("not_applicable", service_pack_needed=1)


def test_a_verification_that_fails_keeps_the_host_among_those_that_need_a_service_pack() -> None:
    row = build_rows([{"host": "pc1", "hotfix_info": NEEDING, "error": "pc1 is not_applicable."}])[0]
    assert (row.status, row.service_pack_needed) == ("not_applicable", 1)
    assert row.failing and not row.settled


def test_a_merged_report_keeps_the_service_pack() -> None:
    row = build_rows([{"host": "pc1", "hotfix_info": NEEDING}])[0]
    assert build_rows([row.to_json()])[0].service_pack_needed == 1


def test_the_token_report_does_not_count_the_host_as_fixed() -> None:
    row = build_rows([{"host": "pc1", "hotfix_info": NEEDING}])[0]
    assert fleet_side({"hosts": [row.to_json()]}).unknown == ("pc1",)
