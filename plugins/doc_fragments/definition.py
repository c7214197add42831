# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options by which a module chooses the hotfix, and assesses the exposure to its error."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of module documentation, chosen by ``extends_documentation_fragment``."""

    DOCUMENTATION = r"""
options:
  hotfix:
    description: The hotfix, one of the collection's catalogue.
    type: str
    default: KB978918
  definition:
    description:
      - Describes a hotfix that the catalogue does not have. The guide on hotfix definitions shows its fields.
      - The module uses it instead of O(hotfix).
    type: dict
"""

    EXPOSURE = r"""
options:
  exposure:
    description:
      - Whether to assess how much the host is exposed to the error that KB978918 repairs.
    type: bool
    default: false
  exposure_roles:
    description:
      - The roles that count for C(exposure.at_risk).
      - V(session_host), Remote Desktop Services in application-server mode.
      - V(rdp_server), Remote Desktop is on.
      - V(rdp_client), every member of a domain. The article says to install the hotfix on clients too.
    type: list
    elements: str
    choices: [session_host, rdp_server, rdp_client]
    default: [session_host, rdp_server, rdp_client]
"""
