# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Split the message of a failure into its cause, its remedy, and the words of libraries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .._wsman.failures import Culprit, advice_said

_DETAILS = re.compile(r"\s*\[(?P<details>.*)\]\s*\Z", re.DOTALL)
"""Messages of this collection end with what a library or the host said, in brackets."""
_LIBRARY = re.compile(
    r"HTTPS?ConnectionPool|urllib3|requests\.exceptions|Traceback|Max retries exceeded|<\w+[\w.]* object at"
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


@dataclass(frozen=True)
class Reason:
    """A message in parts.

    Attributes:
        what: The cause, without the host's name.
        remedy: What to do next; empty where the message does not say it.
        denied: Whether the host answered and refused the account.
    """

    what: str
    remedy: str = ""
    denied: bool = False

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


def read_reason(message: str, host: str) -> Reason:
    """Return a message in parts.

    Args:
        message: Of a task, or a reason for a status.
        host: The inventory name, which stands before most messages and is left out.
    """
    return _read(_nameless(message, host))


@lru_cache(maxsize=32_768)  # a page asks three times for the reasons of each host
def _read(message: str) -> Reason:
    advice = advice_said(message)
    if advice:
        return Reason(advice.what, advice.remedy, advice.culprit is Culprit.ACCOUNT)
    said = _DETAILS.sub("", message).strip()
    if not said or _LIBRARY.search(said):
        return Reason("The connection failed, and the cause is not known.")
    what, *remedy = _SENTENCE_END.split(said, maxsplit=1)
    return Reason(what, "".join(remedy))


def _nameless(message: str, host: str) -> str:
    message = message.removeprefix(f"{host}: ")
    # A name that is a plain word may be one of the sentence.
    if host.isalpha():
        return message
    return (
        re.sub(rf"(?<![\w.-]){re.escape(host)}(?![\w-])", "the host", message) if host in message else message
    )
