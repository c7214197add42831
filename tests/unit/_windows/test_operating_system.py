# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The platform: products, architectures and times from numbers, never from localised text."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows._products import (
    architecture_name,
    product_name,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.operating_system import (
    read_operating_system,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import RemoteError

from tests.unit._assessment.hosts import computer_row, platform_rows, processor_row, system_row
from tests.unit.fake_session import FakeSession


def test_every_field_of_os_info_is_there():
    session = FakeSession(wmi=platform_rows())
    assert read_operating_system(session).to_result() == {
        "name": "Microsoft Windows Server 2008 R2 Datacenter",
        "product": "Windows Server 2008 R2",
        "version": "6.1.7600",
        "build": 7600,
        "service_pack": 0,
        "edition": "Datacenter",
        "sku": 8,
        "product_type": "server",
        "architecture": "x64",
        "language": "de-DE",
        "computer_name": "RDS01",
        "domain": "corp.example",
        "domain_member": True,
        "boot_time": "2010-02-15T17:28:39+01:00",
        "local_time": "2010-02-15T21:26:12+01:00",
        "utc_offset_minutes": 60,
    }
    assert len(session.queries) == 3


@pytest.mark.parametrize(
    ("version", "product_type", "name"),
    [
        ("5.1.2600", "workstation", "Windows XP"),
        ("5.2.3790", "workstation", "Windows XP"),
        ("5.2.3790", "server", "Windows Server 2003"),
        ("6.0.6002", "workstation", "Windows Vista"),
        ("6.0.6002", "domain_controller", "Windows Server 2008"),
        ("6.1.7600", "workstation", "Windows 7"),
        ("6.1.7601", "workstation", "Windows 7"),
        ("6.1.7600", "server", "Windows Server 2008 R2"),
        ("6.1.7600", "domain_controller", "Windows Server 2008 R2"),
        ("6.2.9200", "workstation", "Windows 8"),
        ("6.2.9200", "server", "Windows Server 2012"),
        ("6.3.9600", "workstation", "Windows 8.1"),
        ("6.3.9600", "server", "Windows Server 2012 R2"),
        ("10.0.14393", "server", "Windows Server 2016"),
        ("10.0.17763", "server", "Windows Server 2019"),
        ("10.0.20348", "domain_controller", "Windows Server 2022"),
        ("10.0.19045", "workstation", "Windows 10"),
        ("10.0.22631", "workstation", "Windows 11"),
        ("7.0.1", "server", "Windows 7.0.1"),
        ("6.1.7600", None, None),
        ("6.1", "server", None),
    ],
)
def test_products_are_told_by_version_and_product_type(version, product_type, name):
    assert product_name(version, product_type) == name


@pytest.mark.parametrize(
    ("system_type", "processor", "width", "architecture"),
    [
        ("x64-based PC", 9, 64, "x64"),
        ("X86-based PC", 0, 32, "x86"),
        ("64-bit Intel PC", 6, 64, "ia64"),
        # 32-bit Windows on a 64-bit processor, as the class may tell it.
        ("X86-based PC", 9, 32, "x86"),
        ("X86-based PC", 9, 64, "x86"),
        (None, 9, 32, "x86"),
        # One of both is silent, or says what is not known here.
        (None, 9, 64, "x64"),
        ("x64-based PC", None, None, "x64"),
        ("an Itanium of unknown name", 6, 64, "ia64"),
        # No evidence, or evidence against itself: a guess could choose the wrong package.
        (None, None, None, None),
        ("x64-based PC", 0, 32, None),
        ("x64-based PC", 9, 32, None),
        ("64-bit Intel PC", 9, 64, None),
        ("X86-based PC", 6, 64, None),
    ],
)
def test_the_architecture_is_that_of_windows(system_type, processor, width, architecture):
    assert architecture_name(system_type, processor, width) == architecture


def test_localised_names_change_nothing():
    rows = platform_rows(
        system_row(Caption="Microsoft Windows Server 2008 R2 エンタープライズ", OSLanguage="1041")
    )
    found = read_operating_system(FakeSession(wmi=rows))
    assert (found.product, found.architecture, found.language) == ("Windows Server 2008 R2", "x64", "ja-JP")


def test_an_edition_that_is_not_known_is_named_by_its_number():
    found = read_operating_system(FakeSession(wmi=platform_rows(system_row(OperatingSystemSKU="999"))))
    assert (found.edition, found.sku) == ("SKU 999", 999)


def test_what_the_host_leaves_out_is_null():
    rows = platform_rows(
        system_row(
            Caption=None, CurrentTimeZone=None, LastBootUpTime=None, OSLanguage=None, OperatingSystemSKU=None
        ),
        computer_row(Domain=None, PartOfDomain=None, SystemType=None),
        processor_row(9),
    )
    result = read_operating_system(FakeSession(wmi=rows)).to_result()
    missing = {name for name, value in result.items() if value is None}
    assert missing == {
        "name",
        "edition",
        "sku",
        "language",
        "domain",
        "domain_member",
        "boot_time",
        "utc_offset_minutes",
    }
    assert result["local_time"] == "2010-02-15T20:26:12+00:00"


@pytest.mark.parametrize("class_name", ["Win32_OperatingSystem", "Win32_ComputerSystem", "Win32_Processor"])
def test_a_host_without_an_instance_says_how_to_repair_wmi(class_name):
    rows = {**platform_rows(), class_name: []}
    with pytest.raises(RemoteError, match=f"no instance of {class_name}.*winmgmt"):
        read_operating_system(FakeSession(wmi=rows))


@pytest.mark.parametrize("name", ["Version", "WindowsDirectory"])
def test_a_host_without_version_or_directory_is_an_error(name):
    with pytest.raises(RemoteError, match="Win32_OperatingSystem has no Version or no WindowsDirectory"):
        read_operating_system(FakeSession(wmi=platform_rows(system_row(**{name: None}))))


def test_the_windows_directory_may_lie_elsewhere():
    rows = platform_rows(system_row(WindowsDirectory="D:\\WINNT\\"))
    assert read_operating_system(FakeSession(wmi=rows)).windows_directory == "D:\\WINNT"
