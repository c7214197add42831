# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module refuses wrong arguments without touching the connection, and says what is valid."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible.parsing.dataloader import DataLoader
from ansible.release import __version__ as ansible_core
from packaging.version import Version

from tests.unit.test_argument_specs import ACTIONS, COLLECTION, argument_spec

SHA256 = "a1" * 32
WINDOW = {"start": "22:00", "duration_minutes": 60}
SHARE = {"package": r"\\server\share\x.msu", "package_location": "host"}
URL = {"package_location": "url", "sha256": SHA256}
REPORT = {"path": "x", "results": []}
TOKENS = {"path": "x", "sources": ["users.ldif"]}
# Module, arguments, and what the message must hold: the option, its value, what is valid.
Case = tuple[str, dict[str, Any], tuple[str, ...]]
CASES: list[Case] = [
    ("definition", {"path": "x.yml"}, ("required", "packages")),
    ("definition", {"packages": ["x"], "path": "x.yml", "force": "maybe"}, ("'force'", "'maybe'", "'yes'")),
    ("field_check", {"path": "/"}, ("path is /", "give the path of a JSON file")),
    ("field_check", {"upload": "maybe"}, ("'upload'", "'maybe'", "'yes'", "'no'")),
    ("file_version_info", {}, ("required", "paths")),
    ("file_version_info", {"paths": {"a": 1}}, ("'paths'", "dict", "list")),
    ("file_version_info", {"paths": ["x.dll"]}, ("paths has x.dll", "the full path of one file")),
    ("file_version_info", {"paths": ["C:\\*.dll"]}, (r"paths has C:\*.dll", "the full path of one file")),
    ("file_version_info", {"paths": [r"%SystemRoot%\?.dll"]}, (r"%SystemRoot%\?.dll", "of one file")),
    ("file_version_info", {"paths": [r"\\srv\c\x.dll"]}, (r"paths has \\srv\c\x.dll", "local fixed disks")),
    ("fleet_info", {}, ("required", "hosts")),
    ("fleet_info", {"hosts": ["a"], "concurrency": 0}, ("concurrency is 0", "at least 1")),
    ("fleet_info", {"hosts": ["a"], "host_timeout": -1}, ("host_timeout is -1", "at least 1")),
    ("fleet_info", {"hosts": {"a": 1}}, ("'hosts'", "dict", "list")),
    ("fleet_info", {"hosts": ["a"], "hotfix": "KB1"}, ("hotfix is 'KB1'", "the catalogue has KB978918")),
    ("fleet_info", {"hosts": ["a"], "report": {}}, ("required", "path", "report")),
    ("fleet_info", {"hosts": ["a"], "report": {"path": "https://x/y"}}, ("report.path", "not a URL")),
    ("fleet_info", {"hosts": ["a"], "report": {"path": "x", "formats": ["pdf"]}}, ("formats", "pdf", "json")),
    ("fleet_info", {"hosts": ["a"], "report": {"path": "/proc/x/y"}}, ("The report cannot be written",)),
    ("hotfix", {"state": "installed"}, ("state", "installed", "present, absent, downloaded")),
    ("hotfix", {"package_location": "share"}, ("package_location", "share", "controller, url, host")),
    ("hotfix", {"timeout": 0}, ("timeout is 0", "at least 1 second")),
    ("hotfix", {"timeout": "soon"}, ("'timeout'", "'soon'", "int")),
    ("hotfix", {"keep_files": "maybe"}, ("'keep_files'", "'maybe'", "'yes'", "'no'")),
    ("hotfix", {"package": "x.msu", "sha256": "12"}, ("sha256 is '12'", "64 hexadecimal digits")),
    ("hotfix", SHARE, ("package_location is host", "sha256 is missing", "sha256sum")),
    (
        "hotfix",
        {**SHARE, "package": "x.msu", "sha256": SHA256},
        ("package is 'x.msu'", r"C:\folder\file.msu"),
    ),
    ("hotfix", {**URL, "package": "ftp://h/x.msu"}, ("package is not a URL", "http://… or https://…")),
    ("hotfix", {"hotfix": "KB1"}, ("hotfix is 'KB1'", "the catalogue has KB978918", "definition")),
    ("hotfix", {"definition": {}}, ("definition.kb is missing",)),
    ("hotfix_info", {"hotfix": "KB1"}, ("hotfix is 'KB1'", "the catalogue has KB978918", "definition")),
    ("hotfix_info", {"definition": {"kb": 5}}, ("definition.kb is 5", "must be text")),
    ("hotfix_info", {"definition": "x"}, ("'definition'", "str", "dict")),
    ("hotfix_info", {"exposure": "maybe"}, ("'exposure'", "'maybe'", "'yes'", "'no'")),
    (
        "hotfix_info",
        {"exposure_roles": ["x"]},
        ("exposure_roles", "x", "session_host, rdp_server, rdp_client"),
    ),
    ("os_info", {"full": True}, ("full",)),
    ("preflight_info", {"hotfix": "KB1"}, ("hotfix is 'KB1'", "the catalogue has KB978918", "definition")),
    (
        "preflight_info",
        {"allow": ["all"]},
        ("allow", "all", "domain_controller, cluster_node, bitlocker_pin"),
    ),
    ("rdp_info", {}, ("required", "host")),
    ("rdp_info", {"host": "https://rdsh-07"}, ("host is 'https://rdsh-07'", "a name or an address")),
    ("rdp_info", {"host": ""}, ("host is ''", "a name or an address")),
    ("rdp_info", {"host": "rdsh-07", "port": 0}, ("port is 0", "1 to 65535", "3389")),
    ("rdp_info", {"host": "rdsh-07", "port": "rdp"}, ("'port'", "'rdp'", "int")),
    ("rdp_info", {"host": "rdsh-07", "timeout": 0}, ("timeout is 0", "0.1 to 300 seconds")),
    ("report", {"path": "x"}, ("required", "results, reports")),
    ("report", {**REPORT, "formats": ["pdf"]}, ("formats", "pdf", "json, csv, html")),
    ("report", {**REPORT, "hosts": {"a": 1}}, ("'hosts'", "dict", "list")),
    ("report", {**REPORT, "select": "[?"}, ("select", "JMESPath")),
    ("restart", {}, ("state is scheduled", "at", "window")),
    ("restart", {"state": "later"}, ("state", "later", "scheduled, cancelled, now")),
    (
        "restart",
        {"window": WINDOW, "at": "2026-11-21T03:00"},
        ("at is '2026-11-21T03:00'", "window is", "one of the two"),
    ),
    ("restart", {"at": "2026-11-21"}, ("at is '2026-11-21'", "2026-11-21T03:00", "no time of day")),
    ("restart", {"at": "tonight"}, ("at is 'tonight'", "2026-11-21T03:00")),
    ("restart", {"window": {"start": "22:00"}}, ("required", "duration_minutes", "window")),
    ("restart", {"window": {**WINDOW, "end": "23:00"}}, ("window.end", "days, duration_minutes, start")),
    ("restart", {"window": {**WINDOW, "start": "25:00"}}, ("window.start is '25:00'", "'22:00'")),
    (
        "restart",
        {"window": {**WINDOW, "days": ["someday"]}},
        ("window.days has 'someday'", "monday to sunday"),
    ),
    ("restart", {"window": {**WINDOW, "duration_minutes": 2000}}, ("duration_minutes is 2000", "1 to 1440")),
    ("restart", {"window": WINDOW, "notice_minutes": 90}, ("90 minutes", "60 minutes", "notice_minutes")),
    ("restart", {"state": "now", "blackout": ["never"]}, ("blackout has 'never'", "'2026-12-24'")),
    ("restart", {"state": "now", "notice_minutes": -1}, ("notice_minutes is -1", "0 to 1440")),
    ("restart", {"at": "2026-11-21T03:00", "stagger_minutes": -1}, ("stagger_minutes is -1", "0 to 10080")),
    ("restart", {"at": "2026-11-21T03:00", "delay_minutes": 99999}, ("delay_minutes is 99999", "0 to 10080")),
    ("restart", {"state": "now", "wait_for_sessions_minutes": -2}, ("sessions_minutes is -2", "0 to 1440")),
    ("restart", {"state": "now", "message": "x" * 513}, ("message has 513 characters", "512")),
    (
        "restart",
        {"state": "now", "only_if_pending": "maybe"},
        ("only_if_pending", "maybe", "hotfix, any, never"),
    ),
    ("restart", {"state": "now", "timeout": 0}, ("timeout is 0", "at least 1 second")),
    ("restart", {"state": "now", "hotfix": "978918"}, ("hotfix is '978918'", "KB978918")),
    ("refuse", {}, ("missing required arguments", "msg")),
    ("settings", {"remediate": "maybe"}, ("'remediate'", "'maybe'", "'yes'", "'no'")),
    ("settings", {"remediate": True}, ("hotfix_restart is", "hotfix_restart_window", "Nothing was changed")),
    ("token_report", {"path": "x"}, ("required", "sources")),
    ("token_report", {**TOKENS, "kdc": "2003"}, ("kdc", "2003", "2008r2, 2012")),
    ("token_report", {**TOKENS, "limit": 0}, ("limit is 0", "1200", "1048576")),
    ("token_report", {**TOKENS, "limit": "many"}, ("'limit'", "'many'", "int")),
    ("token_report", {**TOKENS, "warn_percent": 101}, ("warn_percent is 101", "100")),
    ("token_report", {**TOKENS, "auth": "ntlm"}, ("auth", "ntlm", "simple, gssapi")),
    ("token_report", {**TOKENS, "timeout": 0}, ("timeout is 0", "3600")),
    ("token_report", {**TOKENS, "sources": ["x.txt"]}, ("x.txt", ".ldif, .csv or .json")),
    (
        "token_report",
        {**TOKENS, "sources": ["ldap://dc1"], "bind_dn": "a@b", "bind_password": "secret"},
        ("ldap://dc1", "ldaps://", "start_tls"),
    ),
]


