# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a page begins with: the line of what to do next, the restarts, and who needs a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.report.browser import click, column, found, hosts
from tests.integration.report.demo_fleet import every_kind


def headings(browser: Any) -> list[str]:
    return [heading.text for heading in browser.find_elements("css selector", "h2")]


def lines(browser: Any, title: str) -> list[str]:
    """The lines of the chart in the panel with this title, each in one text."""
    (panel,) = [one for one in browser.find_elements("css selector", ".panel") if one.text.startswith(title)]
    return [" ".join(line.text.split()) for line in panel.find_elements("css selector", ".bars tr")]


def test_the_page_leads_with_what_to_do_then_restarts_then_people_then_changes(demo: Any) -> None:
    assert headings(demo)[:5] == [
        "What to do next",
        "Who restarts when, in host time",
        "Needs a person",
        "Changed since earlier runs",
        "Hosts by status",
    ]


def test_the_first_line_adds_up_to_the_fleet_with_count_and_percentage(demo: Any) -> None:
    panel = demo.find_element("css selector", ".panel")
    counts = [int(item.text) for item in panel.find_elements("css selector", ".tally .count")]
    shares = [item.text for item in panel.find_elements("css selector", ".tally .share")]
    assert sum(counts) == len(every_kind())
    assert shares == [f"{100 * count / 19:.0f} %" for count in counts]
    parts = panel.find_elements("css selector", ".bar rect")
    widths = [float(part.get_dom_attribute("width").removesuffix("%")) for part in parts]
    assert widths == pytest.approx([100 * count / 19 for count in counts], abs=0.01)


def test_a_figure_filters_the_hosts_and_lets_go(demo: Any) -> None:
    click(demo, "button.tally", "Restart planned")
    assert set(column(demo, "What next")) == {"Restart planned"}
    (pressed,) = demo.find_elements("css selector", "button.tally[aria-pressed=true]")
    assert pressed.text.endswith("Restart planned")
    click(demo, "button.tally", "Restart planned")
    assert len(hosts(demo)) == 19


def test_the_timeline_says_who_restarts_when(demo: Any) -> None:
    assert lines(demo, "Who restarts when") == [
        "Sun 2026-03-01 02:30 1 ts-hamburg-01",
        "Sat 2026-03-07 16:48 2 file-core, ts-canary",
        "Sat 2026-03-07 17:20 1 sql-itanium",
        "Sun 2026-03-08 02:30 1 ts-berlin-01",
        "Sun 2026-03-08 02:45 1 ts-berlin-02",
    ]


def test_a_timeline_of_thousands_stays_short_and_counts_them_all(browser: Any, large_page: Path) -> None:
    browser.get(large_page.as_uri())
    shown = lines(browser, "Who restarts when")
    assert 3 <= len(shown) <= 12
    click(browser, ".rows > thead button", "Restart")
    with_time = browser.execute_script("""
        const data = JSON.parse(document.getElementById('table-data').textContent);
        const place = data.columns.findIndex(column => column.label.startsWith('Restart'));
        return data.rows.filter(row => row[place] !== null).length;""")
    counts = [
        int(count.text) for count in browser.find_elements("css selector", ".beside .bars td:nth-child(2)")
    ]
    assert sum(counts) == with_time


def test_hosts_with_the_same_cause_are_shown_by_a_click(demo: Any) -> None:
    causes = [cause.text for cause in demo.find_elements("css selector", ".causes > li")]
    denied = causes[0].splitlines()
    assert denied[1:3] == ["3 × Access denied", "The account can log on but has no right to use WinRM."]
    assert denied[3].startswith("Use an account in the host's Administrators group.")
    assert not any("ConnectionPool" in cause for cause in causes)
    click(demo, ".causes .link", "Show these 3 hosts")
    assert hosts(demo) == ["hr-01", "hr-02", "hr-03"]
    assert found(demo).startswith("3 of 19 hosts (Cause: Access denied")


def test_the_words_of_a_library_are_behind_an_unfold(demo: Any) -> None:
    click(demo, ".open", "pc-off")
    detail = demo.find_element("css selector", "tr.detail")
    assert "The host is off or busy" in detail.text
    assert "HTTPConnectionPool" not in demo.find_element("css selector", "body").text
    detail.find_element("css selector", "summary").click()
    assert "HTTPConnectionPool" in detail.text


def test_a_group_of_the_inventory_filters_from_its_bar_and_from_its_list(demo: Any) -> None:
    click(demo, ".bars .link", "rds")
    assert set(hosts(demo)) == {"ts-berlin-01", "ts-berlin-02", "ts-canary", "ts-hamburg-01"}
    demo.execute_script("""
        const list = document.querySelector('select[data-column="Inventory group"]');
        list.value = [...list.options].find(option => option.text === 'hamburg').value;
        list.dispatchEvent(new Event('change'));""")
    assert "ts-hamburg-01" in hosts(demo) and "ts-berlin-01" not in hosts(demo)
    demo.find_element("id", "search").send_keys("rds")
    assert set(hosts(demo)) == {"ts-canary", "ts-hamburg-01"}
