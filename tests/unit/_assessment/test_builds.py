# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds and branches: the truth table of one file's version, and hosts as they stand with such a hotfix."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment._compare import Builds, compare
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment.assess import assess
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import load_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.file_version import FileVersion

from tests.unit._assessment.hosts import hotfix_host, platform_rows, system_row
from tests.unit._hotfix.builds import PATH, definition, entry, file

# Short names: each build as released, and each branch before (old), at and after (new) the fix.
V = {
    "RTM": "6.1.7600.16385",
    "RTM gdr": "6.1.7600.16800",
    "RTM ldr old": "6.1.7600.20700",
    "RTM ldr fix": "6.1.7600.20864",
    "RTM ldr new": "6.1.7600.20900",
    "SP1": "6.1.7601.17514",
    "SP1 gdr old": "6.1.7601.18000",
    "SP1 gdr fix": "6.1.7601.18972",
    "SP1 gdr new": "6.1.7601.18973",
    "SP1 ldr old": "6.1.7601.22800",
    "SP1 ldr fix": "6.1.7601.23175",
    "SP1 ldr new": "6.1.7601.24117",
    "later": "6.2.9200.16384",
    "other": "11.2.9600.17000",
    "other old": "11.2.9600.16000",
    "other new": "11.2.9600.18000",
}

TRUTH_TABLE = [
    # build of the entry and of the host, version, gdr_version, version on the host, state
    # An LDR file is compared with the LDR version, a GDR file with the GDR version.
    (7601, 7601, "SP1 ldr fix", "SP1 gdr fix", "SP1", "older"),
    (7601, 7601, "SP1 ldr fix", "SP1 gdr fix", "SP1 gdr old", "older"),
    (7601, 7601, "SP1 ldr fix", "SP1 gdr fix", "SP1 gdr fix", "fixed"),
    (7601, 7601, "SP1 ldr fix", "SP1 gdr fix", "SP1 gdr new", "newer"),
    (7601, 7601, "SP1 ldr fix", "SP1 gdr fix", "SP1 ldr old", "older"),
    (7601, 7601, "SP1 ldr fix", "SP1 gdr fix", "SP1 ldr fix", "fixed"),
    (7601, 7601, "SP1 ldr fix", "SP1 gdr fix", "SP1 ldr new", "newer"),
    # A package with LDR alone never makes a GDR file fixed.
    (7600, 7600, "RTM ldr fix", None, "RTM", "older"),
    (7600, 7600, "RTM ldr fix", None, "RTM gdr", "older"),
    (7600, 7600, "RTM ldr fix", None, "RTM ldr old", "older"),
    (7600, 7600, "RTM ldr fix", None, "RTM ldr fix", "fixed"),
    (7600, 7600, "RTM ldr fix", None, "RTM ldr new", "newer"),
    (7601, 7601, "SP1 ldr fix", None, "SP1 gdr new", "older"),
    # A definition with GDR alone says nothing of an LDR file, whatever its number.
    (7601, 7601, "SP1 gdr fix", None, "SP1", "older"),
    (7601, 7601, "SP1 gdr fix", None, "SP1 gdr fix", "fixed"),
    (7601, 7601, "SP1 gdr fix", None, "SP1 gdr new", "newer"),
    (7601, 7601, "SP1 gdr fix", None, "SP1 ldr old", "undecided"),
    (7601, 7601, "SP1 gdr fix", None, "SP1 ldr new", "undecided"),
    # Both branches contain what a build was released with.
    (7600, 7600, "RTM", None, "RTM", "fixed"),
    (7600, 7600, "RTM", None, "RTM gdr", "newer"),
    (7600, 7600, "RTM", None, "RTM ldr old", "newer"),
    # A file of an earlier build than the host's is older; one of a later build was not made for the host.
    (7601, 7601, "SP1 ldr fix", "SP1 gdr fix", "RTM ldr new", "older"),
    (7600, 7600, "RTM ldr fix", None, "SP1", "undecided"),
    (7601, 7601, "SP1 ldr fix", None, "later", "undecided"),
    # The host is above every entry: only a file of its own build shows the service pack.
    (7600, 7601, "RTM ldr fix", None, "SP1", "newer"),
    (7600, 7601, "RTM ldr fix", None, "SP1 ldr old", "newer"),
    (7600, 7601, "RTM ldr fix", None, "RTM", "undecided"),
    (7600, 7601, "RTM ldr fix", None, "RTM ldr fix", "undecided"),
    (7600, 7601, "RTM ldr fix", None, "RTM ldr new", "undecided"),
    (7600, 7601, "RTM ldr fix", None, "later", "undecided"),
    (7600, 7601, "other", None, "other new", "undecided"),
    # Of builds whose branches are not known, a higher number shows nothing.
    (7601, 7601, "other", None, "other old", "older"),
    (7601, 7601, "other", None, "other", "fixed"),
    (7601, 7601, "other", None, "other new", "undecided"),
    (None, 7601, "other", None, "other new", "undecided"),
    # Without a build: the policy on service packs.
    (None, 7600, "RTM ldr fix", None, "RTM ldr old", "older"),
    (None, 7600, "RTM ldr fix", None, "RTM ldr fix", "fixed"),
    (None, 7600, "RTM ldr fix", None, "RTM ldr new", "newer"),
    (None, 7601, "RTM ldr fix", None, "SP1", "newer"),
    (None, 7601, "RTM ldr fix", None, "later", "newer"),
    (None, 7601, "SP1 ldr fix", None, "RTM ldr new", "older"),
    (None, 7601, "SP1 gdr fix", None, "SP1 ldr old", "undecided"),
    (None, 7601, "SP1 ldr fix", "SP1 gdr fix", "SP1 ldr old", "older"),
    (None, 7601, "SP1 ldr fix", "SP1 gdr fix", "SP1 gdr fix", "fixed"),
]


