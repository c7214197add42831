# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose fault a failure is, and what an operator can do: failures.yml, for connecting and for running."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from .proxy import Proxy
from .wmi_values import same_code

_TABLE = Path(__file__).with_name("failures.yml")
_STATUS = re.compile(r"\bCode (\d{3})\b")
REJECTED = "the specified credentials were rejected by the server"
"""Ansible's and pywinrm's words for HTTP 401."""


class Culprit(Enum):
    """Whose fault a failure is, in the order in which causes are ruled out."""

    SETTING = "setting"
    PROXY = "proxy"
    ADDRESS = "address"
    NETWORK = "network"
    HOST = "host"
    ACCOUNT = "account"
    UNKNOWN = "unknown"


class Wait(Enum):
    """How long a wait for a host goes on after a failure."""

    ON = "on"
    """As long as the wait lasts: the host may be starting."""
    SHORT = "short"
    """For a few tries: hosts refuse valid accounts early in a boot, but each try may count for a lockout."""
    NEVER = "never"
    """Not at all: the failure will not pass by itself, and another try could lock the account."""


class WinrmPort(Enum):
    """What a failure shows of the host's WinRM port; of most, something answered there, or nobody asked."""

    CLOSED = "closed"
    """It refuses connections."""
    SILENT = "silent"
    """Nothing answers."""


@dataclass(frozen=True)
class Advice:
    """What a failure means (`what`) and the operator's next step (`remedy`), in full sentences.

    `wait` is anything but ON for a failure to log on. `counted` says that a password was refused, which the
    domain counts before it locks the account.
    """

    culprit: Culprit
    what: str
    remedy: str
    wait: Wait = Wait.ON
    winrm: WinrmPort | None = None
    counted: bool = False

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}"


@dataclass(frozen=True)
class Failure:
    """What is known about a failure.

    Attributes:
        text: Of the exception, without the data of a fault.
        codes: Of a fault, unsigned 32-bit, the most specific first. None stands for a code that is absent.
        fault: Whether a WS-Management fault proves that the host itself answered.
        status: The HTTP status of an answer that is not a fault.
        transports: Values of ``ansible_winrm_transport`` that were tried.
        proxy: The controller's proxy for this host.
        host, port: The address in the inventory.
    """

    text: str = ""
    codes: tuple[int | None, ...] = ()
    fault: bool = False
    status: int | None = None
    transports: frozenset[str] = frozenset()
    proxy: Proxy | None = None
    host: str = "the host"
    port: object = "of ansible_port"


@dataclass(frozen=True)
class Row:
    """A row of the table: conditions, of which those that are None hold always, and the advice."""

    advice: Advice
    codes: frozenset[int] | None
    statuses: frozenset[int | str] | None
    text: re.Pattern[str] | None
    transports: frozenset[str] | None
    proxy: bool

    def fits(self, failure: Failure) -> bool:
        """Return whether all conditions but that on the code hold."""
        return (
            (self.statuses is None or (failure.status is not None and self._has_status(failure.status)))
            and (self.text is None or self.text.search(failure.text) is not None)
            and (self.transports is None or not self.transports.isdisjoint(failure.transports))
            and (not self.proxy or (failure.proxy is not None and not failure.fault))
        )

    @property
    def explains_faults(self) -> bool:
        """Whether the row may explain a fault by its text: one about the network is no proof there."""
        return self.text is not None and self.advice.culprit in (Culprit.HOST, Culprit.ACCOUNT)

    def _has_status(self, status: int) -> bool:
        statuses = self.statuses or ()
        return status in statuses or "any" in statuses


def advice_for(failure: Failure) -> Advice | None:
    """Return the advice of the row that decides, or None if no row fits."""
    rows = [row for row in table() if row.fits(failure)]
    for code in failure.codes:
        for row in rows:
            if code is not None and row.codes is not None and not row.codes.isdisjoint(same_code(code)):
                return _filled(row.advice, failure)
    rows = [row for row in rows if row.codes is None and (not failure.fault or row.explains_faults)]
    return _filled(rows[0].advice, failure) if rows else None


def advice_said(message: str) -> Advice | None:
    """Return the advice that a message of this collection gave, or None where it gave none of the table.

    Reports ask it, which have only the message. Of several rows that the message has, the first in it counts,
    and of these the longest. Names that the message filled in are left out.
    """
    for part in _parts(message):
        said = [row for row, pattern in _beginning().get(part, ()) if pattern.search(message)]
        if said:
            return _filled(max(said, key=lambda row: len(row.advice.what)).advice, Failure())
    return None


def status_in(text: str) -> int | None:
    """Return the HTTP status that a failure's text names, or None."""
    found = _STATUS.search(text)
    if found:
        return int(found[1])
    return 401 if REJECTED in text else None


@cache
def table() -> tuple[Row, ...]:
    """Return the rows in the order in which they decide."""
    groups = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return tuple(_row(culprit, row) for culprit in Culprit for row in groups[culprit.value])


@cache
def _beginning() -> dict[str, list[tuple[Row, re.Pattern[str]]]]:
    """Return the rows by the first words of what they say, each with the pattern of all of it.

    The address of the proxy may stand in the message or not.
    """
    rows: dict[str, list[tuple[Row, re.Pattern[str]]]] = {}
    for row in table():
        pattern = re.escape(row.advice.what).replace(r"\{proxy\}\ ", r"(?:\S+ )?")
        pattern = pattern.replace(r"\{proxy\}", r"\S*")
        rows.setdefault(next(_parts(row.advice.what)), []).append((row, re.compile(pattern)))
    return rows


def _parts(text: str) -> Iterator[str]:
    """Yield the first two words of each sentence, and of what follows a colon: too few to name a proxy."""
    for part in re.split(r"(?<=[.!?:])\s+", text):
        yield " ".join(part.split(maxsplit=2)[:2])


def _row(culprit: Culprit, row: dict[str, Any]) -> Row:
    return Row(
        Advice(
            culprit,
            row["what"],
            row["remedy"],
            Wait(row.get("wait", Wait.ON.value)),
            WinrmPort(row["winrm"]) if "winrm" in row else None,
            row.get("counted", False),
        ),
        _several(row.get("code")),
        _several(row.get("status")),
        re.compile(row["text"], re.IGNORECASE | re.MULTILINE) if "text" in row else None,
        frozenset(row["transports"]) if "transports" in row else None,
        row.get("proxy", False),
    )


def _several(value: Any) -> frozenset[Any] | None:
    if value is None:
        return None
    return frozenset(value if isinstance(value, Iterable) and not isinstance(value, str) else [value])


def _filled(advice: Advice, failure: Failure) -> Advice:
    values = {"proxy": failure.proxy or "", "host": failure.host, "port": failure.port}
    # A proxy that only its own answer gives away has no address here.
    what = re.sub(r"  +", " ", advice.what.format(**values))
    return replace(advice, what=what, remedy=advice.remedy.format(**values))
