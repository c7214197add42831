# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module's arguments are checked before a connection is made, and its result has the documented keys."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible_collections.winfleet.hotfix.plugins.action import hotfix
from ansible_collections.winfleet.hotfix.plugins.modules import hotfix as documentation
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.outcome import HotfixOutcome
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError

SHA256 = "a1" * 32


class Connection:
    """A winrm connection that must not be made unless a test allows it."""

    transport = "winrm"
    protocol: object = None
    become: object = None

    def __init__(self, *, allowed: bool) -> None:
        self.allowed = allowed
        self._shell = SimpleNamespace(tmpdir="none")

    def get_option(self, name: str) -> Any:
        return None

    def set_option(self, name: str, value: Any) -> None: ...

    def _connect(self) -> None:
        assert self.allowed, "connected although the arguments are wrong"


class Loader:
    def path_dwim_relative_stack(self, *_unused: object) -> str:
        raise AnsibleError("not found")

    def path_dwim(self, path: str) -> str:
        return f"/playbooks/{path}"


def run(*, outcome: Any = None, diff: bool = False, **args: Any) -> dict[str, Any]:
    task = SimpleNamespace(
        action="winfleet.hotfix.hotfix",
        args=args,
        async_val=0,
        check_mode=False,
        diff=diff,
        delegate_to=None,
        until=None,
        retries=None,
        failed_when=["failed"],  # which needs the result; without it, a failure is raised
        get_search_path=lambda: ["/playbooks"],
    )
    connection = Connection(allowed=outcome is not None)
    action = hotfix.ActionModule(task, connection, SimpleNamespace(), Loader(), None, None)
    action._load_name = task.action  # the loader of ansible-core before 2.17 sets it from outside
    return action.run(task_vars={"inventory_hostname": "rdsh-07"})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The requests that were made; the outcome is that of the test."""
    requests: list[Any] = []

    def ensure(_session: Any, request: Any) -> Any:
        requests.append(request)
        return HotfixOutcome(True, "restart_pending", True, before={"state": "a"}, after={"state": "b"})

    monkeypatch.setattr(hotfix, "ensure_hotfix", ensure)
    return requests


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"hotfix": "KB1234567"}, "hotfix is 'KB1234567': the catalogue has KB978918"),
        ({"definition": {}}, "definition.kb is missing"),
        ({"package": "x.msu", "sha256": "12"}, "sha256 is '12': it must be 64"),
        ({"package": "http://h/x.msu", "package_location": "url"}, "needs sha256"),
        ({"package": "http://u@h/x.msu", "package_location": "url", "sha256": SHA256}, "user name"),
        (
            {"package": "x.msu", "package_location": "host", "sha256": SHA256},
            "package is 'x.msu': it must be a full path",
        ),
        ({"package": "http://h/x.msu"}, "package must be .* not a URL: set package_location to url"),
        ({"package": r"\\s\p\x.msu"}, "not a path of Windows: set package_location to host"),
        (
            {"package": r"\\s\p\x.msu", "package_location": "url", "sha256": SHA256},
            "but a path of Windows: set package_location to host",
        ),
        (
            {"package": "http://h/x.msu", "package_location": "host", "sha256": SHA256},
            "but a URL: set package_location to url",
        ),
        ({"timeout": 0}, "timeout"),
        ({"state": "installed"}, "one of"),
    ],
)
def test_wrong_arguments_are_refused_before_connecting(args: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleActionFail, match=message):
        run(**args)


def test_the_result_has_the_documented_keys(asked: list[Any]) -> None:
    result = run(outcome=True, package="x.msu", diff=True)
    assert result["changed"] and result["status"] == "restart_pending" and result["restart_required"]
    documented = yaml.safe_load(documentation.RETURN)
    assert set(result) - {"changed", "diff"} == set(documented)
    assert set(result["servicing"]) == set(documented["servicing"]["contains"])
    assert result["diff"] == {"before": {"state": "a"}, "after": {"state": "b"}}
    assert asked[0].source.package == "/playbooks/x.msu" and asked[0].timeout == 3600


def test_a_package_that_does_not_fit_fails_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def ensure(_session: Any, _request: Any) -> Any:
        raise InputError("The package is of KB1, not of KB2.")

    monkeypatch.setattr(hotfix, "ensure_hotfix", ensure)
    result = run(outcome=True, package="x.msu")
    assert result["failed"] and result["msg"] == "rdsh-07: The package is of KB1, not of KB2."


def test_a_failed_servicing_keeps_its_details(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = HotfixOutcome(False, "vulnerable", False, failure="DISM failed.")
    monkeypatch.setattr(hotfix, "ensure_hotfix", lambda _session, _request: outcome)
    result = run(outcome=True)
    assert result["failed"] and not result["changed"] and "servicing" in result
    assert result["msg"] == "rdsh-07: DISM failed."
