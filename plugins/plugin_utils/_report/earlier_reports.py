# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merge the JSON of earlier fleet reports: which files are reports, and the latest word on each host."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .fleet_report import SCHEMA_VERSION
from .inputs import ReportInputError
from .row_file import rows_left

SKIPPABLE = ("other_files", "other_hotfixes", "rehearsals")
"""What `skip` can leave out: what is not a fleet report, reports on other hotfixes, reports of check mode."""

# How `render_json` begins a report. A file that begins so and is not JSON is a report that lost something.
_OURS = re.compile(rb'(\xef\xbb\xbf)?\s*\{\s*"schema_version"\s*:\s*"[^"]*"\s*,\s*"hotfix"')


@dataclass(frozen=True)
class EarlierReports:
    """The content of several reports.

    Attributes:
        rows: Results of hosts, each a mapping with `host` and `reported_at`, the latest word on a host last.
        skipped: Why a file was skipped, by its path.
        left_out: The hosts whose rows were left out, because they are not among those to keep.
        rehearsal: Whether one of the reports is about a run in check mode.
        incomplete: Why runs ended before their last hosts, if no other report came to these hosts.
    """

    rows: tuple[dict[str, object], ...]
    skipped: dict[str, str]
    left_out: tuple[str, ...]
    rehearsal: bool
    incomplete: str


@dataclass(frozen=True)
class _Report:
    rows: list[dict[str, object]]
    rehearsal: bool
    incomplete: str

    def hosts(self, *, attempted: bool) -> set[str]:
        """Return the hosts that the run came to, or the others."""
        return {str(row["host"]) for row in self.rows if (row.get("status") != "not_attempted") == attempted}


class _UnfitError(ReportInputError):
    """A file that may be skipped; `kind` is one of `SKIPPABLE`."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


def read_reports(
    paths: Iterable[Path],
    hotfix: str,
    skip: Collection[str] = (),
    only_hosts: Collection[str] | None = None,
) -> EarlierReports:
    """Read earlier reports.

    Args:
        paths: JSON files.
        hotfix: The hotfix that they are about.
        skip: Some of `SKIPPABLE`: what is skipped. Anything else that is not such a report is an error.
        only_hosts: The hosts to keep; all where it is None.

    Raises:
        ReportInputError: A file cannot be read, is damaged, is not a fleet report, has another major version
            of the schema or is about another hotfix; or nothing is left.
    """
    reports: list[_Report] = []
    skipped: dict[str, str] = {}
    for path in paths:
        try:
            report = _read(path, hotfix)
            if report.rehearsal and "rehearsals" in skip:
                raise _UnfitError(
                    "rehearsals",
                    f"{path} is about a rehearsal (--check) or a refused run, which changed nothing.",
                )
            reports.append(report)
        except _UnfitError as problem:
            if problem.kind not in skip:
                raise
            skipped[str(path)] = str(problem)
    if skipped and not reports:
        reasons = " ".join(list(skipped.values())[:5])
        raise ReportInputError(
            f"None of {len(skipped)} files is a fleet report of {hotfix} to merge. {reasons}"
        )
    rows = sorted((row for each in reports for row in each.rows), key=lambda row: _moment(row["reported_at"]))
    hosts = {str(row["host"]) for row in rows}
    left_out = hosts - set(hosts if only_hosts is None else only_hosts)
    kept = tuple(row for row in rows if str(row["host"]) not in left_out)
    if rows and not kept:
        raise ReportInputError(
            f"None of the {len(left_out)} hosts of these reports is in the inventory. Give the inventory of "
            "the fleet by -i, or none to keep all hosts."
        )
    rehearsal = any(each.rehearsal for each in reports)
    return EarlierReports(kept, skipped, tuple(sorted(left_out)), rehearsal, _incomplete(reports, left_out))


def _incomplete(reports: Sequence[_Report], left_out: Collection[str]) -> str:
    """Return why the reports together are incomplete: a run came to no end, and no other one to its hosts."""
    attempted = set().union(*(each.hosts(attempted=True) for each in reports), left_out)
    lacking = [each for each in reports if each.incomplete and each.hosts(attempted=False) - attempted]
    return "; ".join(dict.fromkeys(each.incomplete for each in lacking))


def _read(path: Path, hotfix: str) -> _Report:
    found = _load(path)
    document = found if isinstance(found, dict) else {}
    version, hosts = document.get("schema_version"), document.get("hosts")
    if not isinstance(version, str) or not isinstance(hosts, list):
        raise _UnfitError("other_files", f"{path} is not a fleet report: it lacks schema_version or hosts.")
    if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise ReportInputError(
            f"The report {path} has the schema {version}, but this module reads {SCHEMA_VERSION}."
            " Write it again with this version of the collection."
        )
    if document.get("hotfix") != hotfix:
        raise _UnfitError(
            "other_hotfixes", f"The report {path} is about {document.get('hotfix')}, not {hotfix}."
        )
    try:
        generated_at = _moment(document["generated_at"])
    except (KeyError, TypeError, ValueError) as problem:
        raise ReportInputError(f"The report {path} does not say when it was written.") from problem
    if generated_at.tzinfo is None:
        raise ReportInputError(f"The report {path} gives its time without an offset.")
    rows = [_dated(row, generated_at, path) for row in hosts]
    rehearsal = document.get("rehearsal") is True or any(map(_predicted, rows))
    return _Report(rows, rehearsal, str(document.get("incomplete") or ""))


def _load(path: Path) -> object:
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise ReportInputError(f"The report {path} cannot be read: {problem}") from problem
    try:
        document: object = rows_left(data, path.name) or json.loads(data)
    except (ValueError, RecursionError, KeyError, TypeError) as problem:
        if _OURS.match(data):
            raise ReportInputError(
                f"The report {path} is damaged: it begins as a fleet report and is not complete JSON "
                f"({problem}). Copy it again from where it was written, or remove it."
            ) from problem
        raise _UnfitError(
            "other_files", f"{path} is not a fleet report: it is not JSON ({problem})."
        ) from problem
    return document


def _dated(row: object, generated_at: datetime, path: Path) -> dict[str, object]:
    """Return a row with its time, which a merged report has kept from the report it comes from."""
    if not isinstance(row, dict) or not row.get("host"):
        raise ReportInputError(f"The report {path} is damaged: it has a row that does not name its host.")
    try:
        reported_at = _moment(row.get("reported_at") or generated_at.isoformat())
    except (TypeError, ValueError):
        reported_at = generated_at
    if reported_at.tzinfo is None:
        reported_at = generated_at
    return {**row, "reported_at": reported_at.isoformat()}


def _predicted(row: dict[str, object]) -> bool:
    actions = row.get("actions")
    return isinstance(actions, dict) and actions.get("predicted") is True


def _moment(text: object) -> datetime:
    return datetime.fromisoformat(str(text))
