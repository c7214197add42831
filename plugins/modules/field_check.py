#!/usr/bin/python
# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module; the code is the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: field_check
short_description: Looks whether a real Windows host behaves as the collection assumes
version_added: 0.1.0
description:
  - Some of what the collection takes for true of Windows 7 and Windows Server 2008 R2 rests on documentation and not
    on a recording of a real host. This module looks at each such assumption on one host, and says which hold, which
    do not, and what follows.
  - It reads, and it sends small harmless files to a folder of its own, C(%SystemRoot%\winfleet.field-check), which it
    removes again. Nothing else is changed. It takes about a minute, DISM being the slowest part.
  - It can write what the host answered to a file, sanitised, as a fixture that the tests of the collection replay.
    Names of the host, its domain and the account, security identifiers, addresses and message identifiers are
    replaced. Passwords and authentication messages are never recorded. Look at the file before you pass it on.
options:
  path:
    description:
      - Where the recordings go, a JSON file on the controller. Missing folders are made.
      - Without it nothing is written.
    type: path
  upload:
    description: Whether files may be sent to the folder of its own. In check mode none are sent.
    type: bool
    default: true
  note:
    description: What the file of recordings says of itself, such as the edition and language of the host.
    type: str
    default: ""
extends_documentation_fragment:
  - winfleet.hotfix.host
attributes:
  check_mode:
    description: Can run in check mode and tell the same.
    support: full
    details: In check mode no files are sent to the host and no recordings are written; the rest is the same.
  diff_mode:
    description: Returns what has changed, or would change, in diff mode.
    support: N/A
    details: The module changes nothing that stays.
seealso:
  - module: winfleet.hotfix.hotfix_info
  - module: winfleet.hotfix.preflight_info
author:
  - The winfleet.hotfix developers (@winfleet)
"""

EXAMPLES = r"""
- name: Look at one host before the fleet is trusted to the collection
  winfleet.hotfix.field_check:
    path: field-check.json
    note: Windows Server 2008 R2 Standard, German, Server Core
  register: answer

- name: Show what was found
  ansible.builtin.debug:
    var: answer.summary
"""

RETURN = r"""
counts:
  description: How many assumptions hold, are wrong, or could not be decided.
  returned: success
  type: dict
  sample: {holds: 29, wrong: 1, undecided: 2}
findings:
  description: What was found, one entry for each assumption.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Name of the assumption, as in the guide on what is verified.
      type: str
    verdict:
      description: V(holds), V(wrong) or V(undecided).
      type: str
    assumed:
      description: What the collection takes for true.
      type: str
    evidence:
      description: What was seen on the host.
      type: str
    matters:
      description: What rests on it.
      type: str
    if_wrong:
      description: What the collection does where it does not hold.
      type: str
  sample:
    - id: zero-rows
      verdict: holds
      assumed: A query that nothing matches is answered without an error, with or without an empty list of items.
      evidence: 0 rows
      matters: A file or a service that is not there has to be told from one that cannot be read.
      if_wrong: The status is unknown, with the host's answer in the reasons.
summary:
  description: The same as lines to print, what does not hold first.
  returned: success
  type: list
  elements: str
  sample:
    - 29 hold, 1 do not, 2 could not be decided
bundle:
  description: The file of recordings.
  returned: when O(path) is given and not in check mode
  type: str
  sample: field-check.json
"""
