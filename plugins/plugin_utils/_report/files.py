# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: the report's files: where they go, whether they change, how they are written."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ._fleet_page import render_html
from .csv_cells import render_csv
from .fleet_report import FleetReport, render_json

FORMATS: Mapping[str, Callable[[FleetReport], str]] = {
    "json": render_json,
    "csv": render_csv,
    "html": render_html,
}

DEFAULT_NAME = "fleet-report"

_GENERATED_AT = re.compile(r'"generated_at": ?"([^"]*)"')


@dataclass(frozen=True)
class ReportFile:
    """One file of the report.

    Attributes:
        path: Where it goes.
        text: What it will hold.
        before: What it holds now; None when it is not there.
        changed: Whether what is there says something else. The time of the report alone is no change.
    """

    path: Path
    text: str
    before: str | None
    changed: bool


def report_paths(path: Path, formats: list[str]) -> dict[str, Path]:
    """The file for each format.

    Args:
        path: A folder (an existing one), or a file name with or without the suffix of a format.
        formats: Keys of `FORMATS`.
    """
    stem = path / DEFAULT_NAME if path.is_dir() else path
    if stem.suffix.lstrip(".").lower() in FORMATS:
        stem = stem.with_suffix("")
    return {name: stem.with_name(f"{stem.name}.{name}") for name in formats}


def prepare_file(report: FleetReport, name: str, path: Path) -> ReportFile:
    """Renders one format and compares it with the file that is there."""
    render = FORMATS[name]
    text = render(report)
    try:
        present = path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return ReportFile(path, text, before=None, changed=True)
    stamp = _GENERATED_AT.search(present)
    then = render(replace(report, generated_at=stamp.group(1))) if stamp else text
    return ReportFile(path, text, before=present, changed=present != then)


def write_file(file: ReportFile) -> None:
    """Writes the file in one step: a reader sees the old report or the new one, never half of one.

    Raises:
        OSError: The folder or the file cannot be written; whatever was there is untouched.
    """
    file.path.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.path.with_name(f".{file.path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(file.text.encode("utf-8"))
        temporary.replace(file.path)
    finally:
        temporary.unlink(missing_ok=True)
