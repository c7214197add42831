# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the table of variables in the role's README: `python -m tests.tools.role_table`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from tests.tools._marked import fill

ROLE = Path(__file__).resolve().parents[2] / "roles" / "hotfix"
PAGE = ROLE / "README.md"
SPECS = ROLE / "meta" / "argument_specs.yml"


def table(options: dict[str, dict[str, Any]]) -> str:
    """Return the variables as a table in Markdown."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    lines += [f"| `{name}` | {default(each)} | {meaning(each)} |" for name, each in options.items()]
    return "\n".join(lines)


def default(option: dict[str, Any]) -> str:
    """Return the default as code; nothing for an empty text."""
    value = option["default"]
    return "" if value == "" else f"`{value if isinstance(value, str) else json.dumps(value)}`"


def meaning(option: dict[str, Any]) -> str:
    """Return the description in one line, with Ansible's markup as Markdown."""
    said = option["description"]
    text = " ".join([said] if isinstance(said, str) else said)
    return re.sub(r"\b[CVO]\(([^)]*)\)", r"`\1`", text).replace("|", "\\|")


def written(page: str) -> str:
    """Return the page with its table made anew."""
    options = yaml.safe_load(SPECS.read_text("utf-8"))["argument_specs"]["main"]["options"]
    return fill(page, "variables", table(options))


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
