# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a fleet report in a real browser."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.report.browser import missing_browser, open_browser, write_page
from tests.integration.report.demo_fleet import TOKENS, fourteen, thousands

pytestmark = pytest.mark.skipif(missing_browser() is not None, reason=str(missing_browser()))

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "<b>bold</b>",
    "=cmd|' /C calc'!A0",
    '" onmouseover="alert(1)',
    "&lt;i&gt;\u2028end",
    "<!--<script>",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def demo_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(tmp_path_factory.mktemp("demo"), fourteen(), TOKENS)


@pytest.fixture(scope="module")
def large_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(tmp_path_factory.mktemp("large"), thousands(), TOKENS)


@pytest.fixture
def demo(browser: Any, demo_page: Path) -> Iterator[Any]:
    """The demo page, freshly opened; whatever a test does on it, the console and the network stay silent."""
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(demo_page.as_uri())
    yield browser
    assert browser.get_log("browser") == []
    assert requests(browser) == [demo_page.as_uri()]


def requests(browser: Any) -> list[str]:
    """What the page asked for, itself included; `data:` URLs are in the page."""
    messages = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    urls = [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]
    return [url for url in urls if not url.startswith("data:")]


def hosts(browser: Any) -> list[str]:
    return browser.execute_script(
        "return [...document.querySelectorAll('tr.row > th')].map(cell => cell.textContent)"
    )


def column(browser: Any, label: str) -> list[str]:
    return browser.execute_script(
        """
        const heads = [...document.querySelectorAll('.rows > thead th')].map(head => head.textContent);
        const place = heads.indexOf(arguments[0]);
        return [...document.querySelectorAll('tr.row')].map(row =>
            [...row.cells[place].childNodes].filter(node => node.nodeType === Node.TEXT_NODE)
                .map(node => node.data).join(''));
        """,
        label,
    )


def click(browser: Any, css: str, text: str = "") -> None:
    browser.execute_script(
        """
        const all = [...document.querySelectorAll(arguments[0])];
        all.find(one => one.textContent.includes(arguments[1])).click();
        """,
        css,
        text,
    )


def type_keys(browser: Any, *keys: str) -> None:
    from selenium.webdriver import ActionChains

    ActionChains(browser).send_keys(*keys).perform()


def found(browser: Any) -> str:
    return browser.find_element("css selector", ".found").text


def test_every_host_has_a_row_the_urgent_ones_first(demo: Any) -> None:
    assert len(hosts(demo)) == 14
    assert column(demo, "Status")[0] == "Error"
    assert column(demo, "Status")[-1] == "Not applicable"


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
        assert [bool(value) for value in column(demo, "Restart")[:3]] == [True, True, False]


def test_search_and_lists_filter_together_and_clear(demo: Any) -> None:
    demo.find_element("id", "search").send_keys("2008 ts-")
    assert set(hosts(demo)) == {"ts-berlin-01", "ts-berlin-02", "ts-canary"}
    demo.execute_script("""
        const list = document.querySelector('select[data-column=Status]');
        list.value = [...list.options].find(option => option.text === 'Compliant').value;
        list.dispatchEvent(new Event('change'));""")
    assert hosts(demo) == ["ts-canary"]
    assert found(demo) == '1 of 14 hosts (Status: Compliant, text "2008 ts-")'
    click(demo, "#clear")
    assert found(demo) == "14 hosts"


def test_a_figure_of_the_picture_filters_and_lets_go(demo: Any) -> None:
    click(demo, "button.tally", "Restart pending")
    assert set(column(demo, "Status")) == {"Restart pending"}
    assert demo.find_element("css selector", "button.tally[aria-pressed=true]").text.endswith(
        "Restart pending"
    )
    click(demo, "button.tally", "Restart pending")
    assert len(hosts(demo)) == 14


def test_the_picture_counts_every_host(demo: Any) -> None:
    counts = [int(item.text) for item in demo.find_elements("css selector", ".tally .count")]
    parts = demo.find_elements("css selector", ".wide > .bar rect")
    widths = [float(part.get_dom_attribute("width").removesuffix("%")) for part in parts]
    assert sum(counts) == 14
    assert widths == pytest.approx([100 * count / 14 for count in counts], abs=0.01)


