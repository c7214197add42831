# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assemblies and indexes are read as the packages of Windows 6.1 write them; hostile XML is refused."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timezone

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.assemblies import (
    parse_assembly,
    parse_update_package,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.payload_index import parse_index
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.xml_text import read_xml
from hypothesis import given
from hypothesis import strategies as st

DIGEST = hashlib.sha256(b"some.dll").digest()
ROOT = '<?xml version="1.0" encoding="utf-8"?>\r\n<assembly xmlns="urn:schemas-microsoft-com:asm.v3"{}>'


def identity(name: str, version: str = "6.1.7601.22150", architecture: str = "amd64") -> str:
    return (
        f'<assemblyIdentity name="{name}" version="{version}" processorArchitecture="{architecture}" '
        'language="neutral" buildType="release" publicKeyToken="31bf3856ad364e35" versionScope="nonSxS" />'
    )


UPDATE = (
    ROOT.format(' description="Fix for KB1234567" creationTimeStamp="2012-11-03T11:45:00Z"')
    + identity("Package_1_for_KB1234567", "6.1.1.0")
    + '<package identifier="KB1234567" releaseType="Hotfix" restart="possible">'
    + f'<parent disposition="detect">{identity("Microsoft-Windows-Foundation-Package", "6.1.7600.16385")}'
    + f"{identity('WinEmb-Foundation', '6.1.7601.17514')}</parent>"
    + '<installerAssembly name="Microsoft-Windows-ServicingStack" version="6.0.0.0" />'
    + '<update name="1234567-1_neutral_LDR"><applicable disposition="staged"><updateComponent>'
    + f"{identity('Microsoft-Windows-Some')}</updateComponent></applicable>"
    + f"<component>{identity('0123456789abcdef0123456789abcdef')}</component></update>"
    + '<update name="1234567-2_neutral_PACKAGE"><package integrate="hidden">'
    + f"{identity('Package_2_for_KB1234567', '6.1.1.0')}</package></update></package></assembly>"
).encode()


def manifest(inside: str, name: str = "Microsoft-Windows-Some") -> bytes:
    return f"{ROOT.format('')}{identity(name)}{inside}</assembly>".encode()


def file_element(attributes: str = 'destinationPath="$(runtime.system32)\\"', inside: str = "") -> str:
    return (
        f'<file name="Some.dll" {attributes}>{inside}'
        '<asmv2:hash xmlns:asmv2="urn:schemas-microsoft-com:asm.v2" '
        'xmlns:dsig="http://www.w3.org/2000/09/xmldsig#">'
        '<dsig:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha256" />'
        f"<dsig:DigestValue>{base64.b64encode(DIGEST).decode()}</dsig:DigestValue></asmv2:hash></file>"
    )


def test_reads_for_whom_an_update_package_is_and_when_it_was_made() -> None:
    package = parse_update_package(UPDATE)
    assert [each.name for each in package.parents] == [
        "Microsoft-Windows-Foundation-Package",
        "WinEmb-Foundation",
    ]
    assert (package.kb, package.restart) == ("KB1234567", "possible")
    assert package.created == datetime(2012, 11, 3, 11, 45, tzinfo=timezone.utc)


def test_reads_the_components_and_packages_of_an_update_package() -> None:
    component, below = parse_update_package(UPDATE).parts
    assert component.branch == "LDR"
    assert component.updates and component.updates.name == "Microsoft-Windows-Some"
    assert component.installs and component.installs.name == "0123456789abcdef0123456789abcdef"
    assert below.package and below.package.name == "Package_2_for_KB1234567"


def test_names_the_file_that_holds_the_payload_elsewhere() -> None:
    data = UPDATE.replace(b'restart="possible"', b'restart="possible" psfName="Windows6.1-KB1234567-x64.psf"')
    assert parse_update_package(data).psf == "Windows6.1-KB1234567-x64.psf"


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte order mark"])
def test_reads_the_files_of_a_component(prefix: bytes) -> None:
    found = parse_assembly(prefix + manifest(file_element()))
    assert [(file.name, file.destination, file.sha256) for file in found.files] == [
        ("Some.dll", "$(runtime.system32)\\", DIGEST.hex())
    ]
    assert not found.is_deployment and not found.is_driver


def test_reads_what_a_deployment_installs_and_not_what_else_it_needs() -> None:
    inside = (
        "<deployment /><dependency><dependentAssembly dependencyType='install'>"
        f"{identity('Microsoft-Windows-Some')}</dependentAssembly></dependency>"
        "<dependency><dependentAssembly dependencyType='prerequisite'>"
        f"{identity('Microsoft-Windows-Some.Resources')}</dependentAssembly></dependency>"
    )
    found = parse_assembly(manifest(inside, "0123456789abcdef0123456789abcdef"))
    assert found.is_deployment
    assert [each.name for each in found.installs] == ["Microsoft-Windows-Some"]


@pytest.mark.parametrize(
    "data",
    [
        manifest(file_element("", "<infFile />")),
        manifest("").replace(b'versionScope="nonSxS"', b'versionScope="nonSxS" type="driverUpdate"'),
    ],
    ids=["by its .inf file", "by its type"],
)
def test_knows_a_driver(data: bytes) -> None:
    assert parse_assembly(data).is_driver


@pytest.mark.parametrize("data", [b"", b"<a/>", b"\xff\xfe<", UPDATE.replace(b"<package ", b"<other ")])
def test_names_what_is_not_an_update_package(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"well-formed|describes no package"):
        parse_update_package(data)


@pytest.mark.parametrize("digest", [b"AAAA", b"not Base64!"])
def test_refuses_a_hash_that_is_not_one(digest: bytes) -> None:
    data = manifest(file_element()).replace(base64.b64encode(DIGEST), digest)
    with pytest.raises(ValueError, match=r"SHA-256 of a file has 3 bytes|not Base64"):
        parse_assembly(data)


def index(attributes: str, delta: str) -> bytes:
    return (
        '<?xml version="1.0"?><Container name="kb1234567.cab" xmlns="urn:ContainerIndex"><Description/>'
        f'<Files><File id="1" {attributes} attr="32"><Hash alg="SHA1" value="{"a1" * 20}"/>'
        f"<Delta>{delta}</Delta></File></Files></Container>"
    ).encode()


def test_reads_size_time_and_hash_of_a_file_that_windows_puts_together() -> None:
    data = index(
        r'name="amd64_some\some.dll" length="95232" time="129374732157054987"',
        '<Source type="PA30" name="7"/><Basis file="13"/>',
    )
    (found,) = parse_index(data)
    assert (found.name, found.size, found.sha1, found.member) == (
        r"amd64_some\some.dll",
        95232,
        "a1" * 20,
        "",
    )
    assert found.time and found.time.isoformat(timespec="minutes") == "2010-12-22T06:33+00:00"


def test_names_the_member_that_is_the_whole_file() -> None:
    (found,) = parse_index(index('name="update.mum" length="2" time="0"', '<Source type="RAW" name="m"/>'))
    assert found.member == "m"


@pytest.mark.parametrize("length", ["", "-1", "1e9", "9" * 30, "٣"])
def test_refuses_a_length_that_is_not_one(length: str) -> None:
    with pytest.raises(ValueError, match="the length of x is"):
        parse_index(index(f'name="x" length="{length}" time="0"', ""))


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 30))
HOSTILE = {
    "billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l29;</a>'.encode(),
    "a file from outside": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
    "a document type alone": b'<!DOCTYPE a SYSTEM "http://localhost/a.dtd"><a/>',
    "nested deeper than any stack": b"<a>" * 100_000,
    "more elements than memory": b"<r>" + b"<a/>" * 200_000 + b"</r>",
    "megabytes in one text": b"<a>" + b"x" * 9_000_000 + b"</a>",
    "an encoding that nobody knows": b'<?xml version="1.0" encoding="x-evil"?><a/>',
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_xml_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"document type|nested|elements|bytes, more than|well-formed"):
        read_xml(data)


@given(
    st.binary(max_size=200)
    | st.builds(
        lambda data, at, new: data[:at] + new + data[at + len(new) :],
        st.sampled_from([UPDATE, manifest(file_element()), index('name="x" length="1" time="1"', "")]),
        st.integers(0, 1500),
        st.binary(max_size=4),
    )
)
def test_any_bytes_give_a_description_or_say_what_is_wrong(data: bytes) -> None:
    for parse in (parse_update_package, parse_assembly, parse_index):
        try:
            parse(data)
        except ValueError as error:
            assert str(error)
