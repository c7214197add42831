#!/usr/bin/python
# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module; the code is the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: settings
short_description: Reads the settings of a host from variables
version_added: 0.1.0
description:
  - Reads the variables C(hotfix_*) of the role P(winfleet.hotfix.hotfix#role) and of the playbooks, and finds the
    definition of the hotfix. Empty answers become defaults, and the types that AWX or the command line changed are
    changed back.
  - Fails with one message that lists all that is wrong. A name that resembles one of these variables is refused
    with the right one; any other C(hotfix_*) gives a warning, as it may be a variable of your own. On the command
    line (C(-e)), a name that speaks of hosts or of a rehearsal, such as C(hotfix_target), is refused too.
  - In the playbooks of this collection, also refuses settings of the run that cannot take effect. C(hotfix_hosts)
    and C(hotfix_batches) must not come from the inventory. The hotfix, C(hotfix_max_fail_percent) and the
    C(hotfix_report_*) must be the same for all hosts.
  - Runs on the controller and connects to no host.
options:
  remediate:
    description:
      - Whether the host is to be changed. Settings that contradict each other are then refused too, such as a
        scheduled restart without a time.
    type: bool
    default: false
  define:
    description:
      - Whether the definition of the hotfix is needed. Without it, a run that only merges reports does not fail where
        nobody defines the hotfix.
    type: bool
    default: true
  here:
    description: The folder that relative paths start from.
    type: path
    default: .
attributes:
  check_mode:
    description: Can run in check mode and return the same.
    support: full
  diff_mode:
    description: Returns what has changed, or would change, in diff mode.
    support: N/A
    details: The module changes nothing.
seealso:
  - plugin: winfleet.hotfix.next_step
    plugin_type: filter
author:
  - The winfleet.hotfix developers (@winfleet)
"""

EXAMPLES = r"""
- name: Read the settings
  winfleet.hotfix.settings:
  register: read

- name: Assess the host
  winfleet.hotfix.hotfix_info:
    hotfix: "{{ read.kb }}"
    definition: "{{ read.definition or omit }}"
"""

RETURN = r"""
settings:
  description: The value of every variable by its name without C(hotfix_), in its own type.
  returned: success
  type: dict
  sample:
    state: present
    restart: scheduled
kb:
  description: The number of the hotfix.
  returned: always
  type: str
  sample: KB978918
definition:
  description: The definition, where it is one of your own.
  returned: success
  type: dict
"""
