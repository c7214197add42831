# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take the users near the limit from a token report into a fleet report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .host_row import plain
from .inputs import ReportInputError, read_json
from .statuses import TOKEN_STATUSES

LISTED_USERS = 100
"""The most users that a fleet report names; the token report lists them all."""


@dataclass(frozen=True)
class TokenUser:
    """One user whose security token is near or over the limit."""

    user: str
    status: str
    percent: float | None
    token_bytes: int | None


@dataclass(frozen=True)
class TokenSummary:
    """The users of a token report in short."""

    limit: int | None  # in bytes; None if the token report does not contain it
    near: int  # number of users near the limit
    over: int  # number of users over it
    users: tuple[TokenUser, ...]  # the largest of them, largest first

    def to_json(self) -> dict[str, object]:
        """Return the summary for the JSON report."""
        return {**asdict(self), "users": [asdict(user) for user in self.users]}


def read_token_report(path: Path) -> TokenSummary:
    """Read the JSON of a token report.

    Raises:
        ReportInputError: The file cannot be read or is not a token report.
    """
    return summarise_tokens(read_json(path, "token report"))


def summarise_tokens(report: object) -> TokenSummary:
    """Sum up a token report.

    Args:
        report: The list that the lookup `token_size` returns, or a mapping with it under `users`.

    Raises:
        ReportInputError: It is neither.
    """
    limit = report.get("limit") if isinstance(report, Mapping) else None
    items = report.get("users") if isinstance(report, Mapping) else report
    if not isinstance(items, Sequence) or isinstance(items, str):
        raise ReportInputError(
            "token_report must be the list of users that the lookup token_size returns, or a mapping with"
            " that list under 'users'."
        )
    flagged = [_user(item) for item in items if _flag(item) is not None]
    flagged.sort(key=lambda user: (-(user.percent or 0), user.user))
    return TokenSummary(
        limit=limit if isinstance(limit, int) else None,
        near=sum(user.status == "near" for user in flagged),
        over=sum(user.status == "over" for user in flagged),
        users=tuple(flagged[:LISTED_USERS]),
    )


def _flag(item: object) -> str | None:
    if not isinstance(item, Mapping) or item.get("status") not in TOKEN_STATUSES:
        raise ReportInputError("A user in the token report has no status ok, near or over.")
    return None if item["status"] == "ok" else str(item["status"])


def _user(item: Mapping[str, object]) -> TokenUser:
    percent, size = item.get("percent"), item.get("token_bytes")
    return TokenUser(
        user=str(plain(item.get("user") or item.get("dn"))),
        status=str(plain(item["status"])),
        percent=float(percent) if isinstance(percent, int | float) else None,
        token_bytes=size if isinstance(size, int) else None,
    )
