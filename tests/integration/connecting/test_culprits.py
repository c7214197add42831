# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failures to connect name the right culprit, in the words of every ansible-core that the tests have."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.integration.connecting.cases import CASES, PROXIES
from tests.integration.connecting.environments import (
    ENVIRONMENTS,
    Failures,
    Scripts,
    failures_of,
    provoking,
)

TO_THE_HOST = r"quickconfig|[Cc]heck ansible_host|on the host|host's (DNS|firewall)"


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripts]:
    with provoking(tmp_path_factory) as started:
        yield started


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def failures(request: pytest.FixtureRequest, scripts: Scripts) -> Failures:
    """What each case ended in, in one environment."""
    return failures_of(scripts[request.param])


@pytest.mark.parametrize("name", [*PROXIES, *CASES])
def test_a_failure_names_its_culprit_and_what_to_do(failures: Failures, name: str) -> None:
    case, found = {**PROXIES, **CASES}[name], failures[name]
    assert found["culprit"] == case.culprit, found
    assert re.search(case.says, found["message"]), found


@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_never_sends_anybody_to_the_host(failures: Failures, name: str) -> None:
    message = failures[name]["message"]
    advice = message.rpartition(" [")[0]
    assert "controller's proxy" in advice or "between the controller and the host" in advice
    assert "no_proxy" in advice
    assert "ansible_winrm_proxy" in advice
    assert not re.search(TO_THE_HOST, advice), message


@pytest.mark.parametrize("name", [*PROXIES, *CASES])
def test_no_password_is_shown(failures: Failures, name: str) -> None:
    assert not re.search(r"Secret-42!|Pr0xy-42", failures[name]["message"])
