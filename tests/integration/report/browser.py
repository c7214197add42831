# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium, report pages for it, and what a person sees and does there."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.files import FORMATS, report_paths
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_files import (
    write_fleet_report,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_report import (
    FleetReport,
    render_json,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.history import read_history
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_rows import build_rows
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.kept_runs import KeptRun, keep_run
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.origin import Origin
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.token_summary import summarise_tokens
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import TokenRules
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.report_files import write_report
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.survey import Survey
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.totals import fleet_side

from tests.integration.report.demo_fleet import every_kind
from tests.lab.directory_export import Population, write_ldif

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
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--window-size=1360,900",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield browser
    finally:
        browser.quit()


def write_page(
    folder: Path,
    results: list[Any],
    tokens: object = None,
    hosts: tuple[str, ...] = (),
    earlier: Sequence[KeptRun] = (),
    origin: Origin | None = None,
) -> Path:
    """Writes the page of a fleet with its files, and returns its path."""
    rows = tuple(build_rows(results, hosts=hosts))
    for run in earlier:
        keep_run(folder, run, "{}", len(earlier))
    report = FleetReport(
        "KB978918",
        WHEN,
        rows,
        tokens=summarise_tokens(tokens) if tokens else None,
        history=read_history(folder, "KB978918", rows, WHEN) if earlier else None,
        origin=origin or Origin(),
    )
    return write_fleet_report(report, folder / "fleet-report", FORMATS if earlier else ["html"])["html"].path


def write_token_page(folder: Path) -> Path:
    """Writes the token report of an invented directory and the demo fleet; returns the path of its page."""
    rows = tuple(build_rows(every_kind()))
    fleet = fleet_side(json.loads(render_json(FleetReport("KB978918", WHEN, rows))))
    write_ldif(folder / "corp.ldif", Population(4000, 1500).items())
    before = Path.cwd()
    os.chdir(folder)  # the page names its sources as they are given
    try:
        files = report_paths(folder.resolve() / "tokens", ("html",), "tokens")
        survey = Survey(["corp.ldif"], TokenRules())
        return write_report(survey, files, everyone=False, generated_at=WHEN, fleet=fleet).files["html"]
    finally:
        os.chdir(before)


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
            row.cells[place].querySelector('.value > span:last-child').textContent);
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
