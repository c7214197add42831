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
  fleet_report:
    description:
      - Path of the JSON file that M(winfleet.hotfix.report) wrote. The page then shows the users near the limit
        against the hosts without the fix.
    type: path
extends_documentation_fragment:
  - winfleet.hotfix.token_options
  - winfleet.hotfix.report_files
attributes:
  check_mode:
    support: full
    description: Reads the directory, tells whether the report would change, and writes nothing.
  diff_mode:
    support: none
    description: Shows the files before and after.
notes:
  - What may not be read, or points at nothing, is a warning that names objects, and stands in the report. The
    sizes of those users are lower bounds.
  - O(include) decides which users are in the JSON and CSV files, the flagged ones first, largest first. The counts,
    the distribution and the page cover all users in either case. The page lists the 2,000 largest flagged users.
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
