# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells whether a host may be changed at this time, by its own clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils._restart.plan import check_open, check_window
from ..plugin_utils._restart.window import parse_blackout, parse_window
from ..plugin_utils._windows.clock import HostClock
from ..plugin_utils._wsman.errors import InputError

DOCUMENTATION = r"""
name: closed_window
version_added: 0.1.0
author:
  - The winfleet.hotfix developers (@winfleet)
short_description: Tell why a host may not be changed now
description:
  - Returns why a maintenance window is closed on a host, and when it opens next; nothing where it is open.
positional: _input, window, blackout, minutes
options:
  _input:
    description: The host's local time in ISO 8601, the field C(os.local_time) of M(winfleet.hotfix.os_info).
    type: str
    required: true
  window:
    description: A window as in O(winfleet.hotfix.restart#module:window). Empty for any time.
    type: dict
    default: {}
  blackout:
    description: Dates as in O(winfleet.hotfix.restart#module:blackout).
    type: raw
    default: []
  minutes:
    description: How much time there has to be left before the window closes.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Change the host in its window
  ansible.builtin.include_tasks: change.yml
  when: not closed
  vars:
    closed: "{{ known.os.local_time | winfleet.hotfix.closed_window(window, ['2026-12-24/2027-01-02'], 30) }}"
    window:
      days: [saturday]
      start: "22:00"
      duration_minutes: 240
"""

RETURN = r"""
_value:
  description: Why not now, in words; empty where the window is open.
  type: str
  sample: "window: it is 2026-11-20T16:02 on the host, and the window opens at 2026-11-21T22:00"
"""


def closed_window(local_time: str, window: Any = None, blackout: Any = None, minutes: int = 0) -> str:
    """Returns why the host may not be changed now; empty if it may."""
    try:
        now = datetime.fromisoformat(str(local_time))
        dates = parse_blackout(blackout)
        opens = parse_window(dict(window), dates) if window else None
        room = timedelta(minutes=int(minutes))
        if opens:
            check_window(opens, room)
    except InputError as error:
        raise AnsibleFilterError(str(error)) from None
    except (TypeError, ValueError) as error:
        raise AnsibleFilterError(f"No window can be made of {window!r} and {local_time!r}: {error}") from None
    try:
        check_open(opens, dates, HostClock(now=now, boot=now), room=room)
    except InputError as error:
        return str(error)
    return ""


class FilterModule:
    """The filter plugin."""

    def filters(self) -> dict[str, Any]:
        """Returns the filters by name."""
        return {"closed_window": closed_window}
