# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links lead somewhere, and every guide can be found."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.unit.docs.pages import PAGES, ROOT, anchors, links

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def broken(page: Path, target: str) -> str | None:
    """What is wrong with a link of a page, or None."""
    parts = urlsplit(target)
    if parts.scheme:
        return None if parts.scheme in ("https", "mailto") else "not https"
    goal = (page.parent / parts.path).resolve() if parts.path else page
    if not goal.is_file():
        return "no such file"
    if ROOT not in goal.parents:
        return "outside of the repository"
    if parts.fragment and parts.fragment not in anchors(goal):
        return "no such heading"
    return None


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    assert {target: wrong for target in links(page) if (wrong := broken(page, target))} == {}


def test_every_guide_is_in_the_list_of_guides() -> None:
    listed = set(links(ROOT / "docs" / "README.md"))
    assert {f"guide/{guide.name}" for guide in (ROOT / "docs" / "guide").glob("*.md")} == listed


@each_page
def test_nothing_on_a_page_is_left_to_be_filled_in(page: Path) -> None:
    assert re.findall(r"@[A-Z]+@|\b(?:TODO|TBD|FIXME|XXX)\b", page.read_text("utf-8")) == []


@each_page
def test_a_page_begins_with_its_only_title(page: Path) -> None:
    prose = page.read_text("utf-8").split("```")[::2]
    titles = [line for text in prose for line in text.splitlines() if line.startswith("# ")]
    assert len(titles) == 1
    assert page.read_text("utf-8").startswith(titles[0])
