#!/usr/bin/python
# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module; the code is the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: os_info
short_description: Returns which Windows a host runs
version_added: 0.1.0
description:
  - Returns product, version, edition, architecture, language, domain and times of a Windows host, from WMI.
  - Use it for hosts on which M(ansible.builtin.setup) cannot run, such as Windows 7 and Windows Server 2008 R2 with
    PowerShell 2.0 or none.
  - Decides by numbers, never by text that Windows translates.
extends_documentation_fragment:
  - winfleet.hotfix.host
  - winfleet.hotfix.host.info
seealso:
  - module: winfleet.hotfix.hotfix_info
author:
  - The winfleet.hotfix developers (@winfleet)
"""

EXAMPLES = r"""
- name: List what the old servers run
  hosts: windows
  gather_facts: false
  tasks:
    - name: Ask for the operating system
      winfleet.hotfix.os_info:
      register: found

    - name: Group the hosts by product and architecture
      ansible.builtin.group_by:
        key: "{{ (found.os.product ~ '_' ~ found.os.architecture) | lower | replace(' ', '_') }}"
"""

RETURN = r"""
os:
  description: The Windows of the host. V(null) stands for a value that the host did not give.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the product in the host's own words, which may be localised.
      type: str
      returned: always
      sample: Microsoft Windows Server 2008 R2 Datacenter
    product:
      description:
        - The product, from the version and the product type.
        - V(null) if the host did not give its product type.
      type: str
      returned: always
      sample: Windows Server 2008 R2
    version:
      description: The version of Windows.
      type: str
      returned: always
      sample: 6.1.7600
    build:
      description: The build number.
      type: int
      returned: always
      sample: 7600
    service_pack:
      description: Number of the service pack, V(0) for none.
      type: int
      returned: always
      sample: 0
    edition:
      description: English name of the edition, from C(sku).
      type: str
      returned: always
      sample: Datacenter
    sku:
      description: C(OperatingSystemSKU) of the host.
      type: int
      returned: always
      sample: 8
    product_type:
      description: One of V(workstation), V(domain_controller) and V(server).
      type: str
      returned: always
      sample: server
    architecture:
      description:
        - Architecture of the installed Windows, not of the processor. V(x86), V(x64) or V(ia64) on Windows 7 and
          Windows Server 2008 R2; V(arm) and V(arm64) exist later.
        - V(null) if the host's answers are missing or contradict each other.
      type: str
      returned: always
      sample: x64
    language:
      description: Language of Windows.
      type: str
      returned: always
      sample: en-US
    computer_name:
      description: NetBIOS name.
      type: str
      returned: always
      sample: RDS01
    domain:
      description: The domain, or the workgroup of a host that is in no domain.
      type: str
      returned: always
      sample: corp.example
    domain_member:
      description: Whether the host is a member of a domain.
      type: bool
      returned: always
      sample: true
    boot_time:
      description: When Windows started, ISO 8601 with the host's present offset.
      type: str
      returned: always
      sample: '2026-11-02T04:12:31+01:00'
    local_time:
      description: When the host answered, ISO 8601 with the host's present offset.
      type: str
      returned: always
      sample: '2026-11-20T09:30:02+01:00'
    utc_offset_minutes:
      description: The host's present offset from UTC. It says nothing about dates beyond the next clock change.
      type: int
      returned: always
      sample: 60
"""
