#!/usr/bin/python
# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module; the code is the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hotfix_info
short_description: Assesses where a Windows host stands with a hotfix
version_added: 0.1.0
description:
  - Finds out whether a host has a hotfix, lacks it, or waits for the restart that completes it, with the reasons and
    the evidence. Reads everything in one task over one connection and changes nothing.
  - The versions of the hotfix's files and the state of its package in servicing decide the status, not the list of
    installed updates. A host is V(compliant) only if the files prove it.
  - A host gets the first of the following statuses that applies.
  - V(not_applicable), the hotfix is for another version of Windows, another architecture or a later service pack.
  - V(unknown), some evidence could not be read. The reasons name it.
  - V(restart_pending), the next restart installs or removes the package.
  - V(inconsistent), the package is installed but a file is older, a component is only partly fixed, or native files
    are missing.
  - V(vulnerable), a file is older than the hotfix's.
  - V(compliant), all files are the hotfix's or newer.
options:
  probe_rdp:
    description:
      - Whether to ask the Remote Desktop port too what it says to anyone, from the controller and without an account.
        The port is the one that the registry names with O(exposure=true), otherwise 3389.
    type: bool
    default: false
extends_documentation_fragment:
  - winfleet.hotfix.host
  - winfleet.hotfix.host.info
  - winfleet.hotfix.definition
  - winfleet.hotfix.definition.exposure
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
    - name: Find out which hosts lack the hotfix
      winfleet.hotfix.hotfix_info:
        exposure: true
      register: assessment

    - name: Show status and reasons
      ansible.builtin.debug:
        msg: "{{ assessment.hotfix_info.status }}: {{ assessment.hotfix_info.reasons | join(' ') }}"

    - name: Count only hosts that others connect to
      winfleet.hotfix.hotfix_info:
        exposure: true
        exposure_roles: [session_host, rdp_server]
      register: assessment

    - name: Look for another hotfix, by a definition of your own
      winfleet.hotfix.hotfix_info:
        definition: "{{ lookup('ansible.builtin.file', 'KB2545698.yml') | from_yaml }}"
      register: assessment
"""

RETURN = r"""
rdp:
  description:
    - The C(port) and what M(winfleet.hotfix.rdp_info) returns for it, or a C(msg) if it could not be probed. It has no
      effect on the status.
  returned: if O(probe_rdp=true)
  type: dict
