# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Right forms of every variable are taken; one message lists all wrong ones."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.hotfix.plugins.filter.batches import batches
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._role.settings import (
    Settings,
    contradictions,
    read_settings,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._role.variables import role_variables, variables
from hypothesis import given
from hypothesis import strategies as st

from tests.unit._role.given import settings_of

CET = timezone(timedelta(hours=1))
WINDOW = {"days": ["sat", "sunday"], "start": "02:00", "duration_minutes": 120}
DIGITS = "0123456789abcdef" * 4
DECLARED = {"x64": {"url": "http://d/a", "sha256": DIGITS}}
READ_WINDOW = {"days": ["saturday", "sunday"], "start": "02:00", "duration_minutes": 120}


def problems(**given: Any) -> tuple[str, ...]:
    named = {f"hotfix_{name}": value for name, value in given.items()}
    return read_settings(named, named).problems


def test_the_settings_are_the_variables_of_the_role() -> None:
    assert [field.name for field in dataclasses.fields(Settings)] == [each.name for each in role_variables()]


RIGHT = [
    ("timeout", "3600", 3600),
    ("timeout", 60.0, 60),
    ("timeout", " 60 ", 60),
    ("max_fail_percent", "12.5", 12.5),
    ("max_fail_percent", 0, 0.0),
    ("restart_max_parallel_percent", "40", 40),
    ("verify", "no", False),
    ("verify", "Yes", True),
    ("verify", 0, False),
    ("restart_message", 1234567, "1234567"),
    ("restart_message", date(2026, 3, 8), "2026-03-08"),
    ("restart_at", "2026-03-08T02:30", "2026-03-08T02:30:00"),
    ("restart_at", datetime(2026, 3, 8, 2, 30, tzinfo=CET), "2026-03-08T02:30:00+01:00"),
    ("restart_window", WINDOW, READ_WINDOW),
    ("restart_window", '{"days": "sat, sun", "start": "2:00", "duration_minutes": "120"}', READ_WINDOW),
    ("restart_window", {**WINDOW, "start": 120}, READ_WINDOW),
    ("change_window", {**WINDOW, "days": None}, {**READ_WINDOW, "days": []}),
    ("change_window", [], {}),
    ("blackout", "2026-12-24/2027-01-02 2027-04-02", ["2026-12-24/2027-01-02", "2027-04-02"]),
    ("blackout", [date(2026, 12, 24)], ["2026-12-24"]),
    ("blackout", [{"from": "2026-12-30", "to": "2027-01-02"}], ["2026-12-30/2027-01-02"]),
    ("packages", {"x64": "a.msu", "x86": None}, {"x64": {"path": "a.msu"}}),
    ("packages", '{"x86": {"url": "http://d/a"}}', {"x86": {"url": "http://d/a"}}),
    ("packages", {"x64": {"url": "http://d/a", "sha256": f"sha256:{DIGITS}"}}, DECLARED),
    ("packages", {"x64": {"url": " http://d/a ", "sha256": f"SHA256: sha256:{DIGITS}\n"}}, DECLARED),
    ("packages", {"x64": {"url": "", "sha256": "sha256:"}, "x86": {"url": None, "sha256": " "}}, {}),
    ("batches", "10", [10]),
    ("batches", 1, [1]),
    ("batches", [1, "10%", "100%"], [1, "10%", "100%"]),
    ("batches", '[1, "100%"]', [1, "100%"]),
    ("report_formats", "json, html", ["json", "html"]),
    ("hosts", ["all", "!other"], ["all", "!other"]),
    ("definition", 978918, "978918"),
    ("definition", "file:///srv/KB1234567.yml", "/srv/KB1234567.yml"),
    ("package_dir", "file:///srv/packages", "/srv/packages"),
    ("packages", {"x64": "file:///srv/a.msu"}, {"x64": {"path": "/srv/a.msu"}}),
    ("token_source", "corp.ldif", ["corp.ldif"]),
    ("token_source", ["ldaps://dc1", "file:///srv/b.csv"], ["ldaps://dc1", "/srv/b.csv"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given_value", "read"), RIGHT)
def test_right_values_are_taken_in_every_form(name: str, given_value: Any, read: Any) -> None:
    found = read_settings({f"hotfix_{name}": given_value}, [f"hotfix_{name}"])
    assert found.problems == ()
    assert found.values[name] == read
    assert type(found.values[name]) is type(read)


@pytest.mark.parametrize("name", list(variables()))
@pytest.mark.parametrize("nothing", ["", None, "  ", "\n"])
def test_an_empty_answer_is_the_default(name: str, nothing: Any) -> None:
    found = read_settings({name: nothing}, [name])
    assert found.problems == ()
    assert found.values == read_settings({}, []).values


WRONG: list[tuple[str, Any, str]] = [
    ("state", "installed", "hotfix_state must be one of present, absent, downloaded, not 'installed'"),
    ("state", True, "must be one of"),
    ("restart", "tomorrow", "hotfix_restart must be one of scheduled, now, none, not 'tomorrow'"),
    ("timeout", "soon", "hotfix_timeout must be a whole number of at least 1, not 'soon'"),
    ("timeout", 0, "of at least 1"),
    ("timeout", True, "whole number"),
    ("timeout", 1.5, "whole number"),
    ("timeout", "inf", "whole number"),
    ("timeout", "nan", "whole number"),
    ("timeout", [60], "whole number"),
    ("restart_max_parallel_percent", 0, "must be a whole number from 1 to 100"),
    ("restart_max_parallel_percent", 101, "from 1 to 100"),
    ("restart_notice_minutes", -1, "from 0 to 1440"),
    ("restart_stagger_minutes", 10081, "from 0 to 10080"),
    ("max_fail_percent", "many", "hotfix_max_fail_percent must be a number from 0 to 100"),
    ("max_fail_percent", 101, "from 0 to 100"),
    ("merge_days", 0, "hotfix_merge_days must be a whole number of at least 1"),
    ("verify", "perhaps", "hotfix_verify must be true or false, not 'perhaps'"),
    ("verify", ["yes"], "true or false"),
    ("verify", 2, "true or false"),
    ("package_dir", ["a"], "hotfix_package_dir must be text"),
    ("package_dir", False, "must be text"),
    ("restart_at", "tomorrow", "hotfix_restart_at is 'tomorrow'"),
    ("restart_at", True, "hotfix_restart_at must be a time"),
    ("restart_at", ["2026-03-08"], "must be a time"),
    ("restart_at", date(2026, 3, 8), "hotfix_restart_at is '2026-03-08': write a time"),
    ("restart_window", "friday night", "must be a window with days, start and duration"),
    ("restart_window", "{broken", "must be a window"),
    ("restart_window", 5, "must be a window"),
    ("restart_window", {**WINDOW, "days": ["someday"]}, "hotfix_restart_window.days"),
    ("change_window", {**WINDOW, "start": "26:00"}, "hotfix_change_window.start"),
    ("change_window", {"start": "02:00"}, "hotfix_change_window.duration_minutes"),
    ("change_window", {**WINDOW, "until": "04:00"}, "until"),
    ("blackout", ["never"], "'never'"),
    ("blackout", {"from": "2026-12-24"}, "from and to"),
    ("blackout", "2027-01-02/2026-12-24", "backwards"),
    ("packages", ["a"], "hotfix_packages must be a mapping"),
    ("packages", {"amd64": {"path": "a"}}, "hotfix_packages: unknown architectures amd64"),
    ("packages", {"x64": 5}, "hotfix_packages: x64 must be a path or a mapping"),
    ("packages", {"x64": {"file": "a"}}, "x64 has unknown keys file"),
    ("packages", {"ia64": {"sha256": DIGITS}}, "hotfix_packages: ia64.sha256 is given without a package"),
    ("packages", {"x86": {"url": "http://d/a", "sha256": DIGITS[1:]}}, "x86.sha256 must be the 64"),
    ("packages", {"x64": {"path": "a", "sha256": 123456}}, "x64.sha256 must be the 64 hexadecimal digits"),
    ("part", "fleet", "hotfix_part must be one of all, canary, rest, not 'fleet'"),
    ("awx_winrm", "ntlm", "hotfix_awx_winrm must be one of http, https"),
    ("batches", "many", "hotfix_batches must be a number of hosts such as 10, a share such as 25%"),
    ("batches", 0, "hotfix_batches"),
    ("batches", "0%", "hotfix_batches"),
    ("batches", "101%", "hotfix_batches"),
    ("batches", [], "hotfix_batches"),
    ("batches", True, "hotfix_batches"),
    ("batches", [1, None], "hotfix_batches"),
    ("report_formats", "pdf", "hotfix_report_formats must be a list of json, csv, html"),
    ("report_formats", [], "hotfix_report_formats"),
    ("report_dir", {}, "hotfix_report_dir must be text"),
    ("hosts", {"a": 1}, "hotfix_hosts must be text or a list of text"),
    ("package_dir", "http://depot/kb/", "URL: declare each package in hotfix_packages by url and sha256"),
    ("package_dir", r"\\depot\kb", "declare each package in hotfix_packages by host_path and sha256"),
    ("definition_dir", "https://git/x", "hotfix_definition_dir must be a path on the controller, not a URL"),
    ("definition", "https://git/KB1.yml", "not a URL: download the file and give its path"),
    ("report_dir", r"\\srv\reports", "must be a path on the controller, not a path of Windows"),
    ("pre_restart_tasks", "http://git/x.yml", "hotfix_pre_restart_tasks must be a path on the controller"),
    ("package_ca_path", "http://pki/ms.pem", "hotfix_package_ca_path must be a path on the controller"),
    ("token_fleet_report", "http://h/f.json", "hotfix_token_fleet_report must be a path on the controller"),
    ("token_source", "http://dc1", "must be a path on the controller, not a URL: give an ldap"),
    ("packages", {"x64": "http://depot/a.msu"}, "x64.path must be a path on the controller, not a URL: use"),
    ("packages", {"x64": {"path": r"C:\a.msu"}}, "x64.path must be a path on the controller, not a path"),
    ("packages", {"x64": {"url": "/srv/a.msu"}}, "x64.url must be a URL (http://… or https://…): use path"),
    ("packages", {"x64": {"url": "file:///srv/a.msu"}}, "x64.url must be a URL"),
    ("packages", {"x64": {"url": r"\\depot\a.msu"}}, "use host_path for a file"),
    ("packages", {"x64": {"host_path": "http://d/a.msu"}}, "x64.host_path must be a path of Windows (C:"),
    ("packages", {"x64": {"host_path": "/srv/a.msu"}}, "use path for a file on the controller"),
    ("token_kdc", "2025", "hotfix_token_kdc must be one of 2008r2, 2012"),
    ("awx_slices", "two", "hotfix_awx_slices must be a whole number of at least 1"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "said"), WRONG)
def test_wrong_values_are_refused_by_name(name: str, value: Any, said: str) -> None:
    (problem,) = problems(**{name: value})
    assert said in problem
    assert problem.startswith(f"hotfix_{name}")


@pytest.mark.parametrize("name", [name for name, each in variables().items() if each.form != "any"])
def test_no_variable_takes_a_value_of_another_kind(name: str) -> None:
    class Thing:
        pass

    found = read_settings({name: Thing()}, [name])
    assert len(found.problems) == 1
    assert found.problems[0].startswith(name)


@given(
    name=st.sampled_from(sorted(variables())),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.datetimes(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=5,
    ),
)
def test_any_value_is_read_or_refused(name: str, value: Any) -> None:
    found = read_settings({name: value}, [name])
    assert all(problem.startswith(name) for problem in found.problems)


def test_a_home_folder_is_meant_by_its_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/anna")
    given = {"hotfix_packages": {"x64": "~/pk/a.msu"}, "hotfix_report_dir": "~/reports"}
    values = read_settings(given, given).values
    assert values["packages"] == {"x64": {"path": "/home/anna/pk/a.msu"}}
    assert values["report_dir"] == "/home/anna/reports"


def test_all_that_is_wrong_is_listed() -> None:
    assert len(problems(state="x", timeout=0, blackuot=[], verify="perhaps")) == 4


NAMES = [
    (
        "hotfix_blackuot",
        "hotfix_blackuot is not a variable of this collection: did you mean hotfix_blackout?",
    ),
    ("hotfix_packages_dir", "did you mean hotfix_package_dir?"),
    ("hotfix_batch", "did you mean hotfix_batches?"),
    ("hotfix_host", "did you mean hotfix_hosts?"),
    ("hotfix_window", "did you mean hotfix_restart_window?"),
    ("hotfix_State", "did you mean hotfix_state?"),
    ("hotfix_notice_minutes", "did you mean hotfix_restart_notice_minutes?"),
    ("hotfix_awx_slice", "did you mean hotfix_awx_slices?"),
    ("hotfx_hosts", "hotfx_hosts is not a variable of this collection: did you mean hotfix_hosts?"),
    ("hotifx_blackout", "did you mean hotfix_blackout?"),
    ("Hotfix_restart_window", "did you mean hotfix_restart_window?"),
    ("hotfix-state", "did you mean hotfix_state?"),
    ("kb978918_blackout", "kb978918_blackout is the old name of a variable: rename it to hotfix_blackout"),
    ("kb978918_blackuot", "kb978918_blackuot is the old name of a variable: rename it to hotfix_blackout"),
    ("kb978918_zebra", "kb978918_zebra is the old name of a variable: variables begin with hotfix_"),
]


@pytest.mark.parametrize(("name", "said"), NAMES)
def test_a_misspelt_or_old_name_is_refused_with_the_right_one(name: str, said: str) -> None:
    (problem,) = read_settings({}, [name]).problems
    assert said in problem


@pytest.mark.parametrize("name", [each.name for each in role_variables()])
def test_every_old_name_is_refused_with_its_new_one(name: str) -> None:
    (problem,) = read_settings({}, [f"kb978918_{name}"]).problems
    assert problem.endswith(f"rename it to hotfix_{name}")


@pytest.mark.parametrize(
    "name", ["hotfix_owner", "hotfix_ticket_number", "hotfix_site", "hotfix_name", "hotfix_image"]
)
def test_a_name_of_the_operator_s_own_only_warns(name: str) -> None:
    found = read_settings({}, [name])
    assert found.problems == ()
    assert name in found.warnings[0]


INSTRUCTIONS = [
    ("hotfix_target", "hotfix_hosts"),
    ("hotfix_limit", "hotfix_hosts"),
    ("hotfix_server_list", "hotfix_hosts"),
    ("hotfix_only_group", "hotfix_hosts"),
    ("hotfix_dry_run", "--check"),
    ("hotfix_check_mode", "--check"),
]


@pytest.mark.parametrize(("name", "meant"), INSTRUCTIONS)
def test_an_unknown_name_that_chooses_hosts_is_refused_on_the_command_line(name: str, meant: str) -> None:
    (problem,) = read_settings({}, [name], extra=[name]).problems
    assert problem.endswith(f"did you mean {meant}?")


@pytest.mark.parametrize("name", ["hotfix_target", "hotfix_group", "hotfix_dry_run"])
def test_the_same_name_in_the_inventory_may_be_the_operator_s_own(name: str) -> None:
    assert read_settings({}, [name]).problems == ()


def test_a_name_of_the_operator_s_own_only_warns_on_the_command_line() -> None:
    found = read_settings({}, ["hotfix_ticket"], extra=["hotfix_ticket"])
    assert (found.problems, len(found.warnings)) == ((), 1)


@pytest.mark.parametrize(
    "name",
    [
        "ansible_host",
        "hotfix__read",
        "kb978918__x",
        "hotfix_result",
        "hotfix_counts",
        "hotfix_failing_hosts",
        "hot",
    ],
)
def test_other_names_do_not_matter(name: str) -> None:
    found = read_settings({}, [name])
    assert (found.problems, found.warnings) == ((), ())


def test_a_time_for_one_run_wins_over_the_window_of_the_inventory() -> None:
    given_both = {"restart_at": "2036-02-01T03:00", "restart_window": WINDOW}
    settings = settings_of(**given_both)
    assert (settings.restart_at, settings.restart_window) == ("2036-02-01T03:00:00", {})
    assert complaints(**given_both) == []


def test_a_window_that_is_wrong_is_named_although_a_time_wins_over_it() -> None:
    (problem,) = problems(restart_at="2036-02-01T03:00", restart_window={**WINDOW, "start": "26:00"})
    assert "hotfix_restart_window.start" in problem


def complaints(*, groups: tuple[str, ...] = (), wrong: tuple[str, ...] = (), **given: Any) -> list[str]:
    return list(contradictions(settings_of(**given), "KB978918", groups, wrong))


CONTRADICTIONS = [
    ({}, "the restart needs a time: set hotfix_restart_window"),
    ({"restart_window": {**WINDOW, "duration_minutes": 5}}, "a notice of 10 minutes"),
    (
        {"restart": "none", "change_window": {**WINDOW, "duration_minutes": 20}},
        "a notice of 25 minutes",
    ),
    ({"restart": "none", "restart_max_parallel_percent": 50}, "hotfix_restart_farm must name the group"),
    (
        {"restart": "none", "restart_max_parallel_percent": 50, "restart_farm": "frm"},
        "hotfix_restart_farm must name the group of the inventory whose hosts take turns, not 'frm'",
    ),
    ({"restart": "none", "restart_message": "x" * 513}, "hotfix_restart_message has 513 characters"),
]


@pytest.mark.parametrize(("given_values", "said"), CONTRADICTIONS)
def test_settings_that_contradict_each_other_are_refused(given_values: dict[str, Any], said: str) -> None:
    (problem,) = complaints(groups=("farm",), **given_values)
    assert said in problem


FINE: list[dict[str, Any]] = [
    {"restart_window": WINDOW},
    {"restart_at": "2036-02-01T03:00"},
    {"restart": "none"},
    {"restart": "now"},
    {"restart": "now", "restart_at": "2036-02-01T03:00", "restart_window": WINDOW},
    {"state": "downloaded"},
    {"state": "downloaded", "restart_at": "2036-02-01T03:00", "restart_window": WINDOW},
    {"restart": "now", "restart_farm": "farm", "restart_max_parallel_percent": 50},
    {"restart": "now", "restart_farm": "nobody"},
]


@pytest.mark.parametrize("given_values", FINE)
def test_settings_that_go_together_are_taken(given_values: dict[str, Any]) -> None:
    assert complaints(groups=("farm",), **given_values) == []


def test_a_wrong_window_is_not_called_a_missing_one_too() -> None:
    assert complaints(wrong=("restart_window",)) == []


def test_batches_are_read_before_the_play() -> None:
    assert batches('[1, "10%"]') == [1, "10%"]
    assert batches("") == "100%"
    with pytest.raises(AnsibleFilterError, match="hotfix_batches must be a number of hosts"):
        batches("few")
