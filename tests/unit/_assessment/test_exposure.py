# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exposure: roles from the registry, and who is at risk."""

from __future__ import annotations

import itertools
from dataclasses import asdict

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment.exposure import (
    ROLES,
    exposure_command,
    parse_exposure,
)

TERMINAL_SERVER = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server"
LISTENER = TERMINAL_SERVER + r"\WinStations\RDP-Tcp"
POLICY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"
KERBEROS = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Lsa\Kerberos\Parameters"


def printed(**keys):
    """What reg.exe prints: keys by their short names, each with its DWORDs."""
    names = {"server": TERMINAL_SERVER, "listener": LISTENER, "policy": POLICY, "kerberos": KERBEROS}
    blocks = [
        f"\r\n{names[key]}\r\n"
        + "".join(f"    {name}    REG_DWORD    {value:#x}\r\n" for name, value in values.items())
        for key, values in keys.items()
    ]
    # Values of other types, and names of subkeys, stand in between.
    return (
        "".join(blocks) + f"    ProductVersion    REG_SZ    5.1\r\n\r\n{TERMINAL_SERVER}\\ClusterSettings\r\n"
    )


def host(deny=0, mode=0, nla=1, layer=2, **more):
    server = {"fDenyTSConnections": deny, **({} if mode is None else {"TSAppCompat": mode})}
    return printed(server=server, listener={"UserAuthentication": nla, "SecurityLayer": layer}, **more)


SERVER_SIDE = ("session_host", "rdp_server")


@pytest.mark.parametrize(
    ("text", "member", "roles"),
    [
        (host(deny=0, mode=1), True, ("session_host", "rdp_server", "rdp_client")),
        (host(deny=0, mode=0), True, ("rdp_server", "rdp_client")),
        (host(deny=0, mode=None), True, ("rdp_server", "rdp_client")),
        (host(deny=1), True, ("rdp_client",)),
        (host(deny=1), False, ()),
        (host(deny=0), False, ("rdp_server",)),
        (None, True, ("rdp_client",)),
        (None, None, ()),
    ],
)
def test_roles_need_positive_evidence(text, member, roles):
    assert tuple(parse_exposure(text, member).roles) == roles


@pytest.mark.parametrize(
    ("text", "member", "counting", "at_risk"),
    [
        # Every member is a client.
        (host(deny=1), True, ROLES, True),
        (host(deny=1), True, SERVER_SIDE, False),
        (host(deny=1), False, ROLES, False),
        # Without Network Level Authentication clients still prefer CredSSP, unless the layer is RDP's own.
        (host(deny=0, mode=1, nla=1), True, SERVER_SIDE, True),
        (host(deny=0, mode=1, nla=0, layer=1), True, SERVER_SIDE, True),
        (host(deny=0, mode=1, nla=0, layer=2), True, SERVER_SIDE, True),
        (host(deny=0, mode=1, nla=0, layer=0), True, SERVER_SIDE, False),
        (host(deny=0, mode=1, nla=0, layer=2, policy={"SecurityLayer": 0}), True, SERVER_SIDE, False),
        (host(deny=0, mode=1, nla=0, layer=0, policy={"SecurityLayer": 1}), True, SERVER_SIDE, True),
        # NLA is CredSSP, whatever the layer; and it lowers the server side only.
        (host(deny=0, mode=1, nla=1, layer=0), True, SERVER_SIDE, True),
        (host(deny=0, mode=1, nla=0, layer=0), True, ROLES, True),
        (host(deny=0, mode=1, nla=0, layer=0), True, ("rdp_client",), True),
        # Only the roles that count.
        (host(deny=0, mode=0), True, ("session_host",), False),
        (host(deny=0, mode=1), True, ("session_host",), True),
        (host(deny=0, mode=None), True, ("session_host",), False),
        (host(), True, (), False),
        # What is unknown counts as at risk.
        (None, True, ("session_host",), True),
        (None, True, ("rdp_server",), True),
        (None, None, ("rdp_client",), True),
        (host(deny=1), None, ROLES, True),
        (host(deny=1), None, SERVER_SIDE, False),
        (printed(server={"fDenyTSConnections": 0}), True, ("rdp_server",), True),
        (printed(listener={"UserAuthentication": 1}), True, ("rdp_server",), True),
        (printed(listener={"UserAuthentication": 0}), True, SERVER_SIDE, True),
        (printed(listener={"SecurityLayer": 0}), True, SERVER_SIDE, True),
        (printed(listener={"UserAuthentication": 0, "SecurityLayer": 0}), True, SERVER_SIDE, False),
        # No member, no domain account with a large token.
        (None, False, ROLES, False),
    ],
)
def test_at_risk(text, member, counting, at_risk):
    assert parse_exposure(text, member, counting).at_risk is at_risk


def test_group_policy_wins_over_the_settings_of_the_host():
    text = host(deny=0, nla=0, policy={"fDenyTSConnections": 1, "UserAuthentication": 1})
    found = parse_exposure(text, True)
    assert (found.roles, found.nla_required) == (["rdp_client"], True)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (host(kerberos={"MaxTokenSize": 65535}), 65535),
        (host(kerberos={"LogLevel": 1}), 12000),
        (host(), 12000),
        (None, None),
    ],
)
def test_the_token_size_is_that_of_the_host_or_the_default(text, size):
    assert parse_exposure(text, True).max_token_size == size


def test_names_of_keys_and_values_compare_without_case():
    text = host(deny=0).upper().replace("REG_DWORD    0X", "REG_DWORD    0x")
    assert parse_exposure(text, True).roles == ["rdp_server", "rdp_client"]


def test_the_control_set_may_be_named_by_its_number():
    text = host(deny=0, mode=1).replace("CurrentControlSet", "ControlSet001")
    assert parse_exposure(text, True) == parse_exposure(host(deny=0, mode=1), True)


def test_the_result_has_the_fields_of_the_design():
    assert asdict(parse_exposure(host(deny=0, mode=1), True)) == {
        "roles": ["session_host", "rdp_server", "rdp_client"],
        "nla_required": True,
        "domain_member": True,
        "max_token_size": 12000,
        "at_risk": True,
    }


@pytest.mark.parametrize("member", [True, False, None])
def test_more_roles_that_count_never_lower_the_risk(member):
    texts = [None, "", *(host(deny, mode, nla) for deny, mode, nla in itertools.product((0, 1), repeat=3))]
    for text, fewer in itertools.product(texts, [ROLES[:1], ROLES[:2], ROLES[2:]]):
        if parse_exposure(text, member, fewer).at_risk:
            assert parse_exposure(text, member, ROLES).at_risk


def test_the_command_reads_four_keys_whole():
    assert exposure_command().count('reg query "HKLM\\') == 4
    assert "/v" not in exposure_command()
