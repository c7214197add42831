# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Return why a host is not proven to be in the wanted state."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._role.next_step import unproven

DOCUMENTATION = r"""
name: unproven
version_added: 0.1.0
author:
  - The winfleet.hotfix developers (@winfleet)
short_description: Return why a host is not done
description:
  - Returns why an assessment does not prove that a host is in the wanted state; nothing where it does.
positional: _input, state, restart_to_come
options:
  _input:
    description: The assessment of the host, the result C(hotfix_info) of M(winfleet.hotfix.hotfix_info).
    type: dict
    required: true
  state:
    description: The wanted state.
    type: str
    choices: [present, downloaded, absent]
    required: true
  restart_to_come:
    description: Whether the host may still wait for its restart.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Fail where the hotfix is not proven
  ansible.builtin.fail:
    msg: "{{ inventory_hostname }} {{ why }}"
  when: why | length > 0
  vars:
    why: "{{ assessed.hotfix_info | winfleet.hotfix.unproven('present') }}"
"""

RETURN = r"""
_value:
  description: The status and the reasons for it; empty where the host is done.
  type: str
  sample: "is vulnerable. C:\\Windows\\System32\\credssp.dll is older than 6.1.7600.20618."
"""


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"unproven": unproven}
