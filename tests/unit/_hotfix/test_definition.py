# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue: every row of the article, and messages that name the wrong field."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix import definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import load_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError

CATALOG_FILE = Path(definition.__file__).parent / "catalog" / "KB978918.yml"
FIX = "6.1.7600.20618"
RTM = "6.1.7600.16385"

# The article's tables once more, typed apart from the catalogue: version, size, date and time (UTC).
WOW64 = {
    r"SysWOW64\Credssp.dll": (FIX, 17408, "2010-01-15 20:03", True),
    r"SysWOW64\Tspkg.dll": (FIX, 65024, "2010-01-15 20:06", True),
    r"SysWOW64\wbem\Tspkg.mof": (None, 964, "2009-06-10 21:40", False),
}
ARTICLE = {
    "x86": {
        r"System32\Credssp.dll": (FIX, 17408, "2010-01-15 20:03", True),
        r"System32\Tspkg.dll": (FIX, 65024, "2010-01-15 20:06", True),
        r"System32\wbem\Tspkg.mof": (None, 964, "2009-06-10 21:40", False),
        r"System32\Icaapi.dll": (RTM, 15872, "2009-07-14 01:15", False),
        r"System32\drivers\Tssecsrv.sys": (FIX, 31232, "2010-01-15 07:28", True),
    },
    "x64": {
        r"System32\Credssp.dll": (FIX, 22016, "2010-01-15 20:03", True),
        r"System32\Tspkg.dll": (FIX, 86016, "2010-01-15 20:05", True),
        r"System32\wbem\Tspkg.mof": (None, 964, "2009-06-10 21:01", False),
        r"System32\Icaapi.dll": (RTM, 22528, "2009-07-14 01:41", False),
        r"System32\drivers\Tssecsrv.sys": (FIX, 39424, "2010-01-15 07:51", True),
        **WOW64,
    },
    "ia64": {
        r"System32\Credssp.dll": (FIX, 49664, "2010-01-15 09:33", True),
        r"System32\Tspkg.dll": (FIX, 187392, "2010-01-15 09:39", True),
        r"System32\wbem\Tspkg.mof": (None, 964, "2009-06-10 21:06", False),
        r"System32\Icaapi.dll": (RTM, 47104, "2009-07-14 01:46", False),
        r"System32\drivers\Tssecsrv.sys": (FIX, 102400, "2010-01-15 07:13", True),
        **WOW64,
    },
}
MANIFEST_SIZES = {
    "x86": [712, 704, 12010, 6392],
    "x64": [716, 1056, 12014, 6394, 12010],
    "ia64": [714, 1054, 12012, 6393, 12010],
}


