# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict: its whole truth table, rule by rule in their order, and what must hold for any evidence."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment._compare import STATES
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment._file_states import (
    FileFinding,
    file_states,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment.verdict import STATUSES, decide
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import load_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.disk_files import DiskFile, path_key
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.file_version import FileVersion
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.packages import PackageState
from hypothesis import given
from hypothesis import strategies as st

KB = "KB978918"
X64 = load_definition(KB).product_for("Windows Server 2008 R2", "x64")
IDENTITY = "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"
CHILD = "Package_1_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"

# Short names of the x64 rows, in the order of the article.
NAMES = ("credssp", "tspkg", "mof", "icaapi", "tssecsrv", "wow credssp", "wow tspkg", "wow mof")
DECIDING = ("credssp", "tspkg", "tssecsrv", "wow credssp", "wow tspkg")
WOW64_GONE = {"wow credssp": "absent", "wow tspkg": "absent", "wow mof": "absent"}
ALL_OLDER = dict.fromkeys(DECIDING, "older")

VERSIONS = {"fixed": "6.1.7600.20618", "older": "6.1.7600.16385", "newer": "6.1.7601.17514"}


def findings(**states: str) -> list[FileFinding]:
    """A finding for every x64 row; those not named are fixed. Blanks in names are written as underscores."""
    wanted = {name.replace("_", " "): state for name, state in states.items()}
    return [
        FileFinding(
            file,
            file.path.replace("%SystemRoot%", "C:\\Windows"),
            wanted.get(name, "fixed"),
            FileVersion.parse(VERSIONS[wanted.get(name, "fixed")])
            if file.version and wanted.get(name, "fixed") in VERSIONS
            else None,
        )
        for name, file in zip(NAMES, X64.files, strict=True)
    ]


def of(states: dict[str, str]) -> list[FileFinding]:
    return findings(**{name.replace(" ", "_"): state for name, state in states.items()})


def package(state: str, identity: str = IDENTITY) -> list[PackageState]:
    return [PackageState(identity, state, None)]


NONE: list[PackageState] = []

TRUTH_TABLE = [
    # what the files are, what servicing says, status, by
    ({}, NONE, "compliant", "hotfix"),
    ({}, package("Installed"), "compliant", "hotfix"),
    ({}, package("Permanent"), "compliant", "hotfix"),
    ({}, package("Superseded"), "compliant", "hotfix"),
    ({}, package("Staged"), "compliant", "hotfix"),
    ({"credssp": "newer"}, NONE, "compliant", "newer"),
    (dict.fromkeys(DECIDING, "newer"), NONE, "compliant", "newer"),
    (dict.fromkeys(DECIDING, "newer"), package("Superseded"), "compliant", "newer"),
    ({"tssecsrv": "newer"}, package("Installed"), "compliant", "newer"),
    (WOW64_GONE, NONE, "compliant", "hotfix"),
    ({"tssecsrv": "absent"}, NONE, "compliant", "hotfix"),
    ({**WOW64_GONE, "tssecsrv": "absent"}, package("Installed"), "compliant", "hotfix"),
    # Files that do not decide do not decide.
    ({"icaapi": "older"}, NONE, "compliant", "hotfix"),
    ({"icaapi": "missing"}, NONE, "compliant", "hotfix"),
    ({"icaapi": "newer"}, NONE, "compliant", "hotfix"),
    ({"icaapi": "unreadable"}, NONE, "compliant", "hotfix"),
    ({"mof": "missing", "wow mof": "missing"}, NONE, "compliant", "hotfix"),
    # Vulnerable: anything older, as long as nothing contradicts it.
    (ALL_OLDER, NONE, "vulnerable", None),
    (ALL_OLDER, package("Staged"), "vulnerable", None),
    (ALL_OLDER, package("Not Present"), "vulnerable", None),
    # An interrupted installation left the package there; nothing of it is installed.
    (ALL_OLDER, package("Resolving"), "vulnerable", None),
    (ALL_OLDER, package("Resolved"), "vulnerable", None),
    (ALL_OLDER, package("Staging"), "vulnerable", None),
    (ALL_OLDER, package("Partially Installed"), "vulnerable", None),
    ({**ALL_OLDER, **WOW64_GONE}, NONE, "vulnerable", None),
    ({**ALL_OLDER, "tssecsrv": "absent"}, NONE, "vulnerable", None),
    ({"tssecsrv": "older"}, NONE, "vulnerable", None),
    ({**ALL_OLDER, "tssecsrv": "fixed"}, NONE, "vulnerable", None),
    # Inconsistent: servicing against the files.
    (ALL_OLDER, package("Installed"), "inconsistent", None),
    ({"tssecsrv": "older"}, package("Installed"), "inconsistent", None),
    ({"tssecsrv": "older"}, package("Permanent"), "inconsistent", None),
    # Inconsistent: a component against itself, its WOW64 part included.
    ({"credssp": "older"}, NONE, "inconsistent", None),
    ({"tspkg": "older"}, NONE, "inconsistent", None),
    ({"wow credssp": "older", "wow tspkg": "older"}, NONE, "inconsistent", None),
    ({"credssp": "newer", "tspkg": "older"}, NONE, "inconsistent", None),
    # Inconsistent: native files are missing, or half of a component is.
    ({"credssp": "missing"}, NONE, "inconsistent", None),
    ({"tspkg": "missing"}, NONE, "inconsistent", None),
    ({"credssp": "missing", "tspkg": "missing"}, package("Installed"), "inconsistent", None),
    ({**ALL_OLDER, "tspkg": "missing"}, NONE, "inconsistent", None),
    ({"wow tspkg": "missing"}, NONE, "inconsistent", None),
    # A pending package comes before what the files say.
    ({}, package("Install Pending"), "restart_pending", None),
    (ALL_OLDER, package("Install Pending"), "restart_pending", None),
    ({}, package("Uninstall Pending"), "restart_pending", None),
    ({"credssp": "older"}, package("Install Pending"), "restart_pending", None),
    ({"credssp": "missing"}, package("Install Pending"), "restart_pending", None),
    # Missing evidence comes before all of it.
    ({}, None, "unknown", None),
    (ALL_OLDER, None, "unknown", None),
    ({"credssp": "unreadable"}, NONE, "unknown", None),
    ({"wow tspkg": "unreadable"}, package("Installed"), "unknown", None),
    ({"tssecsrv": "unreadable"}, package("Install Pending"), "unknown", None),
    ({**ALL_OLDER, "tspkg": "unreadable"}, NONE, "unknown", None),
    ({}, package("Unknown"), "unknown", None),
    ({}, package("Unknown (0x90)"), "unknown", None),
    # What servicing calls broken, or DISM calls by an unknown name, shows nothing.
    ({}, package("Invalid Installed"), "unknown", None),
    (ALL_OLDER, package("Invalid Staged"), "unknown", None),
    (ALL_OLDER, package("Invalid Resolved"), "unknown", None),
    ({}, package("Invalid Permanent"), "unknown", None),
    ({}, package("Removed"), "unknown", None),
    (dict.fromkeys(DECIDING, "absent"), NONE, "unknown", None),
    # The parent package speaks for its children.
    ({}, package("Installed") + package("Install Pending", CHILD), "compliant", "hotfix"),
    ({}, package("Install Pending") + package("Installed", CHILD), "restart_pending", None),
    (ALL_OLDER, package("Installed", CHILD) + package("Staged"), "vulnerable", None),
    (ALL_OLDER, package("Installed", CHILD), "inconsistent", None),
]


@pytest.mark.parametrize(("states", "packages", "status", "by"), TRUTH_TABLE)
def test_truth_table(states, packages, status, by):
    verdict = decide(KB, files=of(states), packages=packages)
    assert (verdict.status, verdict.by) == (status, by), verdict.reasons
    assert verdict.reasons


@pytest.mark.parametrize(("states", "packages", "status", "by"), TRUTH_TABLE)
def test_a_hotfix_for_another_windows_comes_before_everything(states, packages, status, by):
    verdict = decide(KB, not_applicable="another Windows", files=of(states), packages=packages)
    assert (verdict.status, verdict.by, verdict.reasons) == ("not_applicable", None, ("another Windows",))


@pytest.mark.parametrize(("states", "packages", "status", "by"), TRUTH_TABLE)
def test_a_cause_of_missing_evidence_makes_it_unknown_and_is_named(states, packages, status, by):
    verdict = decide(KB, causes=["WMI was refused."], files=of(states), packages=packages)
    assert verdict.status == "unknown"
    assert verdict.reasons[-1] == "WMI was refused."


# Only files of optional components can be absent.
ANY_FILES = st.fixed_dictionaries(
    {
        name: st.sampled_from([state for state in STATES if file.optional or state != "absent"])
        for name, file in zip(NAMES, X64.files, strict=True)
    }
).map(of)
PACKAGE_STATES = (
    "Installed",
    "Install Pending",
    "Uninstall Pending",
    "Staged",
    "Superseded",
    "Partially Installed",
    "Permanent",
    "Not Present",
    "Resolved",
    "Invalid Installed",
    "Unknown",
)
ANY_PACKAGES = st.one_of(
    st.none(),
    st.lists(
        st.builds(
            PackageState, st.sampled_from([IDENTITY, CHILD]), st.sampled_from(PACKAGE_STATES), st.none()
        ),
        unique_by=lambda each: each.identity,
        max_size=2,
    ),
)


@given(ANY_FILES, ANY_PACKAGES)
def test_any_evidence_gets_one_of_the_statuses_with_reasons(files, packages):
    verdict = decide(KB, files=files, packages=packages)
    assert verdict.status in STATUSES
    assert all(verdict.reasons) and verdict.reasons
    assert (verdict.by is not None) == (verdict.status == "compliant")


@given(ANY_FILES, ANY_PACKAGES)
def test_compliant_only_from_positive_evidence(files, packages):
    if decide(KB, files=files, packages=packages).status != "compliant":
        return
    deciding = {name: found.state for name, found in zip(NAMES, files, strict=True) if found.file.deciding}
    assert packages is not None
    assert set(deciding.values()) <= {"fixed", "newer", "absent"}
    assert deciding["credssp"] in ("fixed", "newer")
    assert deciding["tspkg"] in ("fixed", "newer")


@given(ANY_FILES, ANY_PACKAGES)
def test_an_older_deciding_file_is_never_left_alone(files, packages):
    if any(found.state == "older" and found.file.deciding for found in files):
        assert decide(KB, files=files, packages=packages).status not in ("compliant", "not_applicable")


@given(ANY_FILES, ANY_PACKAGES, st.sampled_from(STATES), st.sampled_from(["mof", "icaapi", "wow mof"]))
def test_files_that_do_not_decide_never_change_the_status(files, packages, state, name):
    changed = [
        FileFinding(found.file, found.path, state) if each == name else found
        for each, found in zip(NAMES, files, strict=True)
    ]
    before, after = decide(KB, files=files, packages=packages), decide(KB, files=changed, packages=packages)
    assert (before.status, before.by) == (after.status, after.by)


def test_the_reasons_name_files_versions_and_branches():
    verdict = decide(KB, files=of({"tssecsrv": "older", **WOW64_GONE}), packages=NONE)
    assert verdict.reasons[0] == (
        "C:\\Windows\\System32\\drivers\\Tssecsrv.sys has 6.1.7600.16385 (RTM), older than 6.1.7600.20618."
    )
    assert verdict.reasons[1] == (
        "C:\\Windows\\SysWOW64\\Credssp.dll and its component security-credssp of WOW64 are absent: "
        "this file does not decide."
    )


def disk(*paths: str, version: str = "6.1.7600.20618") -> dict[str, DiskFile]:
    found = [f"C:\\Windows\\{path}" for path in paths]
    return {path_key(path): DiskFile(path, version, 1, None) for path in found}


def states_of(on_disk: dict[str, DiskFile] | None) -> dict[str, str]:
    found = file_states(X64.files, on_disk, lambda path: path.replace("%SystemRoot%", "C:\\Windows"))
    return {name: each.state for name, each in zip(NAMES, found, strict=True)}


EVERY_PATH = tuple(file.path.removeprefix("%SystemRoot%\\") for file in X64.files)
NATIVE = EVERY_PATH[:5]


def test_files_at_the_shipped_version_are_fixed():
    assert set(states_of(disk(*EVERY_PATH)).values()) == {"fixed", "newer"}
    assert states_of(disk(*EVERY_PATH))["icaapi"] == "newer"


def test_a_gdr_file_is_older_though_its_number_is_higher_than_rtm():
    assert states_of(disk(*EVERY_PATH, version="6.1.7600.17206"))["credssp"] == "older"


def test_wow64_files_are_absent_where_wow64_is():
    states = states_of(disk(*NATIVE))
    assert {name for name, state in states.items() if state == "absent"} == {
        "wow credssp",
        "wow tspkg",
        "wow mof",
    }


def test_half_of_wow64_is_missing_not_absent():
    states = states_of(disk(*NATIVE, r"SysWOW64\Credssp.dll"))
    assert (states["wow credssp"], states["wow tspkg"], states["wow mof"]) == ("fixed", "missing", "missing")


def test_the_driver_is_absent_with_its_feature_whatever_icaapi_is():
    without_driver = [path for path in EVERY_PATH if "Tssecsrv" not in path]
    assert states_of(disk(*without_driver))["tssecsrv"] == "absent"
    without_both = [path for path in without_driver if "Icaapi" not in path]
    assert {states_of(disk(*without_both))[name] for name in ("tssecsrv", "icaapi")} == {"absent"}


def test_native_files_are_missing_never_absent():
    states = states_of(disk(*EVERY_PATH[3:]))
    assert (states["credssp"], states["tspkg"], states["mof"]) == ("missing", "missing", "missing")


def test_the_mof_file_is_found_in_its_other_place():
    found = file_states(
        X64.files, disk(r"System32\Tspkg.mof"), lambda p: p.replace("%SystemRoot%", "C:\\Windows")
    )
    assert (found[2].state, found[2].path) == ("fixed", r"C:\Windows\System32\Tspkg.mof")


def test_a_file_without_a_readable_version_is_unreadable():
    on_disk = disk(*EVERY_PATH)
    on_disk[path_key("C:\\Windows\\System32\\Credssp.dll")] = DiskFile("x", None, 1, None)
    assert states_of(on_disk)["credssp"] == "unreadable"


def test_nothing_is_known_of_files_that_could_not_be_asked_for():
    assert set(states_of(None).values()) == {"unreadable"}


@given(st.text(alphabet="aB\\/x. ", max_size=20))
def test_two_spellings_of_a_path_have_one_key(path):
    assert path_key(path) == path_key(path.upper()) == path_key(path.replace("\\", "\\\\"))
