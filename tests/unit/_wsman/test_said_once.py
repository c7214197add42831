# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an action fails, so that ansible-core prints its message once and keeps its result."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail, AnsibleActionSkip, AnsibleConnectionFailure, AnsibleError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.said_once import said_once

FAILED = {"failed": True, "changed": True, "msg": "The disk is full.", "fault": {"code": 5}}
PLAIN: dict[str, Any] = {"until": None, "retries": None, "failed_when": None, "delegate_to": None}


def run(outcome: dict[str, Any] | Exception, **task: Any) -> dict[str, Any]:
    @said_once
    def act(self: Any, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return act(SimpleNamespace(_task=SimpleNamespace(**{**PLAIN, **task})))


def test_a_result_that_did_not_fail_is_returned() -> None:
    assert run({"changed": True}) == {"changed": True}


def test_a_failed_result_is_raised_whole_and_without_an_exception_to_print() -> None:
    with pytest.raises(AnsibleActionFail) as caught:
        run(FAILED)
    assert caught.value.result == FAILED
    assert caught.value.omit_exception_key


@pytest.mark.parametrize("task", [{"until": ["ok"]}, {"retries": 3}, {"failed_when": ["bad"]}])
def test_a_task_that_treats_failures_in_its_own_way_gets_the_result(task: dict[str, Any]) -> None:
    assert run(FAILED, **task) == FAILED


def test_a_delegated_failure_names_both_hosts() -> None:
    with pytest.raises(AnsibleActionFail) as caught:
        run(dict(FAILED), delegate_to="localhost")
    assert caught.value.result["_ansible_delegated_vars"] == {"ansible_delegated_host": "localhost"}


@pytest.mark.parametrize("kind", [AnsibleActionFail, AnsibleError])
def test_an_error_is_raised_with_its_message_and_without_an_exception_to_print(
    kind: type[AnsibleError],
) -> None:
    with pytest.raises(AnsibleActionFail) as caught:
        run(kind("timeout must be at least 1 second"))
    assert caught.value.result == {"failed": True, "msg": "timeout must be at least 1 second"}
    assert caught.value.omit_exception_key


def test_a_host_that_does_not_answer_stays_unreachable() -> None:
    with pytest.raises(AnsibleConnectionFailure, match="Nothing listens there") as caught:
        run(AnsibleConnectionFailure("Nothing listens there."))
    assert caught.value.omit_exception_key


def test_a_task_that_is_skipped_stays_skipped() -> None:
    with pytest.raises(AnsibleActionSkip):
        run(AnsibleActionSkip("not in check mode"))
