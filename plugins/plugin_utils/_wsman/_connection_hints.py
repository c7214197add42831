# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read from the text of a connection failure what failed. failures.yml has the advice.

Ansible's plugin turns every failure into a text: each transport that it tried, followed by what its exception
said. pywinrm writes the data of a fault into that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .failures import Advice, Failure, advice_for, status_in
from .fault_codes import QUOTA_CODES, SOME_QUOTA
from .proxy import proxy_of

_FAULT_CODE = re.compile(r"'wsmanfault_code': '?(\d{1,10})\b")
_SUBCODE = re.compile(r"'fault_subcode': '\w+:(\w+)'")
_FAULT_DATA = re.compile(r"\s*\(extended fault data: \{.*?\}\)", re.DOTALL)
_TRIED = re.compile(r"(?:^|, )(\w+): ")


def connection_hint(text: str, transports: Sequence[str], way: Failure | None = None) -> str | None:
    """Return what a failure means and what to do next, or None if no row of the table fits.

    `transports` has the values of ``ansible_winrm_transport``; it is empty when Ansible chooses. `way` says
    more about the connection (:func:`way_of`).
    """
    advice = advice_in(text, replace(way or Failure(), transports=frozenset(transports)))
    return str(advice) if advice else None


def advice_in(text: str, way: Failure) -> Advice | None:
    """Return the advice on a failure of a connection, from its text."""
    without_data, found = _FAULT_DATA.subn("", text)
    return advice_for(
        replace(
            way,
            text=without_data,
            fault=found > 0,
            codes=(fault_code(text),),
            status=None if found else status_in(without_data),
            transports=way.transports | frozenset(_TRIED.findall(text)),
        )
    )


def way_of(connection: Any) -> Failure:
    """Return what the settings of a connection say about every failure of it."""
    return Failure(
        transports=frozenset(str(transport) for transport in connection.get_option("transport") or []),
        proxy=proxy_of(connection),
        host=str(connection.get_option("remote_addr") or "the host"),
        port=connection.get_option("port") or "of ansible_port",
    )


def fault_code(text: str) -> int | None:
    """Return the code of the fault in a text; the general one of a quota that has only its subcode."""
    if code := _FAULT_CODE.search(text):
        return int(code[1])
    return SOME_QUOTA if _subcode(text) == "QuotaLimit" else None


def quota_fault(text: str) -> bool:
    """Return whether a connection failed because of a quota, from the failure's text.

    Newer hosts report a used-up quota as MSFT_WmiError, whose code pywinrm omits: that leaves a subcode
    without a code.
    """
    code = fault_code(text)
    return code in QUOTA_CODES if code is not None else _subcode(text) == "InternalError"


def without_fault_data(text: str) -> str:
    """Return a failure's text with the fault's code in place of its data."""
    code = _FAULT_CODE.search(text)
    return _FAULT_DATA.sub(f" (fault {code[1]})" if code else "", text).strip()


def _subcode(text: str) -> str | None:
    found = _SUBCODE.search(text)
    return found[1] if found else None
