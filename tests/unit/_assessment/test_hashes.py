# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that only their hash proves: what the host is asked, and what its answers prove."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment.assess import assess
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import load_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.file_hashes import (
    hash_parts,
    hashes_by_path,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.joined_command import (
    ask_in_one_command,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import RemoteError

from tests.unit._assessment.hosts import hotfix_host, platform_rows, system_row
from tests.unit._hotfix.builds import definition, entry, file
from tests.unit.lab_session import LabSession

SHA1, SHA256 = "ab" * 20, "cd" * 32
BRIDGE, LIBRARY = r"C:\Windows\System32\drivers\bridge.sys", r"C:\Windows\System32\bridge.dll"
OLD, FIX, NEW = "6.1.7600.20700", "6.1.7600.20864", "6.1.7600.20900"
BESIDE = file(FIX, path=r"%SystemRoot%\System32\bridge.dll")


def pairs(digest: str) -> str:
    """A hash as certutil of 6.1 prints it."""
    return " ".join(digest[start : start + 2] for start in range(0, len(digest), 2)) + "\r\n"


def assessed(*files, printed, version=None, build=7600):
    """Assess a host whose certutil prints this, and whose other file has this version."""
    rows = platform_rows(system_row(Version=f"6.1.{build}", BuildNumber=str(build)))
    disk = {BRIDGE: None, **({LIBRARY: version} if version else {})}
    session = hotfix_host(disk, {"hasha": printed}, wmi=rows)
    result = assess(session, load_definition(definition(entry(7600, *files)))).to_result()
    return result, session


@pytest.mark.parametrize(
    ("given", "printed", "status", "state"),
    [
        ({"sha1": SHA1}, pairs(SHA1), "compliant", "fixed"),
        ({"sha256": SHA256}, pairs(SHA256) + pairs("00" * 20), "compliant", "fixed"),
        ({"sha1": SHA1, "sha256": SHA256}, pairs(SHA256) + pairs(SHA1), "compliant", "fixed"),
        # Newer versions of certutil print no blanks.
        ({"sha1": SHA1}, SHA1 + "\r\n", "compliant", "fixed"),
        # Another hash is that of an older file, or of a later update's.
        ({"sha1": SHA1}, pairs("00" * 20), "unknown", "undecided"),
        ({"sha1": SHA1, "sha256": SHA256}, pairs("00" * 32) + pairs(SHA1), "unknown", "undecided"),
        # No hash that could be compared.
        ({"sha1": SHA1}, "CertUtil: -hashfile command FAILED: 0x80070020\r\n", "unknown", "unreadable"),
        ({"sha256": SHA256}, pairs(SHA1), "unknown", "unreadable"),
    ],
)
def test_only_an_equal_hash_proves_a_file(given, printed, status, state):
    result, _unused = assessed(file(**given), printed=printed)
    assert (result["status"], result["files"][0]["state"]) == (status, state), result["reasons"]


@pytest.mark.parametrize(
    ("version", "status"),
    [(NEW, "compliant"), (OLD, "vulnerable"), (FIX, "unknown")],
)
def test_the_version_of_the_component_decides_a_file_with_another_hash(version, status):
    result, _unused = assessed(file(sha1=SHA1), BESIDE, printed=pairs("00" * 20), version=version)
    assert result["status"] == status, result["reasons"]


def test_an_equal_hash_beside_an_older_file_of_the_component_is_partly_fixed():
    result, _unused = assessed(file(sha1=SHA1), BESIDE, printed=pairs(SHA1), version=OLD)
    assert result["status"] == "inconsistent"
    assert f"{BRIDGE} has the hash of the hotfix's file, but {LIBRARY} has {OLD}." in result["reasons"][0]


def test_the_reasons_name_the_files_that_differ_or_could_not_be_hashed():
    differs, _unused = assessed(file(sha1=SHA1), printed=pairs("00" * 20))
    assert f"{BRIDGE} does not show whether it has the fix: it has another hash" in differs["reasons"][0]
    failed, _unused = assessed(file(sha1=SHA1), printed="")
    assert failed["reasons"][0] == f"The host could not hash these files with certutil: {BRIDGE}."


def test_files_with_a_version_and_files_that_do_not_decide_are_not_hashed():
    files = file(FIX, sha1=SHA1), file(deciding=False, sha1=SHA1, path=r"%SystemRoot%\a.mof")
    _unused, session = assessed(*files, printed="")
    assert not any("certutil" in line for line in session.command_lines)


def test_few_files_are_hashed_by_the_command_line_that_is_sent_anyway():
    _unused, session = assessed(file(sha1=SHA1), printed=pairs(SHA1))
    assert len(session.command_lines) == 1


def test_many_files_are_hashed_in_command_lines_that_cmd_takes():
    names = [f"{'x' * 100}{number}.sys" for number in range(60)]
    files = [file(sha1=SHA1, path=rf"%SystemRoot%\System32\{name}") for name in names]
    disk = {rf"C:\Windows\System32\{name}": None for name in names}
    session = hotfix_host(disk, {name: pairs(SHA1) for name in hash_parts(list(disk))})
    result = assess(session, load_definition(definition(entry(7600, *files)))).to_result()
    assert result["status"] == "compliant", result["reasons"]
    assert {each["state"] for each in result["files"]} == {"fixed"}
    assert max(map(len, session.command_lines)) < 8000
    assert len(session.command_lines) < 10


def test_hashes_that_the_host_refuses_leave_the_rest_of_the_assessment():
    names = [f"{'x' * 100}{number}.sys" for number in range(60)]
    files = [file(sha1=SHA1, path=rf"%SystemRoot%\System32\{name}") for name in names]
    session = hotfix_host({rf"C:\Windows\System32\{name}": None for name in names})
    session.commands["echo [[hash"] = RemoteError("host1", "refused")
    result = assess(session, load_definition(definition(entry(7600, *files)))).to_result()
    assert (result["status"], result["servicing"]["packages"]) == ("unknown", [])
    assert "refused" in result["reasons"]


def test_a_simulated_host_computes_both_hashes_of_a_file_and_none_of_a_missing_one():
    paths = [r"C:\Windows\System32\none.dll", r"C:\Windows\System32\credssp.dll"]
    session = LabSession(system="2008r2-x64")
    found = hashes_by_path(paths, ask_in_one_command(session, hash_parts(paths)))
    assert [len(each) for each in found[paths[1].lower()]] == [64, 40]
    assert found[paths[0].lower()] == ()