hotfix_info:
  description: The assessment. A value that could not be read is V(null).
  returned: success
  type: dict
  contains:
    hotfix:
      description: The hotfix.
      type: str
      sample: KB978918
    status:
      description: V(not_applicable), V(unknown), V(restart_pending), V(inconsistent), V(vulnerable) or V(compliant).
      type: str
      sample: vulnerable
    by:
      description:
        - What makes a host V(compliant). V(hotfix), or V(newer) if a file is newer than the hotfix's.
        - V(null) with any other status.
      type: str
      sample: hotfix
    applicable:
      description: Whether the hotfix is for this version of Windows and this architecture.
      type: bool
      sample: true
    sibling:
      description:
        - The hotfix that repairs the same error on this version of Windows. Somebody has to install it by hand.
        - V(null) if the hotfix is for this version, or if no such hotfix is known.
      type: str
      sample: KB975943
    service_pack_needed:
      description:
        - The service pack that the host needs before the hotfix can be installed, for instance 1. The host is
          V(not_applicable) until then, and not proven.
        - V(null) if it needs none.
      type: int
      sample: null
    reasons:
      description: The reasons for the status, in sentences.
      type: list
      elements: str
      sample:
        - C:\Windows\System32\Credssp.dll has 6.1.7600.16385 (RTM), older than 6.1.7600.20618.
    os:
      description: The operating system, with the fields of RV(winfleet.hotfix.os_info#module:os).
      type: dict
      sample: {product: Windows Server 2008 R2, version: 6.1.7600, architecture: x64}
    package_architecture:
      description: The architecture of the package that fits, V(x86), V(x64) or V(ia64); V(null) if none fits.
      type: str
      sample: x64
    files:
      description: The files that the hotfix installs on this host; empty if the hotfix is not for it.
      type: list
      elements: dict
      contains:
        path:
          description: Where the file is, or would be.
          type: str
          sample: C:\Windows\System32\Credssp.dll
        platform:
          description: The architecture that the file is built for.
          type: str
          sample: x64
        component:
          description: The component that installs it.
          type: str
          sample: security-credssp
        deciding:
          description: Whether the status depends on it. Files that the hotfix installs unchanged do not decide.
          type: bool
          sample: true
        expected_version:
          description:
            - The hotfix's version for the build of the host and the branch of the file.
            - V(null) for a file without a version.
          type: str
          sample: 6.1.7600.20618
        version:
          description: Version on the host.
          type: str
          sample: 6.1.7600.16385
        expected_size:
          description: Size in bytes of the hotfix's file.
          type: int
          sample: 22016
        size:
          description: Size in bytes on the host.
          type: int
          sample: 20992
        state:
          description:
            - V(fixed), it has the hotfix's version; or it exists and has no version.
            - V(newer), it has a later version of the same branch, or that of a later service pack.
            - V(older), it has an earlier version, or a version of a branch in which the hotfix does not exist.
            - V(missing), it does not exist, although its component does.
            - V(absent), neither it nor its component exists, such as WOW64 on some installations of Server Core. It
              does not decide.
            - V(unreadable), its version could not be read.
            - V(undecided), it was read, but nothing in the definition fits its build and branch. The status of the host
              is then V(unknown).
          type: str
          sample: older
    manifests:
      description: The manifests that the hotfix adds to the component store. They do not decide.
      type: dict
      contains:
        expected:
          description: How many the hotfix adds.
          type: int
          sample: 5
        present:
          description: How many exist on the host.
          type: int
          sample: 0
        missing:
          description: Names of those that do not.
          type: list
          elements: str
          sample: []
    servicing:
      description: What Windows itself says about the hotfix.
      type: dict
      contains:
        packages:
          description: Its packages in servicing.
          type: list
          elements: dict
          contains:
            identity:
              description: Name of the package.
              type: str
              sample: Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0
            state:
              description:
                - Its state, in the words of C(dism /english /get-packages).
                - It begins with C(Invalid) if servicing calls the package broken, and with C(Unknown) if the state could
                  not be read or is not documented. The status of the host is then V(unknown).
              type: str
              sample: Installed
        quick_fix_engineering:
          description: Whether Windows lists it among the installed updates. This does not decide.
          type: bool
          sample: true
    restart:
      description: Whether a restart is needed or planned.
      type: dict
      contains:
        pending_for_hotfix:
          description: Whether this hotfix waits for a restart.
          type: bool
          sample: false
        pending_any:
          description:
            - Whether servicing or Windows Update waits for a restart for any reason.
            - V(null) if no sign of it was found and the host did not show all of them.
          type: bool
          sample: false
        sources:
          description:
            - The registry keys and values that say so. V(PendingFileRenameOperations) alone is not a reason to restart,
              because many hosts always have it.
          type: list
          elements: str
          sample: []
        scheduled_for:
          description:
            - When the host restarts, as M(winfleet.hotfix.restart) scheduled it, ISO 8601. Without an offset it is the
              host's local time.
            - V(null) if no such restart lies ahead.
          type: str
          sample: '2026-11-21T03:00:00'
        missed_at:
          description:
            - When a restart that M(winfleet.hotfix.restart) scheduled was missed, because the host was off, or somebody
              refused or cancelled it. V(null) if none was.
          type: str
          sample: null
        unread:
          description:
            - What of this the host did not show, in sentences. The values concerned are V(null), or a list is not
              complete. The sentences are in RV(hotfix_info.reasons) too.
          type: list
          elements: str
          sample: []
    last_attempt:
      description: How the last installation by M(winfleet.hotfix.hotfix) ended, V(null) if there was none, or it is not known.
      type: dict
      contains:
        time:
          description: When it began, ISO 8601.
          type: str
          sample: '2026-11-20T09:14:05+01:00'
        exit_code:
          description: Exit code of DISM, or of the step before it that failed.
          type: int
          sample: 3010
        outcome:
          description:
            - V(installed), V(pending) until the restart, V(rolled_back) if Windows undid it at the restart, or V(failed).
          type: str
          sample: pending
    exposure:
      description: How much the host is exposed, V(null) unless O(exposure=true).
      type: dict
      contains:
        roles:
          description: The roles that the host has for certain, of V(session_host), V(rdp_server) and V(rdp_client).
          type: list
          elements: str
          sample: [rdp_server, rdp_client]
        nla_required:
          description: Whether Remote Desktop requires Network Level Authentication, by Group Policy or by its setting.
          type: bool
          sample: true
        rdp_port:
          description: The port of Remote Desktop, from the registry. V(null) if the host did not show it.
          type: int
          sample: 3389
        domain_member:
          description: Whether the host is a member of a domain.
          type: bool
          sample: true
        max_token_size:
          description:
            - Size in bytes of the largest Kerberos token that the host accepts.
            - V(null) if neither C(reg.exe) nor C(StdRegProv) shows it.
          type: int
          sample: 12000
        at_risk:
          description:
            - Whether the error can occur here, on a member of a domain that has one of O(exposure_roles). Only
              V(rdp_client) counts where the server neither requires Network Level Authentication nor offers it
              (SecurityLayer is 0).
            - A host whose evidence could not be read counts as at risk.
          type: bool
          sample: true
current_run:
  description: The run of M(winfleet.hotfix.hotfix) whose task or script is on the host, V(null) if there is none.
  type: dict
  returned: success
  contains:
    action:
      description: What it does, V(install), V(download) or V(remove), V(null) if the host does not show it.
      type: str
      sample: install
    state:
      description:
        - V(at_work) while its task is running. V(ended) if it has left its result and nobody has tidied up.
        - V(unfinished) if it is neither. V(unknown), with a reason, if the host does not show whether its task runs.
      type: str
      sample: at_work
"""
