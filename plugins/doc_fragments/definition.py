# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options by which a module chooses the hotfix."""

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
