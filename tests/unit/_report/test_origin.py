# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who made a report."""

from __future__ import annotations

import socket

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report._fleet_page import render_html
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_report import FleetReport
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.origin import Origin, read_origin


def test_a_run_of_the_command_line_names_playbook_inventory_pattern_and_limit() -> None:
    known = {"ansible_inventory_sources": ["site.yml", "more.yml"], "ansible_limit": "berlin"}
    assert read_origin(known, {"args": ("winfleet.hotfix.assess",)}, "session_hosts").facts == [
        "Playbook: winfleet.hotfix.assess",
        "Inventory: site.yml, more.yml",
        "Hosts: session_hosts",
        "Limit: berlin",
        f"Controller: {socket.gethostname()}",
    ]


def test_a_job_of_awx_names_its_number_and_template_and_the_inventory() -> None:
    known = {
        "ansible_inventory_sources": ["/runner/inventory/hosts"],
        "awx_inventory_name": "Fleet",
        "awx_job_id": 12,
        "awx_job_template_name": "Assess",
    }
    origin = read_origin(known, {"args": ["/runner/project/assess.yml"]}, "all")
    assert (origin.playbook, origin.inventory, origin.job) == ("assess.yml", "Fleet", "12 (Assess)")


def test_a_task_without_a_playbook_names_none() -> None:
    assert read_origin({}, {"args": "web*"}, None).playbook is None


def test_hosts_that_the_command_line_lists_are_the_inventory() -> None:
    assert read_origin({"ansible_inventory_sources": ["web-1,"]}, {}, None).inventory == "web-1"


def test_what_made_the_report_stays_text() -> None:
    origin = Origin(inventory="<b>inventory</b>", hosts="</span><script>")
    page = render_html(FleetReport("KB978918", "2026-03-01T02:00:00+00:00", (), origin=origin))
    assert "<span>Inventory: &lt;b&gt;inventory&lt;/b&gt;</span>" in page
    assert "</span><script>" not in page