@pytest.fixture
def raw():
    return yaml.safe_load(CATALOG_FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("architecture", ARTICLE)
def test_kb978918_holds_every_file_row_of_the_article(architecture):
    product = next(p for p in load_definition("KB978918").products if p.architecture == architecture)
    found = {
        file.path.removeprefix("%SystemRoot%\\"): (
            str(file.version) if file.version else None,
            file.size,
            f"{file.date:%Y-%m-%d %H:%M}",
            file.deciding,
        )
        for file in product.files
    }
    assert found == ARTICLE[architecture]


@pytest.mark.parametrize("architecture", MANIFEST_SIZES)
def test_kb978918_holds_every_manifest_of_the_article(architecture):
    product = next(p for p in load_definition("KB978918").products if p.architecture == architecture)
    assert [manifest.size for manifest in product.manifests] == MANIFEST_SIZES[architecture]
    names = [manifest.name for manifest in product.manifests]
    assert all("_31bf3856ad364e35_6.1.7600.20618_none_" in name for name in names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("product", "architecture", "known"),
    [
        ("Windows 7", "x86", True),
        ("Windows 7", "x64", True),
        ("Windows Server 2008 R2", "x64", True),
        ("Windows Server 2008 R2", "ia64", True),
        ("Windows 7", "ia64", False),
        ("Windows Server 2008 R2", "x86", False),
        ("Windows Server 2012", "x64", False),
        (None, None, False),
    ],
)
def test_kb978918_applies_to_the_products_of_its_tables(product, architecture, known):
    assert (load_definition("KB978918").product_for(product, architecture) is not None) == known


def test_rows_of_wow64_and_of_the_drivers_are_optional_and_native_credssp_is_not():
    product = load_definition("KB978918").product_for("Windows 7", "x64")
    required = [file.path for file in product.files if not file.optional]
    assert required == [
        r"%SystemRoot%\System32\Credssp.dll",
        r"%SystemRoot%\System32\Tspkg.dll",
        r"%SystemRoot%\System32\wbem\Tspkg.mof",
    ]


def test_the_mof_file_is_looked_for_in_both_places():
    file = load_definition("KB978918").products[0].files[2]
    assert file.paths == (r"%SystemRoot%\System32\wbem\Tspkg.mof", r"%SystemRoot%\System32\Tspkg.mof")


def test_names_are_found_in_any_case():
    assert load_definition(" kb978918 ").kb == "KB978918"


def test_an_unknown_name_says_what_is_known():
    with pytest.raises(InputError, match=r"hotfix is 'KB1': the catalogue has KB978918\. Describe another"):
        load_definition("KB1")


def test_a_name_cannot_leave_the_catalogue():
    with pytest.raises(InputError, match="the catalogue has KB978918"):
        load_definition("../catalog/KB978918")


def test_a_definition_of_the_same_shape_is_the_same(raw):
    assert load_definition(raw) == load_definition("KB978918")


def test_numbers_and_flags_may_arrive_as_text(raw):
    as_text = copy.deepcopy(raw)
    as_text["restart_required"] = "True"
    for product in as_text["products"]:
        for file in product["files"]:
            file["size"], file["deciding"] = str(file["size"]), str(file["deciding"]).lower()
    assert load_definition(as_text) == load_definition("KB978918")


def _set(value, *path):
    def change(definition):
        for step in path[:-1]:
            definition = definition[step]
        definition[path[-1]] = value

    return change


def _drop(*path):
    def change(definition):
        for step in path[:-1]:
            definition = definition[step]
        del definition[path[-1]]

    return change


FILE3 = ("products", 1, "files", 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_drop("kb"), "definition.kb is missing: a definition needs it"),
        (_set("978918", "kb"), "kb is '978918': it must be a KB number such as KB978918"),
        # Digits to Python, and to no file name or script of Windows.
        (_set("KB９７８９１８", "kb"), "kb is 'KB９７８９１８': it must be a KB number"),
        (_set(5, "title"), "definition.title is 5: it must be text"),
        (_set("perhaps", "restart_required"), "restart_required is 'perhaps': it must be true or false"),
        (_set([], "products"), "products is an empty list: it must be a list with at least one entry"),
        (_set("x", "products", 0), r"products\[0\] is 'x': it must be a mapping of fields"),
        (
            _set("amd64", "products", 1, "architecture"),
            r"products\[1\]\.architecture is 'amd64': it must be one of x86",
        ),
        (_set([7], "products", 1, "names"), r"products\[1\]\.names\[0\] is 7: it must be text"),
        (
            _set("6.1", *FILE3, "version"),
            r"products\[1\]\.files\[3\]\.version is '6\.1': it must be a file version",
        ),
        (
            _set("credssp.dll", *FILE3, "path"),
            r"products\[1\]\.files\[3\]\.path is 'credssp.dll': it must be a full",
        ),
        (
            _set(r"%windir%\a.dll", *FILE3, "path"),
            r"products\[1\]\.files\[3\]\.path is .* must be a full path",
        ),
        (
            _set(r"C:\a\..\b.dll", *FILE3, "path"),
            r"products\[1\]\.files\[3\]\.path is .* must be a full path",
        ),
        (_set([r"\\srv\x"], *FILE3, "other_paths"), r"products\[1\]\.files\[3\]\.other_paths\[0\] is "),
        (
            _set("drivers", *FILE3, "component"),
            r"files\[3\]\.component is 'drivers': it must be one of security-credssp",
        ),
        (_set("17 kB", *FILE3, "size"), r"files\[3\]\.size is '17 kB': it must be a whole number of bytes"),
        (_set(True, *FILE3, "size"), r"files\[3\]\.size is True: it must be a whole number of bytes"),
        (_set("yesterday", *FILE3, "date"), r"files\[3\]\.date is 'yesterday': it must be a time"),
        (
            _set("x", *FILE3, "hash"),
            r"products\[1\]\.files\[3\]\.hash is 'x': a definition has no such field here; valid are",
        ),
        (
            _drop("products", 1, "files", 0, "version"),
            r"products\[1\]\.files\[0\]\.version is missing: a file that is",
        ),
        (
            _set("a/b", "products", 2, "manifests", 0, "name"),
            r"products\[2\]\.manifests\[0\]\.name is 'a/b': it must be a file name",
        ),
        (
            _drop("components", "security-credssp", "required"),
            "components.security-credssp.required is missing",
        ),
        (
            _set(["Windows 7", "Windows 7"], "products", 1, "names"),
            r"products\[1\]\.names is 'Windows 7': an entry for Windows 7 x64",
        ),
    ],
)
def test_a_wrong_definition_is_refused_with_the_path_of_the_field(raw, change, message):
    change(raw)
    with pytest.raises(InputError, match=message):
        load_definition(raw)


