# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators, groups, quotes and redirections of the cmd interpreter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.windows.cmd.parser import Parser
from tests.lab.windows.cmd.syntax import CmdSyntaxError

from .machine import cmd, command, on_host, script

LINE = "if not /i exist a==b else for /f %i in do ( ) echo & && | || > >> 2>&1 rem EQU 1"
WORDS = LINE.split(" ")


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("echo a&echo b", "a\r\nb\r\n"),
        ("ver >nul && echo yes", "yes\r\n"),
        ("type C:\\nope 2>nul || echo no", "no\r\n"),
        ("type C:\\nope 2>nul && echo yes", ""),
        ("echo a || echo b", "a \r\n"),
        ("(echo a&echo b)&echo c", "a\r\nb\r\nc\r\n"),
        ('echo "a & b | c > d"', '"a & b | c > d"\r\n'),
        ("echo a ^& b ^| c ^> d ^^", "a & b | c > d ^\r\n"),
        ("echo.", "\r\n"),
        ("echo.text", "text\r\n"),
        ("echo(text", "text\r\n"),
        ("@echo quiet", "quiet\r\n"),
        ("echo one 2", "one 2\r\n"),
        ("rem nothing & echo lost", ""),
        ("echo b2>nul", ""),
        ("if 1==1 if 2==2 if 3==0 (echo b1) else (echo b2) else echo b3", "b2\r\n"),
        ("if 1==1 if 2==0 if 3==3 (echo c1) else (echo c2) else echo c3", "c3\r\n"),
        ("if 1==1 (echo p1) else echo p2||echo p3", "p1\r\n"),
        ("if 1==1 echo e1&echo e2 else echo e3", "e1\r\ne2 else echo e3\r\n"),
        ("echo k1||echo k2&&echo k3", "k1\r\n"),
        ("type nope 2>nul || echo l2 && echo l3", "l2 \r\nl3\r\n"),
        ("echo f1|echo f2&&echo f3", "f2\r\nf3\r\n"),
        ("2>C:\\x (echo foo2 >&2)&type C:\\x", "foo2 \r\n"),
        ("echo foo7 7>C:\\x", "foo7 \r\n"),
    ],
)
def test_runs_what_the_operators_say(line: str, out: str) -> None:
    assert cmd(line).out == out


def test_if_takes_the_rest_of_the_line_as_its_body() -> None:
    assert cmd("if 1==2 echo a & echo b").out == ""


def test_an_unbalanced_operator_is_refused_with_the_text_of_cmd() -> None:
    result = cmd("echo a && && echo b")
    assert (result.code, result.out) == (255, "")
    assert result.err == "&& was unexpected at this time.\r\n"


def test_an_unknown_command_is_refused_and_noted() -> None:
    async def work(host: object) -> None:
        result = await command(host, "frobnicate /now")  # type: ignore[arg-type]
        assert result.code == 1
        assert result.err.startswith("'frobnicate' is not recognized as an internal or external command,")
        assert host.unknown_requests == ["command frobnicate"]  # type: ignore[attr-defined]

    on_host(work)


def test_an_unknown_command_sets_9009_in_a_batch_file() -> None:
    assert script("@echo off\nfrobnicate\necho %errorlevel%\n").out == "9009\r\n"


def test_output_and_errors_are_redirected_apart_and_together() -> None:
    result = cmd(
        "type C:\\nope >C:\\o.txt 2>C:\\e.txt & "
        "type C:\\o.txt C:\\e.txt & (type C:\\nope) >C:\\b.txt 2>&1 & type C:\\b.txt"
    )
    assert result.out == "The system cannot find the file specified.\r\n" * 2
    assert result.err == ""


def test_redirections_may_stand_before_the_command() -> None:
    assert (
        cmd('>>"C:\\x y.txt" echo one& >>"C:\\x y.txt" echo two& type "C:\\x y.txt"').out == "one\r\ntwo\r\n"
    )


def test_a_digit_before_the_redirection_is_its_handle_only_as_a_word() -> None:
    assert cmd("echo a1>C:\\x.txt& type C:\\x.txt").out == "a1\r\n"


def test_a_redirection_into_a_missing_folder_fails_without_running_the_command() -> None:
    result = cmd("mkdir C:\\made > C:\\nope\\x.txt & if exist C:\\made echo made")
    assert result.out == ""
    assert result.err == "The system cannot find the path specified.\r\n"


def test_pipes_connect_programs_and_the_right_side_decides() -> None:
    assert cmd('(echo apple&echo pear) | find "pea"').out == "pear\r\n"
    assert cmd('echo apple | find "pear"').code == 1


@given(st.text('ab1 "^&|<>()@=%!:,;\n') | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        assert Parser(text).parse() is not None
    except CmdSyntaxError as error:
        assert str(error)


def test_a_line_beyond_8191_characters_is_refused() -> None:
    assert cmd("echo " + "x" * 8186).code == 0
    result = cmd("echo " + "x" * 8187)
    assert (result.code, result.out, result.err) == (1, "", "The command line is too long.\r\n")


def test_the_code_page_decides_how_output_is_written() -> None:
    assert cmd("echo größer", code_page=850).out == "größer\r\n"
    assert cmd("echo größer", code_page=65001).out == "größer\r\n"


def test_input_under_65001_loses_what_is_not_ascii() -> None:
    # Recorded behaviour of cmd.exe: it reads byte by byte; transfer shells therefore use 437.
    assert cmd('findstr "^"', "größer\r\n".encode(), code_page=65001).out == "gr????er\r\n"
    assert cmd('findstr "^"', b"gr\x94\xe1er\r\n").out == "größer\r\n"


def test_exit_gives_its_code() -> None:
    assert cmd("exit 5").code == 5
    assert cmd("exit /b 3010").code == 3010
    assert cmd("cmd /c exit 7").code == 7
    assert cmd("exit -2146498530").code == 2148468766


def test_echo_leaves_the_error_level_alone() -> None:
    assert cmd("cmd /c exit 4 & echo done").code == 4
