#!/usr/bin/python
# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module; the code is the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: token_report
short_description: Writes who is near the token limit as JSON, CSV and HTML
version_added: 0.1.0
description:
  - Sizes the security tokens of all users of a directory, or of an export of it, and writes them to files.
  - Does what the lookup P(winfleet.hotfix.token_size#lookup) does for any number of users. They stream
    through to the files and are not held in memory or in variables.
  - Runs on the controller and connects to no host. Use it in a play on C(localhost).
  - All files are complete before the first one is replaced. If the directory cannot be read, the earlier report
    stays.
options:
  sources:
    description:
      - URLs (C(ldap://SERVER), C(ldaps://SERVER)) and export files (C(.ldif), C(.csv), C(.json)), as for the lookup
        P(winfleet.hotfix.token_size#lookup). Several are read as one.
    type: list
    elements: str
    required: true
  path:
    description:
      - Where the report goes, each format under its own suffix. V(reports/tokens), V(reports/tokens.json) and
        V(reports/tokens.html) all mean C(reports/tokens.json), C(reports/tokens.csv) and C(reports/tokens.html).
      - In a folder that exists the files are named C(token-report).
      - A relative path starts at the folder of the playbook. Folders that are missing are created.
    type: path
    required: true
  formats:
    description: What to write.
    type: list
    elements: str
    choices: [json, csv, html]
    default: [json, csv, html]
  include:
    description:
      - The users in the JSON and CSV files. V(flagged) are those near or over the limit, or in more than 1,010
        groups; V(all) is everyone. Flagged users come first, largest first.
      - The counts, the distribution and the page are of all users in either case.
    type: str
    choices: [flagged, all]
    default: flagged
  fleet_report:
    description:
      - Path of the JSON file that M(winfleet.hotfix.report) wrote. The page then shows the users near the limit
        against the hosts without the fix.
    type: path
  limit:
    description: Bytes that a token may have.
    type: int
    default: 16384
  warn_percent:
    description: From this share of O(limit) on a user is C(near).
    type: float
    default: 80
  kdc:
    description:
      - The version of the domain controllers. Up to V(2008r2) a domain-local group costs 40 bytes, from V(2012)
        on 8.
    type: str
    choices: ['2008r2', '2012']
    default: '2008r2'
  resource_sid_compression:
    description:
      - Whether domain controllers from 2012 on compress the SIDs of domain-local groups.
      - Of no effect with O(kdc=2008r2).
    type: bool
    default: true
  delegation:
    description: Size tokens for services that are trusted for unconstrained delegation, which doubles them.
    type: bool
    default: false
  base:
    description:
      - DN below which to search. The default is the server's own domain.
      - It holds for all LDAP sources. Leave it out to read several domains.
      - Taken from E(WINFLEET_LDAP_BASE) if not given.
    type: str
  bind_dn:
    description:
      - Account for a simple bind, as DN, C(user@domain) or C(DOMAIN\user). An ordinary user is enough.
      - Taken from E(WINFLEET_LDAP_BIND_DN) if not given.
    type: str
  bind_password:
    description:
      - Password of O(bind_dn). It is never shown.
      - Taken from E(WINFLEET_LDAP_BIND_PASSWORD) if not given.
    type: str
  auth:
    description:
      - V(simple) sends O(bind_dn) and O(bind_password), over TLS only.
      - V(gssapi) uses the Kerberos ticket cache; without TLS the traffic is sealed.
      - Taken from E(WINFLEET_LDAP_AUTH) if not given.
    type: str
    choices: [simple, gssapi]
    default: simple
  start_tls:
    description:
      - Turn on TLS over C(ldap://).
      - Taken from E(WINFLEET_LDAP_START_TLS) if not given.
    type: bool
    default: false
  ca_path:
    description:
      - PEM file of the certificate authority. The default are the authorities of the system.
      - Taken from E(WINFLEET_LDAP_CA_PATH) if not given.
    type: path
  validate_certs:
    description:
      - Whether the server's certificate must be valid for its name.
      - Taken from E(WINFLEET_LDAP_VALIDATE_CERTS) if not given.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait for a connection and for each answer.
      - Taken from E(WINFLEET_LDAP_TIMEOUT) if not given.
    type: float
    default: 30
attributes:
  check_mode:
    support: full
    description: Reads the directory, tells whether the report would change, and writes nothing.
  diff_mode:
    support: none
    description: Shows the files before and after.
  connection:
    support: none
    description: Whether the module needs a connection to the host.
notes:
  - The time of the report alone is no change.
  - What may not be read, or points at nothing, is a warning that names objects, and stands in the report. The
    sizes of those users are lower bounds.
  - CSV is UTF-8 with a byte-order mark, for spreadsheets; cells that would start a formula get an apostrophe.
  - The HTML page needs no network, loads nothing and sends nothing. It lists the 2,000 largest flagged users.
seealso:
  - plugin: winfleet.hotfix.token_size
    plugin_type: lookup
  - module: winfleet.hotfix.report
author:
  - The winfleet.hotfix developers (@winfleet)
"""

EXAMPLES = r"""
- name: Who is near the limit
  hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: Report from a live directory, with the credential from the environment
      winfleet.hotfix.token_report:
        sources: ldaps://dc1.corp.example.com
        ca_path: /etc/pki/corp-ca.pem
        kdc: '2012'
        path: reports/tokens
        fleet_report: reports/assess.json

    - name: Report from an export, every user
      winfleet.hotfix.token_report:
        sources: [users.json, groups.json]
        include: all
        path: reports/tokens
"""

RETURN = r"""
files:
  description: The path of each file, by format.
  returned: success
  type: dict
  sample:
    json: /srv/reports/tokens.json
    html: /srv/reports/tokens.html
counts:
  description: Users in all and by status. C(too_many_sids) are those beyond 1,010 SIDs.
  returned: success
  type: dict
  sample: {users: 20000, ok: 19936, near: 41, over: 23, too_many_sids: 2}
top_groups:
  description: The direct memberships of flagged users whose removal would save most, in bytes over all of them.
  returned: success
  type: list
  elements: dict
  sample:
    - dn: CN=ACL-Everything,OU=Groups,DC=corp,DC=example,DC=com
      bytes: 41840
      users: 52
"""
