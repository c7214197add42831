# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a host is exposed to the error that KB978918 repairs, from its registry."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

SESSION_HOST = "session_host"
RDP_SERVER = "rdp_server"
RDP_CLIENT = "rdp_client"
ROLES = (SESSION_HOST, RDP_SERVER, RDP_CLIENT)

_TERMINAL_SERVER = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"
_LISTENER = _TERMINAL_SERVER + r"\WinStations\RDP-Tcp"
# Group Policy writes here and wins over the two keys above.
_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"
_KERBEROS = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\Kerberos\Parameters"
_KEYS = (_TERMINAL_SERVER, _LISTENER, _POLICY, _KERBEROS)
# Kerberos's limit on Windows 6.1 where MaxTokenSize is not set (KB327825).
_DEFAULT_TOKEN_SIZE = 12000

# In every language, reg.exe starts a key's line with the full name of the hive and prints values as
# "    NAME    REG_DWORD    0x1".
_KEY_LINE = re.compile(r"^HKEY_LOCAL_MACHINE(\\.*?)\s*$", re.IGNORECASE)
# CurrentControlSet is a link; reg.exe may print its name or the name of its target.
_CONTROL_SET = re.compile(r"^\\SYSTEM\\ControlSet\d{3}\\", re.IGNORECASE)
_DWORD_LINE = re.compile(r"^\s+(\S+)\s+REG_DWORD\s+0x([0-9a-f]{1,8})\s*$", re.IGNORECASE)

Values = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Exposure:
    """The ``exposure`` of ``hotfix_info``; None where the host did not answer.

    The host has the roles for certain. Missing evidence counts as a risk. The token size is in bytes.
    """

    roles: list[str]
    nla_required: bool | None
    domain_member: bool | None
    max_token_size: int | None
    at_risk: bool


def not_exposed(domain_member: bool | None, *, at_risk: bool) -> Exposure:
    """Return the exposure of a host that the hotfix is not for; its registry is not read."""
    return Exposure([], None, domain_member, None, at_risk)


def exposure_command() -> str:
    """Return a part of a cmd.exe line that prints the registry values for ``parse_exposure``."""
    # Whole keys: a key that is printed without a value proves that the value is not set.
    return " & ".join(f'reg query "{key}" 2>nul' for key in _KEYS)


def parse_exposure(
    text: str | None, domain_member: bool | None, exposure_roles: Collection[str] = ROLES
) -> Exposure:
    """Return the exposure of a host that the hotfix applies to, where only ``exposure_roles`` count.

    ``text`` is the output of ``exposure_command``; None where it could not run.
    """
    values = _registry_values(text or "")
    deny = _setting(values, "fDenyTSConnections", _POLICY, _TERMINAL_SERVER)
    mode = _setting(values, "TSAppCompat", _TERMINAL_SERVER)
    if mode is None and _key(_TERMINAL_SERVER) in values:
        mode = 0  # the key was read and has no such value, as on clients and plain servers
    authentication = _setting(values, "UserAuthentication", _POLICY, _LISTENER)
    nla_required = None if authentication is None else authentication == 1
    has_role = {
        SESSION_HOST: None if mode is None else mode == 1,
        RDP_SERVER: None if deny is None else deny == 0,
        # The article says to install the hotfix on clients too.
        RDP_CLIENT: domain_member,
    }
    # A server without NLA still offers CredSSP, which clients prefer; only security layer 0 (RDP) rules it
    # out ([MS-RDPBCGR], negotiation). A server that requires NLA does CredSSP whatever its layer.
    layer = _setting(values, "SecurityLayer", _POLICY, _LISTENER)
    no_credssp = nla_required is False and layer == 0
    affected = {role for role in ROLES if role == RDP_CLIENT or not no_credssp}
    at_risk = domain_member is not False and any(
        has_role[role] is not False for role in affected & set(exposure_roles)
    )
    return Exposure(
        roles=[role for role in ROLES if has_role[role]],
        nla_required=nla_required,
        domain_member=domain_member,
        max_token_size=None if text is None else _max_token_size(values),
        at_risk=at_risk,
    )


def _max_token_size(values: Values) -> int:
    size = _setting(values, "MaxTokenSize", _KERBEROS)
    return _DEFAULT_TOKEN_SIZE if size is None else size


def _registry_values(text: str) -> Values:
    """Collect the DWORDs below each key that reg.exe printed; names in lower case."""
    keys: dict[str, dict[str, int]] = {}
    current: dict[str, int] = {}
    for line in text.splitlines():
        if found := _KEY_LINE.match(line):
            key = _CONTROL_SET.sub(r"\\SYSTEM\\CurrentControlSet\\", found.group(1))
            current = keys.setdefault(key.lower(), {})
        elif found := _DWORD_LINE.match(line):
            current[found.group(1).lower()] = int(found.group(2), 16)
    return keys


def _setting(values: Values, name: str, *keys: str) -> int | None:
    """Return a value from the first of the keys that has it."""
    found = (values.get(_key(key), {}).get(name.lower()) for key in keys)
    return next((value for value in found if value is not None), None)


def _key(key: str) -> str:
    return key.removeprefix("HKLM").lower()
