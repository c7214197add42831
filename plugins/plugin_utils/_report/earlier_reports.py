# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the JSON reports of earlier runs to merge them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .fleet_report import SCHEMA_VERSION


class EarlierReportError(ValueError):
    """A file cannot be merged; the message names it and the reason."""


@dataclass(frozen=True)
class EarlierReport:
    """The time and the JSON rows of an earlier report."""

    generated_at: datetime
    hosts: list[object]


def read_results(paths: Iterable[Path], hotfix: str) -> list[object]:
    """Return the rows of earlier reports, oldest report first; the latest row of a host comes last.

    Raises:
        EarlierReportError: A file cannot be read, is not a fleet report, has another major version of
            the schema, or is about another hotfix.
    """
    reports = [_read(path, hotfix) for path in paths]
    return [row for report in sorted(reports, key=lambda report: report.generated_at) for row in report.hosts]


def _read(path: Path, hotfix: str) -> EarlierReport:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise EarlierReportError(f"The report {path} cannot be read: {problem}") from problem
    version = document.get("schema_version") if isinstance(document, dict) else None
    if not isinstance(version, str) or not isinstance(document.get("hosts"), list):
        raise EarlierReportError(f"{path} is not a fleet report: it lacks schema_version or hosts.")
    if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise EarlierReportError(
            f"The report {path} has the schema {version}, but this module reads {SCHEMA_VERSION}."
            " Write it again with this version of the collection."
        )
    if document.get("hotfix") != hotfix:
        raise EarlierReportError(f"The report {path} is about {document.get('hotfix')}, not {hotfix}.")
    try:
        generated_at = datetime.fromisoformat(document["generated_at"])
    except (KeyError, TypeError, ValueError) as problem:
        raise EarlierReportError(f"The report {path} does not say when it was written.") from problem
    if generated_at.tzinfo is None:
        raise EarlierReportError(f"The report {path} gives its time without an offset.")
    return EarlierReport(generated_at, document["hosts"])
