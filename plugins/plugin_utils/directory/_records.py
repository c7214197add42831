# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: what the readers deliver, one record an object, whatever the source."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.winfleet.hotfix.plugins.plugin_utils.directory._model import NameBytes
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.directory._names import Dn
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.directory._sid import Sid

SECURITY_ENABLED = 0x80000000
SCOPE_GLOBAL, SCOPE_DOMAIN_LOCAL, SCOPE_UNIVERSAL = 2, 4, 8
"""Bits of groupType, [MS-ADTS] 2.2.12."""


class GroupRecord(NamedTuple):
    """A group; ``group_type`` is unsigned."""

    dn: Dn
    sid: Sid
    group_type: int
    sid_history: tuple[Sid, ...] = ()
    member: tuple[Dn, ...] | list[Dn] = ()
    member_of: tuple[Dn, ...] | list[Dn] = ()


class ForeignPrincipalRecord(NamedTuple):
    """Stands in a domain's groups for an account or group of a trusted domain."""

    dn: Dn
    sid: Sid
    member_of: tuple[Dn, ...] | list[Dn] = ()


class UserRecord(NamedTuple):
    """A user; ``primary_group_id`` is None where the source does not show it."""

    dn: Dn
    account: str
    sid: Sid
    primary_group_id: int | None
    names: NameBytes
    sid_history: tuple[Sid, ...] = ()
    member_of: tuple[Dn, ...] | list[Dn] = ()
    principal_name: str = ""
