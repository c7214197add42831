# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a fleet report to one file per format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from ._fleet_page import render_html
from .csv_cells import render_csv
from .files import report_paths, write_files
from .fleet_report import FleetReport, render_json

RENDERERS: Mapping[str, Callable[[FleetReport], str]] = {
    "json": render_json,
    "csv": render_csv,
    "html": render_html,
}


@dataclass(frozen=True)
class ReportFile:
    """One file of the report."""

    path: Path
    text: str
    before: str | None  # the earlier content; None when there was no file
    changed: bool  # whether the content says something new; a new time alone does not count


def write_fleet_report(
    report: FleetReport, path: Path, formats: Sequence[str], *, keep: bool = True
) -> dict[str, ReportFile]:
    """Write the report, and return its files by format.

    Args:
        report: The report.
        path: An existing folder, or a file name (see `report_paths`).
        formats: Keys of `RENDERERS`.
        keep: False only compares, as check mode does.

    Raises:
        OSError: A folder or file cannot be written; the earlier files are untouched.
    """
    paths = report_paths(path, formats, "fleet-report")
    texts = {name: RENDERERS[name](report) for name in paths}
    before = {name: _read(file) for name, file in paths.items()}
    writers = {file: partial(_write, texts[name]) for name, file in paths.items()}
    changed = write_files(writers, generated_at=report.generated_at, keep=keep)
    return {
        name: ReportFile(file, texts[name], before[name], file in changed) for name, file in paths.items()
    }


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None


def _write(text: str, file: IO[bytes]) -> None:
    file.write(text.encode("utf-8"))
