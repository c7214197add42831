# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The base of the action plugins: what Ansible gets back, whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman import host_action, host_work
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import (
    ConnectionLost,
    InputError,
    TransferError,
    WsmanFault,
)

Work = Callable[[Any, dict[str, Any]], dict[str, Any]]


class ActionModule(host_action.HostAction):
    ARGUMENT_SPEC: ClassVar = {
        "state": {"choices": ["present", "absent"], "default": "present"},
        "timeout": {"type": "int"},
    }
    work: Work

    def refusal(self, host: str, task_vars: Mapping[str, Any]) -> str:
        return str(task_vars.get("refused", {}).get(host, ""))

    def silence_fails(self, task_vars: Mapping[str, Any]) -> bool:
        return "silence_fails" in task_vars

    def run_on_host(self, session: Any, request: dict[str, Any]) -> dict[str, Any]:
        return self.work(session, request)


class Connection:
    """A connection plugin that is connected, or fails to be."""

    transport = "winrm"
    protocol: object = None
    become: object = None

    def __init__(self, failure: str | None = None) -> None:
        self.failure = failure
        self._shell = SimpleNamespace(tmpdir="none")

    def get_option(self, name: str) -> Any:
        return {"remote_password": "Secret-42!", "transport": ["ntlm"]}.get(name)

    def set_option(self, name: str, value: Any) -> None: ...

    def _connect(self) -> None:
        if self.failure:
            raise AnsibleConnectionFailure(self.failure)


def run(
    work: Work,
    *,
    connection: Connection | None = None,
    async_val: int = 0,
    ignore_unreachable: bool = False,
    known: dict[str, Any] | None = None,
    **args: Any,
) -> dict[str, Any]:
    task = SimpleNamespace(
        action="winfleet.hotfix.try",
        args=args,
        async_val=async_val,
        ignore_unreachable=ignore_unreachable,
        check_mode=True,
        diff=False,
        delegate_to=None,
        until=None,
        retries=None,
        failed_when=["failed"],  # which needs the result; without it, a failure is raised
    )
    action = ActionModule(task, connection or Connection(), SimpleNamespace(), None, None, None)
    action.work = work
    return action.run(task_vars={"inventory_hostname": "rdsh-07", **(known or {})})


def nothing(_session: Any, _arguments: dict[str, Any]) -> dict[str, Any]:
    return {}


def raising(error: Exception) -> Work:
    def work(_session: Any, _arguments: dict[str, Any]) -> dict[str, Any]:
        raise error

    return work


def test_arguments_arrive_validated_with_their_defaults() -> None:
    result = run(lambda session, arguments: {"host": session.host, "arguments": arguments}, timeout="30")
    assert result == {
        "changed": False,
        "host": "rdsh-07",
        "arguments": {"state": "present", "timeout": 30},
    }


@pytest.mark.parametrize(
    ("args", "message"),
    [({"stat": "x"}, "Unsupported parameters"), ({"state": "x"}, "one of"), ({"timeout": "x"}, "timeout")],
)
def test_arguments_that_do_not_fit_the_spec_are_refused(args: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleActionFail, match=message):
        run(nothing, **args)


def test_the_request_is_made_once_and_before_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    connection = Connection()
    monkeypatch.setattr(connection, "_connect", lambda: order.append("connect"))

    def prepare(_action: Any, arguments: dict[str, Any]) -> str:
        order.append("prepare")
        return f"state {arguments['state']}"

    monkeypatch.setattr(ActionModule, "prepare", prepare)
    assert run(lambda _session, request: {"request": request}, connection=connection) == {
        "changed": False,
        "request": "state present",
    }
    assert order == ["prepare", "connect"]


def test_wrong_input_is_refused_before_the_connection_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare(_action: Any, _arguments: dict[str, Any]) -> None:
        raise InputError("timeout is 0: it must be at least 1 second")

    monkeypatch.setattr(ActionModule, "prepare", prepare)
    with pytest.raises(AnsibleActionFail, match=r"^timeout is 0: it must be at least 1 second$"):
        run(nothing, connection=Connection("connected although the arguments are wrong"))


def test_input_that_is_wrong_for_one_host_fails_that_host() -> None:
    result = run(raising(InputError("at is in the past, Secret-42!")))
    assert result["failed"] and result["msg"].startswith("rdsh-07: at is in the past")
    assert "Secret-42!" not in result["msg"]


@pytest.mark.parametrize("transport", ["ssh", "psrp", "local"])
def test_another_connection_plugin_is_refused_with_the_variables_to_set(transport: str) -> None:
    connection = Connection()
    connection.transport = transport
    with pytest.raises(
        AnsibleActionFail, match=f"'{transport}'.*ansible_connection: winrm.*ansible_port"
    ) as caught:
        run(nothing, connection=connection)
    assert "ansible_winrm_transport" in str(caught.value)


