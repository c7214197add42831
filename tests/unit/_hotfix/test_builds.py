# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A definition for several builds and branches: which entry fits a host, and what cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import load_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError

from tests.unit._hotfix.builds import PATH, definition, entry, file

RTM_FIX, SP1_FIX, SP1_GDR = "6.1.7600.20864", "6.1.7601.21624", "6.1.7601.17610"
ONLY_RTM = definition(entry(7600, file(RTM_FIX)))
ONLY_SP1 = definition(entry(7601, file(SP1_FIX)))
BOTH = definition(entry(7600, file(RTM_FIX)), entry(7601, file(SP1_FIX, gdr_version=SP1_GDR)))
EVERY = definition(entry(None, file(RTM_FIX)))


@pytest.mark.parametrize(
    ("given", "build", "chosen", "service_pack"),
    [
        (BOTH, 7600, 7600, None),
        (BOTH, 7601, 7601, None),
        (ONLY_RTM, 7601, 7600, None),
        (ONLY_SP1, 7600, "none", 1),
        (ONLY_SP1, 7601, 7601, None),
        (EVERY, 7600, None, None),
        (EVERY, 7601, None, None),
        # A build that the host does not report decides nothing.
        (BOTH, None, "none", None),
        (ONLY_SP1, None, "none", None),
        (EVERY, None, None, None),
    ],
)
def test_the_build_of_the_host_chooses_the_entry(given, build, chosen, service_pack):
    loaded = load_definition(given)
    found = loaded.product_for("Windows 7", "x64", build)
    assert (found.build if found else "none") == chosen
    assert loaded.service_pack_for("Windows 7", "x64", build) == service_pack


def test_the_order_of_the_entries_does_not_choose():
    turned = load_definition({**BOTH, "products": BOTH["products"][::-1]})
    assert [turned.product_for("Windows 7", "x64", build).build for build in (7600, 7601)] == [7600, 7601]


def test_another_architecture_is_not_a_matter_of_the_service_pack():
    assert load_definition(ONLY_SP1).service_pack_for("Windows 7", "x86", 7600) is None


def test_builds_and_hashes_are_read():
    found = load_definition(
        definition(entry("7601", file(SP1_FIX, gdr_version=SP1_GDR, sha256="AB" * 32, sha1="CD" * 20)))
    ).products[0]
    assert (found.build, str(found.files[0].gdr_version)) == (7601, SP1_GDR)
    assert (found.files[0].sha256, found.files[0].sha1) == ("ab" * 32, "cd" * 20)


FILE = r"products\[0\]\.files\[0\]\."


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([entry(7602, file(SP1_FIX))], r"products\[0\]\.build is 7602: it must be 7600 .* or 7601"),
        ([entry(True, file(SP1_FIX))], r"products\[0\]\.build is True: it must be 7600"),
        (
            [entry(7601, file(SP1_FIX)), entry(7601, file(SP1_FIX))],
            r"products\[1\]\.names is 'Windows 7': an entry for Windows 7 x64 build 7601 exists already",
        ),
        # An entry without a build is for every build, whichever of the two comes first.
        (
            [entry(None, file(RTM_FIX)), entry(7601, file(SP1_FIX))],
            r"products\[1\]\.names is 'Windows 7': an entry for Windows 7 x64 exists already",
        ),
        (
            [entry(7600, file(RTM_FIX)), entry(7601, file(SP1_FIX)), entry(None, file(RTM_FIX))],
            r"products\[2\]\.names is 'Windows 7': an entry for Windows 7 x64 exists already",
        ),
        # A version of another build.
        (
            [entry(7601, file(RTM_FIX))],
            FILE + r"version is '6\.1\.7600\.20864': this entry is for build 7601",
        ),
        (
            [entry(7600, file(SP1_FIX))],
            FILE + r"version is '6\.1\.7601\.21624': this entry is for build 7600",
        ),
        (
            [entry(7600, file(RTM_FIX), file("6.1.7601.17514", deciding=False))],
            r"files\[1\]\.version is '6\.1\.7601\.17514': this entry is for build 7600",
        ),
        # A branch that does not fit its number.
        (
            [entry(7601, file(SP1_FIX, gdr_version="6.1.7601.21700"))],
            FILE
            + r"gdr_version is '6\.1\.7601\.21700': it must be of the same build as version, .*, and lower",
        ),
        (
            [entry(7601, file(SP1_FIX, gdr_version="6.1.7600.16800"))],
            FILE + r"gdr_version is '6\.1\.7600\.16800': it must be of the same build",
        ),
        (
            [entry(7601, file(SP1_FIX, gdr_version="6.1.7601.20500"))],
            FILE + r"gdr_version is '6\.1\.7601\.20500': revisions from 20000 on are of the LDR branch",
        ),
        (
            [entry(7601, file("6.1.7601.18000", gdr_version="6.1.7601.17900"))],
            FILE + r"version is '6\.1\.7601\.18000': beside gdr_version, it must be the LDR version",
        ),
        (
            [entry(7601, file(deciding=False, gdr_version=SP1_GDR))],
            FILE + r"version is missing: a file with a gdr_version needs the LDR version too",
        ),
        (
            [entry(7601, file("11.2.9600.20600", gdr_version="11.2.9600.17000"))],
            FILE + r"gdr_version is '11\.2\.9600\.17000': the branches of build 9600 are not known",
        ),
        # Hashes.
        (
            [entry(7601, file(sha256="ab" * 20))],
            FILE + r"sha256 is 'abab.*': it must be 64 hexadecimal digits",
        ),
        ([entry(7601, file(sha1="x" * 40))], FILE + r"sha1 is 'xxxx.*': it must be 40 hexadecimal digits"),
        ([entry(7601, file(sha1=int("1" * 40)))], FILE + r"sha1 is 1111.*: it must be .*, in quotes"),
        (
            [entry(7601, file())],
            FILE + r"version is missing: a file that is `deciding: true` needs a version",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_path_of_the_field(entries, message):
    with pytest.raises(InputError, match=message):
        load_definition(definition(*entries))


def test_a_package_may_ship_a_file_of_an_earlier_build_unchanged():
    unchanged = file("6.1.7600.16385", deciding=False)
    loaded = load_definition(definition(entry(7601, file(SP1_FIX), unchanged)))
    assert str(loaded.products[0].files[1].version) == "6.1.7600.16385"


def test_a_deciding_file_needs_no_version_where_it_has_a_hash():
    found = load_definition(definition(entry(7601, file(sha1="ab" * 20)))).products[0].files[0]
    assert (found.path, found.by_hash) == (PATH, True)


def test_the_example_of_the_guide_with_builds_and_branches_is_a_definition():
    guide = (Path(__file__).resolve().parents[3] / "docs" / "guide" / "another-hotfix.md").read_text(
        encoding="utf-8"
    )
    examples = [part.split("```", 1)[0] for part in guide.split("```yaml\n")[1:]]
    whole = next(yaml.safe_load(each) for each in examples if "\nkb:" in each)
    branches = next(yaml.safe_load(each) for each in examples if "gdr_version" in each)
    loaded = load_definition({**whole, **branches})
    assert [each.build for each in loaded.products] == [7600, 7601]
