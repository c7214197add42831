# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a fleet report to one file per format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from ._collector import no_collection
from ._fleet_page import render_html
from .csv_cells import render_csv
from .files import FORMATS, Writer, report_paths, write_files
from .fleet_report import FleetReport, render_json
from .history import head_of
from .kept_runs import keep_run
from .limit_file import limit_text

NAME = "fleet-report"
"""The name of the files in a folder."""
_INCOMPLETE = "-incomplete"
BESIDE_PAGE = {"csv": "CSV for spreadsheets", "json": "JSON for programs"}
"""The other formats, as the page calls their files."""
LIMIT = "Failed hosts for --limit @file"
"""The limit file, as the page calls it."""


@dataclass(frozen=True)
class ReportFile:
    """One file of the report."""

    path: Path
    text: str
    before: str | None  # the earlier content; None when there was no file
    changed: bool  # whether the content says something new; a new time alone does not count


@no_collection()
def write_fleet_report(
    report: FleetReport, path: Path, formats: Sequence[str], *, keep: bool = True
) -> dict[str, ReportFile]:
    """Write the report and its limit file, and return the files of the report by format.

    Args:
        report: The report.
        path: An existing folder, or a file name (see `report_paths`).
        formats: Some of `files.FORMATS`.
        keep: False only compares, as check mode does.

    Raises:
        OSError: A folder or file cannot be written; the earlier files are untouched.
    """
    paths = report_paths(path, formats, NAME)
    texts = {name: _render(name, report, paths) for name in paths}
    before = {name: _read(file) for name, file in paths.items()}
    writers: dict[Path, Writer | None] = {file: partial(_write, texts[name]) for name, file in paths.items()}
    failed = limit_text(report.failing)[0]
    writers[_limit_path(path)] = partial(_write, failed) if failed else None
    writers |= dict.fromkeys(_left_by_stopped_run(path))
    changed = write_files(writers, generated_at=report.generated_at, keep=keep)
    return {
        name: ReportFile(file, texts[name], before[name], file in changed) for name, file in paths.items()
    }


def incomplete_path(path: Path) -> Path:
    """Return the path of the report that a run writes which was stopped, beside that of a complete one."""
    page = report_paths(path, ["html"], NAME)["html"]
    return page.with_name(f"{page.stem}{_INCOMPLETE}")


def row_file_path(path: Path) -> Path:
    """Return the path of the file with the rows of a run at work."""
    stem = incomplete_path(path)
    return stem.with_name(f"{stem.name}.jsonl")


def _left_by_stopped_run(path: Path) -> list[Path]:
    """Return the files of a stopped run, of which the report of this later run takes the place."""
    stem = incomplete_path(path)
    reports = report_paths(stem, FORMATS, NAME).values()
    return [each for each in (*reports, _limit_path(stem)) if each.exists()]


def limit_file_of(report: FleetReport, path: Path) -> tuple[Path | None, list[str]]:
    """Return the path of the file with the failed hosts for `--limit @file`, and those that are not in it.

    The path is None where there is no file: Ansible fails on an empty one, as on a limit that names no host.
    """
    text, left_out = limit_text(report.failing)
    return (_limit_path(path) if text else None), left_out


def keep_report(report: FleetReport, path: Path, files: Mapping[str, ReportFile], most: int) -> None:
    """Keep a copy of the report for later runs, unless it is a rehearsal or says nothing of the whole run.

    Args:
        report: The report.
        path: As for `write_fleet_report`.
        files: Its files.
        most: The number of copies to keep.

    Raises:
        OSError: The copy cannot be written; the earlier ones are all there.
    """
    head = head_of(report.hotfix, report.rows, report.generated_at)
    if report.rehearsal or report.select or not head.statuses:
        return
    text = files["json"].text if "json" in files else render_json(report)
    keep_run(report_folder(path), head, text, most)


def report_folder(path: Path) -> Path:
    """Return the folder of a report."""
    return report_paths(path, ["json"], NAME)["json"].parent


def _limit_path(path: Path) -> Path:
    page = report_paths(path, ["html"], NAME)["html"]
    return page.with_name(f"{page.stem}-failed.limit")


def _render(name: str, report: FleetReport, paths: Mapping[str, Path]) -> str:
    if name == "json":
        return render_json(report)
    if name == "csv":
        return render_csv(report)
    links = {label: paths[other].name for other, label in BESIDE_PAGE.items() if other in paths}
    if limit_text(report.failing)[0]:
        links[LIMIT] = _limit_path(paths["html"]).name
    return render_html(report, links)


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None


def _write(text: str, file: IO[bytes]) -> None:
    file.write(text.encode("utf-8"))
