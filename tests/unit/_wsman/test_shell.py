# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands and shells, as the conversations they are."""

from __future__ import annotations

import pytest
import requests.exceptions
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import (
    CommandTimeout,
    ConnectionLost,
    RemoteError,
    WsmanFault,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.shell import MAX_COMMAND_LINE
from hypothesis import given
from hypothesis import strategies as st

from tests.unit._wsman.replay import (
    OWN_SHELL_ID,
    SHELL_ID,
    Exchange,
    Host,
    command,
    deleted,
    done,
    fault,
    opened,
    running,
    sent,
    signalled,
    started,
    timeout,
)
from tests.unit.lab_session import LabSession


def test_a_command_runs_in_the_shell_that_ansible_opened() -> None:
    asked = started('ver & echo "100%" <x>', Selector=SHELL_ID)
    asked.expect["Option[WINRS_SKIP_CMD_SHELL]"] = "FALSE"
    asked.expect["Option[WINRS_CONSOLEMODE_STDIN]"] = "TRUE"
    with Host(asked, done("6.1.7600\r\n", stderr="oops")) as host:
        result = host.session.run('ver & echo "100%" <x>')
    assert (result.exit_code, result.stdout, result.stderr) == (0, "6.1.7600\r\n", "oops")


def test_output_comes_in_pieces_and_is_joined_before_it_is_decoded() -> None:
    first = running()
    first.reply = first.reply.replace("@", "").replace("></rsp:Stream>", ">w6QgdMM=</rsp:Stream>", 1)
    with Host(started(), first, done(b"\xbcr")) as host:
        assert host.session.run("x").stdout == "ä tür"


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    with Host(command("x", b"a\xffb")) as host:
        assert host.session.run("x").stdout == "a�b"


@pytest.mark.parametrize("code", [-2147024894, 2147942402])
def test_exit_codes_are_unsigned(code: int) -> None:
    with Host(command("x", exit_code=code)) as host:
        assert host.session.run("x").exit_code == 0x80070002


def test_a_command_that_says_nothing_for_long_is_waited_for_and_told_of() -> None:
    silence = [timeout("Receive", OperationTimeout="PT20S")] * 7
    with Host(started(), *silence, done("at last")) as host:
        assert host.session.run("dism.exe /online", timeout=600).stdout == "at last"
    assert host.shown == [
        "dism.exe has been running for 60 s of 600 s",
        "dism.exe has been running for 120 s of 600 s",
    ]


def test_a_command_that_does_not_end_in_time_is_told_to() -> None:
    waits = [timeout("Receive", OperationTimeout="PT20S"), timeout("Receive", OperationTimeout="PT11S")]
    with (
        Host(started(), *waits, signalled()) as host,
        pytest.raises(CommandTimeout, match="within 30 seconds and was terminated"),
    ):
        host.session.run("hang.exe", timeout=30)


@pytest.mark.parametrize("code", [2150858843, 2150859173])
def test_a_fault_while_it_runs_still_ends_the_command(code: int) -> None:
    if code == 2150858843:
        with (
            Host(started(), fault("Receive", code), signalled()) as host,
            pytest.raises(WsmanFault, match="restarted"),
        ):
            host.session.run("x")
    else:
        with Host(started(), fault("Receive", code), done("y")) as host:
            assert host.session.run("x").stdout == "y"


def test_a_command_that_has_ended_is_signalled_when_the_next_one_begins() -> None:
    with Host(started("x"), done(), signalled(), started("y"), done("z")) as host:
        host.session.run("x")
        assert host.session.run("y").stdout == "z"


def test_a_host_that_allows_one_process_in_a_shell_runs_one_command_after_another() -> None:
    session = LabSession(winrm={"max_processes_per_shell": 1})
    for _unused in range(3):
        assert session.run("echo done").stdout.strip() == "done"
    assert session.clock.slept == []


@pytest.mark.parametrize(
    "failure",
    [fault("Signal", 2150858843), Exchange("Signal", requests.exceptions.ConnectionError("gone"))],
)
def test_an_end_that_cannot_be_told_changes_no_outcome(failure: Exchange) -> None:
    with Host(started("x"), done(), failure, started("y"), done("z")) as host:
        host.session.run("x")
        assert host.session.run("y").stdout == "z"


def test_a_command_of_a_shell_that_is_gone_is_not_signalled_in_the_next_shell() -> None:
    lost = [fault("Signal", 2150858843), fault("Command", 2150858843), opened(65001)]
    with Host(started("x"), done(), *lost, started("y"), done("z")) as host:
        host.session.run("x")
        assert host.session.run("y").stdout == "z"


def test_a_shell_that_the_host_forgot_is_opened_anew_and_left_to_ansible_to_close() -> None:
    again = started("x", Selector=OWN_SHELL_ID)
    with Host(fault("Command", 2150858843), opened(65001), again, done("y")) as host:
        assert host.session.run("x").stdout == "y"
    assert host.connection.shell_id == OWN_SHELL_ID


def test_operations_that_windows_does_not_count_down_get_a_new_shell_at_once() -> None:
    with Host(fault("Command", 2150859174), deleted(SHELL_ID), opened(65001), command("x", "y")) as host:
        assert host.session.run("x").stdout == "y"
    assert host.clock.slept == []
    assert host.connection.shell_id == OWN_SHELL_ID


def test_another_quota_is_waited_for_in_the_same_shell() -> None:
    service_quota = fault("Command", 2150859175)
    with Host(service_quota, service_quota, command("x", "y")) as host:
        assert host.session.run("x").stdout == "y"
    assert host.connection.shell_id == SHELL_ID


def test_operations_that_other_sessions_use_up_are_waited_for_in_the_new_shell() -> None:
    refused = fault("Command", 2150859174)
    with Host(refused, deleted(SHELL_ID), opened(65001), refused, refused, command("x", "y")) as host:
        assert host.session.run("x").stdout == "y"
    assert host.clock.slept == [1.0, 2.0]


def test_a_command_is_not_started_twice_when_the_answer_was_late() -> None:
    with (
        Host(timeout("Command", OperationTimeout="PT60S")) as host,
        pytest.raises(CommandTimeout, match="not sent again"),
    ):
        host.session.run("shutdown /r")


def test_a_connection_that_breaks_is_not_asked_for_more() -> None:
    gone = Exchange("Receive", requests.exceptions.ConnectionError("gone"))
    with Host(started(), gone) as host, pytest.raises(ConnectionLost, match="may be restarting"):
        host.session.run("x")


def test_a_line_too_long_for_cmd_is_refused_before_it_is_sent() -> None:
    with Host() as host, pytest.raises(RemoteError, match="takes at most 8150"):
        host.session.run("x" * (MAX_COMMAND_LINE + 1))


def test_a_line_break_would_cut_a_command_and_is_refused() -> None:
    with Host() as host, pytest.raises(ValueError, match="line breaks"):
        host.session.run("echo a\necho b")


def sort(host: Host, *pieces: bytes) -> None:
    with host.session.shell() as shell:
        shell.run("sort", stdin=iter(pieces))


def test_input_turns_console_mode_off_and_ends_with_its_last_piece() -> None:
    asked = started("sort")
    asked.expect["Option[WINRS_CONSOLEMODE_STDIN]"] = "FALSE"
    with Host(opened(), asked, sent(last=True), done("ab"), deleted()) as host:
        sort(host, b"b\r\na\r\n")
    assert host.replay.sent_input() == b"b\r\na\r\n"


def test_empty_input_is_an_end_of_input() -> None:
    with Host(opened(), started(), sent(last=True), done(), deleted()) as host:
        sort(host)


@given(st.lists(st.binary(max_size=150_000), max_size=4))
def test_any_pieces_of_input_arrive_whole_and_fit_the_envelope(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    sends = max(1, -(-len(whole) // (108 * 1024)))
    last = [sent()] * (sends - 1) + [sent(last=True)]
    with Host(opened(), started(), *last, done(), deleted()) as host:
        sort(host, *pieces)
    assert host.replay.sent_input() == whole


def test_a_late_send_is_not_repeated_and_a_busy_one_is() -> None:
    conversation = [timeout("Send"), fault("Send", 170), sent(last=True)]
    with Host(opened(), started(), *conversation, done(), deleted()) as host:
        sort(host, b"a" * 110592, b"b")
    assert host.replay.sent_input() == b"a" * 110592 + b"bb"  # the refused one was sent too


def test_the_last_command_of_a_shell_is_ended_by_its_deletion() -> None:
    with Host(opened(), started(), done("x"), deleted()) as host, host.session.shell() as shell:
        assert shell.run("ver").stdout == "x"


def test_a_last_command_that_has_not_ended_is_signalled() -> None:
    conversation = [opened(), started(), timeout("Receive"), signalled(), deleted()]
    with Host(*conversation) as host, host.session.shell() as shell, pytest.raises(CommandTimeout):
        shell.run("ver", timeout=20)


def test_output_is_read_in_the_shell_s_own_code_page() -> None:
    conversation = [opened(), started(), done("Größe".encode("cp437")), deleted()]
    with Host(*conversation) as host, host.session.shell() as shell:
        assert shell.run("ver").stdout == "Größe"


def test_a_shell_of_its_own_is_deleted_whatever_happens() -> None:
    with Host(opened(437), deleted()) as host, pytest.raises(RuntimeError), host.session.shell():
        raise RuntimeError


def test_a_new_shell_waits_for_a_free_one() -> None:
    waits = [fault("Create", 2150859173, "w:QuotaLimit"), timeout("Create")]
    with Host(waits, opened(437), deleted()) as host, host.session.shell() as shell:
        assert shell.shell_id == OWN_SHELL_ID
