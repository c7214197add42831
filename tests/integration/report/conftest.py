# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser for the tests of pages, and the pages of two fleets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.report.browser import missing_browser, open_browser, requests, write_page
from tests.integration.report.demo_fleet import TOKENS, thousands
from tests.integration.report.demo_history import write_demo_page


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    missing = missing_browser()
    if missing:
        pytest.skip(missing)
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def demo_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_demo_page(tmp_path_factory.mktemp("demo"))


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