def test_a_product_without_a_deciding_file_is_refused(raw):
    for file in raw["products"][0]["files"]:
        file["deciding"] = False
    with pytest.raises(
        InputError, match=r"products\[0\]\.files is a list: at least one must be `deciding: true`"
    ):
        load_definition(raw)


def test_the_example_of_the_guide_is_a_definition():
    guide = (Path(__file__).resolve().parents[3] / "docs" / "guide" / "another-hotfix.md").read_text(
        encoding="utf-8"
    )
    blocks = [block.split("```", 1)[0] for block in guide.split("```yaml\n")[1:]]
    example = next(block for block in blocks if "\nkb:" in block)
    assert load_definition(yaml.safe_load(example)).kb == "KB1234567"


def test_kb978918_names_its_sibling_for_vista_and_server_2008():
    definition = load_definition("KB978918")
    for name in ("Windows Vista", "Windows Server 2008"):
        assert definition.sibling_for(name).kb == "KB975943"
    assert definition.sibling_for("Windows 7") is definition.sibling_for(None) is None


@pytest.mark.parametrize(
    ("siblings", "message"),
    [
        ([{"kb": "975943", "names": ["Windows Vista"]}], r"siblings\[0\]\.kb is '975943'"),
        ([{"kb": "KB975943", "names": []}], r"siblings\[0\]\.names is an empty list"),
        ([{"kb": "KB975943", "names": ["X"], "title": "T"}], r"siblings\[0\]\.title.*no such field"),
        ([{"kb": "KB975943", "names": ["Windows 7"]}], r"siblings\[0\]\.names is 'Windows 7'"),
        (
            [{"kb": "KB975943", "names": ["X"]}, {"kb": "KB975944", "names": ["X"]}],
            r"siblings\[1\]\.names is 'X'",
        ),
        ({"kb": "KB975943"}, r"siblings is a mapping"),
    ],
)
def test_a_wrong_sibling_is_refused_by_its_field(raw, siblings, message):
    with pytest.raises(InputError, match=message):
        load_definition({**raw, "siblings": siblings})


def test_a_definition_needs_no_siblings(raw):
    del raw["siblings"]
    assert load_definition(raw).siblings == ()
