# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation of all modules that work on a Windows host has in common."""

from __future__ import annotations


class ModuleDocFragment:
    """Parts of module documentation, chosen by ``extends_documentation_fragment``."""

    DOCUMENTATION = r"""
options: {}
requirements:
  - On the controller, pywinrm 0.5.0 or newer.
  - The host is reached by C(ansible_connection=winrm).
notes:
  - Nothing runs on the host but what Windows ships. PowerShell is not needed there, so hosts with PowerShell
    2.0 or none can be managed. Set C(gather_facts=false) for every play, as gathering facts needs PowerShell.
  - C(become) has no effect and C(async) is refused.
attributes:
  platform:
    description: Operating systems the module works on.
    support: full
    platforms: windows
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and tell the same.
    support: full
  diff_mode:
    description: Returns what has changed, or would change, in diff mode.
    support: N/A
    details: The module changes nothing.
"""
