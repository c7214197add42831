# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a page says about earlier runs, and what a person takes out of it, in a real browser."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.report.browser import click, found, hosts
from tests.integration.report.demo_history import write_demo_page

HOSTILE = "=cmd|' /C calc'!A0"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_demo_page(tmp_path_factory.mktemp("history"), {"host": HOSTILE})


@pytest.fixture
def page(browser: Any, page_file: Path) -> Iterator[Any]:
    """The page, freshly opened; downloads go beside it, and no test leaves a complaint in the console."""
    target = {"behavior": "allow", "downloadPath": str(page_file.parent / "downloads")}
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", target)
    browser.get_log("browser")
    browser.get(page_file.as_uri())
    yield browser
    assert browser.get_log("browser") == []


def downloaded(page_file: Path) -> list[dict[str, str]]:
    """The rows of the file that the page saves; waits until the browser has written it."""
    folder = page_file.parent / "downloads"
    for _attempt in range(200):
        for path in folder.glob("*.csv"):
            text = path.read_bytes().decode("utf-8-sig")
            path.unlink()
            return list(csv.DictReader(io.StringIO(text, newline="")))
        time.sleep(0.05)
    raise AssertionError("The page did not save a file.")


def said(page: Any) -> str:
    return page.find_element("css selector", ".said").text


def test_the_hosts_of_a_change_are_shown_by_a_click(page: Any) -> None:
    (panel,) = [one for one in page.find_elements("css selector", ".panel") if "Changed since" in one.text]
    assert "1 × Silent now" in panel.text
    page.find_element("css selector", 'button[data-column="Change"][data-value="Silent now"]').click()
    assert len(hosts(page)) == 1


def test_the_trend_has_a_column_for_each_run_and_says_it_in_words(page: Any) -> None:
    picture = page.find_element("css selector", ".trend")
    assert len(picture.find_elements("css selector", "g")) == 9
    assert "Fixed: 0 of 19 hosts (0 %) at 2026-02-06T06:00:00+00:00, then " in picture.accessible_name
    tops = [
        float(part.get_dom_attribute("height").removesuffix("%"))
        for part in picture.find_elements("css selector", "rect.tone-good")
    ]
    assert tops == sorted(tops)


def test_the_head_says_who_made_the_page_and_links_to_its_files(page: Any, page_file: Path) -> None:
    head = page.find_element("tag name", "header")
    assert "Playbook: winfleet.hotfix.verify · Inventory: inventory.yml · Hosts: all" in head.text
    links = [link.get_attribute("href") for link in head.find_elements("tag name", "a")]
    names = ("fleet-report.csv", "fleet-report.json", "fleet-report-failed.limit")
    assert links == [(page_file.parent / name).as_uri() for name in names]
    assert all((page_file.parent / name).exists() for name in names)


def test_the_filtered_hosts_are_downloaded_as_csv(page: Any, page_file: Path) -> None:
    click(page, "button.tally", "Not reachable")
    shown = hosts(page)
    click(page, "#download")
    rows = downloaded(page_file)
    assert [row["Host"] for row in rows] == shown
    assert {row["What next"] for row in rows} == {"Not reachable"}
    assert said(page) == f"{len(shown)} rows downloaded"


def test_no_cell_of_a_download_starts_a_formula(page: Any, page_file: Path) -> None:
    page.find_element("id", "search").send_keys("cmd")
    assert hosts(page) == [HOSTILE]
    click(page, "#download")
    (row,) = downloaded(page_file)
    assert row["Host"] == "'=cmd|' /C calc'!A0"


@pytest.mark.parametrize("clipboard", [True, False], ids=["clipboard", "older way"])
def test_the_filtered_hosts_are_copied_one_a_line(page: Any, clipboard: bool) -> None:
    page.execute_script(
        """
        window.copied = null;
        const take = async (text) => { window.copied = text; };
        Object.defineProperty(navigator, 'clipboard', {value: arguments[0] ? {writeText: take} : undefined});
        document.addEventListener('copy', () => { window.copied ??= document.activeElement.value; });
        """,
        clipboard,
    )
    click(page, "button.tally", "Not reachable")
    shown = hosts(page)
    assert 0 < len(shown) < 19
    page.find_element("id", "copy").click()
    assert page.execute_script("return window.copied") == "\n".join(shown)
    assert said(page) == f"{len(shown)} {'host' if len(shown) == 1 else 'hosts'} copied"
    assert found(page).startswith(f"{len(shown)} of ")
