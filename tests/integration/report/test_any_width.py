# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page at any width, in light and dark, on paper, by keyboard and for those who do not see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.report.browser import click, found, hosts, type_keys, write_token_page

WIDTHS = (390, 1024, 1920)

# The contrast of each text that is shown with the ground behind it (WCAG 2.2, 1.4.3): at least 4.5, or 3 for
# large text, which is 24 px or 18.66 px in bold. Controls that cannot be used now are exempt.
TOO_FAINT = """
const channel = value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
const light = ([red, green, blue]) =>
    0.2126 * channel(red / 255) + 0.7152 * channel(green / 255) + 0.0722 * channel(blue / 255);
const over = (front, alpha, back) =>
    front.slice(0, 3).map((value, at) => alpha * value + (1 - alpha) * back[at]);
function ground(element) {
    if (!element) return [255, 255, 255];
    const colour = numbers(getComputedStyle(element).backgroundColor);
    const alpha = colour[3] ?? 1;
    return alpha === 1 ? colour : over(colour, alpha, ground(element.parentElement));
}
const faint = new Set();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest('script, style, option, :disabled')) continue;
    const style = getComputedStyle(element);
    const drawn = element instanceof SVGElement;
    const back = ground(drawn ? element.closest('svg') : element);
    const colour = numbers(drawn ? style.fill : style.color);
    const front = over(colour, (colour[3] ?? 1) * (drawn ? Number(style.fillOpacity) : 1), back);
    const [low, high] = [light(front), light(back)].sort((one, other) => one - other);
    const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
    const needed = size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < needed) faint.add(`${walker.currentNode.data.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
}
return [...faint];
"""


