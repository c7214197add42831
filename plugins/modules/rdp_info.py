#!/usr/bin/python
# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module; the code is the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rdp_info
short_description: Returns what a host's Remote Desktop port says to anyone
version_added: 0.1.0
description:
  - Asks the Remote Desktop port of a host whether it requires Network Level Authentication (NLA), which protocols and
    which certificate it has, and which Windows it says it is.
  - Runs on the controller. It needs neither WinRM nor an account on the host, and sends no credentials. Use it for
    hosts that do not answer by WinRM, and to compare a host with what WMI says of it.
  - The result is evidence, and never a verdict. Servers other than Windows answer too, and the specification says that
    the version is for debugging only.
  - Never fails for what a server answers, or does not answer. What was not seen is V(null), and RV(evidence) says why.
options:
  host:
    description: Name or address of the host, of IPv4 or IPv6.
    type: str
    required: true
  port:
    description: Port of Remote Desktop.
    type: int
    default: 3389
  timeout:
    description: Seconds for the whole probe, from 0.1 to 300. A single step gets at most half of them.
    type: float
    default: 3
extends_documentation_fragment:
  - winfleet.hotfix.host.info
notes:
  - The module opens up to three connections, one after the other, and ends each before anyone logs on. Intrusion
    detection can take that for scanning, and Windows logs the connections. Ask whoever watches the network first.
  - It accepts any certificate and any version of TLS, because it sends nothing that is secret.
  - It connects directly, never through a proxy.
seealso:
  - module: winfleet.hotfix.os_info
  - module: winfleet.hotfix.hotfix_info
author:
  - The winfleet.hotfix developers (@winfleet)
"""

EXAMPLES = r"""
- name: Look from outside at hosts that do not answer by WinRM
  hosts: windows
  gather_facts: false
  tasks:
    - name: Ask the Remote Desktop port
      winfleet.hotfix.rdp_info:
        host: "{{ ansible_host | default(inventory_hostname) }}"
      register: seen

    - name: Show the hosts that require NLA
      ansible.builtin.debug:
        msg: "{{ inventory_hostname }} requires NLA, build {{ (seen.system or {}).build }}"
      when: seen.nla == 'required'
"""

RETURN = r"""
listening:
  description:
    - Whether the port takes connections. V(false) only if the host refuses them.
    - V(null) if nothing answered, or the name of the host is not known.
  returned: success
  type: bool
  sample: true
negotiation:
  description:
    - Whether the server negotiates its security, as Windows does since 2003.
    - V(null) if what answers does not speak RDP, or nothing does.
  returned: success
  type: bool
  sample: true
nla:
  description:
    - V(required) means that the server accepts CredSSP only, and V(offered) that it accepts something else too.
    - V(off) means that it does not accept CredSSP.
    - V(unknown) means that it did not answer everything that this takes.
  returned: success
  type: str
  sample: required
security_protocols:
  description: Whether the server accepts each protocol. V(null) if it was not seen.
  returned: success
  type: dict
  contains:
    rdp:
      description: RDP's own security, which Windows calls security layer 0.
      type: bool
      returned: always
      sample: false
    tls:
      description: TLS without NLA.
      type: bool
      returned: always
      sample: false
    credssp:
      description: CredSSP, which is NLA.
      type: bool
      returned: always
      sample: true
tls:
  description: The TLS connection that the server made, and its certificate. V(null) if it made none.
  returned: success
  type: dict
  contains:
    version:
      description: The version of TLS. Windows 6.1 as shipped offers only V(TLSv1).
      type: str
      returned: always
      sample: TLSv1
    subject:
      description: Whom the certificate is for.
      type: str
      returned: always
      sample: CN=rdsh-07.corp.example
    issuer:
      description: Who issued the certificate.
      type: str
      returned: always
      sample: CN=rdsh-07.corp.example
    not_after:
      description: When the certificate expires, ISO 8601 in UTC.
      type: str
      returned: always
      sample: '2027-02-11T08:15:00+00:00'
    sha256:
      description: SHA-256 of the certificate.
      type: str
      returned: always
      sample: 5bcda8ca879cdab3bc6d790a9e6e4e5891ca68190e891389d1b255781c2433d6
system:
  description: What the server says of itself before anyone logs on. V(null) if it does not offer NLA, or says nothing.
  returned: success
  type: dict
  contains:
    version:
      description: The version of Windows.
      type: str
      returned: always
      sample: '6.1'
    build:
      description: The build of Windows. Servers other than Windows often give V(7601) too.
      type: int
      returned: always
      sample: 7600
    names:
      description: The computer's names, C(netbios) and C(dns).
      type: dict
      returned: always
      sample: {netbios: RDSH-07, dns: rdsh-07.corp.example}
    domain:
      description: The domain's names, C(netbios) and C(dns). Outside of a domain they are those of the computer.
      type: dict
      returned: always
      sample: {netbios: CORP, dns: corp.example}
    time:
      description: The clock of the host, ISO 8601 in UTC.
      type: str
      returned: always
      sample: '2026-11-20T08:30:02+00:00'
credssp_version:
  description:
    - The version of CredSSP. V(2) was the version before the updates for CVE-2018-0886, V(5) and V(6) came with them.
    - A host that has these updates has files far newer than those of KB978918.
  returned: success
  type: int
  sample: 2
evidence:
  description: A sentence for each step of the probe, which says what was asked and what came of it.
  returned: success
  type: list
  elements: str
  sample:
    - 'Asked for CredSSP or TLS: it selected CredSSP.'
    - 'Asked for TLS: it refused: CredSSP, and so NLA, is required (failure 5).'
"""