class Untouchable:
    """A connection that fails the test whatever is asked of it, but for the folder that Ansible asks for."""

    _shell = SimpleNamespace(tmpdir="none")

    def __getattr__(self, name: str) -> Any:
        pytest.fail(f"the module used the connection ({name}) although its arguments are wrong")


def refusal(module: str, arguments: dict[str, Any]) -> str:
    """Run a module with wrong arguments and return what it says."""
    task = SimpleNamespace(
        action=f"{COLLECTION}.{module}",
        args=dict(arguments),
        async_val=0,
        check_mode=True,
        diff=False,
        delegate_to=None,
        until=None,
        retries=None,
        failed_when=["failed"],  # which needs the result; without it, a failure is raised
        get_search_path=lambda: ["/playbooks"],
    )
    plugin = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.action.{module}")
    play_context = SimpleNamespace(check_mode=True)
    action = plugin.ActionModule(task, Untouchable(), play_context, DataLoader(), None, None)
    action._load_name = task.action
    try:
        result = action.run(task_vars={"inventory_hostname": "rdsh-07"})
    except AnsibleActionFail as error:
        return str(error)
    assert result["failed"]
    return str(result["msg"])


def test_every_module_has_a_case() -> None:
    assert {module for module, _arguments, _held in CASES} == set(ACTIONS)


@pytest.mark.parametrize(("module", "arguments", "held"), CASES)
def test_wrong_arguments_are_refused_without_the_host(
    module: str, arguments: dict[str, Any], held: tuple[str, ...]
) -> None:
    message = refusal(module, arguments)
    if "were unable to convert" in message and Version(ansible_core) < Version("2.17"):
        held = held[:1]  # that core names only the option and the types
    assert [part for part in held if part not in message] == [], message
    assert "secret" not in message


@pytest.mark.parametrize("module", ACTIONS)
def test_a_misspelt_option_is_refused_with_those_that_exist(module: str) -> None:
    required = {name: ["x"] for name, option in argument_spec(module).items() if option.get("required")}
    given = {**(REPORT if module == "report" else required), "tiemout": 5}
    message = refusal(module, given)
    assert f"({COLLECTION}.{module}) module: tiemout" in message
    assert all(name in message for name in argument_spec(module))


def test_the_connection_of_these_tests_fails_whatever_is_asked_of_it() -> None:
    with pytest.raises(pytest.fail.Exception, match="used the connection"):
        _unused = Untouchable().transport
