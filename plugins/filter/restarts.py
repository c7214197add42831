# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Return the restarts of a fleet."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._role.outcome import restarts

DOCUMENTATION = r"""
name: restarts
version_added: 0.1.0
author:
  - The winfleet.hotfix developers (@winfleet)
short_description: List the restarts of a fleet
description:
  - Returns which hosts restart when, which missed their restart, which wait for one and have none, and which
    do not show it.
positional: _input
options:
  _input:
    description: The rows of a fleet report, as the filter P(winfleet.hotfix.outcome#filter) makes them.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the restarts
  ansible.builtin.debug:
    msg: "{{ rows | winfleet.hotfix.restarts }}"
"""

RETURN = r"""
_value:
  description:
    - C(scheduled) and C(missed) with a time by host, and C(waiting_without), the hosts that have no restart.
    - C(not_known) with the reasons of each host that did not answer, or did not show its restarts.
    - A time with Z is UTC, one without is the local time of the host.
  type: dict
"""


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"restarts": restarts}
