# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exposure: roles from the registry, and who is at risk."""

from __future__ import annotations

import itertools
from dataclasses import asdict

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment.exposure import (
    EXPOSURE_KEYS,
    ROLES,
    exposure_of,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.registry_keys import KeyContent

NAMES = dict(zip(("server", "listener", "policy", "kerberos"), EXPOSURE_KEYS, strict=True))


def shown(**keys):
    """The keys that a host shows, by their short names, with their numbers; it does not show the others."""
    return {
        NAMES[key]: KeyContent({name.lower(): value for name, value in values.items()})
        for key, values in keys.items()
    }


def host(deny=0, mode=0, nla=1, layer=2, **more):
    """A host that shows all keys; those that are not given are missing there."""
    server = {"fDenyTSConnections": deny, **({} if mode is None else {"TSAppCompat": mode})}
    listener = {"UserAuthentication": nla, "SecurityLayer": layer}
    return shown(**{"server": server, "listener": listener, "policy": {}, "kerberos": {}, **more})


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
        ({}, True, ("rdp_client",)),
        ({}, None, ()),
    ],
)
def test_roles_need_positive_evidence(text, member, roles):
    assert tuple(exposure_of(text, member).roles) == roles


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
        ({}, True, ("session_host",), True),
        ({}, True, ("rdp_server",), True),
        ({}, None, ("rdp_client",), True),
        (host(deny=1), None, ROLES, True),
        (host(deny=1), None, SERVER_SIDE, False),
        (shown(server={"fDenyTSConnections": 0}), True, ("rdp_server",), True),
        (shown(policy={}, listener={"UserAuthentication": 1}), True, ("rdp_server",), True),
        (shown(policy={}, listener={"UserAuthentication": 0}), True, SERVER_SIDE, True),
        (shown(policy={}, listener={"SecurityLayer": 0}), True, SERVER_SIDE, True),
        (shown(policy={}, listener={"UserAuthentication": 0, "SecurityLayer": 0}), True, SERVER_SIDE, False),
        # No member, no domain account with a large token.
        ({}, False, ROLES, False),
    ],
)
def test_at_risk(text, member, counting, at_risk):
    assert exposure_of(text, member, counting).at_risk is at_risk


def test_group_policy_wins_over_the_settings_of_the_host():
    text = host(deny=0, nla=0, policy={"fDenyTSConnections": 1, "UserAuthentication": 1})
    found = exposure_of(text, True)
    assert (found.roles, found.nla_required) == (["rdp_client"], True)


@pytest.mark.parametrize(
    ("text", "port"), [(shown(listener={"PortNumber": 3390}), 3390), (host(), None), ({}, None)]
)
def test_the_port_of_remote_desktop_is_that_of_its_listener(text, port):
    assert exposure_of(text, True).rdp_port == port


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (host(kerberos={"MaxTokenSize": 65535}), 65535),
        (host(kerberos={"LogLevel": 1}), 12000),
        (host(), 12000),
        (shown(server={}, listener={}, policy={}), None),
        ({}, None),
    ],
)
def test_the_token_size_is_that_of_the_host_or_the_default(text, size):
    assert exposure_of(text, True).max_token_size == size


def test_a_setting_that_group_policy_may_overrule_is_unknown_where_the_policy_is_not_shown():
    keys = host(deny=0, nla=0)
    del keys[NAMES["policy"]]
    found = exposure_of(keys, True)
    assert (found.roles, found.nla_required, found.at_risk) == (["rdp_client"], None, True)


def test_the_result_has_the_fields_of_the_design():
    assert asdict(exposure_of(host(deny=0, mode=1), True)) == {
        "roles": ["session_host", "rdp_server", "rdp_client"],
        "nla_required": True,
        "rdp_port": None,
        "domain_member": True,
        "max_token_size": 12000,
        "at_risk": True,
    }


@pytest.mark.parametrize("member", [True, False, None])
def test_more_roles_that_count_never_lower_the_risk(member):
    texts = [{}, *(host(deny, mode, nla) for deny, mode, nla in itertools.product((0, 1), repeat=3))]
    for text, fewer in itertools.product(texts, [ROLES[:1], ROLES[:2], ROLES[2:]]):
        if exposure_of(text, member, fewer).at_risk:
            assert exposure_of(text, member, ROLES).at_risk
