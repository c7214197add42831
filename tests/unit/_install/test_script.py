# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of the script: it checks before it installs, and no value leaves its place.

test_script_at_work.py runs the script on simulated hosts.
"""

from __future__ import annotations

import re

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._script import (
    ScriptHead,
    download_script,
    install_script,
    removal_script,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.source import (
    PackageSource,
    parse_source,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError
from hypothesis import given
from hypothesis import strategies as st

SHA256 = "a1" * 32
SHA1 = "b2" * 20
HEAD = ScriptHead("KB978918", "0123456789abcdef", "2026-11-20T08:00:00+01:00")
IDENTITY = "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"


def script(**changes: object) -> list[str]:
    arguments: dict[str, object] = {"architecture": "x64", "sha256": SHA256, "sha1": SHA1, "fetch": None}
    return install_script(HEAD, **(arguments | changes)).split("\r\n")  # type: ignore[arg-type]


def position(lines: list[str], start: str) -> int:
    found = [number for number, line in enumerate(lines) if line.startswith(start)]
    assert len(found) == 1, f"{start!r} stands in lines {found}"
    return found[0]


def test_dism_runs_last_after_hash_and_identity() -> None:
    lines = script()
    order = (
        "certutil -hashfile package.msu SHA256",
        "findstr /i /c:",
        "expand -F:*",
        "findstr /r",
        "for %%C",
        "dism ",
    )
    assert [position(lines, start) for start in order] == sorted(position(lines, start) for start in order)


@pytest.mark.parametrize("start", ["findstr /i /c:", "expand -F:*", "findstr /r", "cd /d"])
def test_a_failed_step_ends_the_script(start: str) -> None:
    lines = script()
    after = position(lines, start) + 1
    assert lines[after : after + 2] == ["set CODE=%ERRORLEVEL%", 'if not "%CODE%"=="0" goto done']


def test_the_result_is_written_under_another_name_and_then_moved() -> None:
    lines = script()
    end = lines[position(lines, ":done") :]
    assert end[-2:] == ["exit /b %CODE%", ""]
    assert end[-3] == "move /y attempt.tmp attempt.txt"
    assert not any(re.search(r">\s*attempt\.txt", line) for line in lines)
    assert {"run", "action", "started", "stage", "exit_code"} == {
        line.split(" echo ")[1].partition("=")[0] for line in end if "attempt.tmp echo" in line
    }


def test_the_hash_is_looked_for_as_old_and_new_certutil_print_it() -> None:
    line = script()[position(script(), "findstr /i /c:")]
    for digest in (SHA256, SHA1):
        assert f'"{digest}"' in line and f'"{" ".join(re.findall("..", digest))}"' in line


def test_without_bytes_from_the_controller_sha1_is_never_enough() -> None:
    text = "\n".join(script(sha1=None))
    assert "SHA1" not in text and SHA1 not in text


def test_dism_gets_the_cabinet_and_never_asks_or_restarts() -> None:
    lines = script()
    line = lines[position(lines, "dism ")]
    assert '/packagepath:"%CAB%"' in line and " /norestart /quiet " in line and ".msu" not in line


def test_a_url_is_downloaded_to_another_name_first() -> None:
    source = PackageSource("url", "http://h/a%20b.msu?x=1&y=2", SHA256)
    lines = script(fetch=source)
    fetch = position(lines, "certutil -urlcache -split")
    assert lines[fetch] == 'certutil -urlcache -split -f "http://h/a%%20b.msu?x=1&y=2" package.part'
    assert fetch < position(lines, "move /y package.part package.msu") < position(lines, "findstr /i /c:")


def test_a_share_is_copied_by_the_task() -> None:
    lines = script(fetch=PackageSource("host", r"\\s\p$\50% & more\x.msu", SHA256))
    assert lines[position(lines, 'copy /y /b "')] == r'copy /y /b "\\s\p$\50%% & more\x.msu" package.part'


@pytest.mark.parametrize("identity", ["a b", "a&b", 'a"b', "a%b", ""])
def test_a_wrong_identity_is_refused(identity: str) -> None:
    with pytest.raises(ValueError, match="not fit"):
        removal_script(HEAD, identity=identity)


@pytest.mark.parametrize("digest", ["", "0" * 63, 'a" x.txt & calc & rem "'])
def test_a_wrong_hash_is_refused(digest: str) -> None:
    source = PackageSource("url", "http://h/x.msu", digest)
    with pytest.raises(ValueError, match="not fit"):
        download_script(HEAD, sha256=digest, fetch=source)


@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=60),
    st.sampled_from(["url", "host"]),
)
def test_no_source_leaves_its_quotes(tail: str, location: str) -> None:
    start = "http://h/" if location == "url" else "C:\\f\\"
    try:
        source = parse_source(location, start + tail, SHA256)
    except InputError:
        return
    lines = script(fetch=source)
    line = next(
        line for line in lines if line.endswith(" package.part") and line.startswith(("certutil", "copy"))
    )
    quoted = re.fullmatch(r'(?:certutil -urlcache -split -f|copy /y /b) "([^"]*)" package\.part', line)
    assert quoted is not None
    assert quoted[1].replace("%%", "\0").count("%") == 0
    assert quoted[1].replace("%%", "%") == source.package


@given(st.sampled_from(["x86", "x64", "ia64"]), st.booleans())
def test_every_line_is_ascii_and_fits_cmd(architecture: str, seen: bool) -> None:
    lines = script(architecture=architecture, sha1=SHA1 if seen else None)
    assert all(line.isascii() and len(line) < 1000 and "\n" not in line for line in lines)
    labels = {line[1:] for line in lines if line.startswith(":")}
    assert set(re.findall(r"goto (\w+)", "\n".join(lines))) <= labels
