# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dated copies of the reports of earlier runs, to say what has changed since.

A copy is one JSON document, compressed. Its first line has what a comparison needs, so that thirty copies of
ten thousand hosts are read without their rows.
"""

from __future__ import annotations

import gzip
import json
import re
import secrets
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

FOLDER = "kept"
"""The sub-folder of the report's folder. Merging does not look into sub-folders."""

_SUFFIX = ".json.gz"
_LONGEST_HEAD = 64 * 1024 * 1024
"""Bytes; the head of a fleet of a million hosts is shorter."""
_DAMAGE = (
    *(OSError, EOFError, zlib.error, RecursionError),
    *(ValueError, TypeError, KeyError, AttributeError, OverflowError),
)


@dataclass(frozen=True)
class KeptRun:
    """What is known of an earlier run without its rows.

    Attributes:
        hotfix: The hotfix of the run.
        generated_at: When its report was written, ISO 8601 with offset.
        statuses: The status of each host.
        work_groups: The number of hosts in each work group.
    """

    hotfix: str
    generated_at: str
    statuses: Mapping[str, str]
    work_groups: Mapping[str, int]

    @property
    def moment(self) -> datetime:
        """When its report was written."""
        return datetime.fromisoformat(self.generated_at)


def keep_run(folder: Path, run: KeptRun, report: str, keep: int) -> None:
    """Write the copy of a run, and remove the oldest copies of the same hotfix beyond the number to keep.

    Args:
        folder: The folder of the report.
        run: The head of the copy.
        report: The JSON of the report.
        keep: The number of copies to keep, this one included.

    Raises:
        OSError: The copy cannot be written; the earlier ones are all there.
    """
    place = kept_folder(folder, run.hotfix)
    place.mkdir(parents=True, exist_ok=True)
    # The time comes first, so that names sort by age. Two runs at once may have the same one, and those in
    # containers the same process id.
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")
    path = place / f"{stamp}-{secrets.token_hex(4)}{_SUFFIX}"
    part = path.with_name(f".{path.name}.part")
    head = json.dumps(asdict(run), ensure_ascii=False)
    try:
        with gzip.open(part, "wt", encoding="utf-8", compresslevel=3) as file:
            file.write(f'{{"run": {head},\n"report": {report.strip()}}}\n')
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    for old in _copies(place)[keep:]:
        with suppress(OSError):  # another run may remove it at the same time
            old.unlink()


def read_kept(folder: Path, hotfix: str) -> tuple[list[KeptRun], dict[str, str]]:
    """Return the kept runs of a hotfix, the newest first, and why a copy was left out, by its path."""
    runs, left_out = [], {}
    for path in _copies(kept_folder(folder, hotfix)):
        try:
            runs.append(_read(path, hotfix))
        except FileNotFoundError:
            continue  # removed by another run
        except _DAMAGE as problem:
            said = f"{type(problem).__name__}: {problem}"
            left_out[str(path)] = f"It is damaged or not a copy of a report ({said})."
    return sorted(runs, key=lambda run: run.moment, reverse=True), left_out


def kept_folder(folder: Path, hotfix: str) -> Path:
    """Return the folder of the copies of a hotfix, below that of the reports."""
    # A name is a folder of its own, whatever is in it.
    return folder / FOLDER / re.sub(r"\W", "_", hotfix)


def _copies(place: Path) -> Sequence[Path]:
    """Return the paths of the copies, the newest first."""
    return sorted(place.glob(f"[0-9]*{_SUFFIX}"), reverse=True)


def _read(path: Path, hotfix: str) -> KeptRun:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        line = file.readline(_LONGEST_HEAD)
    found = json.loads(f"{line.rstrip().removesuffix(',')}}}")["run"]
    statuses, groups = found["statuses"], found["work_groups"]
    run = KeptRun(
        hotfix=str(found["hotfix"]),
        generated_at=str(found["generated_at"]),
        statuses={str(host): str(status) for host, status in statuses.items()},
        work_groups={str(group): int(count) for group, count in groups.items()},
    )
    if run.hotfix != hotfix or run.moment.tzinfo is None:
        raise ValueError("another hotfix, or a time without an offset")
    if any(count < 0 for count in run.work_groups.values()):
        raise ValueError("a number of hosts below 0")
    return run
