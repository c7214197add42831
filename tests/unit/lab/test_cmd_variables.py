# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables, FOR and SET of the cmd interpreter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.windows.cmd.expansion import modify, split_arguments
from tests.lab.windows.cmd.loops import ForOptions, fields, parse_options

from .machine import cmd, command, on_host, script


def test_the_command_line_keeps_undefined_variables_and_a_batch_file_drops_them() -> None:
    assert cmd("echo [%nope%]").out == "[%nope%]\r\n"
    assert script("@echo [%nope%] 100%%\n").out == "[] 100%\r\n"


@pytest.mark.parametrize(
    ("modifier", "value"),
    [("~0,3", "abc"), ("~2", "cdef"), ("~-2", "ef"), ("~1,-1", "bcde"), ("CD=--", "ab--ef"), ("*c=", "def")],
)
def test_parts_of_variables(modifier: str, value: str) -> None:
    assert modify("abcdef", modifier) == value


def test_set_shows_sets_and_removes() -> None:
    result = script('@set "zz=1 & 2"\n@set zz\n@set zz=\n@if not defined zz echo gone\n')
    assert result.out == "zz=1 & 2\r\ngone\r\n"


def test_delayed_expansion_sees_the_value_of_the_moment() -> None:
    text = "@echo off\nsetlocal enabledelayedexpansion\nset x=1\n(\nset x=2\necho %x% !x!\n)\n"
    assert script(text).out == "1 2\r\n"


def test_setlocal_ends_with_the_batch_file() -> None:
    text = "@echo off\nset x=out\ncall :inner\necho %x% %cd%\ngoto :eof\n:inner\nsetlocal\nset x=in\ncd \\\n"
    assert script(text).out == "out C:\\Windows\\System32\r\n"


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ('cmd /c "set var=22&& setlocal && set var=33&& endlocal && set var"', "var=33\r\n"),
        ('cmd.exe /c " echo passed "', "passed \r\n"),
        ('mkdir "C:\\a b"& echo @echo ran %1>"C:\\a b\\c.cmd"& cmd /c "C:\\a b\\c.cmd" x', "ran x\r\n"),
        ("cmd.exe /cecho No whitespace", "No whitespace\r\n"),
        ('cmd.exe /c "dir /ad C:\\Window? /b"', "Windows\r\n"),
        ("cmd.exe /c", ""),
        ("cmd.exe /c goto :nowhere", ""),
        ("cmd.exe /c call :nowhere", ""),
        ('cmd.exe /c echo "|"', '"|"\r\n'),
        ('cmd.exe /c echo """', '"""\r\n'),
        ("cmd.exe /c echo one = %1", "one = %1\r\n"),
        ("cmd.exe /c echo %nope:h=t%", "%nope:h=t%\r\n"),
    ],
)
def test_a_cmd_within_a_cmd(line: str, out: str) -> None:
    # What conformance tests found on Windows; each is a single command line.
    assert cmd(line).out == out


def test_error_level_is_signed() -> None:
    assert script("@cmd /c exit 2148468766\n@echo %errorlevel%\n").out == "-2146498530\r\n"


def test_arguments_and_the_folder_of_the_script() -> None:
    result = script("@echo %~1/%2/%~dp0/%~nx0/%*\n", '"a b" c')
    assert result.out == 'a b/c/C:\\Windows\\Temp\\/test.cmd/"a b" c\r\n'


def test_labels_calls_and_exit_codes() -> None:
    text = "@echo off\ncall :part one\necho back %errorlevel%\nexit /b 9\n:part\necho part %1\nexit /b 3\n"
    result = script(text)
    assert (result.out, result.code) == ("part one\r\nback 3\r\n", 9)


def test_a_side_of_a_pipe_cannot_jump() -> None:
    assert script('@echo off\n(goto here) | find "x"\necho next\n:here\n').out == "next\r\n"


def test_a_missing_label_ends_the_script() -> None:
    result = script("@echo off\ngoto nowhere\necho lost\n")
    assert (result.out, result.code) == ("", 1)


def test_a_batch_file_called_without_call_does_not_come_back() -> None:
    async def work(host: object) -> None:
        disk = host.disk  # type: ignore[attr-defined]
        disk.write("C:\\one.cmd", b"@echo off\r\nC:\\two.cmd\r\necho lost\r\n")
        disk.write("C:\\two.cmd", b"@echo two\r\n@exit /b 6\r\n")
        result = await command(host, "C:\\one.cmd")  # type: ignore[arg-type]
        assert (result.out, result.code) == ("two\r\n", 6)

    on_host(work)


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("for %i in (a b,c) do @echo %i", "a\r\nb\r\nc\r\n"),
        ('for /f "tokens=1,3* delims=;" %a in ("1;2;3;4;5") do @echo %a-%b-%c', "1-3-4;5\r\n"),
        ("for /f %i in ('echo one two') do @echo %i", "one\r\n"),
        ('for /f "usebackq delims=" %i in (`echo "a b"`) do @echo %~i', "a b\r\n"),
        ("for %i in (C:\\Windows\\win.*) do @echo %~nxi %~zi", "win.ini 49\r\n"),
        ("for /f \"tokens=2 delims==\" %i in ('set windir') do @echo %i", "C:\\Windows\r\n"),
    ],
)
def test_for(line: str, out: str) -> None:
    assert cmd(line).out == out


def test_for_f_skips_lines_comments_and_empty_lines() -> None:
    text = "@(echo head&echo.&echo ;note&echo body)>C:\\x.txt\n"
    text += '@for /f "skip=1 delims=" %%l in (C:\\x.txt) do @echo [%%l]\n'
    assert script(text).out == "[body]\r\n"


def test_options_of_for_f_are_read_in_any_order() -> None:
    options = parse_options('"usebackq skip=2 tokens=1-3,5* eol=# delims=, "')
    assert options == ForOptions("#", 2, ", ", (1, 2, 3, 5), True, True)


@given(st.lists(st.text("abc.", min_size=1), min_size=1, max_size=6))
def test_tokens_are_the_words_of_a_line(words: list[str]) -> None:
    options = parse_options(f'"tokens=1-{len(words)}"')
    assert fields("  ".join(words), options) == words


@given(
    st.lists(st.text(st.characters(codec="ascii", exclude_characters='"\\', min_codepoint=33)), max_size=5)
)
def test_quoted_arguments_come_apart_as_they_were_put_together(words: list[str]) -> None:
    assert split_arguments(" ".join(f'"{word}"' for word in words)) == words


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("if 10 GTR 9 echo yes", "yes\r\n"),
        ("if b GTR a echo yes", "yes\r\n"),
        ("if /i ABC==abc echo yes", "yes\r\n"),
        ("if ABC==abc (echo yes) else echo no", "no\r\n"),
        ("if not exist C:\\Windows\\ (echo no) else (echo there)", "there\r\n"),
        ("if exist C:\\Windows\\w*.ini echo yes", "yes\r\n"),
        ("if defined windir echo yes", "yes\r\n"),
        ("cmd /c exit 3 & if errorlevel 3 echo three", "three\r\n"),
        ("if 0x10 EQU 16 echo yes", "yes\r\n"),
    ],
)
def test_if(line: str, out: str) -> None:
    assert cmd(line).out == out


def test_date_and_time_are_localised() -> None:
    german = cmd("echo %date%", language="de-DE").out
    assert german[2] == german[5] == "."
    assert cmd("echo %time%", language="de-DE").out[8] == ","
    assert cmd("echo %time%").out[8] == "."
