# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation that all modules working on a Windows host share."""

from __future__ import annotations


class ModuleDocFragment:
    """Parts of module documentation, chosen by ``extends_documentation_fragment``."""

    DOCUMENTATION = r"""
options: {}
requirements:
  - On the controller, pywinrm 0.5.0 or newer.
  - Ansible reaches the host by the connection plugin P(ansible.builtin.winrm#connection).
notes:
  - The module runs only what Windows ships. It does not need PowerShell, so it also manages hosts with
    PowerShell 2.0 or none. Set C(gather_facts=false) in every play, because gathering facts needs PowerShell.
  - C(become) has no effect, and the module refuses C(async).
attributes:
  platform:
    description: Operating systems that the module works on.
    support: full
    platforms: windows
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Runs in check mode and returns the same.
    support: full
  diff_mode:
    description: Returns what has changed, or would change, in diff mode.
    support: N/A
    details: The module changes nothing.
"""
