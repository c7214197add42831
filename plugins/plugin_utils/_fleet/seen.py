# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scan has seen so far: one compact row a host, in the place of its answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from .._report.host_row import HostRow
from .._report.host_rows import build_row, complete_rows, groups_by_host
from .._report.row_file import RowFile


class Seen:
    """Keeps the rows of a scan.

    Args:
        hotfix: The hotfix of the scan.
        groups: The hosts of each group of the inventory.
        file: Has the rows on the disk, if there is to be a report.
    """

    def __init__(self, hotfix: str, groups: Mapping[str, Sequence[str]], file: RowFile | None) -> None:
        self._hotfix, self._groups, self._file = hotfix, groups_by_host(groups), file
        self._rows: dict[str, HostRow] = {}

    def add(self, result: Mapping[str, object]) -> HostRow:
        """Take the result of a host, in the shape that the module `report` takes, and return its row."""
        row = build_row(result, self._hotfix)
        self._rows[row.host] = row = replace(row, groups=self._groups.get(row.host, ()))
        if self._file:
            self._file.add(row)
        return row

    def rows(self, hosts: Iterable[str]) -> list[HostRow]:
        """Return the rows of all hosts of the run, sorted by name."""
        return complete_rows(self._rows, hosts, self._groups)
