# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium, and report pages for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report._fleet_page import render_html
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_report import FleetReport
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_rows import build_rows
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.token_summary import summarise_tokens

WHEN = "2026-03-07T18:04:26+00:00"


def missing_browser() -> str | None:
    """What is missing for `open_browser`; None if nothing is."""
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            return f"{program} is not installed (Debian packages chromium and chromium-driver)"
    return None


@contextmanager
def open_browser() -> Iterator[Any]:
    """A headless Chromium that keeps its console and a log of its requests."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1360,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield browser
    finally:
        browser.quit()


def write_page(folder: Path, results: list[Any], tokens: object = None, hosts: tuple[str, ...] = ()) -> Path:
    """Writes the page of a fleet and returns its path."""
    rows = tuple(build_rows(results, hosts=hosts))
    report = FleetReport("KB978918", WHEN, rows, tokens=summarise_tokens(tokens) if tokens else None)
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "fleet-report.html"
    page.write_text(render_html(report), encoding="utf-8")
    return page
