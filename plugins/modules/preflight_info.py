#!/usr/bin/python
# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module; the code is the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight_info
short_description: Tells whether a Windows host can take a hotfix
version_added: 0.1.0
description:
  - Looks, before anything is changed, for what would make an installation fail or a restart do harm.
  - The account's rights, servicing (TrustedInstaller disabled, other updates that wait for a restart or run),
    free space on the system drive, a domain controller, a node of a failover cluster, and a system drive whose
    BitLocker asks for a PIN or key at every start.
  - A host that is not ready is no failure of this module; the role P(winfleet.hotfix.hotfix#role) fails for it.
options:
  allow:
    description: What is accepted all the same.
    type: list
    elements: str
    choices: [domain_controller, cluster_node, bitlocker_pin]
    default: []
extends_documentation_fragment:
  - winfleet.hotfix.host
  - winfleet.hotfix.host.info
  - winfleet.hotfix.definition
seealso:
  - module: winfleet.hotfix.hotfix
author:
  - The winfleet.hotfix developers (@winfleet)
"""

EXAMPLES = r"""
- name: See whether the host can take the hotfix
  winfleet.hotfix.preflight_info:
  register: answer

- name: Show what stands in the way
  ansible.builtin.debug:
    msg: "{{ answer.refusals | map(attribute='message') }}"
  when: not answer.ready
"""

RETURN = r"""
ready:
  description: Whether nothing stands in the way.
  returned: success
  type: bool
  sample: false
refusals:
  description: What stands in the way.
  returned: success
  type: list
  elements: dict
  contains:
    check:
      description:
        - V(rights), V(domain_controller), V(cluster_node), V(bitlocker_pin), V(servicing) or V(space).
      type: str
    message:
      description: What was found and what to do.
      type: str
  sample:
    - check: domain_controller
      message: It is a domain controller. Restart those one at a time and with care.
"""
