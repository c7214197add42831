# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host of a fleet report, as typed data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from math import isfinite

from .._windows.packages import INSTALLED_STATES
from .statuses import NO_VERDICT, SETTLED

PROVEN_STATES = frozenset({"fixed", "newer"})

Plain = dict[str, object]
"""A mapping of JSON types only."""

_PLAIN = frozenset({type(None), bool, int})
"""Types of values that stay as they are. Their subclasses do not: ansible-core tags its values by such."""


@dataclass(frozen=True)
class FileFinding:
    """One file of the hotfix as found on a host, and as the hotfix ships it."""

    path: str
    platform: str | None
    component: str | None
    deciding: bool
    expected_version: str | None
    version: str | None
    expected_size: int | None
    size: int | None
    state: str


@dataclass(frozen=True)
class HostRow:
    """One host of a fleet report; None means unknown, or that there is none."""

    host: str  # inventory name
    status: str  # a key of STATUSES
    by: str | None = None  # "hotfix" or "newer" for a compliant host
    reasons: tuple[str, ...] = ()  # why the host has this status, most important first
    error: str | None = None  # the failure on this host in this run
    applicable: bool | None = None  # whether the hotfix has a package for this host
    sibling: str | None = None  # the hotfix for this host's Windows, which somebody has to install by hand
    service_pack_needed: int | None = None  # the service pack that somebody has to install first
    package_architecture: str | None = None  # x86, x64 or ia64
    os: Plain | None = None  # the result of the module os_info
    files: tuple[FileFinding, ...] = ()
    manifests: Plain | None = None  # expected, present, missing
    servicing: Plain | None = None  # packages, quick_fix_engineering
    restart: Plain | None = None  # pending_for_hotfix, pending_any, sources, scheduled_for, missed_at
    last_attempt: Plain | None = None  # time, exit_code, outcome
    exposure: Plain | None = None  # roles, nla_required, domain_member, max_token_size, at_risk
    actions: Plain | None = None  # of the run, by name
    domain: str | None = None  # the domain, or the workgroup of a host outside a domain
    rdp: Plain | None = None  # port, and the result of the module rdp_info
    remarks: tuple[str, ...] = ()  # what a person should know besides; none of them decides the status
    groups: tuple[str, ...] = ()  # of the inventory, without "all" and "ungrouped"
    removal: bool = False  # whether the hotfix is not wanted on this host
    reported_at: str | None = None  # when the report that the row comes from was written; None for this one

    @property
    def failing(self) -> bool:
        """Whether this host makes the run fail: a task failed, or the host was never attempted."""
        return self.error is not None or self.status in NO_VERDICT

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do on this host, for the collection or for a person."""
        if self.removal:
            newer = self.by == "newer" and not self.installed  # files of a later update
            return newer or self.status in ("vulnerable", "not_applicable")
        return self.status in SETTLED and not self.sibling and self.service_pack_needed is None

    @property
    def installed(self) -> bool:
        """Whether servicing has the hotfix's package installed."""
        packages = (self.servicing or {}).get("packages")
        found = packages if isinstance(packages, list) else []
        return any(isinstance(each, Mapping) and each.get("state") in INSTALLED_STATES for each in found)

    @property
    def deciding(self) -> list[FileFinding]:
        """The deciding files whose component is present on this host."""
        return [found for found in self.files if found.deciding and found.state != "absent"]

    @property
    def proven(self) -> int:
        """The number of deciding files that are fixed or newer."""
        return sum(found.state in PROVEN_STATES for found in self.deciding)

    def to_json(self) -> Plain:
        """Return the row for the JSON report."""
        lists = {"reasons": list(self.reasons), "remarks": list(self.remarks), "groups": list(self.groups)}
        # Not by asdict, which copies each value: a fleet of ten thousand hosts has three million.
        return {**vars(self), **lists, "files": [{**vars(found)} for found in self.files]}


def natural_key(text: str) -> list[tuple[int, int, str]]:
    """Return a sort key that puts `web-9` before `web-10`."""
    return [
        (0, len(part.lstrip("0")), part.lstrip("0")) if part.isdecimal() else (1, 0, part)
        for part in re.split(r"(\d+)", text.casefold())
        if part
    ]


def plain(value: object) -> object:
    """Copy a value into JSON types; dates become ISO 8601, text becomes encodable as UTF-8."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if isinstance(value, str):
        if value.isascii():
            return value if kind is str else str(value)
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and isfinite(value):
        return float(value)
    if isinstance(value, Mapping):
        return plain_mapping(value)
    if isinstance(value, date | time):  # ansible-core 2.19 turns text that looks like a date into one
        return value.isoformat()
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return plain(str(value))


def plain_mapping(value: Mapping[object, object]) -> Plain:
    """Copy a mapping into JSON types."""
    return {str(plain(key)): plain(item) for key, item in value.items()}
