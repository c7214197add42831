#!/usr/bin/python
# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module; the code is the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hotfix_info
short_description: Tells where a Windows host stands with a hotfix
version_added: 0.1.0
description:
  - Tells whether a host has a hotfix, lacks it or waits for the restart that completes it, with the reasons and the
    evidence. Everything is read in one task over one connection, and nothing is changed.
  - The status is decided by the versions of the files that the hotfix brings and by the state of its package in
    servicing, not by the list of installed updates. A host is V(compliant) only if the files prove it.
  - The statuses, of which the first that applies is given, are as follows.
  - V(not_applicable), the hotfix is for another version of Windows or another architecture.
  - V(unknown), some evidence could not be read. The reasons name it.
  - V(restart_pending), the package is to be installed or removed by the next restart.
  - V(inconsistent), the package is installed and yet a file is older, or a component is fixed in part, or native files
    are missing.
  - V(vulnerable), a file is older than the one that the hotfix brings.
  - V(compliant), the files are those of the hotfix, or newer.
options:
  exposure:
    description:
      - Whether to tell how much the host is exposed to the error that KB978918 repairs.
    type: bool
    default: false
  exposure_roles:
    description:
      - Which roles count for RV(hotfix_info.exposure.at_risk).
      - V(session_host), Remote Desktop Services in application-server mode.
      - V(rdp_server), Remote Desktop is on.
      - V(rdp_client), every member of a domain, since the article has the hotfix installed on clients too.
    type: list
    elements: str
    choices: [session_host, rdp_server, rdp_client]
    default: [session_host, rdp_server, rdp_client]
extends_documentation_fragment:
  - winfleet.hotfix.host
  - winfleet.hotfix.host.info
  - winfleet.hotfix.definition
seealso:
  - module: winfleet.hotfix.hotfix
  - module: winfleet.hotfix.report
author:
  - The winfleet.hotfix developers (@winfleet)
"""

EXAMPLES = r"""
- name: Assess the fleet
  hosts: windows
  gather_facts: false
  tasks:
    - name: Find out where the hotfix is missing
      winfleet.hotfix.hotfix_info:
        exposure: true
      register: assessment

    - name: Show status and reasons
      ansible.builtin.debug:
        msg: "{{ assessment.hotfix_info.status }}: {{ assessment.hotfix_info.reasons | join(' ') }}"

- name: Count only hosts to which others connect
  hosts: windows
  gather_facts: false
  tasks:
    - name: Assess
      winfleet.hotfix.hotfix_info:
        exposure: true
        exposure_roles: [session_host, rdp_server]
      register: assessment

- name: Look for another hotfix
  hosts: windows
  gather_facts: false
  tasks:
    - name: Assess by a definition of your own
      winfleet.hotfix.hotfix_info:
        definition: "{{ lookup('ansible.builtin.file', 'KB2545698.yml') | from_yaml }}"
      register: assessment
