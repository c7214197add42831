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
  - Does the work of the lookup P(winfleet.hotfix.token_size#lookup) for any number of users. It streams them
    to the files and holds them neither in memory nor in variables.
  - Runs on the controller and connects to no host. Use it in a play on C(localhost).
  - Completes all files before it replaces the first one. If it cannot read the directory, the earlier report
    stays.
options:
  sources:
    description:
      - URLs (C(ldap://SERVER), C(ldaps://SERVER)) and export files (C(.ldif), C(.csv), C(.json)), as for the lookup
        P(winfleet.hotfix.token_size#lookup). Several sources are read as one.
    type: list
    elements: str
    required: true
  fleet_report:
    description:
      - Path of the JSON file that M(winfleet.hotfix.report) wrote. The page then shows the users near the limit
        together with the hosts without the fix.
    type: path
extends_documentation_fragment:
  - winfleet.hotfix.token_options
  - winfleet.hotfix.report_files
attributes:
  check_mode:
    support: full
    description: Reads the directory, returns whether the report would change, and writes nothing.
  diff_mode:
    support: none
    description: Shows the files before and after.
notes:
  - The module warns about attributes that it may not read and memberships that name missing objects. The report
    repeats these warnings. The sizes of the users concerned are lower bounds.
  - A user whom several sources show counts once, as the first source shows it, with a warning.
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
  description: The number of users, in total and by status. C(too_many_sids) counts users with more than 1,010 SIDs.
  returned: success
  type: dict
  sample: {users: 20000, ok: 19936, near: 41, over: 23, too_many_sids: 2}
top_groups:
  description: The direct memberships whose removal would save most, with the bytes saved over all flagged users.
  returned: success
  type: list
  elements: dict
  sample:
    - dn: CN=ACL-Everything,OU=Groups,DC=corp,DC=example,DC=com
      bytes: 41840
      users: 52
"""
