# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments about the package are refused unless they are safe in a script that SYSTEM runs."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.source import (
    PackageSource,
    parse_source,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError

SHA256 = "a1" * 32
URL = "https://packages.example.com:8443/win%206.1/Windows6.1-KB978918-x64.msu?v=1&t=(a)"
SHARE = r"\\files.example.com\patches$\50% & more\Windows6.1-KB978918-x64.msu"


@pytest.mark.parametrize("text", [SHA256, SHA256.upper(), f"sha256:{SHA256}", f" SHA256:{SHA256}\n"])
def test_the_hash_is_taken_with_and_without_its_name(text: str) -> None:
    assert parse_source("controller", "x.msu", text).sha256 == SHA256


@pytest.mark.parametrize("text", ["a1" * 20, "sha1:" + "a1" * 20, "g" * 64, "sha256:"])
def test_anything_else_is_no_hash(text: str) -> None:
    with pytest.raises(InputError, match=r"sha256 is .*: it must be 64 hexadecimal digits"):
        parse_source("controller", "x.msu", text)


def test_the_controller_needs_no_hash() -> None:
    assert parse_source("controller", "x.msu", None) == PackageSource("controller", "x.msu", None)


@pytest.mark.parametrize(("location", "package"), [("url", URL), ("host", SHARE)])
def test_what_the_controller_never_sees_needs_a_hash(location: str, package: str) -> None:
    with pytest.raises(InputError, match=r"needs sha256.*sha256sum"):
        parse_source(location, package, "")


@pytest.mark.parametrize(
    ("location", "package"),
    [
        ("url", URL),
        ("host", SHARE),
        ("host", r"D:\packages\a b (1)!.msu"),
        ("url", "http://[2001:db8::1]/a.msu"),
    ],
)
def test_ordinary_sources_pass(location: str, package: str) -> None:
    assert parse_source(location, package, SHA256).package == package


@pytest.mark.parametrize(
    "url", ["https://user:secret@h/x.msu", "https://user@h/x.msu", "https://:secret@h/x"]
)
def test_a_user_name_in_a_url_is_refused_and_never_repeated(url: str) -> None:
    with pytest.raises(InputError, match="user name") as error:
        parse_source("url", url, SHA256)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://h/x.msu",
        "file:///c:/x.msu",
        "x.msu",
        'http://h/x".msu',
        "http://h/x y",
        "http://h/ü",
        "http://h/a\nb",
        "http://[::1/x",
        "http://h/<x>|y",
        "user:secret@h/x.msu",
        "https:user:secret@h/x.msu",
        "http://h/x y.msu?sig=secret",
    ],
)
def test_other_urls_are_refused_and_never_repeated(url: str) -> None:
    with pytest.raises(InputError, match=r"^package is ") as error:
        parse_source("url", url, SHA256)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "path",
    [
        "x.msu",
        r"folder\x.msu",
        r"C:x.msu",
        r"\\server\x.msu",
        'C:\\a"b.msu',
        r"C:\a|b",
        r"C:\*.msu",
        "C:\\a\nb",
        r"C:\日本語\x.msu",
        r"\\user@server\share\x.msu",
        "/srv/x.msu",
        r"C:\a?b.msu",
    ],
)
def test_other_host_paths_are_refused(path: str) -> None:
    with pytest.raises(InputError, match=r"^package is "):
        parse_source("host", path, SHA256)
