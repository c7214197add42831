# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a host is exposed to the error that KB978918 repairs, from its registry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .._windows.registry_keys import KeyContent, keys_command

SESSION_HOST = "session_host"
RDP_SERVER = "rdp_server"
RDP_CLIENT = "rdp_client"
ROLES = (SESSION_HOST, RDP_SERVER, RDP_CLIENT)

_TERMINAL_SERVER = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"
_LISTENER = _TERMINAL_SERVER + r"\WinStations\RDP-Tcp"
# Group Policy writes here and wins over the two keys above.
_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"
_KERBEROS = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\Kerberos\Parameters"
# The values that are read of each key.
EXPOSURE_KEYS: Mapping[str, tuple[str, ...]] = {
    _TERMINAL_SERVER: ("fDenyTSConnections", "TSAppCompat"),
    _LISTENER: ("UserAuthentication", "SecurityLayer", "PortNumber"),
    _POLICY: ("fDenyTSConnections", "UserAuthentication", "SecurityLayer"),
    _KERBEROS: ("MaxTokenSize",),
}
# Kerberos's limit on Windows 6.1 where MaxTokenSize is not set (KB327825).
_DEFAULT_TOKEN_SIZE = 12000

Keys = Mapping[str, KeyContent]


@dataclass(frozen=True)
class Exposure:
    """The ``exposure`` of ``hotfix_info``; None where the host did not answer.

    The host has the roles for certain. Missing evidence counts as a risk. The token size is in bytes.
    """

    roles: list[str]
    nla_required: bool | None
    rdp_port: int | None
    domain_member: bool | None
    max_token_size: int | None
    at_risk: bool


def not_exposed(domain_member: bool | None, *, at_risk: bool) -> Exposure:
    """Return the exposure of a host that the hotfix is not for; its registry is not read."""
    return Exposure([], None, None, domain_member, None, at_risk)


def exposure_command() -> str:
    """Return a part of a cmd.exe line that prints the keys that ``exposure_of`` needs, for ``read_keys``."""
    return keys_command(EXPOSURE_KEYS)


def exposure_of(keys: Keys, domain_member: bool | None, exposure_roles: Collection[str] = ROLES) -> Exposure:
    """Return the exposure of a host that the hotfix applies to, where only ``exposure_roles`` count.

    ``keys`` are those of ``EXPOSURE_KEYS`` that the host showed.
    """
    deny = _setting(keys, "fDenyTSConnections", _POLICY, _TERMINAL_SERVER)
    # Clients and plain servers do not set it.
    mode = _setting(keys, "TSAppCompat", _TERMINAL_SERVER, unset=0)
    authentication = _setting(keys, "UserAuthentication", _POLICY, _LISTENER)
    nla_required = None if authentication is None else authentication == 1
    has_role = {
        SESSION_HOST: None if mode is None else mode == 1,
        RDP_SERVER: None if deny is None else deny == 0,
        # The article says to install the hotfix on clients too.
        RDP_CLIENT: domain_member,
    }
    # A server without NLA still offers CredSSP, which clients prefer; only security layer 0 (RDP) rules it
    # out ([MS-RDPBCGR], negotiation). A server that requires NLA does CredSSP whatever its layer.
    layer = _setting(keys, "SecurityLayer", _POLICY, _LISTENER)
    no_credssp = nla_required is False and layer == 0
    affected = {role for role in ROLES if role == RDP_CLIENT or not no_credssp}
    at_risk = domain_member is not False and any(
        has_role[role] is not False for role in affected & set(exposure_roles)
    )
    return Exposure(
        roles=[role for role in ROLES if has_role[role]],
        nla_required=nla_required,
        rdp_port=_setting(keys, "PortNumber", _LISTENER),
        domain_member=domain_member,
        max_token_size=_setting(keys, "MaxTokenSize", _KERBEROS, unset=_DEFAULT_TOKEN_SIZE),
        at_risk=at_risk,
    )


def _setting(keys: Keys, name: str, *places: str, unset: int | None = None) -> int | None:
    """Return a value from the first of the places that has it, ``unset`` if none has it.

    A place that the host did not show may have it, so the value is then unknown (None).
    """
    for place in places:
        if place not in keys:
            return None
        if (value := keys[place].dwords.get(name.lower())) is not None:
            return value
    return unset
