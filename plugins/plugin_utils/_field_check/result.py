# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Present findings as a module's result and as lines for the operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ._assumptions import HOLDS, UNDECIDED, WRONG, Assumption, Finding, assumptions

_INFO = "info"


def to_result(findings: Mapping[str, Finding]) -> dict[str, Any]:
    """Return `counts`, `findings` in the order of the table, and `summary`, the lines to print."""
    rows = [(row, findings[row.id]) for row in assumptions() if row.id in findings]
    counts = {
        verdict: sum(finding.verdict == verdict for _row, finding in rows)
        for verdict in (HOLDS, WRONG, UNDECIDED)
    }
    return {
        "counts": counts,
        "findings": [
            {
                "id": row.id,
                **asdict(finding),
                "assumed": row.assumed,
                "matters": row.matters,
                "if_wrong": row.if_wrong,
            }
            for row, finding in rows
        ],
        "summary": _summary(rows, counts),
    }


def _summary(rows: list[tuple[Assumption, Finding]], counts: Mapping[str, int]) -> list[str]:
    labels = [_label(row, finding) for row, finding in rows]
    nothing = f" ({labels.count(_INFO)} of them with nothing to do)" if _INFO in labels else ""
    lines = [
        f"{counts[HOLDS]} hold, {counts[WRONG]} do not{nothing}, {counts[UNDECIDED]} could not be decided"
    ]
    for label in (WRONG, UNDECIDED, _INFO, HOLDS):
        for (row, finding), its in zip(rows, labels, strict=True):
            if its == label:
                lines.append(f"{label.upper()} {row.id}: {row.assumed} Seen: {finding.evidence}.")
                if finding.verdict == WRONG:
                    lines.append(f"  What follows: {row.if_wrong}")
    return lines


def _label(row: Assumption, finding: Finding) -> str:
    """Return the verdict as an operator reads it: WRONG asks for something to be done."""
    return _INFO if finding.verdict == WRONG and row.handled else finding.verdict
