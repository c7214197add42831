# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at many hosts: the processes and threads of a scan, with answers that need no network."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.utils.display import Display
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._fleet.reach import Reach
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._fleet.scan import scan
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._fleet.sharing import deal
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._fleet.stopping import stop_at_signals
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.waiting import waited_for_others

HOSTS = [f"host{number}" for number in range(20)]
Answer = dict[str, Any]


def look_at(
    look: Callable[[Reach], Answer],
    *,
    host_timeout: float = 60,
    tick: Callable[[], None] = lambda: None,
    concurrency: int = 8,
    tickets: dict[str, str] | None = None,
) -> tuple[dict[str, Answer], str]:
    """Scan all hosts with two processes, and return their answers and why the scan was stopped."""
    reaches = [Reach(host, ticket=(tickets or {}).get(host, "")) for host in HOSTS]
    answers: dict[str, Answer] = {}
    with stop_at_signals() as stop:
        scan(
            deal(reaches, concurrency=concurrency, processes=2),
            look,
            host_timeout=host_timeout,
            take=answers.__setitem__,
            tick=tick,
            stop=stop,
        )
        return answers, stop.why


def test_every_host_gets_its_own_answer() -> None:
    answers, stopped = look_at(lambda reach: {"asked": reach.host})
    assert answers == {host: {"asked": host} for host in HOSTS}
    assert not stopped


def test_hosts_are_looked_at_by_several_threads_of_two_processes() -> None:
    def look(_reach: Reach) -> Answer:
        time.sleep(0.05)
        return {"place": (os.getpid(), threading.get_ident())}

    answers, _stopped = look_at(look)
    places = {answer["place"] for answer in answers.values()}
    assert len({process for process, _thread in places}) == 2
    assert len(places) == 8
    assert os.getpid() not in {process for process, _thread in places}


def test_hosts_of_different_tickets_never_meet_in_a_process() -> None:
    tickets = {host: f"user{number % 3}" for number, host in enumerate(HOSTS)}
    answers, _stopped = look_at(lambda reach: {"place": (os.getpid(), reach.ticket)}, tickets=tickets)
    places = {answer["place"] for answer in answers.values()}
    assert len({process for process, _ticket in places}) == len(places)


def test_a_host_that_hangs_costs_its_own_time_and_no_other_hosts() -> None:
    def look(reach: Reach) -> Answer:
        time.sleep(3600 if reach.host in HOSTS[:4] else 0)
        return {"asked": reach.host}

    # Every thread meets a host that hangs.
    answers, stopped = look_at(look, host_timeout=0.5, concurrency=4)
    assert [host for host in HOSTS if answers[host].get("unreachable")] == HOSTS[:4]
    assert "0.5 seconds" in answers[HOSTS[0]]["msg"]
    assert not stopped


def test_the_time_of_a_host_begins_when_others_no_longer_keep_it_waiting() -> None:
    def look(reach: Reach) -> Answer:
        for _unused in range(20):
            began = time.monotonic()
            time.sleep(0.1)
            waited_for_others.get()(time.monotonic() - began if reach.host != HOSTS[0] else 0)
        return {"asked": reach.host}

    answers, _stopped = look_at(look, host_timeout=1.5, concurrency=20)
    assert [host for host in HOSTS if answers[host].get("unreachable")] == [HOSTS[0]]


@pytest.mark.parametrize(
    ("raised", "cause"),
    [
        (OSError(28, "No space left on device"), "OSError: [Errno 28] No space left on device"),
        (ValueError("Secret-42!"), "ValueError"),
    ],
)
def test_a_look_that_raises_costs_only_its_own_host(raised: Exception, cause: str) -> None:
    def look(reach: Reach) -> Answer:
        if reach.host in HOSTS[:4]:
            raise raised
        return {"asked": reach.host}

    # Every thread meets a host at which the look raises.
    answers, _stopped = look_at(look, concurrency=4)
    assert {host for host in HOSTS if answers[host].get("failed")} == set(HOSTS[:4])
    assert f"{HOSTS[0]}: The scan failed unexpectedly ({cause})." in answers[HOSTS[0]]["msg"]


def test_what_a_process_shows_arrives_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _self, text, **_rest: shown.append(text))

    # What Ansible's display does in a process that has a queue.
    def proxied(self: Display, text: str) -> None:
        self._final_q.send_display("warning", text)

    monkeypatch.setattr(Display, "display", proxied)

    def look(reach: Reach) -> Answer:
        Display().display(f"{reach.host}: " + "x" * 100_000)
        return {}

    look_at(look)
    assert sorted(shown) == sorted(f"{host}: " + "x" * 100_000 for host in HOSTS)


@pytest.mark.parametrize("concurrency", [2, 8, 64])
def test_a_host_that_ends_its_process_stops_no_other_host(concurrency: int) -> None:
    def look(reach: Reach) -> Answer:
        if reach.host == "host4":
            os.kill(os.getpid(), signal.SIGKILL)
        return {"asked": reach.host}

    answers, stopped = look_at(look, concurrency=concurrency)
    assert "ended unexpectedly" in answers.pop("host4")["msg"]
    assert answers == {host: {"asked": host} for host in HOSTS if host != "host4"}
    assert not stopped


def test_a_process_that_is_killed_once_costs_no_host_its_answer(tmp_path: Path) -> None:
    def look(reach: Reach) -> Answer:
        if reach.host == "host4" and not (tmp_path / "killed").exists():
            (tmp_path / "killed").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return {"asked": reach.host}

    answers, _stopped = look_at(look)
    assert answers == {host: {"asked": host} for host in HOSTS}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_scan_and_keeps_what_was_seen(number: int) -> None:
    def look(reach: Reach) -> Answer:
        time.sleep(3600 if reach.host in HOSTS[10:] else 0)
        return {"asked": reach.host, "process": os.getpid()}

    began = time.monotonic()

    def tick() -> None:
        if time.monotonic() - began > 1:
            os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    answers, stopped = look_at(look, tick=tick, concurrency=20)
    assert sorted(answers) == sorted(HOSTS[:10])
    assert stopped == f"the run was interrupted by {signal.Signals(number).name}"
    assert signal.getsignal(number) == before
    for answer in answers.values():
        with pytest.raises(ProcessLookupError):
            os.kill(answer["process"], 0)
