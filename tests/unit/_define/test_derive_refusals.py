# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From which packages no definition follows, and why; any other gives one that the schema accepts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._define.derive import derive
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import load_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError
from hypothesis import given
from hypothesis import strategies as st

from .derived import GDR, LDR, derived, underived
from .packages import BUILT, LONG_BEFORE, MADE, Builder, Component, File, package


@pytest.mark.parametrize(
    ("components", "settings", "message"),
    [
        ((Component(name="some.inf", driver=True),), {}, "it has only drivers"),
        (
            (Component(),),
            {"psf": "Windows6.1-KB1234567-x64.psf"},
            r"files lie in Windows6.1-KB1234567-x64.psf",
        ),
        ((Component(),), {"name": "Package_for_RollupFix"}, "it is a rollup"),
        ((Component(),), {"windows": "6.3"}, "it is for Windows 6.3"),
        ((Component("11.2.9600.17842", name="Microsoft-Windows-IE-HTMLRendering"),), {}, "Internet Explorer"),
        (
            (Component(parents=("Microsoft-Windows-InternetExplorer-Package-TopLevel",)),),
            {"windows": "11.2"},
            "Internet Explorer",
        ),
        ((Component("10.0.7601.22150"),), {}, "not of Windows 6.1"),
        ((Component(parents=("WinEmb-Some",)),), {}, "Windows Embedded"),
        ((Component(files=()),), {}, "no component with files"),
        ((), {}, "no component with files"),
    ],
    ids=[
        "drivers",
        "psf",
        "rollup",
        "Windows 8.1",
        "Explorer",
        "its parents",
        "version",
        "embedded",
        "empty",
        "none",
    ],
)
def test_a_package_from_which_nothing_follows_is_refused_with_the_reason(
    components: tuple[Component, ...], settings: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=rf"KB1234567-x64.msu, from which no definition .*{message}"):
        derived(*components, **settings)


def test_packages_of_two_hotfixes_are_refused() -> None:
    with pytest.raises(InputError, match="packages of KB1234567 and KB7654321"):
        derive([package(Component()), package(Component(), kb="KB7654321")])


def test_an_architecture_without_a_package_is_named() -> None:
    found = underived(Component())
    assert "products for x64" not in found
    assert "not_applicable" in found["products for x86"] and "products for ia64" in found


def test_a_path_that_native_and_32_bit_parts_share_is_one_native_file() -> None:
    file = File("some.dll", folder="$(runtime.fonts)\\")
    found = derived(Component(files=(file,), architecture="wow64"), Component(files=(file,)))
    (only,) = found.definition["products"][0]["files"]
    assert (only["platform"], only["version"], only["deciding"]) == ("x64", "6.1.7601.22150", True)


def test_a_package_that_lacks_a_manifest_is_refused() -> None:
    builder = Builder()
    whole = builder.package(Component())
    missing = next(name for name in builder.assemblies if "microsoft-windows-some" in name)
    del builder.assemblies[missing]
    with pytest.raises(InputError, match=f"it lacks the manifest {missing}"):
        derive([whole])


COMPONENTS = st.builds(
    Component,
    version=st.sampled_from(
        ["6.1.7600.20864", "6.1.7601.21624", "6.1.7600.16917", GDR, LDR, "6.1.7601.17514", "8.0.7601.1"]
    ),
    files=st.lists(
        st.builds(
            File,
            name=st.sampled_from(["a.dll", "b.sys", "c.mof", "d.exe"]),
            time=st.sampled_from([None, BUILT, LONG_BEFORE, MADE - timedelta(days=60)]),
            folder=st.sampled_from(
                ["$(runtime.system32)\\", "$(runtime.wbem)\\", "", "$(runtime.fonts)\\x\\"]
            ),
            version=st.sampled_from(["", "", "6.1.7601.17514", GDR, LDR]),
            sha256=st.sampled_from(["", "ab" * 32, "cd" * 32]),
            missing=st.booleans(),
        ),
        max_size=4,
    ).map(tuple),
    name=st.sampled_from(["Microsoft-Windows-A", "Microsoft-Windows-B", "Some.inf"]),
    architecture=st.sampled_from(["amd64", "x86", "wow64", "msil"]),
    branch=st.sampled_from(["", "", "LDR"]),
    tree=st.sampled_from([None, None, 7600, 7601]),
    driver=st.booleans(),
)


@given(st.lists(COMPONENTS, max_size=6))
def test_any_package_gives_a_definition_that_the_schema_accepts_or_is_refused(
    components: list[Component],
) -> None:
    try:
        found = derived(*components)
    except InputError as error:
        assert "from which no definition can be derived" in str(error)
        return
    definition = load_definition(found.definition)
    assert all(any(file.deciding for file in product.files) for product in definition.products)
    paths = [(p.architecture, p.build, f.path.lower()) for p in definition.products for f in p.files]
    assert len(paths) == len(set(paths)) == len(found.rules)
