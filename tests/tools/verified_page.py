# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the tables of docs/guide/verified.md: `python -m tests.tools.verified_page`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from tests.tools._marked import fill

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "guide" / "verified.md"
ASSUMPTIONS = ROOT / "plugins" / "plugin_utils" / "_field_check" / "assumptions.yml"


def table(rows: Iterable[dict[str, Any]]) -> str:
    """A table of assumptions in Markdown."""
    lines = [
        "| id | what is assumed, and what rests on it | how it is looked at | if it is wrong |",
        "|---|---|---|---|",
    ]
    for row in rows:
        cells = (f"{row['assumed']} {row['matters']}", row["check"], row["if_wrong"])
        lines.append(" | ".join([f"| `{row['id']}`", *(cell.replace("|", "\\|") for cell in cells)]) + " |")
    return "\n".join(lines)


def written(page: str) -> str:
    """The page with its tables made anew."""
    rows = yaml.safe_load(ASSUMPTIONS.read_text("utf-8"))
    for name, checked in (("checked", True), ("unchecked", False)):
        page = fill(page, name, table(row for row in rows if row.get("checked", True) is checked))
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
