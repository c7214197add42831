# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A definition says what the packages show, by build and branch, and names what they do not show."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._define.derive import derive
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._define.file_rules import RULES
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError

from .derived import GDR, LDR, OLD, TEXT, derived, files, rule_of, underived
from .packages import MADE, Component, File, package

# Which files decide


def test_a_program_that_was_built_for_the_hotfix_has_its_components_version() -> None:
    assert files(Component())["some.dll"] == {
        "path": r"%SystemRoot%\System32\some.dll",
        "component": "some",
        "platform": "x64",
        "version": "6.1.7601.22150",
        "sha256": "ab" * 32,
        "size": 4096,
        "date": "2012-11-02T11:45Z",
        "deciding": True,
    }


def test_a_file_from_long_before_does_not_decide_and_gets_no_version() -> None:
    old = files(Component(files=(File(), OLD)))["old.dll"]
    assert not old["deciding"] and "version" not in old


@pytest.mark.parametrize(
    ("days", "rule"),
    [
        (-31, "doubtful"),
        (-1, "component_version"),
        (0, "component_version"),
        (5, "component_version"),
        (30, "component_version"),
        (31, "doubtful"),
        (100, "doubtful"),
        (101, "carried"),
    ],
)
def test_its_time_shows_whether_a_file_was_built_for_the_hotfix(days: int, rule: str) -> None:
    file = File("other.dll", MADE - timedelta(days=days))
    assert rule_of("other.dll", Component(files=(File(), file))) == rule


def test_a_doubtful_file_is_named_for_the_reviewer() -> None:
    file = File("other.dll", MADE - timedelta(days=50))
    found = underived(Component(files=(File(), file)))
    assert found[r"%SystemRoot%\System32\other.dll (build 7601)"] == RULES["doubtful"]


def test_a_file_without_a_version_does_not_decide_beside_a_program() -> None:
    assert rule_of("some.mof", Component(files=(File(), TEXT))) == "beside"


def test_a_file_without_a_version_decides_by_its_hash_where_its_component_has_no_program() -> None:
    mof = files(Component(files=(TEXT, OLD)))["some.mof"]
    assert mof["deciding"] and (mof["sha256"], mof["sha1"]) == ("ab" * 32, "12" * 20)


def test_a_file_in_the_package_itself_decides_by_its_own_version() -> None:
    file = File(time=None, version="6.1.7601.22150")
    assert rule_of("some.dll", Component(files=(file,))) == "own_version"


def test_a_file_in_the_package_itself_with_an_older_version_keeps_it_and_does_not_decide() -> None:
    carried = File("old.dll", None, version="6.1.7600.16385")
    found = files(Component(files=(File(time=None, version="6.1.7601.22150"), carried)))["old.dll"]
    assert (found["version"], found["deciding"]) == ("6.1.7600.16385", False)


@pytest.mark.parametrize("version", ["6.1.7601.17514", "2.0.7601.17514"])
def test_a_file_in_the_package_itself_of_a_later_build_gets_no_version_and_is_named(version: str) -> None:
    rtm = "6.1.7600.20864"
    component = Component(rtm, (File(time=None, version=rtm), File("late.dll", None, version=version)))
    late = files(component)["late.dll"]
    assert not late["deciding"] and "version" not in late
    assert underived(component)[r"%SystemRoot%\System32\late.dll (build 7600)"] == RULES["other_version"]


@pytest.mark.parametrize(
    "file", [File("x.dll", missing=True), File("x.dll", None)], ids=["not in the package", "without a time"]
)
def test_without_evidence_a_file_does_not_decide(file: File) -> None:
    assert rule_of("x.dll", Component(files=(File(), file))) == "no_evidence"


def test_without_the_time_of_the_package_nothing_is_taken_for_new() -> None:
    with pytest.raises(InputError, match="none of its files proves it on build 7601"):
        derived(Component(), made=None)


# Builds and branches


def test_each_build_gets_an_entry_with_its_version() -> None:
    rtm = Component("6.1.7600.20864", (File("bridge.sys", folder="$(runtime.drivers)\\"),))
    products = derived(rtm, replace(rtm, version="6.1.7601.21624")).definition["products"]
    assert [(each["build"], each["files"][0]["version"]) for each in products] == [
        (7600, "6.1.7600.20864"),
        (7601, "6.1.7601.21624"),
    ]
    assert products[0]["files"][0]["path"] == r"%SystemRoot%\System32\drivers\bridge.sys"


