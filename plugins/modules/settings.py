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
  of_hosts:
    description:
      - Reads the settings of these hosts at once, for a task with C(run_once). Settings that are wrong then do not fail
        the task. The modules of this collection fail on such a host before they ask it anything, if a play registers
        the result as C(hotfix__run).
      - Without this option, the settings of the host on which the task runs.
    type: list
    elements: str
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
refused:
  description: What is wrong with the settings, by host. Hosts with right ones are left out.
  returned: if O(of_hosts) is set
  type: dict
  sample:
    srv-03: "hotfix_blackuot is not a variable of this collection: did you mean hotfix_blackout? Nothing was changed."
probed:
  description: The hosts whose Remote Desktop is to be probed, by C(hotfix_probe_rdp).
  returned: if O(of_hosts) is set
  type: list
  elements: str
  sample: []
states:
  description: The wanted state of each host.
  returned: if O(of_hosts) is set
  type: dict
  sample:
    srv-03: present
settings:
  description: The value of every variable by its name without C(hotfix_), in its own type.
  returned: success, unless O(of_hosts) is set
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
  description: The definition as JSON, where it is one of your own.
  returned: success
  type: str
"""
