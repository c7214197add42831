# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Return what a fleet report says of a host."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._role.outcome import outcome

DOCUMENTATION = r"""
name: outcome
version_added: 0.1.0
author:
  - The winfleet.hotfix developers (@winfleet)
short_description: Make a row of the fleet report
description:
  - Returns what O(winfleet.hotfix.report#module:results) takes of a host, from its assessment and from what
    failed.
positional: _input, host, error, answers, rdp, rdp_port
options:
  _input:
    description: The assessment of the host, or the C(hotfix_result) of the role; empty if there is none.
    type: dict
    required: true
  host:
    description: The name of the host in the inventory.
    type: str
    required: true
  error:
    description: What failed on the host.
    type: str
    default: ""
  answers:
    description: The registered results of the tasks on the host, to see whether it did not answer.
    type: list
    elements: dict
    default: []
  rdp:
    description:
      - The result of M(winfleet.hotfix.rdp_info) for the host. The row then has it, and remarks on what it
        adds to the assessment or contradicts of it.
    type: dict
  rdp_port:
    description: The port that was probed.
    type: int
    default: 3389
"""

EXAMPLES = r"""
- name: Keep the row
  ansible.builtin.set_fact:
    row: "{{ assessed.hotfix_info | winfleet.hotfix.outcome(host=inventory_hostname, answers=[assessed]) }}"
"""

RETURN = r"""
_value:
  description:
    - The assessment with C(host), and C(error), C(unreachable), C(rdp) and C(remarks) where they apply.
  type: dict
"""


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"outcome": outcome}
