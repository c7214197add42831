# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The descriptions inside a package are read in the shapes that real packages have."""

from __future__ import annotations

import contextlib

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.package_description import (
    parse_properties,
    parse_unattend,
)
from hypothesis import given
from hypothesis import strategies as st

PACKAGE = (
    '<package action="install"><assemblyIdentity  name="{name}" version="10.2.1.0" language="neutral" '
    'processorArchitecture="{processor}" publicKeyToken="31bf3856ad364e35"/>'
    '<source location="%configsetroot%\\IE10-Windows6.1-{name}.CAB" /></package>'
)


def unattend(*servicing: str) -> bytes:
    inner = "".join(f"<servicing>{packages}</servicing>" for packages in servicing)
    return f'<unattend xmlns="urn:schemas-microsoft-com:unattend">{inner}</unattend>'.encode()


ONE = PACKAGE.format(name="Package_for_KB2859903", processor="x86")
TWO = PACKAGE.format(name="Package_for_abc", processor="x86")


def test_one_package_gives_its_identity_as_dism_writes_it() -> None:
    (package,) = parse_unattend(unattend(ONE))
    assert package.identity == "Package_for_KB2859903~31bf3856ad364e35~x86~~10.2.1.0"
    assert (package.kb, package.architecture) == ("KB2859903", "x86")


@pytest.mark.parametrize("data", [unattend(ONE + TWO), unattend(ONE, TWO)], ids=["one servicing", "two"])
def test_several_packages_are_all_found(data: bytes) -> None:
    assert [package.kb for package in parse_unattend(data)] == ["KB2859903", None]


@pytest.mark.parametrize(
    ("processor", "ours"), [("amd64", "x64"), ("ia64", "ia64"), ("x86", "x86"), ("arm", "arm")]
)
def test_architectures_are_named_as_package_files_name_them(processor: str, ours: str) -> None:
    (package,) = parse_unattend(unattend(PACKAGE.format(name="Package_for_KB1", processor=processor)))
    assert package.architecture == ours


@pytest.mark.parametrize(
    "name", ["Package_for_KB978918_RTM", "Package_1_for_KB978918", "package_for_kb978918"]
)
def test_the_kb_number_is_found_in_every_form_of_name(name: str) -> None:
    (package,) = parse_unattend(unattend(PACKAGE.format(name=name, processor="amd64")))
    assert package.kb == "KB978918"


def test_utf16_is_read() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?>' + unattend(ONE).decode()
    assert parse_unattend(text.encode("utf-16"))[0].kb == "KB2859903"


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
    ],
)
def test_a_document_type_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="document type"):
        parse_unattend(data)


@given(st.binary(max_size=200))
def test_anything_else_is_a_value_error(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(parse_unattend(data), list)


@pytest.mark.parametrize("encoding", ["ascii", "utf-8-sig", "utf-16"])
def test_properties_name_kb_and_architecture(encoding: str) -> None:
    text = 'File Version="1"\r\nKB Article Number="978918"\r\nProcessor Architecture="amd64"\r\n'
    assert parse_properties(text.encode(encoding)) == ("KB978918", "x64")


def test_properties_without_a_number_name_none() -> None:
    assert parse_properties(b'Company="KB Article"') == (None, None)