@pytest.fixture
def wide(browser: Any) -> Iterator[Any]:
    """The browser with a function that sets the width of its window."""

    def resize(width: int) -> Any:
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 700}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        return browser

    yield resize
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.fixture
def scheme(browser: Any) -> Iterator[Any]:
    """A function that sets light or dark."""

    def choose(name: str) -> Any:
        features = [{"name": "prefers-color-scheme", "value": name}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        return browser

    yield choose
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.fixture(scope="module")
def pages(demo_page: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The addresses of the page of a fleet and of a token report."""
    return {
        "fleet": demo_page.as_uri(),
        "tokens": write_token_page(tmp_path_factory.mktemp("tokens")).as_uri(),
    }


@pytest.mark.parametrize("page", ["fleet", "tokens"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_window(wide: Any, pages: dict[str, str], page: str, width: int) -> None:
    browser = wide(width)
    browser.get(pages[page])
    over = browser.execute_script("""
        [...document.querySelectorAll('.open')].slice(0, 9).forEach(name => name.click());
        const inside = document.documentElement.clientWidth;
        const beyond = one => one.getBoundingClientRect().right > inside + 1;
        const scrolled = '.spoken, svg, .drawing, .blocks > *';
        return [document.documentElement.scrollWidth - inside,
            ...[...document.querySelectorAll('.panel *, .tools *, tr.row *, .detail li')]
                .filter(one => one.checkVisibility() && !one.closest(scrolled) && beyond(one))
                .map(one => one.outerHTML.slice(0, 80))];""")
    assert over == [0]


@pytest.mark.parametrize("width", WIDTHS)
def test_no_reason_is_cut_off(wide: Any, demo_page: Path, width: int) -> None:
    browser = wide(width)
    browser.get(demo_page.as_uri())
    cut = browser.execute_script("""
        return [...document.querySelectorAll('tr.row td.wide')].filter(cell => {
            const text = document.createRange();
            text.selectNodeContents(cell);
            const inner = text.getBoundingClientRect(), outer = cell.closest('#list').getBoundingClientRect();
            return !inner.width || inner.right > outer.right || cell.scrollHeight > cell.clientHeight + 1;
        }).map(cell => cell.textContent);""")
    assert cut == []


def test_a_narrow_page_shows_a_card_for_each_host_without_blank_lines(wide: Any, demo_page: Path) -> None:
    browser = wide(390)
    browser.get(demo_page.as_uri())
    cards = [card.text.splitlines() for card in browser.find_elements("css selector", "tr.row")]
    assert len(cards) == 19
    denied = next(card for card in cards if card[0] == "hr-01")
    assert "Restart, host time" not in denied
    labels = browser.execute_script("""
        return [...document.querySelectorAll('tr.row td')].filter(cell => cell.checkVisibility())
            .map(cell => [cell.textContent.trim(), cell.getBoundingClientRect().height]);""")
    assert all(text and height > 0 for text, height in labels)


def test_a_narrow_page_is_sorted_by_a_list(wide: Any, demo_page: Path) -> None:
    browser = wide(390)
    browser.get(demo_page.as_uri())
    assert not browser.find_element("css selector", ".rows > thead").is_displayed()
    browser.execute_script("""
        const list = document.querySelector('.sorting select');
        list.value = [...list.options].find(option => option.text === 'Host, reversed').value;
        list.dispatchEvent(new Event('change'));""")
    assert hosts(browser) == sorted(hosts(browser), reverse=True)
    wide(1024)
    assert not browser.find_element("css selector", ".sorting").is_displayed()


@pytest.mark.parametrize("width", [1024, 1920])
def test_the_name_of_a_host_stands_on_one_line_while_there_is_room(
    wide: Any, large_page: Path, width: int
) -> None:
    browser = wide(width)
    browser.get(large_page.as_uri())
    heights = browser.execute_script("""
        return [...document.querySelectorAll('.open')].map(name => {
            const text = document.createRange();
            text.selectNodeContents(name);
            return text.getClientRects().length;
        });""")
    assert {*heights} == {1}


@pytest.mark.parametrize("page", ["fleet", "tokens"])
@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1360])
def test_every_text_has_contrast_enough(
    wide: Any, scheme: Any, pages: dict[str, str], page: str, name: str, width: int
) -> None:
    wide(width)
    browser = scheme(name)
    browser.get(pages[page])
    browser.execute_script("""
        [...document.querySelectorAll('.open')].slice(0, 9).forEach(name => name.click());
        document.querySelector('button.tally')?.click();""")
    assert browser.execute_script(TOO_FAINT) == []


def test_a_faint_text_is_found(browser: Any, demo_page: Path) -> None:
    browser.get(demo_page.as_uri())
    browser.execute_script("document.querySelector('.about').style.color = '#999'")
    assert browser.execute_script(TOO_FAINT) != []


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


def test_it_can_be_read_in_the_dark(browser: Any, demo_page: Path) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        browser.get(demo_page.as_uri())
        grounds[scheme] = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert grounds == {"light": "rgb(246, 247, 248)", "dark": "rgb(18, 23, 28)"}


@pytest.mark.parametrize("width", WIDTHS)
def test_a_host_unfolds_by_keyboard_and_shows_files_found_and_expected(
    wide: Any, demo_page: Path, width: int
) -> None:
    from selenium.webdriver.common.keys import Keys

    demo = wide(width)
    demo.get(demo_page.as_uri())
    demo.find_element("id", "search").send_keys("pc-118")
    for _step in range(20):
        type_keys(demo, Keys.TAB)
        if "open" in demo.switch_to.active_element.get_attribute("class").split():
            break
    type_keys(demo, Keys.ENTER)
    button = demo.switch_to.active_element
    assert (button.text, button.get_attribute("aria-expanded")) == ("pc-118", "true")
    detail = demo.find_element("id", button.get_attribute("aria-controls")).text
    assert r"C:\Windows\System32\Tspkg.dll x64 6.1.7600.16385 6.1.7600.20618 85504 86016 older" in " ".join(
        detail.split()
    )
    type_keys(demo, Keys.SPACE)
    assert button.get_attribute("aria-expanded") == "false"
    assert demo.find_elements("css selector", ".detail") == []


@pytest.mark.parametrize("width", [718, 1047])
def test_on_paper_nothing_is_wider_than_a_page(wide: Any, demo_page: Path, width: int) -> None:
    """A4 with margins of 1 cm is 718 points of CSS wide, and 1047 in landscape."""
    browser = wide(width)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    browser.get(demo_page.as_uri())
    over = browser.execute_script("""
        const inside = document.documentElement.clientWidth;
        return [...document.querySelectorAll('.panel *, tr.row *')]
            .filter(one => one.checkVisibility() && !one.closest('.spoken, svg'))
            .filter(one => one.getBoundingClientRect().right > inside + 1).map(one => one.textContent);""")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert over == []