def test_both_branches_of_a_build_make_one_file() -> None:
    found = files(Component(GDR), Component(LDR))["some.dll"]
    assert (found["version"], found["gdr_version"]) == (LDR, GDR)


def test_a_branch_alone_gives_one_version() -> None:
    assert "gdr_version" not in files(Component(GDR))["some.dll"]


def test_of_two_versions_in_one_branch_the_higher_one_counts() -> None:
    assert files(Component("6.1.7601.22000"), Component("6.1.7601.22150"))["some.dll"]["version"].endswith(
        "22150"
    )


@pytest.mark.parametrize("gdr", [(File(), OLD), (File(),)], ids=["unchanged in GDR", "not in GDR"])
def test_a_file_that_was_built_in_one_branch_only_does_not_decide(gdr: tuple[File, ...]) -> None:
    ldr = Component(LDR, (File(), File("old.dll")))
    assert rule_of("old.dll", Component(GDR, gdr), ldr) == "branches_differ"


def test_a_whole_file_that_is_carried_in_one_branch_does_not_decide() -> None:
    gdr = Component(GDR, (File(time=None, version=GDR), File("old.dll", None, version="6.1.7601.17514")))
    ldr = Component(LDR, (File(time=None, version=LDR), File("old.dll", None, version=LDR)))
    assert rule_of("old.dll", gdr, ldr) == "branches_differ"


def test_a_hash_decides_for_both_branches_only_where_it_is_one() -> None:
    other = File("some.mof", sha256="ef" * 32)
    one = (
        Component(GDR, (TEXT,), name="Microsoft-Windows-Text"),
        Component(LDR, (TEXT,), name="Microsoft-Windows-Text"),
    )
    assert rule_of("some.mof", *one) == "hash"
    two = one[0], replace(one[1], files=(other,))
    assert rule_of("some.mof", *two, Component(GDR), Component(LDR)) == "branches_differ"


def test_an_entry_is_for_every_build_where_the_hotfix_is_older_than_service_pack_1() -> None:
    before = datetime(2010, 1, 18, tzinfo=timezone.utc)
    rtm = Component("6.1.7600.20618", (File(time=before),))
    assert "build" not in derived(rtm, made=before).definition["products"][0]
    assert derived(replace(rtm, files=(File(),))).definition["products"][0]["build"] == 7600


def test_a_build_that_no_file_proves_is_refused_rather_than_left_out() -> None:
    # Without an entry, a host with Service Pack 1 would pass for one that contains the hotfix.
    with pytest.raises(InputError, match="none of its files proves it on build 7601"):
        derived(Component("6.1.7600.20864"), Component("6.1.7601.21624", (OLD,)))
    with pytest.raises(InputError, match="none of its files proves it on build 7601"):
        derived(Component("6.1.7600.20864"), Component("6.1.7601.21624", name="some.inf", driver=True))


def test_a_component_in_the_tree_of_another_build_is_not_used() -> None:
    found = underived(Component(), Component("6.1.7600.20864", name="Microsoft-Windows-Other", tree=7601))
    assert found["Microsoft-Windows-Other 6.1.7600.20864"] == "it stands among the packages for build 7601"


def test_a_component_in_the_branch_of_another_version_is_not_used() -> None:
    found = underived(Component(), Component(GDR, name="Microsoft-Windows-Other", branch="LDR"))
    assert "in the LDR branch" in found[f"Microsoft-Windows-Other {GDR}"]


# Architectures, components and manifests


def test_packages_of_all_architectures_make_one_definition() -> None:
    found = derive(
        [
            package(Component(architecture=processor), architecture=architecture)
            for architecture, processor in (("ia64", "ia64"), ("x64", "amd64"), ("x86", "x86"))
        ]
    )
    assert [(each["architecture"], each["names"]) for each in found.definition["products"]] == [
        ("ia64", ["Windows Server 2008 R2"]),
        ("x64", ["Windows 7", "Windows Server 2008 R2"]),
        ("x86", ["Windows 7"]),
    ]


