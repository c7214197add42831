# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account of a domain is refused a few times in a row, and then no host tries it; nobody waits else."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible.utils.display import Display
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman import _lockout
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman._lockout import (
    MOST_REFUSALS,
    LogOns,
    NotTriedError,
    log_ons_of,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.waiting import Clock, waited_for_others

NTLM = ("ntlm",)


@pytest.fixture(autouse=True)
def run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that Ansible makes for a run."""
    monkeypatch.setattr(_lockout.constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    return tmp_path


class Plugin:
    """A connection plugin with options."""

    def __init__(self, user: str, address: str = "10.0.0.7") -> None:
        self.options = {"remote_user": user, "remote_addr": address, "remote_password": "Secret-42!"}

    def get_option(self, name: str) -> str | None:
        return self.options.get(name)


class Full(Exception):  # noqa: N818 - a signal of this test
    """A log-on has to wait."""


class NoWait(Clock):
    """A clock on which waiting is seen."""

    def sleep(self, seconds: float) -> None:
        raise Full


def of(user: str = "CORP\\patching", transports: Sequence[str] = NTLM, address: str = "10.0.0.7") -> LogOns:
    return log_ons_of(Plugin(user, address), transports)


def refuse(log_ons: LogOns, *hosts: str) -> None:
    for host in hosts:
        with log_ons.turn(NoWait()):
            log_ons.refused(host)


def test_an_account_that_is_refused_three_times_in_a_row_is_not_tried_again() -> None:
    refuse(of(), "srv-1", "srv-2", "srv-3")
    with pytest.raises(NotTriedError, match=r"^not tried: srv-1, srv-2, srv-3 refused CORP\\patching$"):
        refuse(of(), "srv-4")


def test_a_success_between_refusals_lets_the_account_be_tried_on() -> None:
    refuse(of(), "srv-1", "srv-2")
    with of().turn(NoWait()):
        of().accepted()
    refuse(of(), "srv-3", "srv-4", "srv-5")


@pytest.mark.parametrize("user", ["corp\\Patching", "patching@corp.example", "PATCHING@CORP.EXAMPLE"])
def test_every_spelling_of_the_account_counts(user: str) -> None:
    refuse(of(), "srv-1", "srv-2", "srv-3")
    with pytest.raises(NotTriedError):
        refuse(of(user), "srv-4")


def test_another_account_is_tried() -> None:
    refuse(of(), "srv-1", "srv-2", "srv-3")
    refuse(of("CORP\\other"), "srv-4")


@pytest.mark.parametrize("user", ["Administrator", ".\\Administrator", "srv-9\\Administrator", ""])
def test_refusals_of_a_hosts_own_account_do_not_count_on_other_hosts(user: str) -> None:
    refuse(of(user, address="srv-9.corp.example"), *["srv-9"] * (MOST_REFUSALS + 1))


def test_a_ticket_or_a_certificate_is_no_password() -> None:
    refuse(of(transports=[]), *["srv-1"] * (MOST_REFUSALS + 1))
    refuse(of(transports=["certificate"]), *["srv-1"] * (MOST_REFUSALS + 1))


def test_credssp_counts_twice_because_it_asks_the_kdc_and_the_host() -> None:
    refuse(of(transports=["credssp"]), "srv-1")
    with pytest.raises(NotTriedError, match="srv-1 refused"):
        refuse(of(transports=["credssp"]), "srv-2")


def test_no_more_log_ons_are_under_way_than_may_be_refused() -> None:
    refuse(of(), "srv-1")
    with of().turn(NoWait()), of().turn(NoWait()), pytest.raises(Full), of().turn(NoWait()):
        pass


def test_a_log_on_that_ended_without_an_answer_leaves_its_place() -> None:
    for _unused in range(MOST_REFUSALS + 1):
        with of().turn(NoWait()):
            pass


def test_a_host_that_has_said_nothing_for_long_keeps_nobody_waiting(run_folder: Path) -> None:
    with of().turn(NoWait()), of().turn(NoWait()), of().turn(NoWait()):
        for place in run_folder.glob("*/place-*"):
            os.utime(place, (time.time() - 11,) * 2)
        refuse(of(), "srv-4")


def test_a_place_that_became_free_is_held_as_long_as_any_other(run_folder: Path) -> None:
    with of().turn(NoWait()), of().turn(NoWait()), of().turn(NoWait()):
        for place in run_folder.glob("*/place-*"):
            os.utime(place, (time.time() - 11,) * 2)
        with of().turn(NoWait()), of().turn(NoWait()), of().turn(NoWait()), pytest.raises(Full):
            refuse(of(), "srv-7")


def test_the_time_of_waiting_for_others_is_told() -> None:
    heard: list[float] = []
    token = waited_for_others.set(heard.append)

    class Later(Clock):
        """A clock on which the others end while somebody waits."""

        def now(self) -> float:
            return 7.0 * len(paused)

        def sleep(self, seconds: float) -> None:
            paused.append(seconds)
            if len(paused) == 2:
                of().accepted()

    paused: list[float] = []
    with of().turn(NoWait()), of().turn(NoWait()), of().turn(NoWait()), of().turn(Later()):
        assert heard == [7.0, 7.0]
    waited_for_others.reset(token)


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    shown: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _self, text, **_rest: shown.append(text))
    return shown


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
@pytest.mark.parametrize("only", [0, _lockout.fcntl.LOCK_NB])
def test_a_file_system_without_locks_stops_no_host(
    monkeypatch: pytest.MonkeyPatch, warnings: list[str], number: int, only: int
) -> None:
    def flock(_file: Any, operation: int) -> None:
        if operation & only == only:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(_lockout.fcntl, "flock", flock)
    for _unused in range(MOST_REFUSALS + 1):
        with of().turn(NoWait()):
            of().accepted()
            (of().folder or Path()).joinpath("accepted").unlink(missing_ok=True)
    (warning,) = set(warnings)
    assert "Refusals of CORP\\patching are not counted" in warning and os.strerror(number) in warning


def test_a_folder_that_cannot_be_written_stops_no_host(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch, warnings: list[str]
) -> None:
    (run_folder / "file").touch()
    monkeypatch.setattr(_lockout.constants, "DEFAULT_LOCAL_TMP", str(run_folder / "file"))
    refuse(of(), "srv-1")
    of().accepted()
    of().check()
    assert warnings and all(
        f"local_tmp must name a folder with free space and file locks, and names {run_folder}" in text
        for text in warnings
    )


def test_nobody_waits_once_the_account_was_accepted() -> None:
    of().accepted()
    with of().turn(NoWait()), of().turn(NoWait()), of().turn(NoWait()), of().turn(NoWait()):
        assert of().free


def test_a_success_of_long_ago_proves_nothing(run_folder: Path) -> None:
    of().accepted()
    (accepted,) = run_folder.glob("*/accepted")
    os.utime(accepted, (time.time() - 600,) * 2)
    assert not of().free


def test_a_process_that_is_killed_leaves_its_place() -> None:
    child = os.fork()
    if child == 0:
        held = of("CORP\\patching", ["ntlm"] * MOST_REFUSALS).turn(NoWait())
        held.__enter__()
        os._exit(0)
    os.waitpid(child, 0)
    refuse(of(), "srv-1")


def test_many_threads_together_are_refused_no_more_than_three_times() -> None:
    refused: list[str] = []

    def log_on(host: str) -> None:
        try:
            with of().turn(Clock()):
                refused.append(host)
                of().refused(host)
        except NotTriedError:
            pass

    threads = [threading.Thread(target=log_on, args=(f"srv-{number}",)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == MOST_REFUSALS


@pytest.fixture
def other_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    refuse(of(), "srv-1", "srv-2", "srv-3")
    monkeypatch.setattr(_lockout.constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "other"))
    return


@pytest.mark.usefixtures("other_run")
def test_another_run_begins_anew() -> None:
    refuse(of(), "srv-1")
