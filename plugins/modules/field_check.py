#!/usr/bin/python
# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module; the code is the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: field_check
short_description: Checks whether a real Windows host behaves as the collection assumes
version_added: 0.1.0
description:
  - The collection makes assumptions about Windows 7 and Windows Server 2008 R2. Some rest on documentation, not on a
    recording of a real host. This module checks each of these on one host, and says which hold, which do not, and
    what follows.
  - It reads, and it sends small harmless files to a folder of its own, C(%SystemRoot%\winfleet.field-check), which it
    removes again. It changes nothing else. It takes about a minute; DISM is the slowest part.
  - It can write the host's answers to a file, sanitised, as a fixture that the collection's tests replay. It replaces
    the names of the host, its domain and the account, security identifiers, addresses and message identifiers. It
    never records passwords or authentication messages. Read the file before you pass it on.
  - It checks Windows, not a hotfix. The assessment among its recordings is always that of KB978918, because the
    tests that replay it know only hotfixes that the collection ships.
options:
  path:
    description:
      - The JSON file on the controller that gets the recordings. The module creates missing folders.
      - If not given, the module writes nothing.
    type: path
  upload:
    description: Whether to send files to the folder on the host. In check mode the module sends none.
    type: bool
    default: true
  note:
    description: A note for the file of recordings, such as the edition and language of the host.
    type: str
    default: ""
extends_documentation_fragment:
  - winfleet.hotfix.host
attributes:
  check_mode:
    description: Runs in check mode and returns the same.
    support: full
    details: In check mode the module sends no files to the host and writes no recordings; the rest is the same.
  diff_mode:
    description: Returns what has changed, or would change, in diff mode.
    support: N/A
    details: The module leaves nothing changed.
seealso:
  - module: winfleet.hotfix.hotfix_info
  - module: winfleet.hotfix.preflight_info
author:
  - The winfleet.hotfix developers (@winfleet)
"""

EXAMPLES = r"""
- name: Check one host before you trust the fleet to the collection
  winfleet.hotfix.field_check:
    path: field-check.json
    note: Windows Server 2008 R2 Standard, German, Server Core
  register: answer

- name: Show the findings
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
  description: The findings, one entry for each assumption.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Name of the assumption; the guide on what is verified lists them.
      type: str
    verdict:
      description: V(holds), V(wrong) or V(undecided).
      type: str
    assumed:
      description: The assumption.
      type: str
    evidence:
      description: What the host showed.
      type: str
    matters:
      description: What depends on it.
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
  description: The same as lines to print, the wrong assumptions first.
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
