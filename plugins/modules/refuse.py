#!/usr/bin/python
# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module; the code is the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: refuse
short_description: Fails a host with a message that stands once on the console
version_added: 0.1.0
description:
  - Fails the host on which the task runs, as M(ansible.builtin.fail) does. With that module, ansible-core 2.19 and later
    print each message twice, as C([ERROR]) with some lines of the playbook and in the line of the host. A fleet of
    which fifty hosts fail fills ten screens so.
  - Runs on the controller and connects to no host.
options:
  msg:
    description: Why the host fails, and what to do next.
    type: str
    required: true
attributes:
  check_mode:
    description: Can run in check mode and return the same.
    support: full
  diff_mode:
    description: Returns what has changed, or would change, in diff mode.
    support: N/A
    details: The module changes nothing.
seealso:
  - module: ansible.builtin.fail
author:
  - The winfleet.hotfix developers (@winfleet)
"""

EXAMPLES = r"""
- name: Refuse a host that nobody has named an owner of
  winfleet.hotfix.refuse:
    msg: "{{ inventory_hostname }} has no owner. Set the variable owner in the inventory."
  when: owner is not defined
"""

RETURN = r"""
msg:
  description: The message.
  returned: always
  type: str
  sample: "srv-03 has no owner. Set the variable owner in the inventory."
"""
