# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a fleet report in a real browser, and what no page may do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.integration.report.browser import click, column, found, hosts, requests, type_keys, write_page
from tests.integration.report.demo_fleet import every_kind

GROUPS = """
const list = document.querySelector('select[data-column="Inventory group"]');
return [...list.options].slice(1).map(one => one.text);
"""

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "<b>bold</b>",
    "=cmd|' /C calc'!A0",
    '" onmouseover="alert(1)',
    "&lt;i&gt;\u2028end",
    "<!--<script>",
]


def test_every_host_has_a_row_the_urgent_ones_first(demo: Any) -> None:
    assert len(hosts(demo)) == len(every_kind())
    assert column(demo, "What next")[0] == "Failed"
    assert column(demo, "What next")[-1] == "Not applicable"


def test_a_heading_sorts_and_sorts_the_other_way_round(demo: Any) -> None:
    click(demo, ".rows > thead button", "Host")
    first = hosts(demo)
    assert first == sorted(first)
    click(demo, ".rows > thead button", "Host")
    assert hosts(demo) == first[::-1]
    (head,) = demo.find_elements("css selector", "th[aria-sort=descending]")
    assert head.text.startswith("Host")


def test_rows_without_a_value_stay_last_in_either_direction(demo: Any) -> None:
    for _direction in range(2):
        click(demo, ".rows > thead button", "Restart")
        values = [bool(value) for value in column(demo, "Restart, host time")]
        assert values == sorted(values, reverse=True)
        assert {*values} == {True, False}


def test_search_and_lists_filter_together_and_clear(demo: Any) -> None:
    demo.find_element("id", "search").send_keys("2008 ts-")
    assert set(hosts(demo)) == {"ts-berlin-01", "ts-berlin-02", "ts-canary", "ts-hamburg-01"}
    demo.execute_script("""
        const list = document.querySelector('select[data-column=Status]');
        list.value = [...list.options].find(option => option.text === 'Compliant').value;
        list.dispatchEvent(new Event('change'));""")
    assert hosts(demo) == ["ts-canary"]
    assert found(demo) == '1 of 19 hosts (Status: Compliant, text "2008 ts-")'
    click(demo, "#clear")
    assert found(demo) == "19 hosts"


def test_headings_and_figures_are_reached_and_used_by_keyboard(demo: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    reached = []
    for _step in range(80):
        type_keys(demo, Keys.TAB)
        element = demo.switch_to.active_element
        outline = demo.execute_script("return getComputedStyle(arguments[0]).outlineStyle", element)
        reached.append((element.tag_name, element.text.strip(), outline))
        if element.text.strip() == "Host":
            type_keys(demo, Keys.ENTER)
            break
    assert reached[0][:2] == ("a", "Skip to the hosts")
    assert ("button", "Print", "solid") in reached
    assert all(outline == "solid" for _tag, _text, outline in reached)
    assert hosts(demo) == sorted(hosts(demo))


def test_what_hosts_say_stays_text(browser: Any, tmp_path: Path) -> None:
    browser.get_log("browser")
    browser.get_log("performance")
    results = [
        {
            **every_kind()[2],
            "host": name,
            "actions": {name: name},
            "error": f"{name} failed",
            "groups": [name],
        }
        for name in HOSTILE
    ]
    tokens = {"users": [{"user": name, "status": "over", "percent": 120} for name in HOSTILE]}
    page = write_page(tmp_path, results, tokens)
    browser.get(page.as_uri())
    assert sorted(hosts(browser)) == sorted(HOSTILE)
    for button in browser.find_elements("css selector", ".open"):
        button.click()
    assert sorted(browser.execute_script(GROUPS)) == sorted(HOSTILE)
    assert browser.find_elements("css selector", "img, b, i, [onmouseover], [onerror]") == []
    assert len(browser.find_elements("css selector", "script")) == 2
    assert browser.get_log("browser") == []
    assert requests(browser) == [page.as_uri()]


def test_the_policy_forbids_what_the_page_does_not_need(browser: Any, demo_page: Path) -> None:
    browser.get(demo_page.as_uri())
    blocked = browser.execute_async_script("""
        const done = arguments[0];
        const seen = [];
        document.addEventListener('securitypolicyviolation', event => {
            seen.push(event.effectiveDirective);
            if (seen.length === 3) done(seen.sort());
        });
        document.body.setAttribute('onclick', 'window.ran = 1');
        document.body.click();
        document.body.append(Object.assign(new Image(), {src: 'https://example.invalid/x.png'}));
        fetch('https://example.invalid/').catch(() => null);""")
    assert blocked == ["connect-src", "img-src", "script-src-attr"]


def test_without_javascript_the_figures_and_the_hosts_are_there(browser: Any, demo_page: Path) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(demo_page.as_uri())
        text = browser.find_element("tag name", "body").text
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert "5\nCompliant" in text or "5 Compliant" in text
    assert all(result["host"] in text for result in every_kind())


def test_ten_thousand_hosts_are_a_hundred_at_a_time(browser: Any, large_page: Path) -> None:
    browser.get(large_page.as_uri())
    click(browser, ".rows > thead button", "Host")
    names = hosts(browser)
    assert (len(names), found(browser)) == (100, "10000 hosts")
    click(browser, ".pages button", "Last")
    assert hosts(browser)[-1] > names[0]