def test_async_is_refused_with_what_to_do_instead() -> None:
    with pytest.raises(AnsibleActionFail, match="Remove async and poll"):
        run(nothing, async_val=60)


@pytest.mark.parametrize("installed", ["0.4.3", "0.3", None])
def test_a_missing_or_old_pywinrm_is_told_with_how_to_install(
    monkeypatch: pytest.MonkeyPatch, installed: str | None
) -> None:
    monkeypatch.setattr(host_work, "installed_pywinrm", lambda: installed)
    with pytest.raises(AnsibleActionFail, match=r"python -m pip install 'pywinrm>=0\.5\.0'"):
        run(nothing)


def test_pywinrm_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(_name: str) -> str:
        raise host_work.PackageNotFoundError

    monkeypatch.setattr(host_work, "version", version)
    assert host_work.installed_pywinrm.__wrapped__() is None


@pytest.mark.parametrize("installed", ["0.5.0", "0.5.1rc1", "1.0"])
def test_newer_pywinrm_is_taken(monkeypatch: pytest.MonkeyPatch, installed: str) -> None:
    monkeypatch.setattr(host_work, "installed_pywinrm", lambda: installed)
    assert run(nothing) == {"changed": False}


def test_become_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(host_action.Display, "warning", lambda _self, text, **_rest: warnings.append(text))
    connection = Connection()
    connection.become = object()
    run(nothing, connection=connection)
    assert "become has no effect" in warnings[0]


def test_a_host_that_cannot_be_reached_stays_unreachable() -> None:
    with pytest.raises(AnsibleConnectionFailure, match="winrm quickconfig"):
        run(nothing, connection=Connection("ntlm: Connection refused"))


def test_a_connection_lost_in_the_middle_is_unreachable() -> None:
    with pytest.raises(AnsibleConnectionFailure, match="rdsh-07: gone"):
        run(raising(ConnectionLost("rdsh-07", "gone")))


def test_where_a_play_goes_on_with_silent_hosts_they_fail_if_it_asks_for_it() -> None:
    silence = raising(ConnectionLost("rdsh-07", "gone"))
    ours = {"silence_fails": True}
    result = run(silence, ignore_unreachable=True, known=ours)
    assert (result["failed"], result["silent"], result["msg"]) == (True, True, "rdsh-07: gone")
    for ignored, known in ((False, ours), (True, {})):
        with pytest.raises(AnsibleConnectionFailure):
            run(silence, ignore_unreachable=ignored, known=known)


def test_a_host_whose_settings_were_refused_is_not_asked_anything() -> None:
    said = "restart must be one of now, none."
    result = run(raising(AssertionError("asked")), known={"refused": {"rdsh-07": said}})
    assert (result["failed"], result["refused"], result["msg"]) == (True, True, said)
    assert run(nothing, known={"refused": {"other": "Wrong."}}) == {"changed": False}


def test_a_fault_is_a_failure_with_its_codes() -> None:
    fault = WsmanFault(
        "rdsh-07", 2150858778, "no class", subcode="CannotProcessFilter", provider_code=0x80041010
    )
    result = run(raising(fault))
    assert result["failed"]
    assert result["msg"] == str(fault)
    assert result["fault"] == {
        "code": 2150858778,
        "subcode": "CannotProcessFilter",
        "provider_code": 0x80041010,
        "reason": "no class",
    }


def test_another_error_of_the_host_is_a_failure_with_its_message() -> None:
    result = run(raising(TransferError("rdsh-07", "The disk is full.")))
    assert result == {"failed": True, "msg": "rdsh-07: The disk is full."}


def test_an_unexpected_error_is_a_sentence_and_no_traceback() -> None:
    result = run(raising(KeyError("Version")))
    assert result["failed"]
    assert "Traceback" not in str(result)
    assert "-vvv" in result["msg"]


def test_no_text_carries_the_password() -> None:
    assert "Secret-42!" not in str(run(raising(ValueError("login with Secret-42! failed"))))
    assert "Secret-42!" not in str(run(raising(WsmanFault("rdsh-07", 5, "Secret-42!"))))


def test_the_details_for_vvv_carry_no_password_either(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(host_work.Display, "vvv", lambda _self, text, **_rest: shown.append(text))
    run(raising(ValueError("login with Secret-42! failed")))
    assert "Traceback" in shown[0]
    assert "Secret-42!" not in shown[0]


def test_progress_is_shown_with_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(host_work.Display, "display", lambda _self, text, **_rest: shown.append(text))

    def work(session: Any, _arguments: dict[str, Any]) -> dict[str, Any]:
        session.progress("40 % sent")
        return {}

    run(work)
    assert shown == ["rdsh-07: 40 % sent"]
