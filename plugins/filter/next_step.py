# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide what the role does with a host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..plugin_utils._role.next_step import next_step
from ..plugin_utils._role.settings import Settings

DOCUMENTATION = r"""
name: next_step
version_added: 0.1.0
author:
  - The winfleet.hotfix developers (@winfleet)
short_description: Decide what is done with a host
description:
  - Returns what the role P(winfleet.hotfix.hotfix#role) does with a host, from its assessment and its
    settings.
positional: _input, settings, host, groups, here
options:
  _input:
    description: The assessment of the host, the result C(hotfix_info) of M(winfleet.hotfix.hotfix_info).
    type: dict
    required: true
  settings:
    description: The settings of the host, the result C(settings) of M(winfleet.hotfix.settings).
    type: dict
    required: true
  host:
    description: The name of the host in the inventory.
    type: str
    required: true
  groups:
    description: The hosts of each group of the inventory. A farm is one of them.
    type: dict
    default: {}
  here:
    description: The folder that relative paths start from.
    type: path
    default: .
"""

EXAMPLES = r"""
- name: Show what the role would do
  ansible.builtin.debug:
    msg: "{{ assessed.hotfix_info | winfleet.hotfix.next_step(read.settings, inventory_hostname, groups) }}"
"""

RETURN = r"""
_value:
  description:
    - C(step) is V(none), V(download), V(install), V(remove), V(restart) or V(fail); C(refusal) says why it is
      V(fail), and C(left_alone) why a host that needs a change does not get it in this run.
    - C(package) has the arguments C(package), C(package_location) and C(sha256) of M(winfleet.hotfix.hotfix),
      and C(note), which names the revision that was chosen among several.
    - C(delay_minutes) is the host's turn in its farm, and C(at_once) the number of hosts that restart at a
      time, V(0) for all.
  type: dict
"""


def decide(
    info: Mapping[str, Any],
    settings: Mapping[str, Any],
    host: str,
    groups: Mapping[str, Sequence[str]] | None = None,
    here: str = ".",
) -> dict[str, Any]:
    """Return the next step of a host as plain data."""
    return asdict(next_step(info, Settings.of(settings), host=host, groups=groups or {}, here=Path(here)))


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"next_step": decide}