def hotfix_file(version, gdr_version=None):
    gdr = V[gdr_version] if gdr_version else None
    return load_definition(definition(entry(None, file(V[version], gdr_version=gdr)))).products[0].files[0]


@pytest.mark.parametrize(("build", "host", "version", "gdr_version", "found", "state"), TRUTH_TABLE)
def test_truth_table(build, host, version, gdr_version, found, state):
    compared = compare(hotfix_file(version, gdr_version), FileVersion.parse(V[found]), Builds(build, host))
    assert compared.state == state
    assert state != "undecided" or compared.why


BRIDGE = definition(entry(7600, file("6.1.7600.20864")), entry(7601, file("6.1.7601.21624")))
UCRT = definition(entry(7601, file("6.1.7601.23175", gdr_version="6.1.7601.18972")))
ONLY_RTM = definition(entry(7600, file("6.1.7600.20864")))


def assessed(given, build, version, **session):
    rows = platform_rows(
        system_row(
            Version=f"6.1.{build or 7601}",
            BuildNumber=build and str(build),
            ServicePackMajorVersion="1" if build == 7601 else "0",
        )
    )
    host = hotfix_host({PATH.replace("%SystemRoot%", "C:\\Windows"): version}, wmi=rows, **session)
    return assess(host, load_definition(given), exposure=True).to_result()


@pytest.mark.parametrize(
    ("given", "build", "version", "status", "by"),
    [
        # Service Pack 1 as shipped lacks the hotfix, although its number is above that for RTM.
        (BRIDGE, 7601, "6.1.7601.17514", "vulnerable", None),
        (BRIDGE, 7601, "6.1.7601.21624", "compliant", "hotfix"),
        (BRIDGE, 7600, "6.1.7600.20864", "compliant", "hotfix"),
        (BRIDGE, 7600, "6.1.7600.20900", "compliant", "newer"),
        (BRIDGE, 7600, "6.1.7600.16385", "vulnerable", None),
        # An old LDR file is above the GDR version, and lacks the fix.
        (UCRT, 7601, "6.1.7601.22800", "vulnerable", None),
        (UCRT, 7601, "6.1.7601.18972", "compliant", "hotfix"),
        (UCRT, 7601, "6.1.7601.18973", "compliant", "newer"),
        (UCRT, 7601, "6.1.7601.23175", "compliant", "hotfix"),
        (ONLY_RTM, 7601, "6.1.7601.17514", "compliant", "newer"),
        (ONLY_RTM, 7601, "6.1.7600.16385", "unknown", None),
        (ONLY_RTM, 7601, "6.1.7600.20864", "unknown", None),
    ],
)
def test_a_host_is_judged_by_its_build_and_the_branch_of_the_file(given, build, version, status, by):
    result = assessed(given, build, version)
    assert (result["status"], result["by"]) == (status, by), result["reasons"]


@pytest.mark.parametrize(("version", "expected"), [("22800", "23175"), ("18000", "18972")])
def test_the_result_and_the_reason_name_the_version_of_the_files_own_branch(version, expected):
    result = assessed(UCRT, 7601, f"6.1.7601.{version}")
    assert result["files"][0]["expected_version"] == f"6.1.7601.{expected}"
    assert f"6.1.7601.{version} (SP1), older than 6.1.7601.{expected}." in result["reasons"][0]


def test_a_later_service_pack_is_the_reason_why_a_host_is_compliant():
    reason = assessed(ONLY_RTM, 7601, "6.1.7601.17514")["reasons"][0]
    assert reason.endswith(
        "It is of the host's build 7601. This service pack is later than the hotfix and contains it."
    )


def test_an_undecided_file_is_named_with_the_cause_and_what_to_do():
    reason = assessed(definition(entry(7601, file("6.1.7601.18972"))), 7601, "6.1.7601.22800")["reasons"][0]
    assert reason == (
        r"C:\Windows\System32\drivers\bridge.sys does not show whether it has the fix: it has "
        "6.1.7601.22800, of the LDR branch, and the definition has only 6.1.7601.18972 of the GDR branch. "
        "Compare it by hand, or complete the definition."
    )


def test_a_host_that_does_not_report_its_build_is_unknown_and_at_risk():
    result = assessed(BRIDGE, None, "6.1.7601.21624")
    assert result["status"] == "unknown"
    assert "does not report its build" in result["reasons"][0]
    assert result["exposure"]["at_risk"] is True


def test_a_build_that_is_not_reported_does_not_matter_where_the_files_are_for_every_build():
    assert assessed(definition(entry(None, file("6.1.7601.21624"))), None, "6.1.7601.21624")["by"] == "hotfix"


ONLY_SP1 = definition(entry(7601, file("6.1.7601.21624")))


def test_a_host_below_every_entry_is_not_applicable_names_its_service_pack_and_is_at_risk():
    result = assessed(ONLY_SP1, 7600, "6.1.7600.16385")
    assert (result["status"], result["applicable"], result["service_pack_needed"]) == (
        "not_applicable",
        False,
        1,
    )
    assert result["reasons"] == [
        "KB2465285 is for Windows 7 x64 (build 7601), Windows Server 2008 R2 x64 (build 7601); this host "
        "runs Windows Server 2008 R2 x64 (6.1.7600). It needs Service Pack 1 first."
    ]
    assert result["exposure"]["at_risk"] is True


@pytest.mark.parametrize(("given", "build"), [(ONLY_SP1, 7601), (BRIDGE, 7600), (ONLY_RTM, 7601)])
def test_a_host_with_an_entry_needs_no_service_pack(given, build):
    assert assessed(given, build, "6.1.7600.16385")["service_pack_needed"] is None
