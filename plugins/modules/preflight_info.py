#!/usr/bin/python
# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module; the code is the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight_info
short_description: Checks whether a Windows host is ready for a hotfix
version_added: 0.1.0
description:
  - Looks, before anything is changed, for whatever would make an installation fail or a restart do harm.
  - Checks the account's rights, servicing (TrustedInstaller is disabled; other updates are running or wait for a
    restart), and free space on the system drive. Refuses a domain controller, a node of a failover cluster, and a
    system drive that BitLocker protects and that the TPM alone does not open, unless O(allow) names them.
  - The module does not fail for a host that is not ready; the role P(winfleet.hotfix.hotfix#role) does.
options:
  allow:
    description: Kinds of hosts to accept all the same.
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
- name: Check whether the host is ready for the hotfix
  winfleet.hotfix.preflight_info:
  register: answer

- name: Show what to do first
  ansible.builtin.debug:
    msg: "{{ answer.refusals | map(attribute='message') }}"
  when: not answer.ready
"""

RETURN = r"""
ready:
  description: Whether the host is ready.
  returned: success
  type: bool
  sample: false
refusals:
  description: Why it is not.
  returned: success
  type: list
  elements: dict
  contains:
    check:
      description:
        - The check that failed, V(rights), V(domain_controller), V(cluster_node), V(bitlocker_pin), V(servicing) or
          V(space).
      type: str
    message:
      description: What the check found and what to do.
      type: str
  sample:
    - check: domain_controller
      message: It is a domain controller. Restart those one at a time and with care.
"""
