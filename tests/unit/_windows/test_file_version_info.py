# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of any files: variables, order, and paths that cannot be asked for."""

from __future__ import annotations

import re

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.file_version_info import (
    check_paths,
    read_file_versions,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError

from tests.unit._assessment.hosts import data_file_rows
from tests.unit.fake_session import FakeSession

CREDSSP = "C:\\Windows\\System32\\credssp.dll"
NTDLL = "C:\\Windows\\System32\\ntdll.dll"
NOTES = "D:\\notes.txt"
ENVIRONMENT = "ProgramFiles(x86)=C:\\Program Files (x86)\r\nSystemRoot=C:\\Windows\r\nODD=a=b\r\n"


def host(disk=None):
    return FakeSession(
        wmi={
            "CIM_DataFile": data_file_rows(
                {NTDLL: "6.1.7600.16385", **(disk or {CREDSSP: "6.1.7600.16385 (win7_rtm)", NOTES: None})}
            ),
            "Win32_OperatingSystem": [{"WindowsDirectory": "C:\\Windows"}],
            "Win32_LogicalDisk": [{"DeviceID": "C:"}, {"DeviceID": "D:"}],
        },
        commands={"set": ENVIRONMENT},
    )


def test_files_come_in_the_order_asked_for():
    assert read_file_versions(host(), [NOTES, "C:\\none.dll", CREDSSP]) == [
        {
            "path": NOTES,
            "exists": True,
            "version": None,
            "size": 22016,
            "modified": "2010-01-15T20:03:00+00:00",
        },
        {"path": "C:\\none.dll", "exists": False, "version": None, "size": None, "modified": None},
        {
            "path": CREDSSP,
            "exists": True,
            "version": "6.1.7600.16385",
            "size": 22016,
            "modified": "2010-01-15T20:03:00+00:00",
        },
    ]


@pytest.mark.parametrize(
    ("path", "full"),
    [
        ("%SystemRoot%\\System32\\credssp.dll", CREDSSP),
        ("%systemroot%/System32/credssp.dll", CREDSSP),
        ("C:\\Windows\\.\\System32\\wbem\\..\\credssp.dll", CREDSSP),
        ("  C:\\Windows\\System32\\credssp.dll ", CREDSSP),
        ("%ProgramFiles(x86)%\\x.dll", "C:\\Program Files (x86)\\x.dll"),
        ("C:\\100% sure.txt", "C:\\100% sure.txt"),
        ("C:\\%ODD%.txt", "C:\\a=b.txt"),
    ],
)
def test_variables_are_replaced_and_paths_made_plain(path, full):
    assert read_file_versions(host(), [path])[0]["path"] == full


def test_a_path_never_becomes_part_of_a_command():
    session = host()
    read_file_versions(session, ["%SystemRoot%\\x & echo y.dll"])
    assert session.command_lines == ["set"]


def test_paths_without_variables_take_no_command():
    session = host()
    read_file_versions(session, [CREDSSP])
    assert (session.command_lines, len(session.queries)) == ([], 1)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("%NOPE%\\x.dll", "the variable %NOPE% is not set on the host"),
        ("\\\\server\\share\\x.dll", "this is a network or device path"),
        ("//server/share/x.dll", "this is a network or device path"),
        ("\\\\?\\C:\\x.dll", "this is a network or device path"),
        ("x.dll", "give the full path of one file"),
        ("C:x.dll", "give the full path of one file"),
        ("\\Windows\\x.dll", "give the full path of one file"),
        ("C:\\", "give the full path of one file"),
        ("C:\\*.dll", "give the full path of one file"),
        ("", "give the full path of one file"),
        ("E:\\x.dll", "E: is not a local fixed disk of the host.*C:, D: only"),
    ],
)
def test_a_path_that_cannot_be_asked_for_is_an_error_that_names_it(path, message):
    with pytest.raises(InputError, match=message):
        read_file_versions(host(), [path])


@pytest.mark.parametrize("path", ["x.dll", "\\\\server\\x.dll", "C:\\*.dll", "%SystemRoot%\\*.dll"])
def test_a_path_that_no_host_can_read_is_refused_without_one(path):
    with pytest.raises(InputError, match=f"paths has {re.escape(path)}"):
        check_paths([path])


def test_a_path_that_some_host_can_read_is_not_refused_without_one():
    check_paths([CREDSSP, "%SystemRoot%\\x.dll", "%FOLDER%\\x.dll", "C:\\100% sure.txt"])


def test_a_version_of_another_form_is_given_as_it_is():
    assert read_file_versions(host({CREDSSP: "build 7"}), [CREDSSP])[0]["version"] == "build 7"
