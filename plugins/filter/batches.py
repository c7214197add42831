# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the variable hotfix_batches, which a play needs before its first task."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils._role.values import read_value
from ..plugin_utils._role.variables import variables
from ..plugin_utils._wsman.errors import InputError

DOCUMENTATION = r"""
name: batches
version_added: 0.1.0
author:
  - The winfleet.hotfix developers (@winfleet)
short_description: Read the sizes of batches
description:
  - Returns the sizes of batches for the keyword C(serial) of a play, and refuses what cannot be meant.
positional: _input
options:
  _input:
    description:
      - A number of hosts, a share such as V(25%), or a list of these, also as JSON. Empty for one batch.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Restart in batches
  hosts: session_hosts
  gather_facts: false
  serial: "{{ ['10%', '100%'] | winfleet.hotfix.batches }}"
  tasks: []
"""

RETURN = r"""
_value:
  description: The sizes.
  type: list
  sample: [1, "10%", "100%"]
"""


def batches(given: Any) -> Any:
    """Return the sizes of batches."""
    try:
        return read_value(variables()["hotfix_batches"], given)
    except InputError as error:
        raise AnsibleFilterError(f"{error}. Nothing was changed.") from None


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"batches": batches}
