# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading many files by few queries of CIM_DataFile."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.disk_files import path_key, read_files
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import WsmanFault

from tests.unit._assessment.hosts import data_file_rows
from tests.unit.fake_session import FakeSession

CREDSSP = r"C:\Windows\System32\Credssp.dll"
QUOTA_VIOLATION = 0x8004106C


def host(disk):
    return FakeSession(wmi={"CIM_DataFile": data_file_rows(disk)})


def test_names_are_quoted_as_wql_wants_it():
    session = host({})
    read_files(session, [r"C:\it's\x.dll"])
    assert session.queries == [
        r"SELECT FileSize, LastModified, Name, Version FROM CIM_DataFile WHERE Name='C:\\it\'s\\x.dll'"
    ]


def test_files_are_found_though_the_host_spells_them_otherwise():
    row = {"Name": r"c:\\windows\\system32\\credssp.dll", "Version": " 6.1.7600.16385 ", "FileSize": "5"}
    found = read_files(FakeSession(wmi={"CIM_DataFile": [row]}), [CREDSSP])[path_key(CREDSSP)]
    assert (found.version, found.size, found.modified) == ("6.1.7600.16385", 5, None)


def test_a_file_that_is_not_there_is_left_out():
    assert read_files(host({}), [CREDSSP]) == {}


def test_the_same_file_is_asked_for_once():
    session = host({CREDSSP: "1.0.0.0"})
    assert len(read_files(session, [CREDSSP, CREDSSP.upper()])) == 1
    assert session.queries[0].count("Name=") == 1


def test_many_files_take_several_queries():
    paths = [rf"C:\dir\{number}.dll" for number in range(105)]
    session = host(dict.fromkeys(paths, "1.0.0.0"))
    assert len(read_files(session, paths)) == 105
    assert [query.count("Name=") for query in session.queries] == [50, 50, 5]


def test_long_names_take_several_queries():
    paths = ["C:\\" + "x" * 200 * 10 + str(number) for number in range(10)]
    session = host(dict.fromkeys(paths, None))
    assert len(read_files(session, paths)) == 10
    assert all(len(query) < 16384 for query in session.queries)


def test_no_files_take_no_query():
    assert read_files(FakeSession(), []) == {}


def test_a_host_that_finds_the_query_too_complex_is_asked_for_half_at_a_time():
    answer = data_file_rows(dict.fromkeys([rf"C:\{number}" for number in range(7)], "1.0.0.0"))

    def strict(wql):
        if wql.count("Name=") > 2:
            raise WsmanFault("host1", 1, "quota violation", provider_code=QUOTA_VIOLATION)
        return answer(wql)

    session = FakeSession(wmi={"CIM_DataFile": strict})
    assert len(read_files(session, [rf"C:\{number}" for number in range(7)])) == 7


@pytest.mark.parametrize("code", [QUOTA_VIOLATION, 0x80041003])
def test_a_host_that_refuses_one_name_is_an_error(code):
    fault = WsmanFault("host1", 1, "no", provider_code=code)
    with pytest.raises(WsmanFault):
        read_files(FakeSession(wmi={"CIM_DataFile": fault}), [CREDSSP, r"C:\x"])
