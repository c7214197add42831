# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup: options from arguments and environment, items largest first, errors and warnings for people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import certifi
import pytest
from ansible import constants
from ansible.errors import AnsibleError, AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.winfleet.hotfix.plugins.lookup import token_size
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.ldap_options import LdapOptions
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens import lookup_items

from tests.lab.directory_export import Population, write_ldif
from tests.unit.test_argument_specs import documentation

Query = Callable[..., list[Any]]


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("lookup") / "directory.ldif"
    write_ldif(path, Population(120, 1400).items())
    return str(path)


@pytest.fixture
def query(monkeypatch: pytest.MonkeyPatch) -> Query:
    options = documentation("token_size", "lookup")["options"]
    constants.config.initialize_plugin_configuration_definitions("lookup", "token_size", options)
    monkeypatch.setattr(LookupBase, "find_file_in_search_path", lambda *args, **kwargs: None)
    plugin = token_size.LookupModule()
    plugin._load_name = "token_size"  # as the plugin loader does
    return lambda *terms, **options: plugin.run(list(terms), variables={}, **options)


def test_the_default_is_the_flagged_users_largest_first(query: Query, export: str) -> None:
    items = query(export)
    sizes = [max(item["token_bytes"], item["wire_bytes"]) for item in items]
    assert sizes == sorted(sizes, reverse=True) and len(items) > 2
    assert all(item["status"] in ("near", "over") or "1010_sids" in item["limits_exceeded"] for item in items)
    assert all(item["top_groups"] for item in items)


def test_all_gives_everyone_with_the_same_sizes(query: Query, export: str) -> None:
    everyone = {item["user"]: item for item in query(export, include="all")}
    assert len(everyone) == 120
    assert all(everyone[item["user"]] == item for item in query(export))


def test_all_refuses_too_many_and_points_to_the_playbook(
    query: Query, export: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup_items, "MOST_ITEMS", 100)
    with pytest.raises(AnsibleLookupError, match="token_report"):
        query(export, include="all")


def test_select_works_on_the_whole_list(query: Query, export: str) -> None:
    assert query(export, select="[?status=='over'].user | [0]") == [query(export)[0]["user"]]
    assert query(export, include="all", select="length(@)") == [120]


def test_named_users_come_whatever_their_size(query: Query, export: str) -> None:
    small = query(export, include="all")[-1]
    assert query(export, users=[small["user"].upper()]) == [small]


def test_a_name_of_digits_is_a_name(query: Query, export: str) -> None:
    with pytest.raises(AnsibleLookupError, match=r"no such user.*4711"):
        query(export, users=[4711])


def test_kdc_and_compression_change_what_domain_local_groups_cost(query: Query, export: str) -> None:
    name = query(export)[0]["user"]
    sizes = [
        query(export, users=[name], **options)[0]["token_bytes"]
        for options in ({}, {"kdc": 2012}, {"kdc": "2012", "resource_sid_compression": False})
    ]
    assert sizes[0] == sizes[2] > sizes[1]


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"limit": 5}, "limit"),
        ({"warn_percent": 130}, "warn_percent"),
        ({"kdc": "2003"}, "kdc"),
        ({"include": "some"}, "include"),
        ({"select": "[?"}, "select"),
        ({"select": "abs([0].user)"}, "select"),
        ({"users": ["ghost"]}, "ghost"),
        ({"timeout": -1}, "timeout"),
    ],
)
def test_bad_options_are_clear_errors(query: Query, export: str, options: dict[str, Any], what: str) -> None:
    with pytest.raises(AnsibleError, match=what):
        query(export, **options)


def test_a_missing_file_is_a_clear_error(query: Query) -> None:
    with pytest.raises(AnsibleLookupError, match="cannot read nowhere"):
        query("nowhere.ldif")


def test_ldap_options_come_from_the_environment(query: Query, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = certifi.where()
    values = {
        "BASE": "OU=Staff,DC=corp",
        "BIND_DN": "reader@corp",
        "BIND_PASSWORD": "Secret-Pass-1",
        "AUTH": "simple",
        "START_TLS": "true",
        "CA_PATH": authority,
        "VALIDATE_CERTS": "false",
        "TIMEOUT": "7.5",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"WINFLEET_LDAP_{name}", value)
    seen: list[LdapOptions] = []

    def survey(sources: list[str], rules: object, *, ldap: LdapOptions, **others: object) -> None:
        seen.append(ldap)
        raise token_size.DirectoryError("stop here")

    monkeypatch.setattr(token_size, "Survey", survey)
    with pytest.raises(AnsibleLookupError, match="stop here"):
        query("ldap://dc1")
    assert seen == [
        LdapOptions(
            base="OU=Staff,DC=corp",
            bind_dn="reader@corp",
            bind_password="Secret-Pass-1",
            auth="simple",
            start_tls=True,
            ca_path=authority,
            validate_certs=False,
            timeout=7.5,
        )
    ]


def test_what_is_withheld_is_a_warning(query: Query, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "holes.ldif"
    path.write_text(
        "dn: CN=J,DC=corp\nobjectClass: user\nobjectSid: S-1-5-21-1-2-3-9\nsAMAccountName: j\n"
        "primaryGroupID: 513\n"
        "memberOf: CN=Gone,DC=corp\n\n"
    )
    warnings: list[str] = []
    monkeypatch.setattr(token_size.display, "warning", warnings.append)
    assert query(str(path)) == []
    assert any("CN=Gone" in warning and "lower bounds" in warning for warning in warnings)
