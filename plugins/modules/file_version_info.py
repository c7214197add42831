#!/usr/bin/python
# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the module; the code is the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: file_version_info
short_description: Returns the versions of files on a Windows host
version_added: 0.1.0
description:
  - Returns for each path whether the file exists, with its version, size and last change, from WMI.
  - Asks for all files at once, by their full names. Wildcards and directories are not supported.
options:
  paths:
    description:
      - Full paths of files on local fixed disks of the host, because WMI's C(CIM_DataFile) has no others. A path on
        a network share, a CD or a drive that does not exist is an error, not a missing file.
      - The host replaces environment variables such as V(%SystemRoot%) by their values for the account that Ansible
        uses. An unset variable is an error.
      - There is no redirection on 64-bit Windows. V(%SystemRoot%\\System32) holds the native files, and
        V(%SystemRoot%\\SysWOW64) the files for 32-bit programs.
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - winfleet.hotfix.host
  - winfleet.hotfix.host.info
seealso:
  - module: winfleet.hotfix.hotfix_info
author:
  - The winfleet.hotfix developers (@winfleet)
"""

EXAMPLES = r"""
- name: Look at the files of CredSSP
  winfleet.hotfix.file_version_info:
    paths:
      - '%SystemRoot%\System32\credssp.dll'
      - '%SystemRoot%\System32\tspkg.dll'
  register: credssp

- name: Stop where credssp.dll is older than Service Pack 1
  ansible.builtin.assert:
    that:
      - credssp.files[0].exists
      - credssp.files[0].version is version('6.1.7601.17514', '>=')
"""

RETURN = r"""
files:
  description: One entry for each path, in the order of O(paths).
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The path, with variables replaced.
      type: str
      returned: always
      sample: C:\Windows\System32\credssp.dll
    exists:
      description: Whether the file exists.
      type: bool
      returned: always
      sample: true
    version:
      description:
        - The four numbers of its version resource.
        - V(null) if the file has none or does not exist.
      type: str
      returned: always
      sample: 6.1.7600.16385
    size:
      description: Its size in bytes. V(null) if it does not exist.
      type: int
      returned: always
      sample: 20992
    modified:
      description: When the file last changed, ISO 8601 with offset. V(null) if it does not exist.
      type: str
      returned: always
      sample: '2009-07-14T01:40:24+00:00'
"""