def test_a_host_unfolds_by_keyboard_and_shows_files_found_and_expected(demo: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    demo.find_element("id", "search").send_keys("pc-118")
    for _step in range(20):
        type_keys(demo, Keys.TAB)
        if "open" in demo.switch_to.active_element.get_attribute("class").split():
            break
    type_keys(demo, Keys.ENTER)
    button = demo.switch_to.active_element
    assert (button.text, button.get_attribute("aria-expanded")) == ("pc-118", "true")
    detail = demo.find_element("id", button.get_attribute("aria-controls")).text
    assert r"C:\Windows\System32\Tspkg.dll x64 6.1.7600.16385 6.1.7600.20618 85504 86016 older" in detail
    type_keys(demo, Keys.SPACE)
    assert button.get_attribute("aria-expanded") == "false"
    assert demo.find_elements("css selector", ".detail") == []


def test_headings_and_figures_are_reached_and_used_by_keyboard(demo: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    reached = []
    for _step in range(24):
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


def test_the_host_list_is_named_for_those_who_do_not_see_it(demo: Any) -> None:
    tree = demo.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    named = {
        (node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if not node["ignored"]
    }
    assert ("region", "Hosts") in named
    assert ("textbox", "Search") in named or ("searchbox", "Search") in named
    assert any(
        role in ("image", "img") and name.startswith("Hosts by status: Compliant 5") for role, name in named
    )
    assert not {role for role, name in named if role in ("button", "combobox") and not name}


def test_print_shows_all_chosen_rows_and_no_tools(browser: Any, large_page: Path) -> None:
    browser.get(large_page.as_uri())
    click(browser, "button.tally", "Inconsistent")
    total = int(found(browser).split()[0])
    assert total > len(hosts(browser)) == 100
    browser.execute_script("""
        addEventListener('beforeprint', () => {
            window.printed = document.querySelectorAll('tr.row').length;
        });""")
    document = browser.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 11.7, "paperHeight": 8.3})
    assert len(document["data"]) > 10_000
    assert browser.execute_script("return window.printed") == total
    assert len(hosts(browser)) == 100

    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    parts = (".tools", ".pages", ".tallies", ".rows")
    shown = [part for part in parts if browser.find_element("css selector", part).is_displayed()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert shown == [".tallies", ".rows"]


def test_what_hosts_say_stays_text(browser: Any, tmp_path: Path) -> None:
    browser.get_log("browser")
    browser.get_log("performance")
    results = [
        {**fourteen()[2], "host": name, "actions": {name: name}, "error": f"{name} failed"}
        for name in HOSTILE
    ]
    tokens = {"users": [{"user": name, "status": "over", "percent": 120} for name in HOSTILE]}
    page = write_page(tmp_path, results, tokens)
    browser.get(page.as_uri())
    assert sorted(hosts(browser)) == sorted(HOSTILE)
    for button in browser.find_elements("css selector", ".open"):
        button.click()
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
    assert all(result["host"] in text for result in fourteen())


def test_it_can_be_read_in_the_dark(browser: Any, demo_page: Path) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        browser.get(demo_page.as_uri())
        grounds[scheme] = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert grounds == {"light": "rgb(246, 247, 248)", "dark": "rgb(18, 23, 28)"}


def test_ten_thousand_hosts_open_and_sort_at_once(browser: Any, large_page: Path) -> None:
    assert large_page.stat().st_size <= 8_000_000
    begin = time.monotonic()
    browser.get(large_page.as_uri())
    click(browser, ".rows > thead button", "Host")
    names = hosts(browser)
    elapsed = time.monotonic() - begin
    assert len(names) == 100
    assert found(browser) == "10000 hosts"
    assert elapsed <= 2.0, f"{elapsed:.2f} s"
    click(browser, ".pages button", "Last")
    assert hosts(browser)[-1] > names[0]