@pytest.mark.parametrize("architecture", ["x86", "wow64"])
def test_a_32_bit_component_lies_in_the_wow64_folder_and_has_its_platform(architecture: str) -> None:
    found = derived(Component(), Component(architecture=architecture)).definition["products"][0]["files"]
    assert [(each["path"], each["platform"]) for each in found] == [
        (r"%SystemRoot%\System32\some.dll", "x64"),
        (r"%SystemRoot%\SysWOW64\some.dll", "x86"),
    ]


def test_one_file_of_two_components_is_one_row_with_a_component_of_its_own() -> None:
    shared = File("shared.exe")
    server = Component(name="Microsoft-Windows-Server", files=(shared, File()), parents=("Server-Package",))
    client = Component(name="Microsoft-Windows-Client", files=(shared,), parents=("Client-Package",))
    found = files(server, client)
    assert (found["shared.exe"]["component"], found["some.dll"]["component"]) == ("client / server", "server")
    assert found["shared.exe"]["deciding"]


def test_one_path_in_two_versions_does_not_decide() -> None:
    shared = File("shared.exe")
    server = Component(name="Microsoft-Windows-Server", files=(shared, File()))
    client = Component("6.1.7601.22999", name="Microsoft-Windows-Client", files=(shared,))
    assert rule_of("shared.exe", server, client) == "components_differ"


def test_a_component_is_required_only_where_every_host_has_its_package() -> None:
    other = Component(
        name="Microsoft-Windows-Other", files=(File("other.dll"),), parents=("Some-Feature-Package",)
    )
    assert derived(Component(), other).definition["components"] == {
        "other": {"required": False},
        "some": {"required": True},
    }
    assert "Some-Feature-Package" in underived(Component(), other)["components.other.required"]


def test_the_manifests_are_those_of_the_components_and_of_their_deployments() -> None:
    manifests = derived(Component()).definition["products"][0]["manifests"]
    assert [each["name"].split("_")[1] for each in manifests] == [f"{1:032x}", "microsoft-windows-some"]
    assert all((each["size"], each["date"]) == (710, "2012-11-03T11:45Z") for each in manifests)


# What is not derived


def test_what_no_package_shows_is_always_named() -> None:
    found = underived(Component())
    assert {"title", "restart_required", "supersedes"} <= set(found)
    assert "http://support.microsoft.com/?kbid=1234567" in found["title"]
    assert "versions of some.dll (build 7601)" in found


def test_a_restart_is_known_where_a_part_requires_it() -> None:
    assert "restart_required" not in underived(Component(restart="required"))


def test_a_hotfix_of_the_catalogue_is_named() -> None:
    assert "ships" in underived(Component(), kb="KB978918")["kb"]


def test_a_driver_beside_other_components_is_named() -> None:
    found = underived(Component(), Component(name="some.inf", driver=True))
    assert "an .inf file decides" in found["some.inf 6.1.7601.22150"]


def test_a_language_is_named_and_left_out() -> None:
    found = underived(Component(), Component(name="Microsoft-Windows-Some.Resources", language="de-DE"))
    assert "the language de-DE" in found["Microsoft-Windows-Some.Resources 6.1.7601.22150"]


@pytest.mark.parametrize(
    "folder",
    [
        "$(runtime.programFiles)\\Some\\",
        "$(runtime.bootDrive)\\",
        "C:\\Some\\",
        "$(runtime.system32)\\..\\",
        "$(runtime.system32)\\a\nb",
        "",
    ],
)
def test_a_file_in_a_folder_that_no_host_path_names_is_named_and_left_out(folder: str) -> None:
    component = Component(files=(File(), File("far.dll", folder=folder)))
    assert set(files(component)) == {"some.dll"}
    assert "some: far.dll" in underived(component)


def test_the_parts_for_windows_embedded_are_left_out() -> None:
    embedded = Component(
        name="Microsoft-Windows-Other", files=(File("embedded.dll"),), parents=("WinEmb-Some",)
    )
    assert set(files(Component(), embedded)) == {"some.dll"}
    assert "Windows Embedded" in underived(Component(), embedded)
