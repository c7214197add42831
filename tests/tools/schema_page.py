# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the tables of the JSON report in the guide on reports: `python -m tests.tools.schema_page`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.tools._marked import fill

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "guide" / "reading-the-report.md"
SCHEMA = DOCS / "fleet-report.schema.json"


def table(properties: dict[str, dict[str, Any]]) -> str:
    """The properties of an object as a table in Markdown."""
    lines = ["| key | type | content |", "|---|---|---|"]
    lines += [f"| `{name}` | {kind(each)} | {each['description']} |" for name, each in properties.items()]
    return "\n".join(lines)


def kind(schema: dict[str, Any]) -> str:
    """The type of a property in words."""
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "oneOf" in schema:
        return " or ".join(kind(each) for each in schema["oneOf"])
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2].replace("_", " ")
    if schema["type"] == "array":
        return f"list of {kind(schema['items'])}"
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return "time" if schema.get("format") == "date-time" else " or ".join(types)


def written(page: str) -> str:
    """The page with its tables made anew."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    objects = {"report": schema, **schema["$defs"]}
    for name in ("report", "run", "changes", "host", "cause", "file"):
        page = fill(page, f"json {name}", table(objects[name]["properties"]))
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
