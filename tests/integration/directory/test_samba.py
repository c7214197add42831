# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real directory: a Samba domain controller that the tests start (root needed)."""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.distinguished_names import show_dn
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.ldap_options import LdapOptions
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.ldap_source import _library
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.problems import DirectoryError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.sid import is_builtin
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._membership import HISTORY
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._sizer import TokenSize
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import (
    SidCounts,
    TokenRules,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.survey import Survey

from tests.integration.directory.credential_cache import ticket_sizes
from tests.integration.directory.samba_domain import (
    BASE,
    PASSWORD,
    READER,
    REALM,
    SambaDomain,
    issue_certificates,
    missing,
)

try:
    ldap = _library()
    _reason = missing()
except DirectoryError as error:
    _reason = str(error)
if _reason:
    pytest.skip(f"a Samba domain controller {_reason}", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[3]
SPNEGO_AND_TSREQUEST = 300 + 29  # measured around tickets of 1 to 9 KB: 298 to 301, and 29


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SambaDomain]:
    address = f"127.{secrets.randbelow(200) + 40}.2.{secrets.randbelow(250) + 1}"
    domain = SambaDomain(tmp_path_factory.mktemp("samba"), address)
    domain.provision()
    domain.populate("small")
    domain.start()
    yield domain
    domain.stop()


@pytest.fixture(scope="module")
def options(domain: SambaDomain) -> LdapOptions:
    return LdapOptions(
        bind_dn=READER, bind_password=PASSWORD, ca_path=str(domain.certificates.authority), timeout=20
    )


def survey(url: str, options: LdapOptions) -> tuple[dict[str, TokenSize], Survey]:
    found = Survey([url], TokenRules(kdc="2012"), ldap=options)
    try:
        return {size.user.account: size for size in found.all()}, found
    finally:
        found.close()


@pytest.fixture(scope="module")
def everyone(domain: SambaDomain, options: LdapOptions) -> tuple[dict[str, TokenSize], Survey]:
    return survey(domain.ldaps, options)


@pytest.fixture
def raw(domain: SambaDomain) -> Iterator[Any]:
    """A connection of its own, to ask the server for what it thinks."""
    connection = ldap.initialize(domain.ldaps)
    connection.set_option(ldap.OPT_X_TLS_CACERTFILE, str(domain.certificates.authority))
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    connection.simple_bind_s(READER, PASSWORD)
    yield connection
    connection.unbind_s()


def refused(url: str, options: LdapOptions) -> str:
    with pytest.raises(DirectoryError) as caught:
        survey(url, options)
    return str(caught.value)


def test_for_every_user_the_sids_equal_the_servers_token_groups_less_builtin(
    everyone: tuple[dict[str, TokenSize], Survey], raw: Any
) -> None:
    sizes, found = everyone
    sizer, kinds, names_of = found._load(), found._membership.kinds, found._membership.names
    names = {
        values["objectSid"][0]: dn
        for dn, values in raw.search_s(BASE, ldap.SCOPE_SUBTREE, "(objectClass=group)", ["objectSid"])
        if dn
    }
    assert {"all", "nested", "cyclic", "distribution", "builtin", "primary", "u0"} <= sizes.keys()
    for account, size in sizes.items():
        ((_dn, values),) = raw.search_s(
            show_dn(size.user.dn), ldap.SCOPE_BASE, "(objectClass=*)", ["tokenGroups"]
        )
        expected = {names[sid] for sid in values["tokenGroups"] if not is_builtin(sid)}
        groups = {node for group in size.account.groups for node in sizer._closures[group]}
        held = {show_dn(names_of[node]) for node in groups if kinds[node] != HISTORY}
        assert held == expected, account


def test_sid_history_counts_although_samba_leaves_it_out(
    everyone: tuple[dict[str, TokenSize], Survey],
) -> None:
    sizes, _found = everyone
    assert sizes["migrated"].counts == SidCounts(global_=2, universal=1, sid_history=3)


def test_the_wire_size_is_within_3_percent_of_the_servers_tickets(
    domain: SambaDomain, everyone: tuple[dict[str, TokenSize], Survey], tmp_path: Path
) -> None:
    for account in ("u0", "g50", "l50", "g100", "v100", "g200", "l200", "mix", "g400", "all"):
        cache = tmp_path / account
        environment = domain.kinit(account, cache)
        subprocess.run(["kvno", "-q", "host/dc1"], env=environment, check=True)
        real = ticket_sizes(cache)[f"host/dc1@{REALM}"] + SPNEGO_AND_TSREQUEST
        wire = everyone[0][account].wire_bytes
        assert abs(wire - real) / real < 0.03, f"{account}: {wire} for {real}"


def test_start_tls_reads_the_same(
    domain: SambaDomain, options: LdapOptions, everyone: tuple[dict[str, TokenSize], Survey]
) -> None:
    sizes, _found = survey(domain.ldap, dataclasses.replace(options, start_tls=True))
    assert {name: size.counts for name, size in sizes.items()} == {
        name: size.counts for name, size in everyone[0].items()
    }


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
def test_kerberos_sealed_and_over_tls_with_channel_binding(
    domain: SambaDomain,
    options: LdapOptions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
) -> None:
    for name, value in domain.kinit("u0", tmp_path / "cache").items():
        monkeypatch.setenv(name, value)
    by_ticket = dataclasses.replace(options, auth="gssapi", bind_dn="", bind_password="")
    sizes, _found = survey(f"{scheme}://{domain.address}", by_ticket)
    assert "all" in sizes


def test_kerberos_without_a_ticket_says_so(
    domain: SambaDomain, options: LdapOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in domain.kerberos_environment(tmp_path / "nothing").items():
        monkeypatch.setenv(name, value)
    assert "klist" in refused(domain.ldap, dataclasses.replace(options, auth="gssapi"))


def test_another_authority_is_refused(domain: SambaDomain, options: LdapOptions, tmp_path: Path) -> None:
    other = issue_certificates(tmp_path / "other", domain.address).authority
    for url, start_tls in ((domain.ldaps, False), (domain.ldap, True)):
        changed = dataclasses.replace(options, ca_path=str(other), start_tls=start_tls)
        assert "not trusted" in refused(url, changed)


def test_a_wrong_password_is_refused(domain: SambaDomain, options: LdapOptions) -> None:
    message = refused(domain.ldaps, dataclasses.replace(options, bind_password="Wrong-Pass-2"))
    assert "wrong user name or password" in message and "Wrong-Pass-2" not in message


def test_an_unsigned_bind_is_refused_here_before_the_server_would(
    domain: SambaDomain, options: LdapOptions
) -> None:
    assert "clear text" in refused(domain.ldap, options)
    connection = ldap.initialize(domain.ldap)
    with pytest.raises(ldap.STRONG_AUTH_REQUIRED):
        connection.simple_bind_s(READER, PASSWORD)
    connection.unbind_s()


def test_an_empty_base_and_one_that_is_not_there(domain: SambaDomain, options: LdapOptions) -> None:
    assert "no user in" in refused(domain.ldaps, dataclasses.replace(options, base=f"CN=Builtin,{BASE}"))
    assert "base does not exist" in refused(
        domain.ldaps, dataclasses.replace(options, base=f"OU=None,{BASE}")
    )


def test_a_smaller_base_names_the_memberships_that_lead_out_of_it(
    domain: SambaDomain, options: LdapOptions
) -> None:
    sizes, found = survey(domain.ldaps, dataclasses.replace(options, base=f"OU=Sizing,{BASE}"))
    assert "g400" in sizes
    assert any("primary group" in note and "-513" in note for note in found.notes)


@pytest.mark.parametrize(
    "name", ["G50", "g50@corp.example.com", f"cn=g50, ou=Sizing, {BASE}"], ids=["account", "principal", "dn"]
)
def test_a_user_is_searched_for_by_each_form_of_its_name(
    domain: SambaDomain, options: LdapOptions, name: str
) -> None:
    found = Survey([domain.ldaps], TokenRules(kdc="2012"), ldap=options)
    try:
        assert [size.user.account for size in found.named([name])] == ["g50"]
    finally:
        found.close()


def ldapsearch(domain: SambaDomain, options: LdapOptions, path: Path, *arguments: str) -> str:
    """Write what ldapsearch finds to a file, with its messages on standard error left out, as `>` does."""
    command = ["ldapsearch", "-x", "-H", domain.ldaps, "-D", READER, "-w", PASSWORD, "-b", BASE]
    done = subprocess.run(
        [*command, *arguments, "(|(objectClass=user)(objectClass=group))"],
        env={**os.environ, "LDAPTLS_CACERT": options.ca_path},
        input="\n" * 1000,
        capture_output=True,
        text=True,
        check=False,
    )
    path.write_text(done.stdout)
    return str(path)


@pytest.mark.parametrize("level", [(), ("-L",), ("-LL",), ("-LLL",)], ids=["extended", "L", "LL", "LLL"])
@pytest.mark.parametrize("pages", ["pr=7/noprompt", "pr=7/prompt", "pr=1000/noprompt"])
def test_what_ldapsearch_writes_gives_the_sizes_of_the_server(
    domain: SambaDomain,
    options: LdapOptions,
    everyone: tuple[dict[str, TokenSize], Survey],
    tmp_path: Path,
    level: tuple[str, ...],
    pages: str,
) -> None:
    path = ldapsearch(domain, options, tmp_path / "corp.ldif", *level, "-E", pages)
    sizes = {size.user.account: size.token_bytes for size in Survey([path], TokenRules(kdc="2012")).all()}
    assert sizes == {name: size.token_bytes for name, size in everyone[0].items()}


def test_what_ldapsearch_could_not_finish_is_refused(
    domain: SambaDomain, options: LdapOptions, tmp_path: Path
) -> None:
    path = Path(ldapsearch(domain, options, tmp_path / "corp.ldif", "-b", f"OU=None,{BASE}"))
    with pytest.raises(DirectoryError, match="result 32 No such object"):
        list(Survey([str(path)], TokenRules()).all())
    paged = Path(ldapsearch(domain, options, tmp_path / "corp.ldif", "-E", "pr=7/noprompt")).read_text()
    path.write_text(paged[: paged.rindex("# extended LDIF")])
    with pytest.raises(DirectoryError, match="not the last"):
        list(Survey([str(path)], TokenRules()).all())


def test_the_lookup_in_a_play_takes_the_credential_from_the_environment_and_never_shows_it(
    domain: SambaDomain, options: LdapOptions, tmp_path: Path
) -> None:
    expression = "query('winfleet.hotfix.token_size', url, kdc='2012', select='[].user', warn_percent=40)"
    play = tmp_path / "play.yml"
    play.write_text(
        json.dumps(
            [
                {
                    "hosts": "localhost",
                    "gather_facts": False,
                    "tasks": [
                        {
                            "name": "Ask the directory",
                            "ansible.builtin.set_fact": {"flagged": f"{{{{ {expression} }}}}"},
                            "run_once": True,
                        },
                        {"name": "Show", "ansible.builtin.debug": {"msg": "FLAGGED {{ flagged }}"}},
                    ],
                }
            ]
        )
    )
    environment = {
        **os.environ,
        "WINFLEET_LDAP_BIND_DN": options.bind_dn,
        "WINFLEET_LDAP_BIND_PASSWORD": options.bind_password,
        "WINFLEET_LDAP_CA_PATH": options.ca_path,
    }
    command = [
        str(Path(sys.executable).with_name("ansible-playbook")),
        "-vvvv",
        "-i",
        "localhost,",
        str(play),
    ]
    extra = ["-c", "local", "-e", f"url={domain.ldaps}"]
    done = subprocess.run(
        [*command, *extra], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FLAGGED ['all']" in done.stdout
    assert PASSWORD not in done.stdout + done.stderr


def test_a_server_gone_in_mid_read_is_told(domain: SambaDomain, options: LdapOptions) -> None:
    found = Survey([domain.ldaps], TokenRules(), ldap=options)
    users = found.all()
    groups = found._load()  # the groups are read; now the server goes
    assert groups is not None
    domain.stop()
    try:
        with pytest.raises(DirectoryError, match="reading users"):
            list(users)
        found.close()
    finally:
        domain.start()