"""

RETURN = r"""
hotfix_info:
  description: What was found. A value that could not be read is V(null).
  returned: success
  type: dict
  contains:
    hotfix:
      description: The hotfix.
      type: str
      returned: always
      sample: KB978918
    status:
      description:
        - One of V(not_applicable), V(unknown), V(restart_pending), V(inconsistent), V(vulnerable) and V(compliant).
      type: str
      returned: always
      sample: vulnerable
    by:
      description:
        - What a V(compliant) host owes it to. V(hotfix), or V(newer) if a file is newer than the one of the hotfix.
        - V(null) with every other status.
      type: str
      returned: always
      sample: hotfix
    applicable:
      description: Whether the hotfix is for this version of Windows and this architecture.
      type: bool
      returned: always
      sample: true
    reasons:
      description: Why the status is what it is, in sentences for people.
      type: list
      elements: str
      returned: always
      sample:
        - C:\Windows\System32\Credssp.dll has 6.1.7600.16385 (RTM), older than 6.1.7600.20618.
    os:
      description: The operating system, as M(winfleet.hotfix.os_info) tells it.
      type: dict
      returned: always
      contains:
        name:
          description: Name of the product in the host's own words, which may be localised.
          type: str
          returned: always
          sample: Microsoft Windows Server 2008 R2 Datacenter
        product:
          description:
            - The product, told by the version and the product type.
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
          description: English name of the edition, told by C(sku).
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
            - V(null) if the host's statements are missing or contradict each other.
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
    package_architecture:
      description:
        - Which package fits. V(x86), V(x64) or V(ia64).
        - V(null) if none does.
      type: str
      returned: always
      sample: x64
    files:
      description:
        - The files that the hotfix brings to this host.
        - Empty if the hotfix is not for this host.
      type: list
      elements: dict
      returned: always
      contains:
        path:
          description: Where the file lies, or would lie.
          type: str
          returned: always
          sample: C:\Windows\System32\Credssp.dll
        platform:
          description: What the file is built for.
          type: str
          returned: always
          sample: x64
        component:
          description: The component that installs it.
          type: str
          returned: always
          sample: security-credssp
        deciding:
          description: Whether the status depends on it. Files that the hotfix brings unchanged are told but do not decide.
          type: bool
          returned: always
          sample: true
        expected_version:
          description: Version that the hotfix brings, V(null) for a file without a version.
          type: str
          returned: always
          sample: 6.1.7600.20618
        version:
          description: Version that was found.
          type: str
          returned: always
          sample: 6.1.7600.16385
        expected_size:
          description: Size in bytes of the file that the hotfix brings.
          type: int
          returned: always
          sample: 22016
        size:
          description: Size in bytes that was found.
          type: int
          returned: always
          sample: 20992
        state:
          description:
            - V(fixed), it has the version of the hotfix; or it has no version and is there.
            - V(newer), it has a later version.
            - V(older), it has an earlier version.
            - V(missing), it is not there, although its component is.
            - V(absent), neither it nor its component is there, as WOW64 on some installations of Server Core. It does
              not decide.
            - V(unreadable), its version could not be read.
          type: str
          returned: always
          sample: older
    manifests:
      description: The manifests that the hotfix adds to the component store. They do not decide.
      type: dict
      returned: always
      contains:
        expected:
          description: How many the hotfix brings.
          type: int
          returned: always
          sample: 5
        present:
          description: How many are there.
          type: int
          returned: always
          sample: 0
        missing:
          description: Names of those that are not there.
          type: list
          elements: str
          returned: always
          sample: []
    servicing:
      description: What Windows itself says of the hotfix.
      type: dict
      returned: always
      contains:
        packages:
          description: Its packages in servicing.
          type: list
          elements: dict
          returned: always
          contains:
            identity:
              description: Name of the package.
              type: str
              returned: always
              sample: Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0
            state:
              description: Its state, in the words of C(dism /english /get-packages).
              type: str
              returned: always
              sample: Installed
        quick_fix_engineering:
          description: Whether the list of installed updates has it. This does not decide.
          type: bool
          returned: always
          sample: true
    restart:
      description: Whether a restart is needed or planned.
      type: dict
      returned: always
      contains:
        pending_for_hotfix:
          description: Whether this hotfix waits for a restart.
          type: bool
          returned: always
          sample: false
        pending_any:
          description: Whether servicing or Windows Update waits for a restart for any reason.
          type: bool
          returned: always
          sample: false
        sources:
          description:
            - What tells so. V(PendingFileRenameOperations) alone is no reason to restart, as many hosts have it always.
          type: list
          elements: str
          returned: always
          sample: []
        scheduled_for:
          description:
            - When the restart that M(winfleet.hotfix.restart) scheduled takes place, ISO 8601. Without an offset it is in
              the host's local time.
            - V(null) if none is to come.
          type: str
          returned: always
          sample: '2026-11-21T03:00:00'
        missed_at:
          description:
            - When a restart that M(winfleet.hotfix.restart) scheduled should have taken place and did not, because the
              host was off, or the restart was refused or called off. V(null) if there is none.
          type: str
          returned: always
          sample:
    last_attempt:
      description: How the last installation by M(winfleet.hotfix.hotfix) ended, V(null) if there was none.
      type: dict
      returned: always
      contains:
        time:
          description: When it began, ISO 8601.
          type: str
          returned: always
          sample: '2026-11-20T09:14:05+01:00'
        exit_code:
          description: Exit code of DISM, or of the step before it that failed.
          type: int
          returned: always
          sample: 3010
        outcome:
          description:
            - V(installed), V(pending) until the restart, V(rolled_back) if Windows undid it at the restart, or V(failed).
          type: str
          returned: always
          sample: pending
    exposure:
      description: How much the host is exposed, V(null) unless O(exposure=true).
      type: dict
      returned: always
      contains:
        roles:
          description: The roles that the host certainly has, of V(session_host), V(rdp_server) and V(rdp_client).
          type: list
          elements: str
          returned: always
          sample: [rdp_server, rdp_client]
        nla_required:
          description: Whether Remote Desktop requires Network Level Authentication, by Group Policy or by its setting.
          type: bool
          returned: always
          sample: true
        domain_member:
          description: Whether the host is a member of a domain.
          type: bool
          returned: always
          sample: true
        max_token_size:
          description: Size in bytes of the largest Kerberos token that the host accepts.
          type: int
          returned: always
          sample: 12000
        at_risk:
          description:
            - Whether the error can strike here. The host is a member of a domain and has one of O(exposure_roles). Without
              Network Level Authentication only V(rdp_client) counts.
            - Evidence that could not be read counts as at risk.
          type: bool
          returned: always
          sample: true
"""
