# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation shared by the modules that write a report on the controller."""

from __future__ import annotations


class ModuleDocFragment:
    """Parts of module documentation, chosen by ``extends_documentation_fragment``."""

    DOCUMENTATION = r"""
options:
  path:
    description:
      - Where the report goes. V(reports/june), V(reports/june.json) and V(reports/june.html) all mean the
        files C(reports/june.json), C(reports/june.csv) and C(reports/june.html).
      - In an existing folder the files are named C(fleet-report) (M(winfleet.hotfix.report)) or
        C(token-report) (M(winfleet.hotfix.token_report)).
      - A relative path starts at the playbook's folder. The module creates missing folders.
    type: path
    required: true
  formats:
    description: The formats to write.
    type: list
    elements: str
    choices: [json, csv, html]
    default: [json, csv, html]
attributes:
  connection:
    support: none
    description: Whether the module needs a connection to the host.
notes:
  - A new time alone is not a change.
  - CSV is UTF-8 with a byte-order mark, for spreadsheets. A cell that would start a formula gets an
    apostrophe.
  - The HTML page needs no network, loads nothing and sends nothing.
"""
