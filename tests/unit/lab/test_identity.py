# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Key forms: the names under which winsxs keeps components, held against names from real hosts."""

from __future__ import annotations

import pytest

from tests.lab.packages import article
from tests.lab.packages.builder import PackageSpec, manifests
from tests.lab.packages.identity import AssemblyIdentity

CREDSSP = "Microsoft-Windows-Security-CredSSP"


@pytest.mark.parametrize("architecture", ["x86", "x64", "ia64"])
def test_every_manifest_of_the_article_has_the_name_of_its_identity(architecture: str) -> None:
    names = {row.name.lower() for row in article.manifests(architecture)}
    assert set(manifests(PackageSpec(architecture).update)) == names


@pytest.mark.parametrize("architecture", ["x86", "x64", "ia64"])
def test_a_deployment_has_the_size_that_the_article_says(architecture: str) -> None:
    update = PackageSpec(architecture).update
    sizes = {row.name.lower(): row.size for row in article.manifests(architecture)}
    found = manifests(update)
    for deployment in update.deployments:
        name = deployment.identity.manifest
        assert len(found[name].content) == sizes[name], "without padding"


@pytest.mark.parametrize(
    ("identity", "key_form"),
    [
        (
            # Reported from a Windows Server 2008 R2 SP1 host of 2014.
            AssemblyIdentity(CREDSSP, "6.1.7601.22865", "x86"),
            "x86_microsoft-windows-security-credssp_31bf3856ad364e35_6.1.7601.22865_none_c61415d8191776a1",
        ),
        (
            # A driver, from the package of KB2584475.
            AssemblyIdentity("sdbus.inf", "6.1.7600.21058", "amd64", "driverUpdate"),
            "amd64_sdbus.inf_31bf3856ad364e35_6.1.7600.21058_none_ce849d77fd0ad582",
        ),
        (
            # A component for 32-bit programs, and a name over 40 characters, from the package of KB2780124.
            AssemblyIdentity(
                "Microsoft-Windows-TerminalServices-RemoteApplications", "6.1.7601.22150", "wow64"
            ),
            "wow64_microsoft-windows-t..-remoteapplications_31bf3856ad364e35_6.1.7601.22150_none_aae5257900a3afd0",
        ),
    ],
    ids=["x86", "driver", "wow64"],
)
def test_names_seen_elsewhere_come_out(identity: AssemblyIdentity, key_form: str) -> None:
    assert identity.key_form == key_form


def test_another_version_has_another_name() -> None:
    first, second = (AssemblyIdentity(CREDSSP, version, "amd64") for version in ("6.1.7600.1", "6.1.7600.2"))
    assert first.key_form[-16:] != second.key_form[-16:]
