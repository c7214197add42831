# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render a fleet report as CSV, one line per host.

Spreadsheets read it, therefore:

* The text is UTF-8 with a byte-order mark, without which Excel assumes the local code page. Programs read it
  as `utf-8-sig`.
* Every cell is quoted, every record is one physical line (RFC 4180 line ends), and `"; "` joins lists.
* An apostrophe stands before every character that would start a formula at the beginning of a cell, or of a
  part of a cell that a spreadsheet with another list separator might split off (OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from .fleet_report import FleetReport
from .host_row import HostRow
from .work_groups import work_group

BYTE_ORDER_MARK = "\ufeff"

_FORMULA = re.compile(r"(^|[,;|])(\s*)(?=[=+\-@＝＋－＠])")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")


def render_csv(report: FleetReport) -> str:
    """Return the report as CSV text with a byte-order mark."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in report.rows:
        writer.writerow([cell(value_of(row)) for value_of in COLUMNS.values()])
    return BYTE_ORDER_MARK + text.getvalue()


def cell(value: object) -> str:
    """Return a value as the inert text of a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        value = [f"{name}={cell(item)}" for name, item in value.items()]
    if not isinstance(value, str) and isinstance(value, Iterable):
        value = "; ".join(cell(item) for item in value)
    return _inert(str(value))


@lru_cache(maxsize=65_536)  # the hosts of a fleet have most of their values in common
def _inert(text: str) -> str:
    one_line = " ".join(_CONTROL.sub("", text).split())
    return _FORMULA.sub(r"\1\2'", one_line)


def _of(section: str, name: str) -> Callable[[HostRow], object]:
    def value_of(row: HostRow) -> object:
        mapping: Mapping[str, object] | None = getattr(row, section)
        return (mapping or {}).get(name)

    return value_of


def _files(row: HostRow) -> list[str]:
    return [f"{found.path} {found.version or 'no version'} ({found.state})" for found in row.files]


def _packages(row: HostRow) -> list[str]:
    packages = (row.servicing or {}).get("packages")
    if not isinstance(packages, list):
        return []
    return [f"{item.get('identity')} ({item.get('state')})" for item in packages if isinstance(item, Mapping)]


COLUMNS: dict[str, Callable[[HostRow], object]] = {
    "host": lambda row: row.host,
    "status": lambda row: row.status,
    "by": lambda row: row.by,
    # A failure that is the reason too has a column of its own.
    "reasons": lambda row: [reason for reason in row.reasons if reason != row.error],
    "error": lambda row: row.error,
    "applicable": lambda row: row.applicable,
    "product": _of("os", "product"),
    "edition": _of("os", "edition"),
    "version": _of("os", "version"),
    "service_pack": _of("os", "service_pack"),
    "product_type": _of("os", "product_type"),
    "architecture": _of("os", "architecture"),
    "language": _of("os", "language"),
    "computer_name": _of("os", "computer_name"),
    "domain": lambda row: row.domain,
    "package_architecture": lambda row: row.package_architecture,
    "deciding_files_proven": lambda row: row.proven if row.files else None,
    "deciding_files": lambda row: len(row.deciding) if row.files else None,
    "files": _files,
    "manifests_present": _of("manifests", "present"),
    "manifests_expected": _of("manifests", "expected"),
    "packages": _packages,
    "quick_fix_engineering": _of("servicing", "quick_fix_engineering"),
    "restart_pending_for_hotfix": _of("restart", "pending_for_hotfix"),
    "restart_pending_any": _of("restart", "pending_any"),
    "restart_scheduled_for": _of("restart", "scheduled_for"),
    "last_attempt_time": _of("last_attempt", "time"),
    "last_attempt_exit_code": _of("last_attempt", "exit_code"),
    "last_attempt_outcome": _of("last_attempt", "outcome"),
    "exposure_roles": _of("exposure", "roles"),
    "nla_required": _of("exposure", "nla_required"),
    "domain_member": _of("exposure", "domain_member"),
    "max_token_size": _of("exposure", "max_token_size"),
    "at_risk": _of("exposure", "at_risk"),
    "actions": lambda row: row.actions,
    "restart_missed_at": _of("restart", "missed_at"),
    "sibling": lambda row: row.sibling,
    "service_pack_needed": lambda row: row.service_pack_needed,
    "work_group": work_group,
    "groups": lambda row: row.groups,
    "remarks": lambda row: row.remarks,
    "rdp_port": _of("rdp", "port"),
    "rdp_listening": _of("rdp", "listening"),
    "rdp_nla": _of("rdp", "nla"),
    "removal": lambda row: row.removal,
}
"""The columns in their order. Add new ones at the end, because some readers count columns."""
