# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The name of a manifest follows from its identity, so a name that does not fit shows a forged manifest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import load_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.key_form import Identity
from hypothesis import given
from hypothesis import strategies as st

CREDSSP = Identity(
    "Microsoft-Windows-Security-CredSSP", "6.1.7600.20618", "amd64", "neutral", "31bf3856ad364e35", "nonSxS"
)
# What the article abbreviates; its deployments are 32 hexadecimal digits.
FULL_NAMES = {"microsoft-windows-t..nalservices-drivers": "Microsoft-Windows-TerminalServices-Drivers"}
ARTICLE = sorted(
    {
        manifest.name.removesuffix(".manifest")
        for product in load_definition("KB978918").products
        for manifest in product.manifests
    }
)


@pytest.mark.parametrize("name", ARTICLE)
def test_gives_every_manifest_name_of_the_article(name: str) -> None:
    architecture, assembly, token, version, _culture, _hash = name.split("_")
    identity = replace(
        CREDSSP,
        name=FULL_NAMES.get(assembly, assembly),
        version=version,
        architecture=architecture.lower(),
        token=token,
    )
    assert identity.key_form == name.lower()


def test_gives_the_name_of_another_version_of_a_component() -> None:
    # On a Windows Server 2008 R2 host with Service Pack 1, of 2014.
    later = replace(CREDSSP, version="6.1.7601.22865", architecture="x86")
    assert later.key_form.endswith("_c61415d8191776a1")


@pytest.mark.parametrize(
    ("identity", "name"),
    [
        (
            Identity(
                "sdbus.inf", "6.1.7600.21058", "amd64", "neutral", CREDSSP.token, "nonSxS", "driverUpdate"
            ),
            "amd64_sdbus.inf_31bf3856ad364e35_6.1.7600.21058_none_ce849d77fd0ad582",
        ),
        (
            Identity(
                "Microsoft-Windows-TerminalServices-RemoteApplications",
                "6.1.7601.22150",
                "wow64",
                "neutral",
                CREDSSP.token,
                "nonSxS",
            ),
            "wow64_microsoft-windows-t..-remoteapplications_31bf3856ad364e35_6.1.7601.22150_none_aae5257900a3afd0",
        ),
    ],
    ids=["a driver, by its type", "a long name, cut in the middle"],
)
def test_gives_names_seen_in_packages(identity: Identity, name: str) -> None:
    assert identity.key_form == name


def test_the_case_of_letters_does_not_matter() -> None:
    assert replace(CREDSSP, name=CREDSSP.name.upper()).key_form == CREDSSP.key_form


def test_a_language_is_part_of_the_name() -> None:
    assert "_6.1.7600.20618_en-us_" in replace(CREDSSP, language="en-US").key_form


@given(
    field=st.sampled_from(["name", "version", "architecture", "language", "token", "scope", "kind"]),
    text=st.text("abcdefghij0123456789.-", min_size=1, max_size=60),
)
def test_every_attribute_changes_the_name(field: str, text: str) -> None:
    changed = replace(CREDSSP, **{field: text})
    if changed != CREDSSP and text != "none":
        assert changed.key_form != CREDSSP.key_form
